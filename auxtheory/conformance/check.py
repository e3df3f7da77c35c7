"""The functions that check an implementation for every property that applies to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Literal

import numpy as np

from auxtheory.conformance.case import Case
from auxtheory.conformance.diagnosis import AGAIN, BASIC, Diagnosis
from auxtheory.conformance.drive import Path, walk
from auxtheory.conformance.properties import PROPERTIES, RETURNS, Property, judge
from auxtheory.conformance.report import NonConforming, Outcome, Report
from auxtheory.conformance.scaffold import Scaffold
from auxtheory.conformance.subject import Subject, as_subject
from auxtheory.errors import Checks, InputError
from auxtheory.implementations.exchange import Broken
from auxtheory.methods import MethodType

NOT_RUNNING = "not checked, because it does not run"


def check_method(implementation: Any, *, like: MethodType | None = None, xp: Any = np) -> Report:
    """Check whether an implementation of a method is right.

    Each property is checked on small problems with known noise, and compared with the reference.
    Iterates are compared to 1e-10, in single precision to 1e-5.

    Args:
        implementation: an `at.Method`, a function step(x, state, round) → (x_new, state_new) of one
            `Round` (the state is None in the first round), or a `Federated` pair.
        like: the method that it claims to be, any text whose samples the keys of a round name; by
            default the method of the library with the same name, for Federated SCAFFOLD, otherwise
            any method with clients. For other functions only the properties of every corrected
            method are checked.
        xp: the namespace of its arrays: numpy, torch or jax.numpy.

    Returns:
        The outcome of every property.

    Raises:
        NonConforming: a property fails. The message says which, in which case, and the likely
            cause.
        InputError: an argument is of another kind.

    Example:
        >>> import auxtheory as at
        >>> def step(x, m, round):
        ...     diff = round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)
        ...     m = diff if m is None else (1 - round.a) * m + round.a * diff
        ...     y = x
        ...     for key in round.local:
        ...         y = y - round.eta * (round.grad_h(y, key) + m)
        ...     return y, m
        >>> report = at.testing.check_method(step, like=at.methods.AuxMOM)
        >>> report["equals the reference"].status
        'passed'
    """
    subject = as_subject(implementation, like, xp)
    report = judge_all(subject, [prop for prop in PROPERTIES if kind(subject) in prop.kinds])
    return raise_if_failed(report)


def checks_of(
    implementation: Any, *, like: MethodType | None = None, xp: Any = np
) -> Iterator[tuple[str, Callable[[], Report]]]:
    """Yield each property that applies, with a function that checks it alone.

    Args:
        implementation: as of `check_method`.
        like: as of `check_method`.
        xp: as of `check_method`.

    Returns:
        The name of each property, and a function that returns its `Report` or raises NonConforming.

    Example:
        >>> import auxtheory as at
        >>> checks = dict(at.testing.checks_of(at.methods.AuxMOM))
        >>> checks["fixed point"]()["fixed point"].status
        'passed'
    """
    subject = as_subject(implementation, like, xp)
    for prop in PROPERTIES:
        if not why_not_applicable(subject, prop):
            yield prop.name, partial(_check_one, subject, prop)


def parametrize_with_checks(
    implementations: Iterable[Any], *, like: MethodType | None = None, xp: Any = np
) -> Callable[[Any], Any]:
    """Return a pytest decorator that runs each property of each implementation as a test.

    Args:
        implementations: the implementations, each as of `check_method`.
        like: as of `check_method`.
        xp: as of `check_method`.

    Returns:
        A decorator for a test with the argument `check`, which calls it.

    Raises:
        InputError: the implementations are not a sequence.
        ImportError: pytest is not installed.

    Example:
        >>> import auxtheory as at
        >>> @at.testing.parametrize_with_checks([at.methods.AuxMOM])
        ... def test_mine(check):
        ...     check()
    """
    try:
        import pytest
    except ImportError as error:
        raise ImportError(
            "parametrize_with_checks needs pytest: pip install 'auxtheory[testing]'"
        ) from error
    checks = Checks()
    parameters = list[Any]()
    listed = checks.several(
        "implementations", implementations, "methods to check, such as [at.methods.AuxMOM]"
    )
    checks.done()
    for implementation in listed:
        name = as_subject(implementation, like, xp).name
        for prop, check in checks_of(implementation, like=like, xp=xp):
            parameters.append(
                pytest.param(check, id=f"{name}-{prop.replace(' = ', '=').replace(' ', '-')}")
            )
    return pytest.mark.parametrize("check", parameters)


def follow(implementation: Any, case: Case, *, xp: Any = np) -> Path:
    """Run an implementation in one case, such as a failed check prints.

    Args:
        implementation: as of `check_method`.
        case: the problem.
        xp: as of `check_method`.

    Returns:
        The iterates and the states.

    Raises:
        InputError: an argument is of another kind, or the implementation does not run.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.conformance import Case, follow
        >>> pair = at.Quadratic(L=1.0, dim=1).with_helper(0.4)
        >>> case = Case(pairs=[pair], noise=at.Gaussian(), steps=at.Steps(eta=0.3, a=0.2, K=2, T=3))
        >>> follow(at.methods.AuxMOM, case).x.shape
        (4, 1)
    """
    subject = as_subject(implementation, None, xp)
    checks = Checks()
    checks.instance("case", case, Case, "a Case, as printed by a failed check")
    if isinstance(case, Case) and (len(case.pairs) > 1) != subject.clients:
        checks.complain(
            "pairs",
            len(case.pairs),
            "must be one per client for Federated and methods with clients, otherwise a single one",
        )
    checks.done()
    try:
        return walk(subject.step, case, xp)
    except Broken as error:
        raise InputError.listing([str(error)]) from error.__cause__


def kind(subject: Subject) -> str:
    """The kind of an implementation's properties: those of a step, or of client and server."""
    return "federated" if subject.clients else "step"


def why_not_applicable(subject: Subject, prop: Property) -> str:
    """Why a property does not apply; empty if it does."""
    if kind(subject) not in prop.kinds:
        return "for a step function" if subject.clients else "for Federated"
    if prop.controls and subject.of_clients is not None:
        return "for SCAFFOLD's controls"
    if prop.needs_like and subject.like is None and subject.federated is None:
        return "needs like=, the method that this claims to be"
    option = subject.federated.option if subject.federated and subject.like is None else None
    if not prop.basic and lacking(subject.like, option, prop):
        return f"does not hold for {subject.like.name if subject.like else 'SCAFFOLD'}"
    return ""


@lru_cache(maxsize=1024)  # the same for all implementations
def lacking(like: MethodType | None, option: Literal["I", "II"] | None, prop: Property) -> bool:
    """Whether the reference lacks the property."""
    if option is not None:
        pair = Scaffold(option).pair()
        return judge(as_subject(pair, None, np), prop) is not None
    return like is not None and judge(as_subject(like, like, np), prop) is not None


def judge_all(subject: Subject, properties: Iterable[Property]) -> Report:
    """The outcomes of all properties; if the implementation does not run, the others are not
    checked."""
    outcomes: list[Outcome] = []
    diagnosis = Diagnosis(subject)
    for prop in properties:
        broken = any(o.name == RETURNS.name and o.status == "failed" for o in outcomes)
        reason = NOT_RUNNING if broken else why_not_applicable(subject, prop)
        before = [o.name for o in outcomes if o.status == "failed"]
        ran = any(o.name == RETURNS.name and o.status == "passed" for o in outcomes)
        outcomes.append(outcome(diagnosis, prop, reason, before, ran=ran))
    claimed = "SCAFFOLD" if subject.federated is not None else ""
    like = claimed if subject.like is None else subject.like.name
    return Report(
        implementation=subject.name,
        like=like,
        outcomes=tuple(outcomes),
        namespace=subject.xp.__name__,
    )


def outcome(
    diagnosis: Diagnosis, prop: Property, reason: str, before: Sequence[str], *, ran: bool = False
) -> Outcome:
    """The outcome of one property, judged unless there is a reason not to. before: the properties
    that failed earlier; ran: whether the implementation has run in all cases so far."""
    if reason:
        return Outcome(name=prop.name, says=prop.says, status="does not apply", text=reason)
    failure = judge(diagnosis.subject, prop)
    if failure is None:
        return Outcome(name=prop.name, says=prop.says, status="passed")
    known = failure.cause
    # A failure of another kind than the property tests: the returned values have the wrong shape in
    # this case.
    shape = failure.broke and " of shape " in failure.text
    if shape and prop.basic and prop.name not in (RETURNS.name, "no hidden state"):
        known = known or (AGAIN if ran else BASIC[RETURNS.name])
    return Outcome(
        name=prop.name,
        says=prop.says,
        status="failed",
        text=failure.text,
        case=failure.case,
        cause=known or diagnosis.cause(prop.name, before),
        error=failure.error,
    )


def _check_one(subject: Subject, prop: Property) -> Report:
    report = judge_all(subject, [prop])
    return raise_if_failed(report)


def raise_if_failed(report: Report) -> Report:
    """Return the report if nothing failed; otherwise raise NonConforming, from the error of the
    implementation if it raised one."""
    if report.failed:
        raise NonConforming(report) from report.failed[0].error
    return report
