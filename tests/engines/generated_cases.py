"""Elementwise methods of every shape, and what they run on."""

from __future__ import annotations

from typing import Any

import numpy as np
from cpu_cases import loud, quadratic

import auxtheory as at

SHIFT = np.linspace(-1.0, 1.0, 5)


class Nesterov(at.Method):
    state = "x v"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, v: Any, *, eta: Any, beta: Any) -> Any:
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


class HeavyBall(at.Method):
    """Momentum given in each round, x not the first variable."""

    state = "v x"

    def start(o: Any, x: Any) -> Any:
        return 0 * x, x

    def step(o: Any, v: Any, x: Any, *, eta: Any, beta: Any) -> Any:
        v = beta * v - eta * o.h(x)
        return v, x + v


class SVRG(at.Method):
    state = "x w g"

    def start(o: Any, x: Any) -> Any:
        return x, x, o.f(x, exact=True)

    def refresh(o: Any, x: Any, w: Any, g: Any) -> Any:
        return x, x, o.f(x, exact=True)

    def step(o: Any, x: Any, w: Any, g: Any, *, eta: Any) -> Any:
        now, then = o.f(x, w)
        return x - eta * (now - then + g), w, g


class LooplessSVRG(at.Method):
    state = "x w"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, w: Any, *, eta: Any, p: Any) -> Any:
        now, then = o.f(x, w)
        g = now - then + o.f(w, exact=True)
        return x - eta * g, o.where(o.coin(p), x, w)


class Averaged(at.Method):
    """SGD with decaying steps of which the mean is kept."""

    state = "x mean"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, mean: Any, *, eta: Any) -> Any:
        x = x - eta / (o.k + 1.0) ** 0.5 * o.f(x)
        return x, mean + (x - mean) / (o.t + 1)


class Adaptive(at.Method):
    """Adam but for its units: square roots, divisions, maxima of each coordinate."""

    state = "x m v"
    units = {"c": "F/X"}  # noqa: RUF012

    def start(o: Any, x: Any) -> Any:
        g = o.r(x, batch=2)
        return x, g, g**2

    def step(o: Any, x: Any, m: Any, v: Any, *, eta: Any, b: Any = 0.9, c: Any = 0.1) -> Any:
        g = o.h(x) + o.r(x)
        m = b * m + (1 - b) * g
        v = np.maximum(b * v + (1 - b) * g**2, v)
        return x - eta * c * m / (o.sqrt(v) + c), m, v


class Finished(at.Method):
    """A finish, two oracles in a step, a constant for each coordinate, a number among the state."""

    state = "x w n"

    def start(o: Any, x: Any) -> Any:
        return x, x, 0.0

    def refresh(o: Any, x: Any, w: Any, n: Any) -> Any:
        return w, x, n + 1

    def step(o: Any, x: Any, w: Any, n: Any, *, eta: Any) -> Any:
        g = o.f(x) + o.r(w) + o.f(w) - o.h(x, exact=True)
        return x - eta * o.where(np.abs(x) < np.abs(w), g, 0.5 * g), w, n

    def finish(o: Any, x: Any, w: Any, n: Any, *, eta: Any) -> Any:
        return x - eta / (n + 1) * o.r(x), (x + w) / 2, n


class Batched(at.Method):
    """Means over three samples in each step, over o.B at the start, over a parameter later."""

    state = "x m"

    def start(o: Any, x: Any) -> Any:
        return x, o.f(x, batch=o.B)

    def refresh(o: Any, x: Any, m: Any, *, n: Any) -> Any:
        return x, m + o.r(x - 0.1 * x, batch=n)

    def step(o: Any, x: Any, m: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x, batch=3) + 0.1 * m), 0.5 * m


class Signs(at.Method):
    """Signs, clipping, coins in every hook, one of a chance that another decides."""

    state = "x"

    def start(o: Any, x: Any) -> Any:
        return o.where(o.coin(0.5), x, 0.5 * x)

    def step(o: Any, x: Any, *, eta: Any, p: Any, c: Any) -> Any:
        first = o.coin(p)
        second = o.coin(0.25 + 0.5 * first)
        return x - eta * c * (first * o.sign(o.f(x)) - second * np.minimum(o.h(x) / c, 1.0))

    units = {"c": "F/X"}  # noqa: RUF012


class Shifted(at.Method):
    """A constant for each coordinate."""

    state = "x"
    units = {"c": "F/X"}  # noqa: RUF012

    def step(o: Any, x: Any, *, eta: Any, c: Any) -> Any:
        return x - eta * (o.h(x) + c * SHIFT)


class Functions(at.Method):
    """Every function and operation of a text."""

    state = "x"
    units = {"c": "X"}  # noqa: RUF012

    def step(o: Any, x: Any, *, eta: Any, c: Any) -> Any:
        u = x / c
        v = o.exp(-(u**2)) + o.log(1 + abs(u)) - o.sqrt(abs(u)) + o.sign(u) * abs(u) ** 1.5
        v = v + (u + 7) % 0.75 + np.minimum(u, 0.5) - np.maximum(u, -0.5) + (1 + u * u) ** -1.0
        v = v + o.where(u >= 0.3, abs(u) ** 0.5, 1.0) * (u <= 1.5) * (u < 2.5) * (u > -2.5)
        return x - eta * o.f(x) - 0.02 * c * v


class Normalised(at.Method):
    units = {"c": "F/X"}  # noqa: RUF012

    def step(o: Any, x: Any, *, eta: Any, c: Any) -> Any:
        g = o.f(x)
        return x - eta * c * g / o.norm(g)


class Chosen(at.Method):
    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta * o.f(x, batch=1 + o.coin(1.0))


SCHEDULE = at.per_round(lambda t: 0.3 / (t + 2))
# Each with its step parameters and a law of noise, so that all of these are met.
METHODS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "Nesterov": (Nesterov, {"eta": 0.1, "beta": 0.8}, "gaussian"),
    "HeavyBall": (
        HeavyBall,
        {"eta": SCHEDULE, "beta": at.per_round([0.1, 0.3, 0.5, 0.7, 0.8, 0.9])},
        "gaussian-24",
    ),
    "SVRG": (SVRG, {"eta": 0.1}, "signs"),
    "LooplessSVRG": (LooplessSVRG, {"eta": 0.1, "p": 0.4}, "gaussian"),
    "Averaged": (Averaged, {"eta": SCHEDULE}, "signs"),
    "Adaptive": (Adaptive, {"eta": 0.2, "b": 0.7}, "gaussian-24"),
    "Finished": (Finished, {"eta": 0.05}, "gaussian"),
    "Batched": (Batched, {"eta": 0.1, "n": 2}, "signs"),
    "Signs": (Signs, {"eta": 0.1, "p": 0.3, "c": 0.5}, "gaussian"),
    "Shifted": (Shifted, {"eta": 0.1, "c": 0.2}, "gaussian-24"),
}
# Not bit for bit: compilers round exp, log and powers as they like.
ROUNDED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "Functions": (Functions, {"eta": 0.1, "c": 0.5}, "gaussian"),
}
GRIDS = {"eta": (0.3, 1.0, 2.0), "beta": (0.5, 1.0, 1.1), "p": (0.1, 1.0, 2.0), "c": (0.5, 1.0, 2)}


def case(name: str, C: int = 1, *, K: int = 5, T: int = 6, B: float = 3, d: int = 5) -> Any:
    """A method with a pair, noise and steps, for one configuration or a grid of three."""
    method, parameters, law = (METHODS | ROUNDED)[name]
    if C > 1:
        parameters = {
            key: value * np.array(GRIDS[key])
            if key in GRIDS and not isinstance(value, type(SCHEDULE))
            else value
            for key, value in parameters.items()
        }
    eta = parameters["eta"]
    others = {key: value for key, value in parameters.items() if key != "eta"}
    steps = at.Steps(eta=eta, K=K, T=T, B=B, **others)
    return method, quadratic(d, C), loud(law, C), steps


# Of `Finished`: of every form, at other variables, with weights.
MEASURES = (
    at.measures.gap_mean,
    at.measures.gap("w"),
    at.measures.grad("w", over="local"),
    at.measures.distance("w", over="rounds", weights=lambda t: t),
    at.measures.square("x", over="local").weighted(lambda t: t**2),
    at.measures.quadratic(np.linspace(1.0, 2.0, 5), of="w"),
    at.measures.quadratic(np.linspace(2.0, 1.0, 5), over="rounds"),
)
