"""How the mean and the second moments of one coordinate pass through a round: formulas of numbers or of arrays.

z = x − x*, p = x_prev − x* and w = c (m − ∇r(x*)), what the buffer adds to a local step. zz, zw, … are covariances
where means are carried, else second moments. The exact engine's array form and its compiled form both call these.
"""

from __future__ import annotations

from typing import Any


def refresh_terms(
    m: Any, diff: Any, prev: Any, c: Any, R: Any, variance: Any, s: Any, drift: Any
) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """(m, r, q, n, s_z, s_p, w₀) of w ← m w + r z + q p + w₀ + noise of variance n + E(s_z z + s_p p)²."""
    return m, c * diff * R, c * prev * R, (c * (diff + prev)) ** 2 * variance, c * diff * s, c * prev * s, c * drift


def refreshed(m: Any, r: Any, n: Any, zz: Any, zw: Any, ww: Any) -> tuple[Any, Any]:
    """(zw, ww) after w ← m w + r z + noise of variance n."""
    crossed = m * zw + r * zz
    return crossed, m * (m * ww + r * zw) + r * crossed + n


def refreshed_remembering(
    m: Any, r: Any, q: Any, n: Any, zz: Any, zw: Any, ww: Any, zp: Any, pp: Any, pw: Any
) -> tuple[Any, Any, Any]:
    """(zw, ww, pw) after w ← m w + r z + q p + noise of variance n."""
    crossed, previous = m * zw + r * zz + q * zp, m * pw + r * zp + q * pp
    return crossed, m * (m * ww + r * zw + q * pw) + r * crossed + q * previous + n, previous


def mean_refreshed(m: Any, r: Any, q: Any, drift: Any, z: Any, w: Any, p: Any) -> Any:
    """E w after w ← m w + r z + q p + drift."""
    return m * w + r * z + q * p + drift


def sampled(s_z: Any, s_p: Any, zz: Any, zp: Any, pp: Any) -> Any:
    """E (s_z z + s_p p)², which multiplicative noise adds to ww; of second moments."""
    return s_z * s_z * zz + 2 * s_z * s_p * zp + s_p * s_p * pp


def step_terms(y: Any, g: Any, A: Any, R: Any, s: Any) -> tuple[Any, Any]:
    """(α, ε) of a local step y ← α y + w + noise, where multiplicative noise adds ε E y² to E y²."""
    return y + g * (A - R), (g * s) ** 2


def one_more_step(
    alpha: Any, epsilon: Any, variance: Any, P: Any, S: Any, zz: Any, zw: Any, ww: Any, n: Any
) -> tuple[Any, ...]:
    """(P, S, zz, zw, ww, n) of k + 1 local steps from those of k.

    E y_k = P E z + S E w, and E y_k² = E (P z + S w)² + zz E z² + zw E z w + ww E w² + n: what noise adds.
    """
    growth = alpha * alpha + epsilon
    return (
        alpha * P, alpha * S + 1.0, growth * zz + epsilon * P * P, growth * zw + 2 * epsilon * P * S,
        growth * ww + epsilon * S * S, growth * n + variance,
    )  # fmt: skip


def squares(P: Any, S: Any, zz: Any, zw: Any, ww: Any, n: Any) -> tuple[Any, Any, Any, Any]:
    """The weights of E z², E z w, E w² and 1 in E y_k²."""
    return P * P + zz, 2 * P * S + zw, S * S + ww, n


def moved(P: Any, S: Any, n: Any, zz: Any, zw: Any, ww: Any) -> tuple[Any, Any, Any]:
    """(E z' z, E z' w, E z'²) of z' = P z + S w + noise of variance n."""
    crossed, after = P * zz + S * zw, P * zw + S * ww
    return crossed, after, P * crossed + S * after + n


def weighed(a: Any, b: Any, c: Any, zz: Any, zw: Any, ww: Any) -> Any:
    """a E z² + b E z w + c E w²."""
    return a * zz + b * zw + c * ww
