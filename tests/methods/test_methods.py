"""The methods: their rules on exact fractions, how they reduce to one another, what they refuse."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from engine_input import engine_input
from hypothesis import given
from hypothesis import strategies as st

import auxtheory
from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import exact
from auxtheory.errors import InputError
from auxtheory.methods import MethodType
from auxtheory.methods.two_rules import rules_of
from auxtheory.noise.laws import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair

fractions = st.fractions(min_value=-100, max_value=100, max_denominator=1000)
momenta = st.fractions(min_value=0, max_value=1, max_denominator=1000)
NOISE = Gaussian(sigma_f=1.0, sigma_h=0.5, correlation=0.3, s=0.2)
PAIR = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.4, 0.5)
MOMENTUM = [m for m in methods.ALL if m.uses_a]
SINGLE = [m for m in methods.ALL if m.single_step]


@given(m=fractions, diff=fractions, prev=fractions, a=momenta)
def test_the_refresh_rules_are_the_table_of_the_paper(
    m: Fraction, diff: Fraction, prev: Fraction, a: Fraction
) -> None:
    """Otherwise a rule differs from the paper's, or is made of more than + − ×, which keeps fractions
    exact."""
    wanted = {
        "Naive": Fraction(0),
        "SGD": Fraction(0),
        "ExactCorrection": diff,
        "AuxMOM": (1 - a) * m + a * diff,
        "SGDMomentum": (1 - a) * m + a * diff,
        "AuxMVR": diff + (1 - a) * (m - prev),
        "MVR": diff + (1 - a) * (m - prev),
    }
    assert {method.name for method in methods.ALL} == set(wanted)
    for method in methods.ALL:
        got = rules_of(method).refresh(m, diff, prev, a)
        assert isinstance(got, Fraction) and got == wanted[method.name], method


@given(y=fractions, g=fractions, m=fractions, eta=momenta)
def test_the_local_step_is_the_paper_s(
    y: Fraction, g: Fraction, m: Fraction, eta: Fraction
) -> None:
    """Otherwise the local iterates move another way than y ← y − η(g_h + m); without a buffer m is 0."""
    for method in methods.ALL:
        got = rules_of(method).local_step(y, g, m, eta)
        assert isinstance(got, Fraction) and got == y - eta * g - eta * (m if method.memory else 0)


@given(m=fractions, diff=fractions, prev=fractions)
def test_at_a_equal_to_one_all_memory_is_lost(m: Fraction, diff: Fraction, prev: Fraction) -> None:
    """Otherwise AuxMOM and AuxMVR do not become the uncorrected-noise version of exact correction at a =
    1."""
    for method in (*MOMENTUM, methods.ExactCorrection):
        assert rules_of(method).refresh(m, diff, prev, Fraction(1)) == diff


def measures(method: Any, pair: QuadraticPair, noise: Noise, **steps: Any) -> np.ndarray:
    trace = exact.run(
        *engine_input(
            method,
            pair,
            noise,
            Steps(**{"eta": 0.2, "K": 3, "T": 5, "B": 2, **steps}),
            record=[1, 2, 5],
        )
    )
    return np.array([trace.G, trace.gap, trace.grad_sq])


def test_reductions() -> None:
    """Otherwise methods that theory.md calls one are two; each equality breaks when its condition is
    dropped."""

    def same(one: np.ndarray, two: np.ndarray) -> bool:
        return np.allclose(one, two, rtol=1e-12, atol=0)

    def pairs(method: Any, **steps: Any) -> np.ndarray:
        return measures(method, PAIR, NOISE, **steps)

    assert same(pairs(methods.AuxMVR, a=1.0), pairs(methods.AuxMOM, a=1.0))
    assert not same(pairs(methods.AuxMVR, a=0.9), pairs(methods.AuxMOM, a=0.9))
    quiet = Gaussian(sigma_h=0.7)
    assert not same(
        measures(methods.AuxMOM, PAIR, quiet, a=1.0), measures(methods.ExactCorrection, PAIR, quiet)
    )
    still = Gaussian()
    assert same(
        measures(methods.AuxMOM, PAIR, still, a=1.0), measures(methods.ExactCorrection, PAIR, still)
    )

    # With h = f − r and r = f, that is h = 0, and K = 1, AuxMOM is SGD with momentum and AuxMVR is
    # MVR.
    f = Quadratic(L=1.0, mu=0.1, dim=3)
    on_f = Gaussian(sigma_f=1.0, s=0.2)
    zero = f.with_helper(1.0, gap=f.eigenvalues[0])
    for aux, plain in ((methods.AuxMOM, methods.SGDMomentum), (methods.AuxMVR, methods.MVR)):
        assert same(measures(aux, zero, on_f, K=1, a=0.3), measures(plain, PAIR, on_f, K=1, a=0.3))
    assert not same(
        *(measures(m, PAIR, on_f, K=1, a=0.3) for m in (methods.AuxMOM, methods.SGDMomentum))
    )
    # AuxMVR needs no h = 0 for that: its buffer's error does not see which part of ∇f comes from h.
    assert same(*(measures(m, PAIR, on_f, K=1, a=0.3) for m in (methods.AuxMVR, methods.MVR)))
    assert not same(
        *(measures(m, PAIR, on_f, K=n, a=0.3) for m, n in ((methods.AuxMVR, 2), (methods.MVR, 1)))
    )

    # With h = f and no noise of the buffer, naive, exact correction and AuxMOM are equal.
    twin = f.with_helper(0.0)
    assert same(
        measures(methods.Naive, twin, still), measures(methods.ExactCorrection, twin, still)
    )
    assert same(measures(methods.Naive, twin, still), measures(methods.AuxMOM, twin, still, a=0.3))
    assert not same(
        measures(methods.Naive, PAIR, still), measures(methods.ExactCorrection, PAIR, still)
    )
    assert same(measures(methods.SGD, PAIR, on_f, K=1), measures(methods.SGD, twin, on_f, K=1))


@pytest.mark.parametrize("method", SINGLE, ids=repr)
def test_local_steps_without_a_helper_are_refused(method: MethodType) -> None:
    """Otherwise SGD is run with K local steps on f, which is another method with another cost."""
    assert method.phases(Steps(eta=0.1, a=0.5, K=1, T=2))[0].steps.K == 1
    with pytest.raises(InputError, match=rf"K = 2: must be 1 for {method.name}"):
        method.phases(Steps(eta=0.1, a=0.5, K=2, T=2))
    with pytest.raises(InputError, match=rf"K = 2: must be 1 for {method.name}"):
        exact.run(*engine_input(method, PAIR, NOISE, Steps(eta=0.1, a=0.5, K=2, T=2)))


@pytest.mark.parametrize("method", MOMENTUM, ids=repr)
def test_momentum_without_its_parameter_is_refused(method: MethodType) -> None:
    """Otherwise a missing a is silently 1."""
    with pytest.raises(InputError, match=rf"a = None: must be in \(0, 1\] for {method.name}"):
        method.phases(Steps(eta=0.1, K=1, T=2))


def test_all_that_is_missing_is_listed_at_once() -> None:
    """Otherwise a user mends one value a run; the others need no a and take any K."""
    with pytest.raises(InputError, match=r"(?s)2 bad inputs.*K = 7.*a = None"):
        methods.MVR.phases(Steps(eta=0.1, K=7, T=2))
    assert {m.name for m in SINGLE} == {"SGD", "SGDMomentum", "MVR"}
    assert {m.name for m in MOMENTUM} == {"AuxMOM", "AuxMVR", "SGDMomentum", "MVR"}
    for method in (methods.Naive, methods.ExactCorrection):
        method.phases(Steps(eta=0.1, K=7, T=2))


def test_methods_print_as_their_names() -> None:
    """Otherwise a snippet with a method in it does not run."""
    for method in methods.ALL:
        assert eval(repr(method), {"at": auxtheory}) is method
    assert len({m.name for m in methods.ALL}) == len(methods.ALL)
