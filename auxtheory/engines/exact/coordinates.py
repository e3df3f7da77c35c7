"""Exact moments of diagonal Hessians where second moments cancel, in the form of `dense` for each
coordinate.

With α = 1 − η(A − R) and |α| > 1, K local steps move z to P z + S w, where P = α^K and S w ≈ −P z
as long as the buffer holds ∇r(x). Their sum is of the size of η K A z, so squares lose P² times the
rounding error.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from auxtheory.engines.exact.dense import DenseMoments
from auxtheory.engines.exact.moments import PhaseArrays, Start
from auxtheory.engines.exact.recursion import Recursion
from auxtheory.kernels import propagation
from auxtheory.typing import FloatArray

LOSS = 8.0  # allowed ratio of P z to the sum: second moments then lose two digits


def cancels(arrays: PhaseArrays, loss: float = LOSS) -> FloatArray:
    """Whether P z and S w may cancel in each configuration of diagonal Hessians, shape (C,);
    loss: the allowed ratio of P z to the sum."""
    none = np.zeros(len(arrays.z0), dtype=bool)
    if arrays.R.ndim != 2 or not np.any(arrays.R):
        return none
    rules = arrays.rules
    excess, alpha, _ = propagation.step_terms(
        rules.y, rules.drift_x, rules.g, arrays.A, arrays.R, 0.0
    )
    growth = np.abs(alpha) ** arrays.K
    # The step of z where the buffer holds ∇r(x).
    correct = np.abs(excess + rules.c * arrays.R)
    left = np.abs(excess) > loss * correct
    return np.asarray(np.any((arrays.R != 0) & (growth > loss) & left, axis=-1))


class CoordinateMoments:
    """`DenseMoments` of each coordinate separately: C·d configurations in one dimension."""

    def __init__(self, arrays: PhaseArrays, start: Start) -> None:
        self.shape = arrays.z0.shape
        z, zz = start
        self.each = DenseMoments(_apart(arrays), (z.reshape(-1, 1), zz.reshape(-1, 1, 1)))
        self.first_buffer = self.each.first_buffer
        self.refresh = self.each.refresh
        self.local_steps = self.each.local_steps

    def _sum(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.sum(values.reshape(self.shape), axis=-1))

    def energy(self) -> FloatArray:
        return self._sum(self.each.energy())

    def gap(self) -> FloatArray:
        return self._sum(self.each.gap())

    def grad_sq(self) -> FloatArray:
        return self._sum(self.each.grad_sq())

    def spread(self) -> FloatArray:
        return self._sum(self.each.spread())

    def spread_sum(self, by_rounds: FloatArray) -> FloatArray:
        return by_rounds

    def local_spreads(self) -> tuple[FloatArray, FloatArray]:
        return self.each.local_spreads()

    def second_moment(self) -> Start:
        z, zz = self.each.second_moment()
        return z.reshape(self.shape), zz.reshape(self.shape)


def _apart(arrays: PhaseArrays) -> PhaseArrays:
    """Every coordinate as a separate configuration, with its share of the additive noise."""
    count, d = arrays.z0.shape

    def each(array: FloatArray) -> FloatArray:
        return np.broadcast_to(array, (count, d)).reshape(-1, 1)

    rules = Recursion(**{f.name: each(getattr(arrays.rules, f.name)) for f in fields(Recursion)})
    return replace(
        arrays,
        A=each(arrays.A),
        R=each(arrays.R)[:, :, None],
        b=each(arrays.b),
        z0=each(arrays.z0),
        x_star=each(arrays.x_star),
        basis=None,
        sigma_r=each(arrays.sigma_r) / np.sqrt(d),
        s_r=each(arrays.s_r),
        sigma_local=each(arrays.sigma_local) / np.sqrt(d),
        s_local=each(arrays.s_local),
        rules=rules,
        shaped_r=None if arrays.shaped_r is None else each(arrays.shaped_r),
        shaped_local=None if arrays.shaped_local is None else each(arrays.shaped_local),
    )
