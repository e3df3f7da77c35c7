"""Replicas of the NumPy engine: independent of one another and of chunks, with errors that cover
the truth."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from engine_input import engine_input, task_of
from monte_carlo_cases import GRID, LAWS, METHODS, PAIRS, SCHEDULES, close, run, steps
from scipy import stats

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.monte_carlo.statistics import Statistics
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic, toy


@pytest.mark.parametrize("pair", ["diagonal", "dense"])
def test_replicas_do_not_know_how_many_run_beside_them(pair: str) -> None:
    """Otherwise results depend on how a sweep is split over workers."""
    arguments = methods.AuxMVR, PAIRS[pair], LAWS["multiplicative"], steps(methods.AuxMVR, B=2)
    whole = run(*arguments, replicas=7).paths
    for first, last in pairwise([0, 2, 5, 7]):
        close(
            whole[:, :, first:last],
            run(*arguments, first_replica=first, replicas=last - first).paths,
        )
    with pytest.raises(AssertionError):
        close(whole[:, :, 1:3], run(*arguments, first_replica=0, replicas=2).paths)


@pytest.mark.parametrize("numbers", [1, 30, 100])
@pytest.mark.parametrize("name", ["AuxMOM", "SGD", "FineTuning"])
def test_the_size_of_a_chunk_changes_nothing(
    name: str, numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise memory limits leak into results: paths, means, standard errors, spread or divergence."""
    method = SCHEDULES[name][0] if name in SCHEDULES else METHODS[name]
    arguments = method, PAIRS["grid"], LAWS["multiplicative"], steps(method, B=2)
    whole = run(*arguments, replicas=11)
    monkeypatch.setattr(numpy_engine, "NUMBERS_AT_ONCE", numbers)
    parts = run(*arguments, replicas=11)
    for field in ("paths", "G", "gap", "grad_sq", "spread", "diverged"):
        close(getattr(parts, field), getattr(whole, field))
    for field in ("G_se", "gap_se", "grad_sq_se"):
        close(getattr(parts, field), getattr(whole, field), rtol=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_no_noise_means_no_spread_between_replicas(name: str) -> None:
    """Otherwise something random remains at σ = s = 0, or a standard error is not that of the
    replicas."""
    trace = run(METHODS[name], PAIRS["dense"], Gaussian(), steps(METHODS[name], B=2))
    assert np.all(trace.G_se <= 1e-13 * trace.G)
    close(trace.paths[:, :, 0], trace.paths[:, :, 1])


def test_recording_some_rounds_is_a_selection() -> None:
    """Otherwise recording disturbs the run, or rows are out of order."""
    arguments = methods.AuxMOM, PAIRS["diagonal"], LAWS["multiplicative"], steps(methods.AuxMOM)
    whole = run(*arguments)
    some = run(*arguments, record=[4, 1, 4])
    assert some.rounds == (1, 4)
    for field in ("paths", "G", "gap", "grad_sq", "spread", "G_se"):
        np.testing.assert_array_equal(getattr(some, field), getattr(whole, field)[[0, 3]])


def test_the_standard_error_covers_the_truth() -> None:
    """Otherwise error bars are off by a factor: over 40 seeds the means must scatter as widely as the
    errors say."""
    arguments = (
        methods.SGD,
        toy(delta=0.0, zeta=0.0),
        Gaussian(sigma_f=1.0),
        Steps(eta=0.3, K=1, T=4),
    )
    traces = [
        numpy_engine.run(*engine_input(*arguments, replicas=50, seed=seed)) for seed in range(40)
    ]
    means, errors = (np.array([t.measure("G")[i][0, 0] for t in traces]) for i in (0, 1))
    assert 0.7 < means.std(ddof=1) / errors.mean() < 1.4


def test_moments_over_replicas_are_those_of_the_whole_sample() -> None:
    """Otherwise blocks are merged wrongly; equal replicas have no skewness, and one at ∞ takes it
    away."""
    values = np.random.default_rng(1).gamma(0.3, size=(2, 3, 2, 700))
    values[0, 0, 0], values[1, 2, 1, 300] = 4.5, np.inf
    statistics = Statistics(2, 3, 2)
    for part in np.split(values, [3, 500, 513], axis=-1):
        statistics.add(part)
    statistics.done()
    plain = np.ones((2, 3, 2), dtype=bool)
    plain[0, 0, 0] = plain[1, 2, 1] = False
    sample = values[plain]
    np.testing.assert_allclose(statistics.mean[plain], np.mean(sample, axis=-1), rtol=1e-13)
    np.testing.assert_allclose(
        statistics.standard_error[plain], stats.sem(sample, axis=-1), rtol=1e-12
    )
    np.testing.assert_allclose(statistics.skewness[plain], stats.skew(sample, axis=-1), rtol=1e-11)
    assert np.all(statistics.skewness[~plain] == 0) and statistics.standard_error[0, 0, 0] == 0
    tiny = Statistics(1, 1, 1)
    tiny.add(np.full((1, 1, 1, 300), 1e-180))
    tiny.done()
    assert tiny.standard_error == 0 and tiny.skewness == 0
    alike = Statistics(1, 1, 1)
    alike.add(np.full((1, 1, 1, 600), 0.1))  # whose mean is rounded
    alike.done()
    assert alike.standard_error == 0 and alike.skewness == 0
    tiny.add(np.full((1, 1, 1, 300), 2e-180))  # whose squares are no numbers
    tiny.done()
    assert tiny.standard_error * 1e180 == pytest.approx(
        stats.sem([1.0] * 300 + [2.0] * 300), rel=1e-12
    )


def test_a_diverged_replica_is_a_flagged_infinity() -> None:
    """Otherwise divergence is a NaN in a plot, a warning, or an ordinary number."""
    pair = Quadratic(L=1.0, dim=2, F0=GRID).with_helper(0.1)
    eta = np.array([0.1, 1e6])
    trace = numpy_engine.run(
        *engine_input(
            methods.SGD,
            pair,
            LAWS["gaussian"],
            Steps(eta=eta, K=1, T=60),
            replicas=20,
            record=[2, 60],
        )
    )
    assert trace.diverged.tolist() == [0, 20]
    for field in ("G", "gap", "grad_sq"):
        mean, error = trace.measure(field)
        assert np.all(np.isfinite(mean[:, 0])) and np.isfinite(mean[0, 1])
        assert mean[1, 1] == np.inf and error[1, 1] == np.inf


def test_refusals_and_bad_input_name_what_is_wrong() -> None:
    """Otherwise an index could overflow the noise's counter, or nonsense is run without a word."""
    arguments = toy(delta=0.1, zeta=0.0), Gaussian(sigma_f=1.0)
    reason = numpy_engine.refuses(
        task_of(methods.AuxMOM, *arguments, Steps(eta=0.1, a=0.1, K=1, T=1, B=2**29))
    )
    assert reason is not None and str(2**29) in reason
    assert (
        numpy_engine.refuses(
            task_of(methods.AuxMOM, *arguments, Steps(eta=0.1, a=0.1, K=2**29 - 1, T=1))
        )
        is None
    )
    with pytest.raises(
        ValueError, match=r"(?s)3 bad inputs.*replicas = 1.*first_replica = -1.*seed = -5"
    ):
        numpy_engine.run(
            *engine_input(
                methods.SGD, *arguments, steps(methods.SGD), replicas=1, first_replica=-1, seed=-5
            )
        )
    with pytest.raises(
        ValueError, match=r"first_replica \+ replicas = 4294967297: must be at most"
    ):
        numpy_engine.run(
            *engine_input(
                methods.SGD,
                *arguments,
                steps(methods.SGD),
                replicas=2**32 - 2**31 + 1,
                first_replica=2**31,
            )
        )
    with pytest.raises(
        ValueError, match=r"seed = 18446744073709551616: must be a whole number of at most"
    ):
        numpy_engine.run(*engine_input(methods.SGD, *arguments, steps(methods.SGD), seed=2**64))
    with pytest.raises(ValueError, match=r"(?s)record = 0.*record = 6: must be at most T = 5"):
        numpy_engine.run(*engine_input(methods.SGD, *arguments, steps(methods.SGD), record=[0, 6]))
    with pytest.raises(ValueError, match=r"record = \[\]: must name at least one round"):
        numpy_engine.run(*engine_input(methods.SGD, *arguments, steps(methods.SGD), record=[]))
    with pytest.raises(ValueError, match=r"'sigma_f': \(2,\), 'eta': \(3,\)"):
        numpy_engine.run(
            *engine_input(
                methods.SGD,
                arguments[0],
                Gaussian(sigma_f=GRID),
                steps(methods.SGD, eta=np.ones(3)),
            )
        )
