"""Every public function says which argument is wrong, and what would do, instead of failing
somewhere inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import analysis, bench, certify, conformance, data, experiments, testing
from auxtheory.analysis import style
from auxtheory.analysis.figures.bench import bench as bench_figure
from auxtheory.analysis.figures.costs import costs
from auxtheory.analysis.figures.delta_prediction import delta_prediction, delta_table
from auxtheory.analysis.figures.experiment import experiment
from auxtheory.testing import strategies
from auxtheory.theorems import lookup

L, F0, T = at.symbols("L F0 T")
TARGET = at.Quadratic(L=1.0, dim=2)
PAIR = TARGET.with_helper(delta=0.1)
THEOREM = at.theorems.SGD()
CONSTANTS = at.Constants(L=1.0, F0=1.0)
STEPS = at.Steps(eta=0.1, K=1, T=3)
VALUES = {"L": 1.0, "F0": 2.0}
WRONG: tuple[Any, ...] = (
    None,
    3,
    -1.0,
    float("nan"),
    "nonsense",
    "",
    [1, 2],
    [],
    {"a": 1},
    np.zeros((2, 3)),
    [[1], [1, 2]],
    lambda: 1,
    object(),
)


@pytest.fixture(scope="module")
def results() -> at.Results:
    return at.Study([THEOREM], TARGET, delta=[0.1, 0.2], K=1, T=[5, 9]).run()


FIGURES: dict[str, Callable[..., Any]] = {
    name: getattr(analysis, name) for name in analysis.__all__ if callable(getattr(analysis, name))
} | {"bench": bench_figure, "costs": costs, "delta_prediction": delta_prediction}
OTHERS = {
    "toy_table",
    "cheapest_table",
    "coupling_table",
    "threshold_table",
    "similarity_table",
    "numbers",
    "pick",
    "FigureOptions",
    "Look",
    "field",
    "theorem",
    "Drawing",
    "over_axis",
}


@pytest.mark.parametrize("name", sorted(FIGURES.keys() - OTHERS))
@pytest.mark.parametrize(
    "wrong", [*WRONG, at.Table(()), at.Table(({"x": 1},))], ids=lambda value: repr(value)[:20]
)
def test_a_figure_of_what_is_no_table(name: str, wrong: Any) -> None:
    more = ("delta",) if name in ("rate", "slopes") else ()
    with pytest.raises(at.InputError, match=r"table = .*: must (be|hold|name)") as caught:
        FIGURES[name](wrong, *more)
    assert "Results" in str(caught.value) or isinstance(wrong, at.Table)


# name → (function, sound arguments, the arguments to get wrong, how values of WRONG begin that are
# sound for some).
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any], str, str]] = {
    "validate": (
        at.validate,
        {"theorem": THEOREM, "pair": PAIR, "noise": None, "T": 3},
        "theorem pair T K B eta a mode engine replicas error seed rao_blackwell false_alarm",
        "None 3",
    ),
    "claim": (
        at.claim,
        {"bound": L * F0 / T, "method": at.methods.SGD},
        "like method step_range steps measure mean_square variance",
        "None function",
    ),
    "claim's bound": (at.claim, {"method": at.methods.SGD}, "bound", "3 function"),
    "run": (
        at.run,
        {"method": at.methods.SGD, "pair": PAIR, "noise": None, "steps": STEPS},
        "method pair steps engine record replicas seed dtype threads follow_G rao_blackwell",
        "None 3",
    ),
    "Study": (
        at.Study,
        {"theorems": [THEOREM], "target": TARGET, "T": [5], "K": 1, "delta": 0.1},
        "theorems target noise helper mode replicas false_alarm",
        "None 3 {",
    ),
    "Study.run": (
        at.Study([THEOREM], TARGET, delta=0.1, K=1, T=5).run,
        {},
        "path executor processes part progress",
        "None nonsense function 3",
    ),
    "along": (at.along, {"pair": PAIR, "points": np.zeros((2, 2))}, "pair points", ""),
    "worst_case": (
        at.worst_case,
        {"method": at.methods.SGD, "constants": CONSTANTS, "steps": STEPS},
        "method constants steps measure function_class",
        "None",
    ),
    "Steps": (at.Steps, {"eta": 0.1, "K": 1, "T": 1}, "eta a K T B mode", "None 3 [1,"),
    "with_helper": (TARGET.with_helper, {"delta": 0.1}, "delta zeta gap bias", "None 3 [1,"),
    "Quadratic": (
        at.Quadratic,
        {"L": 1.0, "dim": 2},
        "L dim mu spectrum F0 x_star",
        "None 3 -1.0 [1,",
    ),
    "Gaussian": (at.Gaussian, {"sigma_f": 1.0}, "sigma_f sigma_h correlation s", "3 [1, -1.0"),
    "falsify": (
        testing.falsify,
        {"theorem": THEOREM, "examples": 10},
        "theorem pair noise fixed examples seed",
        "None 3",
    ),
    "load": (data.load, {}, "name", ""),
    "numbers": (analysis.numbers, {"figure": "rate-vs-delta"}, "table", ""),
    "numbers' figure": (analysis.numbers, {"table": at.Table(())}, "figure", ""),
    "pick": (analysis.pick, {"wanted": {}}, "table", ""),
    "pick's wanted": (analysis.pick, {"table": at.Table(({"x": 1},))}, "wanted", ""),
    "rate's against": (analysis.rate, {"table": at.Table(({"x": 1},))}, "against", ""),
    "field": (
        analysis.field,
        {"theorems": []},
        "theorems run progress",
        "None True False [] function",
    ),
    "theorem": (analysis.theorem, {}, "one", ""),
    "toy_table": (analysis.toy_table, {}, "deltas zetas K T a", "3 [1,"),
    "delta_table": (delta_table, {}, "data count samples K T progress", "3 function"),
    "save": (style.save, {"figure": None, "stem": "x"}, "formats", ""),
    "experiment": (experiment, {}, "result", ""),
    "experiments.run": (experiments.run, {}, "settings", ""),
    "experiments.settings": (experiments.settings, {}, "name", ""),
    "certify.cells": (certify.cells, {}, "theorems K T delta", "None [] [1,"),
    "certify.sandwich": (certify.sandwich, {}, "cells", "[]"),
    "certify.stored_table": (certify.stored_table, {}, "theorems", "[]"),
    "bench.run": (bench.run, {}, "quick sizes only lane progress", "None [] function"),
    "Theorem.value": (
        THEOREM.value,
        {"constants": CONSTANTS, "steps": STEPS},
        "constants steps",
        "",
    ),
    "Theorem.tune": (
        THEOREM.tune,
        {"constants": CONSTANTS, "K": 1, "T": 3},
        "constants K T B",
        "3",
    ),
    "Theorem.unmet": (THEOREM.unmet, {"constants": CONSTANTS}, "constants", ""),
    "Theorem.unmet's steps": (THEOREM.unmet, {"constants": CONSTANTS}, "steps", "None"),
    "Theorem.require": (THEOREM.require, {"constants": CONSTANTS}, "constants", ""),
    "Theorem.constants": (
        THEOREM.constants,
        {"pair": PAIR, "noise": at.Gaussian()},
        "pair noise",
        "",
    ),
    "Posynomial.value": ((L * F0).value, {}, "values", ""),
    "Posynomial.slope": ((L * F0).slope, {"variable": "L"}, "values", ""),
    "Pair.constants": (PAIR.constants, {}, "helper", ""),
    "Proof.from_json": (at.Proof.from_json, {}, "record", ""),
    "theorem_named": (lookup.theorem_named, {}, "text", ""),
    "Configuration.read": (testing.Configuration.read, {}, "text", ""),
    "check_method": (conformance.check_method, {}, "implementation", "function"),
    "parametrize_with_checks": (conformance.parametrize_with_checks, {}, "implementations", "[]"),
    "Budget": (strategies.Budget, {"K": 1, "T": 1}, "K T B", "3"),
    "Results.open": (at.Results.open, {}, "path", ""),
}


ALSO = {
    ("validate", "T"): "[1,",
    ("claim", "step_range"): "[]",
    ("run", "record"): "[1,",
    ("Study.run", "part"): "[1,",
    ("along", "points"): "[1,",
}


@pytest.mark.parametrize(
    ("call", "argument"), [(c, a) for c, (_, _, names, _) in CALLS.items() for a in names.split()]
)
def test_a_wrong_argument_is_an_error_of_the_library(call: str, argument: str) -> None:
    """Never an AttributeError, TypeError, KeyError or IndexError from within, nor a bare
    ValueError."""
    function, sound, _, fine = CALLS[call]
    for wrong in WRONG:
        known = [*fine.split(), *ALSO.get((call, argument), "").split()]
        if any(repr(wrong).strip("'").startswith(each) for each in known) or (
            "function" in known and callable(wrong)
        ):
            continue
        with pytest.raises(at.AuxtheoryError) as caught:
            function(**{**sound, argument: wrong})
            pytest.fail(f"{call}({argument}={wrong!r}) is taken")
        assert len(str(caught.value)) < 2000


def test_rows_and_columns_of_results(results: at.Results) -> None:
    """Otherwise a column that is none is looked for with an array's truth value, or a path is a
    number."""
    for wrong in WRONG:
        for call in (lambda w: results[w], lambda w: at.Table(results.rows)[w]):
            with pytest.raises(at.InputError, match="column = "):
                call(wrong)
    for wrong in (None, 3, object(), {"a": 1}):
        with pytest.raises(at.InputError, match=r"names = .*: must be a list of columns"):
            at.Table(results.rows).drop(wrong)
        for write in (results.save, results.to_csv, at.Table(results.rows).to_csv):
            with pytest.raises(at.InputError, match="path = "):
                write(wrong)
    assert "T" not in at.Table(results.rows).drop("T").columns


def test_several_wrong_arguments_are_listed_at_once() -> None:
    with pytest.raises(at.InputError) as caught:
        analysis.toy_table(deltas=None, zetas="x", K=0, T="3", a=7)  # type: ignore[arg-type]
    assert len(caught.value.complaints) >= 5
