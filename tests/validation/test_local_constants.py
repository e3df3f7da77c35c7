"""What a run meets lies within what is stated, and predicts its rate."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from complaints import refused
from engine_input import engine_input
from logistic_cases import data, target

import auxtheory as at
from auxtheory import engines, methods
from auxtheory.analysis.figures.delta_prediction import (
    SHUFFLES,
    agreement,
    delta_prediction,
    delta_table,
)
from auxtheory.cli.parser import main
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Logistic
from auxtheory.problems.logistic import helpers
from auxtheory.validation.local_constants import along


def test_a_run_meets_no_more_than_is_stated() -> None:
    """Otherwise a nominal constant is no bound where the run goes, or what is met is not that at its
    points."""
    f = target()
    for pair in (helpers.noisy(f, 0.2), helpers.relabelled(f, share=0.3), f.with_helper(0.03, 0.1)):
        noise = Minibatch(pair=pair, batch=5)
        steps = at.Steps(eta=0.1, a=0.3, K=3, T=4)
        case = engine_input(
            methods.AuxMOM, pair, noise, steps, replicas=2, record=range(1, 5), keep_paths=True
        )
        paths = engines.ENGINES["numpy"].run(*case).paths[:, 0]
        table = along(pair, paths, noise)
        assert table["constant"].tolist() == ["L", "delta", "zeta", "sigma_f", "sigma_h", "sigma_r"]
        assert np.all(table["local"] <= table["nominal"] * (1 + 1e-9) + 1e-12)
        points = paths.reshape(-1, pair.dim)
        worst = max(np.max(np.abs(np.linalg.eigvalsh(f.hessian(x)))) for x in points)
        assert table["local"][0] == pytest.approx(worst, rel=1e-12)
        assert table["local"][3] == pytest.approx(max(noise.at(x).sigma_f for x in points))
    flipped = along(helpers.relabelled(f, share=0.3), f.x0).where(constant="zeta")
    assert flipped["local"][0] == pytest.approx(flipped["nominal"][0], rel=1e-12)


def test_curvatures_of_many_coordinates_are_those_of_whole_hessians() -> None:
    """Otherwise the Lanczos process stops too early."""
    A, labels = data(0, 120, 90)
    pair = helpers.noisy(Logistic(features=A, labels=labels, l2=0.05), 0.2)
    x = np.stack([pair.x0[0], pair.x0[0] + 0.1])
    found = along(pair, x)["local"]
    for value, product in zip(found, (pair.hessian_product, pair.gap_product), strict=False):
        whole = (np.stack([product(point, e) for e in np.eye(90)]) for point in x)
        largest = max(np.max(np.abs(np.linalg.eigvalsh(H))) for H in whole)
        assert value == pytest.approx(largest, rel=1e-12)


def test_along_anything_else_is_refused() -> None:
    """Otherwise points of another problem, or a grid, are measured without a word."""
    pair = target().with_helper(0.1)
    refused(lambda: along(pair, [1.0, 2.0]), ["points = "])
    refused(lambda: along(pair, np.full(4, np.nan)), ["points = "])
    refused(lambda: along(target().with_helper([0.1, 0.2]), np.zeros(4)), ["pair = "])
    refused(lambda: along("f", np.zeros(4)), ["pair = 'f'"])


def test_the_prediction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise a rate predicted from the δ met is not one, or the figure and the command do not show
    it."""
    A, labels = data(0, 60, 6, 2)
    np.savez(tmp_path / "x.npz", features=A, labels=labels)
    table = delta_table(data=str(tmp_path / "x.npz"), count=2, samples=50, K=4, T=5)
    own = table.where(shuffle=0)
    others = [table.where(shuffle=i) for i in range(1, SHUFFLES + 1)]
    assert len(own) == 12 and len(set(own["kind"])) == 6 and len(table) == 12 * (1 + SHUFFLES)
    assert np.array_equal(own["delta used"], own["delta met"])
    for name in ("delta", "L"):
        assert np.all(table[f"{name} met"] <= table[name] * (1 + 1e-9))
    met = sorted(own["delta met"])
    for part in others:  # the same pairs at the same δ, each at that of another pair
        assert sorted(part["delta used"]) == met and part["pair"].tolist() == own["pair"].tolist()
        same = part["delta used"] == own["delta met"]
        assert not np.all(same) and part["measured"][same] == pytest.approx(own["measured"][same])
        assert np.all(
            (part["delta used"] > own["delta met"]) == (part["predicted"] > own["predicted"])
        )
    found = agreement(table)
    held = [int(np.sum(part["measured"] <= part["predicted"])) for part in others]
    assert found["held"] == found["pairs"] == 12 and found["rank correlation"] > 0.7
    assert (found["fewest"], found["most"]) == (min(held), max(held))
    assert found["held, δ shuffled"] == pytest.approx(np.mean(held))
    figure = delta_prediction(table)
    assert len(figure.axes) == 2 and figure.get_suptitle().endswith("K = 4, T = 5")
    stem = tmp_path / "figure"
    asked = ["plot", "delta-prediction", "--data", str(tmp_path / "x.npz"), "--count", "1"]
    assert main([*asked, "--out", str(stem)]) == 0
    assert "held, δ shuffled" in capsys.readouterr().out and stem.with_suffix(".csv").exists()
    assert main(["plot", "delta-prediction", "--count", "0"]) == 2


def test_the_published_comparison() -> None:
    """Otherwise the README says of the δ met what holds for any δ: with another pair's, a sixth of the
    bounds fails."""
    path = Path(__file__).parents[2] / "analysis" / "results" / "delta_prediction.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for shuffle in range(SHUFFLES + 1):
        part = [row for row in rows if row["shuffle"] == str(shuffle)]
        held = sum(float(row["measured"]) <= float(row["predicted"]) for row in part)
        assert len(part) == 54 and (held == 54 if shuffle == 0 else held <= 48)
