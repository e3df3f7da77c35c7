"""From a failing case to a simple one: value by value, from the failing case downwards, until none
can be simpler.

Simpler is defined once, by `complexity`: a value's default (no noise, δ = 0, L = F₀ = 1) before 1,
before numbers of one digit, the nearest to 1 first, before numbers of two digits, and so on; K, T,
B and the dimension: the smaller.

Hypothesis is of no use here: `find` begins at random points of its own, not at a given case, and a
violation that takes several values at once is then found rarely or never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations, product
from typing import Any, TypeAlias

Values: TypeAlias = dict[str, Any]
# What is simpler than the value of this name, simplest first.
Simpler: TypeAlias = Callable[[str, Values], list[Any]]
# The first of these cases that fails, if any does.
First: TypeAlias = Callable[[Sequence[Values]], Values | None]

DIGITS = 1, 2, 3, 4, 6, 9, 12
EVERY = 100  # up to which each smaller whole number is tried
COARSE = 1, 2, 3, 5
LENGTHS = "T", "K", "dim", "B"  # in the order in which they are made shorter
FEW = 8  # values of a length, and of each of two levels, that are tried together with others
NOISE = "sigma_f", "sigma_h", "correlation", "s"


def complexity(value: float, simple: float) -> float:
    """Least for the simplest value, then for 0, 1 and −1, then by the number of digits and the
    distance from 1."""
    if value == simple:
        return 0.0
    if value in (0.0, 1.0, -1.0):
        return 0.5 + (0.0, 1.0, -1.0).index(value) / 10
    if not math.isfinite(value):
        return 1e3
    digits = len(Decimal(repr(float(value))).normalize().as_tuple().digits)
    # of equal distance from 1 the larger, of equal size the positive one
    return digits + abs(math.log10(abs(value))) / 1e3 + 1e-5 * (abs(value) < 1) + 2e-5 * (value < 0)


def rounder(value: float, simple: float, coarse: bool = False) -> list[float]:
    """The numbers simpler than this one and near it or on its way to 1 or to the simplest, simplest
    first: of one digit all of them, or, if coarse, the powers of ten alone."""
    found = [
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
        found += [math.copysign(float(f"{m}e{k}"), value) for k in decades for m in mantissas]
        for n in DIGITS:
            nearest = float(f"{value:.{n}g}")
            unit = math.copysign(10.0 ** (exponent + 1 - n), value - nearest)
            found += [nearest, float(f"{nearest + unit:.{n}g}")]
    least = complexity(value, simple)
    return sorted(
        {v for v in found if complexity(v, simple) < least}, key=lambda v: complexity(v, simple)
    )


def shorter(n: int, fine: bool = True) -> list[int]:
    """Smaller whole numbers: all up to ten, round ones, and, if `fine`, all for n up to a hundred,
    else towards n itself by halves."""
    if fine and n <= EVERY:
        return list(range(1, n))
    coarse = {mantissa * 10**k for k in range(len(str(n))) for mantissa in COARSE}
    halves = {n - max(n >> k, 1) for k in range(2, n.bit_length() + 1)} if fine else set()
    return sorted(v for v in {*range(1, 11), *coarse, *halves} if 1 <= v < n)


def simplest(
    found: Mapping[str, Any],
    simpler: Simpler,
    first: First,
    more: Callable[[Values], list[Values]] = lambda values: [],
) -> Values:
    """The case reached from the one found by making single values simpler, and several at once
    where no single one can
    be, for as long as it still fails: in the end no single value has a simpler one with which it
    would. `more` are simpler cases that differ in several values in ways of their own."""
    values = _one_by_one(dict(found), simpler, first, LENGTHS)
    values = first(list(_plain(values, simpler, 2))) or values
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
    """Each of these values as simple as the others allow."""
    changed = True
    while changed:
        changed = False
        for name in names:
            better = first([{**values, name: value} for value in simpler(name, values)])
            if better is not None:
                values = better
                changed = True
    return values


def _plain(values: Values, simpler: Simpler, most: int) -> Iterator[Values]:
    """All values but two, one or none of them as simple as can be, the simplest cases first."""
    plain = {
        name: choices[0]
        for name in values
        if name not in LENGTHS and (choices := simpler(name, values))
    }
    for kept in range(most + 1):
        for names in combinations(plain, kept):
            yield {**values, **{name: value for name, value in plain.items() if name not in names}}


def _together(
    values: Values, simpler: Simpler, more: Callable[[Values], list[Values]]
) -> Iterator[list[Values]]:
    """Several values at once, a batch at a time: all but two or fewer as simple as can be; the
    noise as a whole; a length and a level; two levels, each at any of its simpler values."""
    yield more(values)
    yield [case for case in _plain(values, simpler, 2) if case != values]
    choices = {name: found for name in values if (found := simpler(name, values))}
    levels = [name for name in choices if name not in LENGTHS]
    yield _noises(values, choices)
    for one, other in combinations([name for name in LENGTHS if name in choices], 2):
        yield [
            {**values, one: v, other: w} for v in choices[one][:FEW] for w in choices[other][:FEW]
        ]
    for name in filter(choices.get, LENGTHS):
        for value in choices[name][:FEW]:
            yield [{**values, name: value, other: v} for other in levels for v in choices[other]]
    for one, other in combinations(levels, 2):
        yield [{**values, one: v, other: w} for v in choices[one] for w in choices[other]]


def _noises(values: Values, choices: Mapping[str, list[Any]]) -> list[Values]:
    """Any part of the noise off, at 1 or as it is; least noise first."""
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
