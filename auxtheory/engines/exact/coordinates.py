"""Exact moments of diagonal Hessians where second moments cancel: the form of `dense`, coordinate
by coordinate.

With α = 1 − η(A − R) and |α| > 1, K local steps move z to P z + S w, where P = α^K and S w ≈ −P z
as long as the buffer holds ∇r(x): what is left is of the size of η K A z, and squares have lost P²
times the rounding error.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from auxtheory.engines.exact.dense import DenseMoments
from auxtheory.engines.exact.moments import Case, Start
from auxtheory.engines.exact.recursion import Recursion
from auxtheory.kernels import propagation
from auxtheory.typing import FloatArray

LOSS = 8.0  # by so much may P z exceed what is left of it: second moments then lose two digits


def cancels(case: Case) -> FloatArray:
    """In which configurations of diagonal Hessians P z and S w may cancel, shape (C,)."""
    none = np.zeros(len(case.z0), dtype=bool)
    if case.R.ndim != 2 or not np.any(case.R):
        return none
    rules = case.rules
    excess, alpha, _ = propagation.step_terms(rules.y, rules.drift_x, rules.g, case.A, case.R, 0.0)
    growth = np.abs(alpha) ** case.K
    # By how much one step moves z where the buffer is right.
    true = np.abs(excess + rules.c * case.R)
    left = np.abs(excess) > LOSS * true
    return np.asarray(np.any((case.R != 0) & (growth > LOSS) & left, axis=-1))


class CoordinateMoments:
    """`DenseMoments` of every coordinate by itself: C·d configurations in one dimension."""

    def __init__(self, case: Case, start: Start) -> None:
        self.shape = case.z0.shape
        z, zz = start
        self.each = DenseMoments(_apart(case), (z.reshape(-1, 1), zz.reshape(-1, 1, 1)))
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


def _apart(case: Case) -> Case:
    """Every coordinate as a configuration of its own, with its share of the additive noise."""
    count, d = case.z0.shape

    def each(array: FloatArray) -> FloatArray:
        return np.broadcast_to(array, (count, d)).reshape(-1, 1)

    rules = Recursion(**{f.name: each(getattr(case.rules, f.name)) for f in fields(Recursion)})
    return replace(
        case,
        A=each(case.A),
        R=each(case.R)[:, :, None],
        b=each(case.b),
        z0=each(case.z0),
        x_star=each(case.x_star),
        basis=None,
        sigma_r=each(case.sigma_r) / np.sqrt(d),
        s_r=each(case.s_r),
        sigma_local=each(case.sigma_local) / np.sqrt(d),
        s_local=each(case.s_local),
        rules=rules,
    )
