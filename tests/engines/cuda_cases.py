"""Runs of the engine cuda next to those of the engine numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.engines.monte_carlo import cuda
from auxtheory.engines.monte_carlo import numpy as numpy_engine


def small_blocks(patch: pytest.MonkeyPatch) -> None:
    """Blocks of 8 threads, two at most: rows and coordinates are then reached in strides, and the
    simulator lives."""
    from auxtheory.kernels.cuda import trajectory as device_trajectory

    patch.setattr(device_trajectory, "THREADS", 8)
    patch.setattr(device_trajectory, "BLOCKS", 2)


def squares(method: Any) -> tuple[at.Measure, ...]:
    """‖v‖² of every vector v among the state after a round."""
    program = method.program
    return tuple(at.measures.square(v) for v in program.state if v not in program.scalars)


def assert_same(what: Any, measures: Any = (), *, rtol: float = 1e-13, **sampling: Any) -> None:
    """All measures equal, up to the order of sums and the roundings of a few steps."""
    method, pair, noise, steps = what
    record = sampling.pop("record", (steps.T,))
    task = at.Task(
        method=method, pair=pair, noise=noise, steps=steps, record=record, measures=measures
    )
    settings = at.Sampling(**{"replicas": 3, "seed": 2**40 + 7, "first_replica": 5, **sampling})
    got, wanted = (engine.run(task, settings) for engine in (cuda, numpy_engine))
    np.testing.assert_allclose(got.spread, wanted.spread, rtol=rtol)
    for measure in ("G", "gap", "grad_sq", *measures):
        # A standard error is a difference of numbers of the size of the mean.
        mean, error = wanted.measure(measure)
        allowed = rtol * np.abs(mean)
        for one, two in zip(got.measure(measure), (mean, error), strict=True):
            assert np.all(np.abs(one - two) <= allowed), (measure, one, two)
