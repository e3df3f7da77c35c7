"""Pairs that count how often, and at how many points, their gradients are evaluated."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.problems.base import Gradients, Pair


def counting(pair: Pair) -> tuple[Any, dict[str, int]]:
    """The pair, and the number of points at which each of its gradients has been evaluated."""
    counts = {"f": 0, "h": 0, "r": 0}

    class Counted(type(pair)):  # type: ignore[misc]
        def gradients(self, xp: Any = np) -> Gradients:
            g = super().gradients(xp)

            def count(name: str) -> Any:
                def gradient(x: Any) -> Any:
                    counts[name] += x.shape[1]
                    return getattr(g, name)(x)

                return gradient

            return replace(g, **{name: count(name) for name in counts})

    return Counted(**vars(pair)), counts


def peak(pair: Pair, **options: Any) -> int:
    """The most bytes that `certify` holds at a time, in addition to the pair."""
    tracemalloc.start()
    try:
        assert pair.certify(**options).holds
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
