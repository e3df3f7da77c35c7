"""Conditions: comparisons between expressions, which become true or false once their symbols have
values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.evaluation import sides
from auxtheory.bounds.printing import NO_TRUTH, plain
from auxtheory.bounds.schedules import PerRound
from auxtheory.bounds.tree import Node, Relation
from auxtheory.bounds.typeset import latex
from auxtheory.errors import EDGE, InputError, UnitError
from auxtheory.typing import Values


def scheduled(names: frozenset[str], values: Values) -> bool:
    """Whether one of these names has another value in each round."""
    return any(isinstance(values.get(name), PerRound) for name in names)


def by_round(names: frozenset[str], values: Values) -> dict[str, Any]:
    """The values with the rounds as first axis of those that are schedules among these names."""
    known = {name: values[name] for name in names if values.get(name) is not None}
    axes = max(
        len(value.grid) if isinstance(value, PerRound) else np.ndim(value)
        for value in known.values()
    )
    T = int(np.max(values["T"]))
    for name, value in known.items():
        if isinstance(value, PerRound):
            rounds = value.over(name, T)
            known[name] = rounds.reshape(*rounds.shape, *(1,) * (axes + 1 - rounds.ndim))
    return {**values, **known}


@dataclass(frozen=True, eq=False)
class Condition:
    """left ≤ right (or left < right): one assumption of a theorem. Both sides have the same unit.

    `==` and `!=` between two expressions, or an expression and a number, make an `Equality`.

    Args:
        left: The left side, a Posynomial.
        right: The right side, a Posynomial.
        strict: Whether equality is excluded.
        sentence: What it asks for in words, for messages; "": its two sides say it.

    Raises:
        UnitError: The two sides have different units; 0 has every unit.

    Example:
        >>> import auxtheory as at
        >>> L, eta = at.symbols("L eta")
        >>> condition = L * eta <= 1
        >>> print(condition)
        Lη ≤ 1
        >>> bool(condition.holds({"L": 2.0, "eta": 0.5}))
        True
    """

    left: Any
    right: Any
    strict: bool = False
    sentence: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.left.terms and self.right.terms and self.left.unit != self.right.unit:
            raise UnitError(
                f"{self}: the left side has unit {self.left.unit}, the right {self.right.unit}"
            )

    def saying(self, sentence: str) -> Self:
        """The same condition with a sentence for messages, where its two sides do not tell a reader
        what to change.

        Args:
            sentence: What the condition asks for, such as "all clients must work: S = N".

        Returns:
            The condition.
        """
        return replace(self, sentence=sentence)

    def holds(self, values: Values, rtol: float = EDGE) -> NDArray[np.bool_]:
        """Whether the condition holds, up to the rounding of a step size that was set to the limit.

        Args:
            values: A number, or an array, for the name of each symbol.
            rtol: By how much the left side may exceed the right, relative to it.

        Returns:
            Booleans, in the shape to which the values broadcast; of a schedule, whether it holds in
            each of the T rounds.
        """
        if scheduled(self.names, values):
            return np.asarray(np.all(self.holds(by_round(self.names, values), rtol), axis=0))
        left, right = sides(self.left, self.right, values)
        return np.asarray(left < right if self.strict else left <= right * (1 + rtol))

    @property
    def sign(self) -> str:
        """The sign between the sides: <, ≤, = or ≠."""
        return "<" if self.strict else "≤"

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all symbols on both sides."""
        return frozenset(self.left.names | self.right.names)

    def __bool__(self) -> bool:
        raise InputError.listing([f"{self}: {NO_TRUTH}"])

    def __and__(self, other: Any) -> bool:
        return bool(self)

    __or__ = __and__

    @property
    def tree(self) -> Node:
        """The structure of the formula as it is printed."""
        return self.layout()

    def layout(self, *, exact: bool = False) -> Node:
        """The structure of the formula.

        Args:
            exact: As for `Posynomial.layout`.

        Returns:
            The tree.
        """
        return Relation(self.left.layout(exact=exact), self.sign, self.right.layout(exact=exact))

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {latex(self.layout(exact=True))}$"

    def __str__(self) -> str:
        return plain(self.tree)


@dataclass(frozen=True, eq=False)
class Equality(Condition):
    """left = right, or left ≠ right: one assumption of a theorem.

    Args:
        left: The left side, a Posynomial.
        right: The right side, a Posynomial.
        strict: Has no meaning here.
        sentence: As for `Condition`.
        unequal: Whether the sides must differ.

    Raises:
        UnitError: The two sides have different units; 0 has every unit.

    Example:
        >>> import auxtheory as at
        >>> K = at.symbols("K")
        >>> print(K == 1)
        K = 1
        >>> bool((K != 1).holds({"K": 1}))
        False
    """

    unequal: bool = False

    def holds(self, values: Values, rtol: float = EDGE) -> NDArray[np.bool_]:
        """Whether the sides are equal, or differ, up to rounding; false where a side is NaN.

        Args:
            values: A number, or an array, for the name of each symbol.
            rtol: By how much equal sides may differ, relative to the larger of them.

        Returns:
            Booleans, in the shape to which the values broadcast; of a schedule, whether it holds in
            each of the T rounds.
        """
        if scheduled(self.names, values):
            return np.asarray(np.all(self.holds(by_round(self.names, values), rtol), axis=0))
        left, right = sides(self.left, self.right, values)
        with np.errstate(invalid="ignore"):
            size = np.maximum(np.abs(left), np.abs(right))
            equal = (left == right) | (
                np.abs(left - right) <= np.where(size < np.inf, rtol * size, -1.0)
            )
        defined = ~(np.isnan(left) | np.isnan(right))
        return np.asarray(~equal & defined if self.unequal else equal)

    @property
    def sign(self) -> str:
        """The sign between the sides, = or ≠."""
        return "≠" if self.unequal else "="


class Compared:
    """Base class of expressions whose comparison returns a Condition; `coerced` turns an operand
    into an expression."""

    terms: tuple[Any, ...]

    def coerced(self, other: Any) -> Any:
        """The operand as an expression; InputError if it is not one."""
        raise NotImplementedError

    def __le__(self, other: Any) -> Condition:
        return Condition(self, self.coerced(other))

    def __ge__(self, other: Any) -> Condition:
        return Condition(self.coerced(other), self)

    def __lt__(self, other: Any) -> Condition:
        return Condition(self, self.coerced(other), strict=True)

    def __gt__(self, other: Any) -> Condition:
        return Condition(self.coerced(other), self, strict=True)

    def __eq__(self, other: object) -> Any:
        if self is other:
            return True
        if isinstance(other, NUMBERS):
            return Equality(self, self.coerced(other))
        return NotImplemented

    def __ne__(self, other: object) -> Any:
        if self is other:
            return False
        if isinstance(other, NUMBERS):
            return Equality(self, self.coerced(other), unequal=True)
        return NotImplemented

    # Expressions are factors of others and keys of mappings, which compare keys by identity first;
    # the truth of a condition is an error, so that a search with == never finds a wrong one.
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        if not self.terms:
            return False
        raise InputError.listing([f"{self}: {NO_TRUTH}"])


NUMBERS = (Compared, int, float, Fraction, np.number)
