"""No engine runs a method that is not a function of its arguments alone: its text is read once, when
it is made, so that chance, counters and branches cannot act later."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.methods import TextError, from_rules
from auxtheory.methods.two_rules import rules_of

PAIR = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.1, 0.1)
NOISE = at.Gaussian(sigma_f=1.0)
STEPS = at.Steps(eta=0.1, a=0.5, K=2, T=3)
calls: list[int] = []
count = 0
FACTOR = 1.0


def in_place(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    m *= 1 - a
    m += a * diff
    return m


def into_diff(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return np.add((1 - a) * m, a * diff, out=diff)


def assigned(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    m[0] = 1.0
    return m


def counted(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    calls.append(0)
    return (1 - a) * m + a * diff / len(calls)


def drawn(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return (1 - a) * m + a * diff * (1 + 1e-3 * np.random.default_rng().normal())


def single(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return ((1 - a) * m + a * diff).astype(np.float32)


def listed(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return [1.0, 2.0]


def cut(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return ((1 - a) * m + a * diff)[..., :1]


def centred(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return (1 - a) * m + a * (diff - np.mean(diff, axis=1, keepdims=True))


def branching(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return diff if diff > 0 else 0.0 * diff


def failing(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    raise ZeroDivisionError("never to be refreshed")


def equal(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return diff if a == 1 else m


def looped(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return sum(entry for entry in diff)


counter = itertools.count(1)
UNREADABLE: dict[str, tuple[Callable[..., Any], str]] = {
    "in place": (in_place, "changes its arguments"),
    "into another argument": (into_diff, "changes its arguments"),
    "an assigned entry": (assigned, "changes its arguments"),
    "a counter": (counted, "keeps state"),
    "a stream": (lambda m, d, p, a: m + d / next(counter), "keeps state"),
    "chance": (drawn, "keeps state"),
    "another type": (single, "AttributeError: .*astype"),
    "a list": (listed, r"operand = \[1.0, 2.0\]: must be a number or an array"),
    "another shape": (cut, "only a state variable of each component"),
    "a mean over replicas": (centred, "np.mean cannot be read"),
    "a branch": (branching, "choose with o.where"),
    "a branch on equality": (equal, "are not compared with =="),
    "a branch on all": (lambda m, d, p, a: m if np.all(a < 1) else d, "np.all cannot be read"),
    "a loop over coordinates": (looped, "not iterable"),
    "an exception": (failing, "ZeroDivisionError: never to be refreshed"),
}


@pytest.mark.parametrize("place", ["refresh", "local_step"])
@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_formula_is_refused_when_the_method_is_made(what: str, place: str) -> None:
    rule, reason = UNREADABLE[what]
    rules = {"refresh": rules_of(methods.AuxMOM).refresh, place: rule}
    with pytest.raises(TextError, match=rf"(?s)Mine\.(start|refresh|step).*{reason}") as caught:
        from_rules(name="Mine", **rules)
    assert len(caught.value.complaints) == 1


def test_state_that_would_act_later_never_acts() -> None:
    """A counter without an effect so far: the text was read before it could have one."""

    class Box:
        value = 0

    box = Box()

    def hidden(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        box.value += 1
        return (1 - a) * m + a * diff if box.value < 30 else diff

    steps = STEPS.replace(T=50)
    options: Any = {"engine": "numpy", "replicas": 2}
    method = from_rules(name="Mine", refresh=hidden)
    value = box.value
    trace = at.run(method, PAIR, NOISE, steps, **options)
    assert box.value == value
    assert trace.G[0, 0] == at.run(methods.AuxMOM, PAIR, NOISE, steps, **options).G[0, 0]


def test_values_that_a_text_reads_are_those_of_the_time_it_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return FACTOR * np.minimum(diff, 1e9)

    results = {}
    for value in (1.0, 0.5):
        monkeypatch.setitem(globals(), "FACTOR", value)
        method = from_rules(name="Mine", refresh=read)
        monkeypatch.setitem(globals(), "FACTOR", 7.0)
        one, other = (
            at.run(method, PAIR, NOISE, STEPS, engine=e, replicas=2).G[0, 0]
            for e in ("cpu", "numpy")
        )
        assert abs(one - other) <= 1e-9 * other
        results[value] = one
    assert results[1.0] != results[0.5]


class Remembering:
    """An object with an attribute that a rule reads."""

    scale = 2.0

    def scales(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return (1 - a) * m + a * diff * self.scale


def test_what_a_text_may_hold_is_run() -> None:
    """A number for each coordinate, constants made once, objects, other arguments, an import of its
    own, a norm."""
    weights = np.array([1.0, 2.0, 3.0])
    made: dict[str, float] = {}

    def constant() -> float:
        return made.setdefault("c", 2.0)

    def keyword(m: Any, diff: Any, diff_prev: Any, a: Any, clip: float = 2.0) -> Any:
        return np.clip(diff, -clip * abs(m), clip * abs(m))

    def imports(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        import math

        return math.sqrt(4.0) * np.minimum(diff, m)

    def several(*args: Any, **more: Any) -> Any:
        return np.minimum(args[1], args[0])

    pair = at.Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.1, 0.1)
    for rule in (
        lambda m, d, p, a: (1 - a) * m + a * d * weights,
        lambda m, d, p, a: weights * d,
        lambda m, d, p, a: d * constant(),
        lambda m, d, p, a: 0.0,
        keyword,
        imports,
        several,
        partial(keyword, clip=1.0),
        Scaling().scales,
        lambda m, d, p, a: d * np.minimum(1, np.linalg.norm(m) / np.linalg.norm(d)),
    ):
        method = from_rules(name="Mine", refresh=rule)
        for engine in ("auto", "numpy"):
            trace = at.run(method, pair, NOISE, STEPS, engine=engine, replicas=2)
            assert np.isfinite(trace.G[0, 0])
