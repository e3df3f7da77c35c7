"""The average of the iterates of SGD on quadratics (Polyak–Ruppert): the gap and the distance with
the exact constants of the noise."""

from __future__ import annotations

from typing import ClassVar

from auxtheory.bounds.constants import Constants, Reals
from auxtheory.bounds.glossary import symbols
from auxtheory.measures import distance, gap
from auxtheory.methods import AveragedSGD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.convex.quantities import H_start, s_f, tau_1, tau_2
from auxtheory.theorems.rule import Rule

L, mu_sc, M, D0, eta, K, T = symbols("L mu_sc M D0 eta K T")
# The largest (1 − e⁻ᵘ)²/u, 0.40726437… at u = 1.2564, rounded upwards.
SHARE_OF_START = 0.4072644
ADDITIVE = (M <= 0, s_f <= 0, mu_sc > 0)


class PolyakRuppert(Theorem):
    """The mean x̄ of the iterates x¹, …, x^T of SGD on a quadratic with Hessian H ≻ 0, with additive
    noise of covariance Σ:

        Lη ≤ 1  ⇒  E f(x̄) − f* ≤ κD₀/(2ηT) + tr(H⁻¹Σ)/(2T),  κ = max_u (1 − e⁻ᵘ)²/u = 0.40726….

    Proof. With A = I − ηH, x̄ − x* = (ηH)⁻¹[(I − A^T)A(x⁰ − x*) − ηΣ_j(I − A^j)n_{T+1−j}]/T, j = 1,
    …, T, exactly. On an eigenvector with s = ηλ ≤ 1 the noise adds at most ½σ²/(λT), as (1 − (1 −
    s)^j)² ≤ 1, and the start z²(1 − s)²(1 − (1 − s)^T)²/(2η·sT²); with u = −T·log(1 − s) this is at
    most κz²/(2ηT), as u(1 − s)² ≤ sT. The noise is attained at Lη = 1 and λ = L for every T, κ as T
    → ∞. Largest measured/bound known: 1.0000. Source: derived here (Polyak–Ruppert averaging).

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.PolyakRuppert()
        >>> pair = at.Quadratic(spectrum=[0.5, 1.0], x0=[1.0, 0.0]).with_helper()
        >>> print(theorem.constants(pair, at.Gaussian(sigma_f=2.0)).tau_1)
        6.0
    """

    label = "Polyak-Ruppert"
    method = AveragedSGD
    measure = gap("x_bar")
    assumptions = ADDITIVE
    step_range = (L * eta <= 1, K <= 1)
    bound = SHARE_OF_START * D0 / (2 * eta * T) + tau_1 / (2 * T)
    prescribed: ClassVar[Rule] = {"": {"eta": 1 / L}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return 1 / c.L, None

    def example(self) -> Case:
        # Sixteen coordinates with condition number 100.
        pair = Quadratic(L=1.0, mu=0.01, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0))

    def tightest(self) -> Case:
        # One coordinate at Lη = 1, with noise that outweighs the start.
        pair = Quadratic(L=1.0, dim=1).with_helper()
        return Case(pair, Gaussian(sigma_f=1e3), T=100)


class PolyakRuppertDistance(Theorem):
    """The mean x̄ of the iterates x¹, …, x^T of SGD on a quadratic with Hessian H ≻ 0, with additive
    noise of covariance Σ:

        Lη ≤ 1  ⇒  E‖x̄ − x*‖² ≤ ‖H⁻¹(x⁰ − x*)‖²/(ηT)² + tr(H⁻¹ΣH⁻¹)/T.

    Proof. The formula of the gap's proof, squared without H. For noise of covariance Σ = σ²H the
    second term is σ² tr(H⁻¹)/T. Largest measured/bound known: 1.0000. Source: derived here
    (Polyak–Ruppert averaging).

    Example:
        >>> import auxtheory as at
        >>> print(at.theorems.PolyakRuppertDistance().bound)
        Θ₀/(η²T²) + τ₂/T
    """

    label = "Polyak-Ruppert-distance"
    method = AveragedSGD
    measure = distance("x_bar")
    assumptions = ADDITIVE
    step_range = (L * eta <= 1, K <= 1)
    bound = H_start / (eta * T) ** 2 + tau_2 / T
    prescribed: ClassVar[Rule] = {"": {"eta": 1 / L}}

    def step_sizes(self, c: Constants, K: int, T: int, B: float) -> tuple[Reals, Reals | None]:
        return 1 / c.L, None

    def example(self) -> Case:
        # Sixteen coordinates with condition number 10.
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0))

    def tightest(self) -> Case:
        # One coordinate at Lη = 1, with noise that outweighs the start.
        pair = Quadratic(L=1.0, dim=1).with_helper()
        return Case(pair, Gaussian(sigma_f=1e3), T=100)
