"""instance ≤ worst case ≤ bound on a grid, the stored proofs, and the command `certify`."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.certify import cells, sandwich, stored, stored_table, summary
from auxtheory.cli.parser import main
from auxtheory.engines.worst_case import engine as worst_case_module
from auxtheory.engines.worst_case import semidefinite
from auxtheory.engines.worst_case.proof import Proof
from auxtheory.errors import InputError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PEPit's docstrings
    pytest.importorskip("PEPit")

ROOT = Path(__file__).resolve().parents[2]


def test_the_sandwich_holds_on_a_slice_of_the_grid() -> None:
    table = sandwich(cells(K=(1, 2), T=(1, 2), delta=(0.0, 0.3), eta_points=1))
    assert set(table["status"]) == {"holds"}
    assert {"S0", "S1", "S1-PL", "S3", "S4", "S3-SGDm", "S4-MVR"} == set(table["theorem"])
    assert sum(summary(table)["hold"]) == len(table)


def test_a_false_bound_is_violated() -> None:
    (cell,) = cells([at.theorems.SGD], K=(1,), T=(2,), eta_points=1)

    class TooGood(at.theorems.SGD):
        bound = 0.99 * at.theorems.SGD.bound

    (row,) = sandwich([replace(cell, theorem=TooGood())])
    assert row["status"] == "violated"


def test_the_grid_stays_inside_the_theorems() -> None:
    grid = cells()
    assert len(grid) >= 200
    assert all(not cell.theorem.unmet(cell.constants, cell.steps) for cell in grid)
    with pytest.raises(InputError, match="delta = -1"):
        cells(K=(0,), delta=(-1.0,))
    with pytest.raises(InputError, match="it names β, ζ, which no class of functions limits"):
        cells([at.theorems.Naive])


def committed() -> list[dict[str, Any]]:
    return list(
        json.loads((ROOT / "analysis" / "results" / "certify.json").read_text(encoding="utf-8"))
    )


def test_the_committed_table_holds() -> None:
    rows = committed()
    assert len(rows) >= 200
    assert {row["status"] for row in rows} == {"holds"}
    assert any(row["delta"] == 0 for row in rows)
    for row in rows:
        assert row["instance"] <= row["tight"] * (1 + 1e-5) <= row["bound"] * (1 + 3e-5)
    grid = cells()
    assert len(grid) == len(rows)
    for i in range(0, len(rows), 60):
        found = grid[i].solve()
        assert found.value == pytest.approx(rows[i]["tight"], rel=2e-5)
        assert grid[i].bound == pytest.approx(rows[i]["bound"], rel=1e-12)


def test_the_stored_proofs_need_no_solver() -> None:
    code = (
        "import sys; sys.modules.update(PEPit=None, cvxpy=None, clarabel=None, scs=None); import "
        "auxtheory as at; "
        "found = at.certify.stored(); print(len(found), all(bool(each.proof.verify()) for each in "
        "found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    count, fine = done.stdout.split()
    assert int(count) >= 60 and fine == "True"


def test_the_stored_proofs_imply_their_theorems() -> None:
    table = stored_table()
    assert set(table["status"]) == {"proven"}
    assert np.max(table["proven/bound"]) <= 1 + 1e-5
    assert {"S1", "S1-PL", "S3", "S4"} == set(table["theorem"])
    assert any(each.every_T for each in stored())


def test_a_stored_proof_that_does_not_hold_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = stored()[0]
    spoilt = replace(fine, proof=Proof(fine.proof.case, fine.proof.multipliers * 0.9))
    monkeypatch.setattr("auxtheory.certify.proofs.stored", lambda: (fine, spoilt))
    assert list(stored_table()["status"]) == ["proven", "no proof"]
    assert main(["certify", "--stored"]) == 1
    assert "no proof" in capsys.readouterr().out


def test_a_stored_proof_of_an_unknown_inequality_is_refused() -> None:
    record = stored()[0].proof.to_json()
    with pytest.raises(InputError, match="must be one of the case's class"):
        Proof.from_json(record | {"multipliers": [["f", 0, 99, 1.0]]})
    with pytest.raises(InputError, match="method = 'Mine'"):
        Proof.from_json(record | {"case": record["case"] | {"method": "Mine"}})


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quick = [
        "certify",
        "--theorem",
        "S1",
        "--K",
        "2",
        "--T",
        "1",
        "--delta",
        "0.5",
        "--eta-points",
        "1",
    ]
    assert main([*quick, "--out", str(tmp_path / "table")]) == 0
    assert "holds" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "table.csv",
        "table.json",
        "table.txt",
    ]
    assert main(["certify", "--K", "0", "--delta", "x"]) == 2
    assert "2 bad inputs" in capsys.readouterr().err
    assert main(["certify", "--theorem", "S3", "--stored"]) == 0
    assert main(["certify", "--stored", "--out", str(tmp_path / "no" / "table")]) == 2


def test_an_inaccurate_cell_is_no_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    solve: Callable[..., Any] = semidefinite.solve
    monkeypatch.setattr(
        worst_case_module,
        "solve",
        lambda case, solver, options, simplest: solve(case, solver, {"max_iter": 3}, False),
    )
    (row,) = sandwich(cells([at.theorems.SGD], K=(1,), T=(2,), eta_points=1))
    assert row["status"] in ("inaccurate", "failed") and np.isnan(row["tight"])


def test_the_old_name_of_a_cell_still_works() -> None:
    """For one release, with a warning that says the new one."""
    from auxtheory import certify

    with pytest.warns(DeprecationWarning, match="GridCell"):
        assert certify.Cell is certify.GridCell
    with pytest.raises(AttributeError, match="'Cells'"):
        _ = certify.Cells
