"""The benchmark: every row is there, none is timed before it is right, and what is printed, written
and drawn.

Nothing here looks at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench_cases import TINY

from auxtheory import bench
from auxtheory.analysis.figures.bench import bench as figure
from auxtheory.bench.case import BenchCase
from auxtheory.bench.groups import drawing, moments, monte_carlo
from auxtheory.bench.measure import Checked, Group, Outcome, Timing, Variant, check
from auxtheory.bench.processes import Here
from auxtheory.bench.rows import results
from auxtheory.bench.variants import numpy as numpy_variant
from auxtheory.errors import InputError, RefusedError
from auxtheory.methods import AuxMOM

GROUPS = [
    "monte-carlo-AuxMOM",
    "monte-carlo-AuxMVR",
    "same-law",
    "modes",
    "texts",
    "clients",
    "small",
    "large",
    "small-share",
    *(f"scaling-{axis}" for axis in "dRKTC"),
    "threads",
    "gpu",
    "moments-AuxMOM",
    "moments-AuxMVR",
    "dense",
    "logistic",
    "logistic-few",
]


def rows(report: bench.Report, group: str) -> dict[str, Any]:
    return {row["variant"]: row for row in report.table if row["group"].startswith(group)}


def test_every_group_and_every_row_is_there(report: bench.Report) -> None:
    """Also of what is not installed; engines appear by themselves."""
    assert bench.names(sizes=TINY) == GROUPS and bench.names()[-2:] == ["fresh", "verdicts"]
    main = {
        monte_carlo.LOOP,
        monte_carlo.IN_PLACE,
        monte_carlo.USER,
        monte_carlo.USER_SIGNS,
        monte_carlo.OWN_HASH,
    }
    engines = {"engine numpy, Gaussian", "engine numpy, random signs"}
    engines |= {f"engine {name}, {law}" for name in ("cpu", "cuda") for law in monte_carlo.LAWS}
    alone = {row.name for row in drawing.variants(BenchCase(AuxMOM, TINY.main))}
    torch = {f"PyTorch, in place, {precision} normals" for precision in ("float64", "float32")}
    for method in ("AuxMOM", "AuxMVR"):
        assert set(rows(report, f"Monte Carlo, {method}")) >= main | engines | torch | alone
        assert {moments.LOOP, moments.IN_JAX} <= set(rows(report, f"exact moments, {method}"))
    assert set(rows(report, "Monte Carlo, other methods")) == {
        f"engine {engine}, {method}"
        for method in ("Nesterov", "AveragedSGD", "Adam")
        for engine in ("numpy", "cpu", "cuda")
    }
    assert set(rows(report, "small")) >= (main | engines) - {monte_carlo.LOOP}
    assert set(rows(report, "large")) == set(rows(report, "small"))
    assert {"engine numpy, d = 4", "engine numpy, d = 6"} <= set(rows(report, "scaling in d"))
    assert {"engine numpy, C = 1", "engine cpu, C = 3"} <= set(rows(report, "scaling in C"))
    assert all(name.endswith(("thread", "threads")) for name in rows(report, "threads"))


def test_a_row_is_right_or_says_why_not(report: bench.Report) -> None:
    """No row is wrong or fails; those that ran have a rate, and a ratio to a row that ran."""
    for row in report.table:
        if row["status"] == "ok":
            assert row["z"] <= 5 and row["M steps/s"] > 0
            if row["group"].startswith("same law"):
                continue  # JAX, the only base, is absent
            assert row["ratio"] > 0
            assert len(row["seconds each"]) >= TINY.repeats
            assert row["ratio"] == 1 or row["ratio low"] <= row["ratio"] <= row["ratio high"]
            assert row["threads"] > 1 or 0 <= row["off core"] < 1
        else:
            assert row["status"] == "absent" and row["note"] and "M steps/s" not in row, row
    # JAX, the first choice, is absent.
    assert rows(report, "Monte Carlo, AuxMOM")[monte_carlo.IN_PLACE]["ratio"] == 1
    assert rows(report, "scaling in R")["engine numpy, R = 16"]["ratio"] == 1
    numpy = rows(report, "Monte Carlo, AuxMVR")["engine numpy, Gaussian"]
    alone = rows(report, "Monte Carlo, AuxMVR")[drawing.in_numpy("normals")]
    assert numpy["of drawing low"] <= numpy["of drawing"] <= numpy["of drawing high"]
    assert alone["M draws/s"] > 0 and "of drawing" not in alone
    threads = rows(report, "threads")
    for name, row in threads.items():
        several = row["threads"] > 1 and row["status"] == "ok" and "loop" not in name
        assert ("of limit" in row) is ("limit" in row) is several
    for axis in "dRKTC":
        scaled = [row for row in rows(report, f"scaling in {axis}").values() if "at" in row]
        assert len(scaled) == 4 and {row["axis"] for row in scaled} == {axis}
    reasons = {row["note"] for row in rows(report, "on a GPU").values()}
    assert reasons == {"there is no device", "no GPU to compare with: there is no device"}
    modes = rows(report, "sampling modes")
    assert modes["engine numpy, Gaussian"]["s to 0.1 %"] > 0


def test_a_missing_package_is_a_line_that_says_what_to_install(report: bench.Report) -> None:
    text = str(report)
    assert f"absent (pip install jax): {monte_carlo.USER}; {monte_carlo.USER_SIGNS}; " in text
    assert "absent (pip install torch): PyTorch, in place, float64 normals; " in text
    assert "absent (there is no device): engine cuda, Gaussian; " in text
    assert all(title in text for title in report.names)


def test_the_json_holds_everything(report: bench.Report) -> None:
    """Rows and machine, the latter without a date or a place."""
    read = json.loads(report.to_json())
    assert [row["variant"] for row in read["rows"]] == [row["variant"] for row in report.table]
    for row, written in zip(report.table, read["rows"], strict=True):
        assert {k: v for k, v in written.items() if v != "nan"} == {
            k: v for k, v in row.items() if v == v
        }
    assert {"processor", "avx2", "avx512", "cores", "python", "numpy", "scipy"} <= set(
        read["machine"]
    )
    assert (
        not re.search(r"20\d\d-\d\d", report.to_json()) and str(Path.cwd()) not in report.to_json()
    )


def test_text_and_json_are_saved(report: bench.Report, tmp_path: Path) -> None:
    assert [path.name for path in report.save(tmp_path)] == ["bench.txt", "bench.json"]
    assert (tmp_path / "bench.txt").read_text(encoding="utf-8") == str(report)


@pytest.mark.parametrize("shift", [1.5, np.nan])
def test_a_wrong_variant_is_named_and_not_timed(alone: pytest.MonkeyPatch, shift: float) -> None:
    """Otherwise a fast mistake would win."""
    right = numpy_variant.in_place
    alone.setattr(
        numpy_variant, "in_place", lambda case: Outcome(right(case).mean * shift, right(case).se)
    )
    result = bench.run(sizes=TINY, only=["small"], lane=Here)
    (row,) = (row for row in result.table if row["variant"] == monte_carlo.IN_PLACE)
    assert row["status"] == "wrong" and not {"M steps/s", "ratio", "seconds"} & set(row)
    assert re.search(
        rf"^wrong \(.* from the exact mean\): {monte_carlo.IN_PLACE}$", str(result), re.MULTILINE
    )
    assert result.table["ratio"][result.table["status"] == "ok"][0] == 1


def variant(run: Callable[[], Any], **more: Any) -> Variant:
    return Variant(name="it", run=run, expected=lambda: np.ones(2), work=1.0, **more)


def test_how_a_check_may_end() -> None:
    """Exact results may differ by rounding alone; an error costs its own row only."""
    exact = Outcome(np.array([1.0, 1.0 + 1e-12]), np.zeros(2))
    assert check(variant(lambda: exact), 0.0).status == "ok"
    assert (
        check(variant(lambda: exact._replace(mean=np.array([1.0, 1.0 + 1e-8]))), 0.0).status
        == "wrong"
    )
    absent = check(variant(lambda: exact, missing=lambda: "why"), 0.0)
    assert (absent.status, absent.note) == ("absent", "why")

    def refuse() -> Outcome:
        raise RefusedError("cannot")

    def fail() -> Outcome:
        raise ZeroDivisionError("by 0\nand more")

    assert check(variant(refuse), 0.0).note == "cannot"
    broken = check(variant(fail), 0.0)
    assert (broken.status, broken.note) == ("failed", "ZeroDivisionError: by 0")
    assert check(variant(lambda: exact), 1e-3).inner > 1


def test_ratios_are_to_the_first_reference_that_ran() -> None:
    """From the medians of the ratios in each round, whatever they are."""
    names = ("slow", "wrong", "fast", "twice")
    variants = [
        replace(variant(lambda: None, draws=8.0, limit="fast"), name=name) for name in names
    ]
    variants[-1] = replace(variants[-1], against="slow")
    checked = {i: Checked("wrong" if name == "wrong" else "ok") for i, name in enumerate(names)}
    seconds = {0: [8.0, 4.0, 4.0], 2: [1.0, 1.0, 9.0], 3: [2.0, 2.0, 2.0]}
    rounds = [[(i, Timing(each[k], each[k])) for i, each in seconds.items()] for k in range(3)]
    group = Group("title", "size", tuple(variants), ("wrong", "fast"))
    slow, wrong, fast, twice = results(group, checked, rounds)
    assert (slow["ratio"], slow["to"], fast["ratio"], twice["ratio"], twice["to"]) == (
        0.25,
        "fast",
        1,
        2,
        "slow",
    )
    assert (
        "ratio" not in wrong
        and slow["of drawing"] == 0.25
        and fast["M draws/s"] == pytest.approx(8e-6)
    )
    worded = results(replace(group, ratio="its own"), checked, rounds)
    assert {row["to"] for row in worded if "to" in row} == {"its own"}


def test_an_unknown_group_is_bad_input(alone: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="did you mean 'small'"):
        bench.run(sizes=TINY, only=["smal"], lane=Here)


def test_the_figure_has_a_bar_for_every_row_that_ran(report: bench.Report) -> None:
    """A panel per group, each bar from 1 to its ratio, each with its name."""
    drawn = figure(report.table)
    # Rows that are compared with JAX alone have no ratio without it, and a GPU is absent.
    assert len(drawn.axes) == len(report.names) - 2
    for axes in drawn.axes:
        title = next(text.get_text() for text in axes.texts if text.get_fontweight() == "bold")
        fine = report.table.where(group=title, status="ok")
        np.testing.assert_allclose(
            [bar.get_x() + bar.get_width() for bar in axes.patches], fine["ratio"]
        )
        (intervals,) = axes.collections
        for (low, high), row in zip(
            (segment[:, 0] for segment in intervals.get_segments()), fine, strict=True
        ):
            assert low == row.get("ratio low", 1.0) and high == row.get("ratio high", 1.0)
        names = [name.removeprefix(drawing.ALONE) for name in fine["variant"].tolist()]
        assert [label.get_text() for label in axes.get_yticklabels()] == names
    texts = {text.get_text() for axes in drawn.axes for text in axes.texts}
    assert {"Monte Carlo, AuxMOM", "1", "M steps/s"} <= texts
    with pytest.raises(InputError, match="status ok"):
        figure(report.table.where(status="absent"))
