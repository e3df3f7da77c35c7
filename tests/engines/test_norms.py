"""The mean of ‖∇f‖ itself: in engines that simulate replicas, and refused where it is no sum."""

from __future__ import annotations

import array_api_strict
import numpy as np
import pytest

import auxtheory as at
from auxtheory.engines import Sampling, Task
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.measures import quantity

PAIR = at.Cosine(L=1.0, dim=3).with_helper(0.2)
STEPS = at.Steps(eta=0.4, a=0.5, K=3, T=5)
NOISE = at.Gaussian(sigma_f=0.5, sigma_h=0.2)


def test_the_norm_is_the_root_of_the_square() -> None:
    """Otherwise the mean of ‖∇f‖ is the root of a mean."""
    x = np.random.default_rng(0).standard_normal((1, 4, 3))
    squares = quantity(at.measures.grad_last, x, PAIR, np)
    norms = quantity(at.measures.norm(), x, PAIR, np)
    assert norms.shape == (1, 4) and np.ptp(norms) > 0.1
    np.testing.assert_allclose(norms**2, squares, rtol=1e-14)
    strict = quantity(at.measures.norm(), array_api_strict.asarray(x), PAIR, array_api_strict)
    np.testing.assert_allclose(np.asarray(strict), norms, rtol=1e-12)


def test_means_of_norms_are_those_of_the_paths() -> None:
    """Otherwise the mean is over other iterates, or the norm is taken of a mean gradient."""
    rounds, last = at.measures.norm(over="rounds"), at.measures.norm()
    task = Task(
        method=at.methods.AuxMOM,
        pair=PAIR,
        noise=NOISE,
        steps=STEPS,
        measures=(rounds, last),
        record=range(1, 6),
    )
    trace = numpy_engine.run(task, Sampling(replicas=6, keep_paths=True))
    norms = np.linalg.norm(PAIR.gradients().f(trace.paths[:, 0]), axis=-1)
    np.testing.assert_allclose(trace.measure(last)[0][:, 0], norms.mean(axis=1), rtol=1e-12)
    so_far = np.cumsum(norms.mean(axis=1)) / np.arange(1, 6)
    np.testing.assert_allclose(trace.measure(rounds)[0][:, 0], so_far, rtol=1e-12)


def test_a_single_run_has_the_root_of_its_gradients() -> None:
    """Otherwise local iterates are left out; a run of one local step without noise is its G."""
    local = at.measures.norm(over="local")
    steps = STEPS.replace(K=1, T=1)
    run = at.run(at.methods.AuxMOM, PAIR, at.Gaussian(), steps, measures=[local], replicas=2)
    assert run.measure(local)[0][0, 0] == pytest.approx(np.sqrt(run.G[0, 0]), rel=1e-14)
    assert run.measure(local)[1][0, 0] == 0.0


@pytest.mark.parametrize("engine", ["exact", "cpu", "cuda"])
def test_engines_of_sums_refuse_it_with_a_reason(engine: str) -> None:
    """Otherwise they report √E‖∇f‖², which is larger."""
    pair = at.Quadratic(L=1.0, dim=2).with_helper(0.1)
    measure = at.measures.norm(over="local")
    task = Task(method=at.methods.AuxMOM, pair=pair, noise=NOISE, steps=STEPS, measures=(measure,))
    reason = at.engines.ENGINES[engine].refuses(task)
    assert reason is not None and ("root" in reason or engine == "cuda")


def test_a_worst_case_of_it_is_refused() -> None:
    """Otherwise its square is certified in its place."""
    from auxtheory.engines.worst_case.sought import unmeasurable

    reason = unmeasurable(at.measures.norm(), at.methods.SGD, "smooth")
    assert reason is not None and "root" in reason


def test_its_name_is_read_back() -> None:
    """Otherwise a table's axis, or a counterexample's script, has another measure."""
    from auxtheory.measures.words import words

    measure = at.measures.norm("m", over="rounds")
    assert measure.name == "norm_rounds(m)" and str(measure.unit) == "F·X^-1"
    assert words(measure.name).label == "mean over the rounds of E‖∇f(m)‖, in F/X"
