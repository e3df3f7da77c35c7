"""Pairs and laws of noise that are not the library's own, tried before they are run: pure, and replica by replica."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from auxtheory.constants import Steps
from auxtheory.engines.base import configurations
from auxtheory.noise import Index, Noise
from auxtheory.problems import Pair
from auxtheory.units import FloatArray

REPLICAS = 3
TOLERANCE = 1e-9  # relative: products of matrices may be taken in another order
Part = Callable[[FloatArray, int, int], Any]  # of x at replicas [start, stop)


def impure(pair: Pair, noise: Noise, steps: Steps) -> str | None:
    """Why the gradients of a pair or the samples of a law are not functions of x (and of the index), or None."""
    tried = [*_gradients(pair), *_samples(pair, noise)]
    if not tried:
        return None
    x = np.broadcast_to(pair.x0[:, None, :], (configurations(pair, noise, steps), REPLICAS, pair.dim))
    x = x + pair.length * np.cos(np.arange(float(x.size))).reshape(x.shape)
    for what, function, ends in tried:
        reason = _tried(function, x, x.shape[:ends])
        if reason:
            return f"{what} {reason}"
    return None


def _own(value: object) -> bool:
    return type(value).__module__.partition(".")[0] == "auxtheory"


def _gradients(pair: Pair) -> Iterator[tuple[str, Part, int]]:
    """What a pair computes at x, and how many axes of x its value keeps."""
    if _own(pair):
        return
    of, g = f"of {type(pair).__name__}", pair.gradients()
    for name, gradient in (("f", g.f), ("h", g.h), ("r", g.r)):
        yield f"the gradient {name} {of}", partial(_of_x, gradient), 3
    yield f"the gap {of}", partial(_of_x, pair.gap), 2


def _of_x(function: Callable[[Any], Any], x: FloatArray, start: int, stop: int) -> Any:
    """A function of x alone, whatever the numbers of the replicas."""
    return function(x)


def _samples(pair: Pair, noise: Noise) -> Iterator[tuple[str, Part, int]]:
    if _own(noise):
        return
    centre = np.asarray(pair.x_star)

    def refreshed(x: FloatArray, start: int, stop: int) -> Any:
        return noise.refreshed(lambda y: 1.0 * y, [x], Index(0, start, stop, 1, 0), "h", centre, np)[0]

    def stepped(x: FloatArray, start: int, stop: int) -> Any:
        return noise.stepped(lambda y: 1.0 * y, x, Index(0, start, stop, 1, 0), "h", centre, np)

    of = f"of {type(noise).__name__}"
    yield f"the sample of a refresh {of}", refreshed, 3
    yield f"the sample of a local step {of}", stepped, 3


def _tried(function: Part, x: FloatArray, shape: tuple[int, ...]) -> str | None:
    given = x.copy()
    with np.errstate(all="ignore"):
        first, second = (np.array(function(given, 0, REPLICAS), dtype=float) for _ in range(2))
        if not np.array_equal(given, x):
            return "changes its argument"
        if not np.array_equal(first, second, equal_nan=True):
            return "keeps state: the same arguments must always give the same value"
        if first.ndim != len(shape) or any(n not in (1, m) for n, m in zip(first.shape, shape, strict=True)):
            return f"has shape {first.shape} for x of shape {x.shape}"
        first = np.broadcast_to(first, shape)
        for r in range(REPLICAS):
            part = np.asarray(function(x[:, r : r + 1].copy(), r, r + 1), dtype=float)
            near = TOLERANCE * np.max(np.abs(first[:, r]), initial=0.0)
            if not np.allclose(np.broadcast_to(part, (shape[0], 1, *shape[2:]))[:, 0], first[:, r], 0, near, True):
                return "depends on how replicas are batched: each replica must go its own way"
    return None
