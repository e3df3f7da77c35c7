"""Theorems about methods with step parameters, in a module of their own so that files name them."""

from __future__ import annotations

from typing import Any, ClassVar

import auxtheory as at

L, F0, mu, eta, T, K, beta, sigma_f = at.symbols("L F0 mu eta T K beta sigma_f")


class Nesterov(at.Method):
    """Nesterov's method."""

    state = "x v"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, v: Any, *, eta: Any, beta: Any) -> Any:
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


class Lazy(at.Method):
    """A step with probability p."""

    def step(o: Any, x: Any, *, eta: Any, p: Any = 0.25) -> Any:
        return o.where(o.coin(p), x - eta * o.f(x), x)


class Rate(at.Theorem):
    """A rate that names beta."""

    method = Nesterov
    measure = at.measures.gap_last
    step_range: ClassVar = [L * eta <= 1, K == 1, beta <= 0.8]
    bound = 2 * at.exp(-mu * eta * T / 2) * F0 + eta * sigma_f**2 / (1 - beta)


class Free(at.Theorem):
    """A bound that names no step."""

    method = Nesterov
    measure = at.measures.gap_last
    bound = 5 * F0


class Far(at.Theorem):
    """Another measure and a method without parameters."""

    method = at.methods.SGD
    measure = at.measures.distance_last
    step_range: ClassVar = [L * eta <= 1]
    bound = 100 * F0 / L


class Asleep(at.Theorem):
    """A parameter with a default, and the name of a column."""

    method = Lazy
    bound = 100 * L * F0
