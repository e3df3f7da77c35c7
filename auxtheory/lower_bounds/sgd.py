"""The lower bound of SGD: a quadratic whose noise no constant step size gets below."""

from __future__ import annotations

import math

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import Posynomial, sqrt
from auxtheory.lower_bounds.base import Instance, LowerBound
from auxtheory.methods import SGD as METHOD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Pair, Quadratic

L, F0, sigma_f, eta, T = symbols("L F0 sigma_f eta T")
STABLE = minimum(L * eta, 1)
U = 1 / (2 - STABLE)


def slow(count: Posynomial) -> Posynomial:
    """What this many gradient steps on f = ½Lx² leave of G without noise, at least."""
    return 2 * L * F0 * maximum(1 / count, 2 * U / (2 * STABLE * count + 1))


def parabola(constants: Constants) -> Pair:
    """f = h = ½Lx², with f(x⁰) = F₀."""
    L, F0 = float(constants.L), float(constants.F0)
    return Quadratic.from_matrices([L], x0=[math.sqrt(2 * F0 / L)])


def hard(constants: Constants, steps: Steps) -> Instance:
    """f = ½Lx², every gradient with noise of variance σ_f²."""
    return parabola(constants), Gaussian(sigma_f=float(constants.sigma_f))


SGD = LowerBound(
    name="SGD",
    method=METHOD,
    statement="""\
SGD with any constant η on an L-smooth f with noise of variance σ_f², m = min{Lη, 1}, u = 1/(2 − m):
some f has

    G ≥ 2LF₀ max{1/T, 2u/(2mT + 1)} + σ_f² max{um − u²/T, 0}, and so, for every η,
    G ≥ max{√(2LF₀σ_f²/T) − ¾σ_f²/T, 2LF₀/T}.""",
    proof="""\
Let f = ½Lx², x⁰ = √(2F₀/L), noise of variance σ_f² in every gradient, s = Lη, q = (1 − s)². Then
E x_t² = q^t 2F₀/L + η²σ_f² Σ_{j<t} q^j, so

    G = 2LF₀ A + σ_f² N, A = (1/T) Σ_{t<T} q^t, N = (s²/T) Σ_{t<T} Σ_{j<t} q^j.

A ≥ 1/T, since the first term of the sum is 1. A ≥ 2u/(2mT + 1): if s ≥ 1, the right side is 2/(2T +
1); if s < 1, then TA = u(1 − q^T)/s and 1 − q^T ≥ 1 − e^{−2sT} ≥ 2sT/(2sT + 1).

N ≥ um − u²/T: if s ≤ 1, N = us − u²(1 − q^T)/T; if s > 1, j = 0 gives N ≥ s²(T − 1)/T ≥ 1 − 1/T.
As N ≥ 0 too, this is the first line.

Let w = m + 1/(2T), Y = √(2LF₀σ_f²/T), C = σ_f²/T. The first line is at least u(2LF₀/(Tw) + σ_f²w) −
(u/2 + u²)C ≥ 2uY − (u/2 + u²)C, as the sum in brackets is at least twice the root of its product.
This is concave in u, which lies between ½ and 1, where it is Y − ½C and 2(Y − ¾C). So it is at
least Y − ¾C wherever that is positive.""",
    source="""\
derived here. S0's corollary √(2LF₀σ_f²/T) + 2LF₀/T is at most 2LF₀/T + ¾σ_f²/T larger: its first
term cannot be improved by another constant step, nor can 2LF₀/T without noise.""",
    bound=maximum(sqrt(2 * L * F0 * sigma_f**2 / T) - 3 * sigma_f**2 / (4 * T), 2 * L * F0 / T),
    at_steps=slow(T) + sigma_f**2 * maximum(STABLE * U - U**2 / T, 0),
    hard=hard,
    respects=frozenset(("rho", "M", "mu", "mu_sc")),
)
