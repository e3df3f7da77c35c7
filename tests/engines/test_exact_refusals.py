"""The exact engine refuses what it cannot know exactly."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pytest
from cosines import Cosines
from engine_input import engine_input, task_of
from exact_cases import ADDITIVE, DENSE, DIAGONAL, KNOWN, MULTIPLICATIVE, OWN, assert_same, steps

from auxtheory import methods
from auxtheory.engines import Sampling, choose, exact, run
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import InputError, RefusedError
from auxtheory.methods.two_rules import rules_of

RULES = {
    "sign": (lambda m, d, p, a: (1 - a) * m + a * np.sign(d) * abs(d), "sign"),
    "clip": (lambda m, d, p, a: np.clip((1 - a) * m + a * d, -abs(d), abs(d)), "absolute"),
    "square": (lambda m, d, p, a: m * m / (1 * m), "multiply"),
    "product": (lambda m, d, p, a: np.sqrt(m * d), "multiply"),
    "absolute": (lambda m, d, p, a: abs(m), "absolute"),
    "larger": (lambda m, d, p, a: (m + d + abs(m - d)) / 2, "absolute"),
    "maximum": (lambda m, d, p, a: np.maximum(m, d), "maximum"),
    "quotient": (lambda m, d, p, a: m / (1 + d / (d + m)), "divide"),
    "condition": (lambda m, d, p, a: np.where(m > d, m, d), "a comparison"),
}


def ruled(where: str, function: Any) -> methods.MethodType:
    """AuxMOM with another refresh or, of the same shape, another direction of its local steps."""
    rules = rules_of(methods.AuxMOM)
    if where == "refresh":
        return methods.from_rules(name="Mine", refresh=function)
    return methods.from_rules(
        name="Mine",
        refresh=rules.refresh,
        local_step=lambda y, g, m, eta: y - eta * function(m, g, g, eta),
    )


@pytest.mark.parametrize("where", ["refresh", "local_step"])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_not_affine_is_refused(rule: str, where: str) -> None:
    """Otherwise means and covariances that do not close are passed off as exact."""
    function, why = RULES[rule]
    method = ruled(where, function)
    s = steps(method)
    reason = exact.refuses(task_of(method, DIAGONAL, ADDITIVE, s))
    assert reason is not None and re.search(rf"Mine\.\w+ is not affine: {why} in line \d+", reason)
    with pytest.raises(RefusedError, match="Mine"):
        exact.run(*engine_input(method, DIAGONAL, ADDITIVE, s))
    assert choose("auto", task_of(method, DIAGONAL, ADDITIVE, s)) in ("cpu", "numpy")


@pytest.mark.parametrize("limit", [1e-3, 100, 10**9])
def test_clipping_at_any_value_is_refused(limit: float) -> None:
    """Otherwise gradient clipping is silently ignored by the engine that calls itself exact."""

    class Mine(methods.AuxMOM):
        units: ClassVar = {"c": "F/X"}

        def refresh(o, x, m, *, a, c):
            return x, np.clip((1 - a) * m + a * o.r(x), -c, c)

    s = steps(methods.AuxMOM).replace(c=limit)
    assert "not affine: maximum" in str(exact.refuses(task_of(Mine, DIAGONAL, ADDITIVE, s)))


KINKS = {
    "refresh": lambda m, d, p, a: np.where(a > 0.6, a * np.minimum(d, 0.0), (1 - a) * m + a * d),
    "local_step": lambda m, g, p, a: g + np.where(a > 0.6, np.abs(m), m),
}


@pytest.mark.parametrize("where", KINKS)
def test_a_rule_that_is_affine_for_some_parameters_alone_is_refused(where: str) -> None:
    """Otherwise a grid is run as if all of it were like its first configuration."""
    method = ruled(where, KINKS[where])
    for a in (0.5, np.array([0.5, 0.9])):
        task = task_of(method, DIAGONAL, ADDITIVE, steps(method).replace(a=a))
        reason = exact.refuses(task)
        assert reason is not None and "not affine" in reason and "Mine" in reason


@pytest.mark.parametrize("name", KNOWN)
def test_affine_rules_on_a_grid_are_not_refused(name: str) -> None:
    """Otherwise rounding at an odd value of a or η passes for a rule that is not affine."""
    a = np.array([1.0, 0.1, 1e-300, 1 / 3, 1 - 2.0**-53, 1e-200, 0.5])
    eta = np.array([1e-12, 0.3, 1e6, 1e90, 1e-200, 1e100, 1 / 3])
    assert (
        exact.refuses(
            task_of(KNOWN[name], DIAGONAL, ADDITIVE, steps(KNOWN[name]).replace(a=a, eta=eta))
        )
        is None
    )


@pytest.mark.parametrize("name", KNOWN)
def test_affine_rules_are_not_refused(name: str) -> None:
    """Otherwise the exact engine turns away what it can do, at odd values of a and η too."""
    for a, eta in ((1.0, 1e-12), (0.1, 0.3), (1e-300, 1e6), (1 / 3, 1e90)):
        s = steps(KNOWN[name], a=a, eta=eta)
        assert exact.refuses(task_of(KNOWN[name], DIAGONAL, ADDITIVE, s)) is None


def test_multiplicative_noise_in_local_steps_has_its_limits() -> None:
    """Otherwise what the recursions cannot follow is not left to the general form."""
    local = OWN["LocalSGD"]
    task = task_of(local, DENSE, MULTIPLICATIVE, steps(local))
    assert exact.refuses(task) is None
    trace = exact.run(task)
    assert trace.provenance["form"] == "program"
    sampled = numpy_engine.run(task, Sampling(replicas=2000))
    assert abs(trace.G - sampled.G)[0, 0] < 5 * sampled.G_se[0, 0]
    assert exact.refuses(task_of(local, DENSE, ADDITIVE, steps(local))) is None
    assert exact.refuses(task_of(local, DIAGONAL, MULTIPLICATIVE, steps(local))) is None
    shrunk = methods.from_rules(
        name="Shrunk",
        refresh=lambda m, d, p, a: 0 * d,
        local_step=rules_of(OWN["Shrunk"]).local_step,
        helper="f",
        exact_refresh=True,
    )
    assert exact.refuses(task_of(shrunk, DIAGONAL, ADDITIVE, steps(local))) is None


def test_a_pair_that_is_not_quadratic_goes_to_the_sampling_engine() -> None:
    """Otherwise the exact engine answers for a pair it cannot know, or auto does not fall back."""
    s = steps(methods.AuxMOM)
    with pytest.raises(RefusedError, match="exact needs a quadratic pair, and Cosines is not one"):
        exact.run(*engine_input(methods.AuxMOM, Cosines(), ADDITIVE, s))
    with pytest.raises(RefusedError, match=r"^exact needs a quadratic pair"):
        run(methods.AuxMOM, Cosines(), ADDITIVE, s, engine="exact")
    fallen = run(methods.AuxMOM, Cosines(), ADDITIVE, s, replicas=8, seed=3, record=[2, 6])
    direct = numpy_engine.run(
        *engine_input(methods.AuxMOM, Cosines(), ADDITIVE, s, replicas=8, seed=3, record=[2, 6])
    )
    assert fallen.engine == "cpu" and fallen.replicas == 8
    assert_same(fallen, direct, rtol=1e-12)


def test_auto_takes_the_exact_engine_where_it_can() -> None:
    """Otherwise sampling error is paid where none is needed."""
    s = steps(methods.AuxMOM)
    trace = run(methods.AuxMOM, DENSE, ADDITIVE, s, record=[2, 6])
    assert trace.engine == "exact" and trace.replicas is None and not np.any(trace.G_se)
    assert_same(
        trace, exact.run(*engine_input(methods.AuxMOM, DENSE, ADDITIVE, s, record=[2, 6])), rtol=0
    )
    assert run(methods.AuxMOM, DENSE, ADDITIVE, s, engine="numpy", replicas=4).engine == "numpy"
    with pytest.raises(InputError, match="did you mean 'exact'"):
        run(methods.AuxMOM, DENSE, ADDITIVE, s, engine="exakt")


def test_rules_run_on_exact_fractions() -> None:
    """Otherwise probing a rule is inexact, and a constant in ∇h no longer drops out."""
    for method in map(rules_of, methods.ALL):
        parts = [Fraction(i, 7) for i in (1, 2, 3)]
        assert isinstance(method.refresh(*parts, Fraction(1, 3)), Fraction)
        assert isinstance(method.local_step(*parts, Fraction(1, 3)), Fraction)
