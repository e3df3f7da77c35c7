"""Identifying a factor as an expression in η, a, K, N, |S| and d, from its values at settings that
differ in each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, product

import numpy as np

from auxtheory.typing import FloatArray

POWERS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
SHIFTED = {
    "1 − a": (1.0, "a", -1.0),
    "1 + a": (1.0, "a", 1.0),
    "1 − η": (1.0, "η", -1.0),
    "K − 1": (-1.0, "K", 1.0),
    "K + 1": (1.0, "K", 1.0),
    "N − 1": (-1.0, "N", 1.0),
    "N + 1": (1.0, "N", 1.0),
    "|S| + 1": (1.0, "|S|", 1.0),
}
NICE = {1.0: "", -1.0: "−", 2.0: "2", 0.5: "0.5", -2.0: "−2", -0.5: "−0.5"}
TEXTS = {2.0: "{}²", 0.5: "√{}"}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The settings of one call of an implementation: the step size, a, K, N clients of which S take
    part, and dimension d."""

    eta: float = 0.31
    a: float = 0.2
    K: int = 3
    N: int = 5
    S: int = 3
    d: int = 47

    @property
    def values(self) -> dict[str, float]:
        counts = {"K": self.K, "N": self.N, "|S|": self.S, "d": self.d}
        return {"η": self.eta, "a": self.a} | {
            name: float(number) for name, number in counts.items()
        }


def settings(*, single_step: bool = False, partial: bool = True) -> tuple[Setting, ...]:
    """One setting, others that differ from it in one number, and some that differ in most."""
    changes: list[dict[str, float]] = [
        {},
        {"eta": 0.17},
        {"eta": 0.43},
        {"a": 0.35},
        {"a": 0.45},
        {"K": 2},
        {"K": 5},
    ]
    changes += [
        {"N": 4},
        {"N": 7},
        {"S": 2},
        {"S": 4},
        {"d": 53},
        {"eta": 0.23, "a": 0.15, "K": 4, "N": 6, "S": 2},
    ]
    changes += [{"eta": 0.37, "a": 0.4, "K": 2, "N": 5, "S": 4, "d": 43}]
    chosen = [
        Setting(**({name: v for name, v in change.items()} | ({"K": 1} if single_step else {})))  # type: ignore[arg-type]
        for change in changes
    ]
    if not partial:
        chosen = [Setting(eta=s.eta, a=s.a, K=s.K, N=s.S, S=s.S, d=s.d) for s in chosen]
    return tuple(dict.fromkeys(chosen))


@dataclass(frozen=True)
class Factor:
    """The values of one factor at the settings, and their description."""

    values: FloatArray
    at: tuple[Setting, ...] = field(repr=False)
    precision: float = 1e-7

    def near(self, value: float) -> bool:
        """Whether the factor is this number everywhere."""
        return bool(np.all(np.abs(self.values - value) <= self.precision * max(1.0, abs(value))))

    def same(self, other: Factor) -> bool:
        others = dict(zip(other.at, other.values, strict=True))
        pairs = [(v, others[s]) for v, s in zip(self.values, self.at, strict=True) if s in others]
        return all(
            math.isclose(v, w, rel_tol=self.precision, abs_tol=self.precision) for v, w in pairs
        )

    def __str__(self) -> str:
        """The simplest expression or, if there is none, a value with the numbers on which it
        depends."""
        if np.any(np.abs(self.values) <= self.precision):
            return self.described
        candidates = [
            (cost + _cost(c), _text(c, powers)) for cost, powers, c in self._expressions()
        ]
        return min(candidates)[1] if candidates else self.described

    def _expressions(self) -> Iterator[tuple[float, tuple[tuple[str, float], ...], float]]:
        for cost, powers, values in monomials(self.at):
            ratio = self.values / values
            if np.all(np.abs(ratio - ratio[0]) <= 10 * self.precision * abs(ratio[0])):
                yield cost, powers, float(ratio[0])

    @property
    def described(self) -> str:
        """The value at the first setting, with the numbers on which the factor depends."""
        one = self.at[0]
        varied = [name for name in one.values if len({s.values[name] for s in self.at}) > 1]
        where = ", ".join(f"{name} = {one.values[name]:g}" for name in varied)
        changing = [name for name in varied if self._changes_with(name)]
        how = (
            f"it changes with {', '.join(changing)}" if changing else "it does not change with them"
        )
        return f"{self.values[0]:.6g} (at {where}; {how}; no product of their powers)"

    def _changes_with(self, name: str) -> bool:
        one = self.at[0].values
        alone = [
            i
            for i, s in enumerate(self.at)
            if {n for n, v in s.values.items() if v != one[n]} == {name}
        ]
        return any(
            abs(self.values[i] - self.values[0]) > self.precision * max(1.0, abs(self.values[0]))
            for i in alone
        )


@lru_cache(maxsize=64)
def monomials(
    at: tuple[Setting, ...],
) -> tuple[tuple[float, tuple[tuple[str, float], ...], FloatArray], ...]:
    """Products of powers of the numbers that change, with their values at the settings and their
    complexity."""
    table: Mapping[str, FloatArray] = {
        name: np.array([s.values[name] for s in at]) for name in at[0].values
    }
    table = {name: values for name, values in table.items() if np.ptp(values) > 0}
    if "|S|" in table and "N" in table and np.array_equal(table["N"], table["|S|"]):
        table.pop("|S|")
    simple = [p for size in range(4) for names in combinations(table, size) for p in _powers(names)]
    products = [(sum(abs(e) if abs(e) >= 1 else 1.5 for _, e in p), p) for p in simple]
    shifted = [
        name
        for name, (_, of, _) in SHIFTED.items()
        if of in table and of != "" and _positive(name, table)
    ]
    products += [
        (cost + 1.6, (*p, (name, e)))
        for cost, p in products
        if cost <= 2
        for name in shifted
        for e in (1.0, -1.0)
    ]
    return tuple((cost, p, _values(p, table, len(at))) for cost, p in products)


def _powers(names: Sequence[str]) -> Iterator[tuple[tuple[str, float], ...]]:
    allowed = POWERS if len(names) < 3 else (1.0, -1.0)
    for exponents in product(allowed, repeat=len(names)):
        yield tuple(zip(names, exponents, strict=True))


def _positive(name: str, table: Mapping[str, FloatArray]) -> bool:
    constant, of, sign = SHIFTED[name]
    return bool(np.all(constant + sign * table[of] > 0))


def _values(
    powers: Sequence[tuple[str, float]], table: Mapping[str, FloatArray], length: int
) -> FloatArray:
    result = np.ones(length)
    for name, exponent in powers:
        constant, of, sign = SHIFTED.get(name, (0.0, name, 1.0))
        result = result * (constant + sign * table[of]) ** exponent
    return result


def _cost(c: float) -> float:
    """The complexity of a constant."""
    near = min(NICE, key=lambda value: abs(value - c))
    if abs(near - c) <= 1e-6 * abs(near):
        return 0.0 if near == 1.0 else 0.4 if near == -1.0 else 0.7
    return 1.2 if abs(c - round(c)) <= 1e-6 or abs(1 / c - round(1 / c)) <= 1e-6 else 2.5


def _text(c: float, powers: Sequence[tuple[str, float]]) -> str:
    """A constant times powers, as text."""
    above = [_power(name, e) for name, e in powers if e > 0]
    below = [_power(name, -e) for name, e in powers if e < 0]
    near = min(NICE, key=lambda value: abs(value - c))
    constant = NICE[near] if abs(near - c) <= 1e-6 * abs(near) else f"{c:.6g}".replace("-", "−")
    top = " ".join([*([constant] if constant not in ("", "−") else []), *above]) or "1"
    top = f"−{top}" if constant == "−" else top
    bottom = below[0] if len(below) == 1 else f"({' '.join(below)})"
    return f"{top}/{bottom}" if below else top


def _power(name: str, exponent: float) -> str:
    name = f"({name})" if name in SHIFTED else name
    return name if math.isclose(exponent, 1.0) else TEXTS[exponent].format(name)
