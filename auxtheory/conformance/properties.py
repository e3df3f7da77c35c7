"""The properties, each a search for the smallest case in which it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from auxtheory.conformance import purity
from auxtheory.conformance.case import Case
from auxtheory.conformance.controls import averages_to_c, initial, is_own_gradient
from auxtheory.conformance.drive import Stepped, walk
from auxtheory.conformance.sizes import Size
from auxtheory.conformance.subject import Failure, Subject, close, step_of
from auxtheory.implementations.calling import Step
from auxtheory.implementations.exchange import Broken
from auxtheory.methods import SGD, MethodType
from auxtheory.methods.two_rules import rules_of
from auxtheory.typing import FloatArray

Find: TypeAlias = Callable[[Subject], Failure | None]

DESCENT = Stepped(replace(rules_of(SGD), name="gradient descent on f"))


@dataclass(frozen=True)
class Property:
    """A property: its name, its statement, and the search for a failure.

    kinds: the implementations that can have it: step functions (and methods), Federated pairs, or
    both; controls: those alone that are compared with SCAFFOLD. needs_like: whether it depends on
    the claimed method. A property that the reference lacks does not apply, unless it is `basic`,
    which every function must have.
    """

    name: str
    says: str
    find: Find
    kinds: tuple[str, ...] = ("step", "federated")
    needs_like: bool = False
    basic: bool = False
    controls: bool = False


def returns(subject: Subject) -> Failure | None:
    """The implementation runs, and returns arrays of the right shape."""
    for size in subject.sizes(partial=True):
        subject.walk(size.case())
    return None


def fixed_point(subject: Subject) -> Failure | None:
    return subject.first_difference(
        (case, np.tile(case.x0, (case.steps.T + 1, 1)))
        for case in (size.case() for size in subject.sizes(partial=True, at_minimiser=True))
    )


def twins(
    subject: Subject, partial: bool = False, **changes: object
) -> Iterator[tuple[Size, Case, FloatArray]]:
    """Yield each changed size, its case, and the path without the changes; stop where the
    implementation breaks."""
    for size in subject.sizes(partial=partial):
        yield size, size.with_(**changes).case(), subject.walk(size.case()).x


def independent(subject: Subject) -> Failure | None:
    return subject.first_difference(
        (case, x) for _, case, x in twins(subject, partial=True, zeta=2.1)
    )


def dependent(subject: Subject) -> Failure | None:
    """The naive method must depend on the bias of the helper."""
    for _, case, x in twins(subject, zeta=2.1):
        path = subject.walk(case)
        if close(path.x, x, path.tolerance):
            return Failure(
                f"x is the same for ζ = 0.7 and ζ = 2.1, {x[-1]} after round {case.steps.T}", case
            )
    return None


def reduction(subject: Subject) -> Failure | None:
    """The reduction to K = 1 and h = 0; without `like` only the first round, which is the same for
    all methods."""
    step = DESCENT if subject.like is None else alone(subject.like)
    chosen = (s for s in subject.sizes(plain=True, noise=subject.like is not None) if s.K == 1)
    cases = (size.case() if subject.like is not None else size.case().until(1) for size in chosen)
    return subject.first_difference((case, walk(step, case).x) for case in cases)


def alone(method: MethodType) -> Step:
    """A method on f alone, with h = 0."""
    step = step_of(method)
    return Stepped(replace(step.rules, helper="none")) if isinstance(step, Stepped) else step


def one_step(subject: Subject) -> Failure | None:
    """One step: K = 1 with all clients."""
    cases = (size.case() for size in subject.sizes() if size.K == 1)
    return subject.first_difference((case, descent(case)) for case in cases)


def zero_delta(subject: Subject) -> Failure | None:
    cases = (size.case() for size in subject.sizes(delta=0.0))
    return subject.first_difference((case, descent(case)) for case in cases)


def descent(case: Case) -> FloatArray:
    """The iterates of gradient descent on f with K steps per round."""
    single = Case(pairs=case.pairs[:1], noise=case.noise, steps=case.steps, start=case.start)
    return walk(DESCENT, single).x


def rotation(subject: Subject) -> Failure | None:
    moved = twins(subject, partial=True, rotation=1)
    return subject.first_difference(
        (case, x @ s.with_(rotation=1).turned) for s, case, x in moved if s.d > 1
    )


def translation(subject: Subject) -> Failure | None:
    return subject.first_difference(
        (case, x + 3.0) for _, case, x in twins(subject, partial=True, shift=3.0)
    )


def units(subject: Subject) -> Failure | None:
    rescaled = twins(subject, partial=True, by_x=10.0, by_f=1000.0)
    return subject.first_difference((case, 10.0 * x) for _, case, x in rescaled)


def equal(subject: Subject) -> Failure | None:
    """The trajectory equals the reference's, with the same samples."""
    reference = subject.reference
    assert reference is not None
    cases = (size.case() for size in subject.sizes(noise=True, partial=True))
    return subject.first_difference((case, reference.walk(case).x) for case in cases)


STEP = ("step",)
FEDERATED = ("federated",)


def judge(subject: Subject, prop: Property) -> Failure | None:
    """The failure of one property, if there is one; one that breaks on the way fails."""
    try:
        return prop.find(subject)
    except Broken as error:
        return Failure(str(error), error.case, error.__cause__, error.cause, broke=True)


RETURNS = Property(
    "returns", "it runs, and returns finite arrays of the right shape", returns, basic=True
)
PROPERTIES = (
    RETURNS,
    Property(
        "inputs unchanged",
        "no argument or earlier result is changed in place",
        purity.unchanged,
        basic=True,
    ),
    Property(
        "same call, same answer",
        "the same arguments give the same result",
        purity.repeatable,
        basic=True,
    ),
    Property(
        "no hidden state",
        "two runs are independent of each other",
        purity.no_hidden_state,
        basic=True,
    ),
    Property(
        "global random state",
        "no global generator is drawn from",
        purity.global_random_state,
        basic=True,
    ),
    Property(
        "initial controls",
        "the mean of the c_i is c at the start",
        initial,
        FEDERATED,
        controls=True,
    ),
    Property(
        "controls average to c",
        "the mean of the c_i is c after every round",
        averages_to_c,
        FEDERATED,
        controls=True,
    ),
    Property(
        "control is own gradient",
        "at K = 1 without noise c_i becomes ∇f_i(x)",
        is_own_gradient,
        FEDERATED,
        controls=True,
    ),
    Property("fixed point", "the minimiser of f is one, for every ζ", fixed_point),
    Property("independent of zeta", "a constant added to ∇h changes nothing", independent),
    Property(
        "depends on zeta",
        "a constant added to ∇h changes the iterates",
        dependent,
        STEP,
        needs_like=True,
    ),
    Property("K = 1 and h = 0", "the method on f alone", reduction, STEP),
    Property("K = 1", "without noise, gradient descent on f", one_step, FEDERATED),
    Property("delta = 0", "without noise, K steps of gradient descent on f per round", zero_delta),
    Property("rotation", "turned coordinates turn the iterates", rotation),
    Property("translation", "moved coordinates move the iterates", translation),
    Property("units", "other units of x and f give the same iterates in them", units),
    Property(
        "equals the reference", "the same iterates with the same samples", equal, needs_like=True
    ),
)
