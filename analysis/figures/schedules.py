"""AuxMOM from a first buffer of one sample: a constant momentum parameter, and max{a, 1/t}."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory import methods
from auxtheory.analysis.figures.over_axis import Drawing
from auxtheory.bounds.constants import Steps
from auxtheory.bounds.schedules import PerRound
from auxtheory.engines import run
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.table import Table
from auxtheory.theorems.schedules.auxmom import AuxMOMSchedule
from auxtheory.typing import FloatArray

DELTAS = (0.1, 0.01)
ROUNDS = (10, 30, 100, 300, 1000)
K = 5
DIM = 16
STEPS = np.geomspace(0.01, 0.9, 24)
MOMENTA = np.geomspace(2e-3, 1.0, 30)


def bounds(eta: Any, a: FloatArray, delta: float) -> FloatArray:
    """The bound of S3-schedule at L = F₀ = σ_r = B = 1, for constant η and arrays a of shape
    (T, …)."""
    room = (1 - eta) / (delta**2 * eta)
    P = noise = np.zeros(a.shape[1:])
    free = np.ones(a.shape[1:], dtype=bool)
    for t in reversed(range(len(a))):
        P = P * (1 - a[t + 1]) ** 2 if t + 1 < len(a) else P
        for _ in range(K):
            free = free & (room > P)
            P = np.where(free, eta + P / np.where(free, 1 - P / room, 1.0), 0.0)
        noise = noise + P * (a[t] ** 2 if t else 1.0)
    return np.where(free, (2 + noise) / (K * len(a) * eta), np.inf)


def schedules_table() -> Table:
    """G and the bound of S3-schedule at the η and a of the smallest bound, for a constant a and for
    a_t = max{a, 1/t}: a quadratic of 16 coordinates, K = 5, B = 1, σ_r = 1, two values of δ."""
    rows = list[dict[str, Any]]()
    for delta in DELTAS:
        for T in ROUNDS:
            t = np.arange(1.0, T + 1)
            shapes = {
                "constant a": np.broadcast_to(MOMENTA, (T, len(MOMENTA))),
                "a_t = max(a, 1/t)": np.maximum(MOMENTA, 1 / t[:, None]),
            }
            for name, every in shapes.items():
                values = bounds(STEPS, np.repeat(every[..., None], len(STEPS), axis=-1), delta)
                i, j = np.unravel_index(np.argmin(values), values.shape)
                head = {"delta": delta, "T": T, "K": K, "curve": name, "eta": float(STEPS[j])}
                rows.append(head | _run(delta, float(STEPS[j]), every[:, i], T))
    return Table(tuple(rows))


def _run(delta: float, eta: float, a: FloatArray, T: int) -> dict[str, float]:
    pair = Quadratic(L=1.0, mu=0.01, dim=DIM, F0=1.0).with_helper(delta)
    noise = Gaussian(sigma_f=1.0)
    theorem = AuxMOMSchedule()
    steps = Steps(eta=eta, a=PerRound(a), K=K, T=T, B=1)
    bound = theorem.value(theorem.constants(pair, noise), steps)
    trace = run(methods.AuxMOM, pair, noise, steps, engine="exact")
    return {"a": float(a[-1]), "measured": float(trace.G.item()), "bound": float(bound)}


SCHEDULES = Drawing(
    text="AuxMOM with a constant a and with a_t = max(a, 1/t) over T, at B = 1",
    make=schedules_table,
    x="T",
    xlabel="rounds T",
    ylabel="G at the steps of the best bound",
    panel="delta",
    title="δ = {:g} L",
)
