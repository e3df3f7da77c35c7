"""Every command and definition that a page prints works."""

from __future__ import annotations

import html
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_theorems import TOML, codes, forget

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.study import Results
from auxtheory.study.commands import typed
from auxtheory.study.identity import identity

METHOD = """
import auxtheory as at
L, F0, T = at.symbols("L F0 T")

class Heavy(at.Method):
    state = "x m"

    def start(o, x):
        return x, o.f(x)

    def step(o, x, m, *, eta, beta):
        return x - eta * (beta * m + o.f(x)), beta * m + o.f(x)

class Rate(at.Theorem):
    method = Heavy
    bound = 100 * L * F0
"""


def test_every_command_on_a_page_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a study of the library's theorems, and of one's own; each as a shell reads it, in a
    process of its own."""
    (folder / "plain.toml").write_text(TOML.replace("{theorems}", '"AuxMOM", "SGD"'))
    for name in ("plain", "my study"):
        assert main(["study", "run", f"{name}.toml"]) == 0
        assert main(["report", f"{name}.study"]) == 0
        found = codes((folder / f"{name}.html").read_text(encoding="utf-8"))
        kinds = {tuple(shlex.split(code)[1:3]) for code in found}
        assert {
            ("study", "cell"),
            ("study", "resume"),
            ("study", "export"),
            ("report", f"{name}.study"),
        } == kinds
        for code in found:
            forget(monkeypatch)
            program, *words = shlex.split(code)
            assert program == "auxtheory" and main(words) == 0, code
        assert (folder / "rows.csv").exists()
        (folder / "rows.csv").unlink()


NAMES = ("a b", "it's", 'say "it"', "costs $5", "-dash", "größe", "a&b;c", "back`tick", "!", "(1)")


@pytest.mark.parametrize("name", NAMES)
def test_a_path_is_one_word_of_a_shell(name: str) -> None:
    """Of Unix; and of Windows, whose shells know double quotes, where a path has none of what
    Windows forbids or Unix expands."""
    (word,) = shlex.split(typed(name))
    assert Path(word) == Path(name) and not word.startswith("-")
    if not set(name) & set('"$`!'):
        assert re.fullmatch(r"[\w./-]+|\"[^\"]*\"", typed(name), re.ASCII | re.DOTALL)


def test_commands_name_a_file_that_is_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Theorems next to the folder of the study, whose name needs quotes; steps as axes, of a method
    of the user's."""
    (folder / "mine.py").rename(folder.parent / "mine.py")
    away = TOML.replace("{theorems}", '"../mine.py:MyTheorem", "../mine.py:mine"')
    (folder / "it's my.toml").write_text(away)
    assert main(["study", "run", "it's my.toml"]) == 0
    assert main(["report", "it's my.study"]) == 0
    found = codes((folder / "it's my.html").read_text(encoding="utf-8"))
    where = " --theorem ../mine.py:MyTheorem --theorem ../mine.py:mine"
    assert f'auxtheory study resume "it\'s my.study"{where}' in found
    for code in found:
        forget(monkeypatch)
        program, *words = shlex.split(code)
        assert program == "auxtheory" and main(words) == 0, code


def test_commands_work_where_steps_are_axes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters of a user's method, and a schedule."""
    (folder / "mine.py").write_text(METHOD)
    text = TOML.replace("{theorems}", '"mine.py:Rate"').replace("K = [2, 5]", "K = 1")
    steps = {
        "parameters": "eta = [0.1, 0.2]\nbeta = [0.0, 0.5]",
        "schedule": 'eta = "0.1 / sqrt(t)"\nbeta = 0.5',
    }
    for name, axes in steps.items():
        forget(monkeypatch)
        (folder / f"{name}.toml").write_text(text + axes)
        assert main(["study", "run", f"{name}.toml"]) == 0
        assert main(["report", f"{name}.study"]) == 0
        page = (folder / f"{name}.html").read_text(encoding="utf-8")
        assert ("over β" in page) == (name == "parameters")
        for code in codes(page):
            forget(monkeypatch)
            _, *words = shlex.split(code)
            assert main(words) == 0, code


def test_a_page_says_which_theorems_must_be_there(folder: Path) -> None:
    """And its definition is Python once they are imported."""
    main(["study", "run", "my study.toml"])
    main(["report", "my study.study"])
    page = (folder / "my study.html").read_text(encoding="utf-8")
    assert (
        "mine.py:MyTheorem, mine.py:mine must be in or below the folder of my study.study" in page
    )
    assert (
        "import mine\n\nat.Study(" in page
        and "[mine.MyTheorem(), mine.mine, at.theorems.SGD()]" in page
    )


def test_the_definition_on_a_page_runs_as_it_is_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every import and symbol: of a claim, of a file's theorems, of an infinite batch."""
    target = at.Quadratic(L=1.0, dim=2)
    noise = at.Gaussian(sigma_f=0.1)
    L, F0, T, delta, sigma_r = at.symbols("L F0 T delta sigma_r")
    own = at.claim(
        9 * (L + delta) * F0 / T + 9 * sigma_r**2,
        like=at.theorems.AuxMVR(),
        steps=at.theorems.AuxMVR(),
    )
    at.Study([own], target, noise, delta=[0.1, 0.2], K=2, T=5, B=[1, np.inf]).run("claim.study")
    at.Study([at.theorems.SGD()], target, noise, T=5).run("plain.study")
    main(["study", "run", "my study.toml"])
    monkeypatch.syspath_prepend(str(folder))
    for name in ("claim", "plain", "my study"):
        assert main(["report", f"{name}.study"]) == 0
        page = (folder / f"{name}.html").read_text(encoding="utf-8")
        (shown,) = re.findall(r"<pre[^>]*>\n(.*?)</pre>", page, re.DOTALL)
        lines, call = html.unescape(shown).split("at.Study(")
        names: dict[str, Any] = {}
        forget(monkeypatch)
        exec(f"{lines}study = at.Study({call}", names)
        assert identity(names["study"]) == Results.open(f"{name}.study").dataset.attrs["identity"]
