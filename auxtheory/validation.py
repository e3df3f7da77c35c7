"""Hold one theorem against one pair: run its method at its own step sizes and compare with its bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from scipy.special import stdtrit

from auxtheory import engines
from auxtheory.constants import Constants, Mode, Reals, Steps, check_quantity
from auxtheory.engines import Trace
from auxtheory.errors import LARGEST, AssumptionError, Checks
from auxtheory.noise import Noise
from auxtheory.problems import Pair, Quadratic
from auxtheory.result import Status, Table, Verdict
from auxtheory.theorems import Theorem
from auxtheory.units import FloatArray

Run: TypeAlias = tuple[Constants, Steps, Trace]

SLACK = 1e-9  # relative, on the exact engine
ROUNDING = 1e-28  # a squared rounding error, relative to the measure at the start: the exact engine's zero


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
    seed: int = 0,
    false_alarm: float = 1e-4,
) -> Verdict:
    """Measure what the theorem bounds, for each T, and say whether the bound held.

    Without eta the steps are the theorem's own (mode tuned, bound: its corollary; its general bound under
    multiplicative noise, whose σ_r is known only along the run). With eta (and a) they must lie in its range (mode
    theorem) unless mode="unsafe" says that leaving it is meant. K defaults to 1 where the method has single steps.
    Raises InputError or AssumptionError, each listing everything that is wrong.
    """
    checks = Checks()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    pair, noise = engines.problem(checks, pair, noise)
    engines.check_settings(checks, engine, replicas, seed)
    checks.number("false_alarm", false_alarm, above=True, high=0.5)
    lengths = _lengths(checks, T)
    K = _check_steps(checks, theorem, K=K, B=B, eta=eta, a=a, mode=mode)
    checks.done()
    constants = theorem.constants(pair, noise)
    if eta is None:
        planned = [(theorem.tune(constants, K, length, B), [length]) for length in lengths]
    else:
        planned = [(_given(theorem, constants, eta, a, K, max(lengths), B, mode), lengths)]
    settings: dict[str, Any] = {"engine": engine, "replicas": replicas, "seed": seed}
    runs = []
    for steps, record in planned:
        trace = engines.run(theorem.method, pair, noise, steps, record=record, **settings)
        runs += [_as_met(theorem, constants, steps.replace(T=t), _at(trace, i), noise) for i, t in enumerate(record)]
    title = f"{theorem.name} ({theorem.label}) on {pair!r}, {noise!r}, K = {K}, B = {B:g}"
    return _verdict(title, theorem, constants, planned[0][0], runs, false_alarm)


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
        table=Table(tuple(_rows(theorem, runs, false_alarm))),
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


def _check_steps(checks: Checks, theorem: Any, *, K: Any, B: Any, eta: Any, a: Any, mode: Any) -> Any:
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
    names = ("G", "gap", "grad_sq", "spread", "G_se", "gap_se", "grad_sq_se")
    cut = {name: getattr(trace, name)[i : i + 1] for name in names}
    return replace(trace, rounds=trace.rounds[i : i + 1], costs=trace.costs[i : i + 1], **cut)


def _as_met(theorem: Theorem, constants: Constants, steps: Steps, trace: Trace, noise: Noise) -> Run:
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


def _rows(theorem: Theorem, runs: list[Run], false_alarm: float) -> list[dict[str, Any]]:
    T = np.array([steps.T for _, steps, _ in runs])
    measures = [trace.measure(theorem.measure) for *_, trace in runs]
    measured, error = np.stack([value[0] for value, _ in measures]), np.stack([se[0] for _, se in measures])
    with np.errstate(all="ignore"):
        bound = np.stack([np.broadcast_to(theorem.value(c, s), measured[0].shape) for c, s, _ in runs])
        ratio = np.where(measured == 0, 0.0, measured / bound)
    slopes, predicted = _slopes(T, measured), _slopes(T, bound)
    rows = []
    for i, (c, s, trace) in enumerate(runs):
        for j in range(measured.shape[1]):
            values, formula = _one(c.values() | s.values(), j), theorem.formula(c, s, j)
            numbers = measured[i, j], error[i, j], bound[i, j], _zero(theorem, values)
            # Multiplicative noise without limit: no σ exists, so that the theorem promised nothing.
            unlimited = max(values["sigma_f"], values["sigma_r"]) >= LARGEST and s.mode != "unsafe"
            status = "undecided" if unlimited else _status(*numbers, trace, false_alarm / measured.size)
            rows.append({
                "T": int(T[i]), **({"configuration": j} if measured.shape[1] > 1 else {}),
                "eta": values["eta"], "a": values["a"], "measured": measured[i, j], "se": error[i, j],
                "bound": bound[i, j], "ratio": ratio[i, j], "dominant": str(formula.dominant(values)),
                "share": _share(formula.parts(values)), "slope": slopes[i, j],
                "predicted": float(formula.slope("T", values)) if len(T) == 1 else predicted[i, j],
                "dear": trace.costs[0].dear, "cheap": trace.costs[0].cheap,
                "diverged": int(trace.diverged[j]), "replicas": trace.replicas or 0,
                "status": status,
            })  # fmt: skip
    return rows


def _share(parts: FloatArray) -> float:
    """How much of the bound its largest term supplies."""
    total = float(np.sum(parts))
    return float(np.max(parts)) / total if 0 < total < np.inf else 1.0


def _status(
    measured: float, error: float, bound: float, floor: float, trace: Trace, false_alarm: float
) -> Status:
    if np.isnan(bound) or np.isnan(measured):
        return "undecided"
    if not np.isfinite(measured):
        return "violated"  # a run that left the numbers kept no promise
    bound = max(bound, 0.0) * (1 + SLACK) + floor  # (1 − ημ)^{KT} at ημ = 1 may round to below 0
    if trace.replicas is None:
        return "violated" if measured > bound else "pass"
    margin = -float(stdtrit(trace.replicas - 1, false_alarm)) * error
    if measured - margin > bound:
        return "violated"
    return "pass" if measured + margin <= bound else "undecided"


def _zero(theorem: Theorem, values: dict[str, Any]) -> float:
    """What rounding leaves of a measure that should be 0."""
    return float(ROUNDING * values["F0"] * (1.0 if theorem.measure == "gap" else 2 * values["L"]))


def _slopes(T: Any, values: FloatArray) -> FloatArray:
    """d log(values) / d log(T) by finite differences over neighbouring rows; NaN for a single row."""
    if len(T) == 1:
        return np.full(values.shape, np.nan)
    with np.errstate(all="ignore"):
        return np.asarray(np.gradient(np.log(values), np.log(T), axis=0))


def _one(values: dict[str, Any], j: int) -> dict[str, Any]:
    """The values of one configuration."""
    return {name: value[j] if np.ndim(value) else value for name, value in values.items()}
