"""S3: AuxMOM, and SGD with momentum, its h = 0, K = 1 case with a separate bound."""

from __future__ import annotations

import math
from typing import ClassVar

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
REFRESH = 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)
RATE = (
    2 * sqrt(2 * F0 * ((L + 2 * delta) * sigma_h**2 / K + 8 / 3 * delta * sigma_r**2) / T)
    + (4 * L / K + 8 * delta) * F0 / T
)
CAPS = (
    1 / (2 * L),
    1 / (4 * delta * K),
    noise_cap((L + 2 * delta) * sigma_h**2 + 8 / 3 * delta * K * sigma_r**2),
)
SINGLE = 2 * sqrt(2 * ROOT2 * delta * F0 * sigma_r**2 / T) + 4 * L * F0 / T
SINGLE_CAPS = 1 / (2 * L), noise_cap(ROOT2 * delta * sigma_r**2)


class AuxMOM(Theorem):
    """AuxMOM, m ← (1 − a)m + a g_r(x; ξ): "Lσ² becomes δσ²".

        Lη + 2(δηK/a)² ≤ 1 and a ≤ 1, for instance η ≤ 1/(2L) and 2δηK ≤ a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + Lησ_h² + 2δ²η²(K−1)σ_h² + 4δ²η²Kσ_h²(1−a)/a + 2σ_r²(a + 1/(aBT))/(2−a).

        η = min{1/(2L), 1/(4δK), √(2F₀/(KT((L+2δ)σ_h² + (8/3)δKσ_r²)))}, a = min{½, max{2δηK,
        1/√(BT)}}  ⇒ G ≤ 2√(2F₀((L+2δ)σ_h²/K + (8/3)δσ_r²)/T) + (4L/K + 8δ)F₀/T +
        min{2σ_r²/(3δηKBT), (10/3)σ_r²/√(BT)}.

    At δ = 0 and B = ∞ the prescribed a is the limit a → 0 (the smallest normal number).

    Proof. The buffer is a weighted mean of past samples, w_{t,s} = a(1−a)^{t−s} and w_{t,1} =
    (1−a)^{t−1}, of noise M_t. Let z_s be x^{s−1} minus η times the v's alone, up to y = y_{k−1}; so
    b_k = Q_k + N_k, Q_k = Σ_s w_{t,s} (∇r(x^{s−1}) − ∇r(z_s)) + M_t, N_k = Σ_s w_{t,s}(∇r(z_s) −
    ∇r(y)). By Jensen Σ_k E‖N_k‖² ≤ δ²η²Kσ_h²((K−1)/2 + K(1−a)/a). A local step changes Q by at most
    δη‖v_k‖, and a refresh makes it (1−a)Q + a n_t with n_t fresh: with R_t = E‖Q_1‖², S_t = Σ_k
    E‖v_k‖², λ = 1 − 2a/3, ω = 1 − (1−a)²/λ, R_{t+1} ≤ a²σ_r² + (1−a)²(R_t/λ + δ²η²KS_t/(1−λ)) and
    Σ_k E‖Q_k‖² ≤ (1+q)KR_t + (1+1/q)δ²η²½K²S_t. At 1 + q = 3ω/(2a(2−a)), E‖b‖² ≤ (4/3)E‖Q‖² +
    4E‖N‖² sums to the bound and ((3+a)/2)(δηK/a)² ΣS_t. Tuned: a ≥ 2δηK bounds the two δ²η² terms
    by 2δησ_h², 2/(2−a) ≤ 4/3, and a + c²/a ≤ p + min{c²/p, 5c/2} for a = min{½, max{p, c}}. Source:
    arXiv 2206.00395, theorem on AuxMOM; constants derived here. Largest measured/bound 1.00, at Lη
    = 1; 0.75 where the refresh's noise dominates and a ≤ 0.3. At η ≤ min{1/(2L), 1/(4δK)} and 4δηK
    ≤ a it is the first form of S3. At σ_h = 0, Lη + (δηK/a)² ≤ 1 is enough.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMOM()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_h=1.0, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.00866025, a = 0.0138564, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.05904
    """

    label = "S3"
    method = methods.AuxMOM
    variance = "mean"
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta + 2 * delta**2 * eta**2 * K**2 / a**2 <= 1,
        a <= 1,
    )
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2
        + 2 * delta**2 * eta**2 * (K - 1) * sigma_h**2
        + 4 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) / a
        + REFRESH
    )
    corollaries: ClassVar[tuple[Corollary, ...]] = (
        Corollary(RATE + 2 * sigma_r**2 / (3 * delta * eta * K * B * T), "δ > 0"),
        Corollary(RATE + 10 / 3 * sigma_r**2 / sqrt(B * T), "any δ"),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(*CAPS),
            "a": minimum(0.5, maximum(2 * delta * eta * K, 1 / sqrt(B * T))),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        eta = smallest(CAPS, c.values() | {"K": K, "T": T})
        return eta, np.minimum(
            0.5, np.maximum(2 * (c.delta * eta) * K, max(1 / np.sqrt(B * T), TINY))
        )


class SGDMomentum(Theorem):
    """SGD with momentum on f: AuxMOM with h = 0 and K = 1, so that r = f, δ = L, σ_r = σ_f and σ_h
    = 0:

        Lη + δ²η²(1−a)²/a² ≤ 1 and a ≤ 1  ⇒  G ≤ 2F₀/(ηT) + σ_r²(a + 1/(aBT)), attained at a = Lη =
        1; η = min{1/(2L), √(√2 F₀/(δσ_r²T))}, a = min{1, max{√2 δη, 1/√(BT)}}
            ⇒  G ≤ 2√(2√2 δF₀σ_r²/T) + 4LF₀/T + min{σ_r²/(√2 δηBT), 2σ_r²/√(BT)}.

    Proof. At K = 1 and σ_h = 0 the proof of S3 needs neither split: b = Q, and λ = 1 − a gives
    R_{t+1} ≤ a²σ_r² + (1−a)R_t + ((1−a)²/a)δ²η²S_t; sum. Tuned: a + c²/a ≤ p + min{c²/p, 2c} for a
    = min{1, max{p, c}}, c ≤ 1. Source: arXiv 2206.00395, theorem on AuxMOM; constants derived here.
    Largest measured/bound where the refresh's noise dominates and a ≤ 0.3: 0.64.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SGDMomentum()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=1.0, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=1, T=1000)
        >>> print(steps)
        η = 0.037606, a = 0.053183, K = 1, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.1104
    """

    label = "S3-SGDm"
    method = methods.SGDMomentum
    variance = "mean"
    step_range = (L * eta + delta**2 * eta**2 * (1 - a) ** 2 / a**2 <= 1, a <= 1, K <= 1)
    bound = 2 * F0 / (eta * K * T) + sigma_r**2 * (a + 1 / (a * B * T))
    corollaries = (
        Corollary(SINGLE + sigma_r**2 / (ROOT2 * delta * eta * B * T), "δ > 0"),
        Corollary(SINGLE + 2 * sigma_r**2 / sqrt(B * T), "any δ"),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(*SINGLE_CAPS),
            "a": minimum(1, maximum(ROOT2 * delta * eta, 1 / sqrt(B * T))),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        eta = smallest(SINGLE_CAPS, c.values() | {"K": 1, "T": T})
        return eta, np.minimum(
            1.0, np.maximum(ROOT2 * c.delta * eta, max(1 / np.sqrt(B * T), TINY))
        )
