"""S2: trusting the helper."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.methods import Naive as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.rule import Rule

L, F0, beta, zeta, sigma_h, eta, K, T = symbols("L F0 beta zeta sigma_h eta K T")
CAPS = 1 / L, noise_cap(L * sigma_h**2)


class Naive(Theorem):
    """K·T steps of SGD on h, whose gradient is biased, ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ² with β < 1:

        Lη ≤ 1  ⇒  G ≤ (2F₀/(ηKT) + Lησ_h² + ζ²)/(1 − β), attained;
        η = min{1/L, √(2F₀/(KTLσ_h²))}  ⇒  G ≤ (2√(2LF₀σ_h²/(KT)) + 2LF₀/(KT) + ζ²)/(1 − β).

    Proof. One step with v = ∇h = ∇f + b: E f(y_k) ≤ E f(y_{k−1}) − (η/2)‖∇f‖² − (η/2)(1 − Lη)‖v‖² +
    (η/2)‖b‖² + ½Lη²σ_h², and ‖b‖² ≤ β‖∇f‖² + ζ². Sum over k and t. The floor ζ²/(1 − β) is real: no
    step size removes it. Source: arXiv 2206.00395, section 4, with its constants made explicit.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.Naive()
        >>> c = at.Constants(L=1.0, F0=1.0, zeta=0.1, sigma_h=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0158114, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.04187
    """

    label = "S2"
    method = METHOD
    variance = "mean"
    assumptions = (beta < 1,)
    step_range = (L * eta <= 1,)
    bound = (2 * F0 / (eta * K * T) + L * eta * sigma_h**2 + zeta**2) / (1 - beta)
    corollaries = (
        Corollary(
            (2 * sqrt(2 * L * F0 * sigma_h**2 / (K * T)) + 2 * L * F0 / (K * T) + zeta**2)
            / (1 - beta)
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS)}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return smallest(CAPS, c.values() | {"K": K, "T": T}), None
