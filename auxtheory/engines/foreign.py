"""Checks of pairs and laws of noise that users define: they must be pure, and treat each replica
separately."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.engines.reach import memory, ours
from auxtheory.engines.rules import STATE
from auxtheory.engines.task import configurations
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair
from auxtheory.random.counter import Index
from auxtheory.typing import FloatArray

REPLICAS = 3
# Scales of the tried points, one for each replica.
SCALES = (0.0, 0.0, 0.0), (1e-3, 1e-3, 1e-3), (1.0, 1.0, 1.0), (30.0, 1.0, 1e3), (1.0, 1e6, 100.0)
TOLERANCE = 1e-9  # relative: products of matrices may be taken in another order
Part = Callable[[FloatArray, int, int], Any]  # a function of x at replicas [start, stop)


def impure(pair: Pair, noise: Noise, steps: Steps) -> str | None:
    """Why the gradients of a pair or the samples of a law are not functions of x (and of the
    index), or None."""
    tried = [*_gradients(pair), *_samples(pair, noise)]
    if not tried:
        return None
    points = _points(pair, noise, steps)
    for what, function, ends in tried:
        _value(function, points[0])  # values that are computed once and kept exist from now on
        before = memory(pair), memory(noise)
        for number, x in enumerate(points):
            try:
                reason = _tried(function, x, x.shape[:ends], apart=number > 0)
            except Exception as error:  # a user's function may have a domain, which must contain x0
                if number == 0:
                    return f"{what} failed at x0 ({type(error).__name__}: {error})"
                continue
            if reason:
                return f"{what} {reason}"
        if before != (memory(pair), memory(noise)):
            return f"{what} {STATE}"
    return None


def answers(pair: Pair, noise: Noise, steps: Steps) -> tuple[bytes, ...]:
    """The gradients and samples at x0, which are the same before and after a run unless they keep
    state."""
    tried = [*_gradients(pair), *_samples(pair, noise)]
    return tuple(_value(function, _points(pair, noise, steps)[0]) for _, function, _ in tried)


def _value(function: Part, x: FloatArray) -> bytes:
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(x.copy(), 0, REPLICAS), dtype=float).tobytes()
    except Exception:  # `impure` says so
        return b""


def _points(pair: Pair, noise: Noise, steps: Steps) -> list[FloatArray]:
    """x0; points near it, around it, and, for some replicas, far from it."""
    x0 = np.broadcast_to(
        pair.x0[:, None, :], (configurations(pair, noise, steps), REPLICAS, pair.dim)
    )
    around = pair.length * np.cos(np.arange(float(x0.size))).reshape(x0.shape)
    return [x0 + around * np.array(scales)[:, None] for scales in SCALES]


def _before(owner: object, names: Iterable[str], kind: type) -> str | None:
    """The first of these names that a class below this one, or the object itself, defines anew."""
    below = [
        kind_below
        for kind_below in type(owner).__mro__
        if issubclass(kind_below, kind) and kind_below is not kind and not ours(kind_below)
    ]
    defined = [getattr(owner, "__dict__", {}), *map(vars, below)]
    return next((name for name in names if any(name in place for place in defined)), None)


def _defines(owner: object, name: str) -> type:
    """The class from which an object has an attribute."""
    return next(kind for kind in type(owner).__mro__ if name in vars(kind))


def overridden(pair: Pair, anchor: type | str) -> str | None:
    """Why a pair is not what an engine reads off it, or None: anchor is the class that defines the
    numbers read (or the name of the property), and gradients or gap come from a class below it."""
    kind = _defines(pair, anchor) if isinstance(anchor, str) else anchor
    name = _before(
        pair, ("gradients", "gap", *(() if isinstance(anchor, str) else ("separable",))), kind
    )
    if name is None:
        return None
    return (
        f"{type(pair).__name__} has a {name!r} of its own, which the numbers of "
        f"{kind.__name__} do not know"
    )


def unlike(noise: Noise, kind: type = Noise) -> str | None:
    """Why a law is more than its levels and its coordinates, or more than a library's law of this
    kind, or None."""
    names = "refresh", "local", "refreshed", "stepped", "levels", "sigma_r", "_curvature"
    name = _before(noise, names, kind)
    return (
        name
        and f"{type(noise).__name__} has a {name!r} of its own, so its levels do not say what it "
        "does"
    )


def redrawn(noise: Noise) -> str | None:
    """Why a law's `draws` does not say how it is drawn, or None."""
    name = _before(noise, ("standard", "partner"), _defines(noise, "draws"))
    return (
        name
        and f"{type(noise).__name__} has a {name!r} of its own, of which its `draws` does not know"
    )


def _gradients(pair: Pair) -> Iterator[tuple[str, Part, int]]:
    """The functions of x that a pair computes, and how many axes of x each value keeps."""
    helpers = pair.helpers
    if helpers is not None and not ours(type(helpers)):
        groups = helpers.groups

        def of_helpers(x: FloatArray, start: int, stop: int) -> Any:
            return helpers.gradient(np.arange(start, stop) % groups, x)

        yield f"the gradient of {type(helpers).__name__}", of_helpers, 3
    if ours(type(pair)):
        return
    of = f"of {type(pair).__name__}"
    g = pair.gradients()
    for name, gradient in (("f", g.f), ("h", g.h), ("r", g.r)):
        yield f"the gradient {name} {of}", partial(_of_x, gradient), 3
    yield f"the gap {of}", partial(_of_x, pair.gap), 2


def _of_x(function: Callable[[Any], Any], x: FloatArray, start: int, stop: int) -> Any:
    """A function of x alone, whatever the numbers of the replicas."""
    return function(x)


def _samples(pair: Pair, noise: Noise) -> Iterator[tuple[str, Part, int]]:
    if ours(type(noise)):
        return
    centre = np.asarray(pair.x_star)

    def refreshed(x: FloatArray, start: int, stop: int) -> Any:
        return noise.refreshed(
            lambda y: 1.0 * y, [x], Index(0, start, stop, 1, 0), "h", centre, np
        )[0]

    def stepped(x: FloatArray, start: int, stop: int) -> Any:
        return noise.stepped(lambda y: 1.0 * y, x, Index(0, start, stop, 1, 0), "h", centre, np)

    of = f"of {type(noise).__name__}"
    yield f"the sample of a refresh {of}", refreshed, 3
    yield f"the sample of a local step {of}", stepped, 3


def _tried(function: Part, x: FloatArray, shape: tuple[int, ...], *, apart: bool) -> str | None:
    argument = x.copy()
    with np.errstate(all="ignore"):
        first, second = (np.array(function(argument, 0, REPLICAS), dtype=float) for _ in range(2))
        if not np.array_equal(argument, x):
            return "changes its argument"
        if not np.array_equal(first, second, equal_nan=True):
            return STATE
        if first.ndim != len(shape) or any(
            n not in (1, m) for n, m in zip(first.shape, shape, strict=True)
        ):
            return f"has shape {first.shape} for x of shape {x.shape}"
        first = np.broadcast_to(first, shape)
        for r in range(REPLICAS if apart else 0):
            if not np.all(np.isfinite(first[:, r])):
                continue
            part = np.asarray(function(x[:, r : r + 1].copy(), r, r + 1), dtype=float)
            near = TOLERANCE * np.max(np.abs(first[:, r]), initial=0.0)
            if not np.allclose(
                np.broadcast_to(part, (shape[0], 1, *shape[2:]))[:, 0], first[:, r], 0, near, True
            ):
                return "depends on how replicas are batched: each replica must go its own way"
    return None
