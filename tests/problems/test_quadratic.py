"""Quadratic pairs have exactly the constants asked for."""

from __future__ import annotations

import math
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quadratic_strategies import dim_of, helpers, seeds, targets

from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.problems.base import Check
from auxtheory.problems.spectra import orthogonal


def matrices(
    pair: QuadraticPair, configuration: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    A = pair.A[configuration]
    R = pair.R[configuration]
    return (np.diag(A), np.diag(R), pair.b[0]) if A.ndim == 1 else (A, R, pair.b[configuration])


@given(target=targets(), data=st.data())
def test_constants_are_exactly_those_asked_for(target: dict[str, Any], data: Any) -> None:
    """Otherwise a sweep over δ, say, is a sweep over something else: stated constants, and the matrices
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
    """Otherwise the default bias does not vanish under R, and its (β, ζ²) is looser than what was asked
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
def test_the_bias_bound_holds_everywhere(target: dict[str, Any], data: Any) -> None:
    """Otherwise S2 is asked about constants the pair does not have: ‖∇f − ∇h‖² ≤ β‖∇f‖² + ζ², and for no
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
    """Otherwise (β, ζ) of a dense pair with ‖Rv‖ = ‖Av‖ for one v is false or absurd, and not that of
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
    """Otherwise an engine descends another function than the constants describe."""
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
    """Otherwise SGD and momentum on f alone are compared under the constants of the true helper."""
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
    """Otherwise a named spectrum is another one."""
    ends = {} if isinstance(spectrum, list) else {"L": 4.0, "mu": 1.0, "dim": 4}
    f = Quadratic(spectrum=spectrum, **ends)
    np.testing.assert_allclose(f.eigenvalues, [eigenvalues], rtol=1e-13)
    np.testing.assert_allclose(f.with_helper(0.0).A, [eigenvalues], rtol=1e-13)
    start = f.with_helper(0.0).x0[0]
    np.testing.assert_allclose(
        0.5 * start**2 * eigenvalues, 0.25, rtol=1e-13, err_msg="F0 is not split evenly"
    )


def test_patterns_of_the_gap() -> None:
    """Otherwise R has other eigenvalues than documented, or does not vanish where the bias lies."""
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
    """Otherwise a dense pair is a diagonal one in disguise, or cannot be made again."""
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
    """Otherwise configurations of a grid have each other's constants."""
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
    """Otherwise a bound that is too low passes as certified, or an exact constant may be off."""
    assert Check("L", 0, stated, measured, kind, scale=1.0).holds is holds
