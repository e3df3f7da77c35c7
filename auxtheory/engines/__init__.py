"""The engines, one file each; `engine="auto"` takes the first that does not refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auxtheory.constants import Steps
from auxtheory.engines import exact, monte_carlo
from auxtheory.engines.base import AnyMethod, Trace
from auxtheory.errors import Checks, RefusedError
from auxtheory.methods import Method, Schedule
from auxtheory.noise import Gaussian, Noise
from auxtheory.problems import Pair, Quadratic

ENGINES = {exact.name: exact, monte_carlo.name: monte_carlo}

__all__ = ["ENGINES", "Trace", "check_settings", "choose", "problem", "run"]


def problem(checks: Checks, pair: Any, noise: Any) -> tuple[Pair, Noise]:
    """The pair and the noise that are meant, checked for their type."""
    pair = pair.with_helper() if isinstance(pair, Quadratic) else pair
    noise = Gaussian() if noise is None else noise
    checks.instance("pair", pair, Pair, "a pair, such as at.Quadratic(L=1.0, dim=8).with_helper(delta=0.1)")
    checks.instance("noise", noise, Noise, "a noise, such as at.Gaussian(sigma_f=1.0)")
    return pair, noise


def check_settings(checks: Checks, engine: Any, replicas: Any, seed: Any) -> None:
    """Check how to run: an engine's name, replicas and seed (which only Monte Carlo uses)."""
    checks.member("engine", engine, ("auto", *ENGINES))
    monte_carlo.check(checks, replicas=replicas, seed=seed)


def choose(engine: str, method: AnyMethod, pair: Pair, noise: Noise, steps: Steps) -> str:
    """The name of the engine that will run; RefusedError with every reason if none can."""
    checks = Checks()
    checks.member("engine", engine, ("auto", *ENGINES))
    checks.done()
    asked = list(ENGINES) if engine == "auto" else [engine]
    reasons = {name: ENGINES[name].refuses(method, pair, noise, steps) for name in asked}
    for name, reason in reasons.items():
        if reason is None:
            return name
    raise RefusedError("; ".join(f"{name}: {reason}" for name, reason in reasons.items()))


def run(
    method: AnyMethod,
    pair: Pair | Quadratic,
    noise: Noise | None,
    steps: Steps,
    *,
    engine: str = "auto",
    record: Sequence[int] | None = None,
    replicas: int = 256,
    seed: int = 0,
) -> Trace:
    """Run a method on a pair: exactly where that is possible, else by Monte Carlo over seeded replicas.

    A Quadratic without a helper is its own helper; noise None is no noise.
    """
    checks = Checks()
    checks.instance("method", method, (Method, Schedule), "a method, such as at.methods.AuxMOM")
    checks.instance("steps", steps, Steps, "at.Steps(...)")
    pair, noise = problem(checks, pair, noise)
    check_settings(checks, engine, replicas, seed)
    checks.done()
    name = choose(engine, method, pair, noise, steps)
    if name == exact.name:
        return exact.run(method, pair, noise, steps, record=record)
    return monte_carlo.run(method, pair, noise, steps, record=record, replicas=replicas, seed=seed)
