"""The parts of a theorem: bounds that are expressions or functions, corollaries, and lists of
conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.posynomial import Condition, Posynomial
from auxtheory.errors import Checks, InputError
from auxtheory.typing import FloatArray, Values

Bound: TypeAlias = Posynomial | BlackBox


def everywhere(values: Values) -> NDArray[np.bool_]:
    """The default of `applies`: true for all values."""
    return np.asarray(True)


def as_bound(bound: Any) -> Any:
    """A function of (constants, steps) as a bound; any other value unchanged."""
    return (
        BlackBox(bound)
        if callable(bound) and not isinstance(bound, Posynomial | BlackBox)
        else bound
    )


def conditions(checks: Checks, name: str, value: Any) -> tuple[Condition, ...]:
    """One condition or several, checked for their type."""
    listed = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not all(isinstance(condition, Condition) for condition in listed):
        checks.complain(name, value, "must be conditions between symbols, such as [L * eta <= 1]")
    return listed


def value_of(bound: Bound, values: Values, where: Any) -> FloatArray:
    """The value of a bound; a bound that is a function is called only for the configurations in
    `where`."""
    return bound.value(values, where) if isinstance(bound, BlackBox) else bound.value(values)


def slope_of(
    bound: Bound, variable: str, values: Values, where: Any, value: FloatArray
) -> FloatArray:
    """The slope of a bound; for a bound that is a function, in the configurations of `where`, from
    its value there.
    """
    return (
        bound.slope(variable, values, where, value)
        if isinstance(bound, BlackBox)
        else bound.slope(variable, values)
    )


@dataclass(frozen=True, eq=False)
class Corollary:
    """The bound after tuning, in one case.

    Args:
        bound: An expression of `symbols`, or a function of (constants, steps).
        case: The case in words, such as "δ > 0".
        applies: Where it applies: a condition such as K <= 1, or a function from a mapping of names
            to values (numbers or arrays) to booleans; by default everywhere.

    Raises:
        InputError: Lists what is wrong.

    Example:
        >>> import auxtheory as at
        >>> L, F0, T, K = at.symbols("L F0 T K")
        >>> print(at.Corollary(2 * L * F0 / T, "K = 1", K <= 1))
        2LF₀/T, where K = 1
    """

    bound: Bound
    case: str = ""
    applies: Callable[[Values], Any] = everywhere

    def __post_init__(self) -> None:
        checks = Checks()
        if isinstance(self.applies, Condition):
            object.__setattr__(self, "applies", self.applies.holds)
        if not callable(self.applies):
            checks.complain(
                "applies",
                self.applies,
                "must be a condition such as K <= 1, or a function of the values",
            )
        checks.instance("case", self.case, str, "a text")
        checks.done()
        object.__setattr__(self, "bound", as_bound(self.bound))

    def __str__(self) -> str:
        return f"{self.bound}, where {self.case}" if self.case else str(self.bound)

    def _repr_latex_(self) -> str:
        return self.bound._repr_latex_()

    def value(self, values: Values, where: Any = True) -> FloatArray:
        """The bound where it applies, ∞ elsewhere.

        Args:
            values: A number, or an array, for the name of each symbol.
            where: The configurations in which it is needed.

        Returns:
            The values, in the shape to which the arrays broadcast.

        Raises:
            InputError: `applies` raises an error.
        """
        try:
            applies = np.asarray(self.applies(values), dtype=bool)
        # Report whatever a user's function raises, with what it may have overlooked.
        except Exception as error:
            complaint = (
                f"case {self.case!r} of a corollary raised {type(error).__name__}: {error}; "
                "the values may be arrays"
            )
            raise InputError.listing([f"{complaint} (np.logical_and)"]) from error
        return np.where(applies, value_of(self.bound, values, where & applies), np.inf)
