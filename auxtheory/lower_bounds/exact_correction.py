"""The lower bound of exact correction: local steps along f itself, and a helper without curvature
that limits η."""

from __future__ import annotations

import math

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.lower_bounds.base import Instance, LowerBound
from auxtheory.lower_bounds.sgd import parabola, slow
from auxtheory.methods import ExactCorrection as METHOD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

L, F0, delta, K, T = symbols("L F0 delta K T")
CURVATURE = minimum(delta, L)
PARABOLA = slow(K * T)


def hard(constants: Constants, steps: Steps) -> Instance:
    """f = h = ½Lx², or f = ½dx² and h = 0 with d = min{δ, L} if its rounds do not converge and it
    is worse."""
    L, F0 = float(constants.L), float(constants.F0)
    d = min(float(constants.delta), L)
    parabolic = float(PARABOLA.value(constants.values() | steps.values()))
    if d * float(steps.eta) * steps.K >= 2 and 2 / 3 * d * F0 >= parabolic:
        flat = Quadratic.from_matrices([d], H=[0.0], x0=[math.sqrt(2 * F0 / d)])
        return flat, Gaussian()
    return parabola(constants), Gaussian()


ExactCorrection = LowerBound(
    name="ExactCorrection",
    method=METHOD,
    statement="""\
Exact correction m = ∇r(x) with any constant η, without noise, on an L-smooth f whose ∇r has the
Lipschitz constant δ, with d = min{δ, L}, m = min{Lη, 1}, u = 1/(2 − m): some pair has

    G ≥ 2LF₀ max{1/(KT), 2u/(2mKT + 1)}, which is at least F₀/(ηKT + 1/(2L)); and, for every η,
    G ≥ max{2LF₀/(KT), F₀/(2T/d + 1/(2L))}.""",
    proof="""\
Let f = h = ½Lx² and x⁰ = √(2F₀/L). Then r = 0, local steps are gradient steps on f, and all KT of
them are those of the proof about SGD without noise, with KT in place of T. This is the first line;
u ≥ ½ and m ≤ Lη give its second form. It contains the first term of the last line.

Let z = ηdK. If z < 2, the second form is F₀/(ηKT + 1/(2L)) with ηK < 2/d. If z ≥ 2, let f = r =
½dx² and h = 0, x⁰ = √(2F₀/d), which is in the class as d ≤ L and d ≤ δ: a local step is y ← y −
ηdx, so y_k = (1 − zk/K)x, a round multiplies x by 1 − z, and |1 − z| ≥ 1. Thus

    G ≥ 2dF₀ · (1/K) Σ_{k<K} (1 − zk/K)² ≥ 2dF₀ (⅓ + 2/(3K²)) ≥ ⅔dF₀,

since the mean is 1 if K = 1, and if K ≥ 2 it grows with z ≥ 2 ≥ 3K/(2K − 1), from its value at z =
2. And ⅔d ≥ 1/(2T/d + 1/(2L)), since (⅔)(2T + d/(2L)) ≥ 4/3.""",
    source="""\
derived here. For large T and δ ≤ L, S1's corollary (2L/K + (4/π)δ)F₀/T is at most 1 + 8/π ≈ 3.5
times as large; where L/K decides it cannot be improved, where δ does by a factor of at most
8/π.""",
    bound=maximum(2 * L * F0 / (K * T), 2 * CURVATURE * L * F0 / (4 * L * T + CURVATURE)),
    at_steps=PARABOLA,
    hard=hard,
    respects=frozenset(("rho", "M")),
)
