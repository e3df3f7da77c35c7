"""Printed tables are short and lose nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest
from printed_cases import NOISE, large, long

import auxtheory as at
from auxtheory import certify, printing
from auxtheory.table import Table
from auxtheory.validation.parsing import parse
from auxtheory.validation.verdict import Verdict


def test_a_title_is_short_and_the_rest_is_kept() -> None:
    """The verdict's JSON holds the pair in full."""
    verdict = at.validate(at.theorems.AuxMOM(), long(1000), NOISE, K=8, T=10)
    assert len(verdict.title) < 200 and "(1,000 values)" in verdict.title
    assert (
        np.array_equal(parse(verdict.pair).A, long(1000).A)
        and parse(verdict.noise).sigma_h == NOISE.sigma_h
    )
    assert f'"pair": "{verdict.pair}"' in verdict.to_json()


def test_a_wide_table_loses_nothing() -> None:
    """Columns of one value go above, long texts too, and the rest follows below; all is there."""
    wide = {f"column {j}": j / 8 for j in range(14)}
    texts = [{"i": i, "same": "x" * 60, "text": f"{i} " * 40} for i in range(9)]
    rows = [
        {**row, **{name: i + value for name, value in wide.items()}} for i, row in enumerate(texts)
    ]
    shown = str(Table(tuple(rows)))
    assert max(map(len, shown.splitlines())) <= printing.WIDTH
    assert shown.startswith("in all rows: same = " + "x" * 60) and shown.count("column 13") == 1
    assert all(f"text ({i + 1}) = {i} {i}" in shown for i in range(9))
    body = [line.split() for line in shown.splitlines() if line[:1].isdigit()]
    for i in range(9):
        numbers = [
            float(word)
            for words in body
            if words[0] == str(i)
            for word in words[1:]
            if not word.startswith("(")
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


def test_results_of_many_cells_show_both_ends_without_all_rows() -> None:
    """The rows that are shown are those of the table, and what is the same is that of all of
    them."""
    found = large()
    lines = str(found).splitlines()
    assert len(found) == 12_000 and "rows" not in vars(found), "no dict was made of each cell"
    heads = [i for i, line in enumerate(lines) if line.startswith("theorem = ")]
    names = lines[heads[0] - 1].split()
    for place, head, line in ((0, heads[0], lines[heads[0] + 1]), (11_999, heads[-1], lines[-1])):
        shown = dict(zip(names, line.split(), strict=False))
        row = found.rows[place]
        assert lines[head] == f"theorem = {row['theorem']}" and float(shown["T"]) == row["T"]
        for name in ("delta", "sigma_f", "eta", "measured"):
            assert float(shown[name]) == pytest.approx(row[name], rel=1e-3)
    assert any("11,976 more rows" in line for line in lines) and lines[-1].endswith(
        found["status"][-1]
    )


def test_the_whole_table_of_certify_fits_a_screen() -> None:
    """A table for each theorem; every cell is there."""
    row = {
        "theorem": "S3",
        "measure": "G",
        "class": "smooth",
        "F0 bounds": "f(x⁰) − f*",
        "parameters": "",
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
    assert lines[0] == "S3, G, smooth f, F0 bounds f(x⁰) − f*, tight"
    widest = {
        **row,
        "class": "strongly convex",
        "F0 bounds": "f(x⁰) − f(x^T)",
        "status": "violated",
    }
    assert max(map(len, certify.text(Table((widest, row))).splitlines())) <= printing.WIDTH


def test_a_table_keeps_signs_and_lines() -> None:
    """Otherwise −∞ prints as ∞, and a text of two lines breaks its row."""
    lines = str(Table(({"a": -np.inf, "b": np.inf, "c": "one\ntwo", "d": 1.0},))).splitlines()
    assert lines[-1].split() == ["−∞", "∞", "one", "two", "1"] and len(lines) == 2


def test_a_long_table_is_short_in_a_notebook_too() -> None:
    """Otherwise a verdict on 10,000 pairs is a page of as many rows."""
    shown = Table(tuple({"a": i, "b": 1.0} for i in range(10_000)))._repr_html_()
    assert shown.count("<tr>") < 70 and "<td>9999</td>" in shown
    assert "<td colspan=2>… 9,976 more rows …</td>" in shown
    assert "more row" not in Table(tuple({"a": i} for i in range(60)))._repr_html_()
