"""How far the replicas of a run go in a region."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.problems.region import Region
from auxtheory.typing import Array


class Watch:
    """The largest reach of the points that each replica visits, shape (C, replicas).

    Args:
        region: The region; None if nothing is watched.
        shape: C and the number of replicas.
    """

    def __init__(self, region: Region | None, shape: tuple[int, int]) -> None:
        self.region = region
        self.farthest = np.zeros(shape)
        self._last: Any = None

    def see(self, *points: Array) -> None:
        """Note points, each of shape (C, replicas, d)."""
        if self.region is None:
            return
        for x in points:
            if x is self._last:
                continue
            self._last = x
            x = np.asarray(x.get() if hasattr(x, "get") else x)
            self.farthest = np.fmax(self.farthest, self.region.reach(x))
