"""The runs of a batch of a search, and measured/bound of its cases."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.engines import ENGINES, Sampling, Trace, exact, sampler_of
from auxtheory.engines.exact import rounds
from auxtheory.errors import UNLIMITED, InputError, RefusedError
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair, QuadraticPair
from auxtheory.testing.search.cells import DENSE_ROUNDS, LONGEST_STEPWISE
from auxtheory.testing.search.rules import names_noise
from auxtheory.testing.search.step_parameters import deterministic, task_of
from auxtheory.theorems import Theorem
from auxtheory.typing import FloatArray
from auxtheory.validation import variance
from auxtheory.validation.error_control import SLACK
from auxtheory.validation.rows import ZERO_ROUNDING
from auxtheory.validation.validate import last

REPLICAS = 64  # replicas of each case in a search by Monte Carlo
# The same in short runs, where more cost little and an excess of a half shows.
SHORT_REPLICAS = 256
SHORT_STEPS = 10


def expected(theorem: Theorem, pair: Pair, noise: Noise, steps: Steps, seed: int) -> Trace:
    """The expectation of the run, exact if possible, otherwise estimated from few replicas."""
    task = task_of(theorem, pair, noise, steps)
    with suppress(RefusedError):
        long = (
            LONGEST_STEPWISE if isinstance(pair, QuadraticPair) and pair.diagonal else DENSE_ROUNDS
        )
        if steps.T >= long and rounds.applies(task):
            return rounds.run(task)
        return exact.run(task, Sampling(compiled=False))
    short = steps.K * steps.T <= SHORT_STEPS
    replicas = SHORT_REPLICAS if short else REPLICAS
    # The fewest that engines run.
    replicas = 2 if deterministic(theorem.method, noise) else replicas
    sampling = Sampling(replicas=replicas, seed=seed)
    engine = ENGINES[sampler_of(theorem.method)]
    growing = np.any(variance.has_multiplicative_noise(theorem, noise))
    if theorem.variance == "mean" or not names_noise(theorem) or not growing:
        return engine.run(task, sampling)
    every_round = replace(task, record=range(1, steps.T + 1))
    return last(engine.run(every_round, sampling))


def checked_ratios(measured: Any, bound: FloatArray, inside: Any, c: Any, scale: Any) -> FloatArray:
    """The ratios; InputError if the bound is negative where the theorem applies."""
    negative = inside & (bound < -SLACK * scale)
    if np.any(negative):
        value = float(bound[negative][0])
        raise InputError.listing([f"bound = {value}: must be from 0 to inf"])
    floor = ZERO_ROUNDING * scale
    limited = np.maximum(c.sigma_f, c.sigma_r) < UNLIMITED
    with np.errstate(all="ignore"):
        ratio = np.where(measured <= floor, 0.0, measured / np.maximum(bound, 0.0))
    ratio = np.where(np.isinf(measured) & np.isfinite(bound), np.inf, ratio)
    return np.where(inside & limited & ~np.isnan(ratio), ratio, -1.0)
