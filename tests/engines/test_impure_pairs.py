"""No engine runs gradients or laws that are not functions of their arguments alone."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.errors import RefusedError
from auxtheory.problems import Certificate, Gradients, Pair, QuadraticPair
from auxtheory.random.counter import Index

PAIR = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.1, 0.1)
NOISE = at.Gaussian(sigma_f=1.0)
STEPS = at.Steps(eta=0.1, a=0.5, K=2, T=3)
calls: list[int] = []
count = 0


class Own(Pair):
    """f of a cosine pair, with one of its functions replaced."""

    def __init__(self, **changes: Any) -> None:
        self.inner = at.Cosine(L=1.0, dim=3).with_helper(0.3, 0.5)
        self.changes = changes

    dim = property(lambda self: self.inner.dim)
    x0 = property(lambda self: self.inner.x0)
    x_star = property(lambda self: self.inner.x_star)

    def constants(self, helper: Any = "h") -> at.Constants:
        return self.inner.constants(helper)

    def gradients(self, xp: Any = np) -> Gradients:
        g = self.inner.gradients(xp)
        return Gradients(
            **{"f": g.f, "h": g.h, "r": g.r} | {k: v for k, v in self.changes.items() if k != "gap"}
        )

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
    assert np.isfinite(
        at.run(methods.AuxMOM, Own(), NOISE, STEPS, engine="numpy", replicas=2).G[0, 0]
    )


class Stream(at.Gaussian):
    """A law that draws from a stream instead of by index."""

    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Any:
        calls.append(0)
        return np.random.default_rng(len(calls)).normal(size=(index.stop - index.start, dim))


class Batched(at.Gaussian):
    """A law whose numbers depend on which replicas are drawn together."""

    def standard(self, index: Index, oracle: int, dim: int, xp: Any = np) -> Any:
        return np.random.default_rng(index.start).normal(size=(index.stop - index.start, dim))


@pytest.mark.parametrize(
    ("law", "reason"), [(Stream, "keeps state"), (Batched, "depends on how replicas are batched")]
)
def test_laws_of_ones_own_are_tried(law: type[at.Gaussian], reason: str) -> None:
    with pytest.raises(RefusedError, match=f"the sample of a refresh of {law.__name__} {reason}"):
        at.run(methods.AuxMOM, Own(), law(sigma_f=1.0), STEPS, replicas=2)


def bumped() -> int:
    global count
    count += 1
    return count


class Cubic(QuadraticPair):
    """A quadratic pair with a cube on the gradients."""

    def gradients(self, xp: Any = np) -> Gradients:
        g = super().gradients(xp)
        return Gradients(lambda x: g.f(x) + x**3, lambda x: g.h(x) + x**3, g.r)


class Growing(at.Gaussian):
    """A law of one's own way to a sample."""

    def stepped(self, h: Any, y: Any, index: Any, helper: Any, centre: Any, xp: Any) -> Any:
        return h(y) + 3.0 * self.standard(index, 2, y.shape[-1], xp) * y


def test_what_a_subclass_overrides_is_not_ignored() -> None:
    cubic = Cubic(**{field.name: getattr(PAIR, field.name) for field in fields(PAIR)})
    for pair, noise in ((cubic, NOISE), (PAIR, Growing(sigma_f=1.0))):
        assert at.run(methods.AuxMOM, pair, noise, STEPS, replicas=2).engine == "numpy"
        for engine in ("exact", "cpu"):
            with pytest.raises(RefusedError, match=r"of its own|how to draw Growing"):
                at.run(methods.AuxMOM, pair, noise, STEPS, engine=engine, replicas=2)


def bounded(x: Any) -> Any:
    if np.any(np.abs(x) > 20):
        raise ValueError("outside the domain")
    return 1.0 * x


def nowhere(x: Any) -> Any:
    raise ValueError("outside the domain")


def counting(x: Any) -> Any:
    return x * (1.0 if bumped() < 10**6 else 0.5)


def test_gradients_far_away_and_after_many_calls() -> None:
    run = partial(at.run, methods.AuxMOM, noise=NOISE, steps=STEPS, engine="numpy", replicas=2)
    assert np.isfinite(run(Own(f=bounded)).G[0, 0])
    for gradient, reason in (
        (nowhere, "failed at x0 .ValueError: outside the domain"),
        (counting, "keeps state"),
        (lambda x: x * np.minimum(1, 20 / np.linalg.norm(x)), "batched"),
    ):
        with pytest.raises(RefusedError, match=reason):
            run(Own(f=gradient))
