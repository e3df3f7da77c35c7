"""Naive first, then AuxMOM, on smooth f."""

from __future__ import annotations

from auxtheory.bounds.glossary import symbols
from auxtheory.methods import NaiveThenAuxMOM as METHOD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.theorems.auxmom import AuxMOM
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.case import Case
from auxtheory.theorems.hybrids.symbols import T1, eta1

L, F0, delta, beta, zeta, sigma_h, sigma_r, eta, a, K, T, B = symbols(
    "L F0 delta beta zeta sigma_h sigma_r eta a K T B"
)
HELPER_NOISE = (
    L * eta + 2 * delta**2 * eta**2 * (K - 1) + 4 * delta**2 * eta**2 * K * (1 - a) / a
) * sigma_h**2


class HybridAuxMOM(Theorem):
    """T₁ rounds of the naive method with η₁, then AuxMOM with η and its own first batch, with a
    helper of ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ², β < 1:

        Lη₁ ≤ 1, η ≤ (1−β)η₁, Lη + 2(δηK/a)² ≤ 1, a ≤ 1 and T₁ ≤ T − 1  ⇒
        G ≤ (2F₀ + KT₁η₁(ζ² + Lη₁σ_h²))/(ηKT) + (1 − T₁/T)(Lη + 2δ²η²(K−1) + 4δ²η²K(1−a)/a)σ_h²
            + 2σ_r²(a(T − T₁) + 1/(aB))/((2−a)T).

    So up to 2F₀/(Kη₁ζ²) naive rounds, which take no gradient of f, cost no more than a factor of 2.

    Proof. S2's inequality, summed over the first T₁ rounds, and S3's, summed over the others, are
    (1−β)η₁ Σ₁E‖∇f‖² ≤ 2(f(x⁰) − E f(x^{T₁})) + KT₁η₁(ζ² + Lη₁σ_h²) and η Σ₂E‖∇f‖² ≤ 2E(f(x^{T₁}) −
    f(x^T)) + K(T−T₁)η·(the terms of noise of S3 for T − T₁ rounds). Their sum has 2(f(x⁰) −
    E f(x^T)) ≤ 2F₀ on the right, and at least η(Σ₁ + Σ₂) on the left, since η ≤ (1−β)η₁. Source:
    derived here. Largest measured/bound known: 1.000, on f = ½x², r = ζx from the naive method's
    fixed point.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.HybridAuxMOM()
        >>> c = at.Constants(L=1.0, F0=1.0, delta=0.01, zeta=0.1, sigma_r=1.0)
        >>> steps = at.Steps(eta=0.1, eta1=0.1, a=0.05, T1=50.0, K=4, T=1000)
        >>> print(f"{theorem.value(c, steps):.4g}")
        0.05422
    """

    label = "hybrid"
    method = METHOD
    assumptions = (beta < 1,)
    step_range = (
        L * eta1 <= 1,
        eta <= (1 - beta) * eta1,
        T1 <= T - 1,
        *AuxMOM.step_range,
    )
    bound = (
        (2 * F0 + K * T1 * eta1 * (zeta**2 + L * eta1 * sigma_h**2)) / (eta * K * T)
        + (1 - T1 / T) * HELPER_NOISE
        + 2 * sigma_r**2 * (a * (T - T1) + 1 / (a * B)) / ((2 - a) * T)
    )

    def example(self) -> Case:
        pair = Quadratic(L=1.0, mu=0.1, dim=16).with_helper(delta=0.02, zeta=0.1)
        noise = Gaussian(sigma_f=0.5, sigma_h=0.1)
        return Case(pair, noise, K=4, T=(20, 50, 100, 200), B=20, eta=0.1, eta1=0.2, a=0.05, T1=5.0)

    def tightest(self) -> Case:
        pair = Quadratic(L=1.0, dim=1, x0=[1.0]).with_helper(delta=0.0, zeta=1.0)
        return Case(pair, K=1, T=20, eta=1.0, eta1=1.0, a=1.0, T1=10.0)
