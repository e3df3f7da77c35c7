"""SGD on a finite sum of convex components: up to which step size E‖x − x*‖² does not grow."""

from __future__ import annotations

from typing import ClassVar

from auxtheory import methods
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Condition
from auxtheory.measures import distance_last
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.finite_sums.quantities import L_max, rho_i, sigma_star

D0, eta, K, T = symbols("D0 eta K T")


class ComponentSGD(Theorem):
    """SGD on one component a step, f_i convex and L_max-smooth, σ*² = mean‖∇f_i(x*)‖²:

        L_max η < 2  ⇒  E‖x^T − x*‖² ≤ D₀ + 2η²σ*²KT/(2 − L_max η).

    With one common minimiser (σ* = 0) it does not grow: stable. Conversely, if f_i = ½(x−x*)ᵀA_i(x−
    x*) with mean H and η ≥ 2 tr H/mean‖A_i‖_F², then for even KT, in the mean over all directions
    of x⁰, E‖x^T − x*‖² ≥ (1 − 2η tr H/d + η² mean‖A_i‖_F²/d)^{KT} D₀ ≥ D₀: unstable. The two
    thresholds agree for A_i = aaᵀ of equal norms; 2/tr H, in general, is no threshold.

    Proof. z = x − x*, c_i = ∇f_i(x) − ∇f_i(x*): ⟨c_i, z⟩ ≥ ‖c_i‖²/L_max, and ‖∇f_i(x)‖² ≤
    (1+s)‖c_i‖² + (1+1/s)‖∇f_i(x*)‖² with 1 + s = 2/(L_max η): the c_i cancel, and 1 + 1/s = 2/(2 −
    L_max η). The converse: M(X) = E(I−ηA)X(I−ηA) is symmetric, so ⟨I, M^n(I)⟩/d is the mean of n-th
    powers of its eigenvalues, at least the n-th power of their mean for even n, and ⟨I, M(I)⟩ = d −
    2η tr H + η²E‖A‖_F². Source: derived here. Largest measured/bound known: 0.9999.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic.from_components([[4.0, 0.0], [0.0, 1.0]])
        >>> at.validate(at.theorems.ComponentSGD(), pair, K=1, T=[10], eta=0.49).status
        'pass'
        >>> steps = at.Steps(eta=0.6, K=1, T=10)  # below 2/tr H = 0.8
        >>> trace = at.run(at.methods.ComponentSGD, pair, at.Gaussian(), steps,
        ...                measures=[at.measures.distance_last])
        >>> float(trace.measure(at.measures.distance_last)[0][0, 0]) > 4.5
        True
    """

    label = "SGD-sum"
    method = methods.ComponentSGD
    measure = distance_last
    assumptions: ClassVar[tuple[Condition, ...]] = (rho_i <= 0,)
    step_range: ClassVar[tuple[Condition, ...]] = (L_max * eta < 2,)
    bound = D0 + 2 * eta**2 * sigma_star**2 * K * T / (2 - L_max * eta)

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_components(N=10, delta=0.1, zeta=0.3)
        return Case(pair, T=(10, 100, 1_000), eta=0.1)

    def tightest(self) -> Case:
        pair = Quadratic.from_components([[1.0, 0.0], [0.0, 1.0]])
        return Case(pair, T=1, eta=1.9999)
