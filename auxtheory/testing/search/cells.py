"""Where a search looks: cells of equal d, K, T, B and mode, of a list and drawn at random between
and beyond it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from auxtheory.bounds.constants import Mode
from auxtheory.testing.search.parameters import Values
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.typing import FloatArray

# (K, T).
LENGTHS = (
    (1, 1),
    (1, 2),
    (2, 1),
    (2, 2),
    (1, 10),
    (10, 1),
    (3, 3),
    (8, 10),
    (1, 100),
    (10, 100),
    (1, 1000),
)
# Of a first buffer, beside 1 and ∞, in runs of ten steps or more: at 1 all powers of B agree.
BATCH = 100.0
LONG = 1000  # rounds from which on only the smallest dimension is searched

WIDE = 100, 3000  # the largest K and T drawn
NARROW = 10, 1000  # where a step is expensive; K·T is then at most that T, too
LARGEST_B = 10_000
# Of x⁴ = x + 1; multiples of its inverse powers, modulo 1, fill the cube evenly.
ROOT = 1.2207440846057596


@dataclass(frozen=True)
class Cell:
    """What all cases of a batch share."""

    dim: int
    K: int
    T: int
    B: float
    mode: Mode

    def __str__(self) -> str:
        return f"d = {self.dim}, K = {self.K}, T = {self.T}, B = {self.B:g}, {self.mode} steps"


@dataclass(eq=False)
class Best:
    """The tightest case of a cell: its ratio, its point of the unit cube, and the values of its
    genes there; and how many cases were looked at."""

    cell: Cell
    ratio: float = -1.0
    values: Values = field(default_factory=dict)
    point: FloatArray | None = None
    evaluated: int = 0

    def meet(self, ratios: FloatArray, values: Values, points: FloatArray) -> None:
        """Take note of a batch, whose points are columns."""
        self.evaluated += len(ratios)
        top = int(np.argmax(ratios))
        if ratios[top] > self.ratio:
            self.ratio = float(ratios[top])
            self.values = {name: float(value[top]) for name, value in values.items()}
            self.point = points[:, top].copy()

    def distance(self, cell: Cell) -> float:
        """How far the cell is from this one, of the same dimension and mode."""
        B, other = (min(b, 1e6) for b in (self.cell.B, cell.B))
        own = (self.cell.K, self.cell.T, B)
        others = (cell.K, cell.T, other)
        return float(np.sum(np.abs(np.log(own) - np.log(others))))


def listed(theorem: Theorem, dims: Sequence[int], given: Budget | None) -> Iterator[Cell]:
    """From the smallest to the largest, the theorem's own steps before any in its range."""
    single = theorem.method.single_step
    sizes = dict.fromkeys(
        (1 if single else K, T) for K, T in ([(given.K, given.T)] if given else LENGTHS)
    )
    batches = (np.inf, 1.0, BATCH) if theorem.method.uses_a else (np.inf,)
    for K, T in sorted(sizes, key=lambda size: size[0] * size[1]):
        for dim in dims[:1] if T >= LONG else dims:
            for B in (given.B,) if given else batches[: 2 if K * T < 10 else 3]:
                for mode in theorem.regimes:
                    yield Cell(dim, K, T, B, mode)


def drawn(
    theorem: Theorem, dims: Sequence[int], count: int, seed: int, *, wide: bool
) -> list[Cell]:
    """So many cells with K and T log-uniform and B of `batch`, together evenly spread; the same for
    the same seed."""
    most_K, most_T = WIDE if wide else NARROW
    shift = np.random.default_rng(seed).random(3)
    modes = theorem.regimes
    cells = []
    for i in range(count):
        u = (shift + i * ROOT ** -np.arange(1.0, 4.0)) % 1.0
        K = 1 if theorem.method.single_step else log_uniform(u[0], most_K)
        T = log_uniform(u[1], most_T)
        T = T if wide else min(T, most_T // K)
        dim = dims[0] if T >= LONG else dims[i // len(modes) % len(dims)]
        B = batch(u[2]) if theorem.method.uses_a else np.inf
        cells.append(Cell(dim, K, T, B, modes[i % len(modes)]))
    return cells


def log_uniform(u: float, most: int) -> int:
    """A whole number from 1 to `most`; n about as often as 1/n."""
    return min(int(np.exp(u * np.log(most + 1))), most)


def batch(u: float) -> float:
    """A first batch: ∞, 1, a power of ten, or log-uniform up to 10⁴."""
    if u < 0.4:
        return np.inf if u < 0.3 else 1.0
    if u < 0.6:
        return 10.0 ** (1 + int((u - 0.4) / 0.05))
    return float(log_uniform((u - 0.6) / 0.4, LARGEST_B))
