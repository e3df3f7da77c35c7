"""What the README prints is what happens: its scripts, their output, its glossary."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from auxtheory.bounds.glossary import GLOSSARY

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
OUTPUTS = re.findall(r"```text\n(.*?)```", README, re.DOTALL)


def test_the_two_lines_stand_on_the_first_screen() -> None:
    first = "\n".join(README.splitlines()[:24])
    assert (
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/auxtheory validate" in first
    )
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
        exec(SCRIPTS[5], {})
    assert shown.getvalue() == OUTPUTS[3]


def test_the_script_on_real_data_prints_what_is_shown() -> None:
    pytest.importorskip("sklearn")
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(SCRIPTS[6], {})
    assert shown.getvalue() == OUTPUTS[4]


def test_the_family_of_the_readme_passes() -> None:
    with contextlib.redirect_stdout(shown := io.StringIO()):
        # Without the annotations of this file, which are texts.
        exec(compile(SCRIPTS[7], "README.md", "exec", dont_inherit=True), {"__name__": "mine"})
    assert shown.getvalue() == "pass\n"
    assert len(SCRIPTS) == 8, "every script above is run by a test of this file"


def replayed(text: str) -> tuple[str, str]:
    """The row that the script inside of a counterexample prints, and the row that the
    counterexample prints."""
    script, verdict = re.findall(r"(import auxtheory as at\n.*?)\n\n(.*)", text.strip(), re.DOTALL)[
        0
    ]
    with contextlib.redirect_stdout(shown := io.StringIO()):
        exec(script, {})
    return shown.getvalue().splitlines()[-1], verdict.splitlines()[-1]


def test_the_property_test_passes_and_its_mistake_is_found() -> None:
    """Another machine may end its search elsewhere: what is shown is replayed, and what is found is
    a violation."""
    names: dict = {"__name__": "mine"}
    exec(SCRIPTS[1], names)
    names["test_my_bound"]()
    wrong: dict = {"__name__": "mine"}
    more = "deadline=None, max_examples=400, derandomize=True, database=None"
    exec(SCRIPTS[1].replace("4 * L / K", "L / K").replace("deadline=None", more), wrong)
    with pytest.raises(AssertionError) as caught:
        wrong["test_my_bound"]()
    for text in (OUTPUTS[1], str(caught.value)):
        shown, said = replayed(text)
        assert text.startswith("the bound is violated, measured/bound = ")
        assert shown == said and said.endswith("violated")


def test_the_misprint_is_falsified_as_shown() -> None:
    """The search may take another path on another machine: the script that is shown must show what
    is shown."""
    shown = io.StringIO()
    with (
        contextlib.redirect_stdout(shown),
        pytest.raises(AssertionError, match="the bound is violated"),
    ):
        exec(SCRIPTS[2], {"__name__": "mine"})
    assert OUTPUTS[2].startswith(shown.getvalue())
    script, verdict = re.findall(r"\n(import auxtheory as at\n.*?)\n\n(.*)", OUTPUTS[2], re.DOTALL)[
        0
    ]
    with contextlib.redirect_stdout(shown := io.StringIO()):
        exec(script, {})
    measured, bound = verdict.splitlines()[-1].split()[3:5]
    assert f"{measured}  {bound}" in shown.getvalue() and "violated" in shown.getvalue()


def test_the_worst_case_is_proven() -> None:
    pytest.importorskip("PEPit")
    with contextlib.redirect_stdout(shown := io.StringIO()):
        exec(SCRIPTS[3], {})
    assert (
        "worst G of ExactCorrection, smooth f: 0.73004" in shown.getvalue()
        and "True" in shown.getvalue()
    )


def test_the_study_draws_its_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(SCRIPTS[4], {})
    assert (tmp_path / "rate_vs_delta.pdf").read_bytes().startswith(b"%PDF")


def test_the_glossary_is_the_codes_own() -> None:
    for q in GLOSSARY.values():
        assert f"| `{q.name}` | {q.glyph} | {q.unit} | {q.meaning} |" in README
