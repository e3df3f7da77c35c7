"""Benchmark of Monte Carlo on methods of the literature: what their texts gain from the compiled
loops of each engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from auxtheory import methods
from auxtheory.bench.case import SEED, BenchCase, outcome
from auxtheory.bench.groups import monte_carlo
from auxtheory.bench.measure import Group, Variant
from auxtheory.bench.sizes import Sizes
from auxtheory.engines import Sampling
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Gaussian
from auxtheory.typing import FloatArray

# Momentum, a schedule, and a method that is not affine; each draws one number a coordinate-step.
TEXTS: tuple[tuple[MethodType, Mapping[str, float]], ...] = (
    (methods.Nesterov, {"beta": 0.6}),
    (methods.AveragedSGD, {}),
    (methods.Adam, {}),
)
MANY = 4  # times as many replicas for the expected values of a method that is not affine
TEXT = "numpy"  # the engine that runs the text itself


def group(sizes: Sizes) -> Group:
    """Each method by every engine that draws samples; ratios are to the engine `numpy`."""
    rows: list[Variant] = []
    for method, parameters in TEXTS:
        case = BenchCase(method, sizes.main, parameters=parameters)
        names = {engine: f"engine {engine}, {method.name}" for engine in monte_carlo.simulators()}
        for engine, name in names.items():
            row = monte_carlo.by_engine(case, engine, "Gaussian")
            more: dict[str, Any] = {"expected": _sampled(case)} if method.not_affine else {}
            more |= {"draws": case.size.work, "against": names[TEXT]}
            rows.append(replace(row, name=name, limit="", **more))
    return Group(
        "Monte Carlo, other methods", str(sizes.main), tuple(rows), ratio="the engine numpy"
    )


def _sampled(case: BenchCase) -> Callable[[], FloatArray]:
    """The expected values as those of the engine `numpy` over more replicas, with another seed."""

    @cache
    def expected() -> FloatArray:
        sampling = Sampling(replicas=MANY * case.size.R, seed=SEED + 1)
        return outcome(numpy_engine.run(case.task(Gaussian(**case.levels)), sampling)).mean

    return expected
