"""Every option of every command says what it takes, what it takes by default, and that is so."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from auxtheory import certify, defaults, engines
from auxtheory.analysis import phase_diagram
from auxtheory.analysis.figures import delta_prediction
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.cli import options, validate
from auxtheory.cli.certify import QUICK
from auxtheory.cli.parser import PROBLEM, main, parser
from auxtheory.cli.plot import RATE_OPTIONS, RUN_OPTIONS
from auxtheory.engines import worst_case
from auxtheory.experiments.settings import Settings
from auxtheory.problems import Quadratic
from auxtheory.testing.search.cells import MAX_B, MAX_K_T
from auxtheory.testing.search.falsify import EXAMPLES, falsify
from auxtheory.testing.search.parameters import PARAMETERS
from auxtheory.validation import default_cases

DEFAULT = re.compile(r"\(default:? ([^)]*)")


def parsers(
    one: argparse.ArgumentParser, name: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The parsers of all commands, by the words that call them."""
    below = [action for action in one._actions if isinstance(action, argparse._SubParsersAction)]
    if not below or one.get_default("run"):
        yield name, one
    for action in below:
        for word, child in action.choices.items():
            yield from parsers(child, f"{name} {word}".strip())


def described() -> Iterator[tuple[str, argparse.Action, str]]:
    """Command, option, and its help as it is printed."""
    for name, one in parsers(parser()):
        for action in one._actions:
            if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
                text = one._get_formatter()._expand_help(action) if action.help else ""
                yield name, action, text


EVERY = {
    f"{name} {(action.option_strings or [action.dest])[0]}": (action, text)
    for name, action, text in described()
}


def test_collapsed_local_steps_by_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise the command samples local steps nevertheless, or prints a command without them."""
    words = [
        "validate",
        "S3",
        "--delta",
        "0.05",
        "--dim",
        "4",
        "--sigma-f",
        "1",
        "--K",
        "3",
        "--T",
        "10",
        "--engine",
        "numpy",
    ]
    assert main([*words, "--replicas", "16", "--rao-blackwell", "--json"]) == 0
    assert '"local_steps": "the local steps of a round are one draw' in capsys.readouterr().out
    assert main([*words, "--replicas", "16", "--json"]) == 0
    assert "local_steps" not in capsys.readouterr().out
    request = validate.Request(
        names=["S3"],
        problem={},
        lengths={},
        engine="numpy",
        replicas=16,
        seed=0,
        rao_blackwell=True,
    )
    assert request.command(["S3"]).endswith("--rao-blackwell")


def test_default_cases_are_those_whose_local_steps_are_drawn_at_once() -> None:
    """Otherwise a dense one among them ends the command."""

    def kinds(engine: str, *, rao_blackwell: bool) -> set[bool]:
        request = validate.Request(
            names=["S3"],
            problem={},
            lengths={},
            engine=engine,
            replicas=16,
            seed=0,
            rao_blackwell=rao_blackwell,
        )
        return {case.pair.diagonal for _, case in request.planned()}

    assert kinds("cpu", rao_blackwell=True) == kinds("numpy", rao_blackwell=True) == {True}
    assert kinds("cpu", rao_blackwell=False) == kinds("auto", rao_blackwell=True) == {False, True}


def text_of(name: str) -> str:
    return EVERY[name][1]


def test_all_commands_are_walked() -> None:
    names = {name.rsplit(" ", 1)[0] for name in EVERY}
    assert {
        "validate",
        "falsify",
        "replay",
        "certify",
        "bench",
        "experiment",
        "report",
        "study run",
        "study cell",
        "plot toy",
        "plot rate-vs-delta",
        "plot delta-prediction",
    } <= names
    assert len(EVERY) > 100


@pytest.mark.parametrize("name", EVERY)
def test_an_option_says_what_it_takes(name: str) -> None:
    """Otherwise a user has to guess: what it means, by default, and for a number the allowed range."""
    action, text = EVERY[name]
    assert len(text) >= 8, "no help"
    flag = action.nargs == 0 or not action.option_strings
    assert flag or DEFAULT.search(text), f"no default: {text}"
    number = (
        action.type is not None
        and not flag
        and action.dest not in ("family", "spectrum", "mode", "engine", "zero_based")
    )
    said = re.search(r"whole number|in [\[(]|at least|above 0|seed", text)
    assert not number or said, f"no range: {text}"


@pytest.mark.parametrize("name", EVERY)
def test_the_default_that_is_said_is_the_parsers(name: str) -> None:
    """Where the parser has one itself; the others are compared below."""
    action, text = EVERY[name]
    if action.option_strings and action.nargs != 0 and action.default not in (None, []):
        told = DEFAULT.search(text)
        own = action.default if isinstance(action.default, list) else [action.default]
        assert told and told[1].split("; ")[0].split() == [str(value) for value in own]


def test_every_engine_is_named_where_one_is_chosen() -> None:
    """Otherwise an engine exists that nobody is told of."""
    assert tuple(options.ENGINES) == (*engines.ENGINES, worst_case.name)
    chosen = [name for name in EVERY if name.endswith("--engine")]
    assert {"validate --engine", "plot rate-vs-delta --engine"} <= set(chosen)
    for name in chosen:
        for engine in ("auto", *engines.ENGINES, worst_case.name):
            assert engine in text_of(name), (name, engine)


def test_the_constants_of_validate_are_those_of_the_glossary() -> None:
    for name in set(PROBLEM) & set(GLOSSARY):
        text = text_of(f"validate --{name.replace('_', '-')}")
        assert GLOSSARY[name].glyph in text and GLOSSARY[name].meaning in text
    assert set(PROBLEM) - set(GLOSSARY) == set(options.OTHERS)


def test_the_defaults_of_validate_are_those_that_are_used() -> None:
    """One pair made of a single option has the constants that the help names."""
    pair, noise = validate.Request(
        names=None, problem={"zeta": 0.5}, lengths={}, engine="auto", replicas=2, seed=0
    )._problem(validate.Checks())
    assert pair is not None and noise is not None
    known = noise.constants(pair.constants())
    used: dict[str, Any] = {
        name: getattr(known, name) for name in ("L", "F0", "delta", "sigma_f", "sigma_h")
    }
    used |= {"dim": pair.dim, "correlation": noise.correlation, "s": noise.s}
    for name, value in used.items():
        told = DEFAULT.search(text_of(f"validate --{name.replace('_', '-')}"))
        assert told and float(told[1]) == pytest.approx(value, rel=1e-12), name
    assert known.mu == pytest.approx(0.1 * known.L) and "(default 0.1·L" in text_of("validate --mu")
    assert "(default 0)" in text_of("validate --zeta") and "(default uniform)" in text_of(
        "validate --spectrum"
    )
    assert pair.diagonal and "(default none" in text_of("validate --rotation")
    assert pair.A.tolist() == Quadratic(L=1.0, mu=0.1, dim=32).with_helper(0.05, 0.5).A.tolist()
    case = validate.Request(
        names=["S3"], problem={"delta": 0.1}, lengths={}, engine="auto", replicas=2, seed=0
    ).planned()
    assert f"(default {case[0][1].K};" in text_of("validate --K")
    assert f"(default {' '.join(map(str, case[0][1].T))};" in text_of("validate --T")
    assert default_cases.ROUNDS == defaults.ROUNDS and "(default inf)" in text_of("validate --B")


def test_the_defaults_of_other_commands_are_those_that_are_used() -> None:
    grid = inspect.signature(certify.cells).parameters
    assert f"(default {grid['eta_points'].default})" in text_of("certify --eta-points")
    assert f"(default {' '.join(map(str, grid['delta'].default))})" in text_of("certify --delta")
    cells = certify.cells()
    for name, attribute in (("K", "K"), ("T", "T")):
        values = sorted({getattr(cell.steps, attribute) for cell in cells})
        assert f"(default {' '.join(map(str, values))}," in text_of(f"certify --{name}")
    assert max(cell.steps.K * cell.steps.T for cell in cells) <= 10
    for name, value in QUICK.items():
        assert f"{name.replace('_', '-')} {' '.join(map(str, np.ravel(value)))}" in text_of(
            "certify --quick"
        )
    labels = ", ".join(kind.label for kind in certify.ALL)
    assert labels in text_of("certify --theorem")
    for name, value in (RATE_OPTIONS | RUN_OPTIONS).items():
        told = DEFAULT.search(text_of(f"plot rate-vs-delta --{name}"))
        assert told and told[1] == (value if isinstance(value, str) else f"{value:g}"), name
    prices = inspect.signature(phase_diagram).parameters
    for name in ("c_r", "c_h"):
        assert f"(default {prices[name].default:g})" in text_of(
            f"plot phase-diagram --{name.replace('_', '-')}"
        )
    assert EVERY["plot delta-prediction --count"][0].default == _default(
        delta_prediction.delta_table, "count"
    )
    assert EVERY["plot delta-prediction --data"][0].default == _default(
        delta_prediction.delta_table, "data"
    )
    fields = Settings.__dataclass_fields__
    for name in ("data", "replicas", "T", "seed"):
        assert str(fields[name].default) in text_of(f"experiment --{name}")


def _default(function: Any, name: str) -> Any:
    return inspect.signature(function).parameters[name].default


def test_what_falsify_says_of_its_search_is_so() -> None:
    """K and T belong together; B alone, or with one of them, is refused; every number that can be
    held is named."""
    assert EVERY["falsify --examples"][0].default == EXAMPLES
    for name, largest in (("K", MAX_K_T[0]), ("T", MAX_K_T[1]), ("B", MAX_B)):
        text = text_of(f"falsify --{name}")
        assert f"up to {largest}" in text and "together with" in text
    assert "all three" not in "".join(text_of(f"falsify --{name}") for name in "KTB")
    for parameter in PARAMETERS:
        assert re.search(rf"\b{parameter}\b", text_of("falsify --fix")), parameter
    assert falsify.__doc__ and f"{EXAMPLES:,}" in falsify.__doc__


def test_what_is_given_together_is_taken(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    line = f"falsify S0 --examples 1 --out {tmp_path / 'x.json'}".split()
    assert main([*line, "--K", "1", "--T", "2"]) == 0
    assert main([*line, "--K", "1"]) == 2 == main([*line, "--B", "3"])
    assert "K, T = " in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["validate --help", "falsify --help", "study run --help", "plot rate-vs-delta --help"]
)
def test_help_is_printed(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A stray per cent sign would stop it."""
    with pytest.raises(SystemExit) as stop:
        main(line.split())
    assert stop.value.code == 0 and "default" in capsys.readouterr().out
