"""The engines, one file each; `engine="auto"` takes the first that does not refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from auxtheory.constants import Steps
from auxtheory.engines import cpu, cuda, cupy, exact, foreign, monte_carlo, rules
from auxtheory.engines.base import AnyMethod, Trace
from auxtheory.engines.sampling import check
from auxtheory.errors import Checks, RefusedError
from auxtheory.methods import Method, Schedule
from auxtheory.minibatch import Minibatch
from auxtheory.noise import Gaussian, Noise
from auxtheory.problems import Pair, Target

# The fastest first.
ENGINES: dict[str, Any] = {engine.name: engine for engine in (exact, cuda, cupy, cpu, monte_carlo)}
DEVICES = cuda.name, cupy.name

__all__ = ["ENGINES", "Trace", "check_settings", "choose", "problem", "run"]


def problem(checks: Checks, pair: Any, noise: Any) -> tuple[Pair, Noise]:
    """The pair and the noise that are meant, checked for their type."""
    pair = pair.with_helper() if isinstance(pair, Target) else pair
    noise = Gaussian() if noise is None else noise
    checks.instance(
        "pair", pair, Pair, "a pair, such as at.Quadratic(L=1.0, dim=8).with_helper(delta=0.1)"
    )
    checks.instance("noise", noise, Noise, "a noise, such as at.Gaussian(sigma_f=1.0)")
    if isinstance(noise, Minibatch) and noise.pair is not pair:
        checks.complain("noise", noise, "must be minibatches of this very pair")
    return pair, noise


def check_settings(checks: Checks, engine: Any, replicas: Any, seed: Any) -> tuple[Any, Any]:
    """Check how to run: an engine's name, replicas and seed (which only Monte Carlo uses); these as
    whole numbers."""
    checks.member("engine", engine, ("auto", *ENGINES))
    return check(checks, replicas=replicas, seed=seed)[:2]


def choose(
    engine: str, method: AnyMethod, pair: Pair, noise: Noise, steps: Steps, dtype: str = "float64"
) -> str:
    """The name of the engine that will run; RefusedError with every reason if none can."""
    return chosen(engine, method, pair, noise, steps, dtype)[0]


def chosen(
    engine: str, method: AnyMethod, pair: Pair, noise: Noise, steps: Steps, dtype: str = "float64"
) -> tuple[str, tuple[str, ...]]:
    """The engine that will run, and why faster ones, where this machine has what they need,
    cannot."""
    checks = Checks()
    checks.member("engine", engine, ("auto", *ENGINES))
    checks.member("dtype", dtype, ("float64", "float32"))
    checks.done()
    impure = rules.impure(method, pair.dim)
    if impure:
        raise RefusedError(impure)
    reasons: list[str] = []
    passed_over: list[str] = []
    for name in ENGINES if engine == "auto" else [engine]:
        if engine == "auto" and name == cuda.name and cuda.simulated():
            continue  # it is there to test kernels
        reason = f"{name} computes in float64 only" if dtype not in ENGINES[name].DTYPES else None
        reason = reason or ENGINES[name].refuses(method, pair, noise, steps)
        if reason is None:
            return name, tuple(passed_over)
        reasons.append(reason if reason.startswith(name) else f"{name}: {reason}")
        if name not in DEVICES or ENGINES[name].missing() is None:
            passed_over.append(reasons[-1])
    raise RefusedError("; ".join(reasons))


def run(
    method: AnyMethod,
    pair: Pair | Target,
    noise: Noise | None,
    steps: Steps,
    *,
    engine: str = "auto",
    record: Sequence[int] | None = None,
    replicas: int = 256,
    seed: int = 0,
    dtype: str = "float64",
    threads: int | None = None,
    follow_G: bool = True,
    compiled: bool | None = None,
) -> Trace:
    """Run a method on a pair: exactly where that is possible, else by Monte Carlo over seeded
    replicas.

    A target without a helper is its own helper; noise None is no noise.
    engine "auto" takes the fastest that does not refuse; dtype float32 and threads are for the
    engine `cpu`. follow_G: where ∇f at local steps costs as much as all else (`cpu`, `numpy`), it
    can be left out; G is then not a number. compiled: whether `exact` runs diagonal pairs as a
    compiled loop (default: if this call is long enough).
    """
    checks = Checks()
    checks.instance("method", method, (Method, Schedule), "a method, such as at.methods.AuxMOM")
    checks.instance("steps", steps, Steps, "at.Steps(...)")
    pair, noise = problem(checks, pair, noise)
    replicas, seed = check_settings(checks, engine, replicas, seed)
    if threads is not None:
        threads = checks.whole("threads", threads)
    checks.member("dtype", dtype, ("float64", "float32"))
    checks.flag("follow_G", follow_G)
    checks.instance("compiled", compiled, (bool, type(None)), "True, False or None")
    checks.done()
    name, passed_over = chosen(engine, method, pair, noise, steps, dtype)
    own: dict[str, Any] = (
        {"compiled": compiled} if name == exact.name else {"replicas": replicas, "seed": seed}
    )
    own |= {"dtype": dtype, "threads": threads} if name == cpu.name else {}
    own |= {"follow_G": follow_G} if name in (cpu.name, monte_carlo.name) else {}
    before = rules.answers(method, pair.dim)
    outside = foreign.answers(pair, noise, steps)
    trace = ENGINES[name].run(method, pair, noise, steps, record=record, **own)
    if rules.answers(method, pair.dim) != before:
        raise RefusedError(
            f"a rule of {method.name} keeps state: after the run it gives other values than before"
        )
    if foreign.answers(pair, noise, steps) != outside:
        raise RefusedError(
            f"{pair!r} or {noise!r} keeps state: after the run it gives other values than before"
        )
    return replace(trace, passed_over=passed_over)
