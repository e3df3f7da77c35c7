"""L and δ of logistic pairs on a region: above what is found there, and close to it where the region
is small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy

import auxtheory as at
from auxtheory.problems import LogisticPair, Region
from auxtheory.problems.delta import largest_curvature
from auxtheory.problems.logistic import curvature as bounds
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.typing import FloatArray

HELPERS: dict[str, Callable[[at.Logistic, int], LogisticPair]] = {
    "rotated": lambda f, seed: at.helpers.rotated(f, 15.0, seed=seed),
    "noisy": lambda f, seed: at.helpers.noisy(f, 0.3, seed=seed),
    "quantised": lambda f, seed: at.helpers.quantised(f, 2),
    "sketched": lambda f, seed: at.helpers.sketched(f, 2, seed=seed),
    "coreset": lambda f, seed: at.helpers.coreset(f, 7, seed=seed),
    "relabelled": lambda f, seed: at.helpers.relabelled(f, share=0.3, seed=seed),
    "pseudo-labelled": lambda f, seed: at.helpers.pseudo_labelled(f, share=0.7, seed=seed),
    "dials": lambda f, seed: f.with_helper(delta=[0.1, 0.3], zeta=0.2),
    "towards": lambda f, seed: f.with_helper(
        delta=0.02, towards=f.replace(features=2 * f.features)
    ),
    "other ridge": lambda f, seed: f.helped_by(
        f.replace(features=f.features[:, ::-1], l2=0.1, nonconvex=0.9)
    ),
}
SHAPES = {"two classes": (2, 4), "four classes": (4, 3)}


def target(classes: int, p: int, seed: int = 0, thin: bool = False, **more: Any) -> at.Logistic:
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(14, p)) * np.geomspace(2.0, 0.3, p) + 0.5
    labels = rng.permutation(np.arange(14) % classes)
    if thin:
        A = scipy.sparse.csr_array(A * (rng.random(A.shape) < 0.6))
    x0 = rng.normal(size=p * (1 if classes == 2 else classes))
    return at.Logistic(features=A, labels=labels, classes=classes, x0=x0, **{"l2": 0.05, **more})


def climbed(pair: LogisticPair, region: Region, seed: int, steps: int = 25) -> float:
    """A large ‖∇²r‖ in a region: by steps along the derivative of vᵀ∇²r(x)v with v the leading
    eigenvector, from random points, for every configuration."""
    rng = np.random.default_rng(seed)
    grad_r = pair.gradients().r
    best = 0.0

    def inside(x: FloatArray) -> FloatArray:
        reach = max(float(region.reach(x)), 1.0)
        return np.asarray(region.centre + (x - region.centre) / reach)

    for c in range(len(pair.x0)):
        x = inside(region.centre + region.radius * rng.normal(size=pair.dim))
        for _ in range(steps):
            H = np.stack([pair.gap_product(x, e, c) for e in np.eye(pair.dim)])
            values, vectors = np.linalg.eigh((H + H.T) / 2)
            k = int(np.argmax(np.abs(values)))
            best = max(
                best,
                float(abs(values[k]))
                - float(
                    pair.constants(region=region).delta[c]
                    if pair.grid
                    else pair.constants(region=region).delta
                ),
            )
            h = 1e-3
            points = np.stack([x + h * vectors[:, k], x, x - h * vectors[:, k]])
            first, middle, last = np.broadcast_to(
                grad_r(np.broadcast_to(points, (len(pair.x0), *points.shape))),
                (len(pair.x0), *points.shape),
            )[c]
            up = np.sign(values[k]) * (first - 2 * middle + last)
            x = inside(x + region.radius * up / max(float(np.linalg.norm(up)), 1e-300))
    return best


def regions(pair: LogisticPair, seed: int) -> Iterator[Region]:
    rng = np.random.default_rng(seed)
    for radius in (0.03, 0.3, 3.0):
        yield at.Ball(pair.x_star + radius * rng.normal(size=pair.dim), radius)
        yield pair.region(pair.x_star + radius * rng.normal(size=(5, pair.dim)))


@pytest.mark.parametrize("name", HELPERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_point_of_a_region_exceeds_its_constants(name: str, shape: str) -> None:
    """Otherwise a theorem is judged with a δ that is false, and a true theorem refuted."""
    for seed in range(3):
        more = {"nonconvex": 0.2} if name == "other ridge" else {}
        thin = seed == 2 and name in ("rotated", "coreset", "relabelled", "towards")
        pair = HELPERS[name](target(*SHAPES[shape], seed, thin, **more), seed)
        everywhere = pair.constants()
        for region in regions(pair, seed):
            c = pair.constants(region=region)
            assert climbed(pair, region, seed, 8) <= 1e-9 * float(np.max(everywhere.L))
            assert np.all(c.delta <= everywhere.delta) and np.all(c.L <= everywhere.L)
            assert np.all(c.mu >= everywhere.mu)
            x = region.centre + region.radius * np.random.default_rng(seed).normal(
                size=(200, pair.dim)
            ) / np.sqrt(pair.dim)
            x = x[region.contains(x)]
            check_points(pair, c, x)


def check_points(pair: LogisticPair, c: at.Constants, points: FloatArray) -> None:
    """The constants at single points: L, μ, and β and ζ."""
    gradients = pair.gradients()
    for x in points[:10]:
        values = np.linalg.eigvalsh(pair.f.hessian(x))
        assert np.all(np.abs(values) <= np.max(c.L) * (1 + 1e-9))
        assert values[0] >= np.max(c.mu) - 1e-9 or np.max(c.mu) == max(pair.f.convexity, 0.0)
    if len(points):
        f, r = (
            np.sum(np.broadcast_to(g(points[None]), (len(pair.x0), *points.shape)) ** 2, axis=-1)
            for g in (gradients.f, gradients.r)
        )
        beta, zeta = (np.reshape(np.asarray(v), (-1, 1)) for v in (c.beta, c.zeta))
        beta = np.where(np.isfinite(beta), beta, 1e99)
        assert np.all(r <= beta * f + zeta**2 + 1e-9)


@pytest.mark.parametrize("name", [n for n in HELPERS if n != "dials"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_point_has_its_own_constants(name: str, shape: str) -> None:
    """Otherwise a small region pays for points that are not in it."""
    more = {"nonconvex": 0.2} if name == "other ridge" else {}
    pair = HELPERS[name](target(*SHAPES[shape], **more), 0)
    x = pair.x0[0]
    c = pair.constants(region=at.Ball(x, 1e-12))
    assert c.delta == pytest.approx(largest_curvature(pair.gap_at(x), pair.dim), rel=1e-9, abs=1e-9)
    assert c.L == pytest.approx(largest_curvature(pair.hessian_at(x), pair.dim), rel=1e-9)
    d = [float(pair.constants(region=at.Ball(x, r)).delta) for r in np.geomspace(1e-3, 30, 12)]
    assert np.all(np.diff(d) >= -1e-12) and d[-1] <= pair.constants().delta


@pytest.mark.parametrize("shape", SHAPES)
def test_operators_and_matrices_have_one_norm(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the constants jump where a problem is too large for its matrix."""
    pair = HELPERS["rotated"](target(*SHAPES[shape]), 0)
    region = at.Ball(pair.x_star, 0.5)
    whole = pair.constants(region=region)
    again = HELPERS["rotated"](target(*SHAPES[shape]), 0)
    monkeypatch.setattr(bounds, "WHOLE", 0)
    by_products = again.constants(region=at.Ball(pair.x_star, 0.5))
    assert whole.delta <= by_products.delta * (1 + 1e-9) and by_products.delta <= 1.05 * whole.delta
    assert by_products.L == pytest.approx(whole.L, rel=0.05)


def test_bounds_of_probabilities_hold_for_scores_in_a_ball_and_in_a_box() -> None:
    """Otherwise the curvature of single samples is underestimated."""
    rng = np.random.default_rng(0)
    for rows in (1, 2, 5):
        scores = rng.normal(size=(rows, 30)) * np.geomspace(0.1, 40, 30)
        length = rng.exponential(size=30)
        step = rng.normal(size=(400, rows, 30))
        step[:200] = np.sign(step[:200]) * (np.abs(step[:200]) > 0.8)
        step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-300)
        in_ball = scores + step * length
        p = scipy.special.softmax(in_ball, axis=1) if rows > 1 else bounds._slope(in_ball)
        ball = bounds.range_of_ball(scores, length, 1.0)
        assert np.all(p <= ball.high * (1 + 1e-9)) and np.all(p >= ball.low * (1 - 1e-9))
        low, high = in_ball.min(axis=0), in_ball.max(axis=0)
        box = bounds.range_of_box(low, high)
        assert np.all(p <= box.high * (1 + 1e-9)) and np.all(p >= box.low * (1 - 1e-9))


def test_upper_bounds_are_capped_where_the_form_of_every_sample_is_smaller() -> None:
    """Otherwise the bound on a large region exceeds the one at all x, or a cap cuts too early."""
    rng = np.random.default_rng(1)
    weights = rng.uniform(size=(4, 500)) ** rng.integers(1, 5, size=500)
    cut = np.all(bounds.capped(weights) == 0.5, axis=0)
    forms = np.stack([np.diag(w) - np.outer(w, w) / np.sum(w) for w in weights.T])
    assert np.array_equal(cut, np.linalg.eigvalsh(forms)[:, -1] > 0.5)
    assert 50 < np.sum(cut) < 450


def test_bends_are_those_of_a_fine_grid() -> None:
    """Otherwise L with a non-convex regulariser is wrong where an interval contains 0 or ±1."""
    for low, high in ((-0.3, 0.2), (0.5, 2.0), (-3.0, -1.5), (0.1, 0.4), (-4.0, 5.0)):
        t = np.linspace(low, high, 20001)
        second = 2 * (1 - 3 * t**2) / (1 + t**2) ** 3
        for nu in (0.7, -0.7):
            least, most = bounds.bends(nu, np.array([low]), np.array([high]))
            assert least[0] == pytest.approx(np.min(nu * second), abs=1e-6)
            assert most[0] == pytest.approx(np.max(nu * second), abs=1e-6)


def test_a_region_of_scores_is_closer_than_its_ball() -> None:
    """Otherwise there is no use for it."""
    pair = HELPERS["rotated"](target(4, 3), 0)
    points = pair.x_star + 0.2 * np.random.default_rng(0).normal(size=(6, pair.dim))
    region = pair.region(points)
    ball = at.Ball(region.centre, region.radius)
    assert np.all(region.contains(points)) and np.all(ball.contains(points))
    assert pair.constants(region=region).delta < pair.constants(region=ball).delta
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    assert region.reach(points).max() == pytest.approx(1 / 1.25)
    assert not region.contains(middle + 1.3 * (points - middle)).all()
    assert not region.contains(np.full(pair.dim, np.nan))


def test_wrong_regions_are_one_error_each() -> None:
    """Otherwise a slip gives a δ of nothing, or an error of an array's shape."""
    pair = HELPERS["rotated"](target(2, 4), 0)
    x = pair.x_star
    wrong: list[Callable[[], Any]] = [
        lambda: at.Ball(x, 0.0),
        lambda: at.Ball(x, -1.0),
        lambda: at.Ball(x, np.nan),
        lambda: at.Ball(x, np.array([1.0, 2.0])),
        lambda: at.Ball([np.nan, 0.0], 1.0),
        lambda: at.Ball(np.zeros((2, 2)), 1.0),
        lambda: at.Ball("centre", 1.0),
        lambda: pair.constants(region=at.Ball([0.0], 1.0)),
        lambda: pair.constants(region=1.0),  # type: ignore[arg-type]
        lambda: pair.constants(region=HELPERS["noisy"](pair.f, 1).region(pair.x0 + np.eye(4))),  # type: ignore[arg-type]
        lambda: at.Quadratic(L=1.0, dim=2).with_helper().constants(region=at.Ball([0.0], 1.0)),
        lambda: pair.region([[0.0] * 3]),
        lambda: pair.region([x, x * np.inf]),
        lambda: pair.region([x, x]),
        lambda: pair.region([x, 0 * x], slack=-1.0),
        lambda: at.problems.visited_ball([x], [0.0]),
    ]
    for make in wrong:
        with pytest.raises(at.InputError) as caught:
            make()
        assert len(caught.value.complaints) == 1
    with pytest.raises(at.InputError) as caught:
        at.Ball([np.inf], -1.0)
    assert len(caught.value.complaints) == 2


def test_pairs_of_constant_curvature_ignore_the_region() -> None:
    """Otherwise a quadratic pair cannot be validated where a logistic one can."""
    pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.25)
    assert pair.constants(region=at.Ball([0.0, 0.0], 1.0)).delta == pair.constants().delta
    assert isinstance(pair.region([[0.0, 0.0], [1.0, 1.0]]), at.Ball)


def test_a_grid_has_the_constants_of_its_pairs() -> None:
    """Otherwise a study over δ judges one cell with the δ of another."""
    f = target(4, 3)
    g = f.replace(features=1.5 * f.features)
    region = at.Ball(f.x0, 0.4)
    deltas = np.array([0.01, 0.05])
    grid = f.with_helper(deltas, towards=g).constants(region=region).delta
    single = [f.with_helper(v, towards=g).constants(region=region).delta for v in deltas]
    assert np.allclose(grid, single, rtol=1e-12) and np.all(grid < deltas)
    assert isinstance(replace(f.with_helper(), theta=np.ones(1), g=g), LogisticPair)
    assert isinstance(g, LogisticLoss)
