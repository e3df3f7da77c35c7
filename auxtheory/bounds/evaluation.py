"""The values of sums of monomials, without intermediate overflow or underflow.

Where a value is so large or so small that some product of powers of it might overflow or lose
digits near 0, numbers are kept as m·2^e until the sum is known; everywhere else this is plain
arithmetic on arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add, mul
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from auxtheory.bounds.units import Symbol
from auxtheory.bounds.wide import Wide, aligned, chosen, exponential, logarithm, scaled, split
from auxtheory.typing import Values

# Limit of |log₂| of every plain product, so that sums of products stay below 2^1023 and keep their
# digits.
SAFE = 960.0

Read: TypeAlias = dict[str, Any]
Part: TypeAlias = "tuple[str | Plan | Call, float | Plan]"  # base and exponent


@dataclass(frozen=True, eq=False)
class Plan:
    """A sum of monomials as numbers and names: coefficients and pairs (base, exponent), each of
    which may be a sum again.

    `calls` are all functions in it, inner ones before those whose arguments they are in."""

    symbols: tuple[Symbol, ...]
    terms: tuple[tuple[float, tuple[Part, ...]], ...]
    reach: float
    calls: tuple[Call, ...] = ()

    def read(self, values: Values) -> Read:
        """The value of each symbol; InputError naming one that has none."""
        return {symbol.name: symbol.value(values) for symbol in self.symbols}

    def parts(self, values: Values) -> tuple[list[Any], Any]:
        """The values of the terms up to a common factor 2^e, and e; 0.0 if no scaling is needed."""
        read = self.read(values)
        with np.errstate(all="ignore"):
            return (
                (self._products(read), 0.0)
                if self.plain(read)
                else aligned(self._wide(_split_all(read)))
            )

    def plain(self, read: Read) -> bool:
        """Whether no product can leave the range: each value, and each e^x and log x, is 0, ∞ or no
        farther from 1 than the sum allows."""
        high = 2.0 ** (SAFE / self.reach)
        return all(_within(value, 1 / high, high) for value in read.values()) and all(
            call.fits(read, high) for call in self.calls
        )

    def _products(self, read: Read) -> list[Any]:
        return [self._product(coefficient, factors, read) for coefficient, factors in self.terms]

    def _product(self, coefficient: float, factors: Iterable[Part], read: Read) -> Any:
        """A product, which is 0 if any factor is 0, even if another is ∞ (such as 1/B at B = ∞
        times 1/δ at δ = 0)."""
        powers = [_power(base, power, read) for base, power in factors]
        product = (
            reduce(mul, powers)
            if powers and coefficient == 1.0
            else reduce(mul, powers, np.float64(coefficient))
        )
        if np.isnan(_least(product)):  # 0·∞ is NaN
            zero = reduce(np.logical_or, (power == 0 for power in powers))
            product = np.where(zero, 0.0, product)
        return product

    def total(self, read: Read) -> Any:
        """The sum by plain arithmetic."""
        return summed(self._products(read))

    def _wide(self, read: Mapping[str, Wide]) -> list[Wide]:
        """Each term as m·2^e, ½ ≤ |m| < 1."""
        wide = []
        for coefficient, factors in self.terms:
            m = np.float64(coefficient)
            e = np.float64(0.0)
            zero = np.False_
            for base, power in factors:
                mantissa, exponent = read[base] if isinstance(base, str) else base.wide_total(read)
                if isinstance(power, Plan):
                    mantissa, exponent = split(
                        scaled(mantissa, exponent) ** scaled(*power.wide_total(read))
                    )
                else:
                    mantissa = mantissa**power
                    exponent = exponent * power
                m = m * mantissa
                e = e + exponent
                zero = zero | (mantissa == 0)
            m, more = split(np.where(zero, 0.0, m))
            wide.append((m, e + more))
        return wide

    def wide_total(self, read: Mapping[str, Wide]) -> Wide:
        """The sum as m·2^e, ½ ≤ |m| < 1."""
        parts, e = aligned(self._wide(read))
        m, more = split(summed(parts))
        return m, e + more


@dataclass(frozen=True, eq=False)
class Call:
    """A function of sums of monomials."""

    kind: str
    arguments: tuple[Plan, ...]

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        return tuple(symbol for argument in self.arguments for symbol in argument.symbols)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The functions in its arguments, and itself."""
        return (*(call for argument in self.arguments for call in argument.calls), self)

    @property
    def reach(self) -> float:
        """The reach of its arguments, which are computed first; that of e^x and log x is 1, since
        `fits` looks at their values."""
        return max(1.0, *(argument.reach for argument in self.arguments))

    def fits(self, read: Read, high: float) -> bool:
        """Whether e^x or log x is 0, ∞ or no farther from 1 than `high`, and was not rounded to
        0 or ∞; always true for the smallest and the largest of several values."""
        if self.kind == "exp":
            exponent = np.abs(self.arguments[0].total(read))
            return bool(np.all((exponent <= np.log(high)) | np.isinf(exponent)))
        return self.kind != "log" or _within(np.abs(self.total(read)), 1 / high, high)

    def total(self, read: Read) -> Any:
        """The value by plain arithmetic."""
        values = [argument.total(read) for argument in self.arguments]
        return PLAIN[self.kind](*values) if len(values) == 1 else reduce(PLAIN[self.kind], values)

    def wide_total(self, read: Mapping[str, Wide]) -> Wide:
        """The value as m·2^e."""
        values = [argument.wide_total(read) for argument in self.arguments]
        if self.kind in EXTREME:
            return chosen(values, self.kind == "max")[1]
        return (exponential if self.kind == "exp" else logarithm)(values[0])

    def wide(self, values: Values) -> Wide:
        """The value as m·2^e at these values of the symbols."""
        with np.errstate(all="ignore"):
            return self.wide_total(self._read(values))

    def which(self, values: Values) -> Any:
        """The index of the argument that is the smallest or the largest."""
        read = self._read(values)
        with np.errstate(all="ignore"):
            arguments = [argument.wide_total(read) for argument in self.arguments]
            return chosen(arguments, self.kind == "max")[0]

    def _read(self, values: Values) -> dict[str, Wide]:
        return {symbol.name: split(symbol.value(values)) for symbol in self.symbols}


PLAIN: Mapping[str, Any] = {"exp": np.exp, "log": np.log, "min": np.minimum, "max": np.maximum}
EXTREME = ("min", "max")

# Not kept in the expression, whose digest is of its terms.
_PLANS: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def plan(expression: Any) -> Any:
    """The plan of a Posynomial, or the call of an `Applied`, made once."""
    known = _PLANS.get(expression)
    if known is None:
        known = _PLANS[expression] = _made(expression)
    return known


def _made(expression: Any) -> Plan | Call:
    if hasattr(expression, "arguments"):
        return Call(expression.kind, tuple(plan(argument) for argument in expression.arguments))
    symbols: dict[str, Symbol] = {}
    calls: dict[Call, None] = {}
    terms = []
    reach = 1.0
    for term in expression.terms:
        factors: list[Part] = []
        far = 0.0
        for base, power in term.factors.items():
            inner: str | Plan | Call = base.name if isinstance(base, Symbol) else plan(base)
            outer: float | Plan = plan(power) if hasattr(power, "terms") else float(power)
            nested = [part for part in (inner, outer) if isinstance(part, Plan | Call)]
            symbols |= {symbol.name: symbol for part in nested for symbol in part.symbols}
            calls |= dict.fromkeys(call for part in nested for call in part.calls)
            if isinstance(base, Symbol):
                symbols[base.name] = base
            size = 1.0 if isinstance(inner, str) else inner.reach
            # A variable exponent has a base without a unit, whose power is the same in all units.
            far += max(size, outer.reach) if isinstance(outer, Plan) else size * abs(outer)
            factors.append((inner, outer))
        terms.append((term.coefficient, tuple(factors)))
        reach = max(reach, far)
    reach = max([reach, *(call.reach for call in calls)])
    return Plan(tuple(symbols.values()), tuple(terms), reach, tuple(calls))


def sides(left: Any, right: Any, values: Values) -> tuple[Any, Any]:
    """The values of two expressions up to a common factor, so that neither overflows or
    underflows."""
    one = plan(left)
    other = plan(right)
    reads = one.read(values), other.read(values)
    with np.errstate(all="ignore"):
        if one.plain(reads[0]) and other.plain(reads[1]):
            return one.total(reads[0]), other.total(reads[1])
        m, e = one.wide_total(_split_all(reads[0]))
        n, k = other.wide_total(_split_all(reads[1]))
        top = np.maximum(e, k)
        return scaled(m, e - top), scaled(n, k - top)


def summed(parts: list[Any]) -> Any:
    """The sum of the parts; 0 if there are none."""
    return reduce(add, parts) if parts else np.float64(0.0)


def _power(base: str | Plan | Call, power: float | Plan, read: Read) -> Any:
    value = read[base] if isinstance(base, str) else base.total(read)
    if isinstance(power, Plan):
        return value ** power.total(read)
    return value if power == 1.0 else value**power


def _within(value: Any, low: float, high: float) -> bool:
    """Whether each number is 0, ∞ or from low to high."""
    if value.size and low <= _least(value) and _largest(value) <= high:
        return True
    return bool(np.all((value == 0) | np.isposinf(value) | ((value >= low) & (value <= high))))


def _least(value: Any) -> float:
    """The smallest number, NaN if any number is NaN; `argmin` takes a third of the time of
    `min`."""
    return float(value.item(value.argmin()) if value.ndim else value)


def _largest(value: Any) -> float:
    """The largest number."""
    return float(value.item(value.argmax()) if value.ndim else value)


def _split_all(read: Read) -> dict[str, Wide]:
    return {name: split(value) for name, value in read.items()}
