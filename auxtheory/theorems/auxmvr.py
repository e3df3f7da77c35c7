"""S4: AuxMVR, and MVR (STORM) as its h = 0, K = 1 case."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.constants import Constants, Reals, symbols
from auxtheory.posynomial import Condition, sqrt
from auxtheory.theorems.base import TINY, Corollary, Theorem, noise_cap, smallest

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = symbols("L F0 delta sigma_h sigma_r eta a K T B")
ROOT2 = math.sqrt(2)
RATE = (
    9.53 * (delta * sigma_r * F0 / T) ** Fraction(2, 3)
    + 2 * sqrt(2 * F0 * (L * sigma_h**2 / K + 7 * ROOT2 * delta * sigma_h * sigma_r / sqrt(K)) / T)
    + (4 * L / K + 4 * ROOT2 * delta) * F0 / T
    + 2 * ROOT2 * delta * sigma_h * F0 / (sqrt(K) * sigma_r * T)
)


def _no_refresh_noise(values: Mapping[str, Any]) -> Any:
    return np.asarray(values["sigma_r"]) == 0


class AuxMVR(Theorem):
    """AuxMVR, m ← g_r(x; ξ) + (1 − a)(m − g_r(x_prev; ξ)), if E‖g_r(x;ξ) − g_r(y;ξ)‖² ≤ δ²‖x − y‖²:

        η ≤ min{1/(2L), 1/(√8 δK)} and 8δ²η²K² ≤ a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + Lησ_h² + 2δ²η²(K−1)σ_h² + 2(2aσ_r² + 4δ²η²Kσ_h²(1−a)²/a + σ_r²/(aBT))/(2−a).

    Tuned, σ_r > 0: η = min{1/(2L), 1/(√8 δK), σ_r/(√2 δ√K σ_h), (1/K)(F₀/(32δ²σ_r²T))^{1/3},
    √(2F₀/(KT(Lσ_h² + 7√2 δ√K σ_hσ_r)))}, a = max{8δ²η²K², √2 δη√K σ_h/σ_r, 1/√(2BT)}  ⇒
        G ≤ 9.53(δσ_rF₀/T)^{2/3} + 2√(2F₀(Lσ_h²/K + 7√2 δσ_hσ_r/√K)/T) + (4L/K + 4√2 δ)F₀/T
            + 2√2 δσ_hF₀/(√K σ_rT) + min{σ_r²/(4δ²η²K²BT), 4√2 σ_r²/√(BT)}.
    Tuned, σ_r = 0: a = 1, η = min{1/(2L), 1/(√8 δK), √(2F₀/(KT(L + δ/√2)σ_h²))}  ⇒
        G ≤ 2√(2F₀(L + δ/√2)σ_h²/(KT)) + (4L/K + 4√2 δ)F₀/T.

    Proof. With e = m − ∇r(x): ‖b_k‖² ≤ 2‖e‖² + 2δ²‖y_{k−1} − x‖² and Σ_k E‖y_{k−1} − x‖² ≤ η²K(K−1)(S + σ_h²), where
    S = Σ E‖v_k‖². e^t = (1−a)e^{t−1} + a n_t(x^{t−1}) + (1−a)(n_t(x^{t−1}) − n_t(x^{t−2})) are martingale
    differences, so E‖e^t‖² ≤ (1−a)²E‖e^{t−1}‖² + 2a²σ_r² + 2(1−a)²δ²E‖x^{t−1} − x^{t−2}‖², the last at most 2η²K(S +
    σ_h²). Sum; at a = 8(δηK)² the condition is ½ + a/4 + (1−a)²/(2−a) ≤ 1, convex in a and true at both ends. Tuned:
    the caps keep a ≤ 1; at a = 1 and δη ≤ 1/(√8 K), 2δ²η²(K−1) ≤ δη/√2. The caps matter: without them the leading
    term alone is false. Source: arXiv 2206.00395, theorem on AuxMVR; constants derived here. Largest measured/bound
    0.71.
    """

    label = "S4"
    method = methods.AuxMVR
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (
        eta * L <= 1 / 2,
        math.sqrt(8) * delta * eta * K <= 1,
        8 * delta**2 * eta**2 * K**2 <= a,
        a <= 1,
    )
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2
        + 2 * delta**2 * eta**2 * (K - 1) * sigma_h**2
        + 4 * a * sigma_r**2 / (2 - a)
        + 8 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) ** 2 / (a * (2 - a))
        + 2 * sigma_r**2 / (a * B * T * (2 - a))
    )
    corollaries = (
        Corollary(RATE + sigma_r**2 / (4 * delta**2 * eta**2 * K**2 * B * T), "δ > 0"),
        Corollary(RATE + 4 * ROOT2 * sigma_r**2 / sqrt(B * T), "any δ"),
        Corollary(
            2 * sqrt(2 * F0 * (L + delta / ROOT2) * sigma_h**2 / (K * T)) + (4 * L / K + 4 * ROOT2 * delta) * F0 / T,
            "σ_r = 0",
            _no_refresh_noise,
        ),
    )

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        L, delta, h, r, F0 = (np.asarray(v, dtype=float) for v in (c.L, c.delta, c.sigma_h, c.sigma_r, c.F0))
        h_per_r = np.where(h == 0, 0.0, h / r)
        caps = smallest(1 / (2 * L), 1 / (math.sqrt(8) * delta * K))
        noisy = smallest(
            caps,
            1 / (ROOT2 * delta * math.sqrt(K) * h_per_r),
            (F0 / (32 * delta**2 * r**2 * T)) ** (1 / 3) / K,
            noise_cap(F0, K, T, L * h**2 + 7 * ROOT2 * delta * math.sqrt(K) * h * r),
        )
        eta = np.where(r > 0, noisy, smallest(caps, noise_cap(F0, K, T, (L + delta / ROOT2) * h**2)))
        floor = max(1 / np.sqrt(2 * B * T), TINY)
        a = np.maximum(8 * delta**2 * eta**2 * K**2, np.maximum(ROOT2 * delta * eta * math.sqrt(K) * h_per_r, floor))
        return eta, np.where(r > 0, np.minimum(1.0, a), 1.0)


class MVR(AuxMVR):
    """MVR (STORM) on f: AuxMVR with h = 0, K = 1, so that r = f, δ = L (in mean square), σ_r = σ_f, σ_h = 0 in S4."""

    label = "S4-MVR"
    method = methods.MVR
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (*AuxMVR.step_range, K <= 1)
