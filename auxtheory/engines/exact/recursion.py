"""The affine recursion behind a method's rules, found by probing them with unit vectors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from auxtheory.methods.correction import Correction, Rule
from auxtheory.typing import FloatArray


@dataclass(frozen=True, eq=False)
class Recursion:
    """refresh = m·buffer + diff·g_r(x) + prev·g_r(x_prev); local step = y·y + g·∇h + c·buffer;
    shapes (C, 1).

    drift, drift_x, drift_b: what the rules add when everything is shifted by a constant (x by 1; ∇r
    by 1 and ∇h by −1). They are 0 for a corrected method, exactly, whatever rounding does to (1 −
    a) + a: so even a large constant in ∇h never enters the recursion. m_and_prev and diff_and_prev
    are the sums, rounded once.
    """

    m: FloatArray
    diff: FloatArray
    prev: FloatArray
    drift: FloatArray
    first: FloatArray
    y: FloatArray
    g: FloatArray
    c: FloatArray
    drift_x: FloatArray
    drift_b: FloatArray
    m_and_prev: FloatArray
    diff_and_prev: FloatArray

    @classmethod
    def read(cls, correction: Correction, a: FloatArray, eta: FloatArray) -> Recursion:
        """Probe the rules; a and eta have shape (C, 1)."""
        refresh = correction.refresh
        local = correction.local_step
        shape = a.shape

        def full(value: Any) -> FloatArray:
            return np.broadcast_to(np.asarray(value, dtype=float), shape)

        zero = np.zeros(shape)
        one = np.ones(shape)
        sums = _shift(refresh, a[:, 0])
        return cls(
            m=full(refresh(one, zero, zero, a)),
            diff=full(refresh(zero, one, zero, a)),
            prev=full(refresh(zero, zero, one, a)),
            drift=np.where(np.abs(sums) <= 4 * np.finfo(float).eps, 0.0, sums)[:, None],
            first=full(refresh(one, one, one, one)),
            y=full(local(one, zero, zero, eta)),
            g=full(local(zero, one, zero, eta)),
            c=full(local(zero, zero, one, eta)),
            drift_x=full(local(one, zero, zero, eta)) - 1.0,
            drift_b=full(local(zero, -one, one, eta)),
            m_and_prev=_sum(refresh, (1, 0, 1), a),
            diff_and_prev=_sum(refresh, (0, 1, 1), a),
        )


def _sum(refresh: Rule, point: tuple[int, int, int], a: FloatArray) -> FloatArray:
    """refresh(*point, a), rounded once it is summed up."""
    wide = a.astype(np.longdouble)
    m, diff, prev = (entry * np.ones_like(wide) for entry in point)
    value = refresh(m, diff, prev, wide)
    return np.broadcast_to(np.asarray(value, dtype=float), a.shape)


def _shift(refresh: Rule, a: FloatArray) -> FloatArray:
    """refresh(1, 1, 1, a) − 1, in exact fractions wherever rounding could decide whether it is
    0."""
    wide = a.astype(np.longdouble)
    one = np.ones_like(wide)
    sums = np.broadcast_to(
        np.asarray(refresh(one, one, one, wide) - 1, dtype=float), a.shape
    ).copy()
    for i in np.flatnonzero((np.abs(sums) > 1e-17) & (np.abs(sums) < 0.1)):
        sums[i] = float(refresh(Fraction(1), Fraction(1), Fraction(1), Fraction(a[i])) - 1)
    return sums
