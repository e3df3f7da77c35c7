"""Logistic objectives have the minima that they state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logistic_cases import data, objectives
from logistic_fits import directions, fitted
from scipy.optimize import minimize

import auxtheory as at
from auxtheory.errors import InputError
from auxtheory.problems import Logistic

linear_model = pytest.importorskip("sklearn.linear_model")


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("l2", [1.0, 0.01, 1e-4])
def test_the_minimum_against_scikit_learn(classes: int, l2: float) -> None:
    """Otherwise f* and F0 are off: minimiser and minimum, to 10⁻⁸."""
    A, labels = data(3, 60, 5, classes)
    f = Logistic(features=A, labels=labels, l2=l2)
    x, value, below = f.minimum
    settings: dict[str, Any] = {"fit_intercept": False, "tol": 1e-14, "solver": "newton-cholesky"}
    model = linear_model.LogisticRegression(C=1 / (l2 * len(A)), **settings)
    theirs = model.fit(A, labels).coef_.reshape(-1)
    np.testing.assert_allclose(x, theirs, rtol=1e-10, atol=1e-10)  # measured: 2e-13
    assert value == below == pytest.approx(float(f.functions()[0](theirs)), rel=1e-12)
    assert np.linalg.norm(f.functions()[1](x)) < 1e-12
    assert f.predict(x).tolist() == model.predict(A).tolist()


@given(f=objectives(), seed=st.integers(0, 99))
def test_nothing_is_below_the_minimum(f: Logistic, seed: int) -> None:
    """Otherwise f* is no infimum; with the non-convex regulariser, the certified bound must still be
    one."""
    x, value, below = f.minimum
    points = x + directions(seed, f, 20) * np.geomspace(1e-3, 10, 20)[:, None]
    assert np.all(f.functions()[0](points) >= below - 1e-12 * max(1.0, abs(below)))
    assert value >= below and (value == below) == (f.nonconvex < 2 * f.l2)


def valleys(nu: float = 0.1, **more: Any) -> Logistic:
    """An f of several valleys: a plane separates its samples, and the regulariser is level far
    out."""
    rng = np.random.default_rng(2)
    A = rng.normal(size=(12, 4))
    return Logistic(
        features=A, labels=(A @ rng.normal(size=4) > 0).astype(int), nonconvex=nu, **more
    )


def ends(f: Logistic, count: int = 20) -> np.ndarray:
    """Where descents from points at all distances end, shape (1, count, d)."""
    starts = (
        np.random.default_rng(2).normal(size=(count, f.dim))
        * np.geomspace(0.3, 100, count)[:, None]
    )
    value, gradient = f.functions()
    return np.array([[minimize(value, start, jac=gradient, method="BFGS").x for start in starts]])


@pytest.mark.parametrize("l2", [0.0, 1e-5])
def test_a_valley_is_no_minimum(l2: float) -> None:
    """Otherwise a gap is negative, and a bound of f − f* passes or falls on where f* was thought to
    be."""
    f = valleys(l2=l2)
    pair = f.with_helper(0.1, 0.1)
    there = ends(f)
    _, value, below = f.minimum
    assert below < float(np.min(f.functions()[0](there))) < value - 0.005, (
        "the search met the lowest valley"
    )
    assert not pair.infimum_known and np.min(pair.gap(there)) > 0
    known = pair.constants()
    assert known.kinds["F0"] == "certified" and known.F0 == pair.gap(pair.x0[:, None])[0, 0]
    assert known.F0 == pytest.approx(np.log(2) - below, rel=1e-14)
    certificate = pair.certify(samples=8)
    assert certificate and "x* is the lowest point that a search found, at most 0.3" in str(
        certificate
    )
    S1_PL = at.theorems.ExactCorrectionPL()
    for theorem in (S1_PL, at.claim(at.symbols("F0")[0], like=S1_PL)):
        with pytest.raises(InputError, match="must have a known inf f"):
            at.validate(theorem, pair, T=2, K=2, eta=0.1)
    assert at.validate(at.theorems.ExactCorrection(), pair, T=2, K=2, replicas=2)


def test_a_valley_that_passes_for_the_minimum_is_found_out() -> None:
    """Otherwise `certify` vouches for an f* above which f was thought to stay: it descends by itself,
    from far away too."""
    for nu in (0.01, 0.1):
        honest = valleys(nu).with_helper(0.1, 0.1)
        lying = replace(honest, below=honest.lowest)
        # A search: one of them must find it.
        certificates = [lying.certify(samples=8, seed=seed) for seed in range(4)]
        assert honest.certify(samples=8) and not all(certificates)
        wrong = {
            (check.name, check.measured > check.stated + 1e-6)
            for certificate in certificates
            for check in certificate.checks
            if not check.holds
        }
        assert wrong == {("F0", True)}


def test_a_convex_regulariser_leaves_the_minimum_known() -> None:
    """Otherwise F0 is a loose bound, and S1-PL is refused, where ν < 2 l2 makes f strongly convex."""
    A, labels = data(1)
    f = Logistic(features=A, labels=labels, l2=0.3, nonconvex=0.2)
    pair = f.with_helper(0.02, 0.1)
    assert (
        pair.infimum_known
        and pair.constants().kinds["F0"] == "exact"
        and pair.constants().mu == pytest.approx(0.2)
    )
    assert np.min(pair.gap(ends(f, 4))) < 1e-9
    assert pair.certify(samples=8)
    assert at.validate(at.theorems.ExactCorrectionPL(), pair, T=[3, 30], K=2, replicas=2)


def test_no_constant_rests_on_one_of_many_stationary_points() -> None:
    """Otherwise ζ at β = ∞, a bound at every stationary point, is that of the one that was found."""
    many = valleys(l2=0.01)
    one = fitted(*data(1))
    for f, known in ((many, False), (one, True)):
        here = f.with_helper(float(f.with_helper().constants().L), 0.3)
        there = float(np.linalg.norm(here.gradients().r(here.x_star[None, None])))
        constants = here.constants()
        assert constants.beta == np.inf and there == pytest.approx(0.3)
        assert constants.zeta == (pytest.approx(0.3) if known else 1e100)


@given(
    f=objectives(),
    seed=st.integers(0, 9),
    size=st.sampled_from([1e-14, 1e-9, 1e-5, 1e-2, 1.0, 1e3]),
)
def test_small_gaps_keep_their_digits(f: Logistic, seed: int, size: float) -> None:
    """Otherwise f − f* is rounding near the minimum, where f(x) and f* agree, and a bound that falls
    below it is blamed."""
    c, z = directions(seed, f)
    x = c + size * z
    z = x - c  # as rounded
    excess = f.excess(c)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    if size < 1:  # ∫(1 − t) zᵀ∇²f(c + tz)z dt
        bends = [z @ f.hessian_product(c + t * z, z) for t in (nodes + 1) / 2]
        assert excess(x) == pytest.approx(float(weights * (1 - nodes) / 4 @ bends), rel=1e-9)
    plain = float(f.functions()[0](x) - f.functions()[0](c) - f.functions()[1](c) @ z)
    assert excess(x) == pytest.approx(
        plain, rel=1e-9, abs=1e-13 * (1 + abs(float(f.functions()[0](x))))
    )
    strict = f.excess(c, array_api_strict)(array_api_strict.asarray(np.stack([x, c])[None]))
    np.testing.assert_allclose(np.asarray(strict), [[excess(x), 0.0]], rtol=1e-12)


def test_a_start_at_the_minimum_is_refused() -> None:
    """Otherwise F0 is rounding, beyond the error of f*; a small gap that is known to many digits is
    none."""
    A, labels = data(1)
    f = fitted(A, labels)
    x = f.minimum[0]
    for start in (x, x * (1 + 1e-15)):
        with pytest.raises(InputError, match=r"x0 = .* must not minimise f"):
            f.replace(x0=start).with_helper()
    near = f.replace(x0=x * (1 + 1e-8)).with_helper(0.01)
    assert near.constants().F0 == pytest.approx(0.5e-16 * x @ f.hessian(x) @ x, rel=1e-6)
    verdict = at.validate(at.theorems.ExactCorrectionPL(), near, T=[1, 5], K=2, replicas=2)
    assert (
        verdict
        and np.all(np.diff(verdict.table["measured"]) < 0)
        and np.all(verdict.table["measured"] > 0)
    )


def test_a_minimum_that_is_none_is_refused() -> None:
    """Otherwise f* is wrong by as much as a direction holds that a solver does not see."""
    A, labels = data(2, p=2)
    apart = np.array([1e3, 1e-6])
    wanted = Logistic(features=A, labels=labels).minimum[1]
    try:
        found = Logistic(features=A * apart, labels=labels).minimum[1]
    except InputError:
        return
    assert found == pytest.approx(wanted, abs=1e-12)


def test_a_bound_of_many_valleys() -> None:
    """Otherwise F0 of a target with the non-convex regulariser is too small."""
    rng = np.random.default_rng(0)
    for n, p, l2 in ((60, 1200, 1e-6), (20, 3, 1e-12), (20, 3, 1e-3)):
        f = Logistic(
            features=rng.standard_normal((n, p)),
            labels=rng.integers(0, 2, n),
            l2=l2,
            nonconvex=1e-9,
        )
        x, value, below = f.minimum
        assert below <= value <= float(f.functions()[0](x)) + 1e-15
