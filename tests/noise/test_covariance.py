"""Additive noise whose levels differ between coordinates or directions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at

ROOT = np.array([[1.0, 0.5, 0.0], [0.0, 2.0, -1.0], [0.3, 0.0, 0.7]])
SHAPE = ROOT @ ROOT.T
MIXED = at.Gaussian(sigma_f=2.0, sigma_h=1.0, correlation=0.5, shape=SHAPE, shape_h=[1.0, 2.0, 3.0])
STEPS = at.Steps(K=3, T=10, eta=0.1, a=0.3, B=2)


def pair_of(rotation: int | None) -> at.QuadraticPair:
    target = at.Quadratic(L=1.0, mu=0.1, dim=3, rotation=rotation)
    return target.with_helper(delta=0.2, zeta=0.3, rotation=None if rotation is None else 5)


def test_the_trace_of_each_covariance_is_the_square_of_its_level() -> None:
    for kind, sigma in (("f", 2.0), ("h", 1.0), ("r", MIXED.sigma_r)):
        assert np.trace(MIXED.additive(kind, 3)) == pytest.approx(sigma**2, rel=1e-13)


@pytest.mark.parametrize("rotation", [None, 1])
@pytest.mark.parametrize("law", [at.Gaussian, at.RandomSign])
@pytest.mark.parametrize("shape", [SHAPE, [1.0, 2.0, 0.0]])
def test_exact_moments_agree_with_samples(rotation: int | None, law: type, shape: object) -> None:
    noise = law(sigma_f=2.0, sigma_h=1.0, correlation=0.5, shape=shape, shape_h=[1.0, 2.0, 3.0])
    pair = pair_of(rotation)
    exact = at.run(at.methods.AuxMOM, pair, noise, STEPS, engine="exact")
    sampled = at.run(at.methods.AuxMOM, pair, noise, STEPS, engine="numpy", replicas=4000, seed=1)
    for measure in ("G", "gap"):
        distance = getattr(exact, measure) - getattr(sampled, measure)
        assert np.all(np.abs(distance) <= 4 * getattr(sampled, f"{measure}_se"))


@pytest.mark.parametrize("rotation", [None, 1])
def test_levels_equal_the_diagonal_matrix_of_their_squares(rotation: int | None) -> None:
    levels = np.array([1.0, 2.0, 0.5])
    traces = [
        at.run(
            at.methods.AuxMVR,
            pair_of(rotation),
            at.Gaussian(sigma_f=1.0, sigma_h=0.5, shape=shape),
            STEPS,
            engine="exact",
        )
        for shape in (levels, 7 * np.diag(levels**2))
    ]
    np.testing.assert_allclose(traces[0].G, traces[1].G, rtol=1e-12)
    np.testing.assert_allclose(traces[0].gap, traces[1].gap, rtol=1e-12)


def test_bad_shapes_are_all_listed() -> None:
    with pytest.raises(at.InputError, match=r"(?s)shape.*levels at least 0.*shape_h.*symmetric"):
        at.Gaussian(shape=[-1.0, 1.0], shape_h=[[1.0, 1.0], [0.0, 1.0]])
    with pytest.raises(at.InputError, match="2 coordinates, but the problem has 3"):
        at.Gaussian(sigma_f=1.0, shape=[1.0, 1.0]).additive("f", 3)


def test_the_repr_reads_back_and_compiled_engines_refuse() -> None:
    again = eval(repr(MIXED))
    assert np.array_equal(again.shape, MIXED.shape)
    assert np.array_equal(again.shape_h, MIXED.shape_h)
    with pytest.raises(at.RefusedError, match="same level in every coordinate"):
        at.run(at.methods.AuxMOM, pair_of(None), MIXED, STEPS, engine="cpu")


@pytest.mark.parametrize(
    "S", [np.array([0.5, 2.0]), np.array([[2.0, 0.6], [0.6, 1.0]]), [4.0, 0.0]], ids=str
)
def test_a_law_of_given_covariances(S: Any) -> None:
    """Otherwise variances are taken as levels, or the trace as a level."""
    for kind in (at.Gaussian, at.RandomSign):
        noise = kind.from_covariance(S, np.array([1.0, 3.0]), s=0.25)
        whole = np.asarray(S) if np.ndim(S) == 2 else np.diag(S)
        f, h = (noise.additive(kind, 2) for kind in ("f", "h"))
        f, h = (np.diag(v) if v.ndim == 1 else v for v in (f, h))
        np.testing.assert_allclose(f, whole, rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(h, np.diag([1.0, 3.0]), rtol=1e-14, atol=1e-15)
        assert float(noise.sigma_f) == pytest.approx(np.sqrt(np.trace(whole)))
        assert float(noise.s) == 0.25
    assert float(at.Gaussian.from_covariance(S).sigma_h) == 0.0
    with pytest.raises(at.InputError, match=r"S = .*must be symmetric"):
        at.Gaussian.from_covariance([[1.0, 2.0], [0.0, 1.0]])
