"""Which term of a step is wrong, and by which factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from factor_cases import CLIENTS, cause, half, same, server

import auxtheory as at
from auxtheory.conformance import Federated, Round, check_method

AuxMOM = at.methods.AuxMOM
AuxMVR = at.methods.AuxMVR


def diff(x: Any, round: Round) -> Any:
    return round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)


def stepped(
    *,
    refresh: Callable[..., Any] = lambda m, d, a: (1 - a) * m + a * d,
    first: Callable[[Any], Any] = same,
    local: Callable[..., Any] = lambda y, g, m, round, k: y - round.eta * (g + m),
    end: Callable[..., Any] = lambda x, y, round: y,
    difference: Callable[..., Any] = diff,
    ahead: float = 0.0,
) -> Any:
    def step(x: Any, m: Any, round: Round) -> Any:
        d = difference(x, round)
        m = first(d) if m is None else refresh(m, d, round.a)
        y = x
        for k, key in enumerate(round.local):
            y = local(y, round.grad_h(y - ahead * m, key), m, round, k)
        return end(x, y, round), m

    return step


def auxmvr(refresh: Callable[..., Any]) -> Any:
    def step(x: Any, state: Any, round: Round) -> Any:
        d = diff(x, round)
        m = d if state is None else refresh(state[0], d, diff(state[1], round), round.a)
        y = x
        for key in round.local:
            y = y - round.eta * (round.grad_h(y, key) + m)
        return y, (m, x)

    return step


def stateless(step: Any) -> Any:
    return lambda x, state, round: (step(x, None, round)[0], None)


def momentum(rule: Callable[..., Any]) -> Any:
    def step(x: Any, m: Any, round: Round) -> Any:
        g = round.grad_f(x, round.refresh)
        m = g if m is None else (1 - round.a) * m + round.a * g
        return rule(x, m, round), m

    return step


STEPS: dict[str, tuple[Any, Any, str]] = {
    "a²": (
        stepped(refresh=lambda m, d, a: (1 - a) * m + a**2 * d),
        AuxMOM,
        "in round 2, the new difference g_f − g_h at x is off by the factor a",
    ),
    "half the new difference": (
        stepped(refresh=lambda m, d, a: (1 - a) * m + a * d / 2),
        AuxMOM,
        "in round 2, the new difference g_f − g_h at x is off by the factor 0.5",
    ),
    "1 − a²": (
        stepped(refresh=lambda m, d, a: (1 - a**2) * m + a * d),
        AuxMOM,
        "in round 2, the old buffer m is off by the factor (1 + a)",
    ),
    "m twice": (
        stepped(local=lambda y, g, m, round, k: y - round.eta * (g + 2 * m)),
        AuxMOM,
        "in every round, the correction m is off by the factor 2",
    ),
    "m/K": (
        stepped(local=lambda y, g, m, round, k: y - round.eta * (g + m / round.K)),
        AuxMOM,
        "in every round, the correction m is off by the factor 1/K",
    ),
    "η²": (
        stepped(local=lambda y, g, m, round, k: y - round.eta**2 * (g + m)),
        AuxMOM,
        "in every round, the whole step is off by the factor η",
    ),
    "ascent": (
        stepped(local=lambda y, g, m, round, k: y - round.eta * (m - g)),
        AuxMOM,
        "in every round, the gradient in the local steps has the wrong sign",
    ),
    "half the first buffer": (
        stepped(first=half),
        AuxMOM,
        "in round 1, the correction m is off by the factor 0.5",
    ),
    "2 g_h": (
        stepped(difference=lambda x, r: r.grad_f(x, r.refresh) - 2 * r.grad_h(x, r.refresh)),
        AuxMOM,
        "g_h(x) with round.refresh of round 1 is off by the factor 2",
    ),
    "weight decay": (
        stepped(end=lambda x, y, round: y - 0.01 * x),
        AuxMOM,
        "in every round, the old x is off by the factor 0.99",
    ),
    "mean of x and y": (
        stepped(end=lambda x, y, round: (x + y) / 2),
        AuxMOM,
        "in every round, the whole step is off by the factor 0.5",
    ),
    "decaying η": (
        stepped(end=lambda x, y, round: x + (y - x) / round.refresh.round),
        AuxMOM,
        "in round 2, the whole step is off by the factor 0.5 (in round 3 0.333333)",
    ),
    "look ahead": (
        stepped(ahead=0.1),
        AuxMOM,
        "g_h(y) with round.local[0] of round 1 is taken at another point",
    ),
    "1/d in the local steps": (
        stepped(local=lambda y, g, m, round, k: y - round.eta * (g / len(y) + m)),
        AuxMOM,
        "in every round, the gradient in the local steps is off by the factor 1/d",
    ),
    "0.9 η after the first": (
        stepped(local=lambda y, g, m, round, k: y - (0.9 + 0.1 * (k == 0)) * round.eta * (g + m)),
        AuxMOM,
        "the gradient in the local steps after the first is off by the factor 0.9",
    ),
    "a constant": (
        stepped(end=lambda x, y, round: y + 0.001),
        AuxMOM,
        "it has a term that must not be there, 0.001 times a vector of ones",
    ),
    "clipped": (
        stepped(end=lambda x, y, round: x + np.clip(y - x, -0.1, 0.1)),
        AuxMOM,
        "x is not a linear combination of the old x and the gradients: look for a clip",
    ),
    "a on x_prev": (
        auxmvr(lambda m, d, p, a: d + (1 - a) * m - a * p),
        AuxMVR,
        "in round 2, the difference g_f − g_h at x_prev is off by the factor a/(1 − a)",
    ),
    "x_prev without 1 − a": (
        auxmvr(lambda m, d, p, a: d + (1 - a) * m - p),
        AuxMVR,
        "in round 2, the difference g_f − g_h at x_prev is off by the factor 1/(1 − a)",
    ),
    "1 − a on all": (
        auxmvr(lambda m, d, p, a: (1 - a) * (d + m - p)),
        AuxMVR,
        "in round 2, the new difference g_f − g_h at x is off by the factor (1 − a)",
    ),
    "exact, m/2": (
        stateless(stepped(local=lambda y, g, m, round, k: y - round.eta * (g + m / 2))),
        at.methods.ExactCorrection,
        "in every round, the correction m is off by the factor 0.5",
    ),
    "naive, η/K": (
        stateless(stepped(local=lambda y, g, m, round, k: y - round.eta / round.K * g)),
        at.methods.Naive,
        "in every round, the whole step is off by the factor 1/K",
    ),
    "SGD, 2 η": (
        lambda x, state, round: (x - 2 * round.eta * round.grad_f(x, round.local[0]), None),
        at.methods.SGD,
        "in every round, the whole step is off by the factor 2",
    ),
    "momentum/(1 − a)": (
        momentum(lambda x, m, round: x - round.eta / (1 - round.a) * m),
        at.methods.SGDMomentum,
        "in every round, the correction m is off by the factor 1/(1 − a)",
    ),
}


@pytest.mark.parametrize(("step", "like", "expected"), STEPS.values(), ids=STEPS)
def test_a_wrong_term_of_a_step_is_named_with_its_factor(
    step: Any, like: Any, expected: str
) -> None:
    reported = cause(step, like)
    assert expected in reported
    assert "the numbers differ first in round " in reported


def test_a_state_may_hold_the_buffer_in_any_scale() -> None:
    def step(x: Any, state: Any, round: Round) -> Any:
        y, m = stepped()(x, None if state is None else -state[0] / 3, round)
        return y, (-3 * m,)

    assert not check_method(step, like=AuxMOM).failed


def test_factors_are_found_in_single_precision_and_in_other_libraries() -> None:
    wrong, _, expected = STEPS["a²"]
    assert expected in cause(lambda x, m, round: wrong(x.astype(np.float32), m, round), AuxMOM)
    torch = pytest.importorskip("torch")
    assert expected in cause(wrong, AuxMOM, xp=torch)
    assert CLIENTS["correction over K"][1] in cause(
        Federated(client=CLIENTS["correction over K"][0], server=server()), xp=torch
    )
