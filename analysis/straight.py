"""The part of a curve in which it is a power of x, and varies most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auxtheory.typing import FloatArray

MAX_BEND = 0.1  # the largest distance of log(bound) from its fit in a window
MIN_VALUES = 3  # the fewest values of x in a window
# The most places at which a window can begin or end, so that looking for it costs as much for a
# long curve as for a short one, but for the sums.
BLOCKS = 200


class Range(NamedTuple):
    """A window by the indices of its ends, which are −1 if there is none, with what it is compared
    by: how much the bound varies, the number of values of x, and the width."""

    worth: tuple[float, int, float]
    first: int
    last: int


def best(x: FloatArray, bound: FloatArray, place: int = 0) -> Range:
    """The range of ascending x in which `bound` is a power of x and varies most.

    From each beginning it is the longest one such that, in every range from there that ends before,
    log(bound) is nowhere further than 0.1 from a line with the slope of least squares. Of more than
    200 values, ranges begin and end with blocks of consecutive values, 200 blocks of equal size.

    Args:
        x: the values, (values,), above 0.
        bound: the bound there, (values,), above 0.
        place: what is added to indices.
    """
    u, v = np.log(x), np.log(bound)
    blocks = _Blocks.of(u, v)
    # No window from a point on varies more than this.
    high, low = (each.accumulate(v[::-1])[::-1] for each in (np.maximum, np.minimum))
    most = np.maximum(high - v, v - low)
    found = Range((-1.0, 0, 0.0), -1, -1)
    for i, first in enumerate(blocks.begin.tolist()):
        if (round(float(most[first]), 6), len(x) - first) < found.worth[:2]:
            continue
        last = blocks.reach(i)
        if last < 0:
            continue
        way = round(abs(float(v[last] - v[first])), 6)
        worth = (way, last - first + 1, float(x[last] / x[first]))
        if worth > found.worth:
            found = Range(worth, first + place, last + place)
    return found


class _Blocks(NamedTuple):
    """Points (u, v) in blocks of consecutive ones: the index of the first of each block and that
    after its last, sums over a block relative to its first point, and the points on which a
    block's distances from a line depend: its ends and those furthest from the line between them."""

    u: FloatArray
    v: FloatArray
    begin: NDArray[np.intp]
    end: NDArray[np.intp]
    sums: FloatArray
    kept: NDArray[np.intp]

    @classmethod
    def of(cls, u: FloatArray, v: FloatArray) -> _Blocks:
        count = min(len(u), BLOCKS)
        begin = np.arange(count) * len(u) // count
        end = np.append(begin[1:], len(u))
        block = np.repeat(np.arange(count), end - begin)
        du, dv = u - u[begin][block], v - v[begin][block]
        sums = np.stack([np.add.reduceat(each, begin) for each in (du, dv, du * du, du * dv)])
        width, height = du[end - 1], dv[end - 1]
        chord = np.where(width > 0, height / np.where(width > 0, width, 1.0), 0.0)
        off = dv - chord[block] * du
        furthest = np.lexsort((off, block))
        kept = np.unique(np.concatenate([begin, end - 1, furthest[begin], furthest[end - 1]]))
        return cls(u, v, begin, end, sums, kept)

    def reach(self, i: int) -> int:
        """The index of the last point of the longest window from block i on, −1 without one."""
        first = self.begin[i]
        count = (self.end - self.begin)[i:]
        du, dv = self.u[self.begin[i:]] - self.u[first], self.v[self.begin[i:]] - self.v[first]
        su, sv, suu, suv = self.sums[:, i:]
        # Sums relative to the first point of the window: no term is larger than their sum.
        n = np.cumsum(count)
        U, V = np.cumsum(su + count * du), np.cumsum(sv + count * dv)
        UU = np.cumsum(suu + 2 * du * su + count * du * du)
        UV = np.cumsum(suv + du * sv + dv * su + count * du * dv)
        here = np.flatnonzero(n >= MIN_VALUES)
        if not len(here):
            return -1
        n, U, V, UU, UV = (each[here] for each in (n, U, V, UU, UV))
        slope = (UV - U * V / n) / (UU - U * U / n)
        kept = self.kept[np.searchsorted(self.kept, first) :]
        off = (self.v[kept] - self.v[first]) - slope[:, None] * (self.u[kept] - self.u[first])
        inside = kept < self.end[i:][here][:, None]
        high = np.max(off, axis=1, where=inside, initial=-np.inf)
        low = np.min(off, axis=1, where=inside, initial=np.inf)
        bent = np.flatnonzero(high - low > 2 * MAX_BEND)
        straight = here[: bent[0]] if len(bent) else here
        return int(self.end[i:][straight[-1]]) - 1 if len(straight) else -1
