"""Derived constants of the library, and functions of symbols that take the noise too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.derived import DERIVED

QUADRATIC = at.Quadratic(L=2.0, mu=0.5, dim=3, F0=1.0).with_helper(delta=0.1)
RIDGE = at.Logistic(features=[[1.0, 0.0], [0.3, 1.0]], labels=[0, 1], l2=0.1).with_helper()
BENT = at.Logistic(
    features=[[1.0, 0.0], [0.3, 1.0]], labels=[0, 1], l2=0.1, nonconvex=0.4
).with_helper()
COSINE = at.Cosine(L=1.5, dim=2).with_helper()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("mu_sc", (0.5, 0.1, 0.0, 0.0)),
        ("rho", (0.0, 0.0, 0.1, 1.5)),
        ("M", (0.0, np.inf, np.inf, 1.5)),
    ],
)
def test_values_on_each_family(name: str, values: tuple[float, ...]) -> None:
    for pair, value in zip((QUADRATIC, RIDGE, BENT, COSINE), values, strict=True):
        assert DERIVED[name].compute is not None
        assert np.asarray(DERIVED[name].compute(pair)) == pytest.approx([value])


def curvatures(pair: Any, count: int = 400) -> Any:
    """Eigenvalues of ∇²f at random points."""
    rng = np.random.default_rng(0)
    identity = np.eye(pair.dim)
    for x in pair.x_star + 4 * rng.standard_normal((count, pair.dim)):
        yield np.linalg.eigvalsh([pair.hessian_product(x, v) for v in identity])


@pytest.mark.parametrize("pair", [QUADRATIC, RIDGE, BENT, COSINE], ids=lambda p: type(p).__name__)
def test_no_curvature_is_outside_them(pair: Any) -> None:
    lowest = min(float(values[0]) for values in curvatures(pair))
    assert pair.strong_convexity[0] <= lowest + 1e-6 or pair.strong_convexity[0] == 0
    assert lowest >= -pair.weak_convexity[0] - 1e-6


def test_the_initial_distance_of_a_grid() -> None:
    grid = at.Quadratic(L=1.0, dim=2, F0=np.array([1.0, 4.0])).with_helper()
    D0 = at.claim(at.symbols("D0"), method=at.methods.SGD, measure=at.measures.distance_last)
    values = D0.constants(grid, at.Gaussian()).D0  # type: ignore[attr-defined]
    assert values == pytest.approx(np.sum((grid.x0 - grid.x_star) ** 2, axis=-1))
    assert values[1] == pytest.approx(4 * values[0])


def variance_along_the_first(pair: Any, noise: Any) -> Any:
    return noise.sigma_f**2 / pair.dim


def test_a_function_may_take_the_noise() -> None:
    along = at.symbol("along", unit="F^2/X^2", value=variance_along_the_first)
    theorem = at.claim(along, method=at.methods.SGD)
    constants = theorem.constants(QUADRATIC, at.Gaussian(sigma_f=3.0))
    assert constants.along == pytest.approx(3.0)  # type: ignore[attr-defined]


def test_a_name_of_the_library_cannot_be_taken() -> None:
    with pytest.raises(at.InputError, match=r"of the library, at.symbols\('D0'\)"):
        at.symbol("D0", glyph="D₀", unit="X^2", value=lambda pair: 1.0)


def test_a_bound_with_a_convexity_assumption_is_refused_where_f_is_not_convex() -> None:
    D0, rho, sigma_f, L, eta, T = at.symbols("D0 rho sigma_f L eta T")
    theorem = at.claim(
        D0 / (2 * eta * T),
        method=at.methods.SGD,
        measure=at.measures.gap_mean,
        assumptions=[rho <= 0, sigma_f <= 0],
        step_range=[L * eta <= 1],
    )
    assert at.validate(theorem, QUADRATIC, eta=0.5, K=1, T=10).status == "pass"
    with pytest.raises(at.AssumptionError, match="ρ ≤ 0"):
        at.validate(theorem, COSINE, eta=0.5, K=1, T=10)
