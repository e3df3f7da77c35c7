"""Tables fit the screen: what does not fit goes above or below, and nothing is lost."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

import numpy as np
import pytest

from auxtheory import printing
from auxtheory.columns import table
from auxtheory.table import Table

TERM = "2√(2F₀Lσ_h²/(KT) + 4F₀δσ_h²/(KT) + 5.333F₀δσ_r²/T)"


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"T": 10**i, **more, "ratio": 0.5 + i, "status": "pass"} for i in range(count)]


def test_long_texts_are_numbered_and_stand_above() -> None:
    """Their numbers tell rows apart, and a short text stays."""
    wide = {f"c{i}": i / 7 for i in range(6)}
    lines = table(
        [
            {**row, **wide, "dominant": text, "status": "pass"}
            for row, text in zip(rows(3), (TERM, "x" * 60, "short"), strict=True)
        ],
        ["T", *wide, "ratio", "dominant", "status"],
        same=(),
    ).splitlines()
    assert lines[:2] == [f"dominant (1) = {TERM}", f"dominant (2) = {'x' * 60}"]
    assert [line.split()[-2:] for line in lines[3:]] == [
        ["(1)", "pass"],
        ["(2)", "pass"],
        ["short", "pass"],
    ]
    assert max(map(len, lines)) <= 80


def test_repeated_first_texts_become_lines_above_their_rows() -> None:
    texts = ["the first case of all"] * 2 + ["the second"] * 2
    wide = {f"column {i}": i / 7 for i in range(8)}
    lines = table(
        [{"case": text, "T": i, **wide} for i, text in enumerate(texts)],
        ["case", "T", *wide],
        same=(),
    ).splitlines()
    assert lines[1] == "case = the first case of all" and lines[4] == "case = the second"
    assert [line.split()[0] for line in (*lines[2:4], *lines[5:])] == ["0", "1", "2", "3"]
    assert max(map(len, lines)) <= 80


def test_a_last_text_is_wrapped_in_its_column() -> None:
    text = " ".join(["word"] * 40)
    lines = table([{"name": "a", "why": text}, {"name": "b", "why": "short"}], ["name", "why"])
    body = lines.splitlines()
    assert max(map(len, body)) <= 80 and body[-1] == "b     short"
    assert " ".join(" ".join(body[1:-1]).split()) == f"a {text}"


def test_the_status_stays_next_to_the_first_column() -> None:
    """Columns that do not fit follow below, each row with its first value."""
    wide = {f"column {i:02}": i + 0.125 for i in range(12)}
    first, second = table(
        [{**row, **wide, "status": "pass"} for row in rows(2)],
        ["T", *wide, "status"],
        same=(),
    ).split("\n\n")
    assert all(line.endswith("pass") for line in first.splitlines()[1:])
    assert second.splitlines()[0].startswith(" T") and "pass" not in second
    assert "column 11" in second and "column 00" in first


def test_a_name_with_a_slash_takes_two_lines() -> None:
    """Otherwise it is twice as wide as its numbers."""
    wide = {f"column {i}": i / 7 for i in range(6)} | {"instance/tight": 0.5, "tight/bound": 0.25}
    lines = table([{**wide, "b": i} for i in range(2)], [*wide, "b"], same=()).splitlines()
    assert "instance/ tight/" in lines[0] and lines[1].split()[-3:] == ["tight", "bound", "b"]


class Terminal(io.StringIO):
    """A terminal, as far as its output says so."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("columns", "width"), [(40, 80), (90, 90), (300, 120)])
def test_a_wide_terminal_is_used(columns: int, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    size = os.terminal_size((columns, 24))
    monkeypatch.setattr("shutil.get_terminal_size", lambda fallback: size)
    assert printing.screen() == 80
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert printing.screen() == width
    monkeypatch.setattr(sys, "stdout", None)
    assert printing.screen() == 80


def test_json_has_strings_for_what_it_cannot_hold() -> None:
    """Also inside lists, where NaN would otherwise be written as no JSON."""
    text = Table(({"a": np.inf, "b": [np.nan, np.float64(0.5)], "c": {"d": -np.inf}},)).to_json()
    assert "NaN" not in text and "Infinity" not in text
    assert '"inf"' in text and '"nan"' in text and '"-inf"' in text and "0.5" in text
