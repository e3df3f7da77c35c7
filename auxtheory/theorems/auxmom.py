"""S3: AuxMOM, and SGD with momentum as its h = 0, K = 1 case."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.constants import Constants, Reals, symbols
from auxtheory.posynomial import Condition, sqrt
from auxtheory.theorems.base import TINY, Corollary, Theorem, noise_cap, smallest

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = symbols("L F0 delta sigma_h sigma_r eta a K T B")
RATE = 2 * sqrt(2 * F0 * ((L + delta) * sigma_h**2 / K + 8 * delta * sigma_r**2) / T) + (4 * L / K + 8 * delta) * F0 / T


class AuxMOM(Theorem):
    """AuxMOM, m ← (1 − a)m + a g_r(x; ξ): "Lσ² becomes δσ²".

        η ≤ min{1/(2L), 1/(4δK)} and 4δηK ≤ a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + Lησ_h² + 2δ²η²(K−1)σ_h² + 4δ²η²Kσ_h²(1−a)/a + 2σ_r²(a + 1/(aBT))/(2−a).

        η = min{1/(2L), 1/(4δK), √(2F₀/(KT((L+δ)σ_h² + 8δKσ_r²)))}, a = min{1, max{4δηK, 1/√(BT)}}  ⇒
        G ≤ 2√(2F₀((L+δ)σ_h²/K + 8δσ_r²)/T) + (4L/K + 8δ)F₀/T + min{σ_r²/(2δηKBT), 4σ_r²/√(BT)}.

    At δ = 0 and B = ∞ the prescribed a is the limit a → 0 (the smallest normal number).

    Proof. The buffer is a weighted mean of past samples, w_{t,s} = a(1−a)^{t−s} and w_{t,1} = (1−a)^{t−1}, so that
    b_k = Σ_s w_{t,s}(∇r(x^{s−1}) − ∇r(y_{k−1})) + M_t and, by Jensen, ‖b_k‖² ≤ 2δ² Σ_s w_{t,s}‖x^{s−1} − y_{k−1}‖² +
    2‖M_t‖². A path of n = (t−s)K + k − 1 steps has E‖·‖² ≤ 2η²n(Σ E‖v‖² + σ_h²); a given step's total weight is at
    most K²(2 − 3a/2)/a², so the range makes Lη + 4δ²η²K²(2 − 3a/2)/a² ≤ ½ + ½. The noise of the paths sums to
    K²(1−a)/a + K(K−1)/2 per round, and Σ_t E‖M_t‖² ≤ σ_r²(aT + 1/(aB))/(2−a). Tuned: a ≥ 4δηK bounds the two δ²η²
    terms by δησ_h², and a + c²/a ≤ p + min{c²/p, 2c} for a = max{p, c}. Source: arXiv 2206.00395, theorem on AuxMOM;
    constants derived here. Largest measured/bound 0.70.
    """

    label = "S3"
    method = methods.AuxMOM
    step_range: ClassVar[tuple[Condition, ...]] = (
        eta * L <= 1 / 2,
        4 * delta * eta * K <= 1,
        4 * delta * eta * K <= a,
        a <= 1,
    )
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2
        + 2 * delta**2 * eta**2 * (K - 1) * sigma_h**2
        + 4 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) / a
        + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)
    )
    corollaries = (
        Corollary(RATE + sigma_r**2 / (2 * delta * eta * K * B * T), "δ > 0"),
        Corollary(RATE + 4 * sigma_r**2 / sqrt(B * T), "any δ"),
    )

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        delta = np.asarray(c.delta)
        variance = (c.L + delta) * c.sigma_h**2 + 8 * delta * K * c.sigma_r**2
        eta = smallest(1 / (2 * c.L), 1 / (4 * delta * K), noise_cap(c.F0, K, T, variance))
        return eta, np.minimum(1.0, np.maximum(4 * delta * eta * K, max(1 / np.sqrt(B * T), TINY)))


class SGDMomentum(AuxMOM):
    """SGD with momentum on f: AuxMOM with h = 0 and K = 1, so that r = f, δ = L, σ_r = σ_f and σ_h = 0 in S3."""

    label = "S3-SGDm"
    method = methods.SGDMomentum
    step_range: ClassVar[tuple[Condition, ...]] = (*AuxMOM.step_range, K <= 1)
