"""S1-noise-sharp and S1-noise-wide: exact correction with noisy local steps, with the constant of
SGD in the leading term, and on a wider range."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.methods import ExactCorrection as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.sharper.cases import one_step, usual

L, F0, delta, sigma_h, eta, K, T, lam = symbols("L F0 delta sigma_h eta K T lambda_K")
CAPS = 1 / (L + 2 * delta * K), noise_cap((L + delta) * sigma_h**2)
# t, the parameter of the inequality of one step
SMALL = L * eta + 2 * delta * eta * K
DRIFT = delta**2 * eta**2 * lam


class ExactCorrectionNoiseSharp(Theorem):
    """Exact correction with noisy local steps, at small steps without the factor 2 of S1-noise:

        t = Lη + 2δηK ≤ 1  ⇒  G ≤ (1+t)(F₀/(ηKT) + ½Lησ_h²) + ½δησ_h²;
        η = min{1/(L + 2δK), √(2F₀/(KT(L+δ)σ_h²))}
            ⇒  G ≤ √(2F₀(L+δ)σ_h²/(KT)) + (2L/K + 4δ)F₀/T.

    Proof. The θ-lemma with θ = 1+t and s = t/2: A = 1/t and C = t(3+t)/4 − (1+t)Lη/2 = t(1−t)/4 +
    (1+t)δηK. As for S1-noise the mean of ‖b‖² is at most 2δ²η²λ_KV² + δ²η²(K−1)σ_h², where
    2δ²η²λ_K/t ≤ (4/π²)δηK ≤ C, and δ²η²(K−1)/t ≤ ½δη. Tuned: with R the root, (1+t)R = R + 2(L +
    2δK)F₀/(KT) at the second cap; at the first one t = 1. Source: derived here. Largest
    measured/bound known: 1.0, and 0.996 with noise.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrectionNoiseSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_h=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0150756, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.01723
    """

    label = "S1-noise-sharp"
    method = METHOD
    variance = "mean"
    step_range: ClassVar[tuple[Condition, ...]] = (SMALL <= 1,)
    bound = (1 + SMALL) * (
        F0 / (eta * K * T) + L * eta * sigma_h**2 / 2
    ) + delta * eta * sigma_h**2 / 2
    corollaries = (
        Corollary(
            sqrt(2 * F0 * (L + delta) * sigma_h**2 / (K * T)) + (2 * L / K + 4 * delta) * F0 / T
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"K": K, "T": T}), None

    def example(self) -> Case:
        return usual(sigma_h=0.5)

    def tightest(self) -> Case:
        return one_step()


class ExactCorrectionNoiseWide(Theorem):
    """Exact correction with noisy local steps, on the range of S1:

        Lη + δ²η²λ_K < 1  ⇒  G ≤ 2F₀/(ηKT) + Lησ_h² + ½δ²η²(K−1)σ_h²/(1 − δ²η²λ_K/(1−Lη)).

    Proof. As S1-noise with the best weights: (ℓV + D)² ≤ ωV² + D²/(1 − ℓ²/ω), ℓ² = δ²η²λ_K, ω = 1 −
    Lη, D² = ½δ²η²(K−1)σ_h². Where 2ℓ² ≤ ω it is at most S1-noise. Source: derived here. Largest
    measured/bound known: 0.9999.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrectionNoiseWide()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_h=1.0)
        >>> steps = at.Steps(eta=0.1, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.1029
    """

    label = "S1-noise-wide"
    method = METHOD
    variance = "mean"
    step_range: ClassVar[tuple[Condition, ...]] = (L * eta + DRIFT < 1,)
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2
        + delta**2 * eta**2 * (K - 1) * sigma_h**2 / (2 * (1 - DRIFT / (1 - L * eta)))
    )

    def example(self) -> Case:
        return usual(sigma_h=0.5, eta=0.1)

    def tightest(self) -> Case:
        return one_step(eta=0.9999)
