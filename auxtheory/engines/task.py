"""The two arguments of every engine's `run`: a `Task`, what to run, and a `Sampling`, how to do
Monte Carlo."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, wraps
from typing import Any, ParamSpec, TypeAlias, TypedDict, TypeVar

import numpy as np

from auxtheory.bounds.clients_at_work import AT_WORK, check_at_work
from auxtheory.bounds.constants import Steps
from auxtheory.bounds.per_client import PerClient
from auxtheory.bounds.schedules import PerRound
from auxtheory.defaults import AUTO, REPLICAS, SEED
from auxtheory.errors import Checks, InputError
from auxtheory.measures import G, Measure, gap_last, grad_last
from auxtheory.measures.measure import OF_CLIENTS, X
from auxtheory.methods import MethodType, Phase, Schedule
from auxtheory.methods.from_implementation import as_method
from auxtheory.methods.reading import located
from auxtheory.noise.laws import LEVELS, Noise
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems import Pair
from auxtheory.problems.region import Region, check_region
from auxtheory.problems.split_groups import split_groups

AnyMethod: TypeAlias = MethodType | Schedule
P = ParamSpec("P")
R = TypeVar("R")

FLOATS = ("float64", "float32")
# Fields of `Sampling` that engines take and `at.run` does not.
ENGINE_ONLY = ("first_replica", "keep_paths", "keep_local")


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """The task of an engine: a method on a pair, with noise and steps.

    Args:
        method: an `at.Method`, a schedule of methods, or an implementation: a step function or a
            `Federated`, as of `at.testing.check_method`.
        pair: f and h, an `at.Pair`, of one configuration or of a grid of C configurations.
        noise: the law of the gradient noise, an `at.Noise`.
        steps: η, a, K, T and B, an `at.Steps`; η and a are numbers or arrays of shape (C,).
        record: the numbers of rounds, from 1 to T, at which to measure; None: T alone.
        measures: further measures, `at.measures`, next to G, gap and ‖∇f‖².
        region: a region in which to follow the run, such as `at.Ball(centre, radius)`, which must
            contain x⁰; how far each replica goes in it is `Trace.farthest`.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
        >>> steps = at.Steps(eta=0.5, a=1.0, K=2, T=10)
        >>> task = at.Task(method=at.methods.AuxMOM, pair=pair, noise=at.Gaussian(), steps=steps)
        >>> task.rounds
        (10,)

    Raises:
        InputError: lists every part that is wrong.
    """

    method: AnyMethod
    pair: Pair
    noise: Noise
    steps: Steps
    record: Sequence[int] | None = None
    measures: tuple[Measure, ...] = ()
    region: Region | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        what = "a method, such as at.methods.AuxMOM"
        method = checks.attempt(as_method, value=self.method)
        if method is not None or self.method is None:
            checks.instance("method", method, (MethodType, Schedule), what)
            object.__setattr__(self, "method", method)
        checks.instance("steps", self.steps, Steps, "at.Steps(...)")
        check_problem(checks, self.pair, self.noise)
        if isinstance(self.steps, Steps):
            checks.attempt(recorded, steps=self.steps, record=self.record)
        check_measures(checks, self.method, self.measures, self.pair)
        if isinstance(self.pair, Pair):
            check_region(checks, self.region, self.pair.dim, self.pair.x0)
        if not checks.complaints:
            measures = tuple(measure.at_steps(self.steps) for measure in self.measures)
            object.__setattr__(self, "measures", measures)
            check_weights(checks, measures, self.steps.T, self.rounds)
        if not checks.complaints:
            check_constants(checks, self.method, self.pair.dim)
            check_clients(checks, self.method, self.pair, self.steps)
        checks.done()
        object.__setattr__(self, "pair", with_split_groups(self.pair, self.steps))

    @cached_property
    def rounds(self) -> tuple[int, ...]:
        """The rounds to record, ascending, each once.

        Raises:
            InputError: if `record` holds anything but whole numbers from 1 to T.
        """
        return recorded(self.steps, self.record)

    @property
    def extra(self) -> tuple[Measure, ...]:
        """The measures besides those that every run has."""
        usual = {measure.key for measure in (G, gap_last, grad_last)}
        by_key = {measure.key: measure for measure in self.measures if measure.key not in usual}
        return tuple(by_key.values())

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The method's phases at these steps."""
        return self.method.phases(self.steps)

    @cached_property
    def count(self) -> int:
        """The number of configurations C.

        Raises:
            InputError: if pair, noise and steps disagree on it.
        """
        return configurations(self.pair, self.noise, self.steps)

    @property
    def has_clients(self) -> bool:
        """Whether a method of the task has clients."""
        return any(phase.method.program.clients is not None for phase in self.phases)

    @property
    def longest(self) -> int:
        """The largest K of the phases."""
        return max(phase.steps.K for phase in self.phases)


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """The settings of Monte Carlo and of threads; an engine reads the fields in its `OPTIONS`.

    Args:
        replicas: independent runs of which means are taken, a whole number from 2 to 2³².
        seed: of the noise, a whole number from 0 to 2⁶⁴ − 1.
        first_replica: the number of the first replica; replicas of one seed and number are equal.
        keep_paths: return x^t of every replica in `Trace.paths`.
        keep_local: return E‖∇f(y_k)‖² at each local step in `Trace.local_sq`.
        follow_G: compute ∇f at local steps; without it G is not a number (engines cpu and numpy).
        G_rows: ‖∇f‖² at local steps is estimated, without bias, from so many samples, at least 2,
            drawn for it at each; None: it is exact (minibatches on cpu and numpy).
        G_every: ‖∇f‖² is computed at one local step of every so many, with a random offset in each
            round, and multiplied by this number (minibatches on cpu and numpy).
        rao_blackwell: on a diagonal quadratic pair, take the local steps of a round as one draw,
            and ‖∇f‖² at them as its conditional expectation given the state at the round's start
            (engines cpu and numpy; exact ignores it).
        dtype: of a separable pair's state between steps, float64 or float32; arithmetic stays
            float64 (engine cpu).
        threads: the number of threads; None: all cores. Results do not depend on it.
        compiled: whether the engine exact runs diagonal pairs as a compiled loop; None: where the
            call is long enough.

    Raises:
        InputError: lists every field that is wrong.

    Example:
        >>> import auxtheory as at
        >>> at.Sampling(replicas=64, seed=1).replicas
        64
    """

    replicas: int = REPLICAS
    seed: int = SEED
    first_replica: int = 0
    keep_paths: bool = False
    keep_local: bool = False
    follow_G: bool = True
    G_rows: int | None = None
    G_every: int = 1
    rao_blackwell: bool = False
    dtype: str = "float64"
    threads: int | None = None
    compiled: bool | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        whole = {
            "replicas": checks.whole("replicas", self.replicas, low=2, high=2**32),
            "first_replica": checks.whole("first_replica", self.first_replica, low=0, high=2**31),
            "seed": checks.whole("seed", self.seed, low=0, high=2**64 - 1),
        }
        checks.member("dtype", self.dtype, FLOATS)
        if self.threads is not None:
            whole["threads"] = checks.whole("threads", self.threads)
        whole["G_every"] = checks.whole("G_every", self.G_every, high=2**20)
        if self.G_rows is not None:
            whole["G_rows"] = checks.whole("G_rows", self.G_rows, low=2, high=2**20)
            if self.follow_G is False and not self.keep_local:
                checks.complain("G_rows", self.G_rows, "must be left out with follow_G = False")
        if whole["G_every"] not in (None, 1) and self.follow_G is False and not self.keep_local:
            checks.complain("G_every", self.G_every, "must be left out with follow_G = False")
        for name in ("keep_paths", "keep_local", "follow_G", "rao_blackwell"):
            checks.flag(name, getattr(self, name))
        if self.rao_blackwell is True:
            for name, wanted in (("keep_local", False), ("dtype", "float64")):
                value = getattr(self, name)
                if value != wanted:
                    checks.complain(name, value, f"must be {wanted!r} with rao_blackwell=True")
        checks.instance("compiled", self.compiled, (bool, type(None)), "True, False or None")
        if not checks.complaints and whole["first_replica"] + whole["replicas"] > 2**32:
            end = whole["first_replica"] + whole["replicas"]
            checks.complain("first_replica + replicas", end, "must be at most 2^32")
        checks.done()
        for name, value in whole.items():
            object.__setattr__(self, name, value)

    def check_engine(self, engine: str, options: Sequence[str]) -> None:
        """Check that an engine can return what is requested.

        Args:
            engine: the name of the engine.
            options: the fields of `Sampling` that it reads.

        Raises:
            InputError: if paths or local gradients are requested of an engine without them.
        """
        checks = Checks()
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ENGINE_ONLY and field.name not in options and value != field.default:
                checks.complain(field.name, value, f"must be left out for the engine {engine}")
        checks.done()


# Fields written once for `at.run`'s keywords; a test holds them equal to those of `Sampling`.
class SamplingOptions(TypedDict, total=False):
    """The fields of `Sampling` that `at.run` takes as keywords."""

    replicas: int
    seed: int
    follow_G: bool
    G_rows: int | None
    G_every: int
    rao_blackwell: bool
    dtype: str
    threads: int | None
    compiled: bool | None


DEFAULT = Sampling()


def check_problem(checks: Checks, pair: Any, noise: Any) -> None:
    """Check that these are a pair and a noise, and belong together."""
    what = "a pair, such as at.Quadratic(L=1.0, dim=8).with_helper(delta=0.1)"
    checks.instance("pair", pair, Pair, what)
    checks.instance("noise", noise, Noise, "a noise, such as at.Gaussian(sigma_f=1.0)")
    if isinstance(noise, Minibatch) and noise.pair is not pair:
        checks.complain("noise", noise, "must be minibatches of this very pair")


def check_measures(checks: Checks, method: Any, measures: Any, pair: Any) -> None:
    """Check that these are measures of state variables that the method has, and of the pair."""
    if not isinstance(measures, tuple | list):
        checks.complain("measures", measures, "must be measures, such as (at.measures.gap_mean,)")
        return
    members = method.methods if isinstance(method, Schedule) else (method,)
    for measure in measures:
        if not isinstance(measure, Measure):
            checks.complain("measures", measure, "must be measures, such as at.measures.gap_mean")
            continue
        if measure.form == "dissimilarity" and isinstance(pair, Pair) and pair.helpers is None:
            checks.complain("measures", measure, "must be another one: the pair has one helper")
        for member in members:
            if not isinstance(member, MethodType):
                continue
            program = member.program
            if measure.over in OF_CLIENTS and program.clients is None:
                allowed = f"must be over the local steps or rounds: {member.name} has no clients"
                checks.complain("measures", measure, allowed)
                continue
            vectors = [v for v in program.state if v not in program.tables | program.scalars]
            if measure.of not in vectors:
                checks.complain(
                    "measures",
                    measure,
                    f"must be of a state variable of {member.name}, which has {', '.join(vectors)}",
                )
            elif measure.form != "square":
                unit = member.state_units.get(measure.of, X)
                if unit != X:
                    checks.complain(
                        "measures",
                        measure,
                        f"must be of a point, but {measure.of} of {member.name} has the unit {unit}"
                        f": write at.measures.square({measure.of!r}, unit=…)",
                    )


def check_weights(
    checks: Checks, measures: Sequence[Measure], T: int, rounds: Sequence[int]
) -> None:
    """Check that no weighted mean is recorded before the first round of positive weight."""
    for measure in measures:
        if measure.weights is None:
            continue
        first = int(np.max(np.argmax(measure.weights_of(T) > 0, axis=0))) + 1
        if min(rounds) < first:
            checks.complain(
                "record",
                list(rounds),
                f"must be at least {first}: {measure.name} has the weight 0 before round {first}",
            )


def check_helpers(checks: Checks, method: Any, pair: Pair) -> bool:
    """Whether a method has clients; check that the pair then has them."""
    members = method.methods if isinstance(method, Schedule) else (method,)
    named = [member.name for member in members if member.program.clients is not None]
    if named and pair.helpers is None:
        allowed = f"must have clients or several helpers for {named[0]}: make it by with_clients(N)"
        checks.complain("pair", pair, allowed)
    return bool(named)


def check_clients(checks: Checks, method: Any, pair: Pair, steps: Steps) -> None:
    """Check that a method with clients has them, and that a round needs no more than there are."""
    if not check_helpers(checks, method, pair) or pair.helpers is None:
        return
    S = steps.parameter(AT_WORK)
    if S is not None:
        check_at_work(checks, S, pair.helpers.N)
    for name, value in steps.per_client.items():
        checks.attempt(value.listed, name=name, helpers=pair.helpers)


def with_split_groups(pair: Pair, steps: Steps) -> Pair:
    """The pair, with groups of identical clients in which every step parameter has one value."""
    values = [value.values for value in steps.per_client.values()]
    known: Any = pair.helpers
    if not values or known is None or known.groups == known.N:
        return pair
    helpers = split_groups(known, np.column_stack(values))
    family: Any = pair
    return pair if helpers is known else replace(family, helpers=helpers)


def check_constants(checks: Checks, method: Any, d: int) -> None:
    """Check that the arrays in a method's text have a number for each coordinate."""
    for member in method.methods if isinstance(method, Schedule) else (method,):
        for hook in member.program.hooks.values():
            for node in hook.nodes:
                if node.op == "constant" and node.vector and node.data.size not in (1, d):
                    complaint = f"an array of {node.data.size} numbers, and x has d = {d}"
                    error = located(member.name, hook.name, node.line, [complaint])
                    checks.complaints.extend(error.complaints)


def recorded(steps: Steps, record: Sequence[int] | None) -> tuple[int, ...]:
    """The rounds to record, checked: whole numbers from 1 to T, ascending, each once."""
    if record is None:
        return (steps.T,)
    checks = Checks()
    listed = checks.several(
        "record", record, f"numbers of rounds, whole and from 1 to T = {steps.T}"
    )
    checks.done()
    rounds = [checks.whole("record", entry) for entry in listed]
    for entry in dict.fromkeys(entry for entry in rounds if isinstance(entry, int)):
        if entry > steps.T:
            checks.complain("record", entry, f"must be at most T = {steps.T}")
    if not rounds:
        checks.complain("record", record, "must name at least one round")
    checks.done()
    return tuple(sorted(set(rounds)))


def configurations(pair: Pair, noise: Noise, steps: Steps) -> int:
    """The common number of configurations C of pair, noise and steps; InputError if they
    disagree."""
    sizes: dict[str, tuple[int, ...]] = {"pair": () if pair.single else (len(pair.x0),)}
    for name in LEVELS:
        sizes[name] = np.shape(getattr(noise, name))
    for name, value in {"eta": steps.eta, "a": steps.a, **steps.parameters}.items():
        sizes[name] = value.grid if isinstance(value, PerRound | PerClient) else np.shape(value)
    arrays = {name: size for name, size in sizes.items() if size != ()}
    if any(len(size) != 1 for size in arrays.values()) or len(set(arrays.values())) > 1:
        raise InputError.listing(
            [f"shapes of the grid = {arrays}: must be numbers or arrays of one length"]
        )
    return next(iter(arrays.values()))[0] if arrays else 1


TASK = tuple(field.name for field in fields(Task))
SAMPLING = tuple(field.name for field in fields(Sampling))


def accepts_old_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """An engine's `run` or `refuses` that for one more release also takes (method, pair, noise,
    steps) and keywords, with a DeprecationWarning."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not _is_old(args, kwargs):
            check_arguments(**(dict(zip(("task", "sampling"), args, strict=False)) | kwargs))
            return function(*args, **kwargs)
        name = function.__name__
        engine = f"at.engines.ENGINES[{function.__globals__['name']!r}]"
        more = ", at.Sampling(replicas=…)" if name == "run" else ""
        _warn(f"{engine}.{name}", more)
        task, values = _old_task(TASK, args, kwargs)
        sampling = {name: values.pop(name) for name in SAMPLING if name in values}
        more_arguments = (Sampling(**sampling),) if name == "run" else ()
        return function(task, *more_arguments, **values)  # type: ignore[arg-type]

    return call


def chooses_by_old_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """`choose` of the engines, which for one more release also takes (engine, method, pair, noise,
    steps, dtype), with a DeprecationWarning."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        values = dict(zip(("engine",), args, strict=False)) | kwargs
        if not _is_old(args[1:], kwargs):
            check_arguments(*args[1:2], **{"task": values["task"]} if "task" in values else {})
            return function(*args, **kwargs)
        engine = values.pop("engine", AUTO)
        _warn("at.engines.choose", prefix="engine, ")
        task, values = _old_task((*TASK[:4], "dtype"), args[1:], values)
        return function(engine, task, **values)  # type: ignore[arg-type]

    return call


def check_arguments(task: Any = None, sampling: Any = None, **others: Any) -> None:
    """Check the types of the arguments of `run` and `refuses`; those that are left out are not."""
    checks = Checks()
    what = "at.Task(method=…, pair=…, noise=…, steps=…)"
    if task is not None:
        checks.instance("task", task, Task, what)
    if sampling is not None:
        checks.instance("sampling", sampling, Sampling, "at.Sampling(replicas=…)")
    checks.done()


def _is_old(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call has a method, a pair and so on in place of a task."""
    return "task" not in kwargs and (len(args) >= len(TASK[:4]) or bool(kwargs.keys() & set(TASK)))


def _warn(function: str, more: str = "", prefix: str = "") -> None:
    warnings.warn(
        f"{function}({prefix}method, pair, noise, steps, …) will be removed: write "
        f"{function}({prefix}at.Task(method=…, pair=…, noise=…, steps=…){more})",
        DeprecationWarning,
        stacklevel=3,
    )


def _old_task(
    names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Task, dict[str, Any]]:
    """The task of an old call, and its other arguments."""
    values = {**dict(zip(names, args, strict=False)), **kwargs}
    return Task(**{name: values.pop(name) for name in TASK if name in values}), values
