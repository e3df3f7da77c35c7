"""The affine recursion behind a method's rules, found by probing them with unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from auxtheory.methods import Method
from auxtheory.methods.base import Refresh
from auxtheory.units import FloatArray

# A rule may clip what is large, or round what is small.
SCALES = (Fraction(1), Fraction(2) ** 60, Fraction(1, 2**60))
ROUNDING = 1e-9  # of the largest term: by so much may floats differ from what is affine
SMALLEST = 1e-280  # terms below have lost digits to underflow
AT_ONCE = 65_536  # probes × values in one call of a rule
PROBES = tuple(
    tuple(s * x for x in v) for v in ((3, -5, 7), (-2, 11, 13), (17, 1, -19)) for s in SCALES
)


@dataclass(frozen=True, eq=False)
class Recursion:
    """refresh = m·buffer + diff·g_r(x) + prev·g_r(x_prev); local step = y·y + g·∇h + c·buffer;
    shapes (C, 1).

    drift, drift_x, drift_b: what the rules add when everything is shifted by a constant (x by 1; ∇r
    by 1 and ∇h by −1). They are 0 for a corrected method, exactly, whatever rounding does to (1 −
    a) + a: so a constant in ∇h, however large, never enters the recursion. kept = m + prev and both
    = diff + prev, without their rounding.
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
    kept: FloatArray
    both: FloatArray

    @classmethod
    def read(cls, method: Method, a: FloatArray, eta: FloatArray) -> Recursion:
        """Probe the rules; a and eta have shape (C, 1)."""
        refresh = method.refresh
        local = method.local_step
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
            kept=_sum(refresh, (1, 0, 1), a),
            both=_sum(refresh, (0, 1, 1), a),
        )


def _sum(refresh: Refresh, point: tuple[int, int, int], a: FloatArray) -> FloatArray:
    """refresh(*point, a), rounded once it is summed up."""
    wide = a.astype(np.longdouble)
    m, diff, prev = (entry * np.ones_like(wide) for entry in point)
    value = refresh(m, diff, prev, wide)
    return np.broadcast_to(np.asarray(value, dtype=float), a.shape)


def _shift(refresh: Refresh, a: FloatArray) -> FloatArray:
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


def _linear(value: Any, units: Sequence[Any], probe: Sequence[Fraction]) -> bool:
    """Whether a rule's value is the combination of its values at the unit vectors, relative to the
    largest term."""
    terms = [unit * x for unit, x in zip(units, probe, strict=True)]
    return bool(abs(value - sum(terms)) <= Fraction(1, 10**12) * Fraction(max(map(abs, terms))))


def not_affine(method: Method, a: float, eta: float) -> str | None:
    """Why the rules are not linear in (m, diff, diff_prev) and (y, ∇h, m), or None; probed in exact
    fractions."""
    for rule, parameter in ((method.refresh, a), (method.local_step, eta)):
        p = Fraction(parameter)
        label = f"the rule {getattr(rule, '__name__', rule)!r} of {method.name}"

        def at(*v: Fraction | int, rule: Any = rule, p: Fraction = p) -> Any:
            return rule(*(Fraction(x) for x in v), p)

        try:
            units = at(1, 0, 0), at(0, 1, 0), at(0, 0, 1)
            affine = at(0, 0, 0) == 0 and all(_linear(at(*v), units, v) for v in PROBES)
        except Exception as error:  # any failure of foreign code on exact numbers is the answer
            return f"{label} is not made of + − × alone: {type(error).__name__}: {error}"
        if not affine:
            return (
                f"{label} is not affine in its first three arguments, so means and covariances "
                "do not close"
            )
    return None


def not_affine_on(method: Method, a: FloatArray, eta: FloatArray) -> str | None:
    """Why the rules, affine at the first of these values, are not so at another, or None; probed in
    floats.

    The first buffer is the rule at a = 1 of three equal gradients, of which alone it has to be
    linear.
    """
    along = tuple((x, x, x) for x in (-1, 2, *SCALES))
    checks = (
        (method.refresh, a, PROBES, "a"),
        (method.local_step, eta, PROBES, "eta"),
        (method.refresh, np.ones(1), along, "a"),
    )
    for rule, values, probes, symbol in checks:
        label = f"the rule {getattr(rule, '__name__', rule)!r} of {method.name}"
        several = np.unique(values)[:, None]
        try:
            bad = _departs(rule, several, probes, whole=probes is along)
        except Exception as error:  # any failure of foreign code on arrays is the answer
            return f"{label} does not take arrays: {type(error).__name__}: {error}"
        if np.any(bad):
            where = f"{symbol} = {several[bad][0]:g}"
            return (
                f"{label} is not affine in its first three arguments at {where}, so means and "
                "covariances do not close"
            )
    return None


def _departs(rule: Any, values: FloatArray, probes: Sequence[Sequence[Any]], *, whole: bool) -> Any:
    """At which of the values (n, 1) a rule is not the combination of its values at the unit
    vectors, or, of equal arguments (`whole`), no multiple of its value at (1, 1, 1)."""

    def at(points: Any) -> FloatArray:
        """The rule's value at each point (p, 3) and each of the values, (p, n, 1)."""
        shape = len(points), *values.shape
        arguments = [np.repeat(points[:, i], len(values))[:, None] for i in range(3)]
        out = rule(*arguments, np.tile(values, (len(points), 1)))
        return np.broadcast_to(
            np.asarray(out, dtype=float), (len(points) * len(values), 1)
        ).reshape(shape)

    bad = np.zeros(values.shape, dtype=bool)
    signed = np.array([[float(sign * x) for x in probe] for probe in probes for sign in (1, -1)])
    at_once = max(1, AT_ONCE // len(values))
    with np.errstate(all="ignore"):
        units = at(np.ones((1, 3)) if whole else np.eye(3))
        for first in range(0, len(signed), at_once):
            points = signed[first : first + at_once]
            terms = units * points[:, : len(units), None, None]
            largest = np.max(np.abs(terms), axis=1)
            wrong = np.abs(at(points) - np.sum(terms, axis=1)) > ROUNDING * np.maximum(
                largest, SMALLEST
            )
            bad |= np.any(wrong & np.isfinite(largest), axis=0)
    return bad
