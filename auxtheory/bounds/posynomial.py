"""Bounds as sums of monomials: value, printed formula, dominant term, slope in any variable,
units."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.applied import Applied, structure
from auxtheory.bounds.conditions import Compared
from auxtheory.bounds.conditions import Condition as Condition
from auxtheory.bounds.evaluation import EXTREME, PLAIN, plan, summed
from auxtheory.bounds.printing import finite, monomial, plain, ratio
from auxtheory.bounds.tree import Group, Letter, Node, Sum
from auxtheory.bounds.typeset import latex
from auxtheory.bounds.units import Symbol, Unit
from auxtheory.bounds.wide import LN2, scaled
from auxtheory.errors import InputError, UnitError
from auxtheory.typing import FloatArray, Values

Number: TypeAlias = int | float | Fraction
Operand: TypeAlias = Union["Posynomial", Number]


Exponent: TypeAlias = Union[Fraction, "Posynomial"]
Base: TypeAlias = Union[Symbol, Applied, "Posynomial"]
Factors: TypeAlias = Mapping[Base, Exponent]
# Relative step of differences, where a slope has no formula: a factor log x that is 0.
DIFFERENCE = 1e-5
# Functions of NumPy that would ask for the truth of a comparison.
COMPARISONS = {
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
}
EXTREMES = {np.minimum: "min", np.maximum: "max"}


@dataclass(frozen=True, eq=False)
class Monomial:
    """coefficient · Π base^exponent; a base is a symbol, a function such as log T, or a
    parenthesised sum such as (1 − a)."""

    coefficient: float
    factors: Factors

    @cached_property
    def unit(self) -> Unit:
        unit = Unit()
        for base, power in self.factors.items():
            if isinstance(power, Posynomial):
                if base.unit != Unit() or power.unit != Unit():
                    raise UnitError(
                        f"({base})^({power}): a variable exponent and its base must have no unit"
                    )
            else:
                unit = unit * base.unit**power
        return unit

    def slope(self, variable: str, values: Values) -> FloatArray:
        """∂ log(monomial) / ∂ log(variable)."""
        total = np.asarray(0.0)
        with np.errstate(all="ignore"):
            for base, power in self.factors.items():
                inner = base.slope(variable, values)
                if isinstance(power, Posynomial):
                    growth = np.log(base.value(values)) * power.slope(variable, values)
                    total = total + power.value(values) * (inner + growth)
                else:
                    total = total + float(power) * inner
        return total

    @cached_property
    def tree(self) -> Node:
        """The structure of the monomial as it is printed."""
        return self.layout()

    def layout(self, *, exact: bool = False) -> Node:
        """The structure of the monomial; `exact`: with coefficients such as 8/3 and 2√2 in place of
        four digits."""
        factors = [
            (_layout(b, exact), p.layout(exact=exact) if isinstance(p, Posynomial) else p)
            for b, p in self.factors.items()
        ]
        return monomial(self.coefficient, factors, exact=exact)

    @cached_property
    def text(self) -> str:
        """The printed monomial, which names the largest term in verdicts."""
        return plain(self.tree)

    def __str__(self) -> str:
        return self.text


class Posynomial(Compared):
    """A sum of monomials, Σᵢ cᵢ Π base^exponent, written with symbols, + − × / ** and the functions
    `sqrt`, `exp`, `log`, `minimum` and `maximum`.

    Functions, sums with a negative term, such as 1 − a, and powers of sums stay together as one
    factor of a monomial; everything else is multiplied out, so that a bound is a sum of positive
    terms of which one dominates. Comparing two expressions makes a condition.

    Args:
        terms: The monomials, all of one unit. Usually an expression is made of `at.symbols(...)`.

    Raises:
        UnitError: Two terms have different units.

    Example:
        >>> import auxtheory as at
        >>> L, F0, T = at.symbols("L F0 T")
        >>> bound = 4 * L * F0 / T
        >>> print(bound)
        4LF₀/T
        >>> float(bound.value({"L": 1.0, "F0": 2.0, "T": 100}))
        0.08
    """

    def __init__(self, terms: tuple[Monomial, ...]) -> None:
        self.terms = terms
        units = {term.unit for term in terms}
        if len(units) > 1:
            listing = "; ".join(f"{term} has unit {term.unit}" for term in terms)
            raise UnitError(f"the terms of a sum must share one unit: {listing}")

    @classmethod
    def symbol(cls, name: str, glyph: str, unit: Unit) -> Posynomial:
        """One symbol as an expression.

        Args:
            name: The key under which its value is looked up, such as "sigma_f".
            glyph: How it is printed, such as "σ_f".
            unit: Its unit.

        Returns:
            The expression.
        """
        return cls((Monomial(1.0, {Symbol(name, glyph, unit): Fraction(1)}),))

    @property
    def unit(self) -> Unit:
        """The unit F^p·X^q that all terms share."""
        return self.terms[0].unit if self.terms else Unit()

    @property
    def names(self) -> frozenset[str]:
        """The names of all symbols that occur, exponents included."""
        bases = {base for term in self.terms for base in term.factors}
        powers = {
            p for term in self.terms for p in term.factors.values() if isinstance(p, Posynomial)
        }
        return frozenset[str]().union(*(part.names for part in bases | powers))

    @property
    def alone(self) -> Base | None:
        """The base of an expression that is nothing else: a symbol, a function or a sum in
        parentheses."""
        if len(self.terms) != 1 or self.terms[0].coefficient != 1:
            return None
        factors = [*self.terms[0].factors.items()]
        powers = [power for _, power in factors if isinstance(power, Fraction)]
        return factors[0][0] if len(factors) == 1 and powers == [1] else None

    # -- values
    # ---------------------------------------------------------------------------------------

    def __call__(self, **values: Any) -> FloatArray:
        return self.value(values)

    def value(self, values: Values) -> FloatArray:
        """The sum at these values.

        Args:
            values: A number, or an array, for the name of each symbol; arrays broadcast against
                each other.

        Returns:
            The values, in the shape to which the arrays broadcast.

        Raises:
            InputError: A symbol has no value.
        """
        parts, e = plan(self).parts(values)
        return np.asarray(scaled(summed(parts), e))

    def parts(self, values: Values) -> FloatArray:
        """The value of each term.

        Args:
            values: As for `value`.

        Returns:
            An array of shape (terms, ...).

        Raises:
            InputError: A symbol has no value.
        """
        parts, e = plan(self).parts(values)
        return np.stack(np.broadcast_arrays(*(np.asarray(scaled(part, e)) for part in parts)))

    def _shares(self, values: Values) -> FloatArray:
        """The value of each term up to a factor common to all, shape (terms, ...)."""
        return np.stack(np.broadcast_arrays(*map(np.asarray, plan(self).parts(values)[0])))

    def dominant(self, values: Values) -> tuple[NDArray[np.str_], FloatArray]:
        """The printed formula of the largest term, and its share of the sum, for each set of
        values.

        Args:
            values: As for `value`.

        Returns:
            The formulas and the shares (numbers from 0 to 1), both in the shape to which the values
            broadcast.

        Raises:
            InputError: A symbol has no value.
        """
        parts = self._shares(values)
        formulas = np.array([str(term) for term in self.terms])
        with np.errstate(all="ignore"):
            total = np.sum(parts, axis=0)
            share = np.where((total > 0) & (total < np.inf), np.max(parts, axis=0) / total, 1.0)
        return np.asarray(formulas[np.argmax(parts, axis=0)]), share

    def slope(self, variable: str, values: Values) -> FloatArray:
        """∂ log(bound) / ∂ log(variable), all other symbols fixed: the mean of the terms' slopes,
        weighted by their shares of the sum.

        Args:
            variable: The name of a symbol, such as "T".
            values: As for `value`.

        Returns:
            The slopes, in the shape to which the values broadcast.

        Raises:
            InputError: A symbol has no value.
        """
        parts = self._shares(values)
        with np.errstate(all="ignore"):
            changes, undefined = self._changes(variable, values, parts)
            total = np.sum(parts, axis=0)
            slope = np.sum(changes, axis=0) / total
            if undefined is not None and np.any(undefined):
                up, down = (
                    np.log(np.abs(summed(p))) + e * LN2 for p, e in self._near(variable, values)
                )
                slope = np.where(undefined & (total != 0), (up - down) / (2 * DIFFERENCE), slope)
        return np.asarray(slope)

    def growth(self, variable: str, values: Values) -> FloatArray:
        """∂ bound / ∂ log(variable), all other symbols fixed.

        Args:
            variable: The name of a symbol, such as "T".
            values: As for `value`.

        Returns:
            The derivatives, in the shape to which the values broadcast.

        Raises:
            InputError: A symbol has no value.
        """
        parts = self.parts(values)
        with np.errstate(all="ignore"):
            changes, undefined = self._changes(variable, values, parts)
            growth = np.sum(changes, axis=0)
            if undefined is not None and np.any(undefined):
                up, down = (scaled(summed(p), e) for p, e in self._near(variable, values))
                growth = np.where(undefined, (up - down) / (2 * DIFFERENCE), growth)
        return np.asarray(growth)

    def _changes(
        self, variable: str, values: Values, parts: FloatArray
    ) -> tuple[FloatArray, NDArray[np.bool_] | None]:
        """∂ part / ∂ log(variable) for each term, and where one is unknown: at a zero of a factor
        such as log x; None of an expression without functions."""
        slopes = np.stack(
            [np.broadcast_to(t.slope(variable, values), parts.shape[1:]) for t in self.terms]
        )
        changes = np.where(parts == 0, 0.0, parts * slopes)
        if not plan(self).calls:
            return changes, None
        return changes, np.any((parts == 0) & ~np.isfinite(slopes), axis=0)

    def _near(self, variable: str, values: Values) -> list[Any]:
        """The parts, each with the exponent of its factor, a little above and below."""
        here = np.asarray(values[variable], dtype=float)
        steps = (np.exp(DIFFERENCE), np.exp(-DIFFERENCE))
        return [plan(self).parts({**values, variable: here * step}) for step in steps]

    def coerced(self, other: Operand) -> Posynomial:
        """A number or an expression as an expression.

        Args:
            other: The operand.

        Returns:
            The expression.

        Raises:
            InputError: The operand is neither a finite number nor an expression.
        """
        return _coerce(other)

    # -- algebra
    # --------------------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Posynomial:
        merged: dict[frozenset[Any], Monomial] = {}
        for term in self.terms + _coerce(other).terms:
            key = frozenset(term.factors.items())
            before = merged[key].coefficient if key in merged else 0.0
            merged[key] = Monomial(before + term.coefficient, term.factors)
        return Posynomial(tuple(term for term in merged.values() if term.coefficient))

    def __mul__(self, other: Operand) -> Posynomial:
        left = _operand(self, other)
        right = _operand(_coerce(other), self)
        return Posynomial(tuple(_product(p, q) for p in left.terms for q in right.terms))

    def __pow__(self, power: Operand | np.floating[Any]) -> Posynomial:
        exponent = power if isinstance(power, Posynomial) else ratio(power)
        if isinstance(exponent, Posynomial) or len(self.terms) != 1:
            one = not isinstance(exponent, Posynomial) and exponent == 1
            return self if one else Posynomial((Monomial(1.0, {self: exponent}),))
        (term,) = self.terms
        if exponent.denominator != 1 and not all(map(_splits, term.factors.items())):
            return Posynomial((Monomial(1.0, {self: exponent}),))
        if term.coefficient < 0 and exponent.denominator != 1:
            raise InputError.listing(
                [f"base = {self}: must be positive under the exponent {exponent}"]
            )
        factors = {base: inner * exponent for base, inner in term.factors.items() if exponent}
        return Posynomial((Monomial(term.coefficient ** float(exponent), factors),))

    def __neg__(self) -> Posynomial:
        return self * -1.0

    def __sub__(self, other: Operand) -> Posynomial:
        return self + -_coerce(other)

    def __rsub__(self, other: Operand) -> Posynomial:
        return _coerce(other) - self

    def __rpow__(self, base: Operand) -> Posynomial:
        return _coerce(base) ** self

    def __float__(self) -> float:
        raise InputError.listing(
            [f"operand = {self}: has no value until numbers are given; its root is at.sqrt(...)"]
        )

    def sqrt(self) -> Posynomial:
        """The square root of this expression, which `np.sqrt` calls.

        Returns:
            The expression.
        """
        return sqrt(self)

    def exp(self) -> Posynomial:
        """e to the power of this expression, which `np.exp` calls.

        Returns:
            The expression.
        """
        return applied("exp", self)

    def log(self) -> Posynomial:
        """The natural logarithm of this expression, which `np.log` calls.

        Returns:
            The expression.
        """
        return applied("log", self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """What a function of NumPy does with numbers and expressions."""
        if method == "__call__" and not kwargs:
            scalars = [_unboxed(value) for value in inputs]
            if ufunc in EXTREMES:
                return applied(EXTREMES[ufunc], *scalars)
            if ufunc in COMPARISONS and not any(isinstance(x, np.ndarray) for x in scalars):
                return COMPARISONS[ufunc](*scalars)
        return getattr(ufunc, method)(*map(_boxed, inputs), **kwargs)

    def __truediv__(self, other: Operand) -> Posynomial:
        return self * _coerce(other) ** -1

    def __rtruediv__(self, other: Operand) -> Posynomial:
        return _coerce(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def tree(self) -> Node:
        """The structure of the formula as it is printed: terms that are subtracted come last."""
        return self.layout()

    def layout(self, *, exact: bool = False) -> Node:
        """The structure of the formula.

        Args:
            exact: Whether coefficients are written as in 8/3 or 2√2 where they are such numbers,
                rather than with four digits.

        Returns:
            The tree.
        """
        if len(self.terms) < 2:
            return self.terms[0].layout(exact=exact) if self.terms else monomial(0.0, [])
        ordered = sorted(self.terms, key=lambda term: term.coefficient < 0)
        return Sum(
            tuple(
                (t.coefficient < 0, Monomial(abs(t.coefficient), t.factors).layout(exact=exact))
                for t in ordered
            )
        )

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {latex(self.layout(exact=True))}$"

    def __str__(self) -> str:
        return plain(self.tree)

    def __repr__(self) -> str:
        return f"<Posynomial {self}>"


class Single(Posynomial):
    """The result of `symbols` for one name: an expression, `L = symbols("L")`, which can also be
    unpacked, `(L,) = symbols("L")`."""

    def __iter__(self) -> Iterator[Posynomial]:
        yield Posynomial(self.terms)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        return (Posynomial(self.terms),)[index]


def sqrt(expression: Operand) -> Posynomial:
    """The square root of an expression; its unit is the root of the expression's unit.

    Args:
        expression: A Posynomial or a number of at least 0.

    Returns:
        The expression.

    Raises:
        InputError: The expression is one negative term.

    Example:
        >>> import auxtheory as at
        >>> sigma_f, T = at.symbols("sigma_f T")
        >>> print(at.sqrt(sigma_f**2 / T))
        σ_f/√(T)
    """
    return _coerce(expression) ** Fraction(1, 2)


def applied(kind: str, *operands: Operand) -> Posynomial:
    """A function of expressions and numbers, as an expression.

    Args:
        kind: "exp", "log", "min" or "max".
        operands: Posynomials or numbers: one, or one or more of "min" and "max".

    Returns:
        The expression; a number if all operands are numbers.

    Raises:
        InputError: An operand is neither a finite number nor an expression, or the function has no
            finite value at a number.
        UnitError: The units do not fit.
    """
    arguments = [_coerce(operand) for operand in operands]
    if kind in EXTREME:
        arguments = [part for each in arguments for part in _flat(kind, each)]
    if not any(argument.names for argument in arguments):
        numbers = [sum(term.coefficient for term in argument.terms) for argument in arguments]
        with np.errstate(all="ignore"):
            number = reduce(PLAIN[kind], numbers) if kind in EXTREME else PLAIN[kind](*numbers)
        if not np.isfinite(number):
            listed = ", ".join(map(str, arguments))
            raise InputError.listing([f"{kind}({listed}) = {number}: must be a finite number"])
        return _coerce(float(number))
    distinct = tuple({structure(argument): argument for argument in arguments}.values())
    if kind in EXTREME and len(distinct) == 1:
        return distinct[0]
    return Posynomial((Monomial(1.0, {Applied(kind, distinct): Fraction(1)}),))


def _flat(kind: str, expression: Posynomial) -> tuple[Posynomial, ...]:
    """The arguments of an expression that is the smallest (or largest) of several; otherwise the
    expression."""
    base = expression.alone
    if isinstance(base, Applied) and base.kind == kind:
        return base.arguments
    return (expression,)


def _boxed(value: Any) -> Any:
    """An expression as an array of shape (), whose functions NumPy calls."""
    if not isinstance(value, Posynomial):
        return value
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def _unboxed(value: Any) -> Any:
    """A number of NumPy, which comparisons get as an array of shape (), as a float."""
    number = isinstance(value, np.ndarray | np.generic) and not value.ndim
    return float(value) if number and value.dtype.kind in "iuf" else value


def _splits(factor: tuple[Base, Exponent]) -> bool:
    """Whether the root of a product that has this factor is the product of the roots: √(log² T)
    is not log T where T < 1."""
    base, power = factor
    return not isinstance(base, Applied) or base.positive or power == 1


def _coerce(operand: Operand) -> Posynomial:
    if isinstance(operand, Posynomial):
        return operand
    number = finite(operand)
    return Posynomial((Monomial(number, {}),) if number else ())


def _operand(side: Posynomial, other: Operand) -> Posynomial:
    """The operand of a product; a sum with a negative term becomes one factor, unless it is only
    scaled by a number."""
    signed = len(side.terms) > 1 and any(term.coefficient < 0 for term in side.terms)
    whole = signed and isinstance(other, Posynomial) and any(term.factors for term in other.terms)
    return Posynomial((Monomial(1.0, {side: Fraction(1)}),)) if whole else side


def _layout(base: Base, exact: bool) -> Node:
    """The structure of a base, a sum in parentheses."""
    if isinstance(base, Symbol):
        return Letter(base.glyph)
    tree = base.layout(exact=exact)
    return tree if isinstance(base, Applied) else Group(tree)


def _product(p: Monomial, q: Monomial) -> Monomial:
    factors = dict(p.factors)
    for base, power in q.factors.items():
        total = power + factors[base] if base in factors else power
        factors[base] = total
    return Monomial(
        p.coefficient * q.coefficient,
        {base: e for base, e in factors.items() if isinstance(e, Posynomial) or e != 0},
    )
