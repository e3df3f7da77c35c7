"""The displayed steps of the proofs about several helpers, on random numbers and vectors."""

from __future__ import annotations

import numpy as np
import pytest

from auxtheory.theorems.helpers.memory import Buffers

RNG = np.random.default_rng(3)
A = np.append(10 ** RNG.uniform(-5, 0, 10_000), 1.0)
UP = 1 + 1e-12


def test_the_weights_of_t3() -> None:
    a = A
    share = (3 - 2 * a) / (4 - 3 * a)
    lam = 1 - 2 * a / 3
    # |Q₁|²: of the noise and of the drift
    assert a**2 / (1 - (1 - a) ** 2 / lam) == pytest.approx(a * share, rel=1e-6)
    drift = (1 - a) ** 2 / (1 - lam) * share / a
    assert drift == pytest.approx(share * 3 * (1 - a) ** 2 / (2 * a**2), rel=1e-9)
    more = 3 * (4 - 3 * a) / (2 * (2 - a) * (3 - 2 * a))
    assert 4 / 3 * more * share == pytest.approx(2 / (2 - a))
    assert np.all(2 / (2 - a) * 3 * (1 - a) ** 2 / (2 * a**2) <= 3 * (1 - a) / (2 * a**2) * UP)
    assert np.all(4 / 3 * 3 * (4 - 3 * a) / (a * (5 - 4 * a)) <= 4 / a * UP)
    assert np.all(3 * (1 - a) * (3 - 2 * a) <= 9 / 4 * (4 - 3 * a) * UP)


def test_the_weights_of_t9() -> None:
    a, p = A, RNG.random(len(A))
    theta = p * a * (2 - a)
    assert np.all((1 - theta) / (1 - theta / 3) <= 1 - 2 * theta / 3 + 1e-12)
    assert np.all(a * (2 - a) + 3 / 2 * (1 - a) ** 2 <= 3 / 2 * UP)


def test_the_root_of_the_potential() -> None:
    """q = Pκ/(κ − P) with P = g + (1−θ)q, real from its smallest κ on."""
    a, p = A[:-1], RNG.random(len(A) - 1)
    g, theta = (1 - a) ** 2, p * a * (2 - a)
    least = ((1 - a) / (1 - np.sqrt(1 - theta))) ** 2
    kappa = least * (1 + 10 ** RNG.uniform(-3, 3, len(a)))
    C = kappa * theta - g
    square = C**2 - 4 * (1 - theta) * kappa * g
    assert np.all(square >= -1e-9 * C**2) and np.all(C > 0)
    q = 2 * kappa * g / (C + np.sqrt(np.maximum(square, 0)))
    P = g + (1 - theta) * q
    assert np.all(kappa > P) and q == pytest.approx(P * kappa / (kappa - P), rel=1e-4)


@pytest.mark.parametrize("share", [1 / np.sqrt(3), 1.0, 2.0, 9.0])
def test_the_identities_of_proximal_steps(share: float) -> None:
    d, w = RNG.normal(size=(2, 5_000, 3))
    delta = 0.7
    lam = share * delta
    w *= (
        delta * (RNG.random(5_000) * np.linalg.norm(d, axis=1) / np.linalg.norm(w, axis=1))[:, None]
    )
    dd, ww, dw = np.sum(d * d, 1), np.sum(w * w, 1), np.sum(d * w, 1)
    f = np.sum((lam * d + w) ** 2, axis=1)
    q = dw / 2 - delta * dd / 4 + ww / (4 * delta)
    if share >= 1:
        assert np.all((lam + delta) * (lam * dd + dw) >= f / UP)
        other = (lam - delta) / (2 * delta) * np.sum((w - delta * d) ** 2, axis=1)
        assert 2 * (lam + delta) * (lam / 2 * dd + q) - f == pytest.approx(other, abs=1e-9)
    c = 2 * (lam + delta) ** 2 / (2 * lam + delta)
    assert np.all(c * (lam * dd + q) - f >= -1e-9)
    at = delta * d
    q = np.sum(at * d, 1) / 2 - delta * dd / 4 + np.sum(at * at, 1) / (4 * delta)
    assert c * (lam * dd + q) == pytest.approx(np.sum((lam * d + at) ** 2, axis=1))


def test_what_gradient_steps_leave_of_a_subproblem() -> None:
    p = 10 ** RNG.uniform(-6, 0, 5_000)
    for K in (1, 3, 20):
        left = (1 - p) ** K
        assert np.all(p * left / (1 - left) <= 1 / K * UP)


def test_errors_of_buffers_are_numbers_at_the_ends_of_the_range() -> None:
    """Otherwise a search stops where a is 1 but for rounding, or a share of the buffers is so small
    that 1 − √(1 − θ) rounds to 0."""
    fields = {"share": 1.0, "length": 0.6180339887498948, "fresh": 1e6, "first": 0.0, "T": 1}
    edge = Buffers(a=0.9999999999999998, drift=0.5092880150001401, **fields)
    assert edge.error(0.3819660112501052) > 1e6
    rare = Buffers(a=1e-12, share=1e-6, drift=0.0, length=0.0, fresh=0.0, first=0.0, T=3)
    assert rare.memory == pytest.approx(1e18, rel=1e-9)
    assert rare.error(1.0) == 0.0
