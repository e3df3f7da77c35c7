"""Conditions, ranges and statuses of verdicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.cli.parser import main
from auxtheory.errors import InputError

L, mu, sigma_f, eta, K = at.symbols("L mu sigma_f eta K")
TWO = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.0)

CHAINED: dict[str, Callable[[], Any]] = {
    "chain": lambda: 0.5 <= L * eta <= 1,
    "min": lambda: min(L * eta, 1),
    "max": lambda: max(L, mu),
    "and": lambda: (L * eta <= 1) and (K <= 1),
    "or": lambda: (L * eta <= 1) or (K <= 1),
    "not": lambda: not (L * eta <= 1),
    "if": lambda: 1 if L * eta <= 1 else 2,
    "expression": lambda: L and mu,
    "sorted": lambda: sorted([L, mu]),
    "np.fmin": lambda: np.fmin(L * eta, 1),
    "equality": lambda: 1 if K == 1 else 2,
    "membership": lambda: K in (1, 2),
    "inequality": lambda: 1 if sigma_f != 0 else 2,
    "any": lambda: any([L * eta <= 1]),
    "numpy": lambda: np.float64(0.5) <= L * eta <= 1,
}


@pytest.mark.parametrize("what", CHAINED)
def test_a_condition_is_neither_true_nor_false(what: str) -> None:
    """Otherwise half of what is written is dropped without a word."""
    with pytest.raises(
        InputError, match=r"neither true nor false.*\[0.5 <= L \* eta, L \* eta <= 1\]"
    ):
        CHAINED[what]()


def test_conditions_of_a_class_are_conditions() -> None:
    with pytest.raises(InputError, match=r"Bad.step_range = .*False.*must be conditions"):

        class Bad(theorems.SGD):
            step_range = (L * eta <= 1, False)  # type: ignore[assignment]

    class One(theorems.SGD):
        step_range = L * eta <= 1  # type: ignore[assignment]

    assert len(One.step_range) == 1


@pytest.mark.parametrize("engine", ["exact", "numpy"])
def test_outside_its_range_a_theorem_is_neither_violated_nor_held(
    engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same status in `validate`, on the command line and in a `Study`; the broken assumption is
    printed."""
    options: dict[str, Any] = {"T": [10, 2000], "engine": engine, "replicas": 4}
    verdict = at.validate(
        theorems.SGD(), TWO, at.Gaussian(sigma_f=1.0), eta=50.0, mode="unsafe", **options
    )
    assert (
        verdict.status == "outside" and set(verdict.table["status"]) == {"outside"} and not verdict
    )
    assert "outside the theorem: Lη ≤ 1: the left side is 50, must be at most 1" in str(verdict)
    assert '"status": "outside"' in verdict.to_json()
    target = at.Quadratic(L=1.0, dim=2)
    study = at.Study(
        [theorems.SGD()],
        target,
        at.Gaussian(sigma_f=1.0),
        eta=[0.5, 50.0],
        mode="unsafe",
        K=1,
        **options,
    )
    results = study.run() if engine == "exact" else None
    assert results is None or results.counts["outside"] == 2
    grid = at.validate(
        theorems.SGD(), TWO, at.Gaussian(sigma_f=1.0), eta=[0.5, 50.0], mode="unsafe", **options
    )
    assert grid.table["status"].tolist() == ["pass", "outside"] * 2 or engine == "numpy"
    line = (
        f"validate --theorem S0 --dim 2 --eta 50 --mode unsafe --T 10 --engine {engine} "
        "--replicas 4"
    )
    assert main(line.split()) == 3
    assert "Lη ≤ 1: the left side is 50" in (out := capsys.readouterr().out) and "1 outside" in out


def test_undecided_has_an_exit_status_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    line = "validate --theorem S0 --dim 1 --F0 1e-3 --sigma-f 1 --T 9 --engine numpy --replicas 2"
    assert main(line.split()) == 3
    assert "1 undecided" in " ".join(capsys.readouterr().out.split())
    assert main(["validate", "--theorem", "S0", "--dim", "1", "--T", "9"]) == 0


def test_results_with_a_violation_are_false() -> None:
    wrong = at.claim(0.1 * theorems.SGD.bound, like=theorems.SGD(), name="Wrong")
    target = at.Quadratic(L=1.0, dim=1)
    noise = at.Gaussian(sigma_f=1.0)
    results = at.Study([wrong], target, noise, eta=[1.0], T=[1, 2], K=1).run()
    assert results.counts == {"violated": 2} and not results and len(results) == 2
    assert at.Study([theorems.SGD()], target, noise, T=[1, 2], K=1).run()


def test_the_engine_passed_over_is_named() -> None:
    pair = at.Cosine(L=1.0, dim=2).with_helper(delta=0.1)
    verdict = at.validate(theorems.AuxMOM(), pair, K=1, T=3, replicas=2)
    assert "engine passed over: exact needs a quadratic pair, and CosinePair is not one" in str(
        verdict
    )
    assert any("passed over" in note for note in verdict.notes)
    assert "passed over" not in str(at.validate(theorems.AuxMOM(), TWO, K=1, T=3))
    assert "passed over" not in str(
        at.validate(theorems.AuxMOM(), pair, K=1, T=3, replicas=2, engine="cpu")
    )
