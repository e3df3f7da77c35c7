"""Checking and timing variants of one computation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import ceil
from time import monotonic, perf_counter, process_time
from typing import Any, NamedTuple, TypeVar

import numpy as np

from auxtheory.errors import RefusedError
from auxtheory.typing import FloatArray

# Standard errors beyond which a result is wrong; a correct row is wrong by chance once in 10⁶.
MAX_DISTANCE = 5.0
# Relative, so that a result without standard error must agree to 10⁻⁹.
RELATIVE_ROUNDING = 2e-10

Made = TypeVar("Made")


def lazily(make: Callable[[], Callable[[], Made]]) -> Callable[[], Made]:
    """The function that `make` returns, made when it is first called: with its imports and
    compilation."""
    once = cache(make)
    return lambda: once()()


class Outcome(NamedTuple):
    """Means and their standard errors (0 where there is no randomness), arrays of one shape."""

    mean: FloatArray
    se: FloatArray

    @classmethod
    def of(cls, values: Any) -> Outcome:
        """The means over the last axis, that of independent replicas."""
        array = np.asarray(values, dtype=float)
        return cls(array.mean(axis=-1), array.std(axis=-1, ddof=1) / np.sqrt(array.shape[-1]))

    def distance(self, expected: FloatArray) -> float:
        """The largest distance to the expected values, in standard errors plus rounding."""
        with np.errstate(all="ignore"):
            z = np.abs(self.mean - expected) / (
                self.se + RELATIVE_ROUNDING * np.abs(expected) + 1e-300
            )
        return float(np.max(z))

    def relative_error(self) -> float:
        """The standard error of the first mean, relative to it; 0 for a mean of 0."""
        mean, se = (float(np.ravel(values)[0]) for values in self)
        return abs(se / mean) if mean else 0.0


class Timing(NamedTuple):
    """Seconds of one run: by the clock, and of processor time of all threads of the process."""

    wall: float
    cpu: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Variant:
    """One row: a function to run, its expected result, and the amount of its work.

    check: computes the result that is compared, if `run` does not return it. work: the number of
    coordinate-steps; draws: the number of random numbers; limit: the row that only draws these.
    against: the row of its ratio, if not the group's. ceiling: the row whose ratio is the most that
    this row's can be. at: its value on the axis of a group that has one. device: whether it waits
    for a GPU while it runs. missing: returns why it cannot run, or None.
    """

    name: str
    run: Callable[[], Any]
    expected: Callable[[], FloatArray]
    check: Callable[[], Outcome] | None = None
    work: float
    draws: float = 0.0
    limit: str = ""
    threads: int = 1
    against: str = ""
    ceiling: str = ""
    at: float = float("nan")
    device: bool = False
    missing: Callable[[], str | None] = lambda: None


@dataclass(frozen=True, eq=False)
class Group:
    """Variants that are timed in turn; ratios are to the first of `references` that ran, otherwise
    to the first row.

    ratio: a description of the base of ratios, if rows have different ones; axis: the length that
    is varied, if one is. accuracy: whether rows differ in the standard errors that they reach.
    """

    title: str
    size: str
    variants: tuple[Variant, ...]
    references: tuple[str, ...] = ()
    ratio: str = ""
    axis: str = ""
    accuracy: bool = False


@dataclass
class Checked:
    """The result of checking a variant: status "ok", "wrong", "absent", "failed" or "skipped", a
    note, the distance z, the number of runs in a timing with their total seconds, and the standard
    error of the first mean relative to it."""

    status: str
    note: str = ""
    z: float = float("nan")
    inner: int = 1
    seconds: float = 0.0
    se: float = 0.0


NO_TIME = Checked("skipped", "no time left")


def check(variant: Variant, min_seconds: float, until: float = float("inf")) -> Checked:
    """Run a variant once and compare its result; if right, find the number of runs in a timing of
    `min_seconds`. After `until`, in seconds of `time.monotonic`, nothing is run."""
    try:
        reason = variant.missing()
        if reason:
            return Checked("absent", reason)
        if monotonic() > until:
            return NO_TIME
        outcome = (variant.check or variant.run)()
        z = outcome.distance(variant.expected())
        if not z <= MAX_DISTANCE:
            return Checked("wrong", f"{z:.3g} standard errors from the exact mean", z)
        seconds = seconds_of(variant, 1).wall
    except (ImportError, RefusedError) as error:
        return Checked("absent", str(error))
    except Exception as error:  # one broken row must not end the benchmark
        return Checked("failed", f"{type(error).__name__}: {error}".splitlines()[0])
    inner = max(1, ceil(min_seconds / max(seconds, 1e-9)))
    return Checked("ok", "", z, inner, inner * seconds, outcome.relative_error())


def seconds_of(variant: Variant, inner: int) -> Timing:
    """Seconds of one run, as the mean of `inner` in a row."""
    start = perf_counter(), process_time()
    for _ in range(inner):
        variant.run()
    wall, cpu = perf_counter() - start[0], process_time() - start[1]
    # A clock of coarse ticks may not have moved.
    return Timing(wall / inner, max(cpu, 1e-9) / inner)
