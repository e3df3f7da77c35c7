"""The shell completes commands, options, names and files, asked as it asks itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from auxtheory import bench, experiments, methods, theorems
from auxtheory.cli.completion import script
from auxtheory.cli.parser import main, parser
from auxtheory.cli.plot import FIGURES

# Ask bash for what can follow the words, the last of which is the beginning of a word.
ASK = """
source completion.bash
ask() {
  COMP_WORDS=(auxtheory "$@"); COMP_CWORD=$#; COMPREPLY=()
  _shtab_auxtheory
  printf '%s\\t' "${COMPREPLY[@]}"; printf '\\n'
}
complete -p auxtheory >/dev/null || exit 1
"""
LABELS = {text for kind in theorems.LIBRARY for text in (kind.label, kind.__name__)}
FOLDERS = {"folder"}
CASES: dict[str, set[str]] = {
    "st": {"study"},
    "plot rate": {name for name in FIGURES if name.startswith("rate")},
    "plot phase-diagram --pri": {"--price"},
    "plot tightness ''": {"a.study", *FOLDERS},
    "plot toy --formats ''": {"png", "svg", "pdf"},
    "plot toy --legend ''": {"below", "inside", "none"},
    "plot all --only rate": {name for name in FIGURES if name.startswith("rate")},
    "experiment ''": {*experiments.names(), "b.toml", *FOLDERS},
    "validate ''": {*LABELS, "mine.py", *FOLDERS},
    "validate --theorem S1": {label for label in LABELS if label.startswith("S1")},
    "validate --K 3 --T 5 6 --del": {"--delta"},
    "validate --family Q": {"Quadratic"},
    "validate --engine c": {"cuda", "cupy", "cpu"},
    "validate --mode ''": {"tuned", "theorem", "unsafe"},
    "falsify S3-": {label for label in LABELS if label.startswith("S3-")},
    "replay ''": {"c.json", *FOLDERS},
    "table S3-": {label for label in LABELS if label.startswith("S3-")},
    "table --format ''": {"text", "markdown", "latex", "json"},
    "show Aux": {
        text
        for text in {*LABELS, *(method.name for method in methods.EVERY)}
        if text.startswith("Aux")
    },
    "bench --group ''": set(bench.names()),
    "bench --save ''": FOLDERS,
    "study r": {"run", "resume"},
    "study run ''": {"b.toml", *FOLDERS},
    "study resume ''": {"a.study", "b.toml", *FOLDERS},
    "study merge a.study ''": {"a.study", *FOLDERS},
    "study export a.study ''": {"d.csv", *FOLDERS},
    "report ''": {"a.study", *FOLDERS},
    "report --ou": {"--out"},
    "completion ''": {"bash", "zsh"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every kind, and the scripts."""
    made = tmp_path_factory.mktemp("completion")
    (made / "folder").mkdir()
    for name in ("a.study", "b.toml", "c.json", "d.csv", "mine.py"):
        (made / name).touch()
    (made / "completion.bash").write_text(script(parser(), "bash"))
    (made / "_auxtheory").write_text(script(parser(), "zsh"))
    return made


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_what_can_follow(folder: Path) -> None:
    program = ASK + "\n".join(f"ask {words}" for words in CASES)
    done = subprocess.run(
        ["bash", "--norc", "-c", program], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answers = [set(filter(None, line.split("\t"))) for line in done.stdout.splitlines()]
    assert dict(zip(CASES, answers, strict=True)) == CASES


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh")
def test_zsh_has_the_same_words_and_files(folder: Path) -> None:
    """Its functions are called, with what adds words and files printing them instead."""
    program = """
    compdef() { : }
    source ./_auxtheory
    compadd() { shift; print -r -- "$@" }
    _files() { print -r -- "files $@" }
    for name in ${(k)functions[(I)_auxtheory_*_file]}; do $name; done
    """
    done = subprocess.run(["zsh", "-f", "-c", program], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert {frozenset(line.split()) for line in lines} >= {
        frozenset(LABELS),
        frozenset(bench.names()),
        frozenset(("tuned", "theorem", "unsafe")),
    }
    assert {"files -g *.study", "files -g (*.csv|*.parquet|*.nc|*.zarr)", "files -/"} <= {*lines}
    # Every function is the action of an argument.
    text = (folder / "_auxtheory").read_text()
    assert all(text.count(name) > 1 for name in re.findall(r"^(_auxtheory_\d+_file)\(", text, re.M))


def test_another_shell_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fish"]) == 2
    assert "SHELL = 'fish': must be one of bash, zsh" in capsys.readouterr().err
