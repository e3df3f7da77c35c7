"""A fact stands once: what "helper" means, the first buffer, defaults, modes, statuses."""

from __future__ import annotations

import argparse
import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import auxtheory as at
from auxtheory import defaults
from auxtheory.analysis.figures.phase_diagram import phase_diagram, phases
from auxtheory.bounds.constants import CLAIMED, GIVEN, MODES, Mode
from auxtheory.cli import parser
from auxtheory.helper_role import ROLES, HelperRole
from auxtheory.methods import Phase
from auxtheory.study.grid import DEFAULTS
from auxtheory.study.results.summary import MENTIONED
from auxtheory.study.storage.records import SAID
from auxtheory.table import JUDGED, STATUSES, CellStatus, Status
from auxtheory.testing.search.falsify import Search
from auxtheory.typing import Helper

ROOT = Path(__file__).resolve().parent.parent
ROLE_NAMES = {"f", "none"}  # "h" is also the name of a function


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("auxtheory", "kernels", "analysis"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def strings(node: ast.AST) -> set[str]:
    """The texts among the constants below a node."""
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def is_helper(node: ast.AST) -> bool:
    """Whether a node is a name or an attribute `helper`."""
    return ast.unparse(node).rpartition(".")[2] == "helper"


def decides_by_helper(node: ast.AST) -> bool:
    """Whether a node compares a helper with a text, or looks it up in a table of texts."""
    if isinstance(node, ast.Compare):
        return bool(strings(node)) and any(map(is_helper, (node.left, *node.comparators)))
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Dict) and is_helper(node.slice)
    return isinstance(node, ast.Match) and is_helper(node.subject)


def test_what_a_helper_means_is_known_in_one_place() -> None:
    found = {
        f"{name}:{node.lineno}"
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.expr | ast.stmt) and decides_by_helper(node)
    }
    assert not found, "decided by name; use method.role or ROLES[helper]"
    tables = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict) and {"h", *ROLE_NAMES} <= strings(node)
    }
    assert tables == {"auxtheory/helper_role.py"}


def test_the_search_for_decisions_by_name_finds_them() -> None:
    for text in ("method.helper == 'f'", "helper != 'h'", "{'h': 1, 'f': 2, 'none': 3}[helper]"):
        assert decides_by_helper(ast.parse(text, mode="eval").body), text
    assert not decides_by_helper(ast.parse("ROLES[helper]", mode="eval").body)


def test_the_roles_are_those_of_the_type() -> None:
    assert tuple(ROLES) == get_args(Helper)


@pytest.mark.parametrize("helper", get_args(Helper))
def test_a_role_selects_what_the_formula_gives(helper: Helper) -> None:
    """h_seen = αh + βf and r_seen = f − h_seen, on numbers."""
    role = ROLES[helper]
    h = np.array([0.5, -2.0])
    f = np.array([3.0, 7.0])
    h_seen = role.alpha * h + role.beta * f
    assert np.array_equal(role.h(h, f, 0 * f), h_seen)
    assert np.array_equal(role.r(f - h, f, 0 * f), f - h_seen)
    assert role.h(h, f, None) is (None if helper == "none" else h if helper == "h" else f)


def test_methods_know_their_role() -> None:
    assert at.methods.AuxMOM.role == HelperRole(1, 0)
    assert at.methods.SGD.role == HelperRole(0, 1)
    assert at.methods.MVR.role == HelperRole(0, 0)


@pytest.mark.parametrize("method", at.methods.ALL, ids=lambda method: method.name)
@pytest.mark.parametrize("B", [1, 7, np.inf])
def test_the_rule_of_the_first_buffer(method: at.methods.Method, B: float) -> None:
    phase = Phase(method, at.Steps(eta=0.1, a=0.5, K=1, T=2, B=B))
    exact = method.exact_refresh or B == np.inf
    assert phase.first_buffer_exact is exact
    assert phase.first_samples == (0 if exact else B)
    assert phase.steps.exact_start is (B == np.inf)


def test_momentum_is_one_where_none_is_given() -> None:
    assert at.Steps(eta=0.1, K=1, T=2).momentum == 1.0
    assert at.Steps(eta=0.1, K=1, T=2, a=0.25).momentum == 0.25


def is_no_a(node: ast.AST) -> bool:
    """Whether a node gives 1 where `steps.a` is None, as `Steps.momentum` does."""
    return (
        isinstance(node, ast.IfExp)
        and ast.unparse(node.test).endswith((".a is None", ".a is not None"))
        and any(ast.unparse(part) == "1.0" for part in (node.body, node.orelse))
    )


def test_rules_of_steps_stand_in_one_place() -> None:
    momentum = set()
    infinite = set()
    for name, tree in sources():
        for node in ast.walk(tree):
            if is_no_a(node):
                momentum.add(name)
            if isinstance(node, ast.Call) and ast.unparse(node).endswith(
                (".isinf(steps.B)", ".isinf(self.B)", ".isinf(phase.steps.B)")
            ):
                infinite.add(name)
    assert momentum == infinite == {"auxtheory/bounds/constants.py"}


TWICE = {"AuxMVR", "MVR"}


@pytest.mark.parametrize("method", at.methods.ALL, ids=lambda method: method.name)
def test_which_methods_use_a_sample_twice(method: at.methods.MethodType) -> None:
    assert method.compares_samples is (method.name in TWICE)


PUBLIC = {
    "at.run": at.run,
    "at.validate": at.validate,
    "at.Study": at.Study,
    "falsify": Search,
    "phase_diagram": phase_diagram,
    "phases": phases,
}
SAME = {
    "engine": defaults.AUTO,
    "replicas": defaults.REPLICAS,
    "seed": defaults.SEED,
    "false_alarm": defaults.FALSE_ALARM,
    "B": defaults.FIRST_BATCH,
    "examples": defaults.EXAMPLES,
    "c_r": defaults.PRICE_R,
    "c_h": defaults.PRICE_H,
}


@pytest.mark.parametrize("name", PUBLIC)
def test_defaults_of_signatures_are_those_of_the_options(name: str) -> None:
    given = {
        parameter.name: parameter.default
        for parameter in inspect.signature(PUBLIC[name]).parameters.values()
        if parameter.default is not inspect.Parameter.empty and parameter.name in SAME
    }
    assert given == {parameter: SAME[parameter] for parameter in given}
    assert given or name == "at.run"


def every_option(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for other in action.choices.values():
                yield from every_option(other)
        else:
            yield action


def test_defaults_of_the_command_line_are_the_same() -> None:
    names = {"engine", "replicas", "seed", "false_alarm", "examples"}
    found = [action for action in every_option(parser.parser()) if action.dest in names]
    assert len(found) > 5
    for action in found:
        if isinstance(action.default, float | int | str):
            assert action.default == SAME[action.dest], action.option_strings


def test_defaults_of_a_study_are_the_same() -> None:
    study = at.Study([at.theorems.AuxMOM()], at.Quadratic(L=1.0, dim=2), delta=0.1, K=1, T=2)
    assert (study.replicas, study.false_alarm) == (defaults.REPLICAS, defaults.FALSE_ALARM)
    assert {name: study.axes[name] for name in DEFAULTS} == {
        "B": (defaults.FIRST_BATCH,),
        "engine": (defaults.AUTO,),
        "seed": (defaults.SEED,),
    }


def test_modes_and_statuses_are_listed_once() -> None:
    """As a tuple, a set or a list of all of them; what some of them mean to a figure may differ."""
    modes = set(get_args(Mode))
    statuses = set(get_args(CellStatus))
    assert set(MODES) == modes and set(STATUSES) == statuses
    assert set(get_args(Status)) < statuses and set(JUDGED) < set(get_args(Status))
    assert set(CLAIMED) | set(GIVEN) == modes and "unsafe" not in CLAIMED and "tuned" not in GIVEN
    assert set(MENTIONED) == statuses and set(SAID.values()) | set(JUDGED) == statuses
    homes: dict[str, set[str]] = {"modes": set(), "statuses": set()}
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
                homes["modes"] |= {name} if modes <= strings(node) else set()
                homes["statuses"] |= {name} if statuses <= strings(node) else set()
    assert homes["modes"] == {"auxtheory/bounds/constants.py"}
    assert homes["statuses"] == {"auxtheory/table.py", "auxtheory/study/results/summary.py"}
