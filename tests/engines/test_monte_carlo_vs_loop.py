"""The NumPy engine does, sample by sample, what a plain loop over the paper's pseudocode does."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import array_api_strict
import numpy as np
import pytest
from cosines import Cosines
from engine_input import engine_input, task_of
from naive import Problem, Replica, loop, quadratic
from scipy import stats

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.monte_carlo.statistics import Statistics
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Quadratic, toy

T = 5
REPLICAS = 3
SEED = 11
GRID = np.array([0.2, 0.6])

METHODS: dict[str, Any] = {method.name: method for method in methods.ALL}
SCHEDULES = {
    "FineTuning": (methods.fine_tuning(2), {"rounds_on_h": 2}),
    "FineTuning-momentum": (
        methods.fine_tuning(2, then=methods.SGDMomentum, eta_f=0.05),
        {"rounds_on_h": 2, "then": "SGDMomentum", "eta_f": 0.05},
    ),
    "FineTuning-short": (methods.fine_tuning(9), {"rounds_on_h": T}),
}
PAIRS = {
    "diagonal": Quadratic(L=1.0, mu=0.1, dim=4).with_helper(0.3, 0.5),
    "dense": Quadratic(L=1.0, mu=0.1, dim=3, rotation=1, F0=2.0).with_helper(
        0.3, 0.5, rotation=2, bias=[1, -2, 3]
    ),
    "toy": toy(delta=0.4, zeta=1.5),
    "shifted": Quadratic(L=2.0, dim=3, x_star=[1.0, -2.0, 5.0], rotation=3).with_helper(0.3, 0.5),
    "grid": Quadratic(L=1.0, mu=0.1, dim=3, F0=GRID).with_helper(GRID, 0.5),
}
LAWS = {
    "gaussian": Gaussian(sigma_f=0.7, sigma_h=0.3, correlation=0.4),
    "multiplicative": Gaussian(sigma_f=0.7, sigma_h=0.3, s=0.5),
    "signs": RandomSign(sigma_f=0.7, sigma_h=0.3, correlation=-0.6),
    "signs-multiplicative": RandomSign(sigma_f=0.7, s=0.5),
    "grid": Gaussian(sigma_f=GRID, sigma_h=2 * GRID, correlation=-GRID, s=GRID),
}


def steps(method: Any, *, K: int = 3, B: float = math.inf, T: int = T, **changes: Any) -> Steps:
    K = 1 if getattr(method, "single_step", False) else K
    return Steps(**{"eta": 0.1, "a": 0.3, "K": K, "B": B, "T": T, **changes})


def loops(
    name: str, problem: Any, noise: Noise, s: Steps, configuration: int = 0, **schedule: Any
) -> list[Replica]:
    def at(value: Any) -> float:
        return float(np.ravel(value)[configuration if np.ndim(value) else 0])

    return [
        loop(
            name.partition("-")[0],
            problem,
            noise,
            eta=at(s.eta),
            K=s.K,
            T=s.T,
            a=at(s.a),
            B=s.B,
            seed=SEED,
            replica=replica,
            configuration=configuration,
            **schedule,
        )
        for replica in range(REPLICAS)
    ]


def run(method: Any, pair: Any, noise: Noise, s: Steps, **more: Any) -> Trace:
    more = {
        "replicas": REPLICAS,
        "record": range(1, s.T + 1),
        "keep_paths": True,
        "seed": SEED,
        **more,
    }
    xp = more.pop("xp", np)
    return numpy_engine.run(*engine_input(method, pair, noise, s, **more), xp=xp)


def close(got: Any, wanted: Any, rtol: float = 1e-12) -> None:
    wanted = np.asarray(wanted)
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol * float(np.max(np.abs(wanted))))


def same(
    trace: Trace, replicas: list[Replica], problem: Problem, noise: Noise, configuration: int = 0
) -> None:
    """Paths are equal sample by sample; G, gap and grad_sq are their replicas' means and standard
    errors, and spread is the mean of ‖x^{t−1} − x*‖² over rounds and replicas, or that of x⁰ where
    no multiplicative noise needs it."""
    starts = np.array([[problem.x0, *r.path[:-1]] for r in replicas]) - problem.x_star
    squares = np.mean(np.sum(starts**2, axis=-1), axis=0)
    met = np.cumsum(squares) / np.arange(1, len(squares) + 1)
    close(trace.spread[:, configuration], met if np.any(noise.s) else 0 * met + squares[0])
    close(trace.start[configuration], squares[0])
    close(trace.paths[:, configuration], np.stack([r.path for r in replicas], axis=1))
    for name in ("G", "gap", "grad_sq"):
        values = np.array([getattr(r, name) for r in replicas])
        mean, error = (v[:, configuration] for v in trace.measure(name))
        close(mean, values.mean(axis=0))
        wanted = values.std(axis=0, ddof=1) / math.sqrt(REPLICAS)
        np.testing.assert_allclose(error, wanted, rtol=1e-9, atol=1e-14 * float(np.max(mean)))


@pytest.mark.parametrize("B", [math.inf, 3], ids="B={}".format)
@pytest.mark.parametrize("law", ["gaussian", "multiplicative", "signs", "signs-multiplicative"])
@pytest.mark.parametrize("pair", ["diagonal", "dense", "toy", "shifted"])
@pytest.mark.parametrize("name", METHODS)
def test_every_method_equals_the_loop(name: str, pair: str, law: str, B: float) -> None:
    """Else the engine runs another method, or another noise, than the one the paper writes."""
    s = steps(METHODS[name], B=B)
    problem = quadratic(PAIRS[pair])
    noise = LAWS[law]
    same(run(METHODS[name], PAIRS[pair], noise, s), loops(name, problem, noise, s), problem, noise)


@pytest.mark.parametrize("law", ["gaussian", "signs-multiplicative"])
@pytest.mark.parametrize("pair", ["diagonal", "dense", "toy", "shifted"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_fine_tuning_equals_the_loop(name: str, pair: str, law: str) -> None:
    """Else a phase starts from a wrong point, buffer, round number or step size."""
    schedule, told = SCHEDULES[name]
    s = steps(schedule, B=2)
    problem = quadratic(PAIRS[pair])
    noise = LAWS[law]
    same(
        run(schedule, PAIRS[pair], noise, s), loops(name, problem, noise, s, **told), problem, noise
    )


@pytest.mark.parametrize("name", METHODS)
def test_every_configuration_of_a_grid_equals_its_own_loop(name: str) -> None:
    """Else configurations mix, or a level, step size or start is taken from another one."""
    pair = PAIRS["grid"]
    noise = LAWS["grid"]
    s = steps(METHODS[name], eta=GRID / 4, a=GRID, B=2)
    trace = run(METHODS[name], pair, noise, s)
    for configuration in range(2):
        problem = quadratic(pair, configuration)
        same(trace, loops(name, problem, noise, s, configuration), problem, noise, configuration)


@pytest.mark.parametrize("grid", ["pair", "noise", "eta"])
def test_a_grid_in_one_ingredient_alone(grid: str) -> None:
    """Else a single pair is not broadcast over a grid of levels or of step sizes, or the other way
    round."""
    pair = PAIRS["grid" if grid == "pair" else "dense"]
    noise = LAWS["grid" if grid == "noise" else "gaussian"]
    s = steps(methods.AuxMVR, B=2, **({"eta": GRID / 4} if grid == "eta" else {}))
    trace = run(methods.AuxMVR, pair, noise, s)
    for configuration in range(2):
        problem = quadratic(pair, configuration)
        same(
            trace, loops("AuxMVR", problem, noise, s, configuration), problem, noise, configuration
        )


@pytest.mark.parametrize("name", [*METHODS, "FineTuning"])
def test_a_pair_that_is_not_quadratic(name: str) -> None:
    """Else the engine uses more of a pair than its gradients and gap."""
    method, told = SCHEDULES[name] if name in SCHEDULES else (METHODS[name], {})
    s = steps(method, B=2)
    pair = Cosines()
    noise = LAWS["multiplicative"]
    problem = pair.problem()
    same(run(method, pair, noise, s), loops(name, problem, noise, s, **told), problem, noise)


@pytest.mark.parametrize("pair", ["diagonal", "dense"])
def test_replicas_do_not_know_how_many_run_beside_them(pair: str) -> None:
    """Else results depend on how a sweep is split over workers."""
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
    """Else memory limits leak into results: paths, means, standard errors, spread or divergence."""
    method = SCHEDULES[name][0] if name in SCHEDULES else METHODS[name]
    arguments = method, PAIRS["grid"], LAWS["multiplicative"], steps(method, B=2)
    whole = run(*arguments, replicas=11)
    monkeypatch.setattr(numpy_engine, "NUMBERS_AT_ONCE", numbers)
    parts = run(*arguments, replicas=11)
    for field in ("paths", "G", "gap", "grad_sq", "spread", "diverged"):
        close(getattr(parts, field), getattr(whole, field))
    for field in ("G_se", "gap_se", "grad_sq_se"):
        close(getattr(parts, field), getattr(whole, field), rtol=1e-9)


@pytest.mark.parametrize("law", ["grid", "signs"])
@pytest.mark.parametrize("pair", [*PAIRS, "cosines"])
@pytest.mark.parametrize("name", [*METHODS, *SCHEDULES])
def test_the_same_source_runs_on_a_strict_array_library(name: str, pair: str, law: str) -> None:
    """Else the engine leans on something of NumPy's that the array-API standard, hence CuPy, need
    not have."""
    method = SCHEDULES[name][0] if name in SCHEDULES else METHODS[name]
    s = steps(method, B=2, K=2, T=3)
    arguments = method, Cosines() if pair == "cosines" else PAIRS[pair], LAWS[law], s
    strict = run(*arguments, xp=array_api_strict)
    plain = run(*arguments)
    assert strict.provenance["library"] == "array_api_strict"
    for field in ("paths", "G", "gap", "grad_sq", "G_se", "gap_se", "grad_sq_se", "spread"):
        assert isinstance(getattr(strict, field), np.ndarray)
        close(
            getattr(strict, field),
            getattr(plain, field),
            rtol=1e-9 if field.endswith("se") else 1e-12,
        )


@pytest.mark.parametrize("name", METHODS)
def test_no_noise_means_no_spread_between_replicas(name: str) -> None:
    """Else something random remains at σ = s = 0, or a standard error is not that of the
    replicas."""
    trace = run(METHODS[name], PAIRS["dense"], Gaussian(), steps(METHODS[name], B=2))
    assert np.all(trace.G_se <= 1e-13 * trace.G)
    close(trace.paths[:, :, 0], trace.paths[:, :, 1])


def test_recording_some_rounds_is_a_selection() -> None:
    """Else recording disturbs the run, or rows are out of order."""
    arguments = methods.AuxMOM, PAIRS["diagonal"], LAWS["multiplicative"], steps(methods.AuxMOM)
    whole = run(*arguments)
    some = run(*arguments, record=[4, 1, 4])
    assert some.rounds == (1, 4)
    for field in ("paths", "G", "gap", "grad_sq", "spread", "G_se"):
        np.testing.assert_array_equal(getattr(some, field), getattr(whole, field)[[0, 3]])


def test_the_standard_error_covers_the_truth() -> None:
    """Else error bars are off by a factor: over 40 seeds the means must scatter as widely as the
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
    """Else blocks are merged wrongly; equal replicas have no skewness, and one at ∞ takes it
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
    """Else divergence is a NaN in a plot, a warning, or an ordinary number."""
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
    """Else an index could overflow the noise's counter, or nonsense is run without a word."""
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
