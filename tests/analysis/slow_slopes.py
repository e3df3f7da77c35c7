"""Windows of slopes found by fitting every range of a curve anew."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from auxtheory.analysis.selection import Curve

SHARE, BEND, FEWEST = 0.8, 0.1, 3


def slow_window(curve: Curve) -> tuple[float, float] | None:
    """The first and the last x of the window over an axis without a limit; None without one."""
    rows = list(curve.rows)
    terms: dict[float, Any] = {}
    bound = {}
    for x in sorted(set(curve.x.tolist())):
        cells = [row for row, place in zip(rows, curve.x.tolist(), strict=True) if place == x]
        names = {row["dominant"] for row in cells}
        strong = all(row["share"] >= SHARE for row in cells) and len(names) == 1
        terms[x] = names.pop() if strong else None
        bound[x] = float(np.median([row["bound"] for row in cells]))
    found = []
    for term, group in groupby(terms.items(), key=lambda item: item[1]):
        stretch = [x for x, _ in group]
        if term:
            found += slow_straight(stretch, [bound[x] for x in stretch])
    return max(found, key=lambda ends: slow_worth(ends, bound), default=None)


def slow_straight(stretch: list[float], bound: list[float]) -> list[tuple[float, float]]:
    """The longest range from each x in which the bound is a power."""
    x, y = np.log(stretch), np.log(bound)
    found = []
    for i in range(len(x) - FEWEST + 1):
        last = None
        for j in range(i + FEWEST, len(x) + 1):
            slope = np.polyfit(x[i:j] - x[i], y[i:j] - y[i], 1)[0]
            if np.ptp(y[i:j] - slope * x[i:j]) > 2 * BEND:
                break
            last = stretch[j - 1]
        if last is not None:
            found.append((stretch[i], last))
    return found


def slow_worth(ends: tuple[float, float], bound: dict[float, float]) -> tuple[float, int, float]:
    """What ranges are compared by."""
    first, last = ends
    way = round(abs(float(np.log(bound[last] / bound[first]))), 6)
    return way, sum(first <= x <= last for x in bound), last / first
