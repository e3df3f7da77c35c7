"""What is printed is short, no wider than a screen, and shows the numbers of what it prints."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import certify, printing
from auxtheory.conformance import Case, check_method, follow
from auxtheory.data import Dataset
from auxtheory.study import Results
from auxtheory.table import Table
from auxtheory.testing import Configuration, falsify
from auxtheory.validation.parsing import parse
from auxtheory.validation.verdict import Verdict

NOISE = at.Gaussian(sigma_f=1.0, sigma_h=0.3)
STEPS = at.Steps(eta=0.1, a=0.5, K=2, T=20)


def long(count: int) -> Any:
    return at.Quadratic(spectrum=np.linspace(1.0, 0.001, count)).with_helper(delta=0.05)


def grid(count: int) -> Any:
    return at.Quadratic(L=1.0, dim=4).with_helper(delta=np.geomspace(1e-3, 1.0, count))


def many_terms(count: int) -> Any:
    L, F0, T = at.symbols("L F0 T")
    return sum((L * F0 / T**i for i in range(2, count)), L * F0 / T)


def wavy() -> at.Study:
    target = at.Cosine(L=1.0, dim=4)
    return at.Study(
        [at.theorems.AuxMOM()],
        target,
        NOISE,
        delta=[0.1, 0.2],
        K=2,
        T=[5, 9],
        replicas=8,
        engine="auto",
    )


def large() -> Results:
    kinds = [at.theorems.AuxMOM(), at.theorems.SGD()]
    return at.Study(
        kinds,
        at.Quadratic(L=1.0, dim=4),
        NOISE,
        delta=np.geomspace(1e-3, 1.0, 40),
        K=[1, 3, 10],
        sigma_f=np.linspace(0.1, 1.0, 25),
        T=[10, 20, 30],
        title="Large",
    ).run()


def auxmom(x: Any, m: Any, round: Any) -> Any:
    diff = round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)
    m = diff if m is None else (1 - round.a) * m + round.a * diff
    y = x
    for key in round.local:
        y = y - round.eta * (round.grad_h(y, key) + m)
    return y, m


PRINTED: dict[str, Any] = {
    "pair of 1,000": lambda: long(1000),
    "pair of 100,000": lambda: long(100_000),
    "target of 100,000": lambda: at.Quadratic(spectrum=np.linspace(1.0, 0.1, 100_000)),
    "cosine of 1,000": lambda: at.Cosine(spectrum=np.linspace(1.0, 0.1, 1000)).with_helper(
        delta=0.1
    ),
    "grid of pairs": lambda: grid(1000),
    "logistic": lambda: at.Logistic(
        features=np.arange(1.0, 61).reshape(20, 3) / 60, labels=np.arange(20) % 2, l2=0.1
    ),
    "noise of a grid": lambda: at.Gaussian(sigma_f=np.linspace(0, 1, 1000)),
    "steps of a grid": lambda: at.Steps(eta=np.linspace(0.1, 0.2, 1000), K=2, T=20),
    "constants": lambda: long(10).constants(),
    "constants of a grid": lambda: grid(1000).constants(),
    "trace": lambda: at.run(at.methods.AuxMOM, long(1000), NOISE, STEPS, record=range(1, 21)),
    "trace by sampling": lambda: at.run(
        at.methods.AuxMOM, long(10), NOISE, STEPS, engine="numpy", replicas=4
    ),
    "trace of a grid": lambda: at.run(at.methods.AuxMOM, grid(1000), NOISE, STEPS),
    "certificate": lambda: long(8).certify(samples=4),
    "certificate of a grid": lambda: grid(30).certify(samples=2),
    "estimate of a grid": lambda: at.estimate_delta(grid(40), samples=0),
    "verdict": lambda: at.validate(at.theorems.AuxMOM(), long(1000), NOISE, K=8, T=[10, 100]),
    "verdict of 100,000": lambda: at.validate(at.theorems.SGD(), long(100_000), NOISE, T=2),
    "verdict of a grid": lambda: at.validate(
        at.theorems.AuxMVR(), grid(1000), NOISE, K=8, T=[10, 100]
    ),
    "along": lambda: at.along(at.Cosine(L=1.0, dim=4).with_helper(delta=0.1), np.zeros((3, 4))),
    "study": lambda: at.Study(
        [at.theorems.AuxMOM()],
        at.Quadratic(spectrum=np.linspace(1, 0.1, 1000)),
        NOISE,
        delta=np.geomspace(1e-3, 1, 5000),
        K=[1, 2],
        T=5,
    ),
    "results": large,
    "results by sampling": lambda: wavy().run(),
    "proof": lambda: certify.stored()[0].proof,
    "check of a proof": lambda: certify.stored()[0].proof.verify(),
    "stored proof": lambda: certify.stored()[0],
    "stored proofs": certify.stored_table,
    "certified case": lambda: certify.cells()[0],
    "conformance": lambda: check_method(auxmom, like=at.methods.AuxMOM),
    "property": lambda: check_method(auxmom, like=at.methods.AuxMOM)["fixed point"],
    "iterates": lambda: follow(auxmom, Case(pairs=[long(20)], noise=NOISE, steps=STEPS)),
    "tightest": lambda: falsify(at.theorems.SGD(), examples=50),
    "configuration": lambda: Configuration(at.theorems.AuxMOM(), long(1000), NOISE, STEPS),
    "glossary": lambda: at.GLOSSARY,
    "claim": lambda: at.claim(lambda c, s: c.L, like=at.theorems.AuxMVR(), check_units=False),
    "long claim": lambda: at.claim(many_terms(30), like=at.theorems.SGD()),
    "corollary": lambda: at.theorems.AuxMOM.corollaries[0],
    "data": lambda: Dataset("mine", np.zeros((1000, 3)), np.arange(1000) % 2),
}


@pytest.mark.parametrize("name", PRINTED)
def test_it_prints_short(name: str) -> None:
    """Else a title has 23,162 letters, or a trace fills the screen with arrays."""
    lines = str(PRINTED[name]()).splitlines()
    assert max(map(len, lines)) <= printing.WIDTH, max(lines, key=len)
    assert len(lines) <= 70 and not any("array(" in line for line in lines)


@pytest.mark.parametrize(
    "name", ["pair of 1,000", "grid of pairs", "noise of a grid", "target of 100,000"]
)
def test_a_repr_still_rebuilds_what_it_shows(name: str) -> None:
    """Else a counterexample's file, or a script, no longer brings it back."""
    made = PRINTED[name]()
    again = parse(repr(made))
    assert repr(again) == repr(made) and str(again) == str(made) != repr(made)
    for field in ("x0", "sigma_f", "spectrum"):
        assert np.array_equal(
            np.asarray(getattr(made, field, 0)), np.asarray(getattr(again, field, 0))
        )


def test_long_lists_show_their_ends_and_their_length() -> None:
    assert printing.brief(list(range(8))) == "[0, 1, 2, 3, 4, 5, 6, 7]"
    assert printing.brief(list(range(9))) == "[0, 1, …, 8] (9 values)"
    assert printing.brief([[1.5] * 3] * 1000) == "[[1.5, 1.5, 1.5], …] (1,000 values)"
    assert printing.brief([1 / 3] * 2000) == "[0.333333, 0.333333, …, 0.333333] (2,000 values)"
    assert (
        str(long(1000))
        == "at.Quadratic(spectrum=[1.0, 0.999, …, 0.001] (1,000 values)).with_helper(delta=0.05)"
    )
    assert printing.brief("f(x)[0]") == "f(x)[0]"


def test_a_title_is_short_and_the_rest_is_kept() -> None:
    """The verdict's JSON holds the pair in full."""
    verdict = at.validate(at.theorems.AuxMOM(), long(1000), NOISE, K=8, T=10)
    assert len(verdict.title) < 200 and "(1,000 values)" in verdict.title
    assert (
        np.array_equal(parse(verdict.pair).A, long(1000).A)
        and parse(verdict.noise).sigma_h == NOISE.sigma_h
    )
    assert f'"pair": "{verdict.pair}"' in verdict.to_json()


def test_a_wide_table_loses_nothing_but_the_ends_of_texts() -> None:
    """Columns of one value go above, texts are cut, and the rest follows below; all numbers are
    there."""
    wide = {f"column {j}": j / 8 for j in range(14)}
    texts = [{"i": i, "same": "x" * 60, "text": f"{i}" * 80} for i in range(9)]
    rows = [
        {**row, **{name: i + value for name, value in wide.items()}} for i, row in enumerate(texts)
    ]
    shown = str(Table(tuple(rows)))
    assert max(map(len, shown.splitlines())) <= printing.WIDTH
    assert shown.startswith("in all rows: same = " + "x" * 60) and shown.count("column 13") == 1
    body = [line.split() for line in shown.splitlines() if line[:1].isdigit()]
    for i in range(9):
        numbers = [
            float(word)
            for words in body
            if words[0] == str(i)
            for word in words[1:]
            if "…" not in word
        ]
        assert numbers == [i + j / 8 for j in range(14)]
    few = str(Table(({"T": 1, "ratio": 0.5, "status": "pass"},)))
    assert few.splitlines() == ["T  ratio  status", "1    0.5  pass"] and str(Table(())) == ""


def test_a_long_table_shows_its_ends_and_what_is_wrong() -> None:
    statuses = ["pass"] * 500 + ["violated"] + ["pass"] * 499
    rows = [
        {
            "T": i,
            "a": None,
            "measured": 2.0,
            "se": 0.0,
            "bound": 3.0,
            "ratio": 2 / 3,
            "diverged": 0,
            "replicas": 0,
            "p": 0.0,
            "status": status,
        }
        for i, status in enumerate(statuses)
    ]
    lines = str(
        Verdict(title="t", table=Table(tuple(rows)), engine="exact", mode="tuned")
    ).splitlines()
    assert [line for line in lines if "violated" in line][1].split()[0] == "500"
    gaps = [int(re.sub(r"\D", "", line)) for line in lines if "more row" in line]
    assert (
        sum(gaps)
        + sum(line.endswith(("pass", "violated")) for line in lines[2:] if "more" not in line)
        == 1000
    )


def test_a_verdict_prints_its_own_numbers() -> None:
    verdict = at.validate(
        at.theorems.AuxMOM(), long(10), NOISE, K=8, T=[10, 100], engine="numpy", replicas=16
    )
    said = str(verdict).splitlines()
    assert (
        f"engine numpy: {verdict.status} (16 replicas, false alarms 0.0001 over the table)"
        in str(verdict)
    )
    head = next(line for line in said if line.split()[:1] == ["T"]).split()
    for row, line in zip(verdict.table, said[-2:], strict=True):
        shown = dict(zip(head, line.split(), strict=True))
        for name in ("T", "eta", "a", "measured", "se", "bound", "ratio"):
            assert float(shown[name]) == pytest.approx(row[name], rel=1e-3)
    assert (
        "replicas" not in head
        and "dominant" not in head
        and verdict.table["dominant"][0] in str(verdict)
    )


def test_a_trace_prints_its_own_numbers() -> None:
    trace = at.run(at.methods.AuxMOM, long(10), NOISE, STEPS, record=[5, 20])
    first, head, *rows = str(trace).splitlines()
    assert first == "trace of engine exact (exact): T = 5, 20" and repr(trace) == str(trace)
    for i, line in enumerate(rows):
        shown = dict(zip(head.split(), line.split(), strict=True))
        for name in ("G", "gap", "grad_sq"):
            assert float(shown[name]) == pytest.approx(getattr(trace, name)[i, 0], rel=1e-3)
        assert (float(shown["calls_r"]), float(shown["calls_h"])) == (
            trace.costs[i].calls_r,
            trace.costs[i].calls_h,
        )
    noisy = at.run(at.methods.AuxMOM, at.Cosine(L=1.0, dim=3), NOISE, STEPS, replicas=4)
    assert "4 replicas" in str(noisy) and f"engine passed over: {noisy.passed_over[0]}" in str(
        noisy
    )


def test_a_certificate_of_a_grid_counts_what_fails() -> None:
    """A line a constant, whatever the number of configurations; each failure is told with its
    numbers."""
    made = grid(30).certify(samples=2)
    assert len(
        str(made).splitlines()
    ) == 7 and "δ   holds in all 30: stated 0.001 … 1 (30 values)" in str(made)
    wrong = [
        replace(check, stated=9.0) if (check.name, check.configuration) == ("delta", 7) else check
        for check in made.checks
    ]
    told = str(type(made)(tuple(wrong)))
    assert (
        "✗ δ   fails in 1 of 30" in told
        and "  δ of configuration 7: stated 9.0, measured 0.00529" in told
    )


def test_a_study_says_what_it_is() -> None:
    study = at.Study(
        [at.theorems.AuxMOM(), at.theorems.SGD()],
        at.Quadratic(L=1.0, dim=8),
        NOISE,
        title="Mine",
        delta=np.geomspace(1e-3, 1, 25),
        K=[1, 3],
        T=5,
    )
    said = str(study)
    assert said.startswith(f"Mine: {study.grid.size} cells\n  theorems: AuxMOM (S3), SGD (S0)\n")
    assert (
        "target: at.Quadratic(L=1.0, dim=8)" in said
        and "sigma_h=0.3" in said
        and repr(study) == said
    )
    assert "delta = 0.001, 0.00133352, …, 1 (25 values); K = 1, 3; T = 5" in " ".join(said.split())


def test_results_say_why_cells_failed_and_which_engines_were_passed_over(tmp_path: Any) -> None:
    """Also after they were kept in a file, and in every format."""
    found = wavy().run(tmp_path / "a.study")
    reason = "engine passed over: exact needs a quadratic pair, and CosinePair is not one"
    assert reason in str(found).splitlines() and found.totals.passed_over == (reason,)
    assert reason in str(Results.open(tmp_path / "a.study").sel(delta=0.1))
    failing = at.Study(
        [at.theorems.SGD()], at.Quadratic(L=1.0, mu=0.1, dim=3), mu=[0.1, 2.0], K=1, T=5
    ).run()
    assert "1 cell failed: mu = [2." in str(failing) and "passed over" not in str(failing)


def test_results_of_many_cells_show_both_ends_without_all_rows() -> None:
    """The rows that are shown are those of the table, and what is the same is that of all of
    them."""
    found = large()
    lines = str(found).splitlines()
    assert len(found) == 12_000 and "rows" not in vars(found), "no dict was made of each cell"
    head = next(i for i, line in enumerate(lines) if line.startswith("theorem"))
    names = lines[head].split()
    for place, line in ((0, lines[head + 1]), (11_999, lines[-1])):
        shown = dict(zip(names, line.split(), strict=False))
        row = found.rows[place]
        assert shown["theorem"] == row["theorem"] and float(shown["T"]) == row["T"]
        for name in ("delta", "sigma_f", "eta", "measured"):
            assert float(shown[name]) == pytest.approx(row[name], rel=1e-3)
    assert any("11,976 more rows" in line for line in lines) and lines[-1].endswith(
        found["status"][-1]
    )


def test_the_whole_table_of_certify_fits_a_screen() -> None:
    """A table for each theorem; every cell is there."""
    row = {
        "theorem": "S3",
        "class": "smooth",
        "F0 bounds": "f(x⁰) − f*",
        "K": 1,
        "T": 2,
        "delta": 0.1,
        "eta": 0.123456,
        "a": 0.05,
        "instance": 1.2345,
        "l": 0.98765,
        "rho": -0.09876,
        "tight": 1.23456,
        "bound": 2.34567,
        "instance/tight": 0.98765,
        "tight/bound": 0.54321,
        "kind": "tight",
        "dim": 1,
        "status": "holds",
    }
    table = Table(
        tuple({**row, "theorem": label, "K": K} for label in ("S3", "S1-PL") for K in range(1, 100))
    )
    lines = certify.text(table).splitlines()
    assert max(map(len, lines)) <= printing.WIDTH and sum(
        line.endswith("holds") for line in lines
    ) == len(table)
    assert lines[0] == "S3, smooth f, F0 bounds f(x⁰) − f*, tight"
    widest = {
        **row,
        "class": "strongly convex",
        "F0 bounds": "f(x⁰) − f(x^T)",
        "status": "violated",
    }
    assert max(map(len, certify.text(Table((widest, row))).splitlines())) <= printing.WIDTH


def test_a_table_keeps_signs_and_lines() -> None:
    """Else −∞ prints as ∞, and a text of two lines breaks its row."""
    lines = str(Table(({"a": -np.inf, "b": np.inf, "c": "one\ntwo", "d": 1.0},))).splitlines()
    assert lines[-1].split() == ["−∞", "∞", "one", "two", "1"] and len(lines) == 2


def test_a_long_table_is_short_in_a_notebook_too() -> None:
    """Else a verdict on 10,000 pairs is a page of as many rows."""
    shown = Table(tuple({"a": i, "b": 1.0} for i in range(10_000)))._repr_html_()
    assert shown.count("<tr>") < 70 and "<td>9999</td>" in shown
    assert "<td colspan=2>… 9,976 more rows …</td>" in shown
    assert "more row" not in Table(tuple({"a": i} for i in range(60)))._repr_html_()
