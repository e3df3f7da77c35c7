"""Quadratic pairs as a strategy or a search chooses them, with one helper, several, or clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from auxtheory.problems.choose import Choose
from auxtheory.problems.quadratic.pair import QuadraticPair

Make = Callable[..., Any]  # `Quadratic`, which this file cannot import
SEEDS = range(10)


def kinds_of(make: Make) -> Mapping[str, Callable[[Choose], QuadraticPair]]:
    """The functions that draw a pair with one helper, by name."""
    return {
        "quadratic": partial(_with_helper, make, False),
        "dense": partial(_with_helper, make, True),
    }


def client_kinds_of(make: Make) -> Mapping[str, Callable[[Choose], QuadraticPair]]:
    """The functions that draw a pair with clients or several helpers, by name."""
    return {
        "clients": partial(_with_several, make, "with_clients", False),
        "dense-clients": partial(_with_several, make, "with_clients", True),
        "helpers": partial(_with_several, make, "with_helpers", False),
        "dense-helpers": partial(_with_several, make, "with_helpers", True),
    }


def _target(make: Make, choose: Choose, seeds: list[int | None]) -> tuple[Any, float]:
    """f and its L."""
    d = choose.dim
    L = choose.amount("L")
    target = make(
        L=L,
        mu=None if d == 1 else choose.amount("mu", L),
        dim=d,
        spectrum=choose.among(("uniform", "two-cluster")),
        F0=choose.amount("F0"),
        rotation=choose.among(seeds),
    )
    return target, L


def _seeds(choose: Choose, rotated: bool) -> list[int | None]:
    return [None, *SEEDS] if rotated and choose.dim > 1 else [None]


def _with_helper(make: Make, rotated: bool, choose: Choose) -> QuadraticPair:
    seeds = _seeds(choose, rotated)
    target, L = _target(make, choose, seeds)
    delta = choose.amount("delta", L)
    gaps: tuple[Any, ...] = ("signs", "uniform") if choose.dim > 1 else ("signs", [delta])
    pair: QuadraticPair = target.with_helper(
        delta, choose.amount("zeta"), gap=choose.among(gaps), rotation=choose.among(seeds)
    )
    return pair


def _with_several(make: Make, name: str, rotated: bool, choose: Choose) -> QuadraticPair:
    """Up to six different helpers, or up to three groups of identical ones."""
    seeds = _seeds(choose, rotated)
    target, L = _target(make, choose, seeds)
    delta = choose.amount("delta", L)
    zeta = choose.amount("zeta")
    if choose.among((False, True)):
        groups: Any = [choose.whole(1, 20) for _ in range(choose.whole(2, 3))]
        N = None
    else:
        groups, N = None, choose.whole(2, 6)
    pair: QuadraticPair = getattr(target, name)(
        N,
        delta,
        zeta,
        groups=groups,
        rotation=choose.among(seeds),
        seed=choose.among(list(SEEDS)),
    )
    return pair
