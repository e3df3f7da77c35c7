"""Names that a step parameter cannot have, since they mean something else."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import auxtheory as at
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.engines.task import SAMPLING, TASK
from auxtheory.methods.reserved import FREE, RESERVED
from auxtheory.study.grid import NAMES
from auxtheory.testing.search.falsify import SEARCH_OPTIONS
from auxtheory.validation.validate import KEYWORDS


def method(name: str) -> Any:
    """A class with a step parameter of this name."""
    names: dict[str, Any] = {"at": at}
    text = f"class M(at.Method):\n    def step(o, x, *, eta, {name}):\n        "
    exec(f"{text}return x - eta * {name} * o.f(x)", names)
    return names["M"]


@pytest.mark.parametrize("name", ["delta", "L", "mu", "T", "s", "seed", "mode", "dim"])
def test_a_parameter_with_the_name_of_a_constant_is_refused(name: str) -> None:
    message = rf"M\.step, .*: {name}: must be another name, since {name} means "
    with pytest.raises(at.InputError, match=message):
        method(name)


def test_every_name_that_is_given_by_keyword_elsewhere_is_reserved() -> None:
    named = {*GLOSSARY, *NAMES, *KEYWORDS, *TASK, *SAMPLING, *SEARCH_OPTIONS}
    for function in (at.validate, at.Study, at.Steps, at.run, at.testing.falsify):
        parameters = inspect.signature(function).parameters.values()
        named |= {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    # `falsify` takes its budget by position, and runs take no single-precision engine options.
    internal = {"first_replica", "keep_paths", "keep_local", "budget", "bound", "axes", "options"}
    assert named - set(FREE) - internal <= set(RESERVED)


def test_momentum_may_be_called_beta() -> None:
    assert dict(method("beta").parameters) == {"eta": None, "beta": None}
    steps = at.Steps(eta=0.1, K=1, T=2, beta=-0.5)  # the glossary's β is at least 0
    assert steps.parameters["beta"] == -0.5
    with pytest.raises(at.InputError, match="beta = inf: must be a finite number"):
        at.Steps(eta=0.1, K=1, T=2, beta=float("inf"))


@pytest.mark.parametrize("known", at.methods.EVERY, ids=lambda known: known.name)
def test_the_library_keeps_to_it(known: Any) -> None:
    assert not set(known.parameters) & set(RESERVED)
