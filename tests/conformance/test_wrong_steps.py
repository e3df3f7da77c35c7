"""Each mistake in a step that public code was reported to have is caught and named."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kit_cases import AuxMOM, AuxMVR, auxmom, auxmvr, caught, cause, descend, diff, exchanged

from auxtheory.conformance import (
    Round,
)


def wrong_sign(x: Any, m: Any, round: Round) -> Any:
    d = round.grad_h(x, round.refresh) - round.grad_f(x, round.refresh)
    m = d if m is None else (1 - round.a) * m + round.a * d
    return descend(x, m, round), m


def never_refreshed(x: Any, m: Any, round: Round) -> Any:
    m = diff(x, round) if m is None else m
    return descend(x, m, round), m


def applied_once(x: Any, m: Any, round: Round) -> Any:
    d = diff(x, round)
    m = d if m is None else (1 - round.a) * m + round.a * d
    return descend(x - round.eta * m, 0.0, round), m


def from_zero(x: Any, m: Any, round: Round) -> Any:
    m = (1 - round.a) * (0 * x if m is None else m) + round.a * diff(x, round)
    return descend(x, m, round), m


def stale(x: Any, m: Any, round: Round) -> Any:
    new = diff(x, round) if m is None else (1 - round.a) * m + round.a * diff(x, round)
    return descend(x, new if m is None else m, round), new


def kept_difference(x: Any, state: Any, round: Round) -> Any:
    """AuxMVR with the difference at x_prev of the round before, hence with another sample."""
    d = diff(x, round)
    m = d if state is None else d + (1 - round.a) * (state[0] - state[1])
    return descend(x, m, round), (m, d)


def fresh_sample(x: Any, state: Any, round: Round) -> Any:
    m = diff(x, round)
    if state is not None:
        key = round.local[0]
        m = m + (1 - round.a) * (
            state[0] - round.grad_f(state[1], key) + round.grad_h(state[1], key)
        )
    return descend(x, m, round), (m, x)


def two_samples(x: Any, m: Any, round: Round) -> Any:
    d = round.grad_f(x, round.refresh) - round.grad_h(x, round.local[0])
    m = d if m is None else (1 - round.a) * m + round.a * d
    return descend(x, m, round), m


WRONG_STEPS: dict[str, tuple[Any, Any, str, str]] = {
    "sign": (wrong_sign, AuxMOM, "fixed point", "the correction m has the wrong sign"),
    "not refreshed": (
        never_refreshed,
        AuxMOM,
        "equals the reference",
        "the buffer is not refreshed",
    ),
    "a exchanged": (exchanged, AuxMOM, "K = 1 and h = 0", "a and 1 − a are exchanged"),
    "once": (applied_once, AuxMOM, "delta = 0", "applied once a round (before the local steps)"),
    "from zero": (from_zero, AuxMOM, "fixed point", "the first buffer is zero"),
    "late": (stale, AuxMOM, "equals the reference", "the buffer from before its refresh"),
    "kept": (
        kept_difference,
        AuxMVR,
        "equals the reference",
        "another sample than those at x (they were kept",
    ),
    "fresh": (
        fresh_sample,
        AuxMVR,
        "equals the reference",
        "another sample than those at x (a fresh one)",
    ),
    "two samples": (
        two_samples,
        AuxMOM,
        "equals the reference",
        "g_f and g_h of the refresh have different samples",
    ),
    "other": (auxmvr, AuxMOM, "equals the reference", "this is AuxMVR, not AuxMOM"),
}


@pytest.mark.parametrize(
    ("step", "like", "name", "expected"), WRONG_STEPS.values(), ids=WRONG_STEPS
)
def test_wrong_steps_are_caught_and_named(step: Any, like: Any, name: str, expected: str) -> None:
    error = caught(step, like)
    assert expected in cause(error, name)
    assert f"put into {like.name}, this reproduces the numbers of all " in cause(error, name)
    for basic in ("returns", "inputs unchanged", "same call, same answer", "no hidden state"):
        assert error.report[basic].status == "passed"


def test_without_like_a_mistake_is_named_all_the_same() -> None:
    error = caught(wrong_sign)
    assert "wrong sign (put into AuxMOM" in cause(error, "fixed point")
    assert error.report["equals the reference"].status == "does not apply"


def test_an_unknown_mistake_is_placed() -> None:
    def squared(x: Any, m: Any, round: Round) -> Any:
        a = round.a**2
        m = diff(x, round) if m is None else (1 - a) * m + a * diff(x, round)
        return descend(x, m, round), m

    def longer(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, replace(round, eta=round.eta * round.K))
        return y, m

    def decayed(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return y - 1e-3 * x, m

    def clipped(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return x + np.clip(y - x, -0.5, 0.5), m

    def single(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return y.astype(np.float32).astype(float), m

    def forgetful(x: Any, m: Any, round: Round) -> Any:
        return auxmom(x, None if round.refresh.round == 5 else m, round)

    def keys(x: Any, m: Any, round: Round) -> Any:
        return auxmom(x, m, replace(round, local=round.local[::-1]))

    def told(step: Any) -> str:
        return cause(caught(step, AuxMOM), "equals the reference")

    assert "all is right before round 2: look at what is carried" in told(squared)
    assert "all is right before round 5: look at what is carried" in told(forgetful)
    assert "all is right with fewer than 2 local steps" in told(longer)
    assert "all is right without noise: look at which key" in told(keys)
    case = caught(forgetful, AuxMOM).report["equals the reference"].case
    assert case is not None and (case.x0.size, case.steps.K, case.steps.T) == (1, 1, 5)

    def signed(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return x + 0.1 * np.tanh(y - x), m

    assert "coordinate by coordinate" in cause(caught(signed, AuxMOM), "rotation")
    assert "weight decay" in cause(caught(decayed), "translation")
    assert "clipping threshold" in cause(caught(clipped), "units")
    assert told(single).startswith("single precision inside") and "clip" not in told(single)


def test_a_step_that_changes_x_in_place() -> None:
    def in_place(x: Any, m: Any, round: Round) -> Any:
        _, m = auxmom(x, m, round)
        for key in round.local:
            x -= round.eta * (round.grad_h(x, key) + m)
        return x, m

    error = caught(in_place, AuxMOM)
    assert [o.name for o in error.report.failed] == ["inputs unchanged"]
    assert (
        error.report.failed[0].text
        == "in_place changes its argument x in place; it must return a new one"
    )
    assert "x -= …" in cause(error, "inputs unchanged")


def test_a_step_that_changes_its_state_in_place() -> None:
    def in_place(x: Any, state: Any, round: Round) -> Any:
        state = {"m": diff(x, round)} if state is None else state
        state["m"] *= 1 - round.a
        state["m"] += round.a * diff(x, round)
        return descend(x, state["m"], round), state

    error = caught(in_place, AuxMOM)
    assert [o.text for o in error.report.failed][:1] == [
        "in_place changes its argument state in place; it must return a new one"
    ]


def test_a_step_with_a_buffer_outside_of_its_state() -> None:
    class Hidden:
        m: Any = None

        def __call__(self, x: Any, state: Any, round: Round) -> Any:
            x, self.m = auxmom(x, self.m, round)
            return x, None

    class Reset(Hidden):
        def __call__(self, x: Any, state: Any, round: Round) -> Any:
            self.m = None if round.refresh.round == 1 else self.m
            return super().__call__(x, state, round)

    assert "outside of the state" in cause(caught(Hidden(), AuxMOM), "no hidden state")
    error = caught(Reset(), AuxMOM)
    assert "outside of the state" in cause(error, "no hidden state")
    assert "a run interleaved with another one" in error.report["no hidden state"].text


@pytest.mark.parametrize(
    "draw", [np.random.randn, lambda d: random.gauss(0.0, 1.0)], ids=["numpy", "random"]
)
def test_a_step_that_draws_from_a_global_generator(draw: Callable[[int], Any]) -> None:
    def noisy(x: Any, m: Any, round: Round) -> Any:
        y, m = auxmom(x, m, round)
        return y + 0.1 * draw(x.size), m

    error = caught(noisy, AuxMOM)
    assert "draws from the global generator of" in error.report["global random state"].text
    assert "by their keys" in cause(error, "global random state")
    assert "drawn or counted" in cause(error, "same call, same answer")
    assert "follows from 'same call, same answer'" in cause(error, "fixed point")
