"""The points of the unit cube from which searches start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auxtheory.typing import FloatArray

POPULATION = 128
PROBE_SIZE = 256  # cases of the single batch in a cell with random K, T and B


def first_population(rng: np.random.Generator, parameters: int) -> FloatArray:
    """The first population: half of it at corners of the cube and centres of its faces, half of it
    uniform."""
    corners = rng.choice([0.0, 0.1, 0.5, 1.0], size=(POPULATION // 2, parameters))
    return np.concatenate([corners, rng.random((POPULATION - POPULATION // 2, parameters))])


def around(rng: np.random.Generator, parameters: int, near: Sequence[FloatArray]) -> FloatArray:
    """A batch of points: the points in `near`, these with some parameters changed, and a first
    population."""
    first = first_population(rng, parameters)
    if not near:
        return np.concatenate([first, first_population(rng, parameters)])
    count = PROBE_SIZE - len(first) - len(near)
    parents, others = (np.array(near)[rng.integers(len(near), size=count)] for _ in range(2))
    crossed = np.where(rng.random((count, parameters)) < 0.3, others, parents)
    random = first_population(rng, parameters)[rng.integers(POPULATION, size=count)]
    changed = np.where(rng.random((count, parameters)) < 0.2, random, crossed)
    return np.concatenate([near, changed, first])
