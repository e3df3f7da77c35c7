"""S4: AuxMVR, and MVR (STORM), its h = 0, K = 1 case with a separate bound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.theorems.base import TINY, Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.rule import Rule

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = symbols("L F0 delta sigma_h sigma_r eta a K T B")
ROOT2 = math.sqrt(2)
ROOT3 = math.sqrt(3)
CROSS = 14 * ROOT2 / 3
RATE = (
    8.47 * (delta * sigma_r * F0 / T) ** Fraction(2, 3)
    + 2 * sqrt(2 * F0 * (L * sigma_h**2 / K + CROSS * delta * sigma_h * sigma_r / sqrt(K)) / T)
    + (4 * L / K + 4 * ROOT2 * delta) * F0 / T
    + 2 * ROOT2 * delta * sigma_h * F0 / (sqrt(K) * sigma_r * T)
)
CAPS = 1 / (2 * L), 1 / (math.sqrt(8) * delta * K)
NOISY = (
    sigma_r / (ROOT2 * delta * sqrt(K) * sigma_h),
    (F0 / (32 * delta**2 * sigma_r**2 * T)) ** Fraction(1, 3) / K,
    noise_cap(L * sigma_h**2 + CROSS * delta * sqrt(K) * sigma_h * sigma_r),
)
QUIET = (noise_cap((L + delta / ROOT2) * sigma_h**2),)  # the caps where σ_r = 0
CROSSING = ROOT2 * delta * eta * sqrt(K) * sigma_h / sigma_r
SINGLE = 3.78 * (delta * sigma_r * F0 / T) ** Fraction(2, 3) + 4 * L * F0 / T
SINGLE_CAPS = 1 / (2 * L), (F0 / (2 * delta**2 * sigma_r**2 * T)) ** Fraction(1, 3)


def _no_refresh_noise(values: Mapping[str, Any]) -> Any:
    return np.asarray(values["sigma_r"]) == 0


class AuxMVR(Theorem):
    """AuxMVR, m ← g_r(x; ξ) + (1 − a)(m − g_r(x_prev; ξ)), if E‖g_r(x;ξ) − g_r(y;ξ)‖² ≤ δ²‖x − y‖²:

        Lη + π(δηK)²/a ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + Lησ_h² + 2δ²η²(K−1)σ_h² + (8δ²η²Kσ_h²(1−a)²/a + σ_r²(8a/3 + 2/(aBT)))/(2−a).

    Tuned, σ_r > 0: η = min{1/(2L), 1/(√8 δK), σ_r/(√2 δ√K σ_h), (1/K)(F₀/(32δ²σ_r²T))^{1/3},
    √(2F₀/(KT(Lσ_h² + (14√2/3) δ√K σ_hσ_r)))}, a = max{8δ²η²K², √2 δη√K σ_h/σ_r, √3/(2√(BT))}  ⇒
        G ≤ 8.47(δσ_rF₀/T)^{2/3} + 2√(2F₀(Lσ_h²/K + (14√2/3) δσ_hσ_r/√K)/T) + (4L/K + 4√2 δ)F₀/T
            + 2√2 δσ_hF₀/(√K σ_rT) + min{σ_r²/(4δ²η²K²BT), (8/√3)σ_r²/√(BT)}.
    Tuned, σ_r = 0: a = 1, η = min{1/(2L), 1/(√8 δK), √(2F₀/(KT(L + δ/√2)σ_h²))}  ⇒
        G ≤ 2√(2F₀(L + δ/√2)σ_h²/(KT)) + (4L/K + 4√2 δ)F₀/T.

    Proof. Let e = m − ∇r(x), ‖·‖ the root of the mean of E‖·‖² over all t, k, and V = ‖v‖. The
    noise n_t(x) = g_r(x; ξ^t) − ∇r(x) gives e^t = (1−a)e^{t−1} + a n_t(x^{t−1}) +
    (1−a)(n_t(x^{t−1}) − n_t(x^{t−2})); x^{t−1} is reached from x^{t−2} by the v's alone and then by
    the noise of h. So e is a sum of martingales: from e^1, orthogonal to the rest, X₀² =
    σ_r²/(a(2−a)BT); from a n_t, X² = aσ_r²/(2−a); from the noise of h, H² =
    (1−a)²δ²η²Kσ_h²/(a(2−a)); from the v's, (1−a)δηKV/√(a(2−a)). Within a round, ‖b − e‖ ≤ δη√λ_K V
    + D, D² = δ²η²½(K−1)σ_h². Hence ‖b‖ ≤ √(X₀² + (X+H)²) + D + YV with Y² ≤ (δ²η²K²/a)((1−a)/√(2−a)
    + (2/π)√a)² ≤ (π/4)δ²η²K²/a, and ‖b‖² ≤ 2X₀² + (8/3)X² + 8H² + 4D² + 4Y²V². Tuned: the caps keep
    a ≤ 1; 8(1−a)²/(2−a) + 2a ≤ 4; at a = 1 and δη ≤ 1/(√8 K), 2δ²η²(K−1) ≤ δη/√2. The caps
    matter: without them the leading term alone is false. Source: arXiv 2206.00395, theorem on
    AuxMVR; constants derived here. Largest measured/bound 1.00, at Lη = 1; 0.75 where the refresh's
    noise dominates and a ≤ 0.3. At η ≤ min{1/(2L), 1/(√8 δK)} and 8(δηK)² ≤ a it implies the first
    form of S4, with 4a for 8a/3.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMVR()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_h=1.0, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.00933859, a = 0.00373544, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.07296
    """

    label = "S4"
    method = methods.AuxMVR
    variance = "mean"
    mean_square = True
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta + math.pi * delta**2 * eta**2 * K**2 / a <= 1,
        a <= 1,
    )
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2
        + 2 * delta**2 * eta**2 * (K - 1) * sigma_h**2
        + 8 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) ** 2 / (a * (2 - a))
        + 8 / 3 * a * sigma_r**2 / (2 - a)
        + 2 * sigma_r**2 / (a * B * T * (2 - a))
    )
    corollaries: ClassVar[tuple[Corollary, ...]] = (
        Corollary(RATE + sigma_r**2 / (4 * delta**2 * eta**2 * K**2 * B * T), "δ > 0"),
        Corollary(RATE + 8 / ROOT3 * sigma_r**2 / sqrt(B * T), "any δ"),
        Corollary(
            2 * sqrt(2 * F0 * (L + delta / ROOT2) * sigma_h**2 / (K * T))
            + (4 * L / K + 4 * ROOT2 * delta) * F0 / T,
            "σ_r = 0",
            _no_refresh_noise,
        ),
    )
    prescribed: ClassVar[Rule] = {
        "σ_r > 0": {
            "eta": minimum(*CAPS, *NOISY),
            "a": maximum(8 * (delta * eta * K) ** 2, CROSSING, ROOT3 / (2 * sqrt(B * T))),
        },
        "σ_r = 0": {"eta": minimum(*CAPS, *QUIET), "a": K**0},
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        values = c.values() | {"K": K, "T": T}
        noisy = np.asarray(c.sigma_r) > 0
        eta = np.where(noisy, smallest(CAPS + NOISY, values), smallest(CAPS + QUIET, values))
        least = np.maximum(8 * (c.delta * eta * K) ** 2, CROSSING.value(values | {"eta": eta}))
        a = np.minimum(1.0, np.maximum(least, max(ROOT3 / (2 * np.sqrt(B * T)), TINY)))
        return eta, np.where(noisy, a, 1.0)


class MVR(Theorem):
    """MVR (STORM) on f: AuxMVR with h = 0, K = 1, so that r = f, δ = L (in mean square), σ_r = σ_f
    and σ_h = 0:

        Lη + δ²η²(1−a)/a ≤ 1 and a ≤ 1  ⇒  G ≤ 2F₀/(ηT) + aσ_r² + σ_r²/(a(2−a)BT), attained at a =
        Lη = 1; η = min{1/(2L), (F₀/(2δ²σ_r²T))^{1/3}}, a = min{1, max{2δ²η², 1/√(BT)}}
            ⇒  G ≤ 3.78(δσ_rF₀/T)^{2/3} + 4LF₀/T + min{σ_r²/(2δ²η²BT), 2σ_r²/√(BT)}.

    Proof. At K = 1 and σ_h = 0, b = e in the proof of S4; ‖ap + (1−a)q‖² ≤ (2−a)(a²‖p‖² +
    (1−a)‖q‖²) gives E‖e^t‖² ≤ (1−a)²E‖e^{t−1}‖² + (2−a)(a²σ_r² + (1−a)δ²η²E‖v^{t−1}‖²); sum. Tuned:
    as SGDMomentum. Source: arXiv 2206.00395, theorem on AuxMVR; constants derived here. For a ≤ 0.3
    the noise of a first batch of one is attained as T → ∞, at Lη = √a, aT → ∞, a²T → 0:
    measured/bound 0.81 at T = 100, 0.99 at 30,000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.MVR()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=1.0, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=1, T=1000)
        >>> print(steps)
        η = 0.0793701, a = 0.0125992, K = 1, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.0418
    """

    label = "S4-MVR"
    method = methods.MVR
    variance = "mean"
    mean_square = True
    step_range = (L * eta + delta**2 * eta**2 * (1 - a) / a <= 1, a <= 1, K <= 1)
    bound = 2 * F0 / (eta * K * T) + a * sigma_r**2 + sigma_r**2 / (a * (2 - a) * B * T)
    corollaries = (
        Corollary(SINGLE + sigma_r**2 / (2 * delta**2 * eta**2 * B * T), "δ > 0"),
        Corollary(SINGLE + 2 * sigma_r**2 / sqrt(B * T), "any δ"),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(*SINGLE_CAPS),
            "a": minimum(1, maximum(2 * delta**2 * eta**2, 1 / sqrt(B * T))),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        eta = smallest(SINGLE_CAPS, c.values() | {"T": T})
        return eta, np.minimum(
            1.0, np.maximum(2 * (c.delta * eta) ** 2, max(1 / np.sqrt(B * T), TINY))
        )
