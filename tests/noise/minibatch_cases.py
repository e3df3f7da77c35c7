"""Pairs of logistic objectives and the couplings of their minibatches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from auxtheory.noise.minibatch import Minibatch, matched
from auxtheory.problems import Logistic, LogisticPair
from auxtheory.problems.logistic import helpers
from auxtheory.random.counter import Index

PAIRS: dict[str, Callable[[Logistic], LogisticPair]] = {
    "relabelled": lambda f: helpers.relabelled(f, share=0.4),
    "noisy": lambda f: helpers.noisy(f, 0.3),
    "reweighed": lambda f: f.helped_by(
        f.replace(weights=f.weights * np.linspace(0, 2, len(f.labels)))
    ),
    "towards": lambda f: f.with_helper(0.05, 0.1, towards=f.replace(features=1.3 * f.features)),
    "dialled": lambda f: f.with_helper(0.05, 0.1),
}
COUPLINGS = {"same": lambda _: "same", "independent": lambda _: "independent", "matched": matched}
each_pair = pytest.mark.parametrize("make", PAIRS.values(), ids=PAIRS)
each_coupling = pytest.mark.parametrize("coupling", COUPLINGS.values(), ids=COUPLINGS)


def point(pair: LogisticPair, seed: int = 0, size: float = 1.0) -> Any:
    return size * np.random.default_rng(seed).standard_normal(pair.dim)


def samples(
    noise: Minibatch, x: Any, replicas: int, helper: Any = "h", seed: int = 0
) -> tuple[Any, Any]:
    """g_r and g_h at x of many replicas, (replicas, d)."""
    index = Index(seed, 0, replicas, 3, 2)
    gradients = noise.pair.gradients().seen(helper, np)
    everywhere = np.broadcast_to(x, (1, replicas, len(x)))
    centre = noise.pair.x_star
    (r,) = noise.refreshed(gradients.r, [everywhere], index, helper, centre, np)
    return r[0], noise.stepped(gradients.h, everywhere, index, helper, centre, np)[0]
