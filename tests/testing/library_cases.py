"""A simple case that violates each bound of `library_wrong_bounds.py`, so that tests need not search
for one."""

from __future__ import annotations

from typing import Any, NamedTuple

import auxtheory as at


class Case(NamedTuple):
    """A case: the pair, the noise, and K, T, B and the step parameters."""

    pair: Any
    noise: Any
    steps: dict[str, Any]


def case(
    pair: Any = None, *, sigma_f: float = 0.0, s: float = 0.0, K: int = 1, **steps: Any
) -> Case:
    """A case, by default on f = ½x² with f(x⁰) = 1."""
    return Case(ONE if pair is None else pair, at.Gaussian(sigma_f=sigma_f, s=s), {"K": K, **steps})


def two(flat: float, x0: list[float]) -> Any:
    """f = ½(flat·x₁² + x₂²)."""
    return at.Quadratic(spectrum=[flat, 1.0], x0=x0).with_helper()


def components(N: int, delta: float = 0.0) -> Any:
    """f = ½x² as the mean of N components whose curvatures differ from 1 by δ."""
    return at.Quadratic(L=1.0, dim=1, F0=1.0).with_components(N, delta)


ONE = at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper()

CASES: dict[str, Case] = {
    "heavy ball, noise without 1/(1 − β)": case(sigma_f=3.0, T=1, eta=2.0, beta=0.9),
    "heavy ball, noise halved": case(sigma_f=1.0, T=1, eta=1.0, beta=0.0),
    "heavy ball, no factor T": case(T=1, eta=2.0, beta=0.9),
    "heavy ball, 1 + T for 1 + T(1 + √β)": case(T=1, eta=3.0, beta=0.9),
    "heavy ball, Lη ≤ 2.1(1 + β)": case(T=4, eta=3.99, beta=0.9),
    "heavy ball, velocity": case(T=1, eta=1.0, beta=0.0),
    "Nesterov, twice the rate": case(T=1, eta=0.9, m=1.0),
    "Nesterov, twice the rate, exp": case(T=10, eta=0.1, m=1.0),
    "Nesterov, without ½μD₀": case(T=1, eta=0.3, m=1.0),
    "Nesterov, without F₀": case(T=1, eta=0.3, m=1.0),
    "Nesterov, noise as without acceleration": case(sigma_f=100.0, T=50, eta=0.01, m=1.0),
    "Nesterov, convex, noise does not add up": case(sigma_f=10.0, T=10, eta=0.1),
    "Nesterov, convex, exponent of T": case(T=3, eta=0.1),
    "average, variance halved": case(sigma_f=3.0, T=1, eta=1.0),
    "average, variance of the mean of T steps": case(sigma_f=3.0, T=2, eta=1.0),
    "average, 1/L for 1/μ": case(two(0.1, [1.0, 0.0]), sigma_f=100.0, T=10, eta=1.0),
    "average, claimed of the last iterate": case(sigma_f=2.0, T=2, eta=1.0),
    "average, distance without the condition number": case(
        two(0.1, [1.0, 0.0]), sigma_f=100.0, T=20, eta=1.0
    ),
    "weighted average, noise of the uniform one": case(sigma_f=10.0, T=2, eta=1.0, gamma=1.0),
    "SVRG, without the noise of samples": case(s=1.0, K=2, T=2, eta=1.0),
    "SVRG, linear rate of gradient descent": case(s=1.0, K=2, T=1, eta=1.0),
    "L-SVRG, rate 1 − ημ alone": case(components(2, 1.0), K=7, T=4, eta=0.12, p=0.04),
    "L-SVRG, L of f for that of its components": case(
        components(2, 6.0), K=2, T=2, eta=0.24, p=1.0
    ),
    "L-SVRG, distance of the reference point": case(components(2), T=1, eta=0.2, p=1.0),
    "SAGA, p = 1 for 1/N": case(components(5), K=7, T=5, eta=0.22),
    "SAGA, without the table at x⁰": case(components(5), K=6, T=3, eta=0.249),
    "AuxPAGE, without the noise of the batch": case(
        sigma_f=100.0, T=10, eta=1.0, B=1, p=0.2, b=1.0
    ),
    "PAGE, noise halved": case(sigma_f=100.0, T=10, eta=1.0, B=1, p=1.0, b=1.0),
    "AuxSPIDER, noise over B²": case(sigma_f=100.0, T=10, eta=1.0, B=3, Q=5.0, b=1.0),
    "SGD on components, L of f for that of its components": case(components(2, 1.0), T=1, eta=1.5),
    "SARAH, constant halved": case(T=1, eta=1.0),
    "SARAH, range without δ": case(s=1.0, K=2, T=2, eta=1.0),
    "SPIDER, no move is too long": case(T=2, eta=1.0, r=0.9),
    "SPIDER, without the noise of the batch": case(sigma_f=1.0, T=2, eta=1.0, r=1000.0, B=1),
    "SPIDER, noise over B²": case(sigma_f=9.0, T=2, eta=1.0, r=2000.0, B=3),
    "clipped SGD, as if nothing were clipped": case(T=2, eta=1.0, c=0.9),
    "clipped SGD, half the length of a step": case(sigma_f=100.0, T=1, eta=1.0, c=1.0),
    "clipped SGD, steps do not add up": case(sigma_f=100.0, T=2, eta=1.0, c=1.0),
    "normalised SGD, half the constant": case(T=1, eta=10.0),
    "normalised SGD, without T": case(sigma_f=100.0, T=10, eta=1.0),
    "sign SGD, without d": case(two(1.0, [1.0, 1.0]), T=1, eta=10.0),
    "sign SGD, half of it": case(T=1, eta=10.0),
    "AdaGrad-norm, Lη ≤ 3b₀": case(T=1, eta=30.0, b0=10.0),
    "AdaGrad-norm, without the logarithm": case(T=1, eta=10.0, b0=1.0),
    "Adam, without d": case(two(1.0, [1.0, 1.0]), T=1, eta=10.0, beta1=0.0, beta2=0.0),
    "Adam, half of it": case(T=1, eta=10.0, beta1=0.0, beta2=0.0),
    "Adam, momentum shortens every step": case(T=1, eta=10.0, beta1=0.9, beta2=0.9),
    "steps 1/t, noise without T": case(sigma_f=1.0, T=2, eta=1.0, m=1.0),
    "steps 1/t, noise halved": case(sigma_f=1.0, T=1, eta=1.0, m=1.0),
    "steps 1/t, range (L + μ)η ≤ 4": case(two(0.1, [0.0, 1.0]), T=1, eta=3.0, m=0.1),
    "steps 2/t and their average, D₀ quartered": case(T=1, eta=0.5, m=0.5),
    "linear decay, D₀ quartered": case(T=1, eta=0.7),
    "steps 1/√t, without the logarithm": case(sigma_f=10.0, T=100, eta=1.0),
    "steps 1/√t, claimed of the last iterate": case(T=10, eta=0.1),
    "mean gap, D₀ halved": case(T=1, eta=1.0),
    "mean gap, noise halved": case(sigma_f=10.0, T=3, eta=1.0),
    "mean gap, Lη ≤ 2": case(T=1, eta=2.0),
    "mean gap, weights t, exponent of T": case(T=10, eta=0.1),
    "mean gap, weights 1/√t, as if equal": case(T=2, eta=1.0),
    "last gradient, noise halved": case(sigma_f=1.0, T=1, eta=1.0),
    "last gradient, bound of the mean over T": case(T=10, eta=0.1),
    "last distance, without the condition number": case(
        two(0.1, [1.0, 0.0]), sigma_f=10.0, T=10, eta=1.0
    ),
    "quadratic form, largest eigenvalue forgotten": case(two(1.0, [1.0, 1.0]), T=1, eta=0.1),
    "smallest of two, D₀ quartered": case(T=1, eta=0.3),
    "largest of two for their sum": case(sigma_f=1.0, T=1, eta=0.5),
}
