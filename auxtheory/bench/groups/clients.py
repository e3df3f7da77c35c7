"""Benchmark of methods with clients: what a local step of a client costs, next to one of a single
helper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auxtheory import methods
from auxtheory.bench.case import DELTA, ETA, SEED, SIGMA_F, SIGMA_H, ZETA, BenchCase, outcome
from auxtheory.bench.groups import drawing, monte_carlo
from auxtheory.bench.measure import Group, Variant
from auxtheory.bench.sizes import Size, Sizes
from auxtheory.bounds.constants import Steps
from auxtheory.engines import ENGINES, Sampling, Task, exact
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

N, S = 10, 2
# The method of one helper whose local step has as many operations.
COMPARED: tuple[tuple[MethodType, MethodType], ...] = (
    (methods.FedAvg, methods.Naive),
    (methods.SCAFFOLD, methods.AuxMOM),
)


def group(sizes: Sizes) -> Group:
    """Methods with N clients, all or S at work, by every engine that draws samples; ratios are to
    as many local steps of one helper on the same engine."""
    size = replace(sizes.main, C=1)
    rows: list[Variant] = []
    for engine in ("cpu", "numpy"):
        for several, one in COMPARED:
            case = BenchCase(one, size, parameters={"a": 0.4} if "a" in one.parameters else {})
            row = monte_carlo.by_engine(case, engine, "Gaussian")
            row = replace(row, name=f"engine {engine}, {one.name}", limit="", draws=size.work)
            rows.append(row)
            rows += [by_clients(several, engine, size, at_work, row.name) for at_work in (N, S)]
    return Group(
        f"Monte Carlo, {N} clients", str(size), tuple(rows), ratio="one helper, a step for a step"
    )


def by_clients(method: MethodType, engine: str, size: Size, at_work: int, one: str) -> Variant:
    """A method with so many of N clients at work, in as many local steps as the size has."""
    T = max(1, size.T // at_work)
    pair = Quadratic(L=1.0, mu=0.1, dim=size.d).with_clients(N=N, delta=DELTA, zeta=ZETA)
    task = Task(
        method=method,
        pair=pair,
        noise=Gaussian(sigma_f=SIGMA_F, sigma_h=SIGMA_H),
        steps=Steps(eta=ETA, K=size.K, T=T, S=at_work),
    )
    run: Any = ENGINES[engine].run
    sampling = Sampling(replicas=size.R, seed=SEED)
    work = float(size.R * size.d * size.K * T * at_work)
    return Variant(
        name=f"engine {engine}, {method.name}, {at_work} of {N}",
        run=lambda: outcome(run(task, sampling)),
        expected=lambda: outcome(exact.run(task, Sampling())).mean,
        work=work,
        draws=work,
        limit=drawing.in_numpy("normals") if engine == "numpy" else "",
        against=one,
    )
