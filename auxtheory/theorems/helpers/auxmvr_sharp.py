"""T4*: AuxMVR with several buffers, with the sharp constant of the refresh's noise."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.methods.clients.auxmvr import ClientAuxMVR as METHOD
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.helpers.auxmom_sharp import INNER_PATH, averaging, level
from auxtheory.theorems.helpers.auxmvr import CUBE, LEFT, cube_cap
from auxtheory.theorems.helpers.cases import one_step, usual
from auxtheory.theorems.helpers.rules import FIRST_BATCH, by_rule, start
from auxtheory.theorems.helpers.symbols import (
    EQUAL,
    F0,
    QUIET,
    SMOOTH,
    K,
    T,
    a,
    delta_AS,
    delta_m,
    eta,
    root_inside,
    sigma_r,
)
from auxtheory.theorems.rule import Rule
from auxtheory.theorems.sharper.auxmvr import CUBE as CONSTANT
from auxtheory.theorems.sharper.supremum import largest_square

LARGEST = maximum(delta_m, delta_AS)
MEMORY = 2 * (delta_AS * eta * K) ** 2


def sharp_range(delta: Posynomial) -> Posynomial:
    """√α + ℓ for buffers that drift with δ."""
    return delta * eta * K * sqrt((1 - a) / LEFT) + INNER_PATH


def error(c: Any, s: Any, *, delta: float, within: float, fresh: float, first: float) -> float:
    """2F₀/(ηKT) + Lησ_h² + the largest value over V of (√(N + (√α V + H)²) + ℓV + D)² − ωV².

    delta, within: the constants of the drift of the buffers, and of noisy local steps; fresh,
    first: the variances of a refresh and of the first estimate.
    """
    before, left = level(c, s, averaging(c, s))
    if left < 0:
        return math.inf
    moved = (1 - s.a) / (s.a * (2 - s.a))
    noise = fresh * s.a * (s.T - 1) + max(first / s.a, (1 - s.a) * fresh)
    return before + largest_square(
        noise / ((2 - s.a) * s.T),
        left,
        alpha=moved * (delta * s.eta * s.K) ** 2,
        length=c.delta_m * s.eta * math.sqrt(s.lambda_K),
        H=delta * s.eta * c.sigma_h * math.sqrt(s.K / s.S) * math.sqrt(moved),
        D=within * s.eta * c.sigma_h * math.sqrt((s.K - 1) / 2),
    )


def own_error(c: Any, s: Any) -> float:
    """T4*, of buffers that all refresh."""
    fresh = c.sigma_r**2
    return error(c, s, delta=c.delta_AS, within=c.delta_bar, fresh=fresh, first=fresh / s.B)


class ClientAuxMVRSharp(Theorem):
    """AuxMVR with a buffer for each of several helpers, as T4, with the largest σ_r² along the run.
    Let α = (1−a)(δ_ASηK)²/(a(2−a)), ℓ = δ_mη√λ_K, ω = 1 − Lη, H = δ_ASησ_h√((K/S)(1−a)/(a(2−a))), D
    = δ̄ησ_h√((K−1)/2) and N = σ_r²(a(T−1) + max{1/(aB), 1−a})/((2−a)T):

        √α + ℓ ≤ √ω and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + Lησ_h² + the largest value over V ≥ 0 of (√(N + (√αV+H)²) + ℓV + D)² − ωV²;
        σ_h = 0, BT ≥ 64: η = min{1/(2L′), 1/(4δ_MK), (1/K)(F₀/(1.2078δ_AS²σ_r²T))^{1/3}},
        a = max{P, c′}, P = 2(δ_ASηK)², c′ = 1/√(BT), δ_M = max{δ_m, δ_AS},
        L′ = L + ρK·min{1, S−1}  ⇒
        G ≤ 3.2(δ_ASσ_rF₀/T)^{2/3} + (4L′/K + 8δ_M)F₀/T + 0.61σ_r²(1/T + min{c′²/P, 2c′}).

    If f is not convex and S ≥ 2, Lη is Lη + 2ρηK (ρηK if σ_h = 0) in ω, and 2ρησ_h² is added to
    Lησ_h². With one helper it is S4-sharp. Proof. As S4-sharp: the identity E‖ε_t‖² = aV(x) −
    a(1−a)V(x′) + (1−a)W holds for the means over i, with W ≤ δ_AS²‖x − x′‖². Source: derived here.
    Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientAuxMVRSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_AS=0.1, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.054481, a = 0.00379927, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.006999
    """

    label = "T4-sharp"
    method = METHOD
    mean_square = True
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (
        sharp_range(delta_AS) <= root_inside(QUIET),
        QUIET <= 1,
        a <= 1,
    )
    bound = as_bound(own_error)
    corollaries = (
        Corollary(
            3.2 * (delta_AS * sigma_r * F0 / T) ** CUBE
            + (4 * SMOOTH / K + 8 * LARGEST) * F0 / T
            + 0.61 * sigma_r**2 * (1 / T + start(MEMORY)),
            "σ_h = 0 and BT ≥ 64",
            lambda values: (values["sigma_h"] == 0) & (values["B"] * values["T"] >= 64),
        ),
        Corollary(as_bound(own_error)),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * SMOOTH),
                1 / (4 * LARGEST * K),
                cube_cap(CONSTANT, delta_AS**2 * sigma_r**2),
            ),
            "a": maximum(MEMORY, FIRST_BATCH),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual(refresh=1.0)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)
