"""The implementation under test: run its cases, compare them with expected paths, and return the
first case that differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from auxtheory.bounds.units import Unit
from auxtheory.conformance.case import Case
from auxtheory.conformance.client_text import Text, unreadable_clients
from auxtheory.conformance.drive import Path, Stepped, walk
from auxtheory.conformance.interpreted import Interpreted, unreadable
from auxtheory.conformance.scaffold import Scaffold
from auxtheory.conformance.sizes import ETA, Size, sizes, sizes_of_clients
from auxtheory.errors import Checks, InputError, shown
from auxtheory.implementations.calling import Checked, Step
from auxtheory.implementations.exchange import to_numpy
from auxtheory.implementations.federated import Federated
from auxtheory.implementations.pooled import Pooled, Start
from auxtheory.implementations.rounds import FederatedRound
from auxtheory.methods import EVERY, MethodType
from auxtheory.methods.correction import correction_of
from auxtheory.methods.two_rules import rules_of
from auxtheory.typing import FloatArray

HELPERS = 0.3  # mean of the ∇r_i of helpers, as a share of the largest


@dataclass(frozen=True, eq=False)
class Failure:
    """A failure: the difference, the case, the error that caused it if any, the cause if it is
    known immediately, and whether the returned values were invalid."""

    text: str
    case: Case | None = None
    error: BaseException | None = None
    cause: str = ""
    broke: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """An implementation as a step function, and the method that it claims to be, if any.

    strict: the step that also refuses changes of its arguments; traits: the method that determines
    K and exact refreshes.
    """

    name: str
    step: Step
    strict: Step
    xp: Any = np
    like: MethodType | None = None
    traits: MethodType | None = None
    federated: Federated | None = None

    @property
    def of_clients(self) -> MethodType | None:
        """The method with clients that this claims to be; None for SCAFFOLD's own check."""
        like = self.like
        return like if like is not None and like.program.clients is not None else None

    @property
    def clients(self) -> bool:
        """Whether a round has clients."""
        return self.federated is not None or self.of_clients is not None

    @property
    def base(self) -> Size:
        return Size(
            N=2 if self.clients else 0,
            mean=HELPERS if self.of_clients is not None and _uses_f(self.of_clients) else 0.0,
            exact=self.traits is not None and self.traits.exact_refresh,
            parameters=() if self.traits is None else parameters_of(self.traits),
        )

    def sizes(
        self, *, noise: bool = False, partial: bool = False, **changes: Any
    ) -> Iterator[Size]:
        """Sizes that this implementation can run, smallest first."""
        single = self.traits is not None and self.traits.single_step
        some = partial and (self.federated.partial if self.federated else self.clients)
        every = sizes if self.of_clients is None else sizes_of_clients
        return every(self.base.with_(**changes), single_step=single, partial=some, noise=noise)

    def walk(self, case: Case) -> Path:
        return walk(self.step, case, self.xp)

    @property
    def reference(self) -> Subject | None:
        """The correct implementation of the same method, on NumPy."""
        if self.of_clients is not None:
            text = Text.of(self.of_clients)
            return replace(self, name=self.of_clients.name, step=text, strict=text, xp=np)
        if self.federated is not None:
            pair = Scaffold(self.federated.option).pair()
            return replace(
                self, name="SCAFFOLD", step=Pooled(pair), strict=Pooled(pair), xp=np, federated=pair
            )
        if self.like is None:
            return None
        step = step_of(self.like)
        return replace(self, name=self.like.name, step=step, strict=step, xp=np)

    def first_difference(self, wanted: Iterable[tuple[Case, FloatArray]]) -> Failure | None:
        """The first of the cases whose path is not the expected x⁰ … x^T, shape (T + 1, d)."""
        for case, expected in wanted:
            failure = difference(self.walk(case), expected, case)
            if failure:
                return failure
        return None


def difference(path: Path, expected: FloatArray, case: Case) -> Failure | None:
    """The difference of a path from the expected one, if it exceeds the precision."""
    for t, (x, y) in enumerate(zip(path.x, expected, strict=True)):
        if not close(x, y, path.tolerance):
            return Failure(
                f"x after round {t} is {shown(x)}, must be {shown(y)}", case.until(max(t, 1))
            )
    return None


def close(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two arrays are equal up to the tolerance, relative to the larger numbers."""
    one = to_numpy(one).astype(float)
    other = to_numpy(other).astype(float)
    scale = max(1.0, float(np.max(np.abs(other), initial=0.0)))
    return bool(np.all(np.abs(one - other) <= tolerance * scale))


def step_of(method: MethodType) -> Step:
    """A text as a step function; InputError if the keys of a round do not name its samples."""
    if method.program.clients is not None:
        of_clients = unreadable_clients(method)
        if of_clients:
            raise InputError.listing([f"like = {method!r}: {of_clients}"])
        return Text.of(method)
    if correction_of(method.program) is not None:
        return Stepped(rules_of(method))
    reason = unreadable(method)
    if reason:
        raise InputError.listing([f"like = {method!r}: {reason}"])
    return Interpreted(method)


def parameters_of(method: MethodType) -> tuple[tuple[str, float, Unit], ...]:
    """The values at which a method is checked of its step parameters besides a, with their units:
    their defaults, otherwise 1/2, or 1 if it is a whole number."""
    of_clients = method.program.clients is not None
    known = {"eta": ETA} | dict.fromkeys(method.whole, 2.0 if of_clients else 1.0)
    # A server's step of 1 or an unlimited number of steps would hide that it is left out.
    telling = {1.0: 0.7, np.inf: 2.0} if of_clients else {}
    return tuple(
        (
            name,
            known.get(name, 0.5 if default is None else telling.get(default, default)),
            method.parameter_units[name],
        )
        for name, default in method.parameters.items()
        if name not in ("a", "S")
    )


def as_subject(implementation: Any, like: Any, xp: Any) -> Subject:
    """Prepare an implementation; InputError lists everything that is wrong with the arguments."""
    checks = Checks()
    if not isinstance(implementation, MethodType | Federated) and not callable(implementation):
        allowed = (
            "must be callable as step(x, state, round), an at.Method, or "
            "Federated(client=..., server=...)"
        )
        checks.complain("implementation", implementation, allowed)
    if like is not None:
        checks.instance("like", like, MethodType, "a method such as at.methods.AuxMOM, or None")
    if isinstance(like, MethodType):
        checks.attempt(step_of, method=like)
    if isinstance(like, MethodType) and (like.program.clients is not None) != has_clients(
        implementation
    ):
        allowed = (
            "must be a method with clients, or None for SCAFFOLD, of a Federated"
            if isinstance(implementation, Federated)
            else "must be compared with a Federated(client=…, server=…), since it has clients"
        )
        checks.complain("like", like, allowed)
    if not isinstance(xp, ModuleType) or not hasattr(xp, "asarray"):
        checks.complain("xp", xp, "must be numpy, torch or jax.numpy")
    checks.done()
    if isinstance(implementation, Federated):
        first = None if like is None else on(Text.of(like), xp)
        steps = Pooled(implementation, first=first), Pooled(implementation, True, first)
        return Subject(
            name=title(implementation),
            step=steps[0],
            strict=steps[1],
            xp=xp,
            like=like,
            traits=like,
            federated=implementation,
        )
    function = implementation
    method = None
    if isinstance(implementation, MethodType):
        method = implementation
        like = like or {method.name: method for method in EVERY}.get(method.name)
        like = method if like is None and method.program.clients is not None else like
        function = method.implementation or step_of(method)
    name = title(implementation)
    return Subject(
        name=name,
        step=Checked(function, name),
        strict=Checked(function, name, strict=True),
        xp=xp,
        like=like,
        traits=like or method,
    )


def has_clients(implementation: Any) -> bool:
    """Whether an implementation is a client and a server, or a text with clients."""
    if isinstance(implementation, MethodType):
        return implementation.program.clients is not None
    return isinstance(implementation, Federated)


def on(text: Text, xp: Any) -> Start:
    """What server and clients keep at the start, as arrays of xp."""

    def made(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(made, value))
        return None if value is None else xp.asarray(to_numpy(value).copy())

    def start(x: Any, round: FederatedRound) -> tuple[Any, Sequence[Any]]:
        c, each = text.first(x, round)
        return made(c), [made(c_i) for c_i in each]

    return start


def _uses_f(method: MethodType) -> bool:
    """Whether the helpers of a method need not be clients: it takes gradients of f or r."""
    return any(call.kind != "h" for call in method.program.calls)


def title(implementation: Any) -> str:
    """A short name for an implementation."""
    if isinstance(implementation, MethodType):
        return implementation.name
    if isinstance(implementation, Federated):
        return (
            f"Federated(client={title(implementation.client)}, "
            f"server={title(implementation.server)})"
        )
    inner = getattr(implementation, "func", implementation)  # a functools.partial has no name
    return str(getattr(inner, "__name__", type(inner).__name__))
