"""T9: AuxMOM in which only the helpers at work refresh their buffers."""

from __future__ import annotations

from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.methods.clients.auxmom import StaleAuxMOM as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap
from auxtheory.theorems.case import Case
from auxtheory.theorems.helpers.auxmom import PATH
from auxtheory.theorems.helpers.cases import one_step, usual
from auxtheory.theorems.helpers.rules import by_rule, momentum, start
from auxtheory.theorems.helpers.symbols import (
    EQUAL,
    F0,
    NO_STEP_NOISE,
    QUIET,
    SHARE,
    SMOOTH,
    START,
    B,
    K,
    T,
    a,
    delta_A,
    delta_m,
    eta,
    sigma_r,
)
from auxtheory.theorems.rule import Rule

# 1 − (1 − pa(2−a)), the loss of a stored error in a round
LOSS = SHARE * a * (2 - a)
MEMORY = 2.6 * delta_A * eta * K / SHARE
FIRST_BATCH = 1 / sqrt(SHARE * B * T)


class StaleAuxMOM(Theorem):
    """AuxMOM with a buffer for each of several helpers of which only those at work are refreshed, a
    share p = S/N drawn uniformly, with exact local gradients:

        Lη + ρηK·min{1, S−1} + η²(3λ_Kδ_m² + 27(1−a)²K²δ_A²/(4(pa(2−a))²)) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (3/2)σ_r²(a² + 3(1−a)²a/(2(2−a)) + (1 + 3(1−a)²/(2pa(2−a)))/(BT));
        η = min{1/(2L′), 1/(2.21δ_mK), √(2pF₀/(5.85δ_AK²Tσ_r²))}, a = min{1, max{P, c′}},
        P = 2.6δ_AηK/p, c′ = 1/√(pBT), L′ = L + ρK·min{1, S−1}  ⇒
        G ≤ 2√(11.7δ_AF₀σ_r²/(pT)) + (4L′/K + 4.42δ_m)F₀/T + (9/4)σ_r² min{c′²/P, 2c′}.

    Proof. As T3-quiet for the stored errors, which a round refreshes with probability p and then
    keeps (1−a)² of: with θ = pa(2−a) they lose θ, R⁺ = (1−θ)A₊ + pa²σ_r², while the buffers at work
    have (1−a)²A₊ + a²σ_r², A₊ = mean E‖e_i + D_i‖² ≤ R/(1−θ/3) + (3/θ) mean E‖D_i‖². Source:
    derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.StaleAuxMOM()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_A=0.1, sigma_r=1.0, S=2.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.00516811, a = 0.0214994, S = 2, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.09813
    """

    label = "T9"
    method = METHOD
    variance = "mean"
    assumptions = (*EQUAL, *NO_STEP_NOISE)
    step_range: ClassVar[tuple[Condition, ...]] = (
        QUIET + 3 * PATH + 27 / 4 * (1 - a) ** 2 * (delta_A * eta * K) ** 2 / LOSS**2 <= 1,
        a <= 1,
    )
    bound = START + 3 / 2 * sigma_r**2 * (
        a**2 + 3 / 2 * (1 - a) ** 2 * a / (2 - a) + (1 + 3 / 2 * (1 - a) ** 2 / LOSS) / (B * T)
    )
    corollaries = (
        Corollary(
            2 * sqrt(11.7 * delta_A * F0 * sigma_r**2 / (SHARE * T))
            + (4 * SMOOTH / K + 4.42 * delta_m) * F0 / T
            + 9 / 4 * sigma_r**2 * start(MEMORY, FIRST_BATCH)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * SMOOTH),
                1 / (2.21 * delta_m * K),
                noise_cap(5.85 * delta_A * K * sigma_r**2 / SHARE),
            ),
            "a": momentum(MEMORY, FIRST_BATCH),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual(refresh=1.0)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0, S=1)
