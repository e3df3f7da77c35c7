"""Kernels of whole trajectories with their signature, for compile_check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numba
from cpu_cases import loud, quadratic
from generated_cases import METHODS, ROUNDED
from numba import float64, int64, uint64

import auxtheory as at
from auxtheory import methods
from auxtheory.engines.monte_carlo import cuda, generated
from auxtheory.kernels.cpu import trajectory as arguments
from auxtheory.kernels.cuda import trajectory as device_trajectory


def named(kind: Any, *members: Any) -> Any:
    return numba.types.BaseTuple.from_types(members, kind)


VALUES = named(arguments.Values, float64[:, :, :, ::1], int64[:, ::1])
SIGNATURE = (
    named(arguments.Plan, *[int64] * len(arguments.Plan._fields)),
    named(arguments.Numbers, *[VALUES] * 4, float64[:, ::1], int64[::1], float64[:, ::1]),
    named(device_trajectory.Keys, uint64[:, ::1], uint64[:, ::1]),
    named(arguments.State, float64[:, :, ::1], float64[:, :, ::1]),
    named(device_trajectory.Due, int64[::1], int64, float64[:, :, :, ::1], int64[::1]),
    named(arguments.PairArrays, float64[:, :, ::1], float64[::1], float64[:, ::1]),
    int64,
)
# Those of the paper with additive noise, as a user runs them.
PLAIN = (
    (methods.AuxMOM, "gaussian"),
    (methods.AuxMOM, "gaussian-24"),
    (methods.AuxMVR, "signs"),
)
MEASURES = (
    at.measures.distance(over="rounds"),
    at.measures.square("m", over="local", unit="F^2/X^2"),
)


def kernels() -> Iterator[tuple[str, Any]]:
    """The kernels of the paper's methods, and of texts with every kind of line."""
    for method, law in PLAIN:
        noise = replace(loud(law), s=0.0)
        yield f"{method.name} {law}", kernel(method, noise, {"a": 0.3})
    adam = methods.Adam, loud("gaussian"), {}
    yield "Adam with measures", kernel(*adam, MEASURES)
    for name in ("Finished", "Batched", "Signs", "Functions"):
        method, parameters, law = (METHODS | ROUNDED)[name]
        yield name, kernel(method, loud(law), {k: v for k, v in parameters.items() if k != "eta"})


def kernel(method: Any, noise: Any, parameters: dict[str, Any], measures: Any = ()) -> Any:
    """The kernel of a method's trajectories."""
    steps = at.Steps(eta=0.05, K=4, T=3, B=2, **parameters)
    task = at.Task(method=method, pair=quadratic(5), noise=noise, steps=steps, measures=measures)
    return generated.phases_for(cuda.DEVICE, task, (3,), 0)[0].loop
