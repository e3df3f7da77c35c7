"""Propagation of one coordinate's mean and second moments through a round: formulas for numbers and
for arrays.

z = x − x*, p = x_prev − x* and w = c (m − ∇r(x*)), what the buffer adds to a local step. zz, zw, …
are covariances where means are carried, otherwise second moments. The exact engine's array form and
its compiled form both call these.
"""

from __future__ import annotations

from typing import Any


def refresh_terms(
    m: Any, diff: Any, prev: Any, c: Any, R: Any, variance: Any, s: Any, drift: Any
) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """(m, r, q, n, s_z, s_p, w₀) of w ← m w + r z + q p + w₀ + noise of variance n + E(s_z z + s_p
    p)²."""
    return (
        m,
        c * diff * R,
        c * prev * R,
        (c * (diff + prev)) ** 2 * variance,
        c * diff * s,
        c * prev * s,
        c * drift,
    )


def refreshed(m: Any, r: Any, n: Any, zz: Any, zw: Any, ww: Any) -> tuple[Any, Any]:
    """(zw, ww) after w ← m w + r z + noise of variance n."""
    crossed = m * zw + r * zz
    return crossed, m * (m * ww + r * zw) + r * crossed + n


def refreshed_remembering(
    m: Any, r: Any, q: Any, n: Any, zz: Any, zw: Any, ww: Any, previous: tuple[Any, Any, Any]
) -> tuple[Any, Any, Any]:
    """(zw, ww, pw) after w ← m w + r z + q p + noise of variance n; previous: (zp, pp, pw)."""
    zp, pp, pw = previous
    crossed = m * zw + r * zz + q * zp
    past = m * pw + r * zp + q * pp
    return crossed, m * (m * ww + r * zw + q * pw) + r * crossed + q * past + n, past


def mean_refreshed(m: Any, r: Any, q: Any, drift: Any, z: Any, w: Any, p: Any) -> Any:
    """E w after w ← m w + r z + q p + drift."""
    return m * w + r * z + q * p + drift


def multiplicative(s_z: Any, s_p: Any, zz: Any, zp: Any, pp: Any) -> Any:
    """E (s_z z + s_p p)² from second moments, which multiplicative noise adds to ww."""
    return s_z * s_z * zz + 2 * s_z * s_p * zp + s_p * s_p * pp


def step_terms(y: Any, shift: Any, g: Any, A: Any, R: Any, s: Any) -> tuple[Any, Any, Any]:
    """(α − 1, α, ε) of a local step y ← α y + w + noise, where multiplicative noise adds ε E y² to
    E y²; shift = y − 1.

    α − 1 keeps its digits where α is near 1.
    """
    slope = g * (A - R)
    return shift + slope, y + slope, (g * s) ** 2


def one_step(excess: Any, alpha: Any, epsilon: Any, variance: Any) -> tuple[Any, ...]:
    """One local step y ← α y + w + noise of this variance, to be followed by others with `joined`.

    excess: α − 1. `joined` explains the eleven numbers.
    """
    none = 0.0 * alpha
    return (
        excess,
        alpha,
        none + 1.0,
        none + epsilon,
        none,
        none,
        none + variance,
        none + 1.0,
        none,
        none,
        none,
    )


def joined(first: Any, then: Any) -> tuple[Any, ...]:
    """Two groups of local steps combined into one: (P − 1, P, S, zz, zw, ww, n, t_zz, t_zw, t_ww,
    t_n).

    E y_k = P E z + S E w, and E y_k² = E (P z + S w)² + zz E z² + zw E z w + ww E w² + n: the last
    four terms are due to noise. t_zz E z² + t_zw E z w + t_ww E w² + t_n is the sum of E y² over
    the points that the steps start from. Only sums and products are used, so nothing cancels that
    would not cancel step by step. Where P is near 1, the caller may compute it from P − 1, which is
    then more accurate.
    """
    excess, P, S, zz, zw, ww, n, t_zz, t_zw, t_ww, t_n = first
    excess_2, P_2, S_2, zz_2, zw_2, ww_2, n_2, t_zz_2, t_zw_2, t_ww_2, t_n_2 = then
    growth = P_2 * P_2 + zz_2
    square = P * P + zz
    product = 2 * P * S + zw
    other = S * S + ww
    return (
        excess + excess_2 + excess * excess_2,
        P * P_2,
        P_2 * S + S_2,
        growth * zz + zz_2 * P * P,
        growth * zw + 2 * zz_2 * P * S + zw_2 * P,
        growth * ww + zz_2 * S * S + zw_2 * S + ww_2,
        growth * n + n_2,
        t_zz + t_zz_2 * square,
        t_zw + t_zz_2 * product + t_zw_2 * P,
        t_ww + t_zz_2 * other + t_zw_2 * S + t_ww_2,
        t_n + t_zz_2 * n + t_n_2,
    )


def next_point(
    alpha: Any, epsilon: Any, variance: Any, yy: Any, yw: Any, ww: Any
) -> tuple[Any, Any]:
    """(E y², E y w) after one local step."""
    return (alpha * alpha + epsilon) * yy + 2 * alpha * yw + ww + variance, alpha * yw + ww


def moved(P: Any, S: Any, n: Any, zz: Any, zw: Any, ww: Any) -> tuple[Any, Any, Any]:
    """(E z' z, E z' w, E z'²) of z' = P z + S w + noise of variance n."""
    crossed = P * zz + S * zw
    after = P * zw + S * ww
    return crossed, after, P * crossed + S * after + n


def weighed(a: Any, b: Any, c: Any, zz: Any, zw: Any, ww: Any) -> Any:
    """a E z² + b E z w + c E w²."""
    return a * zz + b * zw + c * ww
