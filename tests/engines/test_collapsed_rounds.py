"""The compiled loop over collapsed rounds follows the engine `numpy`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rao_blackwell_cases import CORRECTIONS, LAWS, NAMES, SGDOfSteps, run, steps, task

import auxtheory as at
from auxtheory import measures, methods
from auxtheory.engines import Task
from auxtheory.engines.base import Trace
from auxtheory.errors import RefusedError
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic

MULTIPLICATIVE = LAWS["multiplicative"]


def assert_same(got: Trace, wanted: Trace, names: Any = ("G", "gap", "grad_sq")) -> None:
    """Equal to rounding, which differs since one follows x and the other x − x*: states and means
    to 1e-11 of their size, and standard errors to 1e-11 of their measures."""
    size = np.max(np.abs(wanted.paths))
    np.testing.assert_allclose(got.paths, wanted.paths, rtol=0, atol=1e-11 * size)
    for name in names:
        (mean, error), (wanted_mean, wanted_error) = (t.measure(name) for t in (got, wanted))
        np.testing.assert_allclose(mean, wanted_mean, rtol=1e-11, atol=1e-200)
        scale = np.max(np.abs(wanted_mean))
        np.testing.assert_allclose(error, wanted_error, rtol=0, atol=1e-11 * scale)
    np.testing.assert_allclose(got.spread, wanted.spread, rtol=1e-11)
    assert got.costs == wanted.costs
    np.testing.assert_array_equal(got.diverged, wanted.diverged)


def both(case: Task, **sampling: Any) -> tuple[Trace, Trace]:
    """The runs of the compiled loop and of the reference."""
    sampling = {"keep_paths": True, "replicas": 9, "seed": 5} | sampling
    return run("cpu", case, **sampling), run("numpy", case, **sampling)


@pytest.mark.parametrize("name", [*CORRECTIONS, "SGDOfSteps"])
def test_every_method_and_measure(name: str) -> None:
    """Otherwise a compiled loop runs another method, or weighs another sum; with rounds recorded on
    the way, and several phases."""
    method = {**CORRECTIONS, "SGDOfSteps": SGDOfSteps}[name]
    for law in ("normal", "multiplicative"):
        case = task(method, LAWS[law], record=[1, 2, 5])
        assert_same(*both(case), NAMES)


# Compiling takes ten seconds for each law.
@pytest.mark.slow
@pytest.mark.parametrize("law", ["signs", "24 bits"])
def test_every_law(law: str) -> None:
    """Otherwise a law is drawn from other words than in the reference."""
    for d in (3, 130):
        assert_same(*both(task(methods.AuxMVR, LAWS[law], d=d)))


@pytest.mark.parametrize("d", [1, 2, 5, 128, 130, 600])
def test_every_width(d: int) -> None:
    """Otherwise a row that is no whole number of blocks, or two tiles of one replica, are drawn
    from other lanes."""
    for method in (methods.AuxMVR, methods.ExactCorrection):
        assert_same(*both(task(method, MULTIPLICATIVE, d=d, measures=()), replicas=2 + 600 // d))


@pytest.mark.parametrize("K", [1, 2, 100, 10**6])
def test_many_local_steps(K: int) -> None:
    """Otherwise K is taken for another number."""
    case = task(methods.AuxMOM, Gaussian(sigma_f=1.0, sigma_h=0.5), K=K, T=3, measures=())
    got, wanted = both(case)
    assert_same(got, wanted)
    assert got.costs[0].calls_h == 3 * K


@pytest.mark.parametrize("B", [1, 5, np.inf])
def test_every_first_buffer(B: float) -> None:
    """Otherwise the mean of B samples is another one."""
    assert_same(*both(task(methods.AuxMVR, MULTIPLICATIVE, B=B)), NAMES)


def test_threads_chunks_and_other_configurations(monkeypatch: Any) -> None:
    """Otherwise results depend on the machine: bitwise."""
    from auxtheory.engines.monte_carlo import collapsed_rounds

    case = task(methods.AuxMVR, MULTIPLICATIVE, d=130, record=[1, 6])
    sampling: Any = {"replicas": 40, "keep_paths": True, "seed": 2}
    whole = run("cpu", case, threads=1, **sampling)
    threaded = run("cpu", case, threads=5, **sampling)
    monkeypatch.setattr(collapsed_rounds, "NUMBERS_AT_ONCE", 4 * 130 * 7)
    monkeypatch.setattr(collapsed_rounds, "CONFIGURATIONS_AT_ONCE", 3)
    for other in (threaded, run("cpu", case, threads=2, **sampling)):
        np.testing.assert_array_equal(whole.paths, other.paths)
        for name in ("G", "gap", "grad_sq", *NAMES[3:6]):
            for a, b in zip(whole.measure(name), other.measure(name), strict=True):
                np.testing.assert_array_equal(a, b)
    part = run("cpu", case, threads=1, **(sampling | {"replicas": 3, "first_replica": 11}))
    np.testing.assert_array_equal(whole.paths[:, :, 11:14], part.paths)


def test_a_constant_that_no_helper_corrects() -> None:
    """Otherwise the fixed point of a biased method is another point."""
    target = Quadratic(L=1.0, mu=0.1, dim=4, x_star=3.0).with_helper(0.3, 5.0)
    for method in (methods.Naive, methods.AuxMOM):
        s = steps(method, eta=0.2, T=30) if method is methods.Naive else steps(method, T=30)
        s = s.replace(eta=0.2, a=0.5 if method.uses_a else None)
        assert_same(*both(Task(method=method, pair=target, noise=Gaussian(sigma_h=1.0), steps=s)))


def test_a_run_that_diverges() -> None:
    """Otherwise numbers beyond the largest one are means."""
    target = Quadratic(L=1.0, mu=1.0, dim=2).with_helper(0.1)
    s = at.Steps(eta=50.0, a=0.5, K=20, T=300)
    case = Task(method=methods.AuxMOM, pair=target, noise=Gaussian(sigma_f=1.0), steps=s)
    got, wanted = (run(engine, case, replicas=3) for engine in ("cpu", "numpy"))
    assert np.all(np.isinf(got.G)) and np.all(np.isinf(wanted.G))
    np.testing.assert_array_equal(got.diverged, wanted.diverged)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (task(methods.HeavyBall, LAWS["normal"]), "HeavyBall is not one; numpy takes it"),
        (
            task(methods.AuxMOM, LAWS["normal"], eta=at.per_round(lambda t: 0.1 / t)),
            "constant parameters.*numpy takes it",
        ),
        (
            task(methods.AuxMOM, LAWS["normal"], measures=(measures.square("m"),)),
            "sums of squares of x",
        ),
        (
            task(methods.AuxMOM, Gaussian(sigma_f=1.0, shape=[1.0, 2.0, 3.0]), measures=()),
            "level in every coordinate",
        ),
    ],
)
def test_refusals(case: Task, reason: str) -> None:
    """Otherwise the loop runs what it cannot."""
    with pytest.raises(RefusedError, match=reason):
        run("cpu", case, replicas=2)
    assert np.all(np.isfinite(run("numpy", case, replicas=2).G))
