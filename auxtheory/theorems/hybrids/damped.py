"""AuxMOM with a damped correction: between the naive method and AuxMOM."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.methods import DampedAuxMOM as METHOD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import TINY, Corollary, Theorem, noise_cap, smallest
from auxtheory.theorems.case import Case
from auxtheory.theorems.hybrids.symbols import theta
from auxtheory.theorems.rule import Rule

L, F0, delta, beta, zeta, sigma_h, sigma_r, eta, a, K, T, B = symbols(
    "L F0 delta beta zeta sigma_h sigma_r eta a K T B"
)
CAPS = 1 / L, noise_cap(L * sigma_h**2)
AVERAGED = sigma_r**2 * (a + 1 / (a * B * T)) / (2 - a)


class DampedAuxMOM(Theorem):
    """AuxMOM with the factor θ in its buffer, where f and h differ by a linear function (δ = 0),
    ‖∇f − ∇h‖ ≤ ζ:

        Lη ≤ 1, a ≤ 1 and θ ≤ 1  ⇒  G ≤ 2F₀/(ηKT) + Lησ_h² + (1−θ)²ζ² + θ²N₀,
        N₀ = σ_r²(a + 1/(aBT))/(2−a); η = min{1/L, √(2F₀/(KTLσ_h²))}, a = 1/√(BT), θ = ζ²/(ζ² + N₀)
            ⇒  G ≤ 2√(2LF₀σ_h²/(KT)) + 2LF₀/(KT) + 1/(1/ζ² + 1/N₀).

    The floor ζ²N₀/(ζ² + N₀) is below that of the naive method (θ = 0) and that of AuxMOM (θ = 1).

    Proof. ∇r is a constant c, ‖c‖ ≤ ζ, and the buffer's noise M_t is a weighted sum of independent
    noises, M_{t+1} = (1−a)M_t + a n_{t+1}: so b = m − ∇r = −(1−θ)c + θM_t, E‖b‖² = (1−θ)²‖c‖² +
    θ²E‖M_t‖², and a(2−a)ΣE‖M_t‖² ≤ E‖M_1‖² + a²ΣE‖n_t‖², which is T a(2−a)N₀. A local step is
    unbiased given the buffer but for b. The best θ is that of two terms (1−θ)²p + θ²q. Source:
    derived here. Largest measured/bound known: 0.999, at Lη = 1.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.DampedAuxMOM()
        >>> c = at.Constants(L=1.0, F0=1.0, zeta=0.1, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000, B=1)
        >>> print(f"{steps.parameters['theta']:.4g} {theorem.value(c, steps):.4g}")
        0.2374 0.007876
    """

    label = "damped"
    method = METHOD
    variance = "mean"
    assumptions = (delta <= 0, beta <= 0)
    step_range = (L * eta <= 1, a <= 1, theta <= 1)
    bound = (
        2 * F0 / (eta * K * T)
        + L * eta * sigma_h**2
        + (1 - theta) ** 2 * zeta**2
        + theta**2 * AVERAGED
    )
    corollaries = (
        Corollary(
            2 * sqrt(2 * L * F0 * sigma_h**2 / (K * T))
            + 2 * L * F0 / (K * T)
            + 1 / (1 / zeta**2 + 1 / AVERAGED)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(*CAPS),
            "a": maximum(1 / sqrt(B * T), TINY),
            "theta": 1 / (1 + AVERAGED / zeta**2),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Reals]:
        values = c.values() | {"K": K, "T": T, "B": B}
        momentum = max(1 / np.sqrt(B * T), TINY)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 1 / (1 + AVERAGED.value(values | {"a": momentum}) / np.square(c.zeta))
        # Without bias and noise any θ is best.
        return {
            "eta": smallest(CAPS, values),
            "a": momentum,
            "theta": np.where(np.isnan(share), 1.0, share),
        }

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_helper(delta=0.0, zeta=0.2)
        return Case(pair, Gaussian(sigma_f=1.0, sigma_h=0.1), K=4, T=(10, 100, 1_000), B=1)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, F0=1e-3).with_helper(delta=0.0, zeta=1.0)
        noise = Gaussian(sigma_f=1.0)
        return Case(pair, noise, K=1, T=1000, eta=1.0, a=0.5, theta=0.5)
