"""From a failing case to a simple one: value by value, from the failing case downwards, until none can be simpler.

Hypothesis is of no use here: `find` begins at random points of its own, not at a given case, and a violation that takes
several values at once is then met rarely or never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from typing import Any, TypeAlias

Values: TypeAlias = dict[str, Any]
Simpler: TypeAlias = Callable[[str, Any], list[Any]]  # the values simpler than this one of this name, simplest first

ROUND = 0.0, 1.0, -1.0, 0.5, -0.5, 10.0, 0.1, 100.0, 0.01
DIGITS = 1, 2, 3, 4, 6, 9, 12
EVERY = 100  # up to which each smaller whole number is tried
COARSE = 1, 2, 3, 5
LENGTHS = "T", "K", "dim", "B"  # in the order in which they are made shorter
PAIRS = 400  # questions about two values at once, of runs of up to 100 rounds; fewer of longer ones
MOST = 10_000  # questions in all; what is not asked by then is taken for no


def complexity(value: float, simple: float) -> tuple[int, ...]:
    """Least for the simplest value, then for round numbers, then by the number of digits."""
    if value == simple:
        return (0,)
    if value in ROUND:
        return (1, ROUND.index(value))
    if not math.isfinite(value):
        return (3,)
    _, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    return (2, len(digits), 1, 0) if digits != (1,) else (2, 1, 0, abs(int(exponent)))


def rounder(value: float, simple: float) -> list[float]:
    """The numbers simpler than this one and near it or on its way to the simplest; simplest first."""
    near = [v for v in ROUND if abs(v - simple) <= abs(value - simple) or 0.1 <= v / (value or 1.0) <= 10.0]
    found = [simple, *near]
    if value and math.isfinite(value):
        exponent = math.floor(math.log10(abs(value)))
        found += [math.copysign(float(f"1e{k}"), value) for k in range(min(exponent, 0), max(exponent, 0) + 2)]
        for n in DIGITS:
            nearest = float(f"{value:.{n}g}")
            unit = math.copysign(10.0 ** (exponent + 1 - n), value - nearest)
            found += [nearest, float(f"{nearest + unit:.{n}g}")]
    least = complexity(value, simple)
    return sorted({v for v in found if complexity(v, simple) < least}, key=lambda v: (complexity(v, simple), abs(v)))


def shorter(n: int, fine: bool = True) -> list[int]:
    """Smaller whole numbers: all up to ten, round ones, and, if `fine`, all for n up to a hundred, else towards n
    itself by halves."""
    if fine and n <= EVERY:
        return list(range(1, n))
    coarse = {mantissa * 10**k for k in range(len(str(n))) for mantissa in COARSE}
    halves = {n - max(n >> k, 1) for k in range(2, n.bit_length() + 1)} if fine else set()
    return sorted(v for v in {*range(1, 11), *coarse, *halves} if 1 <= v < n)


def simplest(found: Mapping[str, Any], simpler: Simpler, fails: Callable[[Values], bool]) -> Values:
    """The case reached from the one found by making single values simpler, and two at once where no single one can be,
    for as long as it still fails: in the end no single value has a simpler one with which it would."""
    known: dict[tuple[Any, ...], bool] = {}

    def asked(values: Values) -> bool:
        key = tuple(values.values())
        if key not in known:
            known[key] = len(known) < MOST and fails(values)
        return known[key]

    values = _bold(_one_by_one(dict(found), simpler, asked, LENGTHS), simpler, asked)
    while True:
        values = _one_by_one(values, simpler, asked, tuple(values))
        for proposal in _pairs(values, simpler):
            if asked(proposal):
                values = proposal
                break
        else:
            return values


def _one_by_one(values: Values, simpler: Simpler, asked: Callable[[Values], bool], names: tuple[str, ...]) -> Values:
    """Each of these values as simple as the others allow."""
    changed = True
    while changed:
        changed = False
        for name in names:
            for value in simpler(name, values[name]):
                if asked({**values, name: value}):
                    values, changed = {**values, name: value}, True
                    break
    return values


def _bold(values: Values, simpler: Simpler, asked: Callable[[Values], bool]) -> Values:
    """The case with all values but two, one or none of them as simple as can be, if it still fails."""
    plain = {name: choices[0] for name, value in values.items() if (choices := simpler(name, value))}
    levels = [name for name in plain if name not in LENGTHS]
    for kept in range(3 if values["T"] <= 100 else 2):
        for names in combinations(levels, kept):
            proposal = {**values, **{name: plain[name] for name in levels if name not in names}}
            if asked(proposal):
                return proposal
    return values


def _pairs(values: Values, simpler: Simpler) -> Iterator[Values]:
    """Two values at once: the simplest of each; with a second coordinate dropped, any simpler one of each other."""
    choices = {name: found for name, value in values.items() if (found := simpler(name, value))}
    left = PAIRS * 100 // max(values["T"], 100)
    for first, second in combinations(choices, 2):
        several = choices[second] if first == "dim" else choices[second][:1]
        for value in several:
            if left <= 0:
                return
            left -= 1
            yield {**values, first: choices[first][0], second: value}
