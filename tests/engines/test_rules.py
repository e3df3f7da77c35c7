"""A rule is read once, so that nothing but its arguments can matter: what cannot be read is one
error with the line."""

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
from auxtheory.errors import InputError
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


def numbered(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    global count
    count += 1
    return (1 - a) * m + a * diff / count


def enclosing() -> Callable[..., Any]:
    inner = 0

    def closed(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        nonlocal inner
        inner += 1
        return (1 - a) * m + a * diff / inner

    return closed


class Counting:
    """An object that counts its calls."""

    calls = 0

    def __call__(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        self.calls += 1
        return (1 - a) * m + a * diff / self.calls

    def method(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return self(m, diff, diff_prev, a)


def drawn(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return (1 - a) * m + a * diff * (1 + 1e-3 * np.random.default_rng().normal())


def single(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return ((1 - a) * m + a * diff).astype(np.float32)


def listed(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return ((1 - a) * m + a * diff).tolist()


def cut(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return ((1 - a) * m + a * diff)[..., :1]


def centred(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return (1 - a) * m + a * (diff - np.mean(diff, axis=1, keepdims=True))


def over_replicas(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return (1 - a) * m + a * diff / np.linalg.norm(diff, axis=1)


def branching(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return diff if diff > 0 else 0.0 * diff


def failing(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    raise ZeroDivisionError("never to be refreshed")


class Elsewhere:
    """An object whose method grows a list."""

    def __init__(self) -> None:
        self.items: list[int] = []

    def collects(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        self.items.append(1)
        return (1 - a) * m + a * diff / len(self.items)


counter = itertools.count(1)
IMPURE: dict[str, tuple[Callable[..., Any], str]] = {
    "in place": (in_place, r"`m \*= 1 - a`: the text changes its arguments"),
    "into another argument": (into_diff, "the text changes its arguments"),
    "an item assigned": (assigned, r"`m\[0\] = 1.0`: the text changes its arguments"),
    "a counter": (counted, "keeps state"),
    "a global counter": (numbered, "keeps state"),
    "a counter of the enclosing function": (enclosing(), "keeps state"),
    "an object that counts": (Counting(), "keeps state"),
    "a method of an object that counts": (Counting().method, "keeps state"),
    "an attribute that grows": (Elsewhere().collects, "keeps state"),
    "an iterator": (lambda m, d, p, a: d / next(counter), "keeps state"),
    "chance": (drawn, "keeps state"),
    "another type": (single, r"\.astype cannot be read"),
    "a list": (listed, r"\.tolist cannot be read"),
    "another shape": (cut, "only a state variable of each component, .*has entries"),
    "a mean over replicas": (centred, r"np\.mean cannot be read"),
    "a norm over replicas": (over_replicas, "only the Euclidean norm of a whole vector"),
    "a maximum of everything": (
        lambda m, d, p, a: d * (1.0 if np.max(np.abs(d)) < 10 else 0.5),
        r"np\.max(imum)? cannot be read|a value is not known",
    ),
    "a branch": (branching, "`return diff if diff > 0 .*a value is not known .*o.where"),
    "an exception": (failing, "ZeroDivisionError: never to be refreshed"),
}


@pytest.mark.parametrize("what", IMPURE)
def test_an_impure_rule_is_no_method(what: str) -> None:
    """Otherwise its numbers depend on when and how often it was called; replicas and configurations
    do not stand in the text, so that how they are batched cannot matter."""
    rule, reason = IMPURE[what]
    for place in ("refresh", "local_step"):
        given: dict[str, Any] = {"refresh": rules_of(methods.AuxMOM).refresh, place: rule}
        with pytest.raises(TextError, match=reason) as caught:
            from_rules(name="Mine", **given)
        assert len(caught.value.complaints) == 1
        assert re.match(r"Mine\.(start|refresh|step), line \d+", caught.value.complaints[0])


def late(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    calls.append(0)
    return (1 - a) * m + a * diff if len(calls) < 10**3 else diff


def test_a_rule_is_not_called_again() -> None:
    """What a rule would do after its thousandth call, or with values that change later, has no say:
    the engines run what was read."""
    calls.clear()
    mine = from_rules(name="Mine", refresh=late)
    made = len(calls)
    for engine in ("exact", "cpu", "numpy"):
        at.run(mine, PAIR, NOISE, STEPS.replace(T=50), engine=engine, replicas=2)
    assert len(calls) == made < 100
    calls.extend([0] * 10**3)
    one, other = (at.run(m, PAIR, NOISE, STEPS, engine="exact").G for m in (mine, methods.AuxMOM))
    assert one.tobytes() == other.tobytes()


def test_a_hook_that_keeps_state_is_no_method() -> None:
    """The same for a class: its error names the hook that is another program each time."""
    with pytest.raises(TextError, match=r"Mine\.step, line \d+ .*: keeps state"):

        class Mine(at.Method):
            def start(o: Any, x: Any) -> Any:
                return x

            def step(o: Any, x: Any, *, eta: Any) -> Any:
                return x - eta * o.f(x) / next(counter)


def test_pure_rules_are_run() -> None:
    """The library's, one that mixes the coordinates of a replica, and a constant."""

    def clipped(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return diff * np.minimum(1.0, np.linalg.norm(m) / np.linalg.norm(diff))

    def nothing(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return 0.0

    for method in methods.ALL:
        rules = rules_of(method)
        again = from_rules(
            name=method.name,
            refresh=rules.refresh,
            local_step=rules.local_step,
            helper=rules.helper,
            exact_refresh=method.exact_refresh,
            single_step=method.single_step,
        )
        s = STEPS.replace(K=1) if method.single_step else STEPS
        one, other = (
            at.run(m, PAIR, NOISE, s, engine="numpy", replicas=2).G for m in (method, again)
        )
        assert one.tobytes() == other.tobytes(), method
    for rule in (clipped, nothing):
        own = from_rules(name="Mine", refresh=rule)
        assert np.isfinite(at.run(own, PAIR, NOISE, STEPS, engine="numpy", replicas=2).G[0, 0])
    own = from_rules(name="Mine", refresh=nothing)
    one, other = (at.run(m, PAIR, NOISE, STEPS, engine="exact").G for m in (own, methods.Naive))
    assert one.tobytes() == other.tobytes()


class Scaling:
    """An object with an attribute that does not change."""

    scale = 2.0

    def scales(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return (1 - a) * m + a * diff * self.scale


def test_what_a_rule_may_hold_is_run() -> None:
    """A number for each coordinate, constants made once, objects, other arguments, an import of its
    own."""
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
        lambda m, d, p, a: d * constant(),
        keyword,
        imports,
        several,
        partial(keyword, clip=1.0),
        Scaling().scales,
        lambda m, d, p, a: d * np.minimum(1, np.linalg.norm(m) / np.linalg.norm(d)),
    ):
        method = from_rules(name="Mine", refresh=rule)
        for engine in ("auto", "numpy"):
            assert np.isfinite(
                at.run(method, pair, NOISE, STEPS, engine=engine, replicas=2).G[0, 0]
            )


def test_a_value_that_a_rule_reads_is_that_of_its_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise two engines run two methods after a global value was changed."""

    def read(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return FACTOR * np.minimum(diff, 2 * diff)

    made = {}
    for value in (1.0, 0.5):
        monkeypatch.setitem(globals(), "FACTOR", value)
        made[value] = from_rules(name="Mine", refresh=read)
    run = partial(at.run, pair=PAIR, noise=NOISE, steps=STEPS, replicas=2)
    G = {
        (value, engine): run(method, engine=engine).G[0, 0]
        for value, method in made.items()
        for engine in ("cpu", "numpy")
    }
    for value in made:
        assert abs(G[value, "cpu"] - G[value, "numpy"]) <= 1e-9 * G[value, "numpy"]
    assert abs(G[1.0, "cpu"] - G[0.5, "cpu"]) > 1e-3 * G[1.0, "cpu"]


def test_what_is_no_rule_is_said_at_once() -> None:
    with pytest.raises(InputError, match=r"(?s)2 bad inputs.*refresh = 3.*swing = 1"):
        from_rules(name="Mine", refresh=3, swing=1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="buffer and local steps"):

        class Mine(at.Method):
            def step(o: Any, x: Any, *, eta: Any) -> Any:
                return x - eta * o.f(x)

        rules_of(Mine)
