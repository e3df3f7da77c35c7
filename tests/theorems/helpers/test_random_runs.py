"""No run of random helpers, followed by enumeration, exceeds a bound at steps in its range."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from random_runs import compare

from auxtheory.theorems import helpers

KINDS = [kind for kind in helpers.ALL if not kind.label.startswith("T10")]
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.label)


def check(kind: Any, cases: int) -> float:
    """The largest ratio where the bound is positive."""
    rng = np.random.default_rng(21)
    ratios = [0.0]
    for _ in range(cases):
        found = compare(kind, rng)
        if found is None:
            continue
        measured, bound, size = found
        assert measured <= bound + 1e-9 * size
        ratios.append(measured / bound if bound > 1e-6 * size else 0.0)
    assert len(ratios) > cases / 3
    return max(ratios)


@EACH
def test_no_run_is_above_the_bound(kind: Any) -> None:
    assert check(kind, 15) <= 1 + 1e-6


@pytest.mark.slow
@EACH
def test_no_run_of_a_thousand_is_above_the_bound(kind: Any) -> None:
    assert check(kind, 1_000) > 0.9
