"""Benchmark of exact moments: a loop over configurations, whole grids in one call, and the same
recursion in JAX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from inspect import signature

import numpy as np

from auxtheory.bench.case import BenchCase, moments, outcome, package, variant
from auxtheory.bench.measure import Group, Outcome, Variant, lazily
from auxtheory.bench.sizes import Sizes
from auxtheory.bench.variants import jax_moments
from auxtheory.engines import exact
from auxtheory.methods import MethodType

LOOP = "loop over configurations"
ONE_CALL = "engine exact, one call"
IN_JAX = "JAX, vmap and scan"
NUMBERS_AT_ONCE = 4_096


def group(sizes: Sizes, method: MethodType, cores: int) -> Group:
    """All variants on one grid of configurations."""
    case = BenchCase(method, sizes.grid)
    counts = tuple(dict.fromkeys((1, cores)))
    rows = [_loop(case), _one_call(case, f"{ONE_CALL}, NumPy", compiled=False)]
    # The compiled form is included if the engine has one.
    known = signature(exact.run).parameters
    if "compiled" in known:
        for count in counts if "threads" in known else (1,):
            rows.append(
                _one_call(case, f"{ONE_CALL}, compiled", count, compiled=True, threads=count)
            )
    rows += [row for count in counts for row in _in_jax(case, count)]
    return Group(f"exact moments, {method.name}", str(sizes.grid), tuple(rows), (IN_JAX, LOOP))


def _loop(case: BenchCase) -> Variant:
    """One configuration at a time, for every fiftieth configuration."""
    every = min(50, case.size.C)
    parts = [
        BenchCase(case.method, replace(case.size, C=1), delta)
        for delta in case.deltas[::every].tolist()
    ]

    def run() -> Outcome:
        means = np.array([outcome(moments(part, compiled=False)).mean for part in parts]).T.ravel()
        return Outcome(means, np.zeros_like(means))

    return variant(
        case,
        LOOP,
        run,
        expected=lambda: case.expected.reshape(3, -1)[:, ::every].ravel(),
        work=parts[0].size.work * len(parts),
        draws=0.0,
    )


def _one_call(case: BenchCase, name: str, count: int = 1, **options: bool | int) -> Variant:
    def missing() -> str | None:
        return package("numba")() if options["compiled"] else None

    def run() -> Outcome:
        return outcome(moments(case, **options))

    return variant(case, _on(name, count), run, draws=0.0, threads=count, missing=missing)


def _in_jax(case: BenchCase, count: int) -> Iterator[Variant]:
    """All configurations at once, and on one thread also in batches that stay in cache."""
    batch = max(1, NUMBERS_AT_ONCE // case.size.d)
    for name, size in ((IN_JAX, 0), (f"{IN_JAX}, in batches of {batch}", batch)):
        if count == 1 or not size:
            run = lazily(partial(jax_moments.run, case, size))
            yield variant(
                case, _on(name, count), run, draws=0.0, threads=count, missing=package("jax")
            )


def _on(name: str, count: int) -> str:
    return name if count == 1 else f"{name}, {count} threads"
