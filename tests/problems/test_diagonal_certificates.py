"""Certificates of diagonal quadratic pairs: at the cost of some vectors, and as sharp as those that form
whole matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from counted import counting, peak

from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.problems.certificate import certificate
from auxtheory.problems.quadratic.certificate import measure
from auxtheory.problems.quadratic.diagonal_certificate import measure_diagonal

PAIRS: dict[str, Any] = {
    "signs": lambda d: Quadratic(L=2.0, mu=0.5, dim=d, x_star=1.0).with_helper(0.3, 0.7),
    "aligned": lambda d: Quadratic(L=2.0, mu=0.5, dim=d).with_helper(
        0.3, 0.7, gap="uniform", bias=np.arange(1.0, d + 1)
    ),
    "singular": lambda d: Quadratic(L=1.0, dim=d, spectrum="two-cluster").with_helper(0.2, 0.1),
    "decades": lambda d: Quadratic(L=1.0, mu=1e-9, dim=d, spectrum="geometric").with_helper(1e-7),
    "grid": lambda d: Quadratic(L=2.0, mu=0.5, dim=d).with_helper([0.1, 0.0, 3.0], [0.5, 1.0, 0.0]),
}


def failed(pair: Any) -> set[str]:
    return {check.name for check in pair.certify().checks if not check.holds}


@pytest.mark.parametrize("name", PAIRS)
def test_vectors_measure_what_matrices_do(name: str) -> None:
    """Otherwise the certificate of many coordinates is another one than that of whole Hessians."""
    pair = PAIRS[name](6)
    fast, slow = (certificate(way, pair, 16, 3) for way in (measure_diagonal, measure))
    assert fast and slow
    for one, other in zip(fast.checks, slow.checks, strict=True):
        assert (one.name, one.configuration) == (other.name, other.configuration)
        assert (one.kind, one.stated) == (other.kind, other.stated)
        assert one.measured == pytest.approx(other.measured, rel=1e-9, abs=1e-9 * other.scale)


def test_the_number_of_gradients_does_not_grow_with_d() -> None:
    """Otherwise a certificate of a million coordinates takes more than a second."""
    points = []
    for d in (100, 10_000):
        pair, counts = counting(PAIRS["signs"](d))
        assert pair.certify()
        points.append(dict(counts))
    assert points[0] == points[1] and max(points[0].values()) <= 16


def test_memory_is_some_vectors() -> None:
    """Otherwise a million coordinates, or configurations, do not fit."""
    small, large = (peak(PAIRS["signs"](d)) for d in (2_000, 20_000))
    assert large <= 11 * small and large <= 40 * 8 * 20_000
    deltas = [np.linspace(0.1, 1.0, C) for C in (300, 3_000)]
    small, large = (peak(Quadratic(L=2.0, dim=10).with_helper(delta, 0.1)) for delta in deltas)
    assert large <= 11 * small


def tampered(pair: QuadraticPair, name: str, change: Any) -> Any:
    """The pair with one of its gradients changed; the others, and what is stated, stay."""

    class Tampered(type(pair)):  # type: ignore[misc]
        def gradients(self, xp: Any = np) -> Any:
            g = super().gradients(xp)
            old = getattr(g, name)
            return replace(g, **{name: lambda x: old(x) + change(x - self.minimiser)})

    return Tampered(**vars(pair))


def coupled(i: int, j: int, size: float, *, skew: bool = False) -> Any:
    """A curvature between two coordinates."""

    def change(z: Any) -> Any:
        out = np.zeros_like(z)
        out[..., i] += size * z[..., j]
        out[..., j] += (-size if skew else size) * z[..., i]
        return out

    return change


@pytest.mark.parametrize("size", [0.1, 1e-6, 1e-11])
@pytest.mark.parametrize("skew", [False, True])
@pytest.mark.parametrize("name", ["f", "h", "r"])
def test_a_coupling_of_coordinates_is_caught(name: str, skew: bool, size: float) -> None:
    """Otherwise a pair that says it is diagonal, and is not, passes, since each coordinate is measured
    with all others."""
    pair = PAIRS["aligned"](50)
    assert pair.certify()
    expected = {"f": {"L", "mu", "delta"}, "h": {"delta"}, "r": {"delta"}}[name]
    assert failed(tampered(pair, name, coupled(3, 40, size, skew=skew))) >= expected


@pytest.mark.parametrize("size", [0.1, 1e-6, 1e-11])
def test_a_coupling_of_h_and_r_is_caught(size: float) -> None:
    """Otherwise ∇²r couples coordinates, unseen where ∇r is still ∇f − ∇h."""
    pair = PAIRS["aligned"](50)
    both = tampered(tampered(pair, "r", coupled(3, 40, size)), "h", coupled(3, 40, -size))
    assert "delta" in failed(both)


@pytest.mark.parametrize("name", ["f", "r"])
def test_a_gradient_that_is_not_linear_is_caught(name: str) -> None:
    """Otherwise a pair is quadratic at one distance from x* only."""
    pair = PAIRS["aligned"](50)
    bent = tampered(pair, name, lambda z: 1e-8 * z * np.abs(z))
    assert failed(bent) & {"L", "delta"}


@pytest.mark.parametrize("place", [0, 17, 49])
def test_a_minimiser_that_is_not_stationary_is_caught(place: int) -> None:
    """Otherwise F0 is measured from a point that does not minimise f."""
    pair = PAIRS["aligned"](50)

    def slope(z: Any) -> Any:
        out = np.zeros_like(z)
        out[..., place] = 1e-6
        return out

    # x⁰ is that of x* in this coordinate, so that the integral of ∇f from x* shows nothing.
    start = np.array(pair.start)
    start[:, place] = pair.minimiser[place]
    pair = replace(pair, start=start)
    assert pair.certify()
    assert "F0" in failed(tampered(tampered(pair, "f", slope), "h", slope))


@pytest.mark.parametrize("d", [2, 300])
@pytest.mark.parametrize("factor", [1 - 1e-6, 1 + 1e-6])
@pytest.mark.parametrize("name", ["L", "mu", "delta", "zeta", "F0"])
def test_every_constant_that_is_wrong_is_caught(name: str, factor: float, d: int) -> None:
    """Otherwise one of the constants is not measured."""
    pair = PAIRS["aligned"](d)

    class Wrong(QuadraticPair):
        def constants(self, helper: Any = "h") -> Any:
            c = super().constants(helper)
            return c.replace(**{name: getattr(c, name) * factor})

    assert failed(Wrong(**vars(pair))) == {name}


def test_one_wrong_curvature_among_many_is_caught() -> None:
    """Otherwise μ, the least of many numbers, is not measured."""
    d = 5_000
    pair = Quadratic(L=2.0, mu=0.5, dim=d, spectrum="two-cluster").with_helper(0.3)
    A = np.array(pair.A)
    A[0, d // 3] *= 1 - 1e-6
    assert "mu" in failed(replace(pair, A=A))
    R = np.array(pair.R)
    R[0, d // 3] *= 1 + 1e-6
    assert "delta" in failed(replace(pair, R=R))


def test_progress_is_reported() -> None:
    """Otherwise a long certificate is silent."""
    seen: list[tuple[int, int]] = []
    PAIRS["signs"](4).certify(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (10, 10) and len(seen) >= 10
