"""No engine runs rules that are not functions of their arguments alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from engine_input import task_of

import auxtheory as at
from auxtheory import engines, methods
from auxtheory.engines import exact
from auxtheory.engines.monte_carlo import cpu
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.rules import answers, impure
from auxtheory.errors import RefusedError
from auxtheory.methods import Method
from auxtheory.testing import falsify

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


def counted(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    calls.append(0)
    return (1 - a) * m + a * diff / len(calls)


def counted_late(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    calls.append(0)
    return (1 - a) * m + a * diff if len(calls) < 10**6 else diff


def numbered(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    global count
    count += 1
    return (1 - a) * m + a * diff if count < 10**6 else diff


def enclosing() -> Callable[..., Any]:
    inner = 0

    def closed(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        nonlocal inner
        inner += 1
        return (1 - a) * m + a * diff if inner < 10**6 else diff

    return closed


class Counting:
    """An object that counts its calls."""

    calls = 0

    def __call__(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        self.calls += 1
        return (1 - a) * m + a * diff if self.calls < 10**6 else diff


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


def scaled(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return (1 - a) * m + a * diff / np.linalg.norm(diff)


def branching(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return diff if diff > 0 else 0.0 * diff


def failing(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    raise ZeroDivisionError("never to be refreshed")


IMPURE: dict[str, tuple[Callable[..., Any], str]] = {
    "in place": (in_place, "changes its arguments"),
    "into another argument": (into_diff, "changes its arguments"),
    "a counter": (counted, "keeps state"),
    "a counter without an effect so far": (counted_late, "keeps state"),
    "a global counter": (numbered, "keeps state"),
    "a counter of the enclosing function": (enclosing(), "keeps state"),
    "an object that counts": (Counting(), "keeps state"),
    "chance": (drawn, "keeps state"),
    "another type": (single, "returns float32 for arguments of float64"),
    "a list": (listed, "returns a list"),
    "another shape": (cut, r"returns shape \(2, 3, 1\) for arguments of shape \(2, 3, 4\)"),
    "a mean over replicas": (centred, "depends on how replicas are batched"),
    "a norm over everything": (scaled, "depends on how replicas are batched"),
    "a branch": (branching, "failed on arrays .*ValueError"),
    "an exception": (failing, "failed on arrays .*ZeroDivisionError: never to be refreshed"),
}


@pytest.mark.parametrize("place", ["refresh", "local_step"])
@pytest.mark.parametrize("what", IMPURE)
def test_every_engine_refuses_an_impure_rule_with_the_reason(what: str, place: str) -> None:
    rule, reason = IMPURE[what]
    method = Method(name="Mine", **{"refresh": methods.AuxMOM.refresh, "uses_a": True, place: rule})  # type: ignore[arg-type]
    reason = f"rule '.*' of Mine {reason}" if hasattr(rule, "__name__") else f"of Mine {reason}"
    for engine in ("auto", *engines.ENGINES):
        with pytest.raises(RefusedError, match=reason):
            at.run(method, PAIR, NOISE, STEPS, engine=engine, replicas=2)
    for module in (exact, cpu, numpy_engine):
        with pytest.raises(RefusedError, match=reason):
            module.run(task_of(method, PAIR, NOISE, STEPS))
    with pytest.raises(RefusedError, match=reason):
        falsify(at.claim(1.0, method=method), examples=1_000)
    with pytest.raises(RefusedError, match=reason):
        at.worst_case(
            method, at.Constants(L=1.0, F0=1.0, delta=0.3), at.Steps(eta=0.1, a=0.5, K=1, T=1)
        )


def test_pure_rules_are_run() -> None:
    """The library's, one that mixes the coordinates of a replica, a constant, a partial and a
    ufunc."""

    def clipped(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return diff / np.maximum(1.0, np.linalg.norm(diff, axis=-1, keepdims=True))

    def nothing(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return 0.0

    for method in methods.ALL:
        assert impure(method) is None and answers(method) == answers(method)
    for rule in (clipped, nothing):
        own = Method(name="Mine", refresh=rule)
        assert impure(own) is None
        assert np.isfinite(at.run(own, PAIR, NOISE, STEPS, engine="numpy", replicas=2).G[0, 0])


def test_state_that_shows_after_the_run_is_refused() -> None:
    """A value hidden from every look at the code, changed by the run itself."""

    class Box:
        value = 0

    box = Box()
    steps = STEPS.replace(T=50)

    def hidden(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        setattr(box, "value", box.value + 1)  # noqa: B010
        return (1 - a) * m + a * diff if box.value < 30 else diff

    with pytest.raises(RefusedError, match="keeps state"):
        at.run(
            Method(name="Mine", refresh=hidden, uses_a=True),
            PAIR,
            NOISE,
            steps,
            engine="numpy",
            replicas=2,
        )


class Remembering:
    """An object with attributes that its method changes, and one that does not change."""

    def __init__(self) -> None:
        self.k = [0]
        self.items = []
        self.scale = 2.0  # type: ignore[var-annotated]

    def counts(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        self.k[0] += 1
        return (1 - a) * m + a * diff if self.k[0] < 10**6 else diff

    def collects(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        self.items.append(1)
        return (1 - a) * m + a * diff if len(self.items) < 10**6 else diff

    def scales(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return (1 - a) * m + a * diff * self.scale


def bumped() -> int:
    global count
    count += 1
    return count


def multiplied(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    m *= np.where(np.abs(m) > 100, 0.5, 1.0)
    return m


def assigned(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    m[np.abs(m) > 100] = 1.0
    return m


counter = itertools.count()
LATE: dict[str, tuple[Callable[..., Any], str]] = {
    "global clip": (lambda m, d, p, a: d * np.minimum(1, 30 / np.linalg.norm(d)), "batched"),
    "global maximum": (lambda m, d, p, a: d * (1.0 if np.max(np.abs(d)) < 10 else 0.5), "batched"),
    "all parameters": (
        lambda m, d, p, a: m - a * (m - d) if np.all(a < 0.6) else d * 0.5,
        "batched",
    ),
    "multiplied": (multiplied, "changes its arguments"),
    "assigned": (assigned, "changes its arguments"),
    "itertools": (lambda m, d, p, a: d if next(counter) < 10**6 else 0 * d, "keeps state"),
    "helper": (lambda m, d, p, a: d if bumped() < 10**6 else 0 * d, "keeps state"),
    "item of an attribute": (Remembering().counts, "keeps state"),
    "attribute that grows": (Remembering().collects, "keeps state"),
}


@pytest.mark.parametrize("what", LATE)
def test_what_shows_only_at_some_sizes_or_late_is_refused(what: str) -> None:
    rule, reason = LATE[what]
    for engine in ("auto", "exact", "numpy"):
        with pytest.raises(RefusedError, match=reason):
            at.run(
                Method(name="Mine", refresh=rule, uses_a=True),
                PAIR,
                NOISE,
                STEPS,
                engine=engine,
                replicas=2,
            )


def test_what_a_rule_may_hold_is_run() -> None:
    """A number for each coordinate, constants made once, objects, other arguments, an import of its
    own."""
    weights = np.array([1.0, 2.0, 3.0])
    made = {}  # type: ignore[var-annotated]

    def constant() -> Any:
        return made.setdefault("c", 2.0)

    def keyword(m: Any, diff: Any, diff_prev: Any, a: Any, clip: float = 2.0) -> Any:
        return np.clip(diff, -clip, clip)

    def imports(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        import math

        return math.sqrt(4.0) * np.minimum(diff, 1e9)

    def several(*args: Any, **more: Any) -> Any:
        return np.minimum(args[1], 1e9)

    pair = at.Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.1, 0.1)
    for rule in (
        lambda m, d, p, a: (1 - a) * m + a * d * weights,
        lambda m, d, p, a: d * constant(),
        keyword,
        imports,
        several,
        partial(keyword, clip=1.0),
        Remembering().scales,
        lambda m, d, p, a: d * np.minimum(1, 3 / np.linalg.norm(d, axis=-1, keepdims=True)),
    ):
        method = Method(name="Mine", refresh=rule, uses_a=True)
        for engine in ("auto", "numpy"):
            assert np.isfinite(
                at.run(method, pair, NOISE, STEPS, engine=engine, replicas=2).G[0, 0]
            )


def test_compiled_code_follows_the_values_that_a_rule_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return FACTOR * np.minimum(diff, 1e9)

    method = Method(name="Mine", refresh=read)
    for value in (1.0, 0.5):
        monkeypatch.setitem(globals(), "FACTOR", value)
        one, other = (
            at.run(method, PAIR, NOISE, STEPS, engine=e, replicas=2).G[0, 0]
            for e in ("cpu", "numpy")
        )
        assert abs(one - other) <= 1e-9 * other
