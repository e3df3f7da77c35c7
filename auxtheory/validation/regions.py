"""Theorems with constants that hold on a region, and runs that stay in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants
from auxtheory.engines import Trace
from auxtheory.noise.laws import Noise
from auxtheory.printing import number
from auxtheory.problems import Pair, Region
from auxtheory.problems.region import EDGE_OF_REGION
from auxtheory.theorems import Theorem
from auxtheory.validation.rows import Run

# Modules of theorems whose proofs use the smoothness of f at points that a run does not visit, as
# co-coercivity does, compare a point of the run with x*, or minimise over all x.
BEYOND = (
    "auxtheory.theorems.convex.",
    "auxtheory.theorems.accelerated.",
    "auxtheory.theorems.finite_sums.",
    "auxtheory.theorems.normalised.",
    "auxtheory.theorems.similarity.",
)
CONFIDENCE = 0.95  # of the bound on the probability that a run leaves the region


def looks_beyond(theorem: Theorem) -> bool:
    """Whether the proof of a theorem of the library uses f or r at points that a run does not
    visit."""
    return type(theorem).__module__.startswith(BEYOND)


def constants_on(theorem: Theorem, pair: Pair, noise: Noise, region: Region | None) -> Constants:
    """The constants on a region, or those at all x where the proof looks beyond the run."""
    if looks_beyond(theorem):
        region = None
    return theorem.constants(pair, noise, region)


def has_left(trace: Trace) -> Any:
    """In which configurations a replica left the region of the task, shape (C,)."""
    if trace.farthest is None:
        return False
    return np.any(trace.farthest > EDGE_OF_REGION, axis=1)


def judged_on(
    theorem: Theorem, pair: Pair, noise: Noise, region: Region | None, runs: Sequence[Run]
) -> list[str]:
    """Notes: the constants of the region next to those at all x, and how far the run went."""
    if region is None:
        return []
    everywhere = theorem.constants(pair, noise)
    names = {"L": "L", "delta": "δ"}
    compared = [
        f"{glyph} = {_span(getattr(runs[-1].constants, name))} (at all x "
        f"{_span(getattr(everywhere, name))})"
        for name, glyph in names.items()
    ]
    farthest = np.concatenate([run.trace.farthest for run in runs], axis=0)
    replicas = farthest.shape[1]
    left = np.max(np.sum(farthest > EDGE_OF_REGION, axis=1))
    went = f"the farthest point is {np.max(farthest):.3g} of the way from its centre to its edge"
    if left:
        stays = f"{left} of {replicas} replicas leave it; {went}"
    else:
        most = 1 - (1 - CONFIDENCE) ** (1 / replicas)
        stays = (
            f"none of {replicas} replicas leaves it, so that a run does with a probability of at "
            f"most {most:.2g} (at confidence {CONFIDENCE:g}); {went}"
        )
    return [f"constants on the region {region!r}: {', '.join(compared)}", stays]


def _span(values: Any) -> str:
    low, high = np.min(values), np.max(values)
    return number(float(low)) if low == high else f"{number(float(low))} to {number(float(high))}"
