"""All figures: the same files each time, titles, captions, numbers, and what they refuse."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from figure_parts import TABLES, X, points, root
from tables import joined, law

from auxtheory import theorems
from auxtheory.analysis import (
    FIGURES,
    measured_vs_predicted,
    numbers,
    pick,
    rate_vs_delta,
    rate_vs_T,
    tightness,
    toy,
    toy_table,
)
from auxtheory.analysis.default_studies import STUDIES
from auxtheory.analysis.style import save
from auxtheory.errors import InputError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study import Study
from auxtheory.table import Table


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_writes_the_same_files_twice(name: str, tmp_path: Path) -> None:
    """PNG, SVG and PDF, none of them empty; and the numbers behind it, as CSV."""
    written = [save(FIGURES[name](TABLES[name]), tmp_path / end) for end in ("a", "b")]
    for first, second in zip(*written, strict=True):
        assert len(first.read_bytes()) > 3000 and first.read_bytes() == second.read_bytes(), (
            first.suffix
        )
    tables = numbers(name, TABLES[name])
    assert set(tables) == ({"", "-slopes"} if "rate" in name or "floor" in name else {""})
    for end, table in tables.items():
        table.to_csv(tmp_path / f"{end}.csv")
        assert len((tmp_path / f"{end}.csv").read_text().splitlines()) == len(table) + 1 > 1


def test_every_figure_has_a_study_of_its_own() -> None:
    """But rate-vs-delta, whose study has options."""
    assert {*STUDIES, "rate-vs-delta"} == set(FIGURES)


def test_a_figure_refuses_what_it_cannot_draw() -> None:
    """Every axis of several values at once, with how to select; no such axis; another table
    altogether."""
    table = joined(
        *(law("delta", X, root, root, K=K, sigma_h=s) for K, s in ((2, 0.1), (3, 0.2))),
        law("delta", X, root, root, measure="gap", K=2, sigma_h=0.1),
    )
    with pytest.raises(InputError) as caught:
        rate_vs_delta(table)
    message = "K = [2, 3]: must be one value; select it, by .sel(K=2) or --where K=2"
    for text in (message, "sigma_h = [0.1, 0.2]", "'gap'"):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="delta > 0"):
        rate_vs_delta(law("T", [1, 2], root, root).where(T=1))
    for name, figure in FIGURES.items():
        with pytest.raises(InputError, match="must h"):
            figure(
                Table(
                    tuple({**row, "status": "failed", "measured": math.nan} for row in TABLES[name])
                )
            )
        with pytest.raises(InputError, match="lacks the columns theorem"):
            figure(Table(({"method": name, "round": 1, "gap": 0.5},)))


def test_pick_keeps_methods_of_single_steps_and_names_what_is_wrong() -> None:
    """K=10 leaves SGD in the comparison; numbers to 6 digits; all complaints at once."""
    table = joined(
        law("K", [1, 10], root, root, delta=0.1 + 1e-12),
        law("K", [1], root, root, theorem="SGD", delta=0.1),
    )
    picked = pick(table, {"K": 10.0, "delta": 0.1})
    assert [(row["theorem"], row["K"]) for row in picked] == [("AuxMOM", 10), ("SGD", 1)]
    assert {row["theorem"] for row in pick(table, {"theorem": "SGD"})} == {"SGD"}
    with pytest.raises(InputError) as caught:
        pick(table, {"detla": 1.0, "K": 3.0, "theorem": "S3"})
    for text in (
        "did you mean 'delta'",
        "K = 3.0: must be one of 1, 10",
        "theorem = 'S3': must be one of AuxMOM, SGD",
    ):
        assert text in str(caught.value)


def test_titles_name_the_constants_of_one_value() -> None:
    """Wherever cells are drawn together, and in the paper's figure."""
    table = law("delta", X, root, lambda d: 0.2, mu=0.5, K=7)
    for title in (
        tightness(table).get_suptitle(),
        measured_vs_predicted(table).axes[0].get_title(),
    ):
        assert title.splitlines()[1] == "L = 1, μ = 0.5, K = 7, T = 100, engine exact"
    assert toy(toy_table(K=3, T=20, a=0.2)).get_suptitle() == "K = 3, T = 20, a = 0.2"


def test_the_medians_that_are_drawn_are_in_the_numbers() -> None:
    """Beside the single run, at its x; of one run they are the same."""
    table = joined(
        *(
            law("T", [10, 100, 1000], lambda T, s=s: s / T, lambda T: 9 / T, seed=s)
            for s in (1, 2, 6)
        )
    )
    found, (_, (x, y)) = numbers("rate-vs-T", table)[""], points(rate_vs_T(table))
    for row in found:
        assert (
            row["measured"] == row["seed"] / row["T"]
            and row["median"] == dict(zip(x, y, strict=True))[row["x"]]
        )
    single = numbers("rate-vs-T", table.where(seed=2))[""]
    assert list(single["median"]) == list(single["measured"])


def test_the_toy_figure() -> None:
    """Naive stops at ζ²/(2(1+δ)²), AuxMOM's curves for all ζ coincide, and all are drawn."""
    table = toy_table(T=100)
    for delta in (0.1, 1.0, 10.0):
        last = {
            row["zeta"]: row["gap"] for row in table.where(method="Naive", delta=delta, round=100)
        }
        assert last == pytest.approx(
            {z: z**2 / (2 * (1 + delta) ** 2) for z in (0.1, 1.0, 10.0)}, rel=1e-6
        )
        curves = [
            table.where(method="AuxMOM", delta=delta, zeta=z)["gap"] for z in (0.1, 1.0, 10.0)
        ]
        assert np.array_equal(curves[0], curves[1]) and np.array_equal(curves[0], curves[2])
    figure = toy(table)
    assert [len(axes.get_lines()) for axes in figure.axes] == [9, 9, 9]


def test_engines_are_not_mixed() -> None:
    """Two engines on one cell are two values of an axis; of different theorems they are not."""
    target = Quadratic(L=1.0, mu=0.2, dim=4)
    noise = Gaussian(sigma_f=1.0)
    both = Study(
        [theorems.AuxMOM()], target, noise, delta=[0.01, 0.1], K=2, T=5, engine=["exact", "numpy"]
    ).run()
    with pytest.raises(InputError, match=r"engine = \['exact', 'numpy'\]: must be one value"):
        rate_vs_delta(both)
    assert rate_vs_delta(both.sel(engine="exact"))


def test_the_caption_has_what_is_no_axis() -> None:
    """Levels of the noise and constants of the target, which all cells have in common."""
    study = Study(
        [theorems.AuxMOM()],
        Quadratic(L=1.0, mu=0.2, dim=4),
        Gaussian(sigma_f=0.5, sigma_h=0.1),
        delta=[0.01, 0.1],
        K=2,
        T=5,
    )
    title = rate_vs_delta(study.run()).axes[0].get_title()
    assert all(part in title for part in ("μ = 0.2", "= 0.5", "= 0.1", "d = 4"))
