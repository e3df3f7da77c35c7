"""T3: AuxMOM with a buffer for each of several helpers."""

from __future__ import annotations

from typing import Any, ClassVar

from auxtheory.bounds.constants import Constants
from auxtheory.bounds.functions import minimum
from auxtheory.bounds.posynomial import Condition, Posynomial, sqrt
from auxtheory.methods.clients.auxmom import ClientAuxMOM as METHOD
from auxtheory.theorems.base import Corollary, Theorem, noise_cap
from auxtheory.theorems.case import Case
from auxtheory.theorems.helpers.cases import one_step, usual
from auxtheory.theorems.helpers.rules import by_rule, momentum, start
from auxtheory.theorems.helpers.symbols import (
    EQUAL,
    F0,
    FLOOR,
    INNER,
    LEVEL,
    NO_STEP_NOISE,
    NOISY,
    QUIET,
    ROUGH,
    SMOOTH,
    START,
    B,
    K,
    S,
    T,
    a,
    delta_A,
    delta_bar,
    delta_m,
    eta,
    lam,
    sigma_h,
    sigma_r,
)
from auxtheory.theorems.rule import Rule

PATH = delta_m**2 * eta**2 * lam
REFRESH = a + 1 / (a * B * T)


def moved(delta: Posynomial) -> Posynomial:
    """The noise of the local steps between the refreshes, for a memory that drifts with δ."""
    return 4 * delta**2 * eta**2 * K * sigma_h**2 * (1 - a) / (S * a)


def plain_range(delta: Posynomial) -> Posynomial:
    """η²(4λ_Kδ_m²/a + 3(1−a)K²δ²/(2a²))."""
    return 4 * PATH / a + 3 / 2 * (1 - a) * (delta * eta * K) ** 2 / a**2


def quiet_range(delta: Posynomial) -> Posynomial:
    """η²(3λ_Kδ_m² + 3(1−a)²K²δ²/(2a²))."""
    return 3 * PATH + 3 / 2 * (1 - a) ** 2 * (delta * eta * K) ** 2 / a**2


MEMORY = 2 * delta_A * eta * K
NOISY_MEMORY = 3 * delta_bar * eta * K


class ClientAuxMOM(Theorem):
    """AuxMOM with a buffer for each of several helpers, all refreshed in each round, m_i ← (1 −
    a)m_i + a g_{r_i}(x; ξ_i); the helpers at work are drawn uniformly:

        Lη + 2ρηK·min{1, S−1} + η²(4λ_Kδ_m²/a + 3(1−a)K²δ_A²/(2a²)) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (L + 2ρ·min{1, S−1})ησ_h² + 2δ̄²η²(K−1)σ_h² + 4δ̄²η²(K/S)σ_h²(1−a)/a
            + 2σ_r²(a + 1/(aBT))/(2−a).

    Proof. The error of buffer i at the round's start is e_i = m_i − ∇r_i(x); C_t is independent of
    the buffers, so means over the helpers at work are means over all of virtual paths, and only δ_A
    enters the drift: mean ‖∇r_i(x) − ∇r_i(x′)‖² ≤ δ_A²‖x − x′‖². A buffer is a weighted mean of
    past samples, of mean age (1−a)/a; split off the noise of the local steps since then, E‖·‖² ≤
    δ_i²η²σ_h²((K/S)·age + k−1), with weights 4/3 and 4. The rest Q obeys the recursion without it:
    with λ = 1 − 2a/3, |Q₁|² ≤ ((3−2a)/(4−3a))(σ_r²(a+1/(aBT)) + (3(1−a)²/(2a²))(δ_AηK)²V²), and
    within a round |Q|² ≤ (1+q)|Q₁|² + (1+1/q)δ_m²η²λ_KV² with 1+q = 3(4−3a)/(2(2−a)(3−2a)). Source:
    arXiv 2206.00395, theorem on AuxMOM, for several helpers; derived here. Largest measured/bound
    known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientAuxMOM()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_A=0.1, sigma_r=1.0)
        >>> steps = at.Steps(eta=0.02, a=0.1, K=8, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.1178
    """

    label = "T3-i"
    method = METHOD
    variance = "mean"
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (NOISY + plain_range(delta_A) <= 1, a <= 1)
    bound = START + LEVEL + INNER + moved(delta_bar) + 2 * sigma_r**2 * REFRESH / (2 - a)

    def example(self) -> Case:
        return usual(sigma_h=0.1, refresh=1.0, eta=0.02, a=0.3)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)


class ClientAuxMOMTuned(Theorem):
    """AuxMOM with a buffer for each of several helpers, as T3-i, on the range in which it is tuned:

        Lη + 2ρηK·min{1, S−1} + η²(4λ_Kδ_m² + 9(1−a)K²δ_A²/(4a²)) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (L + 2ρ·min{1, S−1})ησ_h² + 2δ̄²η²(K−1)σ_h² + 4δ̄²η²(K/S)σ_h²(1−a)/a
            + 2((3−2a)/(4−3a))σ_r²(a + 1/(aBT));
        η = min{1/(2L′), 1/(2.55δ_mK), √(2F₀/(KT((L″+2.12δ̄)σ_h² + 6δ̄Kσ_r²)))},
        a = min{1, max{P, c′}}, P = 3δ̄ηK, c′ = 1/√(BT), L′ = L + 2ρK·min{1, S−1},
        L″ = L + 2ρ·min{1, S−1}  ⇒
        G ≤ 2√(2F₀((L″+2.12δ̄)σ_h²/K + 6δ̄σ_r²)/T) + (4L′/K + 5.1δ_m)F₀/T + 2σ_r² min{c′²/P, 2c′}.

    Proof. As T3-i, with |Q|² ≤ (3/2)|Q₁|² + 3δ_m²η²λ_KV² within a round, and 3(1−a)(3−2a) ≤
    (9/4)(4−3a). Tuned: δ_A ≤ δ̄, and P + c′²/P exceeds P by at most the last minimum. Source:
    derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientAuxMOMTuned()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_A=0.1, sigma_r=1.0, sigma_h=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.00644853, a = 0.0154765, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.07906
    """

    label = "T3-ii"
    method = METHOD
    variance = "mean"
    assumptions = EQUAL
    step_range: ClassVar[tuple[Condition, ...]] = (
        NOISY + 4 * PATH + 9 / 4 * (1 - a) * (delta_A * eta * K) ** 2 / a**2 <= 1,
        a <= 1,
    )
    bound = (
        START
        + LEVEL
        + INNER
        + moved(delta_bar)
        + 2 * (3 - 2 * a) * sigma_r**2 * REFRESH / (4 - 3 * a)
    )
    corollaries = (
        Corollary(
            2
            * sqrt(
                2
                * F0
                * ((FLOOR + 2.12 * delta_bar) * sigma_h**2 / K + 6 * delta_bar * sigma_r**2)
                / T
            )
            + (4 * ROUGH / K + 5.1 * delta_m) * F0 / T
            + 2 * sigma_r**2 * start(NOISY_MEMORY)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * ROUGH),
                1 / (2.55 * delta_m * K),
                noise_cap((FLOOR + 2.12 * delta_bar) * sigma_h**2 + 6 * delta_bar * K * sigma_r**2),
            ),
            "a": momentum(NOISY_MEMORY),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual(sigma_h=0.1, refresh=1.0)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)


class ClientAuxMOMQuiet(Theorem):
    """AuxMOM with a buffer for each of several helpers, as T3-i, with exact local gradients:

        Lη + ρηK·min{1, S−1} + η²(3λ_Kδ_m² + 3(1−a)²K²δ_A²/(2a²)) ≤ 1 and a ≤ 1  ⇒
        G ≤ 2F₀/(ηKT) + (3/2)σ_r²(a + 1/(aBT));
        η = min{1/(2L′), 1/(3.15δ_mK), √(2F₀/(3δ_AK²Tσ_r²))}, a = min{1, max{P, c′}}, P = 2δ_AηK,
        c′ = 1/√(BT), L′ = L + ρK·min{1, S−1}  ⇒
        G ≤ 2√(6δ_AF₀σ_r²/T) + (4L′/K + 6.3δ_m)F₀/T + (3/2)σ_r² min{c′²/P, 2c′}.

    Proof. The error of buffer i at the round's start is e_i = m_i − ∇r_i(x); C_t is independent of
    the buffers, so means over the helpers at work are means over all of virtual paths, and only δ_A
    enters the drift: mean ‖∇r_i(x) − ∇r_i(x′)‖² ≤ δ_A²‖x − x′‖². ‖e+D‖² ≤ ‖e‖²/(1−a) + ‖D‖²/a gives
    |e|² ≤ σ_r²(a+1/(aBT)) + ((1−a)/a)²(δ_AηK)²V², and |b|² ≤ (3/2)|e|² + 3δ_m²η²λ_KV². Source:
    derived here. Largest measured/bound known: 1.0.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ClientAuxMOMQuiet()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, uneven=0.0, delta_m=0.2, rho=0.0, delta_bar=0.1,
        ...     delta_A=0.1, sigma_r=1.0)
        >>> steps = theorem.tune(c, K=8, T=1000)
        >>> print(steps)
        η = 0.0102062, a = 0.0163299, K = 8, T = 1000, B = ∞ (tuned)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.05075
    """

    label = "T3-quiet"
    method = METHOD
    variance = "mean"
    assumptions = (*EQUAL, *NO_STEP_NOISE)
    step_range: ClassVar[tuple[Condition, ...]] = (QUIET + quiet_range(delta_A) <= 1, a <= 1)
    bound = START + 3 / 2 * sigma_r**2 * REFRESH
    corollaries = (
        Corollary(
            2 * sqrt(6 * delta_A * F0 * sigma_r**2 / T)
            + (4 * SMOOTH / K + 6.3 * delta_m) * F0 / T
            + 3 / 2 * sigma_r**2 * start(MEMORY)
        ),
    )
    prescribed: ClassVar[Rule] = {
        "": {
            "eta": minimum(
                1 / (2 * SMOOTH),
                1 / (3.15 * delta_m * K),
                noise_cap(3 * delta_A * K * sigma_r**2),
            ),
            "a": momentum(MEMORY),
        }
    }

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> dict[str, Any]:
        return by_rule(self.prescribed[""], c, K, T, B)

    def example(self) -> Case:
        return usual(refresh=1.0)

    def tightest(self) -> Case:
        return one_step(eta=1.0, a=1.0)
