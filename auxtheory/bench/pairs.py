"""The order in which the rows of a group are timed, and ratios of neighbours in that order.

A row stands next to the row of its ratio, and next to the row that only draws its numbers. So each
round gives a ratio of two timings that follow each other, and the median over rounds is reported
with an interval: another program that takes the core, or a slow phase of the machine, makes the
interval wide instead of the ratio wrong. The order is shuffled in each round by a seed, and every
second round is reversed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import comb
from statistics import median
from typing import NamedTuple

from auxtheory.bench.case import SEED
from auxtheory.bench.measure import Group, Timing

CONFIDENCE = 0.95

# The timings of a round, in order: the index of a row, and its seconds.
Round = Sequence[tuple[int, Timing]]


class Interval(NamedTuple):
    """A median with its confidence interval by the sign test, and the probability of that."""

    median: float
    low: float
    high: float
    confidence: float


class Partners(NamedTuple):
    """The indices of the rows that a row is compared with: those of its ratio and of its limit, or
    None."""

    base: int | None
    limit: int | None


def partners(group: Group, timed: Sequence[int]) -> dict[int, Partners]:
    """The partners of each timed row, which are timed themselves."""
    index = {group.variants[i].name: i for i in timed}
    default = next((index[name] for name in (*group.references, *index) if name in index), None)
    return {
        i: Partners(
            index.get(group.variants[i].against) if group.variants[i].against else default,
            index.get(group.variants[i].limit),
        )
        for i in timed
    }


def turns(rows: Mapping[int, Partners], number: int, name: str = "") -> list[int]:
    """The rows in the order of one round, in which rows that others are compared with occur several
    times.

    A row and its limit form a unit, and the row of the ratio stands around two units, of which the
    second is reversed: base, row, limit, limit, row, base, and so on.
    """
    bases = {each.base for i, each in rows.items() if each.base != i}
    limits = {each.limit for each in rows.values()}
    units: dict[int | None, list[list[int]]] = {}
    for i, (base, limit) in rows.items():
        alone = base is None or base == i
        if i in limits or (alone and limit is None and i in bases):
            continue
        unit = [i] if limit is None else [i, limit]
        units.setdefault(None if alone else base, []).append(unit)
    shuffled = random.Random(f"{SEED} {name} {number}")
    order: list[int] = []
    for base, some in units.items():
        shuffled.shuffle(some)
        around = [] if base is None else [base]
        for k in range(0, len(some), 2):
            first, *second = some[k : k + 2]
            order += [*around, *first, *(i for unit in second for i in reversed(unit))]
        if len(some) % 2 == 0:
            order += around
    order += [i for i in rows if i not in order]
    order = [i for i, before in zip(order, [None, *order], strict=False) if i != before]
    return order[::-1] if number % 2 else order


def together(rounds: Sequence[Round], one: int, other: int) -> list[tuple[Timing, Timing]]:
    """The timings of two rows that are nearest to each other in each round."""
    nearest = []
    for each in rounds:
        places = [[k for k, (i, _) in enumerate(each) if i == row] for row in (one, other)]
        near = min(((abs(p - q), p, q) for p in places[0] for q in places[1]), default=None)
        if near:
            nearest.append((each[near[1]][1], each[near[2]][1]))
    return nearest


def interval(values: Sequence[float]) -> Interval:
    """The median and the narrowest interval between two of the sorted values that holds the true
    median with a probability of at least 95 %, or between the extremes if there are too few."""
    ordered = sorted(values)
    n = len(ordered)

    def outside(k: int) -> float:
        return float(2 * sum(comb(n, j) for j in range(k)) / 2**n)

    k = max((k for k in range(1, n // 2 + 1) if outside(k) <= 1 - CONFIDENCE), default=1)
    return Interval(median(ordered), ordered[k - 1], ordered[n - k], max(0.0, 1 - outside(k)))


def exponent(axis: Sequence[float], seconds: Sequence[float]) -> tuple[float, float]:
    """The exponent p of the fit seconds ∝ axis^p by least squares of the logarithms, and that of
    the last two points alone."""
    import numpy as np

    x, y = np.log(axis), np.log(seconds)
    steps = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(zip(x, y, strict=True))]
    return float(np.polyfit(x, y, 1)[0]), float(steps[-1])
