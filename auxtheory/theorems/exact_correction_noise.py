"""S1 with noise in the helper."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.methods import ExactCorrection as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.exact_correction import largest_step
from auxtheory.theorems.rule import Rule

L, F0, delta, sigma_h, eta, K, T, lam = symbols("L F0 delta sigma_h eta K T lambda_K")
CAPS = largest_step(K * (K - 1)), noise_cap((L + delta) * sigma_h**2)


class ExactCorrectionNoise(Theorem):
    """Exact correction m = ∇r(x) with noisy local steps:

        Lη + 2δ²η²λ_K ≤ 1, for instance Lη + δ²η²K(K−1) ≤ 1  ⇒  G ≤ 2F₀/(ηKT) + Lησ_h² +
        δ²η²(K−1)σ_h²; η = min{2/(L + √(L² + 4δ²K(K−1))), √(2F₀/(KT(L+δ)σ_h²))}
            ⇒  G ≤ 2√(2F₀(L+δ)σ_h²/(KT)) + 2(L/K + δ)F₀/T.

    Proof. As S1, with y_{k−1} − x = −η Σ_{j<k}(v_j + n_j) and ‖p + q‖² ≤ 2‖p‖² + 2‖q‖²: Σ_k‖b_k‖² ≤
    2δ²η²λ_K Σ‖v_j‖² + δ²η²K(K−1)σ_h², and 2λ_K ≤ K(K−1). Tuned: this η has δη√(K(K−1)) ≤ 1, hence
    δ²η²(K−1) ≤ δη, and 1/η is at most the sum of the inverted caps, the first of which is at most L
    + δK. Source: arXiv 2206.00395, eq. 3; constants derived here.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrectionNoise()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.1, sigma_h=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0150756, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.03362
    """

    label = "S1-noise"
    method = METHOD
    variance = "mean"
    step_range = (L * eta + 2 * delta**2 * eta**2 * lam <= 1,)
    bound = 2 * F0 / (eta * K * T) + L * eta * sigma_h**2 + delta**2 * eta**2 * (K - 1) * sigma_h**2
    corollaries = (
        Corollary(
            2 * sqrt(2 * F0 * (L + delta) * sigma_h**2 / (K * T)) + 2 * (L / K + delta) * F0 / T
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"K": K, "T": T}), None
