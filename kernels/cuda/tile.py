"""The numbers of one GPU thread: rows of TILE coordinates in an array of its own, as those of a
tile on the CPU, every index of which is a constant once compiled, so that they stay in
registers."""

from __future__ import annotations

from typing import Any

from auxtheory.kernels.jit import known

TILE = 2  # coordinates of a thread
# The rows of x, of Σz² and of the pair's minimiser, as in tiles on the CPU.
X, SPREAD, CENTRE = (row * TILE for row in (0, 2, 7))


@known
def of_thread(v: Any, row: int, j: int, dim: int) -> Any:
    """The sum of a row over the coordinates j and j + 1, as far as there are any."""
    first = v[row * TILE] if j < dim else 0.0
    return first + (v[row * TILE + 1] if j + 1 < dim else 0.0)


@known
def add_spread(v: Any) -> None:
    """Add z² of each coordinate to its sum."""
    z = v[X] - v[CENTRE]
    v[SPREAD] += z * z
    z = v[X + 1] - v[CENTRE + 1]
    v[SPREAD + 1] += z * z
