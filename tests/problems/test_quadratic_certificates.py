"""Certificates of quadratic pairs hold, and catch every constant, value and gradient that is
wrong."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from counted import peak
from hypothesis import given
from hypothesis import strategies as st
from quadratic_strategies import dim_of, helpers, seeds, targets, vectors

from auxtheory.bounds.constants import Constants
from auxtheory.problems import Quadratic, QuadraticPair, toy
from auxtheory.typing import Helper


def lying(pair: QuadraticPair, name: str, factor: float) -> QuadraticPair:
    """The pair, but with one of its constants stated a factor too large."""

    class Lying(QuadraticPair):
        def constants(self, helper: Helper = "h") -> Constants:
            c = super().constants(helper)
            return c.replace(**{name: getattr(c, name) * factor})

    return Lying(**vars(pair))


@given(target=targets(), data=st.data())
def test_certificates_hold(target: dict[str, Any], data: Any) -> None:
    """Otherwise a sound pair is denied, or a stated constant is not what points of f and h show."""
    helper = data.draw(helpers(dim_of(target)))
    pair = Quadratic(**target).with_helper(**helper)
    certificate = pair.certify(samples=16, seed=data.draw(seeds))
    assert certificate.holds and bool(certificate), str(certificate)
    assert {check.name for check in certificate.checks} == {
        "L",
        "mu",
        "delta",
        "beta",
        "zeta",
        "F0",
    }


@pytest.mark.parametrize("delta", [0.05, 0.3, 2.0])
def test_certificates_hold_without_a_bias(delta: float) -> None:
    """Otherwise nearly every toy pair with ζ = 0 is denied its certificate."""
    assert toy(delta=delta, zeta=0.0).certify()


def test_certificates_hold_without_a_gap() -> None:
    """Otherwise a helper with the Hessian of f and a bias, AuxMOM's ideal case, may be denied its
    certificate."""
    targets_ = [
        Quadratic(L=1.0, mu=0.1, dim=3, rotation=rotation, x_star=1.3) for rotation in range(30)
    ]
    assert all(f.with_helper(0.0, 0.5).certify() for f in targets_)


@pytest.mark.parametrize("rotation", [None, 1])
@pytest.mark.parametrize(
    ("target", "delta", "zeta", "bias"),
    [
        ({"dim": 3, "F0": 1e6}, 0.3, 1e-3, None),
        ({"mu": 1e-11, "dim": 2}, 1.0, 0.5, None),
        ({"mu": 0.1, "dim": 2}, 5.0, 1e-5, None),
        ({"mu": 1e-10, "dim": 3}, 0.3, 1e-2, None),
        ({"dim": 1}, 1e3, 1e-3, None),
        ({"mu": 0.1, "dim": 3}, 0.3, 1e-6, [1.0, 1.0, 1.0]),
    ],
)
def test_a_bias_that_is_small_beside_gradients_is_measured(
    target: dict[str, Any], delta: float, zeta: float, bias: Any, rotation: int | None
) -> None:
    """Otherwise ζ is measured as 0, being less than the rounding of gradients far from x*."""
    pair = Quadratic(L=1.0, rotation=rotation, **target).with_helper(delta, zeta, bias=bias)
    assert pair.certify(), str(pair.certify())


@pytest.mark.parametrize("rotation", [None, 1])
@pytest.mark.parametrize(
    ("delta", "factor"), [(1e-10, 5.0), (1e-8, 1.1), (1e-6, 1.001), (1e-12, 1.001)]
)
def test_a_small_gap_is_measured_to_its_own_digits(
    delta: float, factor: float, rotation: int | None
) -> None:
    """Otherwise a δ far below L may be off by a factor."""
    for zeta in (0.0, 0.5):
        pair = Quadratic(L=1.0, mu=0.1, dim=3, rotation=rotation, x_star=1.0).with_helper(
            delta, zeta
        )
        assert pair.certify(), str(pair.certify())
        certificate = replace(pair, R=factor * pair.R).certify()
        assert "delta" in {check.name for check in certificate.checks if not check.holds}


@st.composite
def far_apart(draw: Any) -> QuadraticPair:
    """A pair whose constants lie decades apart, or a grid of three such."""
    d = draw(st.integers(1, 6))
    L = 10.0 ** draw(st.floats(-6, 6))
    turns = st.none() | seeds
    mu = draw(st.sampled_from([0.0, 1.0]) | st.floats(-9, 0).map(lambda power: 10.0**power))
    target = Quadratic(
        L=L,
        mu=L if d == 1 else mu * L,
        dim=d,
        spectrum=draw(st.sampled_from(["uniform", "two-cluster"])),
        F0=10.0 ** draw(st.floats(-8, 8)),
        rotation=draw(turns),
        x_star=draw(st.just(0.0) | st.floats(-3, 3).map(lambda power: 10.0**power)),
    )
    delta = L * 10.0 ** draw(st.floats(-12, 3))
    scale = math.sqrt(L * target.with_helper().constants().F0)
    share = draw(st.just(0.0) | st.floats(-9, 3).map(lambda power: 10.0**power))
    own = [1.0, *draw(st.lists(st.floats(-1, 1), min_size=d - 1, max_size=d - 1))]
    gap = draw(st.sampled_from(["signs", "uniform", [delta * v for v in own]]))
    grid = isinstance(gap, str) and draw(st.booleans())
    return target.with_helper(
        delta * np.array([1.0, 1e-3, 1e2]) if grid else delta,
        share * scale,
        gap=gap,
        rotation=draw(turns),
        bias=draw(st.none() | vectors(d).filter(any)),
    )


@given(pair=far_apart())
def test_certificates_tell_right_from_wrong_over_decades(pair: QuadraticPair) -> None:
    """Otherwise rounding denies a sound pair its certificate, or hides one part in a hundred."""
    certificate = pair.certify(samples=16)
    assert certificate, str(certificate)
    # x⁰ and b are not among these: with another start or bias, F0 and ζ are others, too.
    for name in ("A", "R", "eigenvalues", "gap_norm"):
        assert (
            not np.any(getattr(pair, name))
            or not replace(pair, **{name: 1.01 * getattr(pair, name)}).certify()
        )
    for name in ("zeta", "F0", "delta"):
        lie = lying(pair, name, 1.01)
        assert not np.any(getattr(pair.constants(), name)) or not lie.certify()


TAMPER = {
    "A": lambda pair: ({"A": pair.A * (1 + 1e-6)}, {"L", "mu", "F0"}),
    "R": lambda pair: ({"R": pair.R * (1 + 1e-6)}, {"delta"}),
    "eigenvalues": lambda pair: ({"eigenvalues": pair.eigenvalues * (1 - 1e-6)}, {"L", "mu"}),
    "gap_norm": lambda pair: ({"gap_norm": pair.gap_norm * (1 - 1e-6)}, {"delta"}),
}


@pytest.mark.parametrize("rotation", [None, 3])
@pytest.mark.parametrize("field", TAMPER)
def test_a_tampered_pair_loses_its_certificate(field: str, rotation: int | None) -> None:
    """Otherwise a certificate repeats what is stated instead of measuring it: one part in a million must
    show."""
    pair = Quadratic(L=2.0, mu=0.5, dim=3, rotation=rotation, x_star=1.0).with_helper(
        0.3, 0.7, rotation=rotation
    )
    assert pair.certify()
    changes, blamed = TAMPER[field](pair)
    certificate = replace(pair, **changes).certify()
    failed = {check.name for check in certificate.checks if not check.holds}
    assert not certificate and failed and failed <= blamed
    assert str(certificate).count("✗") == len(failed)


@pytest.mark.parametrize("factor", [1 - 1e-6, 1 + 1e-6])
@pytest.mark.parametrize("name", ["L", "mu", "delta", "zeta", "F0"])
def test_every_constant_that_lies_is_caught(name: str, factor: float) -> None:
    """Otherwise one of the constants is not checked at all."""
    honest = Quadratic(L=2.0, mu=0.5, dim=4, rotation=1).with_helper(
        0.3, 0.7, rotation=2, bias=[1, 2, 3, 4]
    )
    certificate = lying(honest, name, factor).certify()
    assert [check.name for check in certificate.checks if not check.holds] == [name]


def test_a_beta_that_is_too_small_is_caught() -> None:
    """Otherwise S2 is asked about a relative bias that the pair exceeds."""
    honest = Quadratic(L=2.0, mu=0.5, dim=4, rotation=1).with_helper(0.3, 0.7)
    certificate = lying(honest, "beta", 0.9).certify()
    assert honest.certify() and "beta" in {
        check.name for check in certificate.checks if not check.holds
    }


@pytest.mark.parametrize("rotation", [None, 1])
def test_values_that_lie_are_caught(rotation: int | None) -> None:
    """Otherwise F0 is read off a function that is not the one whose gradients are descended."""
    pair = Quadratic(L=2.0, mu=0.5, dim=3, rotation=rotation).with_helper(0.3, 0.7)

    class Lying(QuadraticPair):
        def gap(self, x: Any, xp: Any = np) -> Any:
            return 1.001 * super().gap(x, xp)

    class Hiding(Lying):
        def constants(self, helper: Helper = "h") -> Constants:
            return pair.constants(helper)

    for kind in (Lying, Hiding):
        certificate = kind(**vars(pair)).certify()
        assert [check.name for check in certificate.checks if not check.holds] == ["F0"]


@pytest.mark.parametrize("rotation", [None, 1])
def test_gradients_that_lie_are_caught(rotation: int | None) -> None:
    """Otherwise a pair may descend something else than its constants describe."""
    pair = Quadratic(L=2.0, mu=0.5, dim=3, rotation=rotation).with_helper(0.3, 0.7)

    class Lying(QuadraticPair):
        def gradients(self, xp: Any = np) -> Any:
            g = super().gradients(xp)
            return replace(g, h=lambda x: 1.001 * g.h(x))

    assert pair.certify() and not Lying(**vars(pair)).certify()


@pytest.mark.parametrize("rotation", [None, 1])
def test_a_minimiser_that_lies_is_caught(rotation: int | None) -> None:
    """Otherwise gaps are measured from a point that does not minimise f: ∇f(x*) = (0, 1e-6), unseen from
    x⁰."""
    pair = Quadratic(spectrum=[0.5, 2.0], x0=[1.0, 0.0], rotation=rotation).with_helper(0.3)
    way = [0.0, 1e-6] if pair.basis is None else 1e-6 * pair.basis[:, 1]
    if pair.basis is not None:  # the integral of ∇f from x* to x⁰ shows nothing here either
        pair = replace(pair, start=pair.basis[:, :1].T)

    class Lying(QuadraticPair):
        def gradients(self, xp: Any = np) -> Any:
            g = super().gradients(xp)
            slope = xp.asarray(way)
            return replace(g, f=lambda x: g.f(x) + slope, h=lambda x: g.h(x) + slope)

    assert pair.certify() and not Lying(**vars(pair)).certify()


@pytest.mark.parametrize("size", [0.5, 1e-6, 1e-11])
def test_a_hessian_that_is_not_symmetric_is_caught(size: float) -> None:
    """Otherwise f of a tampered pair does not exist, and its gradient is steeper than the stated L."""
    pair = Quadratic(L=1.0, mu=0.1, dim=3, rotation=0).with_helper(0.1, rotation=1)
    skew = size * np.array([[[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    for name, blamed in (("A", "mu"), ("R", "delta")):
        certificate = replace(pair, **{name: getattr(pair, name) + skew}).certify()
        assert blamed in {check.name for check in certificate.checks if not check.holds}


def test_a_gradient_that_is_not_linear_is_caught() -> None:
    """Otherwise a pair is quadratic along the coordinates and the eigenvectors alone."""
    pair = Quadratic(L=2.0, mu=0.5, dim=3, rotation=1).with_helper(0.3, 0.7)

    basis = pair.basis
    assert basis is not None

    class Bent(QuadraticPair):
        def gradients(self, xp: Any = np) -> Any:
            g = super().gradients(xp)

            def bent(z: Any) -> Any:
                # 0 along the coordinates and the eigenvectors, between which the Hessian is seen.
                turned = z @ basis
                return 1e-4 * z * np.prod(z, -1, keepdims=True) * np.prod(turned, -1, keepdims=True)

            return replace(g, f=lambda x: g.f(x) + bent(x), h=lambda x: g.h(x) + bent(x))

    certificate = Bent(**vars(pair)).certify()
    assert pair.certify()
    assert "L" in {check.name for check in certificate.checks if not check.holds}


def test_memory_of_a_dense_pair_is_some_matrices() -> None:
    """Otherwise a certificate of some thousand coordinates does not fit."""
    d = 300
    pair = Quadratic(L=2.0, mu=0.5, dim=d, rotation=1).with_helper(0.3, 0.7, rotation=2)
    assert peak(pair) <= 20 * 8 * d * d
