"""T2: trusting several helpers."""

from __future__ import annotations

from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.methods.clients.naive import ClientNaive as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap
from auxtheory.theorems.case import Case
from auxtheory.theorems.helpers import constants as constants
from auxtheory.theorems.helpers.cases import one_step, strongly_convex
from auxtheory.theorems.helpers.rules import by_rule
from auxtheory.theorems.helpers.symbols import (
    EQUAL,
    F0,
    FLOOR,
    LEVEL,
    NOISY,
    ROUGH,
    START,
    K,
    T,
    sigma_h,
)
from auxtheory.theorems.rule import Rule

beta_m, zeta_b = symbols("beta_m zeta_b")


class ClientNaive(Theorem):
    """K·T steps on several helpers whose gradients are biased, ‖∇r_i‖² ≤ β_m‖∇f‖² + ζ_i² with β_m <
    1; the helpers at work are drawn uniformly, and ζ_b² is the mean of ζ_i²:

        Lη + 2ρηK·min{1, S−1} ≤ 1  ⇒
        G ≤ (2F₀/(ηKT) + (L + 2ρ·min{1, S−1})ησ_h² + ζ_b²)/(1 − β_m);
        η = min{1/L′, √(2F₀/(KTL″σ_h²))}, L′ = L + 2ρK·min{1, S−1}, L″ = L + 2ρ·min{1, S−1}
            ⇒  G ≤ (2√(2L″F₀σ_h²/(KT)) + 2L′F₀/(KT) + ζ_b²)/(1 − β_m).

    Proof. One step with v = ∇f − ∇r_i as for S2, with the mean over helpers. Averaging S ≥ 2 paths
    of an f with ∇²f ⪰ −ρI costs (ρ/2) mean ‖y_{i,K} − x‖² ≤ ½ρη²K Σ‖v‖² (twice that, and ρη²Kσ_h²,
    with noise); for a convex f, or S = 1, nothing. Source: derived here. Largest measured/bound
    known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientNaive()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, rho=0.0, beta_m=0.0, zeta_b=0.1,
        ...     sigma_h=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0158114, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.04187
    """

    label = "T2"
    method = METHOD
    variance = "mean"
    assumptions = (*EQUAL, beta_m < 1)
    step_range: ClassVar[tuple[Condition, ...]] = (NOISY <= 1,)
    bound = (START + LEVEL + zeta_b**2) / (1 - beta_m)
    corollaries = (
        Corollary(
            (2 * sqrt(2 * FLOOR * F0 * sigma_h**2 / (K * T)) + 2 * ROUGH * F0 / (K * T) + zeta_b**2)
            / (1 - beta_m)
        ),
    )
    prescribed: ClassVar[Rule] = {"": {"eta": minimum(1 / ROUGH, noise_cap(FLOOR * sigma_h**2))}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return strongly_convex(zeta=0.02, sigma_h=0.5)

    def tightest(self) -> Case:
        return one_step(eta=1.0)
