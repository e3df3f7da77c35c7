"""The lower bound of AuxMOM: a slow coordinate that the old samples in the buffer hold back, next
to a stiff one that follows the noise of the buffer."""

from __future__ import annotations

import math

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.functions import exp, maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.lower_bounds.base import Instance, LowerBound
from auxtheory.lower_bounds.sgd import slow
from auxtheory.methods import AuxMOM as METHOD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

L, F0, delta, sigma_r, eta, a, K, T = symbols("L F0 delta sigma_r eta a K T")
# The largest curvature, at which a local step is no longer than to the minimum.
STIFF = minimum(L, 1 / eta)
# The Hessian gap of the slow coordinate is minus this.
GAP = minimum(delta, STIFF / 16)
RATE = a / (eta * K) + (1 - a) * GAP
SHARE = 1 + sqrt(a * T)
CURVATURE = minimum(STIFF / 4, RATE / SHARE)
THETA = CURVATURE / RATE
HELD_BACK = 2 * CURVATURE * F0 * (1 - THETA * a) ** 2 / ((1 + THETA) ** 2 * (1 + 2 * THETA * a * T))
PARABOLA = slow(K * T)
REACHED = 1 - exp(-minimum(L * eta, 1) * K)
NOISE = maximum(
    a * sigma_r**2 * REACHED / (2 * (REACHED + (1 - REACHED) * a)) - 2 * sigma_r**2 / T, 0
)
# What holds for all step sizes: E and V of the proof.
LEADING = sqrt(2 * minimum(delta, L / 32) * F0 * sigma_r**2) / (1 + sqrt(T))
ROUND = sigma_r**2 / T


def hard(constants: Constants, steps: Steps) -> Instance:
    """f = ½(λx₁² + lx₂²) with l = min{L, 1/η} and F₀ in x₁, h the same but for the gap of x₁, all
    noise in x₂: λ = L without a gap, or the λ of the proof with the gap −d."""
    L, F0, step = float(constants.L), float(constants.F0), float(steps.eta)
    stiff = min(L, 1 / step)
    gap = min(float(constants.delta), stiff / 16)
    curvature, value = held_back(F0, stiff, gap, steps)
    plain = float(PARABOLA.value(constants.values() | steps.values()))
    if L * step > 2 or plain >= value:
        curvature, gap = L, 0.0
    pair = Quadratic.from_matrices(
        [curvature, stiff], H=[curvature + gap, stiff], x0=[math.sqrt(2 * F0 / curvature), 0.0]
    )
    return pair, Gaussian(sigma_f=float(constants.sigma_r), shape=[0.0, 1.0])


def held_back(F0: float, stiff: float, gap: float, steps: Steps) -> tuple[float, float]:
    """The curvature λ = min{l/4, Ω(λ)/s} of the slow coordinate, by bisection, and what the proof
    says of G there."""
    a, T = float(steps.a), steps.T
    s = 1 + math.sqrt(a * T)

    def omega(curvature: float) -> float:
        total = curvature + gap
        contraction = steps.K * math.log1p(-float(steps.eta) * total)
        return a * total / -math.expm1(contraction) + (1 - a) * gap

    low, high = 0.0, stiff / 4
    if omega(high) / s < high:
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if omega(middle) / s > middle else (low, middle)
    theta = high / omega(high)
    value = 2 * high * F0 * (1 - theta * a) ** 2 / ((1 + theta) ** 2 * (1 + 2 * theta * a * T))
    return high, value


AuxMOM = LowerBound(
    name="AuxMOM",
    method=METHOD,
    statement="""\
AuxMOM with any constants η and a, any K and B, on an L-smooth f whose ∇r has the Lipschitz constant
δ, with noise of variance σ_r² in the samples of ∇r alone: with E = √(2dF₀)σ_r/(1 + √T), d = min{δ,
L/32}, V = σ_r²/T some pair has

    G ≥ max{E − √(2EV) − 2V, 2LF₀/(KT)}.

So no choice of η and a is better than √2·√(δF₀σ_r²/T) for large T, if δ ≤ L/32.""",
    proof="""\
Let l = min{L, 1/η}, d ≤ min{δ, l/16}. f = ½(λx₁² + lx₂²), λ ≤ l/4, F₀ in x₁; r″ = −d in x₁, 0 in
x₂; all noise in x₂. Noise adds variance, so B = ∞ may be assumed.

Slow coordinate. With e = m − r′(x) and q = 1 − η(λ + d) ≥ ½, a round is x⁺ = x − η_K(λx + e), e⁺ =
(1 − a)(e − dη_K(λx + e)), η_K = (1 − q^K)/(λ + d) ≤ ηK. Let u = η_Kλ, A = a + (1 − a)dη_K, Ω =
A/η_K, θ = λ/Ω = u/A ≤ 1. The eigenvalues 1 − μ₁ > 1 − μ₂ are real, with μ₁μ₂ = ua, μ₁ + μ₂ = u +
A, and ≥ 0, as their product is (1 − a)q^K; and μ₁ ≤ ua/A = θa. So x_t = c₁(1 − μ₁)^t + c₂(1 −
μ₂)^t with c₁ = x₀(A − μ₁)/(A + u − 2μ₁) ≥ x₀/(1 + θ) and c₂ ≥ 0; x falls, local iterates lie
between x_t and x_{t+1}, and as (1 − μ)^{2T} ≤ 1/(1 + 2μT)

    mean of (λy)² ≥ S = 2λF₀(1 − θa)²/((1 + θ)²(1 + 2θaT)).

With s = 1 + √(aT) and θ = 1/s: s(1 + 1/s)²(1 + 2aT/s) ≤ 2s² + s + 1 ≤ 2(√(aT) + √2)² and a/s ≤
1/(1 + √T), so that S ≥ ΩF₀T/((1 + √T)²(√(aT) + √2)²).

Stiff coordinate. With p = 1 − (1 − lη)^K and Q = 1 − p, w = lx₂ obeys w⁺ = Qw − pe and e⁺ = (1 −
a)e + an. At an iterate (1 − ρ)w_t + ρw_{t+1}, a share ρ of the round's way, the weight of the noise
of i rounds ago is (1 − ρ)h_i + ρh_{i+1}, h_i = P(J + M = i − 1), J and M geometric with a and p. In
the stationary state the variance is smallest at ρ = ½: exactly (aσ_r²/2)π, π = p/(p + (1 − p)a).
The rounds before the start lack at most (σ_r²/T)Σ(i + 1)h_i² ≤ (σ_r²/T) max h · E(J + M + 2) ≤ 2V,
as max h ≤ min{a, p} and E(J + M + 2) = 1/a + 1/p. So the mean is at least N = (aσ_r²/2)π − 2V.

Together. p ≥ dη_K, hence Ωπ ≥ d. If λ = Ω(λ)/s has a solution λ ≤ l/4, then with g = √(aT) + √2,
D = dF₀T/(1 + √T)², τ = g√π

    S + N + 2V ≥ D/τ² + V(τ − √(2π))²/2 ≥ D/τ² + V(1 − ε)τ²/2 − V(1/ε − 1)
               ≥ E(1 − ε/2 − ε²/2) − V/ε + V = E − √(2EV), ε = √(2V/E),

as √(1 − ε) ≥ 1 − ε/2 − ε²/2; for ε > 1 nothing is claimed. Otherwise Ω > ls/4 at λ = l/4, which
gives x = LηK ≤ 32a/(4s − 1 − 5a) ≤ 16a if Lη ≤ 2. Let then f = h = ½Lx₁² in the first coordinate:
F₀/(ηKT + 1/(2L)) instead of S (exact correction's proof), and N + 2V ≥ (σ_r²/2)ax/(x + a) ≥
σ_r²x/34. Together at least √(2dF₀V) − V/128 ≥ E − √(2EV), since L/17 ≥ d. If Lη > 2, that
coordinate does not converge: G ≥ 2LF₀ ≥ dF₀/4 ≥ E − 2V. Its first gradient is 2LF₀/(KT).""",
    source="""\
derived here. At its best η and a the problem measures 1.41, 1.38 and 1.40 times √(δF₀σ_r²/T) at T =
10³, 10⁴ and 10⁵ (δ = 0.03, σ_r = 0.3, L = F₀ = 1, K = 5), where `bound` is 0.87, 1.15 and 1.27.""",
    bound=maximum(LEADING - sqrt(2 * LEADING * ROUND) - 2 * ROUND, 2 * L * F0 / (K * T)),
    at_steps=maximum(HELD_BACK, PARABOLA) + NOISE,
    hard=hard,
    respects=frozenset(("rho", "M")),
)
