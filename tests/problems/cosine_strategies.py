"""Hypothesis strategies of cosine targets and pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from quadratic_strategies import dim_of, helpers, scales, vectors

from auxtheory.bounds.constants import Constants
from auxtheory.problems import Cosine, CosinePair
from auxtheory.typing import Helper


@st.composite
def targets(draw: Any) -> dict[str, Any]:
    """Arguments of Cosine: L, low, dim or a spectrum; F0, x0 or neither; x*."""
    d = draw(st.integers(1, 5))
    L = draw(scales)
    given_: dict[str, Any] = {"L": L, "dim": d}
    given_["spectrum"] = draw(st.sampled_from(["uniform", "geometric", "two-cluster"]))
    if draw(st.booleans()):
        given_["low"] = L if d == 1 else L * draw(st.sampled_from([1e-3, 0.5, 1.0]))
    if draw(st.booleans()):
        given_ = {
            "spectrum": [L, *draw(st.lists(st.floats(0.01, 10.0), min_size=d - 1, max_size=d - 1))]
        }
    if draw(st.booleans()):
        given_["x_star"] = draw(st.one_of(st.floats(-5, 5), vectors(d)))
    start = draw(st.sampled_from(["F0", "x0", "left out"]))
    if start == "F0":
        given_["F0"] = draw(st.floats(1e-3, 1.0)) * 2 * float(np.sum(Cosine(**given_).amplitudes))
    elif start == "x0":
        given_["x0"] = (np.asarray(given_.get("x_star", 0.0)) + draw(vectors(d, low=0.1))).tolist()
    return given_


@st.composite
def pairs(draw: Any) -> tuple[CosinePair, dict[str, Any], dict[str, Any]]:
    """A pair, and the arguments of its target and of its helper."""
    target = draw(targets())
    helper = draw(helpers(dim_of(target), own=False))
    if draw(st.booleans()):
        helper["bias"] = draw(vectors(dim_of(target)).filter(any))
    return Cosine(**target).with_helper(**helper), target, helper


class Lying(CosinePair):
    """A pair whose stated constants are `told`, if given, whatever its functions."""

    told: dict[str, float] = {}  # noqa: RUF012

    def constants(self, helper: Helper = "h") -> Constants:
        return super().constants(helper).replace(**self.told)


def lying(pair: CosinePair, **told: Any) -> CosinePair:
    return type("Told", (Lying,), {"told": told})(**vars(pair))
