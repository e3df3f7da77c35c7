"""The present methods keep the numbers that tests/golden/methods holds, however methods are
written.

The exact engine keeps them to 1e-12. The sampling engines keep the paths of separable pairs bit for
bit and their means to 1e-13, for sums may be taken in another order. Matrix products and
exponentials round otherwise on another processor: paths of other pairs are compared bit for bit on
machines like the one that wrote the file, and their numbers to 1e-12 on all.
"""

from __future__ import annotations

from typing import Any

import pytest
from golden_cases import METHODS, is_machine_of, stored
from golden_exact import exact_case, exact_deviations, run_exact
from golden_sampled import NUMBER, SEPARABLE, run_sampled, sampled_case, sampled_deviations

EXACT = stored("exact.json")
SAMPLED = stored("sampled.json")
# Compiling the loops of the others takes minutes: matrix products, minibatches, AuxMOM, AuxMVR.
COMPILED = 2, 4, 13, 25


@pytest.mark.parametrize("compiled", [False, True], ids=["arrays", "compiled"])
@pytest.mark.parametrize("name", METHODS)
def test_the_exact_engine_keeps_its_numbers(name: str, compiled: bool) -> None:
    """Otherwise a method, rewritten, is another method: all measures to 1e-12, the same
    divergences, and the same number of oracle calls."""
    rows = [row for row in EXACT if exact_case(row["number"]).method is METHODS[name]]
    assert len(rows) >= 35
    for row in rows:
        case = exact_case(row["number"])
        if not compiled or case.pair.diagonal:
            new = run_exact(case, compiled=compiled)
            check(row, new, exact_deviations(new, row, case.start), rtol=1e-12)


def test_all_configurations_are_kept() -> None:
    """Otherwise rows are lost, and no test misses them."""
    assert len({row["number"] for row in EXACT}) == 500
    engines = {number: sampled_case(number).engines for number in range(NUMBER)}
    wanted = [(number, engine) for number in engines for engine in engines[number]]
    assert [(row["number"], row["engine"]) for row in SAMPLED] == wanted


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(
            row,
            id=f"{row['engine']}-{row['number']}",
            marks=[pytest.mark.slow]
            if row["engine"] == "cpu" and row["number"] not in COMPILED
            else [],
        )
        for row in SAMPLED
    ],
)
def test_a_sampling_engine_keeps_its_numbers(row: dict[str, Any]) -> None:
    """Otherwise a published run can no longer be reproduced: its samples, the order of its
    operations, its statistics."""
    case = sampled_case(row["number"])
    new = run_sampled(case, row["engine"])
    separable = case.kind in SEPARABLE
    rtol = 1e-13 if separable else 1e-12
    check(row, new, sampled_deviations(new, row, case.kind), rtol)
    if separable or is_machine_of("sampled.json"):
        assert new["paths"] == row["paths"]


def check(
    row: dict[str, Any], new: dict[str, Any], deviations: dict[str, float], rtol: float
) -> None:
    what = f"configuration {row['number']}"
    assert all(value <= rtol for value in deviations.values()), f"{what}: {deviations}"
    for name in ("costs", "diverged"):
        assert new[name] == row[name], f"{what}: {name}"
