"""Simplifies a failing case value by value, until no single value can be simpler.

Simpler is defined once, by `complexity`: a value's default (no noise, δ = 0, L = F₀ = 1) before 1,
before numbers of one digit, the nearest to 1 first, before numbers of two digits, and so on; K, T,
B, N and the dimension: the smaller.

`hypothesis.find` does not serve here: it starts at random points, not at a given case, and rarely
finds a violation that needs several values at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations, product
from typing import Any, TypeAlias

from auxtheory.testing.search.parameters import NOISE

Values: TypeAlias = dict[str, Any]
# The simpler values of the name given, simplest first.
Simpler: TypeAlias = Callable[[str, Values], list[Any]]
# The first of several cases that fails; None if none does.
First: TypeAlias = Callable[[Sequence[Values]], Values | None]

DIGITS = 1, 2, 3, 4, 6, 9, 12
MAX_EVERY = 100  # up to this, each smaller whole number is tried
COARSE = 1, 2, 3, 5
LENGTHS = "T", "K", "dim", "dense", "layout", "N", "B"  # the order in which they are shortened
MAX_LENGTH_CHOICES = 8  # values of a length that are tried together with other values


def complexity(value: float, simple: float) -> float:
    """The complexity of a number: the simplest value is least complex, then 0, 1 and −1; others are
    ordered by the number of digits and the distance from 1."""
    if value == simple:
        return 0.0
    if value in (0.0, 1.0, -1.0):
        return 0.5 + (0.0, 1.0, -1.0).index(value) / 10
    if not math.isfinite(value):
        return 1e3
    digits = len(Decimal(repr(float(value))).normalize().as_tuple().digits)
    # At equal distance from 1 the larger is simpler, at equal size the positive one.
    return digits + abs(math.log10(abs(value))) / 1e3 + 1e-5 * (abs(value) < 1) + 2e-5 * (value < 0)


def rounder(value: float, simple: float, coarse: bool = False) -> list[float]:
    """Simpler numbers near this one or between it and 1 or the simplest value, simplest first; of
    those with one digit all, or, if coarse, powers of ten only."""
    candidates = [
        simple,
        0.0,
        1.0,
        *([-1.0] if value < 0 or simple < 0 else []),
        *([-value] if value < 0 else []),
    ]
    if value and math.isfinite(value):
        exponent = math.floor(math.log10(abs(value)))
        decades = range(min(exponent, -1), max(exponent, 0) + 2)
        mantissas = (1,) if coarse else range(1, 10)
        candidates += [math.copysign(float(f"{m}e{k}"), value) for k in decades for m in mantissas]
        for n in DIGITS:
            nearest = float(f"{value:.{n}g}")
            unit = math.copysign(10.0 ** (exponent + 1 - n), value - nearest)
            candidates += [nearest, float(f"{nearest + unit:.{n}g}")]
    limit = complexity(value, simple)
    return sorted(
        {v for v in candidates if complexity(v, simple) < limit},
        key=lambda v: complexity(v, simple),
    )


def shorter(n: int, exhaustive: bool = True) -> list[int]:
    """Smaller whole numbers: those up to ten and round ones; if `exhaustive`, all of them for n up
    to a hundred, for larger n also numbers that approach n by halves."""
    if exhaustive and n <= MAX_EVERY:
        return list(range(1, n))
    coarse = {mantissa * 10**k for k in range(len(str(n))) for mantissa in COARSE}
    halves = {n - max(n >> k, 1) for k in range(2, n.bit_length() + 1)} if exhaustive else set()
    return sorted(v for v in {*range(1, 11), *coarse, *halves} if 1 <= v < n)


def simplest(
    start: Mapping[str, Any],
    simpler: Simpler,
    first: First,
    more: Callable[[Values], list[Values]] = lambda values: [],
) -> Values:
    """The simplest failing case reached from `start` by simplifying single values, and several at
    once where no single value can be simplified.

    In the end the case fails with no simpler choice of any single value. `more` gives further
    simpler cases that differ in several values.
    """
    values = _one_by_one(dict(start), simpler, first, [name for name in LENGTHS if name in start])
    values = first(list(_all_but_few(values, simpler, 2))) or values
    while True:
        values = _one_by_one(values, simpler, first, tuple(values))
        for batch in _together(values, simpler, more):
            proposal = first(batch)
            if proposal is not None:
                values = proposal
                break
        else:
            return values


def _one_by_one(values: Values, simpler: Simpler, first: First, names: Sequence[str]) -> Values:
    """Each of these values as simple as the other values allow."""
    changed = True
    while changed:
        changed = False
        for name in names:
            better = first([{**values, name: value} for value in simpler(name, values)])
            if better is not None:
                values = better
                changed = True
    return values


def _all_but_few(values: Values, simpler: Simpler, max_kept: int) -> Iterator[Values]:
    """All values but at most `max_kept` at their simplest, the simplest cases first."""
    changes = {
        name: choices[0]
        for name in values
        if name not in LENGTHS and (choices := simpler(name, values))
    }
    for kept in range(max_kept + 1):
        for names in combinations(changes, kept):
            yield values | {name: value for name, value in changes.items() if name not in names}


def _together(
    values: Values, simpler: Simpler, more: Callable[[Values], list[Values]]
) -> Iterator[list[Values]]:
    """Batches of cases in which several values are simpler: all but two or fewer; the noise; two
    lengths; a length and a level; two levels."""
    yield more(values)
    yield [case for case in _all_but_few(values, simpler, 2) if case != values]
    choices = {name: numbers for name in values if (numbers := simpler(name, values))}
    levels = [name for name in choices if name not in LENGTHS]
    yield _noises(values, choices)
    for one, other in combinations([name for name in LENGTHS if name in choices], 2):
        yield [
            {**values, one: v, other: w}
            for v in choices[one][:MAX_LENGTH_CHOICES]
            for w in choices[other][:MAX_LENGTH_CHOICES]
        ]
    for name in filter(choices.get, LENGTHS):
        for value in choices[name][:MAX_LENGTH_CHOICES]:
            yield [{**values, name: value, other: v} for other in levels for v in choices[other]]
    for one, other in combinations(levels, 2):
        yield [{**values, one: v, other: w} for v in choices[one] for w in choices[other]]


def _noises(values: Values, choices: Mapping[str, list[Any]]) -> list[Values]:
    """Each level of the noise at its simplest, at 1 or unchanged; the smallest noise first."""
    names = [name for name in NOISE if choices.get(name)]
    options = [
        dict.fromkeys([choices[name][0], *(v for v in choices[name] if v == 1), values[name]])
        for name in names
    ]
    cases = [{**values, **dict(zip(names, chosen, strict=True))} for chosen in product(*options)]
    return sorted(
        (case for case in cases if case != values),
        key=lambda case: sum(case[name] != 0 for name in names),
    )
