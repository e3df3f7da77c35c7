"""The cells of a search: cases with the same d, K, T, B and mode; cells of a list, and cells with
random K, T and B."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Mode
from auxtheory.bounds.posynomial import Condition
from auxtheory.testing.search.layouts import Layout
from auxtheory.testing.search.parameters import Values
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.typing import FloatArray

# (K, T).
LISTED_LENGTHS = (
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
# (K, T) of cells of dense pairs, in which the cost of a case hardly grows with T.
DENSE_LENGTHS = ((2, 2), (1, 10), (8, 10), (5, 1000), (1, 30_000))
# The same for any pair: no cell but a dense one has that many rounds.
LONGEST_STEPWISE = 3001
LONGEST = DENSE_LENGTHS[-1][1]
DENSE_ROUNDS = 30  # number of rounds from which all of them are combined
# The third B, besides 1 and ∞, in runs of ten steps or more: at B = 1 all powers of B agree.
LISTED_BATCH = 100.0
LONG_ROUNDS = 1000  # number of rounds from which only the smallest dimension is searched

# The numbers N of components of f where a method takes them one by one; the second in runs of ten
# to a hundred steps.
LISTED_COMPONENTS = 2, 5

MAX_K_T = 100, 3000  # the largest random K and T
MAX_K_T_EXPENSIVE = 10, 1000  # where steps are expensive; K·T is then at most this T
MAX_B = 10_000
# The root of x⁴ = x + 1: multiples of its inverse powers, modulo 1, fill the cube evenly.
QUASI_RANDOM_BASE = 1.2207440846057596


@dataclass(frozen=True)
class SearchCell:
    """d, K, T, B, mode and the number N of components of f, which all cases of a batch have in
    common; dense: whether the Hessians of f and r need not commute and the noise has a
    direction; layout: the clients or helpers of a method that has several."""

    dim: int
    K: int
    T: int
    B: float
    mode: Mode
    N: int = 1
    dense: bool = False
    layout: Layout | None = None

    @property
    def at_work(self) -> dict[str, Any]:
        """The step parameter S; nothing for a method without clients."""
        return {} if self.layout is None else {"S": float(self.layout.at_work)}

    def __str__(self) -> str:
        components = f", N = {self.N}" if self.N > 1 else ""
        components += f", {self.layout}" if self.layout else ""
        components += ", dense" if self.dense else ""
        lengths = f"d = {self.dim}, K = {self.K}, T = {self.T}, B = {self.B:g}{components}"
        return f"{lengths}, {self.mode} steps"


@dataclass(eq=False)
class Best:
    """The tightest case of a cell: its ratio, its point in the unit cube and its parameters, with
    the number of cases evaluated."""

    cell: SearchCell
    ratio: float = -1.0
    values: Values = field(default_factory=dict)
    point: FloatArray | None = None
    evaluated: int = 0

    def update(self, ratios: FloatArray, values: Values, points: FloatArray) -> None:
        """Update with a batch; its points are columns."""
        self.evaluated += len(ratios)
        top = int(np.argmax(ratios))
        if ratios[top] > self.ratio:
            self.ratio = float(ratios[top])
            self.values = {name: float(value[top]) for name, value in values.items()}
            self.point = points[:, top].copy()

    def distance(self, cell: SearchCell) -> float:
        """The distance in log K, log T, log B and log N to a cell of the same dimension and
        mode."""
        lengths = [
            (c.K, c.T, min(c.B, 1e6), *((c.layout.N, c.layout.at_work) if c.layout else (c.N, 1)))
            for c in (self.cell, cell)
        ]
        return float(np.sum(np.abs(np.log(lengths[0]) - np.log(lengths[1]))))


def listed_cells(
    theorem: Theorem, dims: Sequence[int], budget: Budget | None
) -> Iterator[SearchCell]:
    """The cells of the list, or of one budget, from the smallest to the largest; the theorem's own
    steps come before steps in its range."""
    allowed = AllowedLengths(theorem)
    sizes = dict.fromkeys(
        [(1 if theorem.method.single_step else budget.K, budget.T)]
        if budget
        else (allowed.nearest(K, T) for K, T in LISTED_LENGTHS)
    )
    batches = (np.inf, 1.0, LISTED_BATCH) if uses_B(theorem) else (np.inf,)
    for K, T in sorted(sizes, key=lambda size: size[0] * size[1]):
        for dim in dims[:1] if T >= LONG_ROUNDS else dims:
            for B in (budget.B,) if budget else batches[: 2 if K * T < 10 else 3]:
                for mode in theorem.regimes:
                    for N in numbers_of_components(theorem)[: 2 if 10 <= K * T <= 100 else 1]:
                        yield SearchCell(dim, K, T, B, mode, N)


def dense_cells(
    theorem: Theorem, budget: Budget | None, mode: Mode, *, long: bool
) -> Iterator[SearchCell]:
    """The cells of dense pairs of two coordinates; long: whether rounds can be combined."""
    allowed = AllowedLengths(theorem)
    sizes = dict.fromkeys(
        [(1 if theorem.method.single_step else budget.K, budget.T)]
        if budget
        else (allowed.nearest(K, T) for K, T in DENSE_LENGTHS if long or T < LONG_ROUNDS)
    )
    B = budget.B if budget else np.inf
    for K, T in sorted(sizes, key=lambda size: size[0] * size[1]):
        yield SearchCell(2, K, T, B, mode, dense=True)


def random_cells(
    theorem: Theorem, dims: Sequence[int], count: int, seed: int, *, cheap: bool
) -> list[SearchCell]:
    """`count` cells with log-uniform K and T and with B of `batch`, which fill the ranges evenly;
    cheap: whether a step is, so that runs may be long."""
    max_K, max_T = MAX_K_T if cheap else MAX_K_T_EXPENSIVE
    shift = np.random.default_rng(seed).random(3)
    modes = theorem.regimes
    allowed = AllowedLengths(theorem)
    numbers = numbers_of_components(theorem)
    cells = []
    for i in range(count):
        u = (shift + i * QUASI_RANDOM_BASE ** -np.arange(1.0, 4.0)) % 1.0
        K, T = allowed.nearest(log_uniform(u[0], max_K), log_uniform(u[1], max_T))
        T = T if cheap else min(T, max(max_T // K, 1))
        dim = dims[0] if T >= LONG_ROUNDS else dims[i // len(modes) % len(dims)]
        B = batch(u[2]) if uses_B(theorem) else np.inf
        N = numbers[i // len(modes) % len(numbers)] if K * T <= 100 else numbers[0]
        cells.append(SearchCell(dim, K, T, B, modes[i % len(modes)], N))
    return cells


def uses_B(theorem: Theorem) -> bool:
    """Whether the method takes the mean of a batch anywhere, such as B samples at first."""
    return any(call.batch is not None for call in theorem.method.program.calls)


class AllowedLengths:
    """The K and T that the conditions of a theorem on these alone allow, such as K ≤ 1."""

    def __init__(self, theorem: Theorem) -> None:
        # Corollaries hold at the theorem's own steps whatever the range.
        whole = "tuned" in theorem.regimes and "corollaries" not in theorem.__derived__
        conditions = (*theorem.assumptions, *(() if whole else theorem.step_range))
        self.K, self.T = (
            self._allowed(conditions, name, np.array([*range(1, high + 1), *more]))
            for name, high, *more in (("K", MAX_K_T[0]), ("T", MAX_K_T[1], LONGEST))
        )
        if theorem.method.single_step or not len(self.K):
            self.K = np.ones(1, dtype=int)

    @staticmethod
    def _allowed(conditions: Iterable[Condition], name: str, numbers: Any) -> Any:
        values = {name: numbers.astype(float)}
        held = [condition.holds(values) for condition in conditions if condition.names == {name}]
        return numbers[np.logical_and.reduce([np.ones(len(numbers), dtype=bool), *held])]

    def nearest(self, K: int, T: int) -> tuple[int, int]:
        """The allowed K and T nearest to these; T itself if none is allowed."""
        return _nearest(self.K, K), _nearest(self.T, T)


def _nearest(numbers: Any, number: int) -> int:
    return int(numbers[np.argmin(np.abs(numbers - number))]) if len(numbers) else number


def numbers_of_components(theorem: Theorem) -> tuple[int, ...]:
    """The numbers N of components of f that are searched: 1 where the method takes no
    components."""
    return LISTED_COMPONENTS if theorem.method.program.components else (1,)


def log_uniform(u: float, high: int) -> int:
    """A whole number from 1 to `high` for a u in [0, 1); n has a probability of about 1/n."""
    return min(int(np.exp(u * np.log(high + 1))), high)


def batch(u: float) -> float:
    """B for a u in [0, 1): ∞, 1, a power of ten, or log-uniform up to 10⁴."""
    if u < 0.4:
        return np.inf if u < 0.3 else 1.0
    if u < 0.6:
        return 10.0 ** (1 + int((u - 0.4) / 0.05))
    return float(log_uniform((u - 0.6) / 0.4, MAX_B))
