"""The lower bound of MVR: a parabola whose noise is partly multiplicative, so that the descent
itself feeds the error of the buffer, which x then follows."""

from __future__ import annotations

import math
from fractions import Fraction

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.lower_bounds.base import Instance, LowerBound
from auxtheory.methods import MVR as METHOD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

L, F0, delta, sigma_r, eta, a, T = symbols("L F0 delta sigma_r eta a T")
THIRD = Fraction(1, 3)
# 3Z is what σ_r² loses: multiplicative noise is large at x⁰, and δ is that of f too.
Z = maximum(delta**2 * F0 / L, (delta * sigma_r * F0) ** Fraction(2, 3))
LEADING = 3 * (delta**2 * maximum(sigma_r**2 - 3 * Z, 0) * F0**2 / (4 * T**2)) ** Fraction(1, 3)
# Without multiplicative noise: f = ½λx² with the largest λ.
PLAIN = minimum(L, delta)
M = minimum(PLAIN * eta, 1)
FIRST = 2 * PLAIN * F0 / T
DESCENT = maximum(FIRST, 4 * PLAIN * F0 / ((2 - M) * (2 * M * T + 1)))
NOISE = sigma_r**2 * maximum(a * M / (2 * (M + a)) - 2 / T, 0)


def hard(constants: Constants, steps: Steps) -> Instance:
    """f = ½λx² with additive and multiplicative noise, or with λ = min{L, δ} and additive noise
    alone, whichever the proof says more of."""
    _, curvature, share, level = proven(constants, steps)
    pair = Quadratic.from_matrices([curvature], x0=[math.sqrt(2 * float(constants.F0) / curvature)])
    return pair, Gaussian(sigma_f=math.sqrt(level), s=math.sqrt(share * curvature))


def proven(constants: Constants, steps: Steps) -> tuple[float, float, float, float]:
    """What the proof says of G on the instance; and its λ, s²/λ and σ²."""
    values = constants.values() | steps.values()
    F0, eta, a = float(constants.F0), float(steps.eta), float(steps.a)
    # A δ of 0 leaves no curvature, and nothing is claimed.
    curvature = float(PLAIN.value(values)) or float(constants.L)
    plain = float((DESCENT + NOISE).value(values)), curvature, 0.0, float(constants.sigma_r) ** 2
    bent, share, level = multiplicative(constants)
    if share > 0 and bent * eta < 2:
        bent, share = min(bent, 1 / eta), min(share, 1 / (8 * eta))
        if 8 * a <= bent * eta and a * level <= bent * F0:
            return max(plain, (multiplied(F0, bent, share, level, steps), bent, share, level))
    return plain


def multiplicative(constants: Constants) -> tuple[float, float, float]:
    """λ, s²/λ and σ² of the proof, before the steps are known; λ ≤ δ/√2 wherever `bound` needs
    it."""
    L, F0, delta, sigma = (
        float(value) for value in (constants.L, constants.F0, constants.delta, constants.sigma_r)
    )
    if not delta * sigma:
        return 0.0, 0.0, sigma**2
    curvature = min(L, delta / math.sqrt(2), (delta**4 * F0 / sigma**2) ** (1 / 3))
    share = min(delta**2 / curvature - curvature, sigma**2 / (4 * F0))
    return curvature, share, sigma**2 - 2 * share * F0


def multiplied(F0: float, curvature: float, share: float, level: float, steps: Steps) -> float:
    """A + N + C of the proof, with s² = share·curvature and σ² = level."""
    T, eta, a = steps.T, float(steps.eta), float(steps.a)
    u = curvature * eta
    descent = 2 * curvature * F0 * max(1 / T, 2 / ((2 - u) * (2 * u * T + 1)))
    noise = level * max(a * u / (2 * (u + a)) - 2 / T, 0)
    drift = share * F0 / (2 * T) * max((u * T - 1) / (a * T + 0.5) - 4, 0)
    return descent + noise + drift


MVR = LowerBound(
    name="MVR",
    method=METHOD,
    statement="""\
MVR with any constants η and a, any B, on an L-smooth f with samples of ∇f that have the Lipschitz
constant δ in mean square, as in S4-MVR, and the variance σ_r² at most along the run: with Z =
max{δ²F₀/L, (δσ_rF₀)^{2/3}} some f and noise have

    G ≥ max{3·4^{−1/3}(δ²(σ_r² − 3Z)F₀²/T²)^{1/3} − (3σ_r² + 16Z)/T, 2·min{L, δ}F₀/T},

without the first if 3Z > σ_r². So, if Z is much smaller than σ_r², no choice of η and a is better
than 1.89·(δσ_rF₀/T)^{2/3} for large T, which is the best bound of S4-MVR-sharp.""",
    proof="""\
Let λ = min{L, (δ⁴F₀/σ_r²)^{1/3}}, s² = min{δ² − λ², λσ_r²/(4F₀)}, σ² = σ_r² − 2s²F₀/λ ≥ ½σ_r². Let
f = ½λx², x⁰ = √(2F₀/λ), samples with noise n(x) = σε + sε′x, and y = λx, e = m − f′(x), v = y + e,
V = σ²/T, D = s²F₀/(2λT), u = λη, U = uT, α = aT, U′ = U + ½, α′ = α + ½, k = U′α′/(U′ + α′). A
round is y⁺ = y − uv = (1 − u)y − ue, e⁺ = (1 − a)e + ν⁺, where the sample at the next x has

    E ν⁺² = a²σ² + (s/λ)² E(ay − uv)².

The ν are uncorrelated, so E y_t² = y₀²(1 − u)^{2t} + Σ_j h_{t−j}² E ν_j², h_i = u((1 − a)^i − (1 −
u)^i)/(u − a). A finite B only adds to it: let first B = ∞, u ≤ 1. Then G = A + N + C, up to terms ≥
0, from y₀, from a²σ² and from (u − a)²(E y)²:

    A = y₀²(1 − (1 − u)^{2T})/(Tu(2 − u)) ≥ λF₀/U′, as for SGD.
    N ≥ (V/2)Uα/(U + α) − 2V ≥ Vk/2 − 9V/4.

Here ah_i = P(J + M = i − 1), J and M geometric with a and u, a²Σh_i² ≥ au/(2(u + a)), and what the
rounds before the start lack is at most V max h E(J + M + 2)a ≤ 2V, as for AuxMOM.

    C = 4D(u − a)² Σ_{i+j<T} (1 − u)^{2(j−1)} h_i² ≥ D((U − 1)/α′ − 4) ≥ D(U′/α′ − 7):

nothing to prove for U ≤ 1 or a ≥ u. Otherwise (p − q)² ≥ p² − 2pq for p = (1 − a)^i, q = (1 − u)^i,
Σ_{i≤n} p² ≥ (n + 1)/(2a(n + 1) + 1) − 1, where n + 1 = T − j, and with b = u(2 − u)

    Σ_j (1 − b)^{j−1}(T − j) ≥ T/b − 1/b²,

so C ≥ 4Du²b⁻¹(T − 1/b)/(2α + 1) − 4Du²b⁻¹(1 + 2(1 − u)/u); the last term is 4D.

Balance. A + C ≥ λF₀/U′ + D(U′ + α′)/α′ − 8D ≥ 2√(λF₀D/k) − 8D. With Vk/2 this is at least
3(λF₀DV/2)^{1/3} − 8D = E − 8D, E = 3·4^{−1/3}(sσF₀/T)^{2/3}, so G ≥ E − 9V/4 − 8D. As δ²F₀/λ = Z
and λ²σ_r² ≤ δ²Z, s²σ² ≥ (δ² − λ²)(σ_r² − 2Z) ≥ δ²(σ_r² − 3Z), also where s² is capped, as that
makes s²σ² largest; and λ < δ where this is positive.

The variance. It is at most σ_r² if E y_t² ≤ y₀² in every round, which holds if (*) u ≤ 1, 8a ≤ u,
8s²η ≤ λ, aσ² ≤ λF₀ and σ_r²/B ≤ 0.6λF₀. By convexity E y⁺² ≤ (1 − u)E y² + uE e². So let M be the
largest of y₀² and of E e² up to a round. With q = s/λ, E ν² ≤ a²σ² + 2q²a²M + 2q²u²E v², and v⁺ =
(1 − u)v − ae + ν⁺ gives E v⁺² ≤ (1 − ¾u)E v² + a²(M/u + σ² + 2q²M). So

    Σ_{j≤n} (1 − a)^{2(n−j)} E v_j² ≤ (2/u)(y₀² + σ_r²/B + (8/15)a(M/u + σ² + 2q²M)).

As (ay − uv)² = a y⁺² − a(1 − a)y² + (1 − a)u²v², and the weights rise, E e² ≤ σ_r²/B + (8/15)aσ² +
q²aM + q²u² times that sum ≤ 0.96y₀² + 0.037M. Hence M = y₀².

Steps outside (*). Let W = σ_r²/T, X = λF₀/W, κ = 2s²F₀/(λσ_r²) ≤ ½, so that E = (3/2)W(κ(1 −
κ)X)^{1/3}; cx² − dx³ ≤ 4c³/(27d²), x = X^{1/6}, compares it with √X. If u ≥ 2, f = ½λx² has G ≥
2λF₀ ≥ E − D − V/2. If 1 < u < 2, take 1/η for λ and s²/λ as before: A = 2F₀/(ηT) ≥ λF₀/U′ with the
old λ, and the rest is as for u = 1. For u ≤ 1, or with this λ (where λ₀ is the old one):
- 8s²η > λ: take s² = λ/(8η). D is smaller, DU′ ≥ λ₀F₀/32, and DU′/k + Vk/2 ≥ √(λ₀F₀V/16) ≥ E − 8κW.
- 8a > u: take s = 0, σ = σ_r. As k ≥ U′/9, λ₀F₀/U′ + Wk/2 ≥ √(2λ₀F₀W/9) ≥ E − 9κW/4.
- 8a ≤ u, aσ² > λF₀: s = 0, and N + 2W ≥ 4αW/9 ≥ 2λ₀F₀/9 ≥ E − ¾W.
- σ_r²/B > 0.6λF₀, 8a ≤ u: s = 0, with λF₀/6 of the variance of the first error. If U ≥ 1, it adds
  (λF₀/(6T))Σh_i² ≥ λF₀/(12α′) − λF₀/(2U′), so that with A it is λF₀/(12k) at least, and Wk/2 + this
  ≥ √(λ₀F₀W/12), more than in the first case. If U < 1, A ≥ 2λF₀/3.
Each time at most (9/4)W + max{8κW, ¾W} is lost, and 8κW ≤ 16Z/T. The first gradient of f = ½·min{L,
δ}·x² is the last term.""",
    source="""\
derived here. `instance` is the one of B = ∞. At the best η and a it measures 1.45, 1.49 and 1.51
times (δσ_rF₀/T)^{2/3} at T = 10⁴, 10⁵ and 10⁶ (δ = 0.1, L = F₀ = σ_r = 1), where E is 1.52 times
it and `bound` 0.04, 0.69 and 1.04; with δ = 0.01 it measures 1.75 at T = 10⁶, where E is 1.80.""",
    bound=maximum(LEADING - (3 * sigma_r**2 + 16 * Z) / T, FIRST),
    at_steps=DESCENT + NOISE,
    hard=hard,
    respects=frozenset(("rho", "M")),
)
