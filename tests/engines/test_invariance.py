"""What a change of coordinates or units may not change, and the reductions of theory.md."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.engines.base import Trace
from auxtheory.methods import Method
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.problems.spectra import orthogonal
from auxtheory.testing.strategies import positive

EACH = pytest.mark.parametrize("method", methods.ALL, ids=lambda method: method.name)
SEEDS = st.integers(0, 20)
STEPS = st.builds(
    Steps,
    eta=st.floats(0.01, 0.4),
    a=st.floats(0.05, 1.0),
    K=st.integers(1, 6),
    T=st.integers(1, 12),
    B=st.sampled_from([1, 7, np.inf]),
)
NOISE = Gaussian(sigma_f=1.0, sigma_h=0.4, correlation=0.3)


def allowed(method: Method, steps: Steps) -> Steps:
    return steps.replace(K=1) if method.single_step else steps


def close(one: Trace, other: Trace, *, by_f: float = 1.0, by_x: float = 1.0) -> None:
    """Equal up to rounding, once measured in the same units."""
    assert other.G == pytest.approx(one.G * (by_f / by_x) ** 2, rel=1e-8)
    assert other.gap == pytest.approx(one.gap * by_f, rel=1e-8)


def dense(pair: QuadraticPair, Q: np.ndarray) -> QuadraticPair:
    """The same pair in coordinates x ↦ Qx."""
    turned = {name: Q @ (np.diag(getattr(pair, name)[0])) @ Q.T for name in ("A", "R")}
    moved = {name: (getattr(pair, name) @ Q.T) for name in ("b", "start", "minimiser")}
    return replace(pair, **{k: v[None] for k, v in turned.items()}, **moved)


@EACH
@given(steps=STEPS, seed=SEEDS)
def test_rotation(method: Method, steps: Steps, seed: int) -> None:
    """Isotropic additive noise does not see the axes."""
    pair = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.3, 0.7, bias=[1.0, -1.0, 0.5])
    steps = allowed(method, steps)
    close(
        run(method, pair, NOISE, steps), run(method, dense(pair, orthogonal(3, seed)), NOISE, steps)
    )


@EACH
@given(steps=STEPS, shift=st.lists(st.floats(-50, 50), min_size=3, max_size=3))
def test_translation(method: Method, steps: Steps, shift: list[float]) -> None:
    """Only x − x* matters, on the exact engine and sample by sample."""
    target = Quadratic(L=1.0, mu=0.1, dim=3)
    here, there = (replace(target, x_star=x).with_helper(0.3, 0.7) for x in (0.0, shift))
    steps = allowed(method, steps)
    close(run(method, here, NOISE, steps), run(method, there, NOISE, steps))
    one, other = (
        run(method, pair, NOISE, steps, engine="numpy", replicas=2) for pair in (here, there)
    )
    assert other.G == pytest.approx(one.G, rel=1e-6)


@EACH
@given(steps=STEPS, by_f=positive(), by_x=positive())
def test_units(method: Method, steps: Steps, by_f: float, by_x: float) -> None:
    """Measuring f in units of 1/by_f and x in units of 1/by_x scales every result as its unit
    says."""
    curvature = by_f / by_x**2
    gradient = by_f / by_x
    steps = allowed(method, steps)
    here = Quadratic(L=1.0, mu=0.1, dim=3, F0=2.0).with_helper(0.3, 0.7)
    target = Quadratic(L=curvature, mu=0.1 * curvature, dim=3, F0=2.0 * by_f)
    there = target.with_helper(0.3 * curvature, 0.7 * gradient)
    noises = (
        Gaussian(sigma_f=k, sigma_h=0.4 * k, s=0.2 * c)
        for k, c in ((1.0, 1.0), (gradient, curvature))
    )
    one, other = noises
    changed = steps.replace(eta=steps.eta / curvature)
    close(run(method, here, one, steps), run(method, there, other, changed), by_f=by_f, by_x=by_x)


@given(steps=STEPS, zeta=positive(1e-3, 1e9))
def test_corrected_methods_do_not_know_zeta(steps: Steps, zeta: float) -> None:
    """A constant in ∇h drops out of every corrected method, to the last digit."""
    target = Quadratic(L=1.0, mu=0.1, dim=3)
    plain, biased = (target.with_helper(0.3, z, bias=[1.0, 1.0, 1.0]) for z in (0.0, zeta))
    for method in (methods.ExactCorrection, methods.AuxMOM, methods.AuxMVR):
        one = run(method, plain, NOISE, steps)
        other = run(method, biased, NOISE, steps)
        assert other.G == pytest.approx(one.G, rel=1e-14)


@given(steps=STEPS)
def test_reductions(steps: Steps) -> None:
    """a = 1 makes AuxMVR AuxMOM; h = 0, K = 1 makes them SGD with momentum and MVR; δ = 0 without
    noise: all equal."""
    pair = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.3, 0.7)
    full = steps.replace(a=1.0)
    close(run(methods.AuxMOM, pair, NOISE, full), run(methods.AuxMVR, pair, NOISE, full))
    # h = 0 as an ordinary helper: the gap is f itself, and its bias is none.
    none = replace(pair, R=pair.A, b=np.zeros_like(pair.b), gap_norm=np.ones(1))
    single = steps.replace(K=1)
    quiet = Gaussian(sigma_f=1.0)
    close(run(methods.AuxMOM, none, quiet, single), run(methods.SGDMomentum, pair, quiet, single))
    close(run(methods.AuxMVR, none, quiet, single), run(methods.MVR, pair, quiet, single))
    same = Quadratic(L=1.0, mu=0.1, dim=3).with_helper()
    runs = [
        run(m, same, Gaussian(), steps)
        for m in (methods.Naive, methods.ExactCorrection, methods.AuxMOM)
    ]
    for other in runs[1:]:
        close(runs[0], other)
    close(
        run(methods.Naive, same, Gaussian(sigma_f=1.0, sigma_h=1.0), single),
        run(methods.SGD, pair, quiet, single),
    )


@given(steps=STEPS)
def test_zero_is_an_ordinary_input(steps: Steps) -> None:
    """δ = 0, σ = 0, ζ = 0 and μ = 0 give finite numbers everywhere."""
    pair = Quadratic(L=1.0, dim=3).with_helper(0.0, 0.0)
    for method in methods.ALL:
        trace = run(method, pair, Gaussian(), allowed(method, steps))
        assert np.all(np.isfinite(trace.G)) and not np.any(trace.diverged)
