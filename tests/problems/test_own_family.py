"""A problem family of a user's own takes part wherever the library's do."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import own_family
import pytest
from hypothesis import find
from own_family import LogCosh, LogCoshPair

import auxtheory as at
from auxtheory.cli import falsify as falsify_command
from auxtheory.cli.parser import main
from auxtheory.problems import FAMILIES, Target, kinds
from auxtheory.problems.target import AXES
from auxtheory.study.toml import read as read_file
from auxtheory.testing import Counterexample, falsify
from auxtheory.testing.strategies import Budget, pairs
from auxtheory.validation.configuration import Configuration

TOY = LogCosh(L=2.0, dim=3)
SETTINGS: dict[str, Any] = {"engine": "numpy", "replicas": 16}


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The module of the family as a user has it, mine.py in the folder of work."""
    shutil.copy(own_family.__file__, tmp_path / "mine.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("mine", None)


def test_validate_and_run_take_a_family_of_ones_own() -> None:
    pair = TOY.with_helper(0.1, 0.3)
    verdict = at.validate(at.theorems.AuxMOM(), pair, K=2, T=[5, 10], **SETTINGS)
    assert verdict.status == "pass" and verdict.engine == "numpy"
    trace = at.run(at.methods.SGD, TOY, None, at.Steps(eta=0.1, K=1, T=3), engine="numpy")
    assert trace is not None


def study(**more: Any) -> at.Study:
    given = {"delta": [0.0, 0.2], "zeta": [0.0, 0.4], "L": [1.0, 2.0], "K": 2, "T": 4}
    return at.Study([at.theorems.AuxMOM()], TOY, replicas=16, **(given | more))


def test_a_study_dials_its_axes_and_goes_on_from_a_file(tmp_path: Path) -> None:
    """Axes of the target and of its helper as labels; the file makes the study again by itself."""
    results = study().run()
    table = results.to_pandas() if hasattr(results, "to_pandas") else None
    assert study().grid.size == 8 and (table is None or len(table) == 8)
    path = tmp_path / "a.study"
    study().run(path, part=(1, 2))
    opened = at.Study.open(path, theorems=[f"{own_family.__file__}:LogCosh"])
    assert repr(opened.target) == repr(TOY) and opened.axes == study().axes
    again = opened.run(path)
    assert list(again["measured"]) == list(results["measured"])
    assert set(again["delta"]) == {0.0, 0.2} and set(again["zeta"]) == {0.0, 0.4}
    grown = study(zeta=[0.0, 0.4, 0.5]).run(path)
    assert len(list(grown["measured"])) == 12


def test_axes_that_a_family_has_not_are_refused() -> None:
    with pytest.raises(at.InputError, match="mu"):
        study(mu=[0.1])
    with pytest.raises(at.InputError, match="a Quadratic, Cosine, Logistic or Exponential"):
        at.Study([at.theorems.AuxMOM()], 3, K=1, T=1)  # type: ignore[arg-type]


FILE = """
theorems = ["AuxMOM"]
replicas = 16
[target]
family = "mine.py:LogCosh"
start = 2.0
dim = 2
[axes]
K = 2
T = 4
L = [1.0, 2.0]
delta = [0.0, 0.1]
"""


def test_study_files_name_a_family_of_ones_own(mine: Path, capsys: Any) -> None:
    """Read, run and resumed on the command line."""
    file = mine / "a.toml"
    file.write_text(FILE)
    given = read_file(file)
    assert type(given.target).__name__ == "LogCosh" and repr(given.target) == (
        "mine.LogCosh(L=2.0, start=2.0)"
    )
    assert main(["study", "run", "a.toml", "--out", "a.study"]) == 0
    assert main(["study", "resume", "a.study"]) == 0
    capsys.readouterr()
    for wrong, text in (
        ('"mine.py:LogCos"', "did you mean 'LogCosh'?"),
        ('"mine.py:SMALL"', "must name a class, not a target"),
        ('"mine.py:Budget"', "must name a family"),
        ('"none.py:LogCosh"', "there is no file none.py"),
    ):
        file.write_text(FILE.replace('"mine.py:LogCosh"', wrong))
        with pytest.raises(at.InputError) as caught:
            read_file(file)
        assert text in str(caught.value) and "target.family" in str(caught.value)
    for bad, text in (
        ("strat = 2.0", "did you mean 'start'?"),
        ("mu = 2.0", "is not known to mine.py:LogCosh, which takes L, dim, start"),
        ("start = []", "cannot be made with these arguments"),
    ):
        file.write_text(FILE.replace("start = 2.0", bad))
        with pytest.raises(at.InputError) as caught:
            read_file(file)
        assert text in str(caught.value)


def test_strategies_draw_a_family_when_asked_for() -> None:
    """By class or by name; by default only the library's are drawn, whatever else is defined."""
    for listed in (LogCosh, "logcosh"):
        pair = find(pairs(families=[listed], delta=(0.5, 0.6)), lambda pair: True)
        assert isinstance(pair, LogCoshPair) and pair.constants().delta == 0.5
    library = ["quadratic", "dense", "cosine", "logistic", "exponential"]
    assert "logcosh" in kinds() and list(FAMILIES) == library
    with pytest.raises(at.InputError, match="must have a class method draw"):
        find(pairs(families=[ForNumbers]), lambda pair: True)
    with pytest.raises(at.InputError, match="did you mean 'logcosh'"):
        find(pairs(families=["logcos"]), lambda pair: True)


def wrong_claim() -> at.Theorem:
    """A bound that no start keeps."""
    L, F0, T = at.symbols("L, F0, T")
    return at.claim(1e-6 * L * F0 / T, method=at.methods.SGD)


def without_zeta() -> at.Theorem:
    """The bound of Naive without its bias, which holds at ζ = 0 only."""
    L, F0, beta, sigma_h, eta, K, T = at.symbols("L, F0, beta, sigma_h, eta, K, T")
    bound = 2 * F0 / (eta * K * T * (1 - beta)) + L * eta * sigma_h**2 / (1 - beta)
    return at.claim(bound, like=at.theorems.Naive())


@pytest.mark.parametrize(
    "target",
    [TOY, at.Cosine(L=2.0, dim=2), at.Quadratic(L=2.0, mu=0.5, dim=3, F0=3.0)],
    ids=lambda target: type(target).__name__,
)
def test_the_helpers_of_a_target_are_searched(target: Target, capsys: Any) -> None:
    """Otherwise a search knows quadratics only; the counterexample is a pair of this very target."""
    with pytest.raises(Counterexample) as caught:
        falsify(without_zeta(), target, budget=Budget(K=2, T=8), examples=3000)
    case = caught.value.configuration
    assert repr(case.pair).startswith(f"{target!r}.with_helper(") and case.pair.constants().zeta > 0
    held = falsify(
        without_zeta(), target, at.Gaussian(), Budget(K=2, T=8), fixed={"zeta": 0}, examples=300
    )
    assert held.ratio <= 1 and held.coverage.given == ("target", "noise")
    assert set(held.coverage.levels) <= {"delta", "step"}


@dataclass(frozen=True, kw_only=True)
class Narrow(LogCosh):
    """A family that refuses most helpers."""

    def with_helper(self, delta: Any = 0.0, zeta: Any = 0.0) -> LogCoshPair:
        if np.any(np.asarray(delta) > 0.1) or np.any(np.asarray(zeta) > 3.0):
            raise at.InputError("delta or zeta is too large")
        return super().with_helper(delta, zeta)


def test_a_search_leaves_out_the_helpers_that_a_target_refuses() -> None:
    tightest = falsify(at.theorems.Naive(), Narrow(), budget=Budget(K=1, T=2), examples=500)
    assert tightest.configuration is not None and 0 < tightest.ratio <= 1
    with pytest.raises(Counterexample) as caught:
        falsify(without_zeta(), Narrow(), budget=Budget(K=2, T=8), examples=2000)
    c = caught.value.configuration.pair.constants()
    assert c.delta <= 0.1 and 0 < c.zeta <= 3.0


class ForNumbers(LogCosh):
    """A family that takes numbers only, and cannot be drawn."""

    def with_helper(self, delta: Any = 0.0, zeta: Any = 0.0) -> LogCoshPair:
        return super().with_helper(float(delta), float(zeta))

    @classmethod
    def kinds(cls) -> dict[str, Any]:
        return {}


def test_bad_searches_of_a_target_are_reported() -> None:
    for target, options, text in (
        (TOY, {"fixed": {"gap": 0.5}}, "must be left out, since a target is given"),
        (TOY, {"fixed": {"L": 1.0}}, "must be left out, since a target is given"),
        (LogCosh(L=[1.0, 2.0]), {}, "must be one target, not a grid"),
        (ForNumbers(), {}, "must make a grid of pairs from arrays of delta and zeta"),
        ("LogCosh", {}, "must be a pair or a target, or left out"),
    ):
        with pytest.raises(at.InputError, match=text):
            falsify(without_zeta(), target, **options)  # type: ignore[call-overload]


def test_counterexamples_are_found_shown_and_replayed(mine: Path, capsys: Any) -> None:
    """Their script names the module; replaying a file runs that only where it is allowed to."""
    from auxtheory.theorems.lookup import module_named

    pair = module_named("mine.py", "x").LogCosh(L=2.0).with_helper(0.1)
    with pytest.raises(Counterexample):
        falsify(wrong_claim(), pair, at.Gaussian(), Budget(K=1, T=3), eta=0.1)
    case = Configuration(
        wrong_claim(), pair, at.Gaussian(), at.Steps(eta=0.1, K=1, T=3, mode="theorem"), SETTINGS
    )
    assert "import mine\n" in case.script and "pair = mine.LogCosh(L=2.0)" in case.script
    exec(case.script, {})
    assert "violated" in capsys.readouterr().out
    (mine / "c.json").write_text(case.to_json())
    assert json.loads(case.to_json())["imports"] == ["mine"]
    assert main(["replay", "c.json", "--import", "mine.py"]) == 1
    assert "reproduced" in capsys.readouterr().out
    assert main(["replay", "c.json"]) == 2
    assert "since the pair is defined there (--import mine)" in capsys.readouterr().err


def test_the_command_line_validates_a_family(mine: Path, capsys: Any) -> None:
    run = ["validate", "--theorem", "AuxMOM", "--K", "2", "--T", "5", "--replicas", "16"]
    run += ["--verbose", "--engine", "numpy", "--family"]
    assert main([*run, "mine.py:LogCosh", "--L", "2", "--dim", "3", "--zeta", "0.1"]) == 0
    assert main([*run, "mine.py:SMALL"]) == 0
    assert main([*run, "Cosine", "--dim", "3"]) == 0
    capsys.readouterr()
    for more, text in (
        (["Cosin"], "family = 'Cosin': must be one of Quadratic, Cosine, Logistic, Exponential"),
        (["mine.py:LogCosh", "--mu", "1"], "is not known to mine.py:LogCosh, which takes L, dim"),
        (["mine.py:SMALL", "--L", "1"], "is not known to mine.py:SMALL"),
        (["Logistic"], "must be made of these options"),
    ):
        assert main([*run, *more]) == 2
        assert text in capsys.readouterr().err


def test_the_command_line_searches_a_family(mine: Path, capsys: Any) -> None:
    """The counterexample is a pair of that target, and its file replays."""
    (mine / "claims.py").write_text(
        "import auxtheory as at\n"
        "L, F0, T = at.symbols('L, F0, T')\n"
        "wrong = at.claim(1e-3 * L * F0 / T, method=at.methods.SGD, step_range=[at.symbols('eta') "
        "* L <= 1])\n"
    )
    run = ["falsify", "claims.py:wrong", "--K", "1", "--T", "3", "--examples", "200", "--family"]
    assert main([*run, "mine.py:LogCosh", "--L", "2", "--dim", "3"]) == 1
    out = capsys.readouterr().out
    assert "pair = mine.LogCosh(L=2, dim=3).with_helper(" in out
    assert main(["replay", "counterexample.json", "--import", "mine.py"]) == 1
    assert main([*run, "Cosine", "--L", "2", "--dim", "3"]) == 1
    capsys.readouterr()
    for more, text in (
        ([*run, "mine.py:LogCosh", "--mu", "1"], "mu = 1: is not known to mine.py:LogCosh"),
        (
            [*run, "Cosin"],
            "family = 'Cosin': must be one of Quadratic, Cosine, Logistic, Exponential",
        ),
        ([*run[:-1], "--L", "1"], "L = 1: must be given together with --family"),
    ):
        assert main(more) == 2
        assert text in capsys.readouterr().err
    assert tuple(falsify_command.AXES) == AXES, "the same fields as in problems.target"
