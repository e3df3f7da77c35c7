"""T5 with variance reduction: one recursive estimate of ∇f for all helpers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, sqrt
from auxtheory.methods.clients.shared_estimate import SharedMVR as METHOD
from auxtheory.theorems.base import Corollary, Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.clients.quantities import zeta_x
from auxtheory.theorems.corollary import as_bound
from auxtheory.theorems.helpers import constants as constants
from auxtheory.theorems.helpers.auxmvr import (
    CUBE,
    LEFT,
    cube_cap,
    error_noise,
    error_range,
    quiet_range,
)
from auxtheory.theorems.helpers.auxmvr_sharp import error, sharp_range
from auxtheory.theorems.helpers.cases import federated, one_step
from auxtheory.theorems.helpers.rules import by_rule
from auxtheory.theorems.helpers.shared_momentum import shares
from auxtheory.theorems.helpers.symbols import (
    CLIENTS,
    F0,
    FIRST,
    LEVEL,
    NO_STEP_NOISE,
    NOISY,
    QUIET,
    SMOOTH,
    START,
    TAU,
    K,
    T,
    a,
    delta_A,
    delta_m,
    eta,
    root_inside,
)
from auxtheory.theorems.rule import Rule

zeta_run, zeta_max, zeta_0 = symbols("zeta_run zeta_max zeta_0")
DRIFTING = sqrt(TAU) * delta_A
FRESH = TAU * zeta_x**2
LARGEST = TAU * zeta_max**2
EACH = FIRST * zeta_0**2
SQUARE = TAU * (delta_A * eta * K) ** 2
WIDEST = maximum(delta_m, DRIFTING)


def shared_error(c: Any, s: Any) -> float:
    """T4* with √τδ_A and the variances of helpers drawn without replacement."""
    tau, first = shares(c, s)
    return error(
        c,
        s,
        delta=math.sqrt(tau) * c.delta_A,
        within=c.delta_bar,
        fresh=tau * c.zeta_max**2 if tau else 0.0,
        first=first * c.zeta_0**2 if first else 0.0,
    )


class SharedMVR(Theorem):
    """One estimate of ∇f with variance reduction for all of several helpers, of which f is the
    mean: u ← mean of ∇h_i(x) + (1 − a)(u − mean of ∇h_i(x_prev)) over those at work, drawn
    uniformly; τ and τ_B of T5-mom:

        Lη + 2ρηK·min{1, S−1} + 4η²((1−a)K√τδ_A/√(a(2−a)) + δ_m√λ_K)² ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (L + 2ρ·min{1, S−1})ησ_h² + 2δ̄²η²(K−1)σ_h²
            + 8τδ_A²η²(K/S)σ_h²(1−a)²/(a(2−a)) + (8aτζ²/3 + 2τ_Bζ₀²/(aT))/(2−a),

    with ζ² the mean of ζ²(x) over the starts of the rounds, ζ₀ = ζ(x⁰). Proof. b_i = (u − ∇f(x)) +
    (∇r_i(x) − ∇r_i(y_i)): the first part is the same for all i, so the helpers that report may be
    those at work. The mean over S helpers drawn without replacement has the variance τζ²(x), ζ²(x)
    the mean of ‖∇r_i(x)‖². The noises n(x) have E‖n(x) − n(x′)‖² ≤ τδ_A²‖x − x′‖²; as T4. Source:
    derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SharedMVR()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, zeta_x=1.0,
        ...     zeta_0=1.0, delta_A=0.1, delta_bar=0.1)
        >>> steps = at.Steps(eta=0.05, a=0.1, S=2, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.05178
    """

    label = "T5-mvr"
    method = METHOD
    variance = "mean"
    mean_square = False
    assumptions = CLIENTS
    step_range: ClassVar[tuple[Condition, ...]] = (NOISY + error_range(DRIFTING) <= 1, a <= 1)
    bound = START + LEVEL + error_noise(DRIFTING, FRESH, EACH)

    def example(self) -> Case:
        return federated(sigma_h=0.1, eta=0.05, a=0.3)

    def tightest(self) -> Case:
        return one_step(clients=True, eta=1.0, a=1.0)


class SharedMVRQuiet(Theorem):
    """One estimate of ∇f with variance reduction for all of several helpers, as T5-mvr, with exact
    local gradients:

        Lη + ρηK·min{1, S−1} + η²(3(1−a)K²τδ_A²/(2a) + 3λ_Kδ_m²) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (3/2)(τζ²a + τ_Bζ₀²/(a(2−a)T));
        exact start: η = min{1/(2L′), 1/(3.2δ_mK), (1/K)(F₀/(6(τδ_Aζ)²T))^{1/3}}, a = min{1,
        4τ(δ_AηK)²}, L′ = L + ρK·min{1, S−1}  ⇒
        G ≤ 5.46(τδ_AζF₀/T)^{2/3} + (4L′/K + 6.4δ_m)F₀/T.

    Proof. b_i = (u − ∇f(x)) + (∇r_i(x) − ∇r_i(y_i)): the first part is the same for all i, so the
    helpers that report may be those at work. The mean over S helpers drawn without replacement has
    the variance τζ²(x), ζ²(x) the mean of ‖∇r_i(x)‖². As T4-quiet with √τδ_A for δ_AS. Source:
    derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SharedMVRQuiet()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, zeta_x=1.0,
        ...     zeta_0=1.0, delta_A=0.1)
        >>> steps = at.Steps(eta=0.05, a=0.1, S=2, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.055
    """

    label = "T5-mvr-quiet"
    method = METHOD
    variance = "mean"
    mean_square = False
    assumptions = (*CLIENTS, *NO_STEP_NOISE)
    step_range: ClassVar[tuple[Condition, ...]] = (QUIET + quiet_range(DRIFTING) <= 1, a <= 1)
    bound = START + 3 / 2 * (FRESH * a + EACH / (LEFT * T))
    corollaries = (
        Corollary(
            5.46 * (TAU * delta_A * zeta_run * F0 / T) ** CUBE
            + (4 * SMOOTH / K + 6.4 * delta_m) * F0 / T
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * SMOOTH),
                1 / (3.2 * delta_m * K),
                cube_cap(6, (TAU * delta_A * zeta_run) ** 2),
            ),
            "a": minimum(1, 4 * SQUARE),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return federated()

    def tightest(self) -> Case:
        return one_step(clients=True, eta=1.0, a=1.0)


class SharedMVRSharp(Theorem):
    """One estimate of ∇f with variance reduction for all of several helpers, as T5-mvr, with ζ_max²
    the largest mean of ‖∇r_i(x)‖² at the start of a round:

        √α + ℓ ≤ √ω and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + Lησ_h² + the largest value over V ≥ 0 of (√(N + (√αV+H)²) + ℓV + D)² − ωV²,

    with α, ℓ, ω, H and D of T4-sharp for √τδ_A in place of δ_AS, and N = (τζ_max²a(T−1) +
    max{τ_Bζ₀²/a, (1−a)τζ_max²})/((2−a)T). Proof. b_i = (u − ∇f(x)) + (∇r_i(x) − ∇r_i(y_i)): the
    first part is the same for all i, so the helpers that report may be those at work. The mean over
    S helpers drawn without replacement has the variance τζ²(x), ζ²(x) the mean of ‖∇r_i(x)‖². As
    T4-sharp. Source: derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.SharedMVRSharp()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, zeta_max=1.0,
        ...     zeta_0=1.0, delta_A=0.1, delta_bar=0.1)
        >>> steps = at.Steps(eta=0.05, a=0.1, S=2, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.02273
    """

    label = "T5-mvr-sharp"
    method = METHOD
    mean_square = False
    assumptions = CLIENTS
    step_range: ClassVar[tuple[Condition, ...]] = (
        sharp_range(DRIFTING) <= root_inside(QUIET),
        QUIET <= 1,
        a <= 1,
    )
    bound = as_bound(shared_error)

    def example(self) -> Case:
        return federated(sigma_h=0.1, eta=0.05, a=0.3)

    def tightest(self) -> Case:
        return one_step(clients=True, eta=1.0, a=1.0)
