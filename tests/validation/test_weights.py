"""Measures with weights, units and labels in scripts and counterexamples: as code that makes them again."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.cli.falsify import _homes
from auxtheory.errors import InputError
from auxtheory.measures import Measure, measure
from auxtheory.testing import Configuration
from auxtheory.validation.parsing import parse

L, F0, eta, T = at.symbols("L F0 eta T")
measures = at.measures


class Rate(at.Theorem):
    """A bound on a weighted mean."""

    method = at.methods.SGD
    measure = measures.grad(over="local", weights=lambda t: t**-0.5)
    step_range = L * eta <= 1
    bound = 2 * F0 / eta / at.sqrt(T)


def case(theorem: Any, T: int = 3) -> Configuration:
    pair = at.Quadratic(L=1.0, dim=1).with_helper()
    steps = at.Steps(eta=0.5, K=1, T=T, mode="theorem")
    return Configuration(theorem, pair, at.Gaussian(), steps, {})


def test_a_script_has_the_function_of_the_weights() -> None:
    """It runs, and measures the same."""
    here = case(Rate())
    script = here.script
    assert "def weights(t):\n    return t ** (-0.5)\n" in script and "weights=weights" in script
    assert "NoSource" not in script and "# the" not in script
    with contextlib.redirect_stdout(shown := io.StringIO()):
        exec(script, {})
    measured = float(here.verdict().table["measured"][0])
    assert f"{measured:.4g}" in shown.getvalue().splitlines()[-1]


def test_a_file_has_the_weights_themselves() -> None:
    """Since code in a file is not run."""
    here = case(Rate())
    text = here.to_json()
    code = json.loads(text)["theorem"]
    assert f"weights={(np.arange(1.0, 4.0) ** -0.5).tolist()}" in code
    again, stored = Configuration.read(text)
    assert float(again.verdict().table["measured"][0]) == stored["measured"]


def test_weights_without_a_source_are_listed() -> None:
    """With the symbols of the formula."""
    names: dict[str, Any] = {}
    exec("def weights(t):\n    return 1.0 * t", names)

    class Hidden(Rate):
        measure = measures.grad(over="rounds", weights=names["weights"])

    script = case(Hidden()).script
    assert "# the weights of the measure are given by their values here: " in script
    assert "weights=[1.0, 2.0, 3.0]" in script
    with contextlib.redirect_stdout(io.StringIO()):
        exec(script, {})


def test_a_bound_that_is_a_function_of_a_users_method() -> None:
    """The method of a script is that of its module, which the check of the source knows."""

    class Local(at.Method):
        def step(o: Any, x: Any, *, eta: Any) -> Any:
            return x - eta * o.f(x)

    class Function(at.Theorem):
        method = Local
        bound = lambda c, s: 2 * c.F0 / (s.eta * s.T)  # noqa: E731

    script = case(Function()).script
    assert "by its value here" not in script and "return 2 * c.F0 / (s.eta * s.T)" in script


SPELT = (
    measures.G,
    measures.gap_mean,
    measures.distance("y", over="rounds"),
    measures.grad(over="local", weights=[1.0, 2.0]),
    measures.square("m", unit="F^2/X^2"),
    measures.quadratic([1.0, 3.0], unit="F"),
    Measure(form="gap", of="y", label="energy"),
)


@pytest.mark.parametrize("value", SPELT, ids=repr)
def test_a_measure_is_made_again(value: Measure) -> None:
    again = parse(repr(value))
    assert again.key == value.key and again.unit == value.unit and again.name == value.name


def test_the_labels_are_names() -> None:
    """Those with which a measure is printed by its label alone."""
    for label in measure.LABELS:
        assert getattr(measures, label).label == label
    known = {m.label for m in vars(measures).values() if isinstance(m, Measure)}
    assert known == set(measure.LABELS)


def test_weights_as_numbers() -> None:
    """As a function gives them; for as many rounds as there are."""
    pair = at.Quadratic(L=1.0, dim=2).with_helper()
    steps = at.Steps(eta=0.5, K=1, T=3)
    listed = measures.gap(over="rounds", weights=np.array([1.0, 2.0, 3.0]))
    function = measures.gap(over="rounds", weights=lambda t: t)
    trace = at.run(at.methods.SGD, pair, at.Gaussian(), steps, measures=[listed, function])
    one, two = (trace.measure(each)[0] for each in (listed, function))
    assert one[-1, 0] == two[-1, 0] > 0
    with pytest.raises(InputError, match="must be T = 2 numbers, not 3"):
        listed.weights_of(2)
    for bad, text in ((3.0, "must be a list of numbers"), ([-1.0], "must be at least 0")):
        with pytest.raises(InputError, match=text):
            measures.gap(over="rounds", weights=bad).weights_of(1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must be a product of powers of F and X"):
        measures.square("m", unit="metre")


def test_a_counterexample_is_replayed_with_its_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of a module, from the working folder; a package by its name."""
    module = ModuleType("mine_somewhere")
    module.__file__ = str(Path("..").resolve() / "theory" / "mine_somewhere.py")
    monkeypatch.setitem(sys.modules, "mine_somewhere", module)
    homes = _homes(json.dumps({"imports": ["mine_somewhere", "numpy.linalg", "nowhere"]}))
    assert homes == [
        Path(os.path.join("..", "theory", "mine_somewhere.py")),
        Path("numpy.linalg"),
        Path("nowhere"),
    ]
