"""T1 with noise in the local steps."""

from __future__ import annotations

from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.methods.clients.exact_correction import ClientExactCorrection as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap
from auxtheory.theorems.case import Case
from auxtheory.theorems.helpers.cases import one_step, usual
from auxtheory.theorems.helpers.exact_correction import DRIFT
from auxtheory.theorems.helpers.rules import by_rule
from auxtheory.theorems.helpers.symbols import (
    CONVEX,
    EQUAL,
    F0,
    FLOOR,
    INNER,
    LEVEL,
    NOISY,
    ROUGH,
    START,
    K,
    L,
    T,
    delta_bar,
    delta_m,
    eta,
    sigma_h,
)
from auxtheory.theorems.rule import Rule

SMALL = L * eta + 2 * delta_m * eta * K


class ClientExactCorrectionNoise(Theorem):
    """Exact correction with several helpers and noisy local steps; the helpers at work are drawn
    uniformly:

        Lη + 2ρηK·min{1, S−1} + 2δ_m²η²λ_K ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (L + 2ρ·min{1, S−1})ησ_h² + δ̄²η²(K−1)σ_h²;
        η = min{2/(L′ + √(L′² + 4δ_m²K(K−1))), √(2F₀/(KT(L″ + δ̄)σ_h²))}, L′ = L + 2ρK·min{1, S−1},
        L″ = L + 2ρ·min{1, S−1}  ⇒  G ≤ 2√(2F₀(L″ + δ̄)σ_h²/(KT)) + 2(L′/K + δ_m)F₀/T.

    Proof. As T1, with Σ_k E‖b_k‖² ≤ 2δ_i²η²λ_K Σ‖v‖² + δ_i²η²K(K−1)σ_h² on the path of helper i;
    the mean of δ_i² over uniform helpers is δ̄². Averaging S ≥ 2 paths of an f with ∇²f ⪰ −ρI costs
    (ρ/2) mean ‖y_{i,K} − x‖² ≤ ½ρη²K Σ‖v‖² (twice that, and ρη²Kσ_h², with noise); for a convex f,
    or S = 1, nothing. The noise of different helpers does not average out in G, which is measured
    on the paths. Source: derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientExactCorrectionNoise()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     sigma_h=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0150756, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.03382
    """

    label = "T1-noise"
    method = METHOD
    variance = "mean"
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (NOISY + 2 * DRIFT <= 1,)
    bound = START + LEVEL + INNER / 2
    corollaries = (
        Corollary(
            2 * sqrt(2 * F0 * (FLOOR + delta_bar) * sigma_h**2 / (K * T))
            + 2 * (ROUGH / K + delta_m) * F0 / T
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                2 / (ROUGH + sqrt(ROUGH**2 + 4 * delta_m**2 * K * (K - 1))),
                noise_cap((FLOOR + delta_bar) * sigma_h**2),
            )
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual(sigma_h=0.5)

    def tightest(self) -> Case:
        return one_step(eta=1.0)


class ClientExactCorrectionNoiseWide(Theorem):
    """Exact correction with several helpers and noisy local steps, on the range of T1; the helpers
    at work are drawn uniformly:

        ω = 1 − Lη − 2ρηK·min{1, S−1} > δ_m²η²λ_K  ⇒
        G ≤ 2F₀/(ηKT) + (L + 2ρ·min{1, S−1})ησ_h² + ½δ̄²η²(K−1)σ_h²/(1 − δ_m²η²λ_K/ω).

    Proof. |b| ≤ ℓV + D with ℓ = δ_mη√λ_K and D² = ½δ̄²η²(K−1)σ_h², |·| the root of the mean over
    rounds, steps and helpers at work; (ℓV + D)² ≤ ωV² + D²/(1 − ℓ²/ω). Where 2ℓ² ≤ ω it is at most
    T1-noise; with one helper it is S1-noise-wide. Source: derived here. Largest measured/bound
    known: 0.9999.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientExactCorrectionNoiseWide()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     sigma_h=1.0)
        >>> steps = at.Steps(eta=0.1, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.1029
    """

    label = "T1-noise-wide"
    method = METHOD
    variance = "mean"
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (NOISY + DRIFT < 1,)
    bound = START + LEVEL + INNER / (4 * (1 - DRIFT / (1 - NOISY)))

    def example(self) -> Case:
        return usual(sigma_h=0.5, eta=0.1)

    def tightest(self) -> Case:
        return one_step(eta=0.9999)


class ClientExactCorrectionNoiseSharp(Theorem):
    """Exact correction with several helpers and noisy local steps, at small steps without the
    factor 2 of T1-noise; f is convex or S = 1, and the helpers at work are drawn uniformly:

        t = Lη + 2δ_mηK ≤ 1  ⇒  G ≤ (1+t)(F₀/(ηKT) + ½Lησ_h²) + ½δ̄ησ_h²;
        η = min{1/(L + 2δ_mK), √(2F₀/(KT(L+δ̄)σ_h²))}
            ⇒  G ≤ √(2F₀(L+δ̄)σ_h²/(KT)) + (2L/K + 4δ_m)F₀/T.

    Proof. As S1-noise-sharp on each path: the θ-lemma with θ = 1+t and s = t/2 has A = 1/t and C ≥
    δ_mηK; A·2δ_m²η²λ_K ≤ (4/π²)δ_mηK ≤ C, and A·δ̄²η²(K−1)σ_h² ≤ ½δ̄ησ_h², as δ̄ηK ≤ t/2. Source:
    derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientExactCorrectionNoiseSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     sigma_h=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0150756, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.01763
    """

    label = "T1-theta"
    method = METHOD
    variance = "mean"
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (SMALL <= 1, CONVEX)
    bound = (1 + SMALL) * (
        F0 / (eta * K * T) + L * eta * sigma_h**2 / 2
    ) + delta_bar * eta * sigma_h**2 / 2
    corollaries = (
        Corollary(
            sqrt(2 * F0 * (L + delta_bar) * sigma_h**2 / (K * T))
            + (2 * L / K + 4 * delta_m) * F0 / T,
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {"eta": minimum(1 / (L + 2 * delta_m * K), noise_cap((L + delta_bar) * sigma_h**2))}
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual(sigma_h=0.5)

    def tightest(self) -> Case:
        return one_step(eta=1.0)
