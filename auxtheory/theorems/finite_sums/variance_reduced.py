"""L-SVRG and SAGA on strongly convex finite sums."""

from __future__ import annotations

from typing import ClassVar

from auxtheory import methods
from auxtheory.bounds.functions import maximum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition, Posynomial
from auxtheory.bounds.user_symbols import symbol
from auxtheory.measures import distance_last
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.finite_sums.quantities import H0, L_max, N, rho_i

mu, D0, eta, K, T = symbols("mu_sc D0 eta K T")
p = symbol("p")


def shrinking(probability: Posynomial) -> Posynomial:
    """The bound of a method whose reference gradients are replaced with this probability."""
    memory = 1 - probability * (1 - 4 * L_max * eta) / (1 - 2 * L_max * eta)
    first = D0 + eta * (1 - 2 * L_max * eta) / (L_max * probability) * H0
    return maximum(1 - eta * mu, memory) ** (K * T) * first


class LSVRG(Theorem):
    """L-SVRG, with probability p a step moves the reference point w to x as it was, w⁰ = x⁰: f_i
    convex and L_max-smooth, f μ_sc-strongly convex, H₀ = mean‖∇f_i(x⁰) − ∇f_i(x*)‖²:

        4L_max η < 1  ⇒  E‖x^T − x*‖² ≤ max{1 − ημ_sc, 1 − p(1−4L_max η)/(1−2L_max η)}^{KT} (D₀ +
        (η(1−2L_max η)/(L_max p)) H₀).

    Proof. A = mean‖∇f_i(x) − ∇f_i(x*)‖² ≤ 2L_max(f(x) − f*), D' the same at w: E‖g‖² ≤ 2A + 2D'. So
    ‖x − x*‖² becomes ≤ (1−ημ_sc)‖x − x*‖² − (η/L_max − 2η²)A + 2η²D', and D' becomes (1−p)D' + pA.
    In ‖x − x*‖² + CD' with C = η(1−2L_max η)/(L_max p) the A cancels, and D' gets the factor 1 − p
    + 2η²/C. Source: arXiv 1901.08689, with constants derived here. Largest measured/bound known:
    1.0000, at small steps, where neither side has moved from D₀.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.5, dim=8).with_components(N=10, delta=0.2, zeta=1.0)
        >>> verdict = at.validate(at.theorems.LSVRG(), pair, K=1, T=[30], eta=0.1, p=0.1)
        >>> verdict.status
        'pass'
    """

    label = "L-SVRG"
    method = methods.LSVRG
    measure = distance_last
    assumptions: ClassVar[tuple[Condition, ...]] = (rho_i <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (4 * L_max * eta < 1, p > 0)
    bound = shrinking(p)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_components(N=10, delta=0.1, zeta=1.0)
        return Case(pair, K=10, T=(3, 10, 30), eta=0.15, p=0.1)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1).with_components(N=1)
        return Case(pair, T=1, eta=1e-6, p=1.0)


class SAGA(Theorem):
    """SAGA, table at x⁰: L-SVRG's bound with p = 1/N.

        4L_max η < 1  ⇒  E‖x^T − x*‖² ≤ max{1 − ημ_sc, 1 − (1−4L_max η)/(N(1−2L_max η))}^{KT} (D₀ +
        (Nη(1−2L_max η)/L_max) H₀).

    Proof. That of L-SVRG: D' is the mean of ‖g_i − ∇f_i(x*)‖² over the table, each entry of which
    is replaced with probability 1/N, so that D' becomes (1−1/N)D' + A/N. Source: arXiv 1407.0202,
    with constants derived here. Largest measured/bound known: 1.0000, at small steps.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.5, dim=8).with_components(N=10, delta=0.2, zeta=1.0)
        >>> at.validate(at.theorems.SAGA(), pair, K=1, T=[30], eta=0.1).status
        'pass'
    """

    label = "SAGA"
    method = methods.SAGA
    measure = distance_last
    assumptions: ClassVar[tuple[Condition, ...]] = (rho_i <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (4 * L_max * eta < 1,)
    bound = shrinking(1 / N)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_components(N=10, delta=0.1, zeta=1.0)
        return Case(pair, K=10, T=(3, 10, 30), eta=0.15)

    def tightest(self) -> Case:
        return Case(Quadratic(L=1.0, dim=1).with_components(N=1), T=1, eta=1e-6)
