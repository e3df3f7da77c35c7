"""Scripts that show a counterexample hold what they need."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.vendor.pretty import pretty

import auxtheory as at
from auxtheory import theorems
from auxtheory.cli.parser import main
from auxtheory.testing import Configuration, Counterexample, falsify
from auxtheory.testing.strategies import (
    Budget,
    budgets,
    configurations,
    constants,
    noises,
    pairs,
)
from auxtheory.theorems.lookup import module_named
from auxtheory.validation.parsing import parse

S1 = theorems.ExactCorrection()

MINE = '''
import auxtheory as at
import numpy as np
from functools import partial
from math import sqrt

L, F0, T = at.symbols("L F0 T")
S1 = at.theorems.ExactCorrection()
FACTOR, TABLE = 0.5, np.array([1.0, 2.0])


def root(x):
    """A helper."""
    return sqrt(x)


def plain(c, s):
    return FACTOR * c.L * c.F0 / s.T  # too small


def made(k):
    def bound(c, s):
        return k * c.L * c.F0 / s.T * root(TABLE[0])

    return bound


def with_default(c, s, k=2.0):
    return k * c.L * c.F0 / s.T


def half(c, K, T, B):
    return 0.5 / c.L


class Own(at.theorems.AuxMOM):
    corollaries = (at.Corollary(lambda c, s: 1.0 * c.L * c.F0 / s.T),)


class Formula(at.theorems.AuxMOM):
    corollaries = (at.Corollary(L * F0 / T),)


CLAIMS = {
    "plain": at.claim(plain, like=S1, steps=S1),
    "nested": at.claim(made(1.0), like=S1, steps=S1),
    "lambda": at.claim(lambda c, s: FACTOR * c.L * c.F0 / s.T, like=S1),
    "two lambdas": at.claim((lambda c, s: c.F0 * c.L / s.T, lambda c, s: c.F0)[0], like=S1, steps=S1),
    "default": at.claim(with_default, like=S1, step_range=[L * at.symbols("eta")[0] <= 2]),
    "partial": at.claim(partial(with_default, k=1.0), like=S1, steps=S1),
    "formula at a rule": at.claim(0.5 * L * F0 / T, like=S1, steps=half),
    "theorem in a closure": at.claim(lambda c, s: 0.4 * S1.bound.value({**vars(c), **vars(s)}), like=S1),
    "class": Own(),
    "class of a formula": Formula(),
}
'''


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A user's file, as the commands load it."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "mine_of_the_test.py").write_text(MINE, encoding="utf-8")
    yield module_named("mine_of_the_test.py", "a file", folder)
    del sys.modules["mine_of_the_test"]


@pytest.mark.parametrize("what", re.findall(r'^    "([a-z ]+)": ', MINE, re.MULTILINE))
def test_a_script_holds_the_functions_it_needs(what: str, mine: Any, tmp_path: Path) -> None:
    with pytest.raises(Counterexample) as caught:
        falsify(mine.CLAIMS[what], examples=5_000, budget=Budget(K=1, T=2))
    script = caught.value.snippet
    verdict = caught.value.verdict
    assert "mine_of_the_test" not in script and "at.claim(" in script
    assert not re.search(r"at\.claim\(\d[\d.e-]*, ", script), script
    assert ("def " in script) == (what != "class of a formula"), script
    if "steps=" in script:
        assert "eta=" not in script and "unsafe" not in script
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout.splitlines()[-1] == str(verdict).splitlines()[-1] and "violated" in done.stdout
    )


def test_a_function_without_source_is_given_by_its_value_with_the_reason() -> None:
    names: dict[str, Any] = {}
    exec("def nowhere(c, s):\n    return 0.5 * c.L * c.F0 / s.T", names)
    with pytest.raises(Counterexample) as caught:
        falsify(at.claim(names["nowhere"], like=S1, steps=S1), examples=2_000)
    assert "# the bound nowhere(c, s) is given by its value here: " in caught.value.snippet
    done = subprocess.run(
        [sys.executable, "-c", caught.value.snippet], capture_output=True, text=True, check=True
    )
    assert "violated" in done.stdout


def counted(c: Any, s: Any) -> float:
    """A bound that depends on where it is defined."""
    return 0.1 * len(__name__)


def test_a_source_that_gives_another_bound_by_itself_is_not_shown() -> None:
    claim = at.claim(counted, like=S1, steps=S1, check_units=False)
    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    noise = at.Gaussian()
    script = Configuration(
        claim, pair, noise, claim.tune(claim.constants(pair, noise), 1, 1)
    ).script
    assert "def counted" not in script


def test_a_file_with_a_function_is_replayed_by_value_and_by_the_theorem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("replayed_of_the_test.py").write_text(
        MINE + 'Nested = CLAIMS["nested"]\nOther = CLAIMS["default"]\n'
    )
    assert (
        main(
            [
                "falsify",
                "replayed_of_the_test.py:Nested",
                "--examples",
                "2000",
                "--out",
                "found.json",
            ]
        )
        == 1
    )
    content = json.loads(Path("found.json").read_text())
    assert content["function"] == {
        "name": "replayed_of_the_test.py:made.<locals>.bound",
        "mode": "tuned",
    }
    assert "def bound" not in content["theorem"] and any(
        "def bound" in line for line in content["script"]
    )
    capsys.readouterr()
    assert main(["replay", "found.json"]) == 1
    shown = capsys.readouterr().out
    assert "only as its value in this case" in shown and "(reproduced)" in shown
    assert main(["replay", "found.json", "--theorem", "replayed_of_the_test.py:Nested"]) == 1
    shown = capsys.readouterr().out
    assert "def bound" in shown and "held by its value" not in shown and "(reproduced)" in shown
    del content["function"]  # as files were written before
    Path("found.json").write_text(json.dumps(content))
    assert main(["replay", "found.json"]) == 1


READ = {"at.strategies.Budget": Budget}


@settings(max_examples=60)
@given(pair=pairs(), noise=noises(), budget=budgets(), c=constants(), case=configurations())
def test_what_hypothesis_draws_prints_as_the_code_that_makes_it(
    pair: Any, noise: Any, budget: Budget, c: Any, case: Configuration
) -> None:
    for value in (pair, noise, budget, c, case.pair, case.noise, case.steps, case.theorem):
        text = pretty(value)
        again = parse(text, READ)
        assert type(again) is type(value) and repr(again) == text == repr(value), text
        assert "array(" not in text and "<" not in text
    again = parse(pretty(pair))
    assert again.constants().values() == pair.constants().values()
    assert np.array_equal(again.x0, pair.x0)
    assert parse(pretty(case.steps)).values() == case.steps.values()


def test_targets_and_large_data_print_too() -> None:
    targets = [at.Quadratic(spectrum=[0.5, 1.0], x0=[1.0, 2.0]), at.Cosine(L=2.0, dim=3, F0=0.5)]
    targets += [at.Logistic(features=[[1.0], [-2.0]], labels=[0, 1], l2=0.5)]
    for target in targets:
        assert pretty(target) == repr(target) == repr(parse(pretty(target)))
    large = at.Logistic(features=np.eye(100), labels=np.arange(100) % 2, l2=0.5)
    assert pretty(large) == "at.Logistic(<100 × 100>, l2=0.5)"
    assert pretty(at.methods.AuxMOM) == "at.methods.AuxMOM"


def test_classes_print_too() -> None:
    """Else a test whose examples hold a law or a theorem as a class ends in a TypeError; IPython
    asks the class."""
    ipython = pytest.importorskip("IPython.lib.pretty")
    for kind in (at.Gaussian, at.Quadratic, at.theorems.AuxMOM, at.Steps):
        assert pretty(kind) == f"{kind.__module__}.{kind.__qualname__}"
        assert kind.__qualname__ in ipython.pretty(kind)
    for value in (
        at.Gaussian(sigma_f=1.0),
        at.Quadratic(L=2.0, dim=3),
        at.methods.AuxMOM,
        at.Steps(eta=0.1, K=1, T=2),
    ):
        assert ipython.pretty(value) == pretty(value) == repr(value)
