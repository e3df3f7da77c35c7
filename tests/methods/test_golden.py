"""The present methods keep the numbers that tests/golden/methods holds, however methods are
written."""

from __future__ import annotations

from typing import Any

import pytest
from golden_cases import METHODS, RTOL, deviation, exact_case, run_exact, start_of, stored

EXACT = stored("exact.json")


@pytest.mark.parametrize("compiled", [False, True], ids=["arrays", "compiled"])
@pytest.mark.parametrize("name", METHODS)
def test_the_exact_engine_keeps_its_numbers(name: str, compiled: bool) -> None:
    """Otherwise a method, rewritten, is another method: all measures to 1e-12, the same
    divergences, and the same number of oracle calls."""
    rows = [row for row in EXACT if exact_case(row["number"]).method is METHODS[name]]
    assert len(rows) >= 35
    for row in rows:
        case = exact_case(row["number"])
        if compiled and not case.pair.diagonal:
            continue
        new = run_exact(case, compiled)
        check(new, row, deviation(new, row, start_of(case)))


def check(new: dict[str, Any], row: dict[str, Any], deviations: dict[str, float]) -> None:
    what = f"configuration {row['number']}"
    assert all(value <= RTOL for value in deviations.values()), f"{what}: {deviations}"
    assert new["costs"] == row["costs"], what
    assert new["diverged"] == row["diverged"], what
