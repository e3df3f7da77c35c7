"""Corrections whose rounds are combined whether coordinates interact or not, for searches of many
long runs: the cost grows like log T."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from auxtheory.engines.base import Trace
from auxtheory.engines.exact.combined import dense_phase
from auxtheory.engines.exact.dense import diagonal
from auxtheory.engines.exact.engine import arrays_of, as_program, refuses, run_part
from auxtheory.engines.exact.frame import frame_of
from auxtheory.engines.exact.result import traced
from auxtheory.engines.task import Task
from auxtheory.errors import RefusedError
from auxtheory.problems import QuadraticPair
from auxtheory.typing import FloatArray


def applies(task: Task) -> bool:
    """Whether `run` takes this task: one phase of a correction, additive noise, and one record at
    the end."""
    return (
        isinstance(task.pair, QuadraticPair)
        and len(task.phases) == 1
        and not as_program(task)
        and not task.extra
        and not np.any(task.noise.s)
        and task.rounds == (task.steps.T,)
    )


def run(task: Task) -> Trace:
    """The trace of the engine `exact`, up to rounding.

    Raises:
        RefusedError: with the reason why mean and covariance do not close on the task.
    """
    pair = task.pair
    reason = refuses(task)
    if reason or not isinstance(pair, QuadraticPair):
        raise RefusedError(reason)
    with np.errstate(all="ignore"):
        frame = frame_of(pair, task.phases, task.noise)
        arrays = arrays_of(task.phases[0], frame, task.noise, task.count)
    if arrays.R.ndim == 2:
        shaped = [_diagonal(v) for v in (arrays.shaped_r, arrays.shaped_local)]
        arrays = replace(arrays, R=diagonal(arrays.R), shaped_r=shaped[0], shaped_local=shaped[1])
    measured = run_part(dense_phase, task.phases, [arrays], task.rounds)
    return traced(task, measured, {"form": "rounds combined"}, {})


def _diagonal(variances: FloatArray | None) -> FloatArray | None:
    """Covariances of independent coordinates."""
    return None if variances is None else diagonal(variances)
