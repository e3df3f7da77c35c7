"""Statuses have colours in a terminal, and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from auxtheory.cli import colour
from auxtheory.cli.output import Output
from auxtheory.cli.parser import main

CODES = re.compile(r"\x1b\[\d+m")
VARIABLES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A pseudo terminal that can be standard output, and a function that returns what was written
    to it."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    outside, inside = pty.openpty()
    stream = os.fdopen(inside, "w", encoding="utf-8")

    def written() -> str:
        # An end marker, so that reading stops without a timeout.
        stream.write("\0")
        stream.flush()
        text = b""
        while not text.endswith(b"\0"):
            text += os.read(outside, 65536)
        return text[:-1].decode().replace("\r\n", "\n")

    yield stream, written
    stream.close()
    os.close(outside)


LINE = ["validate", "S0", "--dim", "2", "--T", "3", "4", "--sigma-f", "1"]


def test_a_table_in_a_terminal_is_coloured_and_as_wide(
    terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the codes it is what a pipe gets, letter by letter."""
    stream, written = terminal
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(LINE) == 0
    coloured = written()
    assert coloured.count("\x1b[32mpass\x1b[0m") == 3
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    assert main(LINE) == 0
    assert CODES.sub("", coloured) == pipe.getvalue() and "\x1b" not in pipe.getvalue()


def test_json_and_files_have_no_colours(
    terminal: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, written = terminal
    monkeypatch.setattr(sys, "stdout", stream)
    file = tmp_path / "v.json"
    assert main([*LINE, "--out", str(file)]) == 0
    assert "\x1b" in written() and "\x1b" not in file.read_text()
    assert main([*LINE, "--json"]) == 0
    assert "\x1b" not in written()


@pytest.mark.parametrize(
    ("variables", "in_terminal", "in_pipe"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR_FORCE": "0"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ],
)
def test_the_environment_decides(
    variables: dict[str, str],
    in_terminal: bool,
    in_pipe: bool,
    terminal: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colour.wanted(terminal[0]) is in_terminal
    assert colour.wanted(io.StringIO()) is in_pipe and not (colour.wanted(None) and not in_pipe)


def test_only_statuses_are_coloured(terminal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole words, each in its colour; a count of none is left alone."""
    stream, written = terminal
    monkeypatch.setattr(sys, "stdout", stream)
    Output("x", (), as_json=False).text(
        "violated pass undecided outside failed: passed, 0 violated, 10 violated, bypass"
    )
    text = written()
    codes = [f"\x1b[{code}m" for code in (31, 32, 33, 34, 31, 31)]
    assert re.findall(r"\x1b\[3\dm", text) == codes
    assert "passed, 0 violated, 10 \x1b[31mviolated\x1b[0m, bypass" in text
