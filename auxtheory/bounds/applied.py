"""Functions in a bound: e^x, log x, and the smallest or largest of several expressions, each a
factor of a monomial."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from auxtheory.bounds.evaluation import EXTREME, plan
from auxtheory.bounds.tree import Function, Node
from auxtheory.bounds.units import Symbol, Unit
from auxtheory.bounds.wide import scaled
from auxtheory.errors import UnitError
from auxtheory.typing import FloatArray, Values

# How each kind is written in Python.
WRITTEN = {"exp": "at.exp", "log": "at.log", "min": "at.minimum", "max": "at.maximum"}


@dataclass(frozen=True, eq=False)
class Applied:
    """A function of expressions, as a factor of a monomial; two with the same arguments are equal.

    Args:
        kind: "exp", "log", "min" or "max".
        arguments: The arguments, each a Posynomial: one, or two or more of "min" and "max".

    Raises:
        UnitError: The argument of e^x or log x has a unit, or two arguments have different ones; 0
            has every unit.
    """

    kind: str
    arguments: tuple[Any, ...]

    def __post_init__(self) -> None:
        with_terms = [argument for argument in self.arguments if argument.terms]
        if self.kind in EXTREME:
            if len({argument.unit for argument in with_terms}) > 1:
                listing = "; ".join(f"{each} has unit {each.unit}" for each in with_terms)
                raise UnitError(f"the arguments of {self.kind} must share one unit: {listing}")
        elif self.arguments[0].unit != Unit():
            (argument,) = self.arguments
            raise UnitError(
                f"the argument of {self.kind} must have no unit: {argument} has unit "
                f"{argument.unit}"
            )

    @property
    def unit(self) -> Unit:
        """The unit of its values."""
        return next((each.unit for each in self.arguments if each.terms), Unit())

    @property
    def names(self) -> frozenset[str]:
        """The names of all symbols in its arguments."""
        return frozenset[str]().union(*(argument.names for argument in self.arguments))

    @property
    def positive(self) -> bool:
        """Whether it is positive for all positive values of its symbols, as far as that can be
        read off."""
        if self.kind in EXTREME:
            return all(map(_positive, self.arguments))
        return self.kind == "exp"

    @cached_property
    def _key(self) -> Any:
        return self.kind, tuple(map(structure, self.arguments))

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Applied) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def value(self, values: Values) -> FloatArray:
        """The value at these values of the symbols."""
        return np.asarray(scaled(*plan(self).wide(values)))

    def slope(self, variable: str, values: Values) -> FloatArray:
        """∂ log(function) / ∂ log(variable); that of the smallest or largest is the slope of the
        argument that is chosen, the first of several equal ones."""
        if variable not in self.names:
            return np.asarray(0.0)
        with np.errstate(all="ignore"):
            if self.kind in EXTREME:
                slopes = [
                    argument.slope(variable, values) if argument.terms else np.asarray(0.0)
                    for argument in self.arguments
                ]
                index, *slopes = np.broadcast_arrays(plan(self).which(values), *slopes)
                return np.asarray(np.take_along_axis(np.stack(slopes), index[None], axis=0)[0])
            (argument,) = self.arguments
            if self.kind == "exp":
                return np.asarray(argument.growth(variable, values))
            return np.asarray(argument.slope(variable, values) / self.value(values))

    @property
    def tree(self) -> Node:
        """The structure of the function as it is printed."""
        return self.layout()

    def layout(self, *, exact: bool = False) -> Node:
        """The structure of the function; `exact` as of an expression."""
        return Function(
            self.kind, tuple(argument.layout(exact=exact) for argument in self.arguments)
        )


def _positive(expression: Any) -> bool:
    """Whether an expression is a sum of positive terms for all positive values of its symbols."""
    return bool(expression.terms) and all(
        term.coefficient > 0 and all(_positive_base(base) for base in term.factors)
        for term in expression.terms
    )


def _positive_base(base: Any) -> bool:
    if isinstance(base, Symbol):
        return True
    return base.positive if isinstance(base, Applied) else _positive(base)


def structure(part: Any) -> Any:
    """A value that is equal for bases, exponents and expressions of the same terms."""
    if not hasattr(part, "terms"):
        return part
    return frozenset(
        (term.coefficient, frozenset((structure(b), structure(p)) for b, p in term.factors.items()))
        for term in part.terms
    )
