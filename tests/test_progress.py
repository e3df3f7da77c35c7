"""A command is never silent for long, in a terminal or not."""

from __future__ import annotations

import io
import re
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from auxtheory import progress
from auxtheory.cli import parser


class Told(io.StringIO):
    """A standard error that says when something was written to it."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal
        self.written = threading.Event()

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        count = super().write(text)
        if text.strip():
            self.written.set()
        return count


def test_where_there_is_no_terminal_a_line_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is being done, how far, and for how long."""
    said = Told(terminal=False)
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(progress, "FIRST", 0.01)
    with progress.noticed("validate"), progress.progress_bar(7, "cases") as bar:
        bar.update()
        bar.update(2)
        said.written.clear()
        assert said.written.wait(60)
        bar.total = 9
        assert (bar.n, bar.total) == (3, 9)
    lines = said.getvalue().splitlines()
    assert lines[-1].startswith("auxtheory: validate, 3 of ") and lines[-1].endswith(" s")


def test_a_detail_is_part_of_the_line_and_of_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a command that compiles for seconds seems to stand still."""
    for terminal in (False, True):
        said = Told(terminal)
        monkeypatch.setattr(sys, "stderr", said)
        monkeypatch.setattr(progress, "FIRST", 600.0)
        with progress.noticed("validate") as notice, progress.progress_bar(7, "cases"):
            progress.show_detail("compiled 3 of 9 functions")
            assert "(compiled 3 of 9 functions), 0 s" in str(notice)
            progress.show_detail("")
            assert "(" not in str(notice)
        assert ("compiled 3 of 9 functions" in said.getvalue()) is terminal
    progress.show_detail("outside a command")


def test_a_short_command_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Told(terminal=False)
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(progress, "FIRST", 600.0)
    with progress.noticed("x"), progress.progress_bar(7, "cases") as bar:
        bar.update(7)
    assert said.getvalue() == "" and not progress._notices
    assert not [thread for thread in threading.enumerate() if thread.name == "notice"]


def test_a_bar_in_a_terminal_is_not_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is shown, nothing else is; before and after it, the notice is."""
    said = Told(terminal=True)
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(progress, "FIRST", 0.01)
    with progress.noticed("plot") as notice:
        assert said.written.wait(60)
        with progress.progress_bar(3, "cells") as bar:
            assert notice.muted.is_set()
            bar.update(1)
        assert not notice.muted.is_set()
    assert "auxtheory: plot, " in said.getvalue() and "cells" in said.getvalue()


def test_every_command_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever it does first, imports included."""
    monkeypatch.setattr(progress, "FIRST", 0.01)
    started = threading.Event()

    def slow(options: Any) -> int:
        seen: Told = sys.stderr  # type: ignore[assignment]
        started.set()
        assert seen.written.wait(60)
        return 0

    make = parser.parser

    def patched() -> Any:
        made = make()
        made.parse_args = lambda words: type(
            "Options", (), {"run": staticmethod(slow), "json": False, "json_keys": {}}
        )()
        return made

    monkeypatch.setattr(parser, "parser", patched)
    for words, doing in (
        (["report", "x.study"], "report"),
        (["study", "merge", "a", "b"], "study merge"),
        (["plot", "tightness"], "plot tightness"),
        (["certify"], "certify"),
    ):
        said = Told(terminal=False)
        monkeypatch.setattr(sys, "stderr", said)
        assert parser.main(words) == 0 and f"auxtheory: {doing}, " in said.getvalue()
    assert started.is_set()


def test_what_is_delayed_is_said_once_or_again() -> None:
    said: list[int] = []
    third = threading.Event()

    def say() -> None:
        said.append(1)
        if len(said) == 3:
            third.set()

    again = progress.Delayed(say, 0.0, lambda pause, spent: 0.0)
    assert third.wait(60)
    again.stop()
    count = len(said)
    never = progress.Delayed(say, 3600.0)
    never.stop()
    assert len(said) == count


def test_one_mechanism_speaks_after_a_pause() -> None:
    """Threads that wait to say something are made in waiting.py alone; workers.py makes some that
    work."""
    root = Path(__file__).resolve().parent.parent
    made = {
        path.relative_to(root).as_posix()
        for folder in ("auxtheory", "kernels")
        for path in (root / folder).rglob("*.py")
        if re.search(r"\bTimer\(|threading\.Thread\(", path.read_text(encoding="utf-8"))
    }
    assert made == {"auxtheory/progress.py", "auxtheory/study/running/workers.py"}
