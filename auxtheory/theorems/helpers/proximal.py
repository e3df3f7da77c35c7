"""T10: proximal steps on one of several helpers, corrected by the difference there (DANE)."""

from __future__ import annotations

from typing import ClassVar

from auxtheory import measures
from auxtheory.bounds.added import AddedSymbol
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.bounds.units import unit_of
from auxtheory.methods.clients.proximal import DANE, InexactDANE
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.helpers.cases import slow, strongly_convex, usual
from auxtheory.theorems.helpers.symbols import F0, K, S, T, delta_m, eta, rho, sigma_h

# Another theorem has a γ without unit.
gamma = AddedSymbol("gamma", "γ", unit_of("X^2/F")).symbol
ell, rho_h, M = symbols("ell rho_h M")
# λ, the curvature of the penalty
PENALTY = 1 / gamma
EXACT = (sigma_h <= 0,)
# What the gradient of the subproblem may be after K steps, in units of the way from the start.
LEFT_OVER = 1 / (eta * K)
STEPS = measures.grad(over="rounds")


class ProximalConvex(Theorem):
    """An exact proximal step on one of several helpers in each round, x⁺ = argmin h_i(y) +
    ⟨∇r_i(x), y⟩ + ‖y − x‖²/(2γ), whichever helper, for a convex f:

        δ_mγ ≤ 1  ⇒  the mean of E‖∇f(x^t)‖² over the rounds is at most (1/γ + δ_m)F₀/T.

    Proof. Let d = x − x⁺, w = ∇r(x⁺) − ∇r(x), λ = 1/γ: ∇f(x⁺) = λd + w with ‖w‖ ≤ δ‖d‖, and f(x) −
    f(x⁺) ≥ ⟨λd+w, d⟩; (λ+δ)⟨λd+w, d⟩ − ‖λd+w‖² = λδ‖d‖² − (λ−δ)⟨w, d⟩ − ‖w‖² ≥ 0. With several
    helpers at work the same holds for the points x_i⁺ before their mean is taken. Source: DANE,
    arXiv 1312.7853; derived here. Largest measured/bound known: 0.997.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ProximalConvex()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho_h=0.0, rho=0.0)
        >>> steps = at.Steps(eta=1.0, gamma=5.0, S=1, K=1, T=100)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.004
    """

    label = "T10-convex"
    method = DANE
    measure = STEPS
    variance = "mean"
    assumptions = (*EXACT, rho <= 0)
    step_range: ClassVar[tuple[Condition, ...]] = (
        delta_m * gamma <= 1,
        rho_h * gamma < 1,
        S <= 1,
    )
    bound = (PENALTY + delta_m) * F0 / T

    def example(self) -> Case:
        return usual(eta=1.0, gamma=5.0, K=1, S=1)

    def tightest(self) -> Case:
        return slow(gamma=1.0)


class Proximal(Theorem):
    """An exact proximal step on one of several helpers in each round, as T10-convex, for any f:

        δ_mγ ≤ 1 and ρ_hγ < 1  ⇒
        the mean of E‖∇f(x^t)‖² over the rounds is at most 2(1/γ + δ_m)F₀/T.

    Proof. For a δ-smooth r, r(x⁺) − r(x) − ⟨∇r(x), x⁺−x⟩ ≤ −½⟨w, d⟩ + δ‖d‖²/4 − ‖w‖²/(4δ) =: −q,
    with d, w and λ of T10-convex; x⁺ is not worse than x in the subproblem, so f(x) − f(x⁺) ≥
    ½λ‖d‖² + q, and 2(λ+δ)(½λ‖d‖² + q) − ‖λd+w‖² = ((λ−δ)/(2δ))‖w − δd‖². Source: DANE, arXiv
    1312.7853; derived here. Largest measured/bound known: 0.499.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.Proximal()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho_h=0.0)
        >>> steps = at.Steps(eta=1.0, gamma=5.0, S=1, K=1, T=100)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.008
    """

    label = "T10"
    method = DANE
    measure = STEPS
    variance = "mean"
    assumptions = EXACT
    step_range: ClassVar[tuple[Condition, ...]] = (
        delta_m * gamma <= 1,
        rho_h * gamma < 1,
        S <= 1,
    )
    bound = 2 * (PENALTY + delta_m) * F0 / T

    def example(self) -> Case:
        return usual(eta=1.0, gamma=5.0, K=1, S=1)

    def tightest(self) -> Case:
        return slow(gamma=1.0)


class ProximalConvexHelpers(Theorem):
    """An exact proximal step on one of several convex helpers in each round, as T10-convex, for any
    f:

        δ_mγ ≤ √3  ⇒  the mean of E‖∇f(x^t)‖² over the rounds is at most
        2(1/γ + δ_m)²F₀/((2/γ + δ_m)T), least at δ_mγ = √3: (4/√3)δ_mF₀/T.

    Proof. With q of T10, and h convex, f(x) − f(x⁺) ≥ λ‖d‖² + q; (2(λ+δ)²/(2λ+δ))(λ‖d‖² + q) −
    ‖λd+w‖² is 0 at w = δd, which is its smallest value over ‖w‖ ≤ δ‖d‖ for λ ≥ δ/√3. Source: DANE,
    arXiv 1312.7853; derived here. Largest measured/bound known: 0.97.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ProximalConvexHelpers()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho_h=0.0)
        >>> steps = at.Steps(eta=1.0, gamma=5.0, S=1, K=1, T=100)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.005333
    """

    label = "T10-helpers"
    method = DANE
    measure = STEPS
    variance = "mean"
    assumptions = (*EXACT, rho_h <= 0)
    step_range: ClassVar[tuple[Condition, ...]] = ((delta_m * gamma) ** 2 <= 3, S <= 1)
    bound = 2 * (PENALTY + delta_m) ** 2 / (2 * PENALTY + delta_m) * F0 / T

    def example(self) -> Case:
        return strongly_convex(eta=1.0, gamma=5.0, K=1, S=1)

    def tightest(self) -> Case:
        return slow(curvature=0.1, gamma=0.05)


class ProximalInexact(Theorem):
    """The proximal step of T10-convex by K gradient steps on its subproblem, for a convex quadratic
    f and quadratic helpers:

        γ(δ_m + 1/(ηK)) ≤ 1, (ℓ + 1/γ)η ≤ 1 and ρ_hγ ≤ 1  ⇒
        the mean of E‖∇f(x^t)‖² over the rounds is at most (1/γ + δ_m + 1/(ηK))F₀/T.

    Proof. As T10-convex with δ + e for δ, if the subproblem's gradient at x⁺ is at most e‖x⁺ − x‖.
    With the subproblem's Hessian P, 0 ≤ ηP ≤ I, that gradient is P(I−ηP)^K(I − (I−ηP)^K)⁻¹ times
    the way, and p(1−ηp)^K/(1 − (1−ηp)^K) ≤ 1/(ηK), as (1−ηp)^{−K} ≥ 1 + Kηp. Source: DANE, arXiv
    1312.7853; derived here. Largest measured/bound known: 0.97.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ProximalInexact()
        >>> c = at.Constants(L=1.0, F0=1.0, N=4.0, delta_m=0.2, rho_h=0.0, rho=0.0,
        ...     ell=1.2, M=0.0)
        >>> steps = at.Steps(eta=0.5, gamma=2.0, S=1, K=8, T=100)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.0095
    """

    label = "T10-inexact"
    method = InexactDANE
    measure = STEPS
    variance = "mean"
    assumptions = (*EXACT, rho <= 0, M <= 0)
    step_range: ClassVar[tuple[Condition, ...]] = (
        delta_m * gamma + gamma * LEFT_OVER <= 1,
        (ell + PENALTY) * eta <= 1,
        rho_h * gamma <= 1,
        S <= 1,
    )
    bound = (PENALTY + delta_m + LEFT_OVER) * F0 / T

    def example(self) -> Case:
        return usual(eta=0.5, gamma=2.0, S=1)

    def tightest(self) -> Case:
        return slow(K=64, eta=0.3, gamma=0.9)
