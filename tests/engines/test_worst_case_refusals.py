"""What the worst-case engine refuses."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from worst_cases import solved

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.engines.worst_case import engine as worst_case_module
from auxtheory.errors import InputError, RefusedError
from auxtheory.methods import (
    SGD,
    AuxMOM,
    ExactCorrection,
    Naive,
    fine_tuning,
    from_rules,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PEPit's docstrings
    PEPit = pytest.importorskip("PEPit")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"constants": at.Constants(L=1.0, F0=1.0, sigma_h=0.1)},
            "noiseless runs only: sigma_h = 0.1",
        ),
        ({"steps": at.Steps(eta=0.1, K=10, T=10)}, "at most 16 points.*has 100"),
        ({"method": Naive, "steps": at.Steps(eta=0.1, K=2, T=1)}, "does not cancel"),
        (
            {"method": from_rules(name="Bent", refresh=lambda m, d, p, a: abs(d))},
            r"Bent\.\w+ is not affine: absolute in line",
        ),
    ],
)
def test_refusals_say_why(change: dict[str, Any], reason: str) -> None:
    given = {
        "method": ExactCorrection,
        "constants": at.Constants(L=1.0, F0=1.0, delta=0.1),
        "steps": at.Steps(eta=0.5, K=2, T=1),
    } | change
    with pytest.raises(RefusedError, match=reason):
        at.worst_case(**given)


def test_a_missing_pepit_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worst_case_module, "find_spec", lambda name: None)
    with pytest.raises(
        RefusedError, match=r"^worst_case needs PEPit: pip install 'auxtheory\[pep\]'$"
    ):
        solved(SGD, eta=1.0)
    assert main(["certify", "--theorem", "S1"]) == 0
    out = capsys.readouterr().out
    assert "pip install 'auxtheory[pep]'" in out and "proven" in out


def test_bad_input_is_listed() -> None:
    good = {
        "method": ExactCorrection,
        "constants": at.Constants(L=1.0, F0=1.0),
        "steps": at.Steps(eta=0.5, K=1, T=1),
    }
    with pytest.raises(InputError) as wrong:
        at.worst_case(fine_tuning(1), {}, None, measure="H", function_class="concave", decrease=1)  # type: ignore[arg-type]
    assert len(wrong.value.complaints) == 6
    for change, complaint in (
        ({"constants": at.Constants(L=np.array([1.0, 2.0]), F0=1.0)}, "L = .*must be one number"),
        ({"function_class": "strongly convex"}, r"mu = 0.0: must be in \(0, 1\)"),
        ({"method": AuxMOM}, "a = None"),
        (
            {"method": AuxMOM, "steps": at.Steps(eta=0.5, a=0.5, K=1, T=1), "decrease": True},
            "keeps its buffer",
        ),
        ({"decrease": True, "measure": "last"}, "must be 'G' with decrease"),
        ({"solver": "CLARABELLE"}, "solver = 'CLARABELLE': must be one of"),
    ):
        with pytest.raises(InputError, match=complaint):
            at.worst_case(**(good | change))  # type: ignore[arg-type]


def test_auto_never_chooses_it() -> None:
    assert worst_case_module.name not in at.engines.ENGINES
