"""The exact engine refuses what it cannot know exactly."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from cosines import Cosines
from engine_input import engine_input, task_of
from exact_cases import ADDITIVE, DENSE, DIAGONAL, KNOWN, MULTIPLICATIVE, OWN, assert_same, steps
from variants import variant

import auxtheory as at
from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import choose, exact, run
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.errors import InputError, RefusedError
from auxtheory.methods import TextError
from auxtheory.methods.two_rules import rules_of

# Rules of matching units with the operation that is not affine; 1 as a unit of the rule's result.
RULES = {
    "sign": (lambda m, d, p, a: (1 - a) * m + a * abs(m) * np.sign(d), "absolute"),
    "clip": (lambda m, d, p, a: np.clip((1 - a) * m + a * d, -abs(m), abs(m)), "absolute"),
    "square": (lambda m, d, p, a: m * m / (m + d), "multiply"),
    "product": (lambda m, d, p, a: m * d / (m + d), "multiply"),
    "absolute": (lambda m, d, p, a: abs(m), "absolute"),
    "larger": (lambda m, d, p, a: (m + d + abs(m - d)) / 2, "absolute"),
    "quotient": (lambda m, d, p, a: m / (1 + d / p), "divide"),
    "root": (lambda m, d, p, a: np.sqrt(m * m), "multiply"),
    "inverse": (lambda m, d, p, a: 1 / (1 / m), "divide"),
}


@pytest.mark.parametrize("where", ["refresh", "local_step"])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_not_affine_is_refused(rule: str, where: str) -> None:
    """Otherwise means and covariances that do not close are passed off as exact."""
    function, operation = RULES[rule]

    def local_step(y: Any, g: Any, m: Any, eta: Any) -> Any:
        return y - eta * function(m, g, m, 0.5)

    method = variant(methods.AuxMOM, **{where: function if where == "refresh" else local_step})
    s = steps(method)
    reason = exact.refuses(task_of(method, DIAGONAL, ADDITIVE, s))
    assert reason is not None and "not affine" in reason and "Mine" in reason
    assert re.search(rf"{operation} in line \d+ `.*lambda m, d, p, a: ", reason)
    with pytest.raises(RefusedError, match="Mine"):
        exact.run(*engine_input(method, DIAGONAL, ADDITIVE, s))
    assert choose("auto", task_of(method, DIAGONAL, ADDITIVE, s)) in ("cpu", "numpy")


UNITS = {
    "sign": lambda m, d, p, a: (1 - a) * m + a * np.sign(d),
    "clip": lambda m, d, p, a: np.clip((1 - a) * m + a * d, -1, 1),
    "square": lambda m, d, p, a: m * m,
    "product": lambda m, d, p, a: m * d,
    "constant": lambda m, d, p, a: m + 1,
    "quotient": lambda m, d, p, a: m / (1 + d * d),
    "root": lambda m, d, p, a: np.sqrt(m),
    "inverse": lambda m, d, p, a: 1 / m,
}


@pytest.mark.parametrize("rule", UNITS)
def test_a_rule_whose_units_do_not_fit_is_no_method(rule: str) -> None:
    """Otherwise a theorem about it holds in one choice of units alone; the engines that sample would
    run it, and the exact one refuse it."""
    with pytest.raises(TextError, match=r"Mine\.(start|refresh|step), line \d+ .*unit"):
        variant(methods.AuxMOM, refresh=UNITS[rule])


@pytest.mark.parametrize("limit", [1e-3, 100, 10**9])
def test_clipping_at_any_value_is_refused(limit: int) -> None:
    """Otherwise gradient clipping is silently ignored by the engine that calls itself exact."""

    class Mine(at.Method):
        units = {"c": "F/X"}  # noqa: RUF012

        def step(o: Any, x: Any, *, eta: Any, c: Any = limit) -> Any:
            return x - eta * np.clip(o.f(x), -c, c)

    s = Steps(eta=0.1, K=1, T=2)
    task = task_of(Mine, DIAGONAL, ADDITIVE, s)
    assert re.search(r"Mine.step is not affine: m\w+imum in line", str(exact.refuses(task)))
    assert choose("auto", task) == "numpy"
    assert np.isfinite(numpy_engine.run(task).G[-1, 0])


KINKS = {
    "refresh": lambda m, d, p, a: np.where(a > 0.6, a * np.minimum(d, m), (1 - a) * m + a * d),
    "local_step": lambda y, g, m, eta: y - eta * (g + np.where(abs(m) > abs(g), abs(m), m)),
}


@pytest.mark.parametrize("values", [[0.5, 0.9], [0.9, 0.5], [0.5, 0.55, 0.5, 0.61]])
@pytest.mark.parametrize("where", KINKS)
def test_a_rule_that_is_affine_for_some_of_the_grid_is_refused(
    where: str, values: list[float]
) -> None:
    """Otherwise a grid is run as if all of it were like its first configuration."""
    method = variant(methods.AuxMOM, name="Mine", **{where: KINKS[where]})
    symbol = "a" if where == "refresh" else "eta"
    reason = exact.refuses(
        task_of(method, DIAGONAL, ADDITIVE, steps(method).replace(**{symbol: np.array(values)}))
    )
    assert reason is not None and "not affine" in reason and "Mine" in reason


def test_a_first_buffer_that_is_not_linear_is_refused() -> None:
    """Otherwise the first buffer, which is the rule at a = 1, is taken for what the rule is at the a of
    the run."""

    def refresh(m: Any, d: Any, p: Any, a: Any) -> Any:
        return abs(d) if isinstance(a, float) else (1 - a) * m + a * d

    method = variant(methods.AuxMOM, refresh=refresh)
    reason = exact.refuses(task_of(method, DIAGONAL, ADDITIVE, steps(method, a=0.5)))
    assert "Mine.start is not affine: absolute" in str(reason)


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
    """Otherwise a covariance that does not close coordinate by coordinate, or off centre, is passed off
    as exact."""
    local = OWN["LocalSGD"]
    assert "only at K = 1" in str(
        exact.refuses(task_of(local, DENSE, MULTIPLICATIVE, steps(local)))
    )
    assert exact.refuses(task_of(local, DENSE, ADDITIVE, steps(local))) is None
    assert exact.refuses(task_of(local, DIAGONAL, MULTIPLICATIVE, steps(local))) is None
    shrunk = variant(local, local_step=rules_of(OWN["Shrunk"]).local_step)
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
    """Otherwise a rule's coefficients are inexact, and a constant in ∇h no longer drops out."""
    for method in methods.ALL:
        parts = [Fraction(i, 7) for i in (1, 2, 3)]
        rules = rules_of(method)
        assert isinstance(rules.refresh(*parts, Fraction(1, 3)), Fraction)
        assert isinstance(rules.local_step(*parts, Fraction(1, 3)), Fraction)
