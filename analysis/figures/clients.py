"""FedAvg, SCAFFOLD, exact correction and descent with clients: over δ, ζ, S and K."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auxtheory import methods
from auxtheory.analysis.figures.over_axis import Drawing
from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.lower_bounds import stability_limit
from auxtheory.measures import G_avg
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Pair, Quadratic
from auxtheory.table import Table
from auxtheory.theorems import (
    SGD,
    ClientExactCorrection,
    FedAvgQuadratic,
    FedAvgSampled,
    LaggedSCAFFOLDStar,
    SCAFFOLDExactStart,
    Theorem,
)
from auxtheory.validation.validate import validate

N = 10
DIM = 16
K = 10
T = 300
DELTAS = np.geomspace(3e-3, 0.9, 12)
ZETAS = np.geomspace(1e-3, 10.0, 12)
# Values that have a panel each.
FEW_DELTAS = (0.03, 0.3)
FEW_ZETAS = (0.01, 0.1, 1.0)
# The least curvature of f, so that clients are convex up to there.
MU = 0.1

# Each curve of the rates, with its theorem and its number of local steps.
RATES: Mapping[str, tuple[Theorem, int]] = {
    "FedAvg": (FedAvgQuadratic(), K),
    "SCAFFOLD": (SCAFFOLDExactStart(), K),
    "ClientExactCorrection": (ClientExactCorrection(), K),
    "SGD": (SGD(), 1),
}


def pairs_of(delta: Any, zeta: Any) -> Pair:
    """Ten clients, with a configuration for each entry of an array."""
    # A value for each client would be along the last axis.
    delta, zeta = (v if np.ndim(v) == 0 else np.asarray(v)[:, None] for v in (delta, zeta))
    return Quadratic(L=1.0, mu=MU, dim=DIM).with_clients(N=N, delta=delta, zeta=zeta)


def clients_table() -> Table:
    """The measure and the bound of each theorem after T = 300 rounds at the prescribed steps, for
    12 δ and three ζ: ten clients of a quadratic of 16 coordinates, all at work, K = 10, without
    noise."""
    return _rates("zeta", FEW_ZETAS, "delta", DELTAS)


def client_bias_table() -> Table:
    """The same for 12 ζ and two δ."""
    return _rates("delta", FEW_DELTAS, "zeta", ZETAS)


def _rates(panel: str, values: tuple[float, ...], axis: str, points: Any) -> Table:
    rows = list[dict[str, Any]]()
    for value in values:
        pair = pairs_of(**{panel: value, axis: points})
        for name, (theorem, local) in RATES.items():
            verdict = validate(theorem, pair, Gaussian(), K=local, T=T)
            rows += [
                {
                    panel: value,
                    axis: float(point),
                    "K": local,
                    "T": T,
                    "curve": name,
                    **_numbers(row),
                }
                for point, row in zip(points, verdict.table, strict=True)
            ]
    return Table(tuple(rows))


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    """What a figure shows of a row of a verdict."""
    return {name: float(row[name]) for name in ("eta", "measured", "bound")}


SAMPLED: Mapping[str, Theorem] = {
    "FedAvg": FedAvgSampled(),
    "LaggedSCAFFOLD": LaggedSCAFFOLDStar(),
}
FLEET = 32
AT_WORK = (1, 2, 4, 8, 16, 32)


def sampled_clients_table() -> Table:
    """E‖∇f(x)‖² at the starts of the rounds, and its bound, with S of 32 clients at work: T = 300
    rounds of K = 5 local steps at the steps of T6b and T8*, two ζ, δ = 0.01."""
    rows = list[dict[str, Any]]()
    for zeta in (0.01, 1.0):
        f = Quadratic(L=1.0, mu=MU, dim=2)
        pair = f.with_clients(N=FLEET, delta=0.1 * MU, zeta=zeta, groups=2)
        for name, theorem in SAMPLED.items():
            for S in AT_WORK:
                verdict = validate(theorem, pair, Gaussian(), K=5, T=300, S=S)
                (row,) = verdict.table
                rows.append(
                    {
                        "zeta": zeta,
                        "S": S,
                        "curve": name,
                        **_numbers(row),
                    }
                )
    return Table(tuple(rows))


LOCAL = (1, 2, 4, 8, 16, 32, 64, 128, 256)
KNEES = (0.3, 0.1, 0.03)
ETAS = np.geomspace(2e-3, 1.0, 24)


def knee_table() -> Table:
    """The least G of SCAFFOLD over 24 step sizes after 100 rounds of K local steps, with T7-II's
    bound: more local steps help up to K ≈ L/δ, and no further."""
    theorem = SCAFFOLDExactStart()
    rows = list[dict[str, Any]]()
    for delta in KNEES:
        f = Quadratic(L=1.0, mu=1e-4, dim=8, spectrum="geometric")
        pair = f.with_clients(N=N, delta=delta, zeta=0.1, groups=2)
        c = theorem.constants(pair, Gaussian())
        for local in LOCAL:
            steps = Steps(eta=ETAS, K=local, T=100)
            trace = run(methods.SCAFFOLDExactStart, pair, Gaussian(), steps, measures=[G_avg])
            measured = trace.measure(G_avg)[0][-1]
            best = int(np.nanargmin(np.where(np.isfinite(measured), measured, np.inf)))
            bound = theorem.value(c, theorem.tune(c, local, 100, S=N))
            rows.append(
                {
                    "K": local,
                    "curve": f"δ = {delta:g} L",
                    "delta": delta,
                    "eta": float(ETAS[best]),
                    "measured": float(measured[best]),
                    "bound": float(bound),
                }
            )
    return Table(tuple(rows))


RANGE = (2, 3, 4, 6, 8, 12, 16, 32, 64, 100)


def scaffold_range_table() -> Table:
    """The largest δηK at which SCAFFOLD is stable with two clients, for ten K.

    Of one coordinate and Lη → 0, where a client is not convex and T7-II proves δηK ≤ ¾; and of two,
    where f has rank one and the clients' Hessians do not commute with it.
    """
    rows = list[dict[str, Any]]()
    for local in RANGE:
        for dim, name in ((1, "one coordinate"), (2, "two, not commuting")):
            limit = stability_limit(local, dim=dim)
            bound = 0.75 if dim == 1 else np.nan
            rows.append({"K": local, "curve": name, "measured": limit, "bound": bound})
    return Table(tuple(rows))


CLIENTS = Drawing(
    text="FedAvg, SCAFFOLD, exact correction and descent with ten clients over δ",
    make=clients_table,
    x="delta",
    xlabel="largest δ_i, in F/X²",
    ylabel="E‖∇f‖² after 300 rounds, in F²/X²",
    panel="zeta",
    title="ζ = {:g}",
)
CLIENT_BIAS = Drawing(
    text="the same methods over the dissimilarity ζ of the clients",
    make=client_bias_table,
    x="zeta",
    xlabel="ζ at x*, in F/X",
    ylabel="E‖∇f‖² after 300 rounds, in F²/X²",
    panel="delta",
    title="largest δ_i = {:g} L",
)
SAMPLED_CLIENTS = Drawing(
    text="FedAvg and SCAFFOLD with S of 32 clients at work in a round",
    make=sampled_clients_table,
    x="S",
    xlabel="clients at work S",
    ylabel="E‖∇f(x)‖² at round starts, in F²/X²",
    panel="zeta",
    title="ζ = {:g}",
)
KNEE = Drawing(
    text="SCAFFOLD at its best step over the number of local steps, for three δ",
    make=knee_table,
    x="K",
    xlabel="local steps K",
    ylabel="G of the averages after 100 rounds",
)
SCAFFOLD_RANGE = Drawing(
    text="where SCAFFOLD diverges: the largest stable δηK over the local steps K",
    make=scaffold_range_table,
    x="K",
    xlabel="local steps K",
    ylabel="largest stable δηK",
    logy=False,
    measured="limit",
)
