"""The kit knows every method whose samples a round's keys name, also those that are no correction
buffer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.conformance import Case, NonConforming, check_method, follow
from auxtheory.conformance.interpreted import Interpreted, unreadable
from auxtheory.errors import InputError

GENERAL = [m for m in at.methods.LIBRARY if m not in at.methods.ALL and unreadable(m) is None]
UNREADABLE = {
    "LSVRG": "makes a random choice",
    "SAGA": "makes a random choice",
    "SPIDER": "takes batches",
}
PAIR = at.Quadratic(L=1.0, mu=0.2, dim=3).with_helper(delta=0.3, zeta=0.5)
NOISE = at.Gaussian(sigma_f=0.4, sigma_h=0.3)


@pytest.mark.parametrize("method", GENERAL, ids=lambda m: m.name)
def test_every_method_conforms_to_itself(method: Any) -> None:
    report = check_method(method)
    assert report["equals the reference"].status == "passed"
    found = {report[name].status for name in ("translation", "units")}
    # A ball around 0 does not move with the problem.
    fixed = method is at.methods.ProjectedAdaGradNorm
    assert found == ({"passed", "does not apply"} if fixed else {"passed"})


@pytest.mark.parametrize("method", [m for m in GENERAL if m.not_affine is None], ids=str)
def test_the_reference_is_what_engines_run(method: Any) -> None:
    steps = at.Steps(
        eta=0.3,
        K=1 if method.single_step else 3,
        T=4,
        a=0.4 if method.uses_a else None,
        **{
            n: 1.0 if n in method.whole else 0.4
            for n, v in method.parameters.items()
            if v is None and n not in ("eta", "a")
        },
    )
    case = Case(pairs=[PAIR], noise=at.Gaussian(), steps=steps)
    trace = at.run(method, PAIR, None, steps, record=range(1, 5))
    gaps = PAIR.gap(follow(method, case).x[1:][None])[0]
    np.testing.assert_allclose(gaps, trace.gap[:, 0], rtol=1e-11)


@pytest.mark.parametrize("method", at.methods.ALL, ids=lambda m: m.name)
def test_a_text_and_its_two_rules_are_one_step_function(method: Any) -> None:
    steps = at.Steps(eta=0.3, a=0.2, K=1 if method.single_step else 3, T=4)
    case = Case(pairs=[PAIR], noise=NOISE, steps=steps, exact=method.exact_refresh)
    text = follow(Interpreted(method), case)
    np.testing.assert_allclose(text.x, follow(method, case).x, rtol=1e-12)


def nesterov(x: Any, v: Any, round: Any, *, beta: float) -> Any:
    v = 0 * x if v is None else v
    for key in round.local:
        v = beta * v - round.eta * round.grad_f(x + beta * v, key)
        x = x + v
    return x, v


def without_lookahead(x: Any, v: Any, round: Any, *, beta: float) -> Any:
    v = 0 * x if v is None else v
    for key in round.local:
        v = beta * v - round.eta * round.grad_f(x, key)
        x = x + v
    return x, v


def damped(x: Any, v: Any, round: Any, *, beta: float) -> Any:
    v = 0 * x if v is None else v
    for key in round.local:
        v = beta * v - (1 - beta) * round.eta * round.grad_f(x, key)
        x = x + v
    return x, v


def test_right_and_wrong_implementations_are_told_apart() -> None:
    assert not check_method(nesterov, like=at.methods.Nesterov).failed
    with pytest.raises(NonConforming, match=r"g_f\(y\) with round\.local\[1\].*another point"):
        check_method(without_lookahead, like=at.methods.Nesterov)
    with pytest.raises(NonConforming, match=r"the whole step is off by the factor 0\.5") as raised:
        check_method(damped, like=at.methods.HeavyBall)
    assert "beta=0.5)" in str(raised.value)  # the script has the step parameters
    assert not check_method(without_lookahead, like=at.methods.HeavyBall).failed


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_method_without_a_reference_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(InputError, match=UNREADABLE[name]):
        check_method(nesterov, like=getattr(at.methods, name))


def test_steps_may_change_from_round_to_round() -> None:
    steps = at.Steps(eta=at.per_round([0.3, 0.2]), beta=at.per_round([0.0, 0.9]), K=2, T=2)
    case = Case(pairs=[PAIR], noise=NOISE, steps=steps)
    first = Case(pairs=[PAIR], noise=NOISE, steps=at.Steps(eta=0.3, beta=0.0, K=2, T=1))
    path = follow(nesterov, case)
    np.testing.assert_allclose(path.x[1], follow(nesterov, first).x[1])
    constant = Case(pairs=[PAIR], noise=NOISE, steps=at.Steps(eta=0.3, beta=0.0, K=2, T=2))
    assert np.any(path.x[2] != follow(nesterov, constant).x[2])
