"""S3-mean: AuxMOM at δ = 0, whose buffer may be the mean of all samples."""

from __future__ import annotations

from typing import Any, ClassVar

from auxtheory import methods
from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import log, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.rule import ROUND, Rule, over_rounds

L, F0, delta, sigma_h, sigma_r, K, T = symbols("L F0 delta sigma_h sigma_r K T")
CAPS = 1 / L, noise_cap(L * sigma_h**2)


class AuxMOMMean(Theorem):
    """AuxMOM with a_t = 1/t where δ = 0, so that f and h differ by a linear function: the buffer is
    the mean of all samples, and with η = min{1/L, √(2F₀/(LKTσ_h²))}

        G ≤ 2√(2LF₀σ_h²/(KT)) + 2LF₀/(KT) + σ_r²(1 + ln T)/T.

    For any η ≤ 1/L the first two terms are 2F₀/(ηKT) + Lησ_h². Constant a gives (10/3)σ_r²/√T (S3).

    Proof. As ∇r is constant, the error b of the buffer does not depend on the path: b = M_t, M_t =
    (1−1/t)M_{t−1} + n_t/t, M_1 = n_1, E‖n_1‖² ≤ σ_r²/B. So tM_t is a sum of independent noises,
    E‖M_t‖² ≤ σ_r²/t, and Σ_t 1/t ≤ 1 + ln T; a step gives E‖∇f‖² ≤ (2/η)(D − D⁺) + ‖b‖² −
    (1−Lη)‖v‖² + Lησ_h². Source: derived here. Largest measured/bound known: 1.0000, and 0.96 where
    the refresh's noise rules, at T = 10,000.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.AuxMOMMean()
        >>> c = at.Constants(L=1.0, F0=1.0, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=5, T=1000, B=1)
        >>> print(steps)
        η = 1, a = 1 … 0.001 over the rounds, K = 5, T = 1000, B = 1 (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.008308
    """

    label = "S3-mean"
    method = methods.AuxMOM
    assumptions = (delta <= 0,)
    corollaries = (
        Corollary(
            2 * sqrt(2 * L * F0 * sigma_h**2 / (K * T))
            + 2 * L * F0 / (K * T)
            + sigma_r**2 * (1 + log(T)) / T
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(*CAPS), "a": 1 / ROUND}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        eta = smallest(CAPS, c.values() | {"K": K, "T": T})
        return {"eta": eta, "a": over_rounds(self.prescribed[""]["a"], {}, T)}

    def example(self) -> Case:
        # A quadratic of 16 coordinates and a helper with a bias, which does not matter
        pair = Quadratic(L=1.0, dim=16).with_helper(delta=0.0, zeta=1.0)
        return Case(pair, Gaussian(sigma_f=1.0, sigma_h=0.1), K=5, T=(10, 100, 1_000), B=1)

    def tightest(self) -> Case:
        # One coordinate without noise: the first step ends at the minimiser
        pair = Quadratic(L=1.0, dim=1).with_helper(delta=0.0)
        return Case(pair, Gaussian(), T=10)
