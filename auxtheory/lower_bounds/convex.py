"""The lower bounds of SGD on convex and on strongly convex functions: quadratics of one coordinate,
whose moments are known exactly."""

from __future__ import annotations

import math

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.derived import DERIVED
from auxtheory.bounds.functions import maximum, minimum
from auxtheory.bounds.glossary import symbols
from auxtheory.bounds.posynomial import sqrt
from auxtheory.lower_bounds.base import Instance, LowerBound
from auxtheory.lower_bounds.sgd import STABLE, U, slow
from auxtheory.measures import distance_last, gap_mean
from auxtheory.methods import SGD
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

L, F0, sigma_f, eta, T = symbols("L F0 sigma_f eta T")
D0, mu = DERIVED["D0"].symbol, DERIVED["mu_sc"].symbol
FACTOR = maximum(1 - eta * mu, eta * mu - 1) ** (2 * T)


def parabola(constants: Constants, steps: Steps) -> Instance:
    """f = ½Lx² from x⁰ = √D₀, every gradient with noise of variance σ_f²."""
    values = constants.values()
    pair = Quadratic.from_matrices([float(values["L"])], x0=[math.sqrt(float(values["D0"]))])
    return pair, Gaussian(sigma_f=float(constants.sigma_f))


def flat(constants: Constants, steps: Steps) -> Instance:
    """f = ½(μx₁² + Lx₂²) from (√D₀, 0), all noise in x₁."""
    values = constants.values()
    curvatures = [float(values["mu_sc"]), float(values["L"])]
    pair = Quadratic.from_matrices(curvatures, x0=[math.sqrt(float(values["D0"])), 0.0])
    return pair, Gaussian(sigma_f=float(constants.sigma_f), shape=[1.0, 0.0])


SGDConvex = LowerBound(
    name="SGDConvex",
    method=SGD,
    measure=gap_mean,
    statement="""\
SGD with any constant η on a convex L-smooth f with noise of variance σ_f² and D₀ = ‖x⁰ − x*‖²: some
f has

    mean of E f(x^t) − f* over t < T ≥ max{½σ_f√(D₀/T) − 3σ_f²/(8LT), LD₀/(2T)}.""",
    proof="""\
f = ½Lx² with x⁰ = √D₀ of the proof about G: there 2LF₀ = L²D₀, and f(x) − f* = f′(x)²/(2L), so that
the mean is G/(2L).""",
    source="""\
derived here. Without noise SGD-convex cannot be improved; with noise its bound σ_f√(D₀/T) +
LD₀/(2T) is at most twice as large for large T.""",
    bound=maximum(sigma_f * sqrt(D0 / T) / 2 - 3 * sigma_f**2 / (8 * L * T), L * D0 / (2 * T)),
    at_steps=D0 / (4 * F0) * slow(T) + sigma_f**2 / (2 * L) * maximum(STABLE * U - U**2 / T, 0),
    hard=parabola,
    respects=frozenset(("rho", "M", "mu", "mu_sc")),
)

SGDStronglyConvex = LowerBound(
    name="SGDStronglyConvex",
    method=SGD,
    measure=distance_last,
    statement="""\
SGD with any constant η on a μ-strongly convex, L-smooth f with noise of variance σ_f², D₀ = ‖x⁰ −
x*‖²: some f has, with q = (1 − ημ)^{2T},

    E‖x^T − x*‖² = qD₀ + η²σ_f²(1 − q)/(1 − (1 − ημ)²), and so, for every η,
    E‖x^T − x*‖² ≥ min{D₀/4, (1 − 1/e)σ_f²/(4μ²T)}.""",
    proof="""\
f = ½(μx₁² + Lx₂²), x⁰ = (√D₀, 0), all noise in x₁: E x₁² is multiplied by (1 − ημ)² and increased
by η²σ_f² in each step, which is the first line.

Let s = ημ, v = σ_f²/μ². If s ≤ 1/(2T), q ≥ (1 − 1/(2T))^{2T} ≥ ¼. If 1/(2T) ≤ s ≤ 1, then q ≤ 1/e,
and the noise is vs(1 − q)/(2 − s) ≥ (1 − 1/e)v/(4T). If 1 < s < 2, its factor s/(2 − s) is above 1:
at least qD₀ + (1 − q)v ≥ min{D₀, v}. If s ≥ 2, q ≥ 1.""",
    source="""\
derived here. The first line is SGD-SC's bound where η ≤ 2/(L + μ): at each such η it cannot be
improved.""",
    bound=minimum(D0 / 4, (1 - math.exp(-1)) * sigma_f**2 / (4 * mu**2 * T)),
    at_steps=FACTOR * D0 + eta**2 * sigma_f**2 * (1 - FACTOR) / (1 - (1 - eta * mu) ** 2),
    hard=flat,
    respects=frozenset(("L", "rho", "M", "mu")),
)
