"""Hold one theorem against one pair: run its method at its own step sizes and compare with its bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from auxtheory import engines
from auxtheory.constants import Constants, Mode, Reals, Steps, check_quantity
from auxtheory.engines import Trace
from auxtheory.errors import LARGEST, AssumptionError, Checks, InputError
from auxtheory.judgement import Run, rows
from auxtheory.noise import Noise
from auxtheory.problems import Pair, Quadratic
from auxtheory.result import Table, Verdict
from auxtheory.theorems import Theorem

MOST = 2**22  # replicas that an `error` may ask for


def validate(
    theorem: Theorem,
    pair: Pair | Quadratic,
    noise: Noise | None = None,
    *,
    T: int | Sequence[int],
    K: int | None = None,
    B: float = np.inf,
    eta: Reals | None = None,
    a: Reals | None = None,
    mode: Mode | None = None,
    engine: str = "auto",
    replicas: int = 256,
    error: float | None = None,
    seed: int = 0,
    false_alarm: float = 1e-4,
) -> Verdict:
    """Measure what the theorem bounds, for each T, and say whether the bound held.

    Without eta the steps are the theorem's own (mode tuned, bound: its corollary; its general bound under
    multiplicative noise, whose σ_r is known only along the run). With eta (and a) they must lie in its range (mode
    theorem) unless mode="unsafe" says that leaving it is meant. K defaults to 1 where the method has single steps.
    error: the relative standard error wanted of a Monte Carlo mean; a first run of `replicas` tells how many it takes.
    false_alarm: the chance of a wrong `violated`, and of a wrong `pass`, over all rows (Holm).
    Raises InputError or AssumptionError, each listing everything that is wrong.
    """
    checks = Checks()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    pair, noise = engines.problem(checks, pair, noise)
    engines.check_settings(checks, engine, replicas, seed)
    checks.number("false_alarm", false_alarm, above=True, high=0.5)
    if error is not None:
        checks.number("error", error, above=True, high=1.0)
    lengths = _lengths(checks, T)
    K = check_steps(checks, theorem, K=K, B=B, eta=eta, a=a, mode=mode)
    checks.done()
    constants, steps, runs = measure(theorem, pair, noise, T=lengths, K=K, B=B, eta=eta, a=a, mode=mode, engine=engine,
                          replicas=replicas, error=error, seed=seed)  # fmt: skip
    title = f"{theorem.name} ({theorem.label}) on {pair!r}, {noise!r}, K = {K}, B = {B:g}"
    return _verdict(title, theorem, constants, steps, runs, false_alarm)


def measure(
    theorem: Theorem, pair: Pair, noise: Noise, *, T: list[int], K: int, B: float, eta: Reals | None, a: Reals | None,
    mode: Mode | None, engine: str, replicas: int, seed: int, error: float | None = None,
    constants: Constants | None = None, compiled: bool | None = None,
) -> tuple[Constants, Steps, list[Run]]:  # fmt: skip
    """What a `validate` whose arguments are sound knows, plans first and runs: a run for each T, ascending."""
    constants = theorem.constants(pair, noise) if constants is None else constants
    if eta is None:
        planned = [(theorem.tune(constants, K, length, B), [length]) for length in T]
    else:
        planned = [(_given(theorem, constants, eta, a, K, max(T), B, mode), T)]
    run = partial(engines.run, theorem.method, pair, noise, engine=engine, seed=seed, compiled=compiled)
    runs: list[Run] = []
    for steps, record in planned:
        trace = _precise(theorem, partial(run, steps, record=record), replicas, error)
        runs += [as_met(theorem, constants, steps.replace(T=t), _at(trace, i), noise) for i, t in enumerate(record)]
    return constants, planned[0][0], runs


def _precise(theorem: Theorem, run: Callable[..., Trace], replicas: int, error: float | None) -> Trace:
    """A run of so many replicas, or of as many as the relative standard error wants."""
    trace = run(replicas=replicas)
    if error is None or trace.replicas is None:
        return trace
    with np.errstate(all="ignore"):
        mean, own = trace.measure(theorem.measure)
        worst = float(np.max(np.where(np.isfinite(mean) & np.isfinite(own) & (mean != 0), own / mean, 0.0))) / error
    wanted = int(np.ceil(replicas * worst**2))
    if wanted > MOST:
        raise InputError.listing([f"error = {error}: would take {wanted} replicas, at most {MOST} are run"])
    return run(replicas=wanted) if wanted > replicas else trace


def _verdict(
    title: str, theorem: Theorem, constants: Constants, steps: Steps, runs: list[Run], false_alarm: float
) -> Verdict:
    _, met, trace = runs[0]
    broken = theorem.unmet(constants, steps) if steps.mode == "unsafe" else []
    notes = [f"outside the theorem: {unmet}" for unmet in broken]
    if runs[0][0] is not constants:
        notes.append("σ² in the bound is the mean E‖noise‖² met along the run, which is multiplicative")
        if met.mode != steps.mode:
            notes.append("the steps are the theorem's own, and the bound its general one")
    return Verdict(
        title=title,
        table=Table(tuple(rows(theorem, runs, false_alarm))),
        engine=trace.engine,
        mode=met.mode,
        unmet=tuple(str(unmet) for unmet in broken),
        notes=tuple(notes),
        false_alarm=0.0 if trace.replicas is None else false_alarm,
        provenance=trace.provenance,
    )


def _lengths(checks: Checks, T: Any) -> list[int]:
    """The rounds in ascending order."""
    array = np.atleast_1d(np.asarray(T, dtype=object))
    for length in array.ravel():
        checks.whole("T", length)
    if array.ndim != 1 or not array.size:
        checks.complain("T", T, "must be a number of rounds or a list of them")
    return [] if checks.complaints else sorted({int(length) for length in array})


def check_steps(checks: Checks, theorem: Any, *, K: Any, B: Any, eta: Any, a: Any, mode: Any) -> Any:
    """Check what is given of the steps; K, filled in where it can only be 1."""
    method = theorem.method if isinstance(theorem, Theorem) else None
    K = 1 if K is None and method is not None and method.single_step else K
    checks.whole("K", K)
    checks.whole("B", B, infinite=True)
    if method is not None and method.single_step and isinstance(K, int) and K > 1:
        checks.complain("K", K, f"must be 1 for {method.name}")
    if mode is not None:
        checks.member("mode", mode, ("tuned", "theorem", "unsafe"))
    if eta is None and mode in ("theorem", "unsafe"):
        checks.complain("eta", eta, f"must be given in mode {mode}")
    if eta is None and a is not None:
        checks.complain("a", a, "must be left out when the theorem chooses eta")
    if eta is not None and mode == "tuned":
        checks.complain("eta", eta, "must be left out in mode tuned")
    if eta is not None:
        check_quantity(checks, "eta", eta)
        if method is not None and not method.uses_a and a is not None:
            checks.complain("a", a, f"must be left out for {method.name}, which has no momentum")
        elif method is None or method.uses_a:
            check_quantity(checks, "a", a)
    return K


def _given(
    theorem: Theorem, constants: Constants, eta: Reals, a: Any, K: Any, T: int, B: float, mode: Any
) -> Steps:
    """The caller's own steps; AssumptionError if they leave the theorem's range without saying so."""
    steps = theorem.method.checked(Steps(eta=eta, a=a, K=K, T=T, B=B, mode=mode or "theorem"))
    if steps.mode == "theorem":
        try:
            theorem.require(constants, steps)
        except AssumptionError as error:
            raise AssumptionError(f"{error}\n  (mode='unsafe' runs it all the same)") from None
    return steps


def _at(trace: Trace, i: int) -> Trace:
    """The trace as if only its i-th record had been asked for."""
    names = ("G", "gap", "grad_sq")
    kept = (*names, "spread", *(f"{name}_{kind}" for name in names for kind in ("se", "skew")))
    cut = {name: getattr(trace, name)[i : i + 1] for name in kept}
    gone = np.where(np.all(np.isfinite(trace.G[i : i + 1]), axis=0), 0.0, trace.diverged)
    return replace(trace, rounds=trace.rounds[i : i + 1], costs=trace.costs[i : i + 1], diverged=gone, **cut)


def as_met(theorem: Theorem, constants: Constants, steps: Steps, trace: Trace, noise: Noise) -> Run:
    """Under multiplicative noise σ² is the mean E‖noise‖² along the run, which is all that the proofs use: their
    noise terms are sums over the rounds. Where a first batch B < ∞ enters by itself, no less than at x⁰."""
    levels = noise.levels(theorem.method.helper, exact_refresh=theorem.method.exact_refresh)
    if not (np.any(levels.s_r) or np.any(levels.s_local)):
        return constants, steps, trace
    start = 0.0 if np.isinf(steps.B) else trace.start
    spread = np.maximum(trace.spread[-1], start)

    def along(sigma: Reals, s: Reals) -> Any:
        square = np.square(sigma) + np.where(np.asarray(s) == 0, 0.0, np.square(s) * np.nan_to_num(spread))
        value = np.minimum(np.sqrt(square), LARGEST)
        return value if np.ndim(constants.L) or len(value) > 1 else float(value[0])

    with np.errstate(over="ignore"):
        r, local = along(levels.sigma_r, levels.s_r), along(levels.sigma_local, levels.s_local)
    kinds = {**constants.kinds, "sigma_r": "exact" if trace.replicas is None else "estimate"}
    met = constants.replace(sigma_r=r, sigma_h=local, kinds=kinds)
    if theorem.method.helper == "f":
        met = met.replace(sigma_f=local)
    return met, steps.replace(mode="theorem") if steps.mode == "tuned" else steps, trace
