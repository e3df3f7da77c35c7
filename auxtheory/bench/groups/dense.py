"""Benchmark of exact moments where the Hessians of f and h do not commute, so that coordinates are
not apart.

The pair consists of blocks of two coordinates that a rotation mixes: the engine meets full
matrices, while the expected values are those of the blocks, by the recursion one step at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from auxtheory.bench.case import DELTA, SEED, SIGMA_F, SIGMA_H, BenchCase, moments, outcome, variant
from auxtheory.bench.measure import Group, Outcome, Variant
from auxtheory.bench.sizes import Sizes
from auxtheory.bench.variants import numpy_moments
from auxtheory.methods import AuxMOM
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.typing import FloatArray

STEPWISE = "NumPy, step by step"
FEWEST = 2  # rounds of that row
L = 1.0
MU = 0.1


@dataclass(frozen=True, eq=False)
class DenseCase(BenchCase):
    """AuxMOM on a pair of full matrices; d must be even."""

    @cached_property
    def blocks(self) -> tuple[FloatArray, ...]:
        """(A, R, b, x⁰) of the blocks, shapes (d/2, 2, 2) and (d/2, 2)."""
        n = self.size.d // 2
        rng = np.random.default_rng(SEED)
        A = np.zeros((n, 2, 2))
        A[:, 0, 0] = np.linspace(MU, L, n)
        A[:, 1, 1] = np.linspace(L, MU, n)
        angle = rng.uniform(0.2, 1.2, n)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turn = np.moveaxis(turn, -1, 0)
        R = DELTA * turn @ np.diag([1.0, -1.0]) @ np.swapaxes(turn, 1, 2)
        b, x0 = (scale * rng.standard_normal((n, 2)) / np.sqrt(n) for scale in (0.1, 1.0))
        return A, R, b, x0

    @cached_property
    def mixed(self) -> tuple[FloatArray, ...]:
        """(A, R, b, x⁰) in rotated coordinates, shapes (d, d) and (d,)."""
        A, R, b, x0 = self.blocks
        d = self.size.d
        Q = np.linalg.qr(np.random.default_rng(SEED + 1).standard_normal((d, d)))[0]
        # Columns 2i and 2i + 1 of Q carry block i.
        pairs = Q.reshape(d, d // 2, 2)
        whole = [np.einsum("imk,mkl,jml->ij", pairs, M, pairs) for M in (A, R)]
        whole = [(M + M.T) / 2 for M in whole]
        return *whole, Q @ b.ravel(), Q @ x0.ravel()

    @cached_property
    def pair(self) -> QuadraticPair:
        A, R, b, x0 = self.mixed
        return Quadratic.from_matrices(A, A - R, h_b=b, x0=x0)

    @cached_property
    def expected(self) -> FloatArray:
        return self.stepwise(*self.blocks)

    def stepwise(self, *arrays: FloatArray) -> FloatArray:
        """(G, gap, ‖∇f‖²) by the recursion one step at a time."""
        levels = tuple(sigma / np.sqrt(self.size.d) for sigma in (SIGMA_F, SIGMA_H))
        return numpy_moments.run(self.size, arrays, levels)


def group(sizes: Sizes) -> Group:
    """Each size by the exact engine, and step by step for a few rounds."""
    rows: list[Variant] = []
    for size in sizes.dense:
        case = DenseCase(AuxMOM, size)
        few = DenseCase(AuxMOM, replace(size, T=FEWEST))
        name = f"{STEPWISE}, {size}"
        rows.append(_row(case, f"engine exact, {size}", partial(_engine, case), name))
        rows.append(_row(few, name, partial(_slow, few), name))
    return Group(
        "exact moments, dense, AuxMOM",
        "Hessians of f and h that do not commute",
        tuple(rows),
        ratio="a local step at a time",
    )


def _row(case: DenseCase, name: str, run: Callable[[], Outcome], base: str) -> Variant:
    return variant(case, name, run, against=base, draws=0.0)


def _engine(case: DenseCase) -> Outcome:
    return outcome(moments(case))


def _slow(case: DenseCase) -> Outcome:
    means = case.stepwise(*(array[None] for array in case.mixed))
    return Outcome(means, np.zeros_like(means))
