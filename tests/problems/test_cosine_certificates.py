"""Certificates of cosine pairs hold, and catch every constant, value and gradient that is wrong."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cosine_strategies import lying, pairs
from hypothesis import given
from quadratic_strategies import seeds

from auxtheory.problems import Cosine, CosinePair, Gradients


def blamed(pair: CosinePair) -> set[str]:
    certificate = pair.certify(samples=16)
    assert certificate.holds != any(not check.holds for check in certificate.checks)
    return {check.name for check in certificate.checks if not check.holds}


@given(made=pairs(), seed=seeds)
def test_certificates_hold(made: Any, seed: int) -> None:
    """Otherwise a sound pair is denied, or a stated constant is not what points of f and h show."""
    certificate = made[0].certify(samples=8, seed=seed)
    assert certificate.holds, str(certificate)
    assert {check.name for check in certificate.checks} == {
        "L",
        "mu",
        "delta",
        "beta",
        "zeta",
        "F0",
    }


FAR = {"x0": [-900 + 286 * 2 * math.pi + 1e-4], "x_star": -900.0}  # and close to another minimum


@pytest.mark.parametrize("target", [FAR, {"F0": 1e-9}, {"F0": 2.0}, {"x_star": 1e3}], ids=str)
@pytest.mark.parametrize(
    "helper",
    [(1e-9, 1e-9), (0.1, 1e5), (1 - 1e-6, 1e-7), (1e3, 1e-7), (0.1, 0.0), (0.0, 1.0)],
    ids=str,
)
def test_certificates_hold_at_the_ends_of_the_range(
    target: dict[str, Any], helper: tuple[float, float]
) -> None:
    """Otherwise rounding denies a sound pair far out, near its minimum, or with one constant that dwarfs
    another."""
    certificate = Cosine(L=1.0, dim=1, **target).with_helper(*helper).certify(samples=8)
    assert certificate.holds, str(certificate)


@pytest.mark.parametrize("factor", [1 - 1e-6, 1 + 1e-6])
@pytest.mark.parametrize("name", ["L", "delta", "zeta", "F0"])
def test_every_constant_that_lies_is_caught(name: str, factor: float) -> None:
    """Otherwise one of the constants is not checked at all; a ζ that is too small also asks for more
    than the stated β."""
    for bias in (None, [1, 2, 3, 4]):
        honest = Cosine(L=2.0, dim=4, x_star=1.3).with_helper(0.3, 0.7, bias=bias)  # type: ignore[arg-type]
        caught = blamed(lying(honest, **{name: getattr(honest.constants(), name) * factor}))
        assert name in caught and caught <= {name, "beta"} and not blamed(honest)
        assert name == "zeta" or caught == {name}


def test_a_beta_that_is_too_small_and_a_mu_above_0_are_caught() -> None:
    """Otherwise S2, or a theorem that needs μ, is asked about a pair outside its assumptions."""
    for bias in (None, [1, 2, 3, 4]):
        honest = Cosine(L=2.0, dim=4).with_helper(0.3, 0.7, bias=bias)  # type: ignore[arg-type]
        assert "beta" in blamed(lying(honest, beta=0.999 * honest.constants().beta))
        assert blamed(lying(honest, mu=1e-6)) == {"mu"}


WRONG: dict[str, tuple[Any, set[str]]] = {
    "h": (lambda g, z: replace(g, h=lambda x: g.h(x) * (1 + 1e-6)), {"delta"}),
    "r": (lambda g, z: replace(g, r=lambda x: g.r(x) * (1 + 1e-6)), {"delta", "beta", "zeta"}),
    "one slope": (lambda g, z: both(g, lambda x: 1e-7 + 0 * x), {"F0"}),
    "no gradient": (
        lambda g, z: both(g, lambda x: 0.02 * z(x)[..., [1, 0, 2]] * [1, -1, 0]),
        {"L"},
    ),
    "steeper f far out": (lambda g, z: both(g, lambda x: 0.2 * (1 - np.cos(z(x)))), {"L", "F0"}),
    "steeper r far out": (
        lambda g, z: steeper(g, lambda x: 0.9 * np.sin(z(x)) ** 3),
        {"delta", "beta", "zeta"},
    ),
}


def both(g: Gradients, more: Any) -> Gradients:
    """The gradients with the same term added to ∇f and ∇h."""
    return Gradients(lambda x: g.f(x) + more(x), lambda x: g.h(x) + more(x), g.r)


def steeper(g: Gradients, more: Any) -> Gradients:
    """The gradients with a term added to ∇r, and taken from ∇h."""
    return Gradients(g.f, lambda x: g.h(x) - more(x), lambda x: g.r(x) + more(x))


@pytest.mark.parametrize("which", WRONG)
def test_gradients_that_lie_are_caught(which: str) -> None:
    """Otherwise a pair may descend something else than its constants describe."""
    change, names = WRONG[which]
    pair = Cosine(L=2.0, dim=3, x_star=0.5).with_helper(0.3, 0.7)

    class Wrong(CosinePair):
        def gradients(self, xp: Any = np) -> Gradients:
            return change(super().gradients(xp), lambda x: x - self.x_star)

    assert blamed(Wrong(**vars(pair))) >= names and not blamed(pair)


@pytest.mark.parametrize(
    "change", [lambda gap, x: 1.001 * gap, lambda gap, x: gap + 1e-3 * (x[..., 0] - x[..., 1])]
)
def test_values_that_lie_are_caught(change: Any) -> None:
    """Otherwise F0 is read off a function that is not the one whose gradients are descended."""

    class Wrong(CosinePair):
        def gap(self, x: Any, xp: Any = np) -> Any:
            return change(super().gap(x, xp), x)

    assert blamed(Wrong(**vars(Cosine(L=2.0, dim=3).with_helper(0.3, 0.7)))) == {"F0"}


def test_a_saddle_in_the_place_of_the_minimum_is_caught() -> None:
    """Otherwise a stationary point passes as the minimiser though f − f* is negative beside it."""
    pair = Cosine(L=2.0, dim=2).with_helper()
    assert "F0" in blamed(replace(pair, amplitudes=np.array([[-0.5, 2.0]]))) and not blamed(pair)


def test_a_minimiser_that_lies_is_caught() -> None:
    """Otherwise gaps are measured from a point beside the minimiser, if values and gradients agree about
    the slope there."""
    pair = Cosine(L=2.0, dim=3).with_helper()

    class Wrong(CosinePair):
        def gradients(self, xp: Any = np) -> Gradients:
            return both(super().gradients(xp), lambda x: 1e-7 + 0 * x)

        def gap(self, x: Any, xp: Any = np) -> Any:
            return super().gap(x, xp) + 1e-7 * np.sum(x, axis=-1)

    assert "F0" in blamed(Wrong(**vars(pair))) and not blamed(pair)
