"""Exponential pairs: f″ = L₀ + L₁|f′|, its constants on all of R^d, and the curvature near x*."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest

import auxtheory as at
from auxtheory.engines import Sampling, Task
from auxtheory.problems import ExponentialPair

PAIR = at.Exponential(L=20.0, L0=2.0, low=0.5, dim=3, x_star=0.3).with_helper(0.4, 0.7)


def along(pair: ExponentialPair, z: np.ndarray, name: str = "f") -> np.ndarray:
    """∇f or ∇r with all coordinates at z."""
    x = (pair.x_star + z[:, None] * np.ones(pair.dim))[None]
    return getattr(pair.gradients(), name)(x)[0]


def test_the_gradient_is_the_exponential_and_then_linear() -> None:
    """Otherwise f is another function than the formula of the documentation."""
    R = np.log(10.0)
    z = np.array([-R - 1, -R, -0.5, 0.0, 1e-9, 1.0, R, R + 2])
    inside = np.sign(z) * np.expm1(np.minimum(np.abs(z), R))
    beyond = np.sign(z) * np.maximum(np.abs(z) - R, 0) * 10.0
    expected = (inside + beyond)[:, None] * [0.5, 1.25, 2.0]
    np.testing.assert_allclose(along(PAIR, z), expected, rtol=1e-13, atol=1e-15)


def test_the_curvature_grows_exactly_as_the_gradient() -> None:
    """Otherwise L₀, L₁, δ₀ or δ₁ are not the smallest, or are too small beyond the reach."""
    L0, L1, delta0, delta1 = (v[0] for v in astuple(PAIR.growth))
    assert (L0, L1, delta0, delta1) == pytest.approx((2.0, 1.0, 0.04, 0.08))
    h = 1e-5
    # Away from 0 and from the reach, where the third derivative jumps.
    z = np.setdiff1d(np.linspace(-3.0, 3.0, 121), [0.0])
    inside = np.abs(z) < np.log(10.0) - h
    gradient = np.abs(along(PAIR, z))
    for name, low, factor in (("f", PAIR.low[0], 1.0), ("r", np.abs(PAIR.q[0]), 0.08)):
        bend = np.abs(along(PAIR, z + h, name) - along(PAIR, z - h, name)) / (2 * h)
        limit = low + factor * gradient * (low > 0)
        alike = low / PAIR.low[0] == (1.0 if name == "f" else factor)
        np.testing.assert_allclose(bend[inside][:, alike], limit[inside][:, alike], rtol=1e-8)
        assert np.all(bend <= limit * (1 + 1e-8) + 1e-9)


@pytest.mark.parametrize("name", ["low", "q", "b", "reach"])
@pytest.mark.parametrize("factor", [1 - 1e-6, 1 + 1e-6])
def test_a_wrong_constant_is_caught(name: str, factor: float) -> None:
    """Otherwise the certificate repeats what is stated: here another pair's constants are stated."""
    true = PAIR.constants()
    other = replace(PAIR, **{name: getattr(PAIR, name) * factor})

    class Lying(ExponentialPair):
        def constants(self, helper: at.typing.Helper = "h") -> at.Constants:  # type: ignore[name-defined]
            return true

    lying = Lying(**{**vars(other)})
    assert PAIR.certify().holds and not lying.certify().holds


def test_other_families_have_the_constants_of_smoothness() -> None:
    """Otherwise a theorem under (L₀, L₁)-smoothness bounds nothing on them."""
    pair = at.Quadratic(L=3.0, dim=2).with_helper(delta=[0.1, 0.2])
    L0, L1, delta0, delta1 = astuple(pair.growth)
    assert L0.tolist() == [3.0, 3.0] and delta0.tolist() == [0.1, 0.2]
    assert not np.any(L1) and not np.any(delta1)


@pytest.mark.slow
def test_it_runs_in_compiled_loops() -> None:
    """Otherwise the family is slower than Cosine, or another one where it is compiled."""
    task = Task(
        method=at.methods.AuxMOM,
        pair=PAIR,
        noise=at.Gaussian(sigma_f=0.3, sigma_h=0.2),
        steps=at.Steps(eta=0.02, a=0.3, K=3, T=6),
        record=range(1, 7),
    )
    sampling = Sampling(replicas=8, keep_paths=True)
    cpu, numpy = (at.engines.ENGINES[name].run(task, sampling) for name in ("cpu", "numpy"))
    np.testing.assert_allclose(cpu.paths, numpy.paths, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(cpu.G, numpy.G, rtol=1e-12)


@pytest.mark.parametrize("F0", [1e-6, 1.0, 400.0])
def test_a_start_of_given_height(F0: float) -> None:
    """Otherwise F₀ is another than asked for, within the reach or beyond it."""
    target = at.Exponential(L=20.0, L0=2.0, dim=2, F0=[F0, 1.0])
    np.testing.assert_allclose(target.with_helper().constants().F0, [F0, 1.0], rtol=1e-12)


def test_wrong_input_is_listed() -> None:
    """Otherwise a reach is negative, or a coordinate has two kinds of gaps."""
    with pytest.raises(at.InputError, match=r"L0 = 3.0: must be below L = 2.0"):
        at.Exponential(L=2.0, L0=3.0, dim=1)
    with pytest.raises(at.InputError, match=r"at least L/e\^16"):
        at.Exponential(L=1e8, L0=1.0, dim=1)
    with pytest.raises(at.InputError, match=r"zeta = 0.5: must be 0, or the bias"):
        at.Exponential(L=2.0, L0=1.0, dim=1).with_helper(0.1, 0.5)
    with pytest.raises(at.InputError, match=r"low = 2.0: must be at most L0 = 1.0"):
        at.Exponential(L=2.0, L0=1.0, low=2.0, dim=3)
    with pytest.raises(at.InputError, match=r"F0 = 1000000000.0: must be reached"):
        at.Exponential(L=2.0, L0=1.0, dim=1, F0=1e9)
