"""True theorems about the methods of the literature, one for each family, which the falsifier must
leave alone.

All of them hold on quadratics at least, which is what is searched. n is the noise of a step:
independent of the past, E‖n‖² ≤ σ², and of equal strength in each direction where that is said.
"""

from __future__ import annotations

from typing import Any

import auxtheory as at
from auxtheory import measures, methods

L, mu, delta, F0, sigma_f, eta, eta_x, beta, K, T, B = at.symbols(
    "L mu delta F0 sigma_f eta eta_x beta K T B"
)
gamma = at.symbol("gamma", glyph="γ")
m = at.symbol("m", unit="F/X^2")
p = at.symbol("p")
c = at.symbol("c", unit="F/X")
r = at.symbol("r", unit="X")
b0 = at.symbol("b0", glyph="b₀", unit="F/X")
beta1 = at.symbol("beta1", glyph="β₁")
beta2 = at.symbol("beta2", glyph="β₂")


def dimension(pair: Any) -> float:
    """d."""
    return float(pair.dim)


D0, L_max, H0, N, rho_i = at.symbols("D0 L_max H0 N rho_i")
dim = at.symbol("dimension", glyph="d", value=dimension)

SINGLE = K <= 1


class HeavyBall(at.Theorem):
    """Every eigenvalue λ in (1 − √β)² ≤ ηλ ≤ (1 + √β)²: the mean of the iterates is a Chebyshev
    polynomial, ‖E z_T‖ ≤ β^{T/2} (1 + T(1 + √β)) ‖z_0‖, and their variance grows to that of an AR(2)
    process, ησ²(1 + β)/((1 − β)λ(2(1 + β) − ηλ)) (Yule–Walker), largest at λ = μ or L."""

    method = methods.HeavyBall
    measure = measures.distance_last
    step_range = (
        (1 - at.sqrt(beta)) ** 2 <= mu * eta,
        L * eta <= (1 + at.sqrt(beta)) ** 2,
        beta <= 0.99,
        SINGLE,
    )
    decay = beta**T * (1 + T * (1 + at.sqrt(beta))) ** 2 * D0
    noise = eta * sigma_f**2 * (1 + beta) / ((1 - beta) * mu * (2 + 2 * beta - L * eta))
    bound = decay + noise


class NesterovConvex(at.Theorem):
    """FISTA's potential 2ηt_j²(f(x_j) − f*) + ‖t_jx_j − (t_j − 1)x_{j−1} − x*‖² with t_j = (j + 2)/2
    starts from D₀ + (3/2)ηF₀ and grows by at most (1 + Lη)η²t_j²σ² in step j, and Σt_j² ≤ Tt_T²."""

    method = methods.NesterovConvex
    measure = measures.gap_last
    step_range = L * eta <= 1, SINGLE
    bound = (2 * D0 / eta + 3 * F0) / (T + 2) ** 2 + eta * sigma_f**2 * (1 + L * eta) * T / 2


class Averaged(at.Theorem):
    """Quadratics: x̄ − x* = (ηH)⁻¹[(I − (I − ηH)^T)(I − ηH)z⁰ − ηΣ(I − (I − ηH)^j)n_j]/T, so that the
    noise costs at most tr(H⁻¹Σ)/(2T), and (1 − (1 − s)^T)² ≤ sT. Source: Polyak and Juditsky 1992."""

    method = methods.AveragedSGD
    measure = measures.gap("x_bar")
    step_range = L * eta <= 1, SINGLE
    bound = D0 / (2 * eta * T) + sigma_f**2 / (2 * mu * T)


class AveragedDistance(Averaged):
    """The same formula, squared: ‖H⁻¹z⁰‖²/(ηT)² + tr(H⁻²Σ)/T, with H ≥ μ."""

    measure = measures.distance("x_bar")
    bound = D0 / (mu * eta * T) ** 2 + sigma_f**2 / (mu**2 * T)


class Weighted(at.Theorem):
    """x̄ is a convex combination of x¹ … x^T, and E f(x^t) − f* ≤ F₀ + ½Lη²σ²t by smoothness."""

    method = methods.WeightedAveragedSGD
    measure = measures.gap("x_bar")
    step_range = L * eta <= 1, SINGLE, gamma <= 10
    bound = F0 + L * eta**2 * sigma_f**2 * T / 2


class Clipped(at.Theorem):
    """Noise without a preferred direction: E clip(g) is a multiple ≥ 0 of ∇f, so that its product
    with x − x* is ≥ 0 on convex f, and a step is no longer than ηc."""

    method = methods.ClippedSGD
    measure = measures.distance_last
    step_range = L * eta <= 1, SINGLE
    bound = D0 + eta**2 * c**2 * T


class Normalised(at.Theorem):
    """As for clipping, E g/‖g‖ is a multiple ≥ 0 of ∇f; smoothness adds ½Lη² a step."""

    method = methods.NormalisedSGD
    measure = measures.gap_last
    step_range = SINGLE
    bound = F0 + L * eta_x**2 * T / 2


class Sign(at.Theorem):
    """Symmetric noise, diagonal Hessian: E sign(g_i) has the sign of x_i − x*_i; ‖step‖² = dη²."""

    method = methods.SignSGD
    measure = measures.distance_last
    step_range = SINGLE
    bound = D0 + dim * eta_x**2 * T


class AdaGradNorm(at.Theorem):
    """Exact gradients: every step size is at most η/b₀ ≤ 2/L, so that no step leads away from x*."""

    method = methods.AdaGradNorm
    measure = measures.distance_last
    assumptions = sigma_f <= 0
    step_range = L * eta_x <= 2 * b0, SINGLE
    bound = 1 * D0


class Adam(at.Theorem):
    """β₁ = β₂ = 0: a coordinate moves by less than η, so that ‖x⁺ − x*‖ ≤ ‖x − x*‖ + η√d."""

    method = methods.Adam
    measure = measures.distance_last
    step_range = beta1 == 0, beta2 == 0, SINGLE
    bound = (at.sqrt(D0) + at.sqrt(dim) * eta_x * T) ** 2


class InverseRoot(at.Method):
    """x ← x − η/√t g_f(x)."""

    helper = "f"
    single_step = True

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta / o.sqrt(o.t) * o.f(x)


def inverse_root(t: Any) -> Any:
    """The weights 1/√t."""
    return t**-0.5


class InverseRootMean(at.Theorem):
    """Σ η_t E(f(x_t) − f*) ≤ ½(D₀ + σ²Ση_t²) for Lη ≤ 1 (co-coercivity), Σ1/t ≤ 1 + log T, and
    Σ1/√t ≥ 2√(T + 1) − 2."""

    method = InverseRoot
    measure = measures.gap(over="local", weights=inverse_root)
    step_range = (L * eta <= 1,)
    bound = (D0 / eta + eta * sigma_f**2 * (1 + at.log(T))) / (4 * at.sqrt(T + 1) - 4)


class LastGradient(at.Theorem):
    """‖∇f‖² ≤ 2L(f − f*), and f − f* shrinks by 1 − ημ(2 − Lη) but for ½Lη²σ² (PŁ)."""

    method = methods.SGD
    measure = measures.grad_last
    step_range = (L * eta <= 1,)
    factor = 1 - eta * mu * (2 - L * eta)
    bound = 2 * L * (factor**T * F0 + L * eta * sigma_f**2 / (2 * mu * (2 - L * eta)))


class Form(at.Theorem):
    """(x − x*)ᵀW(x − x*) ≤ λ_max(W)‖x − x*‖², and λ_max(W) = 3/2; x ↦ x − η∇f is
    (1 − ημ)-Lipschitz; exp bounds the power."""

    method = methods.SGD
    measure = measures.quadratic([[1.0, 0.5], [0.5, 1.0]], unit="X^2")
    step_range = ((L + mu) * eta <= 2,)
    bound = 1.5 * (at.exp(-2 * mu * eta * T) * D0 + eta * sigma_f**2 / (mu * (2 - eta * mu)))


class Smallest(at.Theorem):
    """Exact gradients: f never grows, and ηλT(1 − ηλ)^{2T} ≤ ½ on every eigenvalue λ."""

    method = methods.SGD
    measure = measures.gap_last
    assumptions = sigma_f <= 0
    step_range = (L * eta <= 1,)
    bound = at.minimum(F0, D0 / (4 * eta * T))


TRUE: dict[str, at.Theorem] = {
    kind.__name__: kind()
    for kind in (
        HeavyBall,
        NesterovConvex,
        Averaged,
        AveragedDistance,
        Weighted,
        at.theorems.LSVRG,
        at.theorems.SAGA,
        at.theorems.SARAH,
        at.theorems.AuxPAGE,
        at.theorems.AuxSPIDER,
        at.theorems.PAGE,
        at.theorems.ComponentSGD,
        Clipped,
        Normalised,
        Sign,
        AdaGradNorm,
        Adam,
        InverseRootMean,
        LastGradient,
        Form,
        Smallest,
    )
}
# Those that the library has.
TRUE |= {
    "NesterovStronglyConvex": at.theorems.NesterovGap(),
    "InverseTimeDistance": at.theorems.SGDInverseTime(),
    "MeanGap": at.theorems.SGDConvex(),
    "LinearDecay": at.theorems.SGDLinearDecay(),
    "InverseTimeAverage": at.theorems.SGDWeightedAverage(),
}
