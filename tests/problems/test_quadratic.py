"""Quadratic pairs have exactly the constants asked for, say so in a certificate, and refuse
nonsense."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import array_api_strict
import numpy as np
import pytest
from complaints import assert_lists
from hypothesis import given
from hypothesis import strategies as st
from quadratic_strategies import dim_of, helpers, seeds, targets, vectors

import auxtheory
from auxtheory.bounds.constants import Constants
from auxtheory.errors import InputError
from auxtheory.problems import Quadratic, QuadraticPair, toy
from auxtheory.problems.base import Check
from auxtheory.problems.spectra import orthogonal
from auxtheory.typing import Helper

ARRAYS = "A", "R", "b", "start", "minimiser", "eigenvalues", "gap_norm"


def lying(pair: QuadraticPair, name: str, factor: float) -> QuadraticPair:
    """The pair, but with one of its constants stated a factor too large."""

    class Lying(QuadraticPair):
        def constants(self, helper: Helper = "h") -> Constants:
            c = super().constants(helper)
            return c.replace(**{name: getattr(c, name) * factor})

    return Lying(**vars(pair))


def matrices(
    pair: QuadraticPair, configuration: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    A = pair.A[configuration]
    R = pair.R[configuration]
    return (np.diag(A), np.diag(R), pair.b[0]) if A.ndim == 1 else (A, R, pair.b[configuration])


@given(target=targets(), data=st.data())
def test_constants_are_exactly_those_asked_for(target: dict[str, Any], data: Any) -> None:
    """Else a sweep over δ, say, is a sweep over something else: stated constants, and the matrices
    behind them."""
    helper = data.draw(helpers(dim_of(target)))
    f = Quadratic(**target)
    pair = f.with_helper(**helper)
    c = pair.constants()
    top, bottom = (
        target[n] if n in target else fold(target["spectrum"])
        for n, fold in (("L", max), ("mu", min))
    )
    assert (c.L, c.mu, c.delta) == (top, bottom, helper["delta"])
    assert c.F0 == pytest.approx(target.get("F0", c.F0 if "x0" in target else 1.0), rel=1e-11)
    A, R, b = matrices(pair)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(A)[[0, -1]], [c.mu, c.L], rtol=1e-12, atol=1e-13 * c.L
    )
    assert np.max(np.abs(np.linalg.eigvalsh(R))) == pytest.approx(c.delta, rel=1e-12)
    assert np.linalg.norm(b) == pytest.approx(helper["zeta"], rel=1e-12)
    if "x0" in target:
        assert pair.x0.tolist() == [target["x0"]]
    z = pair.x0[0] - target.get("x_star", 0.0)
    assert c.F0 == pytest.approx(0.5 * z @ A @ z, rel=1e-11)
    np.testing.assert_array_equal(
        pair.x_star, np.broadcast_to(target.get("x_star", 0.0), (pair.dim,))
    )
    assert pair.single and pair.dim == dim_of(target)
    assert pair.diagonal == ("rotation" not in target and "rotation" not in helper)


@given(target=targets(dim=st.integers(2, 5)), data=st.data())
def test_zeta_is_exactly_as_asked_for_by_default(target: dict[str, Any], data: Any) -> None:
    """Else the default bias does not vanish under R, and its (β, ζ²) is looser than what was asked
    for."""
    zeta = data.draw(st.sampled_from([0.5, 1e3]))
    pair = Quadratic(**target).with_helper(
        0.3, zeta, gap=data.draw(st.sampled_from(["signs", "uniform"]))
    )
    c = pair.constants()
    assert c.zeta == pytest.approx(zeta, rel=1e-12)
    A, R, _ = matrices(pair)
    if c.mu > 0:
        assert c.beta == pytest.approx(np.linalg.norm(R @ np.linalg.inv(A), ord=2) ** 2, rel=1e-9)


@given(target=targets(), data=st.data())
def test_certificates_hold(target: dict[str, Any], data: Any) -> None:
    """Else a sound pair is denied, or a stated constant is not what points of f and h show."""
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
    """Else nearly every toy pair with ζ = 0 is denied its certificate."""
    assert toy(delta=delta, zeta=0.0).certify()


def test_certificates_hold_without_a_gap() -> None:
    """Else a helper with the Hessian of f and a bias, AuxMOM's ideal case, may be denied its
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
    """Else ζ is measured as 0, being less than the rounding of gradients far from x*."""
    pair = Quadratic(L=1.0, rotation=rotation, **target).with_helper(delta, zeta, bias=bias)
    assert pair.certify(), str(pair.certify())


@pytest.mark.parametrize("rotation", [None, 1])
@pytest.mark.parametrize(
    ("delta", "factor"), [(1e-10, 5.0), (1e-8, 1.1), (1e-6, 1.001), (1e-12, 1.001)]
)
def test_a_small_gap_is_measured_to_its_own_digits(
    delta: float, factor: float, rotation: int | None
) -> None:
    """Else a δ far below L may be off by a factor."""
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
    """Else rounding denies a sound pair its certificate, or hides one part in a hundred."""
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


@given(target=targets(), data=st.data())
def test_the_bias_bound_holds_everywhere(target: dict[str, Any], data: Any) -> None:
    """Else S2 is asked about constants the pair does not have: ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ², and for no
    smaller ζ."""
    pair = Quadratic(**target).with_helper(**data.draw(helpers(dim_of(target))))
    A, R, b = matrices(pair)
    c = pair.constants()
    if not math.isfinite(c.beta):
        values, vectors = np.linalg.eigh(A)
        assert np.linalg.norm(R @ vectors[:, values <= 1e-9 * c.L]) > 1e-12, (
            "β = ∞ though R vanishes with A"
        )
        return
    rng = np.random.default_rng(data.draw(seeds))
    worst = np.linalg.lstsq(c.beta * A @ A - R @ R, R @ b, rcond=None)[0]
    z = np.vstack(
        [
            rng.standard_normal((50, pair.dim)) * 10.0 ** rng.uniform(-2, 1, (50, 1)),
            worst,
            0 * worst,
        ]
    )
    left = np.sum((z @ R + b) ** 2, axis=1)
    right = c.beta * np.sum((z @ A) ** 2, axis=1)
    assert np.all(left <= (right + c.zeta**2) * (1 + 1e-8) + 1e-9)
    assert np.max(left - right) == pytest.approx(
        c.zeta**2, rel=1e-6, abs=1e-9 + 1e-12 * np.max(left)
    )


@pytest.mark.parametrize("rotation", range(4))
def test_a_helper_that_is_flat_where_f_curves(rotation: int) -> None:
    """Else (β, ζ) of a dense pair with ‖Rv‖ = ‖Av‖ for one v is false or absurd, and not that of
    its diagonal twin."""
    given_ = {"delta": 0.05, "zeta": 0.5, "gap": [-0.05, 0.01]}
    straight, turned = (
        Quadratic(spectrum=[1.0, 0.01], rotation=r).with_helper(**given_) for r in (None, rotation)
    )
    assert (straight.constants().beta, straight.constants().zeta) == pytest.approx(
        (2.0, math.sqrt(0.5))
    )
    assert (turned.constants().beta, turned.constants().zeta) == pytest.approx(
        (2.0, math.sqrt(0.5)), rel=1e-6
    )
    assert turned.certify()


@given(target=targets(), data=st.data())
def test_gradients_and_gap_are_those_of_the_quadratics(target: dict[str, Any], data: Any) -> None:
    """Else an engine descends another function than the constants describe."""
    pair = Quadratic(**target).with_helper(**data.draw(helpers(dim_of(target))))
    A, R, b = matrices(pair)
    x = np.random.default_rng(data.draw(seeds)).standard_normal((1, 4, pair.dim))
    z = x[0] - pair.x_star
    size = 1e-12 * (
        1 + np.max(np.abs(z)) * (np.max(np.abs(A)) + np.max(np.abs(R))) + np.max(np.abs(b))
    )
    for xp in (np, array_api_strict):
        g = pair.gradients(xp)
        point = xp.asarray(x)
        np.testing.assert_allclose(np.asarray(g.f(point))[0], z @ A, atol=size)
        np.testing.assert_allclose(np.asarray(g.h(point))[0], z @ (A - R) - b, atol=size)
        np.testing.assert_allclose(np.asarray(g.r(point))[0], z @ R + b, atol=size)
        np.testing.assert_allclose(
            np.asarray(pair.gap(point, xp))[0], 0.5 * np.sum(z @ A * z, axis=1), atol=20 * size
        )
    assert not np.any(pair.gap(np.broadcast_to(pair.x_star, (1, 1, pair.dim))))


def test_what_a_method_sees_with_another_helper() -> None:
    """Else SGD and momentum on f alone are compared under the constants of the true helper."""
    pair = Quadratic(L=2.0, mu=0.5, dim=3, rotation=1, x_star=1.0).with_helper(0.3, 0.7, rotation=2)
    x = np.arange(6.0).reshape(1, 2, 3)
    g = pair.gradients()
    on_f = g.seen("f", np)
    alone = g.seen("none", np)
    cases = (on_f, g.f(x), 0 * x), (alone, 0 * x, g.f(x)), (g.seen("h", np), g.h(x), g.r(x))
    for seen, h, r in cases:
        for function, wanted in zip((seen.f, seen.h, seen.r), (g.f(x), h, r), strict=True):
            np.testing.assert_array_equal(function(x), wanted)
    for helper, delta, beta, zeta in (("f", 0.0, 0.0, 0.0), ("none", 2.0, 1.0, 0.0)):
        c = pair.constants(helper)
        assert (c.delta, c.beta, c.zeta, c.L, c.mu, c.F0) == (
            delta,
            beta,
            zeta,
            2.0,
            0.5,
            pair.constants().F0,
        )
        R, b = pair.seen(helper)
        assert not np.any(b) and np.array_equal(R, {"f": 0 * pair.A, "none": pair.A}[helper])
    assert pair.seen("h")[0] is pair.R


@pytest.mark.parametrize(
    ("spectrum", "eigenvalues"),
    [
        ("uniform", [1.0, 2.0, 3.0, 4.0]),
        ("geometric", [1.0, 4 ** (1 / 3), 4 ** (2 / 3), 4.0]),
        ("two-cluster", [1.0, 1.0, 4.0, 4.0]),
        ([2.0, 4.0, 1.0, 3.0], [2.0, 4.0, 1.0, 3.0]),
    ],
)
def test_spectra(spectrum: Any, eigenvalues: list[float]) -> None:
    """Else a named spectrum is another one."""
    ends = {} if isinstance(spectrum, list) else {"L": 4.0, "mu": 1.0, "dim": 4}
    f = Quadratic(spectrum=spectrum, **ends)
    np.testing.assert_allclose(f.eigenvalues, [eigenvalues], rtol=1e-13)
    np.testing.assert_allclose(f.with_helper(0.0).A, [eigenvalues], rtol=1e-13)
    start = f.with_helper(0.0).x0[0]
    np.testing.assert_allclose(
        0.5 * start**2 * eigenvalues, 0.25, rtol=1e-13, err_msg="F0 is not split evenly"
    )


def test_patterns_of_the_gap() -> None:
    """Else R has other eigenvalues than documented, or does not vanish where the bias lies."""
    f = Quadratic(L=1.0, dim=5)
    assert f.with_helper(0.5).R.tolist() == [[-0.5, 0.5, 0.0, 0.5, -0.5]]
    assert f.with_helper(0.5, gap="uniform").R.tolist() == [[-0.5, -0.25, 0.0, 0.25, 0.5]]
    pair = f.with_helper(0.5, 2.0)
    assert pair.R.tolist() == [[-0.5, 0.5, 0.0, 0.5, -0.5]] and pair.b.tolist() == [
        [0.0, 0.0, 2.0, 0.0, 0.0]
    ]
    pair = f.with_helper(0.5, 2.0, gap=[0.1, 0.2, 0.3, 0.4, -0.5], bias=[0, 3, 0, 4, 0])
    assert pair.R.tolist() == [[0.1, 0.2, 0.3, 0.4, -0.5]]
    np.testing.assert_allclose(pair.b, [[0.0, 1.2, 0.0, 1.6, 0.0]], rtol=1e-13)


def test_rotations_are_orthogonal_named_and_do_not_commute() -> None:
    """Else a dense pair is a diagonal one in disguise, or cannot be made again."""
    Q = orthogonal(5, 3)
    np.testing.assert_allclose(Q @ Q.T, np.eye(5), atol=1e-13)
    np.testing.assert_array_equal(Q, orthogonal(5, 3))
    assert not np.allclose(Q, orthogonal(5, 4)) and orthogonal(1, 3).tolist() == [[1.0]]
    f = Quadratic(L=1.0, mu=0.1, dim=4, rotation=1)
    for own, commute in ((None, True), (1, True), (2, False)):
        A, R, _ = matrices(f.with_helper(0.5, rotation=own))
        assert np.allclose(A @ R, R @ A, atol=1e-14) == commute
        assert np.array_equal(A, A.T) and np.array_equal(R, R.T)


def test_a_grid_is_its_configurations() -> None:
    """Else configurations of a grid have each other's constants."""
    L = [1.0, 2.0, 0.5]
    F0 = [3.0, 1.0, 2.0]
    delta = [0.0, 0.4, 0.2]
    zeta = [1.0, 0.0, 5.0]
    for rotation in (None, 3):
        grid = Quadratic(
            L=np.array(L), dim=3, F0=np.array(F0), rotation=rotation, x_star=1.0
        ).with_helper(delta, zeta)
        assert not grid.single and grid.x0.shape == (3, 3)
        assert grid.certify(samples=8)
        assert len(grid.certify(samples=8).checks) == 18
        c = grid.constants()
        np.testing.assert_array_equal([c.L, c.delta, c.mu], [L, delta, [0.0] * 3])
        np.testing.assert_allclose([c.F0, c.zeta], [F0, zeta], rtol=1e-12)
        for i in range(3):
            alone = Quadratic(L=L[i], dim=3, F0=F0[i], rotation=rotation, x_star=1.0).with_helper(
                delta[i], zeta[i]
            )
            for name in ("A", "R", "b", "start"):
                np.testing.assert_allclose(
                    getattr(grid, name)[i], getattr(alone, name)[0], rtol=1e-12, atol=1e-14
                )
    one = Quadratic(L=np.array([1.0]), dim=2).with_helper(0.1)
    assert not one.single and np.shape(one.constants().L) == (1,)


# -- certificates that must not hold
# ------------------------------------------------------------------
TAMPER = {
    "A": lambda pair: ({"A": pair.A * (1 + 1e-6)}, {"L", "mu", "F0"}),
    "R": lambda pair: ({"R": pair.R * (1 + 1e-6)}, {"delta"}),
    "eigenvalues": lambda pair: ({"eigenvalues": pair.eigenvalues * (1 - 1e-6)}, {"L", "mu"}),
    "gap_norm": lambda pair: ({"gap_norm": pair.gap_norm * (1 - 1e-6)}, {"delta"}),
}


@pytest.mark.parametrize("rotation", [None, 3])
@pytest.mark.parametrize("field", TAMPER)
def test_a_tampered_pair_loses_its_certificate(field: str, rotation: int | None) -> None:
    """Else a certificate repeats what is stated instead of measuring it: one part in a million must
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
    """Else one of the constants is not checked at all."""
    honest = Quadratic(L=2.0, mu=0.5, dim=4, rotation=1).with_helper(
        0.3, 0.7, rotation=2, bias=[1, 2, 3, 4]
    )
    certificate = lying(honest, name, factor).certify()
    assert [check.name for check in certificate.checks if not check.holds] == [name]


def test_a_beta_that_is_too_small_is_caught() -> None:
    """Else S2 is asked about a relative bias that the pair exceeds."""
    honest = Quadratic(L=2.0, mu=0.5, dim=4, rotation=1).with_helper(0.3, 0.7)
    certificate = lying(honest, "beta", 0.9).certify()
    assert honest.certify() and "beta" in {
        check.name for check in certificate.checks if not check.holds
    }


def test_values_that_lie_are_caught() -> None:
    """Else F0 is read off a function that is not the one whose gradients are descended."""
    pair = Quadratic(L=2.0, mu=0.5, dim=3).with_helper(0.3, 0.7)

    class Lying(QuadraticPair):
        def gap(self, x: Any, xp: Any = np) -> Any:
            return 1.001 * super().gap(x, xp)

    class Hiding(Lying):
        def constants(self, helper: Helper = "h") -> Constants:
            return pair.constants(helper)

    for kind in (Lying, Hiding):
        certificate = kind(**vars(pair)).certify()
        assert [check.name for check in certificate.checks if not check.holds] == ["F0"]


def test_gradients_that_lie_are_caught() -> None:
    """Else a pair may descend something else than its constants describe."""
    pair = Quadratic(L=2.0, mu=0.5, dim=3).with_helper(0.3, 0.7)

    class Lying(QuadraticPair):
        def gradients(self, xp: Any = np) -> Any:
            g = super().gradients(xp)
            return replace(g, h=lambda x: 1.001 * g.h(x))

    assert pair.certify() and not Lying(**vars(pair)).certify()


def test_a_minimiser_that_lies_is_caught() -> None:
    """Else gaps are measured from a point that does not minimise f: ∇f(x*) = (0, 1e-6), unseen from
    x⁰."""
    pair = Quadratic(spectrum=[0.5, 2.0], x0=[1.0, 0.0]).with_helper(0.3)

    class Lying(QuadraticPair):
        def gradients(self, xp: Any = np) -> Any:
            g = super().gradients(xp)
            slope = xp.asarray([0.0, 1e-6])
            return replace(g, f=lambda x: g.f(x) + slope, h=lambda x: g.h(x) + slope)

    assert pair.certify() and not Lying(**vars(pair)).certify()


def test_a_hessian_that_is_not_symmetric_is_caught() -> None:
    """Else f of a tampered pair does not exist, and its gradient is steeper than the stated L."""
    pair = Quadratic(L=1.0, mu=0.1, dim=3, rotation=0).with_helper(0.1)
    skew = np.array([[[0.0, 0.5, 0.0], [-0.5, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    assert not replace(pair, A=pair.A + skew).certify()


@pytest.mark.parametrize(
    ("kind", "stated", "measured", "holds"),
    [
        ("exact", 1.0, 1.0, True),
        ("exact", 1.0, 1 + 1e-6, False),
        ("exact", 1.0, 1 - 1e-6, False),
        ("exact", math.inf, math.inf, True),
        ("exact", 1.0, 1 + 1e-12, True),
        ("exact", 1.0, math.nan, False),
        ("certified", 1.0, 0.5, True),
        ("certified", 1.0, 1.1, False),
        ("certified", 1.0, 1 + 1e-12, True),
        ("certified", 1.0, math.nan, False),
        ("estimate", 1.0, 7.0, True),
    ],
)
def test_what_each_kind_of_constant_promises(
    kind: Any, stated: float, measured: float, holds: bool
) -> None:
    """Else a bound that is too low passes as certified, or an exact constant may be off."""
    assert Check("L", 0, stated, measured, kind, scale=1.0).holds is holds


# -- printing
# -----------------------------------------------------------------------------------------


@given(target=targets(), data=st.data())
def test_a_pair_prints_as_the_code_that_makes_it(target: dict[str, Any], data: Any) -> None:
    """Else a counterexample's snippet does not run, or makes another pair."""
    f = Quadratic(**target)
    pair = f.with_helper(**data.draw(helpers(dim_of(target))))
    again = eval(repr(pair), {"at": auxtheory})
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(pair, name))
    assert repr(again) == repr(pair) and repr(eval(repr(f), {"at": auxtheory})) == repr(f)


@pytest.mark.parametrize(
    "pair",
    [
        toy(delta=0.3, zeta=2.0),
        toy(delta=np.array([0.1, 0.2]), zeta=0.0, x0=-3.0),
        Quadratic(spectrum=np.array([1.0, 2.0]), x0=np.array([1.0, 1.0])).with_helper(
            np.float64(0.1), bias=np.ones(2)
        ),
        Quadratic(L=np.array([1.0, 2.0]), dim=2, F0=[3.0, 4.0], rotation=np.int64(2)).with_helper(
            0.1, [1.0, 2.0]
        ),
        Quadratic(L=1, dim=2, x_star=np.array([1.0, 2.0])).with_helper(gap=[0.0, 0.0]),
    ],
    ids=str,
)
def test_arrays_print_as_code_too(pair: QuadraticPair) -> None:
    """Else a pair made from arrays prints names that mean nothing to the reader's interpreter."""
    again = eval(repr(pair), {"at": auxtheory})
    for name in (*ARRAYS, "grid"):
        np.testing.assert_array_equal(getattr(again, name), getattr(pair, name))


def test_lists_of_numpy_numbers_print_as_code() -> None:
    """Else toy(x0=np.float64(2)) has a repr that needs `np`."""
    eval(repr(toy(delta=0.1, zeta=0.0, x0=np.float64(2.0))), {"at": auxtheory})


# -- bad input
# ----------------------------------------------------------------------------------------
BAD_TARGETS = [
    ({"L": -1.0, "dim": 2}, ["L = -1.0: must be a finite number in [1e-100, 1e+100]"]),
    ({"L": 0.0, "dim": 2}, ["L = 0.0: must be a finite number in [1e-100, 1e+100]"]),
    (
        {"L": math.nan, "mu": -1.0, "dim": 0, "F0": 0.0},
        ["L = nan", "mu = -1.0", "dim = 0", "F0 = 0.0"],
    ),
    (
        {"L": "1", "dim": 2.5, "F0": math.inf, "rotation": -1},
        ["L = '1'", "dim = 2.5", "F0 = inf", "rotation = -1"],
    ),
    ({}, ["L = None", "dim = None"]),
    ({"L": 1.0, "dim": 2, "mu": 1.5}, ["mu = 1.5: must be at most L = 1.0"]),
    ({"L": 1.0, "dim": 1, "mu": 0.5}, ["mu = 0.5: must equal L = 1.0 when dim = 1"]),
    (
        {"L": 1.0, "dim": 2, "spectrum": "geometric"},
        ["mu = None: must be > 0 for a geometric spectrum"],
    ),
    (
        {"L": 1.0, "dim": 2, "spectrum": "unifrom"},
        ["spectrum = 'unifrom'", "did you mean 'uniform'"],
    ),
    ({"spectrum": [1.0, -1.0]}, ["spectrum = -1.0: must be a finite number in [0, 1e+100]"]),
    ({"spectrum": [0.0, 0.0]}, ["spectrum = [0., 0.]: must hold a positive eigenvalue"]),
    ({"spectrum": [[1.0]]}, ["spectrum = [[1.0]]: must be a name or a list of d eigenvalues"]),
    ({"spectrum": []}, ["spectrum = []: must not be empty"]),
    (
        {"spectrum": [1.0, 2.0], "L": 3.0, "mu": 0.5, "dim": 4},
        ["L = 3.0", "mu = 0.5", "dim = 4", "the spectrum's, 2"],
    ),
    (
        {"L": 1.0, "dim": 2, "x0": [1.0], "x_star": [math.nan, 0.0]},
        ["x0 = [1.0]: must be 2 finite", "x_star = "],
    ),
    ({"L": 1.0, "dim": 2, "x_star": math.inf}, ["x_star = inf: must be 2 finite numbers"]),
    ({"L": 1.0, "dim": 2, "x0": "ab"}, ["x0 = 'ab': must be 2 finite numbers"]),
    (
        {"L": 1.0, "dim": 2, "x0": [3.0, 3.0], "x_star": 3.0},
        ["x0 = [3.0, 3.0]: must not minimise f"],
    ),
    (
        {"L": 1.0, "mu": 1.0, "dim": 2, "x0": [1.0, 1.0], "F0": 2.0},
        ["F0 = 2.0: must be left out or equal f(x0) − inf f = [1.]"],
    ),
    ({"L": np.array([1.0, 2.0]), "dim": 2, "F0": np.ones(3)}, ["shapes of L, F0"]),
    ({"L": np.ones((2, 2)), "dim": 2}, ["shapes of L"]),
]


@pytest.mark.parametrize(
    ("given_", "lines"), BAD_TARGETS, ids=lambda v: ",".join(v) if isinstance(v, dict) else ""
)
def test_a_bad_target_is_refused_in_one_message(given_: dict[str, Any], lines: list[str]) -> None:
    """Else a pair without the constants asked for is made, or the message leaves out one offending
    value."""
    with pytest.raises(InputError) as caught:
        Quadratic(**given_)
    assert_lists(caught, lines)


def test_a_start_that_has_the_gap_asked_for_is_taken() -> None:
    """Else x0 and F0 can never be given together."""
    assert (
        Quadratic(L=1.0, mu=1.0, dim=2, x0=[1.0, 1.0], F0=1.0).with_helper().constants().F0 == 1.0
    )


BAD_HELPERS = [
    ({"delta": -0.1}, ["delta = -0.1: must be a finite number in [0, 1e+100]"]),
    (
        {"delta": math.nan, "zeta": math.inf, "gap": "sings", "rotation": -1, "bias": [0, 0, 0]},
        [
            "delta = nan",
            "zeta = inf",
            "gap = 'sings'",
            "did you mean 'signs'",
            "rotation = -1",
            "bias = [0, 0, 0]: must not be the zero vector",
        ],
    ),
    ({"delta": 0.1, "gap": [0.1, 0.1]}, ["gap = [0.1, 0.1]: must be 3 finite numbers"]),
    (
        {"delta": 0.1, "gap": [0.1, 0.2, 0.1]},
        ["gap = [0.1, 0.2, 0.1]: must have a largest eigenvalue of size delta = 0.1"],
    ),
    ({"delta": 0.1, "gap": [0.1, math.nan, 0.1]}, ["gap = [0.1, nan, 0.1]"]),
    ({"bias": [1.0, math.inf, 0.0]}, ["bias = [1.0, inf, 0.0]: must be 3 finite numbers"]),
    ({"bias": [1.0]}, ["bias = [1.0]: must be 3 finite numbers"]),
    (
        {"rotation": 1.5, "zeta": -1.0},
        ["rotation = 1.5: must be a whole number of at least 0", "zeta = -1.0"],
    ),
    ({"delta": np.ones(2), "zeta": np.ones(3)}, ["shapes of delta, zeta"]),
]


@pytest.mark.parametrize(
    ("given_", "lines"), BAD_HELPERS, ids=lambda v: ",".join(v) if isinstance(v, dict) else ""
)
def test_a_bad_helper_is_refused_in_one_message(given_: dict[str, Any], lines: list[str]) -> None:
    """Else a helper without the δ and ζ asked for is made, or the message leaves out one offending
    value."""
    with pytest.raises(InputError) as caught:
        Quadratic(L=1.0, dim=3).with_helper(**given_)
    assert_lists(caught, lines)


def test_mu_may_be_an_array() -> None:
    """Else a grid in μ, which the docstring promises, needs a list."""
    mu = np.array([0.1, 0.2])
    np.testing.assert_array_equal(
        Quadratic(L=1.0, mu=mu, dim=3).with_helper(0.1).constants().mu, mu
    )


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: Quadratic(L=[1.0, 2.0], mu=[0.1, 0.2, 0.3], dim=3), "L, mu"),
        (lambda: Quadratic(L=1.0, dim=3, x_star="a"), "x_star = 'a'"),  # type: ignore[arg-type]
        (lambda: Quadratic(L=1.0, dim=3, x_star=None), "x_star = None"),  # type: ignore[arg-type]
        (lambda: Quadratic(L=1.0, dim=2).with_helper(np.array([[0.1, 0.2]])), "delta"),
        (lambda: Quadratic(L=1.0, dim=2).with_helper(0.1, gap=["a", "b"]), "gap = "),  # type: ignore[list-item]
        (
            lambda: Quadratic(L=1.0, dim=2).with_helper(np.array([0.1, 0.2]), gap=[0.2, -0.2]),
            "gap = ",
        ),
    ],
    ids=[
        "lengths",
        "x_star a string",
        "x_star None",
        "delta a matrix",
        "gap of strings",
        "gap beside a grid of delta",
    ],
)
def test_input_of_the_wrong_shape_or_kind_is_refused_by_name(make: Any, names: str) -> None:
    """Else the message is NumPy's, about a line of the library, or a configuration has another δ
    than asked for."""
    with pytest.raises(InputError, match=rf"(?s)1 bad input.*{names}"):
        make()
