"""What the README prints is what happens: its scripts, their output, its commands, its tables."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from auxtheory import experiments
from auxtheory.cli import main
from auxtheory.cli.parser import parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
OUTPUTS = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
MAX_LINES = 120
FIRST_SCREEN = 40  # lines
# The exit status of each command of the table, with a part of what it prints; a search that finds a
# counterexample and a test that fails end with 1.
PRINTED = {
    "validate S3": (0, "largest measured/bound"),
    "show": (0, "v⁺ ← β v − η g_f(x + β v)"),
    "validate docs/examples/mine.py:Rate": (0, "1 pass, 0 violated"),
    "falsify": (1, "Rate: the bound is violated, measured/bound = 1."),
    "study": (0, "78 pass"),
    "plot": (0, "rate_vs_delta.pdf"),
    "certify": (0, "proven"),
    "validate FedAvg": (0, "5 pass, 0 violated"),
}


def commands() -> list[list[str]]:
    """The words of every command in the table of tasks."""
    table = README[README.index("## What you can do") :]
    lines = re.findall(r"^\| [^|]+ \| `([^`]+)` \| \[", table, re.MULTILINE)
    return [shlex.split(line) for line in lines]


def test_the_readme_is_short_and_begins_with_what_is_needed() -> None:
    lines = README.splitlines()
    assert len(lines) <= MAX_LINES
    first = "\n".join(lines[:FIRST_SCREEN])
    assert (
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/auxtheory validate" in first
    )
    assert ".venv/bin/pip install '.[test]' && .venv/bin/pytest" in first
    assert SCRIPTS[0] in first and OUTPUTS[0] in first


def test_the_first_script_prints_what_is_shown() -> None:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(SCRIPTS[0], {})
    assert shown.getvalue() == OUTPUTS[0]


def test_the_file_that_is_shown_is_the_example() -> None:
    example = (ROOT / "docs" / "examples" / "mine.py").read_text(encoding="utf-8")
    assert example.split('"""\n\n', 1)[1] == SCRIPTS[1]
    assert len(SCRIPTS) == 2, "every script above is run or compared by a test of this file"


def test_every_task_has_a_command_that_is_tested_here() -> None:
    starts = [" ".join(words[1:3]) for words in commands() if words[0] == "auxtheory"]
    assert len(starts) == len(PRINTED)
    assert all(any(start.startswith(known) for known in PRINTED) for start in starts)
    others = {words[0] for words in commands()} - {"auxtheory"}
    assert others == {"pytest", "pip"}


@pytest.mark.parametrize("start", PRINTED)
def test_the_command_prints_what_it_promises(
    start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if start.startswith("certify"):
        pytest.importorskip("PEPit")
    for folder in ("docs", "auxtheory"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    (words,) = (words for words in commands() if " ".join(words[1:]).startswith(start))
    status, text = PRINTED[start]
    try:
        assert main(words[1:]) == status
    finally:
        sys.modules.pop("mine", None)
    # Lines are broken where they fit.
    assert text in re.sub(r"\s+", " ", capsys.readouterr().out)


def test_the_test_of_an_implementation_finds_its_mistake() -> None:
    (words,) = (words for words in commands() if words[0] == "pytest")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "1 failed, 12 passed" in done.stdout
    assert "likely cause: the local steps use the refresh's sample" in done.stdout


def test_the_experiment_is_one() -> None:
    """It takes minutes; tests/experiments runs small versions."""
    (words,) = (words for words in commands() if words[0] == "pip")
    assert words[:5] == ["pip", "install", ".[experiments]", "&&", "auxtheory"]
    assert parser().parse_args(words[5:]).name in experiments.names()
