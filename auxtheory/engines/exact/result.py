"""The trace of a run whose measures are expectations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auxtheory.engines.base import Trace, costs_at, provenance, start_of
from auxtheory.engines.task import Task
from auxtheory.typing import FloatArray

NAME = "exact"


def traced(
    task: Task, measured: FloatArray, source: Mapping[str, Any], further: Mapping[str, Any]
) -> Trace:
    """The trace of expectations.

    Args:
        task: what was run.
        measured: G, gap, ‖∇f‖², spread and largest spread, shape (5, records, C).
        source: what the numbers come from, for the provenance.
        further: the further measures by `Measure.key`, each of shape (records, C).

    Returns:
        The `Trace`, with standard errors of 0; a configuration that overflowed counts as ∞.
    """
    bad = ~np.all(np.isfinite(measured), axis=0)
    G, gap, grad_sq, spread, largest = np.where(bad, np.inf, measured)
    zero = np.zeros_like(G)
    return Trace(
        engine=NAME,
        rounds=task.rounds,
        G=G,
        gap=gap,
        grad_sq=grad_sq,
        spread=spread,
        largest_spread=largest,
        start=start_of(task.pair, task.count),
        G_se=zero,
        gap_se=zero,
        grad_sq_se=zero,
        G_skew=zero,
        gap_skew=zero,
        grad_sq_skew=zero,
        costs=costs_at(task.phases, task.rounds, task.pair),
        diverged=bad[-1].astype(float),
        replicas=None,
        provenance=provenance(NAME, **source),
        measured={key: (np.where(bad, np.inf, v), zero, zero) for key, v in further.items()},
    )
