"""Statements about clients that are a little stronger than the theorems, each with a case that
violates it, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import auxtheory as at
from auxtheory.theorems.clients import fedavg_sampled
from auxtheory.theorems.clients.quantities import (
    N,
    delta_A,
    delta_bar,
    zeta_avg,
    zeta_x,
)

L, F0, sigma_h, eta, K, T, lam, ell = at.symbols("L F0 sigma_h eta K T lambda_K ell")
DESCENT = 2 * F0 / (eta * K * T)
T6A, T6B = at.theorems.FedAvgQuadratic(), at.theorems.FedAvgSampled()
T7I, T7II = at.theorems.SCAFFOLDOptionI(), at.theorems.SCAFFOLDExactStart()
T8 = at.theorems.LaggedSCAFFOLD()
STAR = at.theorems.LaggedSCAFFOLDStar()


class NoisyControls(at.methods.SCAFFOLDOptionI):
    """SCAFFOLD of option I, whose controls alone have noise."""

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y, exact=True) + (c - c_i))


class OwnSamples(at.methods.LaggedSCAFFOLD):
    """Lagged SCAFFOLD, whose controls are samples."""

    def send(o: Any, y: Any, x: Any, c: Any, c_i: Any) -> Any:
        new = o.h(x)
        return (y, new - c_i), new


class FromZero(at.methods.LaggedSCAFFOLD):
    """Lagged SCAFFOLD, whose controls are 0 at the start."""

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def client_start(o: Any, x: Any, c: Any) -> Any:
        return 0 * x


@dataclass(frozen=True, kw_only=True)
class Row:
    """A wrong statement, a pair with clients, noise and steps, and measured/bound there."""

    bound: Any
    like: at.Theorem
    pair: Any
    steps: Mapping[str, Any]
    ratio: float
    sigma: float = 0.0
    within: float = 0.01
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def claim(self) -> at.Theorem:
        """The statement."""
        return at.claim(self.bound, like=self.like, assumptions=[], step_range=[], **self.options)


def clients(curvatures: Any, slopes: Any = None, x0: float = 1.0) -> at.Pair:
    """Clients ½A_i x² + g_i x in one dimension."""
    slopes = [0.0] * len(curvatures) if slopes is None else slopes
    return at.Quadratic.from_clients(
        [[float(v)] for v in curvatures], [[-float(v)] for v in slopes], x0=[x0]
    )


def groups(curvatures: Any, counts: Any, x0: float = 1.0) -> at.Pair:
    """Groups of identical clients ½A_i x² in one dimension."""
    return at.Quadratic.from_clients(
        [[float(v)] for v in curvatures], [[0.0]] * len(counts), counts=counts, x0=[x0]
    )


SECOND = 0.1 * np.array([[0.35, 1.2], [1.2, -0.35]])
RANK_ONE = at.Quadratic.from_clients(
    [(np.diag([0.75, 0.0]) + sign * SECOND).tolist() for sign in (1, -1)],
    [[0.0, 0.0]] * 2,
    x0=[1.0, 0.0],
)

ROWS: dict[str, Row] = {
    "T6a, half of the floor": Row(
        bound=DESCENT + (delta_A * eta) ** 2 * lam * zeta_avg**2 / 2,
        like=T6A,
        pair=clients([1.949, 0.051], [1, -1], 1e-6),
        steps={"eta": 1.0, "K": 2, "T": 4000},
        ratio=1.98,
    ),
    "T6a, noise over N²": Row(
        bound=DESCENT + L * eta * sigma_h**2 / N**2,
        like=T6A,
        pair=clients([1] * 8, x0=1e-6),
        sigma=1.0,
        steps={"eta": 1.0, "K": 1, "T": 400},
        ratio=0.1247 * 64,
    ),
    "T6a, G for G_avg": Row(
        bound=DESCENT,
        like=T6A,
        pair=clients([1, 1], [-1, 1], 1e-3),
        steps={"eta": 0.2, "K": 5, "T": 100},
        ratio=0.151 / 1e-8,
        options={"measure": "G"},
    ),
    "T6b, no τ": Row(
        bound=(DESCENT + fedavg_sampled.KAPPA**2 * zeta_x**2) / (1 - fedavg_sampled.KAPPA**2),
        like=T6B,
        pair=clients([1, 1], [-1, 1], 0.01),
        steps={"eta": 0.5, "K": 1, "T": 400, "S": 1},
        ratio=0.3322 / 5e-7,
    ),
    "T6b, a quarter of κ": Row(
        bound=(DESCENT + fedavg_sampled.KAPPA**2 / 16 * zeta_x**2)
        / (1 - fedavg_sampled.KAPPA**2 / 16),
        like=T6B,
        pair=clients([1, 0], [1, -1], 1e-6),
        steps={"eta": 0.0495, "K": 20, "T": 4000},
        ratio=0.0762 / 0.0228,
    ),
    "T7-I, Lη ≤ 1 alone": Row(
        bound=DESCENT,
        like=T7I,
        pair=clients([2.5, -1.5]),
        steps={"eta": 1.0, "K": 3, "T": 50},
        ratio=5.2e26,
    ),
    "T7-I, (K−1)/2 for q₁": Row(
        bound=DESCENT + (delta_bar * eta) ** 2 * (K - 1) / 2 * sigma_h**2 / N,
        like=T7I,
        pair=clients([0.1, 0, 0.1, 0], x0=1e-3),
        sigma=1.0,
        steps={"eta": 0.5, "K": 20, "T": 200},
        ratio=0.00234 / 0.00148,
        options={"method": NoisyControls},
    ),
    "T7-II, no fourth power": Row(
        bound=DESCENT,
        like=T7II,
        pair=clients([1 + 1 / 3, 1 - 1 / 3]),
        steps={"eta": 1.0, "K": 3, "T": 500},
        ratio=1.0336,
        within=1e-4,
    ),
    "T7-II, two rounds": Row(
        bound=DESCENT,
        like=T7II,
        pair=clients([1 + 1 / 3, 1 - 1 / 3]),
        steps={"eta": 1.0, "K": 3, "T": 2},
        ratio=1.0198,
        within=1e-4,
    ),
    "T7-II, δηK up to 1.7": Row(
        bound=DESCENT,
        like=T7II,
        pair=clients([0.01 + 1.7 / 30, 0.01 - 1.7 / 30]),
        steps={"eta": 1.0, "K": 30, "T": 2000},
        ratio=2.6e32,
        within=0.02,
    ),
    "T7-II, f of rank one": Row(
        bound=DESCENT,
        like=T7II,
        pair=RANK_ONE,
        steps={"eta": 1.0, "K": 10, "T": 300},
        ratio=1331,
    ),
    "T7-II, one of ten clients": Row(
        bound=DESCENT,
        like=T7II,
        pair=clients([0, 0.1] * 5),
        steps={"eta": 0.9, "K": 10, "T": 300, "S": 1},
        ratio=2.9,
        within=0.02,
    ),
    **{
        f"T8, one step for all N: {count}": Row(
            bound=DESCENT,
            like=T8,
            pair=groups([1, 0], [count // 2] * 2),
            steps={"eta": 0.65 / 4, "K": 4, "T": 300, "S": 1},
            ratio=ratio,
            within=0.02,
        )
        for count, ratio in ((10, 2.12), (30, 5.32), (60, 9.67))
    },
    "T8-star, own samples as controls": Row(
        bound=STAR.bound,
        like=STAR,
        pair=clients([1] * 6, x0=1e-6),
        sigma=1.0,
        steps={"eta": 0.0506, "K": 2, "T": 2000, "S": 3},
        ratio=0.01735 / 0.01709,
        within=1e-3,
        options={"method": OwnSamples},
    ),
    "T8, controls from 0": Row(
        bound=DESCENT,
        like=T8,
        pair=clients([1, 0], [-3, 3], 0.01),
        steps={"eta": 0.02, "K": 4, "T": 20, "S": 1},
        ratio=342,
        options={"method": FromZero},
    ),
    "T8, noise over N": Row(
        bound=DESCENT + L * eta * sigma_h**2 / N,
        like=T8,
        pair=clients([1] * 10, x0=1e-6),
        sigma=1.0,
        steps={"eta": 0.2, "K": 1, "T": 400, "S": 1},
        ratio=0.119 / 0.020,
    ),
}
