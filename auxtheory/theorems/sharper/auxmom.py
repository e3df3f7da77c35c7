"""S3-sharp and S3-quiet: AuxMOM with the sharp constant of the refresh's noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from auxtheory import methods
from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.theorems.base import TINY, Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.sharper.cases import one_step, usual
from auxtheory.theorems.sharper.potential import least, weight

L, F0, delta, sigma_h, sigma_r, eta, a, K, T, B = symbols("L F0 delta sigma_h sigma_r eta a K T B")
# p′ = LEAST δηK is the least prescribed a without noise of the helper; with c = (δηK/a)²/(1−Lη) ≤ ¾
# then 2/((2−a)(1+√(1−c))) ≤ 8/9.
LEAST = math.sqrt(8 / 3)
# 8/9·√(8/3), and twice (4/3)²/(1+√⅓), both rounded up in the last digit
QUIET, NOISY = 1.4516, 2.2542
STEP_CAPS = 1 / (2 * L), 1 / (4 * delta * K)
QUIET_CAPS = (*STEP_CAPS, noise_cap(QUIET * delta * K * sigma_r**2))
NOISY_CAPS = (
    *STEP_CAPS,
    noise_cap((L + 2 * delta) * sigma_h**2 + NOISY * delta * K * sigma_r**2),
)
START = (4 * L / K + 8 * delta) * F0 / T
QUIET_RATE = 2 * sqrt(2 * QUIET * delta * F0 * sigma_r**2 / T) + START
NOISY_RATE = (
    2 * sqrt(2 * F0 * ((L + 2 * delta) * sigma_h**2 / K + NOISY * delta * sigma_r**2) / T) + START
)
DRIFT = (delta * eta * K / a) ** 2
# √(1 − c), also where rounding makes c larger than 1
ROOT = sqrt(maximum(0, 1 - DRIFT / (1 - L * eta)))


def drift_and_noise(c: Any, s: Any) -> float:
    """2F₀/(ηKT) + Lησ_h² + the least value over ε ≥ 0 of (1+ε)(p/K)σ_r²(a²(T−1) +
    max{a², 1/B})/T + (1 + 1/ε)δ²η²σ_h²(K(1−a)/a + (K−1)/2); p belongs to κ = (1−Lη)/((1+ε)δ²η²)."""
    K = int(s.K)
    start = 2 * c.F0 / (s.eta * K * s.T) + c.L * s.eta * c.sigma_h**2
    noise = (s.a**2 * (s.T - 1) + max(s.a**2, 1 / s.B)) / s.T * c.sigma_r**2 / K
    moved = (c.delta * s.eta) ** 2
    drift = moved * c.sigma_h**2 * (K * (1 - s.a) / s.a + (K - 1) / 2)
    left = max(1 - c.L * s.eta, 0.0)
    kappa = left / moved if moved else math.inf
    if not drift:
        p = weight(kappa, K, s.a)
        return start + p * noise if math.isfinite(p) else math.inf

    def split(log: float) -> float:
        epsilon = math.exp(log)
        p = weight(kappa / (1 + epsilon), K, s.a)
        if not math.isfinite(p):
            return math.inf
        return (1 + epsilon) * p * noise + (1 + 1 / epsilon) * drift

    return start + least(split, -25.0, 25.0)


def _quiet(values: Mapping[str, Any]) -> Any:
    return np.asarray(values["sigma_h"]) == 0


class AuxMOMSharp(Theorem):
    """AuxMOM, m ← (1 − a)m + a g_r(x; ξ), as S3 with the least constants that its potential gives:

        Lη + (δηK/a)² ≤ 1 and a ≤ 1  ⇒  for every ε > 0 (ε = 0 if σ_h = 0)
        G ≤ 2F₀/(ηKT) + Lησ_h² + (1+ε)(p/K)σ_r²(a²(T−1) + max{a², 1/B})/T
            + (1+1/ε)δ²η²σ_h²(K(1−a)/a + (K−1)/2),

    where p is the least fixed point of P ↦ Φ^K((1−a)²P), Φ(P) = 1 + Pκ/(κ−P), κ = (1−Lη)/((1+ε)
    δ²η²), and ∞ if a pole is in the way; the class has the best ε. With c = (δηK/a)²/(1−Lη),

        p/K ≤ 2/(a(2−a)(2−c));  p/K ≤ 2/(a(2−a)(1+√(1−c))) for a ≤ ⅔ (S3-quiet).

    Tuned, σ_h = 0: η = min{1/(2L), 1/(4δK), √(2F₀/(1.4516δK²Tσ_r²))}, a = min{½, max{p′, c′}}, p′ =
    √(8/3)δηK, c′ = 1/√(BT)  ⇒  G ≤ 2√(2·1.4516δF₀σ_r²/T) + (4L/K + 8δ)F₀/T + (8/9)σ_r² min{c′²/p′,
    5c′/2}; σ_h > 0: p′ = 2δηK and η = min{1/(2L), 1/(4δK), √(2F₀/(KT((L+2δ)σ_h² + 2.2542δKσ_r²)))}
    ⇒  G ≤ 2√(2F₀((L+2δ)σ_h²/K + 2.2542δσ_r²)/T) + (4L/K + 8δ)F₀/T + 1.1271σ_r² min{c′²/p′, 5c′/2}.

    Proof. b = Q + N as for S3, a step changes Q by at most δη‖v‖, and a refresh makes it (1−a)Q + a
    n. For P < κ, max over Δ of P‖Q+Δ‖² − κ‖Δ‖² is ‖Q‖²Pκ/(κ−P), so with P_{K+1} = (1−a)²p and P_k =
    Φ(P_{k+1}) the sum over a round of ‖Q_k‖² − κδ²η²‖v_k‖² is at most p‖Q_1‖² − (1−a)²p‖Q_{K+1}‖²,
    and E‖Q_1‖² of the next round is (1−a)²E‖Q_{K+1}‖² + a²E‖n‖². S3, S3-quiet and S3-SGDm follow.
    Source: derived here. Largest measured/bound known: 1.0, and 0.9999 with noise.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMOMSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_h=1.0, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0091236, a = 0.0145978, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.0561
    """

    label = "S3-sharp"
    method = methods.AuxMOM
    variance = "mean"
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta + DRIFT <= 1, a <= 1)
    bound = as_bound(drift_and_noise)
    corollaries: ClassVar[tuple[Corollary, ...]] = (
        Corollary(
            QUIET_RATE + 8 / 9 * sigma_r**2 / (LEAST * delta * eta * K * B * T),
            "σ_h = 0, δ > 0",
            _quiet,
        ),
        Corollary(QUIET_RATE + 20 / 9 * sigma_r**2 / sqrt(B * T), "σ_h = 0", _quiet),
        Corollary(NOISY_RATE + 1.1271 * sigma_r**2 / (2 * delta * eta * K * B * T), "δ > 0"),
        Corollary(NOISY_RATE + 2.81775 * sigma_r**2 / sqrt(B * T), "any δ"),
    )
    prescribed: ClassVar[Rule] = {
        "σ_h = 0": {
            "eta": minimum(*QUIET_CAPS),
            "a": minimum(0.5, maximum(LEAST * delta * eta * K, 1 / sqrt(B * T))),
        },
        "σ_h > 0": {
            "eta": minimum(*NOISY_CAPS),
            "a": minimum(0.5, maximum(2 * delta * eta * K, 1 / sqrt(B * T))),
        },
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        values = c.values() | {"K": K, "T": T}
        quiet = np.asarray(c.sigma_h) == 0
        eta = np.where(quiet, smallest(QUIET_CAPS, values), smallest(NOISY_CAPS, values))
        drift = np.where(quiet, LEAST, 2.0) * c.delta * eta * K
        return eta, np.minimum(0.5, np.maximum(drift, max(1 / np.sqrt(B * T), TINY)))

    def example(self) -> Case:
        return usual()

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)


class AuxMOMQuiet(Theorem):
    """AuxMOM with exact local gradients (σ_h = 0): the closed form of S3-sharp,

        Lη + (δηK/a)² ≤ 1, Lη < 1 and a ≤ ⅔  ⇒
        G ≤ 2F₀/(ηKT) + 2σ_r²(a + 1/(aBT))/((2−a)(1+√(1−c))), c = (δηK/a)²/(1−Lη).

    Tuned: as S3-sharp.

    Proof. With z = δηK/√(1−Lη), Φ(P) is at most the flow of dP/ds = 1 + P²/κ after time 1, so the
    fixed point is at most Kp̂ with zp̂(1−g)/(1+z²gp̂²) = tan z, g = (1−a)²; and p̂ =
    2/(a(2−a)(1+√(1−c))) makes the left side at least z/(1−4z²/π²) ≥ tan z where 16a(2−a)² ≤
    π²(4−3a), for a ≤ ⅔. The factor 1/(1+√(1−c)) cannot be improved: f of rank one, an r that does
    not commute with it, and noise along one direction attain it as a/(Lη), Lη → 0. Source: derived
    here. Largest measured/bound known: 0.9999, and 0.96 with δ > 0 where
    the refresh's noise leads, at T = 30,000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMOMQuiet()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0146724, a = 0.019168, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.03538
    """

    label = "S3-quiet"
    method = methods.AuxMOM
    variance = "mean"
    assumptions = (sigma_h <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (
        L * eta + DRIFT <= 1,
        L * eta < 1,
        a <= 2 / 3,
    )
    bound = 2 * F0 / (eta * K * T) + 2 * sigma_r**2 * (a + 1 / (a * B * T)) / ((2 - a) * (1 + ROOT))
    corollaries: ClassVar[tuple[Corollary, ...]] = (
        Corollary(QUIET_RATE + 8 / 9 * sigma_r**2 / (LEAST * delta * eta * K * B * T), "δ > 0"),
        Corollary(QUIET_RATE + 20 / 9 * sigma_r**2 / sqrt(B * T), "any δ"),
    )
    prescribed: ClassVar[Rule] = {"": AuxMOMSharp.prescribed["σ_h = 0"]}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return AuxMOMSharp.step_sizes(self, c.replace(sigma_h=0.0), K, T, B)  # type: ignore[arg-type]

    def example(self) -> Case:
        return usual(sigma_h=0.0)

    def tightest(self) -> Case:
        return one_step(eta=0.9999, a=0.6)
