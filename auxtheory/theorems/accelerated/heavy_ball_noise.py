"""Heavy ball on quadratics with additive noise: the distance of the last iterate, at any stable
step."""

from __future__ import annotations

from auxtheory.bounds.glossary import symbols
from auxtheory.measures import distance_last
from auxtheory.methods import HeavyBall
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.convex.quantities import s_f, tau_1

L, mu_sc, M, D0, sigma_f, eta, beta, K, T = symbols("L mu_sc M D0 sigma_f eta beta K T")


class HeavyBallNoise(Theorem):
    """Heavy ball on a quadratic with Hessian H ≻ 0, from rest, with additive noise of covariance Σ:

        0 ≤ β < 1 and Lη < 2(1 + β)  ⇒  E‖x^T − x*‖² ≤ ((1 + β − 2β^{T+1})/(1 − β))² D₀
            + η/(2(1 − β)) · (tr(H⁻¹Σ) + ησ_f²/(2(1 + β) − Lη)).

    Proof. The second line bounds the trace of the stationary covariance, Σ_i ησ_i²(1 + β)/((1 −
    β)λ_i(2(1 + β) − ηλ_i)) with σ_i² the noise along eigenvector i, since 2(1 + β)/(λ(2(1 + β) −
    ηλ)) = 1/λ + η/(2(1 + β) − ηλ) and λ ≤ L; the covariance grows with T. The mean along an
    eigenvector is x₀(h_T − βh_{T−1}), where h_T is the sum of r₁^i r₂^{T−i}, i = 0, …, T, over the
    roots of r² − (1 + β − ηλ)r + β; |h_T| is largest for the roots −1 and −β. Both terms are
    attained: the stationary one with d = 1, the other at Lη = 2(1 + β). Largest measured/bound
    known: 1.0000. Source: the stationary covariance is that of an AR(2) process (folklore); the
    rest is derived here.

    Example:
        >>> import auxtheory as at
        >>> print(at.theorems.HeavyBallNoise().method)
        at.methods.HeavyBall
    """

    label = "HB-noise"
    method = HeavyBall
    measure = distance_last
    assumptions = (M <= 0, s_f <= 0, mu_sc > 0)
    step_range = (L * eta < 2 * (1 + beta), beta < 1, K <= 1)
    bound = ((1 + beta - 2 * beta ** (T + 1)) / (1 - beta)) ** 2 * D0 + eta / (2 - 2 * beta) * (
        tau_1 + eta * sigma_f**2 / (2 + 2 * beta - L * eta)
    )

    def example(self) -> Case:
        # Sixteen coordinates with condition number 10, β = 0.9.
        pair = Quadratic(L=1.0, mu=0.1, dim=16, F0=1e-3).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), eta=0.1, beta=0.9)

    def tightest(self) -> Case:
        # One coordinate after its transient.
        pair = Quadratic(L=1.0, dim=1, F0=1e-6).with_helper()
        return Case(pair, Gaussian(sigma_f=1.0), T=300, eta=1.0, beta=0.5)
