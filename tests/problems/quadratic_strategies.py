"""Hypothesis strategies of the arguments of quadratic targets and helpers."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

scales = st.floats(0.1, 10.0)
seeds = st.integers(0, 99)


def vectors(d: int, low: float = -5.0) -> st.SearchStrategy[list[float]]:
    return st.lists(
        st.floats(low, 5.0).filter(lambda v: v == 0 or abs(v) > 1e-3), min_size=d, max_size=d
    )


@st.composite
def targets(
    draw: Any,
    rotated: bool | None = None,
    dim: st.SearchStrategy[int] = st.integers(1, 5),  # noqa: B008
) -> dict[str, Any]:
    """Arguments of Quadratic: L, μ, dim or a spectrum; F0 or x0; x*; a rotation or none."""
    d = draw(dim)
    L = draw(scales)
    given_: dict[str, Any] = {
        "L": L,
        "dim": d,
        "mu": L if d == 1 else L * draw(st.sampled_from([0.0, 0.01, 0.5, 1.0])),
    }
    kind = draw(st.sampled_from(["uniform", "geometric", "two-cluster", "given"]))
    if kind == "given":
        given_ = {
            "spectrum": [L, *draw(st.lists(st.floats(0.01, 10.0), min_size=d - 1, max_size=d - 1))]
        }
    elif kind != "geometric" or given_["mu"] > 0:
        given_["spectrum"] = kind
    if draw(st.booleans()):
        given_["x_star"] = draw(st.one_of(st.floats(-5, 5), vectors(d)))
    if draw(st.booleans()):
        given_["F0"] = draw(scales)
    elif kind == "given":
        given_["x0"] = (np.asarray(given_.get("x_star", 0.0)) + draw(vectors(d, low=0.1))).tolist()
    if rotated or (rotated is None and draw(st.booleans())):
        given_["rotation"] = draw(seeds)
    return given_


@st.composite
def helpers(draw: Any, d: int, own: bool = True) -> dict[str, Any]:
    """Arguments of with_helper: δ, ζ, the pattern of R, its own rotation or none, and b's direction
    or none."""
    delta = draw(st.sampled_from([0.0, 0.05, 1.0, 3.0]))
    given_ = {"delta": delta, "zeta": draw(st.sampled_from([0.0, 0.5, 1e3]))}
    gap = draw(st.sampled_from(["signs", "uniform", "given"]))
    if gap == "given":
        gap = [-delta, *draw(st.lists(st.floats(-delta, delta), min_size=d - 1, max_size=d - 1))]
    given_["gap"] = gap
    if own and draw(st.booleans()):
        given_["rotation"] = draw(seeds)
    if own and draw(st.booleans()):
        given_["bias"] = draw(vectors(d).filter(any))
    return given_


def dim_of(target: dict[str, Any]) -> int:
    return target["dim"] if "dim" in target else len(target["spectrum"])
