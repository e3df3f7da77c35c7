"""The methods of the literature as plain loops over one replica, in the notation of their papers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sampled_oracles import Oracles, helper_of

Vector = np.ndarray
Loop = Callable[..., Iterator[Vector]]
LOOPS: dict[str, Loop] = {}


def loop(function: Loop) -> Loop:
    LOOPS[function.__name__] = function
    return function


@loop
def HeavyBall(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, beta: float) -> Any:
    last = x
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            x, last = x - eta * g + beta * (x - last), x
        yield x


@loop
def Nesterov(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, beta: float) -> Any:
    last = x
    for t in range(1, T + 1):
        for k in range(K):
            y = x + beta * (x - last)
            (g,) = o.local([y], t, k)
            x, last = y - eta * g, x
        yield x


@loop
def NesterovConvex(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    last = x
    j = 0
    for t in range(1, T + 1):
        for k in range(K):
            j += 1
            y = x + (j - 1) / (j + 2) * (x - last)
            (g,) = o.local([y], t, k)
            x, last = y - eta * g, x
        yield x


@loop
def NesterovStronglyConvex(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, m: float
) -> Any:
    beta = (1 - np.sqrt(eta * m)) / (1 + np.sqrt(eta * m))
    yield from Nesterov(o, x, K, T, B, eta=eta, beta=beta)


@loop
def AveragedSGD(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    iterates: list[Vector] = []
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            x = x - eta * g
            iterates.append(x)
        yield np.concatenate([x, np.mean(iterates, axis=0)])


@loop
def WeightedAveragedSGD(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, gamma: float
) -> Any:
    assert gamma == 1.0, "the weights are j"
    total = 0 * x
    j = 0
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            x = x - eta * g
            j += 1
            total = total + j * x
        yield np.concatenate([x, total / (j * (j + 1) / 2)])


@loop
def SVRG(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    for t in range(1, T + 1):
        w = x
        full = o.exact(w)
        for k in range(K):
            here, there = o.local([x, w], t, k)
            x = x - eta * (here - there + full)
        yield x


@loop
def LSVRG(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, p: float) -> Any:
    w = x
    full = o.exact(w)
    for t in range(1, T + 1):
        for k in range(K):
            i = o.pick(0, t, k)
            old = x
            x = x - eta * (o.part(i, x) - o.part(i, w) + full)
            if o.uniform(1, t, k) < p:
                w = old
                full = o.exact(w)
        yield x


@loop
def SAGA(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    N = len(o.parts)
    table = [o.part(i, x) for i in range(N)]
    for t in range(1, T + 1):
        for k in range(K):
            i = o.pick(0, t, k)
            g = o.part(i, x)
            x = x - eta * (g - table[i] + sum(table) / N)
            table[i] = g
        yield x


@loop
def SARAH(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    for t in range(1, T + 1):
        v = o.exact(x)
        for k in range(K):
            old = x
            x = x - eta * v
            here, there = o.local([x, old], t, k)
            v = here - there + v
        yield x


@loop
def SPIDER(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, r: float) -> Any:
    for t in range(1, T + 1):
        v = o.batch(x, t, B)
        for k in range(K):
            old = x
            size = np.sqrt(np.sum(v**2))
            x = x - (eta if eta * size <= r else r / size) * v
            here, there = o.local([x, old], t, k)
            v = here - there + v
        yield x


@loop
def ClippedSGD(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, c: float) -> Any:
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            size = np.linalg.norm(g)
            x = x - eta * (g if size <= c else c * g / size)
        yield x


@loop
def NormalisedSGD(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            x = x - eta * g / np.linalg.norm(g)
        yield x


@loop
def SignSGD(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            x = x - eta * np.where(g > 0, 1.0, -1.0)
        yield x


@loop
def AdaGradNorm(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, b0: float) -> Any:
    b = b0
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            b = np.hypot(b, np.linalg.norm(g))
            x = x - eta / b * g
        yield x


@loop
def Adam(
    o: Oracles,
    x: Vector,
    K: int,
    T: int,
    B: int,
    *,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> Any:
    m = np.zeros_like(x)
    v = np.zeros_like(x)
    j = 0
    for t in range(1, T + 1):
        for k in range(K):
            j += 1
            (g,) = o.local([x], t, k)
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            x = x - eta * (m / (1 - beta1**j)) / (np.sqrt(v / (1 - beta2**j)) + epsilon)
        yield x


@loop
def InverseTimeSGD(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, m: float) -> Any:
    j = 0
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            x = x - g / (m * (j + 1 / (eta * m)))
            j += 1
        yield x


@loop
def ClippedGD(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, c_x: float) -> Any:
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            size = np.linalg.norm(g)
            x = x - (eta * g if eta * size <= c_x else c_x * g / size)
        yield x


@loop
def InverseTimeAveragedSGD(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, m: float
) -> Any:
    t0 = 2 / (eta * m)
    total, weights = 0 * x, 0.0
    j = 0
    for t in range(1, T + 1):
        for k in range(K):
            total, weights = total + (j + t0 - 1) * x, weights + (j + t0 - 1)
            (g,) = o.local([x], t, k)
            x = x - 2 / (m * (j + t0)) * g
            j += 1
        yield np.concatenate([x, total / weights])


@loop
def LinearDecaySGD(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    left = n = K * T
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            x = x - eta * left / (n + 1) * g
            left -= 1
        yield x


@loop
def ComponentSGD(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    for t in range(1, T + 1):
        for k in range(K):
            x = x - eta * o.part(o.pick(0, t, k), x)
        yield x


def recursive(
    o: Oracles,
    x: Vector,
    lengths: tuple[int, int, int],
    eta: float,
    b: float,
    anew: Callable[[int], bool],
    helper: str = "h",
) -> Any:
    K, T, B = lengths
    last = x
    m: Any = None
    for t in range(1, T + 1):
        (full,) = o.refreshed([x], t, B, call=0, helper=helper)
        if t == 1 or anew(t):
            m = full
        else:
            here, there = o.refreshed([x, last], t, int(np.ceil(b)), call=1, helper=helper)
            m = m + here - there
        last = x
        for k in range(K):
            x = x - eta * (m if helper == "none" else o.helper(x, t, k) + m)
        yield x


@loop
def ProjectedAdaGradNorm(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, b0: float, radius: float
) -> Any:
    b = b0
    for t in range(1, T + 1):
        for k in range(K):
            (g,) = o.local([x], t, k)
            b = np.hypot(b, np.linalg.norm(g))
            x = x - eta / b * g
            size = np.linalg.norm(x)
            x = x if size <= radius else radius * x / size
        yield x


@loop
def NormalisedMomentum(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, a: float
) -> Any:
    m = np.zeros_like(x)
    for t in range(1, T + 1):
        m = o.batch(x, t, B) if t == 1 else (1 - a) * m + a * o.batch(x, t, 1)
        for _ in range(K):
            x = x - eta * m / np.linalg.norm(m)
        yield x


@loop
def NormalisedAuxMOM(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, a: float) -> Any:
    m = np.zeros_like(x)
    for t in range(1, T + 1):
        m = o.refreshed([x], t, B)[0] if t == 1 else (1 - a) * m + a * o.refreshed([x], t, 1)[0]
        for k in range(K):
            v = o.helper(x, t, k) + m
            x = x - eta * v / np.linalg.norm(v)
        yield x


@loop
def NormalisedExactCorrection(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float) -> Any:
    for t in range(1, T + 1):
        m = o.exact(x) - helper_of(o.pair)(x)
        for k in range(K):
            v = o.helper(x, t, k) + m
            x = x - eta * v / np.linalg.norm(v)
        yield x


def naive_then(o: Oracles, x: Vector, m: Vector, t: int, K: int, eta: float) -> Vector:
    for k in range(K):
        x = x - eta * (o.helper(x, t, k) + m)
    return x


@loop
def NaiveThenExact(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, eta1: float, T1: float
) -> Any:
    for t in range(1, T + 1):
        m = np.zeros_like(x) if t <= T1 else o.exact(x) - helper_of(o.pair)(x)
        x = naive_then(o, x, m, t, K, eta1 if t <= T1 else eta)
        yield x


@loop
def NaiveThenAuxMOM(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, eta1: float, T1: float, a: float
) -> Any:
    m = np.zeros_like(x)
    for t in range(1, T + 1):
        if t == T1 + 1:
            m = o.refreshed([x], t, B)[0]
        elif t > T1:
            m = (1 - a) * m + a * o.refreshed([x], t, 1, call=1)[0]
        x = naive_then(o, x, m, t, K, eta1 if t <= T1 else eta)
        yield x


@loop
def DampedAuxMOM(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, a: float, theta: float
) -> Any:
    m = np.zeros_like(x)
    for t in range(1, T + 1):
        r = o.refreshed([x], t, B)[0] if t == 1 else o.refreshed([x], t, 1)[0]
        m = theta * r if t == 1 else (1 - a) * m + a * theta * r
        x = naive_then(o, x, m, t, K, eta)
        yield x


@loop
def AuxPAGE(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, p: float, b: float
) -> Any:
    yield from recursive(o, x, (K, T, B), eta, b, lambda t: o.uniform(0, t, 0, site=0) < p)


@loop
def PAGE(o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, p: float, b: float) -> Any:
    yield from recursive(o, x, (K, T, B), eta, b, lambda t: o.uniform(0, t, 0, site=0) < p, "none")


@loop
def AuxSPIDER(
    o: Oracles, x: Vector, K: int, T: int, B: int, *, eta: float, Q: float, b: float
) -> Any:
    yield from recursive(o, x, (K, T, B), eta, b, lambda t: (t - 1) % int(Q) == 0)
