"""Comparing one theorem with measurements on one pair: run its method and compare with its
bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np

from auxtheory import engines, printing
from auxtheory.bounds.clients_at_work import AT_WORK
from auxtheory.bounds.constants import GIVEN, MODES, Constants, Mode, Reals, Steps, check_quantity
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.posynomial import Posynomial
from auxtheory.defaults import FALSE_ALARM
from auxtheory.engines import Sampling, Task, Trace, exact
from auxtheory.engines.base import estimated
from auxtheory.engines.task import DEFAULT, check_helpers
from auxtheory.errors import (
    UNLIMITED,
    AssumptionError,
    Checks,
    InputError,
    RefusedError,
    check_names,
)
from auxtheory.noise.laws import Noise
from auxtheory.problems import Pair, Target
from auxtheory.problems.region import check_region
from auxtheory.table import Table
from auxtheory.theorems import Theorem
from auxtheory.theorems.along import after_run, measures_of, names_along, symbols_along
from auxtheory.theorems.definition import with_label
from auxtheory.theorems.measured import further, measure_of, scheduled
from auxtheory.validation import variance, visited
from auxtheory.validation.at_work import at_work, check_clients_at_work, knowing
from auxtheory.validation.notes import MAX_REPLICAS, undecided, unmet
from auxtheory.validation.regions import constants_on, has_left, judged_on
from auxtheory.validation.request import StepRequest as StepRequest
from auxtheory.validation.request import planned
from auxtheory.validation.rows import Run, rows
from auxtheory.validation.verdict import Verdict


class ValidateOptions(TypedDict, total=False):
    """The options of `validate` by keyword: how it measures and decides."""

    engine: str
    replicas: int
    seed: int
    rao_blackwell: bool
    error: float | None
    false_alarm: float
    G_rows: int | None
    G_every: int


OPTIONS = tuple(ValidateOptions.__annotations__)
SAMPLING = ("replicas", "seed", "rao_blackwell", "G_rows", "G_every")
KEYWORDS = "T", "K", "B", "eta", "a", "mode", "region", *OPTIONS


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """The settings for measuring the left side of a bound: the engine, its sampling, and the
    relative standard error."""

    engine: str = "auto"
    sampling: Sampling = DEFAULT
    error: float | None = None


def validate(
    theorem: Theorem,
    pair: Pair | Target,
    noise: Noise | None = None,
    *,
    T: int | Sequence[int],
    K: int | None = None,
    B: float = np.inf,
    eta: Reals | None = None,
    a: Reals | None = None,
    mode: Mode | None = None,
    **options: Any,
) -> Verdict:
    """Measure what the theorem bounds for each T, and decide whether measured ≤ bound.

    Without eta the steps are the theorem's own, and the bound is its corollary (mode "tuned");
    under multiplicative noise, whose σ is known only along the run (see `Theorem.variance`), it is
    the general bound. Given eta (and a) must be in the theorem's range (mode "theorem") unless
    mode="unsafe", where rows outside the theorem have the status "outside".

    Args:
        theorem: The theorem, such as `at.theorems.AuxMOM()`.
        pair: f and h, an `at.Pair`; a target without a helper is its own helper.
        noise: The law of the gradient noise; None: no noise.
        T: The number of rounds, or a list of them.
        K: The number of local steps in a round; may be omitted where the method has single steps.
        B: The number of samples in the first batch, whose mean is the first buffer; inf: the exact
            gradient.
        eta: The step size in X²/F, a number, an array of shape (C,) or, where no formula names
            it, a schedule for the largest T; None: the theorem's own steps.
        a: The momentum parameter in (0, 1], a number or an array of shape (C,); only with eta, for
            methods with momentum.
        mode: "tuned", "theorem" or "unsafe", as above.
        **options: the further step parameters of the method by name, with eta, such as beta=0.9,
            each as eta; engine ("auto", or an engine's name); replicas (256), seed (0) and
            rao_blackwell (False) of Monte Carlo, as of `at.Sampling`; error: the relative standard
            error of a Monte Carlo mean, to which a second run has as many replicas as the first
            one shows to be necessary (None: a single run); region: a convex region, such as
            `at.Ball(centre, radius)` or `pair.region(points)`, on which the constants of the pair
            need to hold instead of at all x, or "visited" for the one that pilot runs visit; a row
            is undecided if a replica leaves it; false_alarm (1e-4): the probability of any wrong
            "violated", and of any wrong "pass", over all rows (Holm); G_rows: ‖∇f‖² at local steps
            of minibatch runs is estimated, without bias, from so many samples (None: it is exact);
            G_every (1): or computed at one of so many local steps.

    Returns:
        The verdict, with a row for each T and configuration.

    Raises:
        InputError: Lists everything that is wrong with the arguments.
        AssumptionError: Lists every assumption of the theorem that does not hold.
        RefusedError: No engine can run the case.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, mu=0.1, dim=4).with_helper(delta=0.05)
        >>> at.validate(at.theorems.AuxMOM(), pair, at.Gaussian(sigma_f=1.0), K=8, T=100).status
        'pass'
    """
    checks = Checks()
    checks.instance("theorem", theorem, Theorem, "a theorem, such as at.theorems.AuxMOM()")
    pair, noise = engines.problem(checks, pair, noise)
    region = options.pop("region", None)
    if isinstance(pair, Pair) and not visited.is_asked_for(region):
        check_region(checks, region, pair.dim, pair.x0)
    parameters = parameters_among(theorem, options)
    settings = {name: value for name, value in options.items() if name not in parameters}
    check_names(checks, settings, (*KEYWORDS, *_further_of(theorem)))
    measurement = _measurement(checks, settings)
    lengths = _lengths(checks, T)
    K = check_steps(checks, theorem, K=K, B=B, eta=eta, a=a, mode=mode, parameters=parameters)
    check_clients_at_work(checks, pair, parameters)
    checks.done()
    assert measurement is not None
    check_helpers(checks, theorem.method, pair)
    checks.done()
    working = at_work(theorem, pair, parameters)
    parameters = parameters | working
    request = StepRequest(T=lengths, K=K, B=B, eta=eta, a=a, mode=mode, parameters=parameters)
    if isinstance(region, str):
        region = visited.visited(theorem, pair, noise, request, measurement.sampling.seed)
    request = replace(request, region=region)
    constants = knowing(constants_on(theorem, pair, noise, region), working)
    if eta is not None and mode != "unsafe":
        _require(theorem, constants, noise, request.steps("unsafe"), lengths)
    runs = measure(theorem, pair, noise, request, measurement, constants)
    chosen: Mode = "tuned" if eta is None else mode or "theorem"
    title = (
        f"{with_label(theorem)} on {printing.brief(pair)}, "
        f"{printing.brief(noise)}, K = {K}, B = {B:g}"
    )
    false_alarm = options.get("false_alarm", FALSE_ALARM)
    verdict = _verdict(title, theorem, noise, chosen, runs, false_alarm)
    notes = (*verdict.notes, *judged_on(theorem, pair, noise, region, runs))
    return replace(verdict, pair=repr(pair), noise=repr(noise), notes=notes)


def parameters_among(theorem: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the keywords that are step parameters of the theorem's method besides η and a."""
    known = _further_of(theorem)
    return {name: value for name, value in options.items() if name in known}


def _further_of(theorem: Any) -> dict[str, Any]:
    """The step parameters of the theorem's method besides η and a."""
    return further(theorem.method.parameters) if isinstance(theorem, Theorem) else {}


def _measurement(checks: Checks, options: Mapping[str, Any]) -> Measurement | None:
    """The options of `validate`, checked; None where there is a complaint."""
    engine = options.get("engine", "auto")
    numbers = {name: options[name] for name in SAMPLING if name in options}
    sampling = engines.checked_sampling(checks, engine, **numbers)
    checks.number("false_alarm", options.get("false_alarm", FALSE_ALARM), above=True, high=0.5)
    error = options.get("error")
    if error is not None:
        checks.number("error", error, above=True, high=1.0)
    return None if sampling is None else Measurement(engine=engine, sampling=sampling, error=error)


def measure(
    theorem: Theorem,
    pair: Pair,
    noise: Noise,
    request: StepRequest,
    measurement: Measurement,
    constants: Constants | None = None,
) -> list[Run]:
    """The runs of `validate`, one for each T in ascending order; the arguments are not checked."""
    constants = theorem.constants(pair, noise) if constants is None else constants
    runs: list[Run] = []
    for steps, record in planned(theorem, pair, noise, request, constants):
        task = Task(
            method=theorem.method,
            pair=pair,
            noise=noise,
            steps=steps,
            record=record,
            measures=measures_of(theorem),
            region=request.region,
        )
        if _every_round(theorem, task, measurement.engine):
            task = replace(task, record=range(1, max(record) + 1))
        trace = _precise(theorem, task, measurement)
        for t in record:
            record_t = _at(trace, trace.rounds.index(t))
            runs.append(as_run(theorem, constants, steps.first(t), record_t, noise))
    return runs


def _every_round(theorem: Theorem, task: Task, engine: str) -> bool:
    """Whether every round has to be recorded, since the bound has the largest noise along the run
    and that is sampled; RefusedError if there are local steps between the records."""
    if not np.any(variance.has_multiplicative_noise(theorem, task.noise)):
        return False
    steps = task.steps
    sampled = engines.choose(engine, task) != exact.name
    if sampled and variance.in_local_steps(theorem) and steps.K > 1:
        message = "multiplicative noise of local steps is followed by sampling at K = 1 only"
        raise RefusedError(f"{message}: give K = 1 and T = {steps.K * steps.T}")
    return sampled and theorem.variance == "largest"


def _precise(theorem: Theorem, task: Task, measurement: Measurement) -> Trace:
    """A run with the number of replicas of `sampling`, or as many as the wanted error needs."""
    sampling = measurement.sampling
    error = measurement.error
    trace = engines.run_task(task, measurement.engine, sampling)
    if error is None or trace.replicas is None:
        return trace
    with np.errstate(all="ignore"):
        mean, se = trace.measure(measure_of(theorem))
        defined = np.isfinite(mean) & np.isfinite(se) & (mean != 0)
        factor = float(np.max(np.where(defined, np.abs(se / mean), 0.0))) / error
    wanted = int(np.ceil(sampling.replicas * factor**2))
    if wanted > MAX_REPLICAS:
        raise InputError.listing(
            [f"error = {error}: would take {wanted} replicas, at most {MAX_REPLICAS} are run"]
        )
    if wanted <= sampling.replicas:
        return trace
    return engines.run_task(task, measurement.engine, replace(sampling, replicas=wanted))


def _verdict(
    title: str, theorem: Theorem, noise: Noise, mode: Mode, runs: list[Run], false_alarm: float
) -> Verdict:
    """The verdict on these runs; `mode` is the requested one."""
    trace = runs[0].trace
    table = rows(theorem, runs, false_alarm)
    broken = list(dict.fromkeys(text for run in runs for text in unmet(theorem, run)))
    notes = [f"engine passed over: {reason}" for reason in trace.passed_over]
    notes += estimated(trace.provenance)
    notes += [f"outside the theorem: {text}" for text in broken]
    if "local_steps" in trace.provenance:
        notes.append(str(trace.provenance["local_steps"]))
    notes += [f"{each.glyph} is that of the run: {each.meaning}" for each in symbols_along(theorem)]
    if (variance.unknown(theorem, noise) - names_along(theorem)) & _names(theorem):
        notes.append(
            f"σ² in the bound is the {theorem.variance} E‖noise‖² along the run, which is "
            "multiplicative"
        )
    if runs[0].steps.mode != mode:
        notes.append("the steps are the theorem's own, and the bound its general one")
    return Verdict(
        title=title,
        table=Table(tuple(table)),
        engine=trace.engine,
        mode=runs[0].steps.mode,
        unmet=tuple(broken),
        notes=(*notes, *undecided(theorem, runs, table, false_alarm)),
        false_alarm=0.0 if trace.replicas is None else false_alarm,
        provenance=trace.provenance,
    )


def _names(theorem: Theorem) -> frozenset[str]:
    """The names of quantities in the bounds; all of them for a function, which may use any."""
    bounds = [theorem.bound, *(corollary.bound for corollary in theorem.corollaries)]
    return frozenset().union(*(b.names if isinstance(b, Posynomial) else GLOSSARY for b in bounds))


def _lengths(checks: Checks, T: Any) -> list[int]:
    """The numbers of rounds in ascending order, checked."""
    try:
        array = np.atleast_1d(np.asarray(None if np.ma.is_masked(T) else T, dtype=object))
    except Exception:  # an array-like object may raise anything
        array = np.zeros(0, dtype=object)
    lengths = [checks.whole("T", length) for length in array.ravel()]
    if array.ndim != 1 or not array.size:
        checks.complain("T", T, "must be a number of rounds or a list of them")
    return [] if checks.complaints else sorted(set(lengths))


def check_steps(
    checks: Checks,
    theorem: Any,
    *,
    K: Any,
    B: Any,
    eta: Any,
    a: Any,
    mode: Any,
    parameters: Mapping[str, Any] | None = None,
) -> Any:
    """Check the arguments for the steps; returns K, which is 1 for single steps."""
    method = theorem.method if isinstance(theorem, Theorem) else None
    K = 1 if K is None and method is not None and method.single_step else K
    K = checks.whole("K", K)
    checks.whole("B", B, infinite=True)
    if method is not None and method.single_step and isinstance(K, int) and K > 1:
        checks.complain("K", K, f"must be 1 for {method.name}")
    if mode is not None:
        checks.member("mode", mode, MODES)
        mode = mode if isinstance(mode, str) else None
    if eta is None and mode in GIVEN:
        checks.complain("eta", eta, f"must be given in mode {mode}")
    if (
        eta is None
        and mode in (None, "tuned")
        and isinstance(theorem, Theorem)
        and "tuned" not in theorem.regimes
    ):
        checks.complain("eta", eta, f"must be given, since {theorem.name} prescribes no steps")
    for name, value in {"a": a, **(parameters or {})}.items():
        works = name == AT_WORK and method is not None and method.program.clients is not None
        if eta is None and value is not None and not works:
            checks.complain(name, value, "must be left out when the theorem chooses eta")
    if eta is not None and mode == "tuned":
        checks.complain("eta", eta, "must be left out in mode tuned")
    if eta is not None:
        _check_step(checks, "eta", eta)
        _check_parameters(checks, method, parameters or {})
        if method is not None and not method.uses_a and a is not None:
            checks.complain("a", a, f"must be left out for {method.name}, which has no momentum")
        elif a is not None or method is None or method.parameters.get("a", 0.0) is None:
            _check_step(checks, "a", a)
    return K


def _check_step(checks: Checks, name: str, value: Any) -> None:
    """Check η or a against the glossary; a schedule is checked with the number of rounds."""
    if not scheduled(value):
        check_quantity(checks, name, value)


def _check_parameters(checks: Checks, method: Any, parameters: Mapping[str, Any]) -> None:
    """Check the further step parameters: each one without a default must be given."""
    for name, default in further(method.parameters).items() if method is not None else ():
        value = parameters.get(name, default)
        if value is None:
            checks.complain(name, value, f"must be given: {method.name} uses it")
        elif name in parameters and name != AT_WORK and not scheduled(value):
            checks.number(name, value, low=-UNLIMITED, high=UNLIMITED)


def _require(
    theorem: Theorem, constants: Constants, noise: Noise, steps: Steps, T: list[int]
) -> None:
    """AssumptionError if steps are outside the theorem's range at one of these T."""
    open_ = variance.unknown(theorem, noise)
    for length in T:
        try:
            theorem.require(constants, steps.first(length), open_=open_)
        except AssumptionError as error:
            raise AssumptionError(f"{error}\n  (mode='unsafe' runs it anyway)") from None


def _at(trace: Trace, i: int) -> Trace:
    """The trace with its i-th record only."""
    names = ("G", "gap", "grad_sq")
    fields = (
        *names,
        "spread",
        "largest_spread",
        *(f"{name}_{kind}" for name in names for kind in ("se", "skew")),
    )
    values = {name: getattr(trace, name)[[i]] for name in fields}
    values["measured"] = {
        key: tuple(part[[i]] for part in parts) for key, parts in trace.measured.items()
    }
    diverged = np.where(np.all(np.isfinite(trace.G[[i]]), axis=0), 0.0, trace.diverged)
    rounds = (trace.rounds[i],)
    return replace(trace, rounds=rounds, costs=(trace.costs[i],), diverged=diverged, **values)


def last(trace: Trace) -> Trace:
    """The trace with its last record only."""
    return _at(trace, -1)


def as_run(theorem: Theorem, constants: Constants, steps: Steps, trace: Trace, noise: Noise) -> Run:
    """A run with its constants.

    Under multiplicative noise, whose σ was not known when the steps were chosen, tuned steps are
    compared with the general bound; a theorem about prescribed steps alone promises nothing unless
    they are the prescribed ones.
    """
    measured = after_run(theorem, constants, trace)
    known = variance.constants_of_run(theorem, measured, steps, trace, noise)
    tailed = variance.has_multiplicative_noise(theorem, noise) if trace.replicas else False
    promised: Any = True
    if "theorem" not in theorem.regimes and (steps.mode != "tuned" or np.any(noise.s)):
        promised = variance.prescribed(theorem, known, steps)
    elif steps.mode == "tuned" and np.any(variance.has_multiplicative_noise(theorem, noise)):
        steps = steps.replace(mode="theorem")
    return Run(
        constants=known,
        steps=steps,
        trace=trace,
        promised=promised,
        tailed=tailed,
        left=has_left(trace),
    )
