"""The NumPy engine does, sample by sample, what a plain loop over the paper's pseudocode does."""

from __future__ import annotations

import math
from typing import Any

import array_api_strict
import numpy as np
import pytest
from cosines import Cosines
from monte_carlo_cases import (
    GRID,
    LAWS,
    METHODS,
    PAIRS,
    REPLICAS,
    SCHEDULES,
    SEED,
    close,
    run,
    steps,
)
from naive import FineTuning, Problem, Replica, Settings, loop, quadratic

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.engines.base import Trace
from auxtheory.noise.laws import Noise


def loops(
    name: str,
    problem: Any,
    noise: Noise,
    s: Steps,
    configuration: int = 0,
    phases: FineTuning | None = None,
) -> list[Replica]:
    def at(value: Any) -> float:
        return float(np.ravel(value)[configuration if np.ndim(value) else 0])

    return [
        loop(
            name.partition("-")[0],
            problem,
            noise,
            Settings(eta=at(s.eta), K=s.K, T=s.T, a=at(s.a), B=s.B),
            seed=SEED,
            replica=replica,
            configuration=configuration,
            phases=phases,
        )
        for replica in range(REPLICAS)
    ]


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
    """Otherwise the engine runs another method, or another noise, than the one the paper writes."""
    s = steps(METHODS[name], B=B)
    problem = quadratic(PAIRS[pair])
    noise = LAWS[law]
    same(run(METHODS[name], PAIRS[pair], noise, s), loops(name, problem, noise, s), problem, noise)


@pytest.mark.parametrize("law", ["gaussian", "signs-multiplicative"])
@pytest.mark.parametrize("pair", ["diagonal", "dense", "toy", "shifted"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_fine_tuning_equals_the_loop(name: str, pair: str, law: str) -> None:
    """Otherwise a phase starts from a wrong point, buffer, round number or step size."""
    schedule, phases = SCHEDULES[name]
    s = steps(schedule, B=2)
    problem = quadratic(PAIRS[pair])
    noise = LAWS[law]
    same(
        run(schedule, PAIRS[pair], noise, s),
        loops(name, problem, noise, s, phases=phases),
        problem,
        noise,
    )


@pytest.mark.parametrize("name", METHODS)
def test_every_configuration_of_a_grid_equals_its_own_loop(name: str) -> None:
    """Otherwise configurations mix, or a level, step size or start is taken from another one."""
    pair = PAIRS["grid"]
    noise = LAWS["grid"]
    s = steps(METHODS[name], eta=GRID / 4, a=GRID, B=2)
    trace = run(METHODS[name], pair, noise, s)
    for configuration in range(2):
        problem = quadratic(pair, configuration)
        same(trace, loops(name, problem, noise, s, configuration), problem, noise, configuration)


@pytest.mark.parametrize("grid", ["pair", "noise", "eta"])
def test_a_grid_in_one_ingredient_alone(grid: str) -> None:
    """Otherwise a single pair is not broadcast over a grid of levels or of step sizes, or the other way
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
    """Otherwise the engine uses more of a pair than its gradients and gap."""
    method, phases = SCHEDULES[name] if name in SCHEDULES else (METHODS[name], None)
    s = steps(method, B=2)
    pair = Cosines()
    noise = LAWS["multiplicative"]
    problem = pair.problem()
    same(run(method, pair, noise, s), loops(name, problem, noise, s, phases=phases), problem, noise)


@pytest.mark.parametrize("law", ["grid", "signs"])
@pytest.mark.parametrize("pair", [*PAIRS, "cosines"])
@pytest.mark.parametrize("name", [*METHODS, *SCHEDULES])
def test_the_same_source_runs_on_a_strict_array_library(name: str, pair: str, law: str) -> None:
    """Otherwise the engine leans on something of NumPy's that the array-API standard, hence CuPy, need
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
