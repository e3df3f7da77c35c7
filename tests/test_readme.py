"""What the README prints is what happens: its scripts, their output, its glossary."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from hypothesis import settings

from auxtheory.constants import GLOSSARY

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
OUTPUTS = re.findall(r"```text\n(.*?)```", README, re.DOTALL)


def test_the_two_lines_stand_on_the_first_screen() -> None:
    first = "\n".join(README.splitlines()[:24])
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/auxtheory validate" in first
    assert ".venv/bin/pip install '.[test]' && .venv/bin/pytest" in first
    assert "rate_vs_delta.png" in first


def test_the_first_script_prints_what_is_shown() -> None:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(SCRIPTS[0], {})
    assert shown.getvalue() == OUTPUTS[0]


def test_the_sampled_script_prints_what_is_shown() -> None:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(SCRIPTS[3], {})
    assert shown.getvalue() == OUTPUTS[2]


def test_the_script_on_real_data_prints_what_is_shown() -> None:
    pytest.importorskip("sklearn")
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(SCRIPTS[4], {})
    assert shown.getvalue() == OUTPUTS[3]


def test_the_property_test_passes_and_its_mistake_is_found_as_shown() -> None:
    names: dict = {"__name__": "mine"}
    exec(SCRIPTS[1], names)
    names["test_my_bound"]()
    wrong: dict = {"__name__": "mine"}
    exec(SCRIPTS[1].replace("4 * L / K", "L / K"), wrong)
    test = settings(max_examples=400, derandomize=True, database=None)(wrong["test_my_bound"])
    with pytest.raises(AssertionError) as caught:
        test()
    assert str(caught.value).strip() == OUTPUTS[1].strip()


def test_the_study_draws_its_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(SCRIPTS[2], {})
    assert (tmp_path / "rate_vs_delta.pdf").read_bytes().startswith(b"%PDF")


def test_the_glossary_is_the_codes_own() -> None:
    for q in GLOSSARY.values():
        assert f"| `{q.name}` | {q.glyph} | {q.unit} | {q.meaning} |" in README
