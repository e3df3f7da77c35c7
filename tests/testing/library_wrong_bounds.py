"""Wrong bounds about the methods of the literature and about every measure, which the falsifier must
refute: most are a true one of `library_theorems.py` with a plausible mistake.

Each comes with the largest d, K and T that its smallest counterexample may have.
"""

from __future__ import annotations

from typing import Any

from library_theorems import (
    D0,
    F0,
    H0,
    SINGLE,
    TRUE,
    B,
    InverseRoot,
    K,
    L,
    L_max,
    N,
    T,
    b0,
    beta,
    beta1,
    beta2,
    c,
    delta,
    dim,
    eta,
    eta_x,
    gamma,
    inverse_root,
    mu,
    p,
    r,
    rho_i,
    sigma_f,
)

import auxtheory as at
from auxtheory import measures, methods
from auxtheory.theorems import Theorem

sigma_r, sigma_star = at.symbols("sigma_r sigma_star")

rate = 1 - at.sqrt(mu * eta)
noise_of_heavy_ball = eta * sigma_f**2 * (1 + beta) / ((1 - beta) * mu * (2 + 2 * beta - L * eta))
decay_of_heavy_ball = beta**T * (1 + T * (1 + at.sqrt(beta))) ** 2 * D0
noise_of_gap = L * eta * sigma_f**2 / (2 * mu * (2 - L * eta))
factor_of_components = 1 - (1 - 4 * L_max * eta) / (1 - 2 * L_max * eta)
memory = D0 + H0 * N * eta * (1 - 2 * L_max * eta) / L_max

# η‖v‖ does not reach r, the length of SPIDER's longest move, and steps do not grow.
LONG_MOVES = [L * eta <= 1, 100 * eta * (at.sqrt(L * F0) + sigma_f) <= r, delta <= L]


def like(name: str, bound: Any, **changes: Any) -> Theorem:
    """The true theorem of this name with another bound or other conditions."""
    return at.claim(bound, like=TRUE[name], **changes)


def adagrad_without_logarithm(c: Any, s: Any) -> Any:
    """As if every step size were that of the last step."""
    return (c.F0 / s.eta + s.b0) ** 2 / s.T


def matched(weights: Any) -> Any:
    """The mean gap with weights."""
    return measures.gap(over="rounds", weights=weights)


def linear(t: Any) -> Any:
    """The weights t."""
    return t


# What is wrong, the claim, and the largest d, K, T that its smallest counterexample may have.
WRONG: dict[str, tuple[Theorem, tuple[int, int, int]]] = {
    # Heavy ball.
    "heavy ball, noise without 1/(1 − β)": (
        like("HeavyBall", decay_of_heavy_ball + (1 - beta) * noise_of_heavy_ball),
        (1, 1, 10),
    ),
    "heavy ball, noise halved": (
        like("HeavyBall", decay_of_heavy_ball + noise_of_heavy_ball / 2),
        (1, 1, 10),
    ),
    "heavy ball, no factor T": (like("HeavyBall", beta**T * D0 + noise_of_heavy_ball), (1, 1, 2)),
    "heavy ball, 1 + T for 1 + T(1 + √β)": (
        like("HeavyBall", beta**T * (1 + T) ** 2 * D0 + noise_of_heavy_ball),
        (1, 1, 10),
    ),
    "heavy ball, Lη ≤ 2.1(1 + β)": (
        at.claim(
            100 * D0,
            like=TRUE["HeavyBall"],
            assumptions=[sigma_f <= 0],
            step_range=[L * eta <= 2.1 * (1 + beta), beta <= 0.99, SINGLE],
        ),
        (1, 1, 100),
    ),
    "heavy ball, velocity": (
        at.claim(
            eta * F0,
            method=methods.HeavyBall,
            measure=measures.square("v", unit="X^2"),
            step_range=[L * eta <= 1, SINGLE],
        ),
        (1, 1, 1),
    ),
    # Nesterov.
    "Nesterov, twice the rate": (
        like("NesterovStronglyConvex", rate ** (2 * T) * (F0 + mu * D0 / 2)),
        (1, 1, 10),
    ),
    "Nesterov, twice the rate, exp": (
        like("NesterovStronglyConvex", at.exp(-2 * at.sqrt(mu * eta) * T) * (F0 + mu * D0 / 2)),
        (1, 1, 10),
    ),
    "Nesterov, without ½μD₀": (like("NesterovStronglyConvex", rate**T * F0), (1, 1, 1)),
    "Nesterov, without F₀": (
        like("NesterovStronglyConvex", rate**T * mu * D0 / 2),
        (2, 1, 1),
    ),
    "Nesterov, noise as without acceleration": (
        like(
            "NesterovStronglyConvex",
            rate**T * (F0 + mu * D0 / 2) + eta * sigma_f**2 / 2,
            assumptions=[],
        ),
        (2, 1, 100),
    ),
    "Nesterov, convex, noise does not add up": (
        like(
            "NesterovConvex",
            (2 * D0 / eta + 3 * F0) / (T + 2) ** 2 + eta * sigma_f**2 * (1 + L * eta) / 2,
        ),
        (2, 1, 100),
    ),
    "Nesterov, convex, exponent of T": (
        like("NesterovConvex", (2 * D0 / eta + 3 * F0) / (T + 2) ** 3, assumptions=[sigma_f <= 0]),
        (1, 1, 2),
    ),
    # Averages.
    "average, variance halved": (
        like("Averaged", D0 / (2 * eta * T) + sigma_f**2 / (4 * mu * T)),
        (1, 1, 10),
    ),
    "average, variance of the mean of T steps": (
        like("Averaged", D0 / (2 * eta * T) + sigma_f**2 / (2 * mu * T**2)),
        (1, 1, 10),
    ),
    "average, 1/L for 1/μ": (
        like("Averaged", D0 / (2 * eta * T) + sigma_f**2 / (2 * L * T)),
        (2, 1, 10),
    ),
    "average, claimed of the last iterate": (
        like("Averaged", D0 / (2 * eta * T) + sigma_f**2 / (2 * mu * T), measure="gap"),
        (1, 1, 2),
    ),
    "average, distance without the condition number": (
        like("AveragedDistance", D0 / (mu * eta * T) ** 2 + sigma_f**2 / (mu * L * T)),
        (2, 1, 100),
    ),
    "weighted average, noise of the uniform one": (
        like(
            "Averaged",
            D0 / (2 * eta * T) + sigma_f**2 / (2 * mu * T),
            method=methods.WeightedAveragedSGD,
            step_range=[L * eta <= 1, SINGLE, gamma <= 10],
        ),
        (1, 1, 10),
    ),
    # Variance reduction.
    "SVRG, without the noise of samples": (
        at.claim(2 * F0 / (eta * K * T), method=methods.SVRG, step_range=[L * eta <= 1]),
        (1, 3, 3),
    ),
    "SVRG, linear rate of gradient descent": (
        at.claim(
            (1 - eta * mu) ** (K * T) * F0,
            method=methods.SVRG,
            measure="gap",
            step_range=[L * eta <= 1],
        ),
        (1, 2, 1),
    ),
    "L-SVRG, rate 1 − ημ alone": (
        like("LSVRG", (1 - eta * mu) ** (K * T) * D0),
        (1, 10, 10),
    ),
    "L-SVRG, L of f for that of its components": (
        at.claim(
            (1 - eta * mu / 2) ** (K * T) * D0,
            method=methods.LSVRG,
            measure=measures.distance_last,
            step_range=[4 * L * eta < 1, p == 1],
        ),
        (1, 10, 10),
    ),
    "L-SVRG, distance of the reference point": (
        at.claim(
            (1 - eta * mu) ** (K * T) * D0,
            method=methods.LSVRG,
            measure=measures.distance("w"),
            assumptions=[rho_i <= 0],
            step_range=[4 * L_max * eta < 1],
        ),
        (1, 1, 1),
    ),
    "SAGA, p = 1 for 1/N": (
        like("SAGA", at.maximum(1 - eta * mu, factor_of_components) ** (K * T) * memory),
        (1, 10, 10),
    ),
    "SAGA, without the table at x⁰": (
        like("SAGA", (1 - eta * mu) ** (K * T) * D0),
        (1, 10, 10),
    ),
    "AuxPAGE, without the noise of the batch": (
        like("AuxPAGE", 2 * F0 / (eta * K * T)),
        (1, 1, 10),
    ),
    "PAGE, noise halved": (
        like("PAGE", 2 * F0 / (eta * T) + sigma_r**2 / (2 * B)),
        (1, 1, 10),
    ),
    "AuxSPIDER, noise over B²": (
        like("AuxSPIDER", 2 * F0 / (eta * K * T) + sigma_r**2 / B**2),
        (1, 1, 10),
    ),
    "SGD on components, L of f for that of its components": (
        at.claim(
            1 * D0,
            like=TRUE["ComponentSGD"],
            assumptions=[sigma_star <= 0, rho_i <= 0],
            step_range=[L * eta < 2],
        ),
        (1, 1, 2),
    ),
    "SARAH, constant halved": (like("SARAH", F0 / (eta * K * T)), (1, 1, 1)),
    "SARAH, range without δ": (
        like("SARAH", 2 * F0 / (eta * K * T), step_range=[L * eta <= 1]),
        (1, 3, 2),
    ),
    "SPIDER, no move is too long": (
        at.claim(
            2 * F0 / (eta * K * T) + sigma_f**2 / B,
            method=methods.SPIDER,
            step_range=[L * eta <= 1],
        ),
        (1, 1, 2),
    ),
    "SPIDER, without the noise of the batch": (
        at.claim(2 * F0 / (eta * K * T), method=methods.SPIDER, step_range=LONG_MOVES),
        (1, 1, 2),
    ),
    "SPIDER, noise over B²": (
        at.claim(
            2 * F0 / (eta * K * T) + sigma_f**2 / B**2, method=methods.SPIDER, step_range=LONG_MOVES
        ),
        (1, 1, 10),
    ),
    # Clipped, normalised, signs.
    "clipped SGD, as if nothing were clipped": (
        at.claim(
            2 * F0 / (eta * T) + L * eta * sigma_f**2,
            method=methods.ClippedSGD,
            step_range=[L * eta <= 1, SINGLE],
        ),
        (1, 1, 3),
    ),
    "clipped SGD, half the length of a step": (
        like("Clipped", D0 + eta**2 * c**2 * T / 2),
        (1, 1, 1),
    ),
    "clipped SGD, steps do not add up": (like("Clipped", D0 + eta**2 * c**2), (1, 1, 3)),
    "normalised SGD, half the constant": (like("Normalised", F0 + L * eta_x**2 * T / 4), (1, 1, 1)),
    "normalised SGD, without T": (like("Normalised", F0 + L * eta_x**2 / 2), (2, 1, 10)),
    "sign SGD, without d": (like("Sign", D0 + eta_x**2 * T), (2, 1, 1)),
    "sign SGD, half of it": (like("Sign", D0 + dim * eta_x**2 * T / 2), (1, 1, 1)),
    # Adaptive steps.
    "AdaGrad-norm, Lη ≤ 3b₀": (
        like("AdaGradNorm", 1 * D0, step_range=[L * eta_x <= 3 * b0, SINGLE]),
        (1, 1, 1),
    ),
    "AdaGrad-norm, without the logarithm": (
        at.claim(
            adagrad_without_logarithm,
            method=methods.AdaGradNorm,
            assumptions=[sigma_f <= 0],
            step_range=[SINGLE],
        ),
        (1, 1, 1),
    ),
    "Adam, without d": (like("Adam", D0 + eta_x**2 * T), (2, 1, 1)),
    "Adam, half of it": (
        like("Adam", (at.sqrt(D0) + at.sqrt(dim) * eta_x * T) ** 2 / 2),
        (1, 1, 1),
    ),
    "Adam, momentum shortens every step": (
        like(
            "Adam",
            D0 + dim * eta_x**2 * T * (1 - beta1),
            step_range=[beta1 == 0.9, beta2 == 0.9, SINGLE],
        ),
        (1, 1, 1),
    ),
    # Schedules.
    "steps 1/t, noise without T": (
        like(
            "InverseTimeDistance",
            ((1 - eta * mu) ** 2 * D0 + eta**2 * sigma_f**2) / (1 + eta * mu * (T - 1)) ** 2,
        ),
        (1, 1, 2),
    ),
    "steps 1/t, noise halved": (
        like(
            "InverseTimeDistance",
            ((1 - eta * mu) ** 2 * D0 + eta**2 * sigma_f**2 * T / 2)
            / (1 + eta * mu * (T - 1)) ** 2,
        ),
        (1, 1, 2),
    ),
    "steps 1/t, range (L + μ)η ≤ 4": (
        like(
            "InverseTimeDistance",
            ((1 - eta * mu) ** 2 * D0 + eta**2 * sigma_f**2 * T) / (1 + eta * mu * (T - 1)) ** 2,
            step_range=[(L + mu) * eta <= 4],
        ),
        (2, 1, 2),
    ),
    "steps 2/t and their average, D₀ quartered": (
        like("InverseTimeAverage", D0 / (8 * eta * T) + eta * sigma_f**2),
        (1, 1, 2),
    ),
    "linear decay, D₀ quartered": (
        like("LinearDecay", D0 / (8 * eta * (T + 1)) + eta * sigma_f**2 / 2),
        (1, 1, 2),
    ),
    "steps 1/√t, without the logarithm": (
        like("InverseRootMean", (D0 / eta + eta * sigma_f**2) / (4 * at.sqrt(T + 1) - 4)),
        (2, 1, 100),
    ),
    "steps 1/√t, claimed of the last iterate": (
        at.claim(
            (D0 / eta + eta * sigma_f**2 * (1 + at.log(T))) / (8 * T),
            method=InverseRoot,
            measure="gap",
            step_range=[L * eta <= 1],
        ),
        (1, 1, 10),
    ),
    # Measures.
    "mean gap, D₀ halved": (like("MeanGap", D0 / (4 * eta * T) + eta * sigma_f**2 / 2), (1, 1, 1)),
    "mean gap, noise halved": (
        like("MeanGap", D0 / (2 * eta * T) + eta * sigma_f**2 / 4),
        (1, 1, 10),
    ),
    "mean gap, Lη ≤ 2": (
        like("MeanGap", D0 / (2 * eta * T) + eta * sigma_f**2 / 2, step_range=[L * eta <= 2]),
        (1, 1, 1),
    ),
    "mean gap, weights t, exponent of T": (
        like("MeanGap", D0 / (eta * T**2) + eta * sigma_f**2 / 2, measure=matched(linear)),
        (1, 1, 10),
    ),
    "mean gap, weights 1/√t, as if equal": (
        like(
            "MeanGap",
            D0 / (2 * eta * T),
            measure=measures.gap(over="local", weights=inverse_root),
            assumptions=[sigma_f <= 0],
        ),
        (1, 1, 3),
    ),
    "last gradient, noise halved": (
        like("LastGradient", 2 * L * (1 - eta * mu) ** T * F0 + L**2 * eta * sigma_f**2 / (4 * mu)),
        (1, 1, 1),
    ),
    "last gradient, bound of the mean over T": (
        like("LastGradient", 2 * F0 / (eta * T**2) + L * eta * sigma_f**2),
        (1, 1, 10),
    ),
    "last distance, without the condition number": (
        at.claim(
            at.exp(-2 * mu * eta * T) * D0 + eta * sigma_f**2 / L,
            method=methods.SGD,
            measure=measures.distance_last,
            step_range=[L * eta <= 1],
        ),
        (2, 1, 10),
    ),
    "quadratic form, largest eigenvalue forgotten": (
        like("Form", at.exp(-2 * mu * eta * T) * D0 + eta * sigma_f**2 / (mu * (2 - eta * mu))),
        (2, 1, 1),
    ),
    "smallest of two, D₀ quartered": (
        like("Smallest", at.minimum(F0, D0 / (16 * eta * T))),
        (1, 1, 2),
    ),
    "largest of two for their sum": (
        like(
            "LastGradient",
            2 * L * at.maximum((1 - eta * mu * (2 - L * eta)) ** T * F0, noise_of_gap),
        ),
        (1, 1, 1),
    ),
}
