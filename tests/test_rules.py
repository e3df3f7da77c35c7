"""No engine runs rules, gradients or laws that are not functions of their arguments alone, replica by replica."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import engines, methods
from auxtheory.engines import cpu, exact, monte_carlo
from auxtheory.engines.rules import answers, impure
from auxtheory.errors import RefusedError
from auxtheory.methods import Method
from auxtheory.noise import Index
from auxtheory.problems import Certificate, Gradients, Pair
from auxtheory.testing import falsify

PAIR = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.1, 0.1)
NOISE = at.Gaussian(sigma_f=1.0)
STEPS = at.Steps(eta=0.1, a=0.5, K=2, T=3)
calls: list[int] = []
count = 0


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
    for module in (exact, cpu, monte_carlo):
        with pytest.raises(RefusedError, match=reason):
            module.run(method, PAIR, NOISE, STEPS)
    with pytest.raises(RefusedError, match=reason):
        falsify(at.claim(1.0, method=method), examples=1_000)
    with pytest.raises(RefusedError, match=reason):
        at.worst_case(method, at.Constants(L=1.0, F0=1.0, delta=0.3), at.Steps(eta=0.1, a=0.5, K=1, T=1))


def test_pure_rules_are_run() -> None:
    """The library's, one that mixes the coordinates of a replica, a constant, a partial and a ufunc."""

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

    box, steps = Box(), STEPS.replace(T=50)

    def hidden(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        setattr(box, "value", box.value + 1)  # noqa: B010
        return (1 - a) * m + a * diff if box.value < 30 else diff

    with pytest.raises(RefusedError, match="keeps state"):
        at.run(Method(name="Mine", refresh=hidden, uses_a=True), PAIR, NOISE, steps, engine="numpy", replicas=2)


class Own(Pair):
    """f of a cosine pair, with one of its functions replaced."""

    def __init__(self, **changes: Any) -> None:
        self.inner, self.changes = at.Cosine(L=1.0, dim=3).with_helper(0.3, 0.5), changes

    dim = property(lambda self: self.inner.dim)
    x0 = property(lambda self: self.inner.x0)
    x_star = property(lambda self: self.inner.x_star)

    def constants(self, helper: Any = "h") -> at.Constants:
        return self.inner.constants(helper)

    def gradients(self, xp: Any = np) -> Gradients:
        g = self.inner.gradients(xp)
        return Gradients(**{"f": g.f, "h": g.h, "r": g.r} | {k: v for k, v in self.changes.items() if k != "gap"})

    def gap(self, x: Any, xp: Any = np) -> Any:
        return self.changes.get("gap", self.inner.gap)(x)

    def certify(self, *, samples: int = 64, seed: int = 0) -> Certificate:
        return self.inner.certify(samples=samples, seed=seed)


def doubled(x: Any) -> Any:
    x *= 2
    return x


def from_the_mean(x: Any) -> Any:
    return x - np.mean(x, axis=1, keepdims=True)


def shifting(x: Any) -> Any:
    calls.append(0)
    return x + len(calls)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"f": doubled}, "the gradient f of Own changes its argument"),
        ({"h": from_the_mean}, "the gradient h of Own depends on how replicas are batched"),
        ({"r": shifting}, "the gradient r of Own keeps state"),
        ({"gap": lambda x: np.sum(x)}, r"the gap of Own has shape \(\) for x of shape"),
    ],
)
def test_gradients_of_ones_own_are_tried(change: dict[str, Any], reason: str) -> None:
    for engine in ("auto", "numpy", "cpu"):
        with pytest.raises(RefusedError, match=reason):
            at.run(methods.AuxMOM, Own(**change), NOISE, STEPS, engine=engine, replicas=2)
    assert np.isfinite(at.run(methods.AuxMOM, Own(), NOISE, STEPS, engine="numpy", replicas=2).G[0, 0])


class Stream(at.Gaussian):
    """A law that draws from a stream instead of by index."""

    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Any:
        calls.append(0)
        return np.random.default_rng(len(calls)).normal(size=(index.stop - index.start, dim))


class Batched(at.Gaussian):
    """A law whose numbers depend on which replicas are drawn together."""

    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Any:
        return np.random.default_rng(index.start).normal(size=(index.stop - index.start, dim))


@pytest.mark.parametrize(("law", "reason"), [(Stream, "keeps state"), (Batched, "depends on how replicas are batched")])
def test_laws_of_ones_own_are_tried(law: type[at.Gaussian], reason: str) -> None:
    with pytest.raises(RefusedError, match=f"the sample of a refresh of {law.__name__} {reason}"):
        at.run(methods.AuxMOM, Own(), law(sigma_f=1.0), STEPS, replicas=2)
