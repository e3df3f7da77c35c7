"""The engines, one file each; `engine="auto"` takes the first that does not refuse."""

from __future__ import annotations

from collections.abc import Sequence

from auxtheory.constants import Steps
from auxtheory.engines import exact, monte_carlo
from auxtheory.engines.base import AnyMethod, Trace
from auxtheory.errors import Checks, RefusedError
from auxtheory.noise import Noise
from auxtheory.problems import Pair

ENGINES = {exact.name: exact, monte_carlo.name: monte_carlo}

__all__ = ["ENGINES", "Trace", "choose", "run"]


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
    pair: Pair,
    noise: Noise,
    steps: Steps,
    *,
    engine: str = "auto",
    record: Sequence[int] | None = None,
    replicas: int = 256,
    seed: int = 0,
) -> Trace:
    """Run a method on a pair: exactly where that is possible, else by Monte Carlo over seeded replicas."""
    name = choose(engine, method, pair, noise, steps)
    if name == exact.name:
        return exact.run(method, pair, noise, steps, record=record)
    return monte_carlo.run(method, pair, noise, steps, record=record, replicas=replicas, seed=seed)
