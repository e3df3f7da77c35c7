"""Certificates of smooth pairs at sampled points: what they cost, and that many coordinates are measured as
few are."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from counted import counting, peak

from auxtheory.problems import Logistic, LogisticPair, delta, estimate_delta
from auxtheory.problems import certificate_curvature as curvature
from auxtheory.problems.logistic import features, helpers
from auxtheory.typing import FloatArray


def data(n: int, p: int, seed: int = 0, **options: Any) -> Logistic:
    random = np.random.default_rng(seed)
    A = random.standard_normal((n, p)) / np.sqrt(p) + 0.5
    labels = (A @ random.standard_normal(p) + random.standard_normal(n) > 0).astype(int)
    return Logistic(features=A, labels=labels, l2=0.05, x0=np.full(p, 0.3), **options)


def failed(pair: Any, **options: Any) -> set[str]:
    return {check.name for check in pair.certify(**options).checks if not check.holds}


PAIRS: dict[str, Any] = {
    "dial": lambda n, p: data(n, p).with_helper(0.03, 0.1),
    "towards": lambda n, p: data(n, p).with_helper(0.01, towards=data(n, p, 1)),
    "grid": lambda n, p: data(n, p).with_helper([0.03, 0.1], [0.1, 0.0]),
    "coreset": lambda n, p: helpers.coreset(data(n, p), n // 2),
    "bent": lambda n, p: data(n, p, nonconvex=0.02).with_helper(0.03),
}


@pytest.mark.parametrize("name", PAIRS)
def test_many_coordinates_are_measured_as_few_are(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise Lanczos processes deny a sound pair its certificate, or see less than whole Hessians."""
    pair = PAIRS[name](60, 24)
    slow = pair.certify(samples=8)
    monkeypatch.setattr(curvature, "WHOLE", 4)
    fast = pair.certify(samples=8)
    assert fast, str(fast)
    assert slow, str(slow)
    for one, other in zip(fast.checks, slow.checks, strict=True):
        assert (one.name, one.stated, one.kind) == (other.name, other.stated, other.kind)
        if one.name in ("L", "delta"):
            assert one.measured == pytest.approx(other.measured, rel=1e-8)


@pytest.mark.parametrize("name", ["dial", "towards"])
def test_the_number_of_gradients_grows_neither_with_n_nor_with_d(name: str) -> None:
    """Otherwise a certificate of 10,000 digits takes hours."""
    points = []
    for n, p in ((100, 40), (1_000, 40), (100, 400)):
        pair, counts = counting(PAIRS[name](n, p))
        assert pair.certify(samples=8)
        points.append(counts["f"] + counts["h"] + counts["r"])
    assert max(points) <= 20_000 and max(points) <= 2.5 * points[0]


def test_memory_is_that_of_the_data() -> None:
    """Otherwise the points of a certificate of many samples do not fit."""
    for n, p in ((3_000, 40), (300, 400)):
        assert peak(PAIRS["dial"](n, p), samples=64) <= 500 * 8 * (n + p) + 40e6


def tampered(pair: LogisticPair, changes: dict[str, Any]) -> Any:
    """The pair with gradients changed by functions of x; what is stated stays."""

    class Tampered(LogisticPair):
        def gradients(self, xp: Any = np) -> Any:
            g = super().gradients(xp)

            def changed(name: str) -> Any:
                return lambda x: getattr(g, name)(x) + changes[name](x)

            return replace(g, **{name: changed(name) for name in changes})

    return Tampered(**{field.name: getattr(pair, field.name) for field in fields(LogisticPair)})


def turned(size: float, p: int, *, skew: bool) -> Any:
    """A curvature between two coordinates."""

    def change(x: FloatArray) -> FloatArray:
        out = np.zeros_like(x)
        out[..., 3] += size * x[..., p - 2]
        out[..., p - 2] += (-size if skew else size) * x[..., 3]
        return out

    return change


@pytest.mark.parametrize("p", [20, 100])
def test_a_hessian_that_is_not_symmetric_is_caught(p: int) -> None:
    """Otherwise Lanczos processes, which rely on symmetry, measure a function that does not exist."""
    pair = PAIRS["dial"](60, p)
    turn = turned(1e-5, p, skew=True)
    assert failed(pair) == set()
    assert "L" in failed(tampered(pair, {"f": turn, "h": turn}))
    assert "delta" in failed(tampered(pair, {"f": turn, "r": turn}))
    # A bound of δ, which the skew part does not exceed.
    pair = PAIRS["towards"](60, p)
    assert failed(pair) == set()
    assert "delta" in failed(tampered(pair, {"h": lambda x: -turn(x), "r": turn}))


@pytest.mark.parametrize("p", [20, 100])
def test_a_curvature_between_two_coordinates_is_caught(p: int) -> None:
    """Otherwise a Hessian that is steeper than stated in one direction alone passes."""
    pair = PAIRS["dial"](60, p)
    turn = turned(0.06, p, skew=False)
    assert "delta" in failed(tampered(pair, {"h": lambda x: -turn(x), "r": turn}))
    steep = turned(1.0, p, skew=False)
    assert "L" in failed(tampered(pair, {"f": steep, "h": steep}))


@pytest.mark.parametrize("p", [20, 100])
@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("L", 1 - 1e-6),
        ("L", 1 + 1e-6),
        ("delta", 1 - 1e-6),
        ("delta", 1 + 1e-6),
        ("F0", 1 - 1e-6),
        ("F0", 1 + 1e-6),
    ],
)
def test_constants_that_are_wrong_are_caught(name: str, factor: float, p: int) -> None:
    """Otherwise L, δ or F₀ of many coordinates is not measured."""
    pair = PAIRS["dial"](60, p)

    class Wrong(LogisticPair):
        def constants(self, helper: Any = "h") -> Any:
            c = super().constants(helper)
            return c.replace(**{name: getattr(c, name) * factor})

    assert failed(Wrong(**vars(pair))) == {name}


@pytest.mark.parametrize("p", [70, 100])
def test_a_strong_convexity_that_is_too_large_is_caught(p: int) -> None:
    """Otherwise μ is compared with points at which f rises steeply alone."""
    pair = PAIRS["dial"](60, p)  # more coordinates than samples: l2 is the least curvature

    class Wrong(LogisticPair):
        def constants(self, helper: Any = "h") -> Any:
            c = super().constants(helper)
            return c.replace(mu=c.mu * (1 + 1e-3))

    assert failed(Wrong(**vars(pair))) == {"mu"}


@pytest.mark.parametrize("p", [20, 100])
def test_a_minimiser_that_is_not_stationary_is_caught(p: int) -> None:
    """Otherwise F₀ is measured from a point above the minimum."""
    pair = PAIRS["dial"](60, p)
    moved = np.array(pair.minimiser)
    moved[3] += 1e-3
    assert "F0" in failed(replace(pair, minimiser=moved))


def test_estimates_of_delta_are_those_of_long_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise short Lanczos processes, which only choose the points, underestimate δ."""
    monkeypatch.setattr(delta, "SHORT", 4)
    pair = PAIRS["towards"](60, 100)
    points = np.random.default_rng(3).standard_normal((5, 100))
    largest = 0.0
    for x in points:
        H = np.stack([pair.gap_product(x, e) for e in np.eye(100)])
        largest = max(largest, float(np.max(np.abs(np.linalg.eigvalsh((H + H.T) / 2)))))
    assert estimate_delta(pair, points).lower[0] == pytest.approx(largest, rel=1e-9)


def test_the_hessian_of_many_samples_is_that_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise Newton's method on large data follows another Hessian."""
    f = data(200, 30)
    x = np.random.default_rng(0).standard_normal(30)
    plain = f.hessian(x)
    top = features.top_eigenvalue(f.features, f.weights)
    monkeypatch.setattr(features, "SINGULAR", 0)
    np.testing.assert_allclose(f.hessian(x), plain, rtol=1e-12, atol=1e-15)
    gram = features.top_eigenvalue(f.features, f.weights)
    assert gram.exact and gram.value == pytest.approx(top.value, rel=1e-13)
    monkeypatch.setattr(features, "WHOLE", 0)
    products = features.top_eigenvalue(f.features, f.weights)
    assert products.value <= top.value * (1 + 1e-12) and products.bound >= top.value
    assert products.value == pytest.approx(top.value, rel=1e-10)
