"""Methods, pairs and laws for collapsed local steps."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

import auxtheory as at
from auxtheory import measures, methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import ENGINES, Sampling, Task
from auxtheory.engines.base import Trace
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Pair, Quadratic

C = 4
# A configuration of each: without helper's bias, with δ below and above μ, with none.
DELTA = np.array([0.0, 0.05, 0.3, 0.3])
ZETA = np.array([0.5, 0.0, 0.5, 3.0])
ETA = np.array([0.05, 0.1, 0.15, 0.1])
A = np.array([1.0, 0.3, 0.1, 0.6])
SIGMA_F = np.array([0.7, 0.0, 1.0, 0.4])
SIGMA_H = np.array([0.3, 0.6, 0.0, 0.8])
RHO = np.array([0.4, -1.0, 0.0, 1.0])
CORRECTIONS: dict[str, Any] = {
    **{method.name: method for method in methods.ALL},
    "FineTuning": methods.fine_tuning(2, then=methods.SGDMomentum),
}
LAWS: dict[str, Noise] = {
    "normal": Gaussian(sigma_f=SIGMA_F, sigma_h=SIGMA_H, correlation=RHO),
    "24 bits": Gaussian(sigma_f=SIGMA_F, sigma_h=SIGMA_H, correlation=RHO, bits=24),
    "signs": RandomSign(sigma_f=SIGMA_F, sigma_h=SIGMA_H, correlation=RHO),
    "multiplicative": Gaussian(sigma_f=SIGMA_F, sigma_h=SIGMA_H, correlation=RHO, s=0.3),
    "multiplicative signs": RandomSign(sigma_f=SIGMA_F, sigma_h=SIGMA_H, s=0.3),
}
FURTHER = (
    measures.gap_mean,
    measures.gap(over="rounds"),
    measures.distance_last,
    measures.grad(over="local", weights=lambda t: t),
    measures.quadratic([1.0, 0.5, 0.25], over="local"),
)
NAMES: tuple[Any, ...] = ("G", "gap", "grad_sq", *FURTHER)


class SGDOfSteps(methods.Naive):
    """SGD on f with several steps in a round, so that local steps have multiplicative noise."""

    helper = "f"


class BothGradients(at.Method):
    """A step with samples of f and of h, and with a velocity of its own noise."""

    state = "x v"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, v: Any, *, eta: Any, beta: Any) -> Any:
        v = beta * v - eta * o.f(x + beta * v)
        return x + v - eta * o.h(x), v


class CountedSteps(at.Method):
    """Steps that depend on their number in the round."""

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return x - eta / (1 + o.k) * o.f(x)


class ClippedBuffer(at.Method):
    """A buffer that is no affine map of the state, and steps that are one."""

    state = "x m"
    units = MappingProxyType({"c": "F/X"})

    def start(o: Any, x: Any, *, c: Any) -> Any:
        return x, o.clip(o.r(x), -c, c)

    def refresh(o: Any, x: Any, m: Any, *, c: Any) -> Any:
        return x, o.clip(o.r(x), -c, c)

    def step(o: Any, x: Any, m: Any, *, eta: Any) -> Any:
        return x - eta * (o.h(x) + m), m


PROGRAMS: dict[str, Any] = {
    "HeavyBall": methods.HeavyBall,
    "Nesterov": methods.Nesterov,
    "BothGradients": BothGradients,
    "AveragedSGD": methods.AveragedSGD,
    "CountedSteps": CountedSteps,
    "DampedAuxMOM": methods.DampedAuxMOM,
    "MonitoredAuxMOM": methods.MonitoredAuxMOM,
}


def pair(d: int = 3, F0: float = 2.0) -> Pair:
    target = Quadratic(L=1.0, mu=0.1 if d > 1 else 1.0, dim=d, x_star=0.5, F0=np.full(C, F0))
    return target.with_helper(DELTA, ZETA)


def steps(method: Any, *, K: int = 7, T: int = 6, B: float = 3, **more: Any) -> Steps:
    names = getattr(method, "parameters", {"a": None})
    values: dict[str, Any] = {"beta": 0.4, "theta": 0.7, "c": 0.2}
    values = {name: v for name, v in values.items() if name in names} | more
    if "a" in names or getattr(method, "uses_a", False):
        values.setdefault("a", A)
    values.setdefault("eta", ETA)
    return Steps(K=1 if getattr(method, "single_step", False) else K, T=T, B=B, **values)


def task(method: Any, noise: Noise, *, d: int = 3, record: Any = None, **more: Any) -> Task:
    extra = more.pop("measures", FURTHER if d == 3 else FURTHER[:4])
    s = steps(method, **more)
    return Task(method=method, pair=pair(d), noise=noise, steps=s, record=record, measures=extra)


def run(engine: str, task: Task, **sampling: Any) -> Trace:
    """A run with collapsed local steps, unless rao_blackwell=False."""
    trace: Trace = ENGINES[engine].run(task, Sampling(**({"rao_blackwell": True} | sampling)))
    return trace


def scores(task: Task, seeds: int, replicas: int, **sampling: Any) -> Any:
    """How many standard errors the means of runs with different seeds are from the exact ones, one
    row for each run; NaN where nothing is random."""
    exact = ENGINES["exact"].run(task)
    rows = []
    for seed in range(seeds):
        trace = run("numpy", task, replicas=replicas, seed=seed, **sampling)
        row = []
        for name in (n for n in NAMES if n in ("G", "gap", "grad_sq") or n in task.measures):
            mean, error = trace.measure(name)
            wanted = exact.measure(name)[0]
            # Rounding alone, where an initial state is certain.
            random = error > 1e-12 * np.abs(wanted)
            row.append(np.where(random, (mean - wanted) / np.where(random, error, 1.0), np.nan))
            np.testing.assert_allclose(mean[~random], wanted[~random], rtol=1e-10)
        rows.append(np.ravel(row))
    return np.array(rows)
