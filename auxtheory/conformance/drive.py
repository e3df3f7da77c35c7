"""Run a method, a step function or a client and server through the rounds of a case, and check what
they return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from auxtheory.conformance.case import Case, FederatedRound, Round
from auxtheory.conformance.exchange import (
    Broken,
    copied,
    handed,
    is_array,
    plain,
    same,
    snapshot,
    to_numpy,
)
from auxtheory.conformance.federated import Federated
from auxtheory.errors import shown
from auxtheory.methods.two_rules import TwoRules
from auxtheory.printing import brief, ends, table
from auxtheory.typing import FloatArray

Step: TypeAlias = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Stepped:
    """The rules of a method as a step function, with (m, x_prev) as its state."""

    rules: TwoRules

    def __call__(self, x: Any, state: Any, round: Round) -> tuple[Any, Any]:
        m = self.buffer(x, state, round)
        return self.descend(x, m, round), (m, x)

    def buffer(self, x: Any, state: Any, round: Round) -> Any:
        """This round's correction; in the first round, the rule at a = 1 on the exact ∇r(x⁰)."""
        diff = self.diff(x, round, round.refresh)
        if state is None:
            return self.rules.refresh(diff, diff, diff, 1.0)
        m, x_prev = state
        return self.rules.refresh(m, diff, self.diff(x_prev, round, round.refresh), round.a)

    def diff(self, x: Any, round: Round, key: Any) -> Any:
        """g_r at x, with the helper that the method sees."""
        role = self.rules.role
        if role.beta:
            return 0 * x
        g_f = round.grad_f(x, key)
        return g_f - round.grad_h(x, key) if role.alpha else g_f

    def local(self, y: Any, round: Round, key: Any) -> Any:
        """The gradient of a local step, of the helper that the method sees."""
        role = self.rules.role
        if not (role.alpha or role.beta):
            return 0 * y
        return role.h(round.grad_h, round.grad_f, round.grad_f)(y, key)

    def descend(self, x: Any, m: Any, round: Round) -> Any:
        """The K local steps from x."""
        for key in round.local:
            x = self.rules.local_step(x, self.local(x, round, key), m, round.eta)
        return x


@dataclass(frozen=True)
class Checked:
    """A step function of a user, called on copies; raises Broken if it fails, does not return a
    pair or, if strict, changes x or the state in place."""

    function: Step
    name: str
    strict: bool = False

    def __call__(self, x: Any, state: Any, round: Round) -> tuple[Any, Any]:
        arguments = {"x": x, "state": state}
        return call(self.function, self.name, arguments, (round,), ("x", "state"), self.strict)


@dataclass(frozen=True)
class Pooled:
    """A client and a server as a step function with the state (c, (c_1, …, c_N)), starting from c_i
    = ∇f_i(x⁰)."""

    pair: Federated
    strict: bool = False

    def __call__(self, x: Any, state: Any, round: FederatedRound) -> tuple[Any, Any]:
        if state is None:
            controls = [grad(x) for grad in round.grads]
            c = sum(controls[1:], controls[0]) / len(controls)
        else:
            c = state[0]
            controls = list(state[1])
        sent = []
        for i in round.participants:
            arguments = {"x": x, "c": c, "c_i": controls[i]}
            rest = round.grads[i], round.eta, round.K
            message, controls[i] = call(
                self.pair.client, "client", arguments, rest, ("message", "c_i"), self.strict
            )
            vector("client", "c_i", controls[i], len(x))
            controls[i] = plain(controls[i])
            sent.append(message)
        arguments = {"x": x, "c": c, "sent": sent}
        x_new, c_new = call(
            self.pair.server, "server", arguments, (len(controls),), ("x", "c"), self.strict
        )
        vector("server", "c", c_new, len(x))
        return x_new, (plain(c_new), tuple(controls))


@dataclass(frozen=True, eq=False, repr=False)
class Path:
    """The iterates and states of a run.

    Args:
        x: x⁰ … x^T, shape (T + 1, d).
        states: the state after each round; of client and server (c, (c_1, …, c_N)).
        tolerance: the relative tolerance to which iterates of this precision are compared.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.conformance import Case, follow
        >>> pair = at.Quadratic(L=1.0, dim=1).with_helper(0.4)
        >>> case = Case(pairs=[pair], noise=at.Gaussian(), steps=at.Steps(eta=0.3, a=0.2, K=2, T=3))
        >>> len(follow(at.methods.AuxMOM, case).states)
        3
    """

    x: FloatArray
    states: tuple[Any, ...]
    tolerance: float

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        rows = [{"t": t, "x": brief(x.tolist())} for t, x in enumerate(self.x)]
        places = ends(len(rows))
        return table([rows[t] for t in places], ["t", "x"], size=len(rows), places=places)


def rounds(step: Step, case: Case, xp: Any) -> Iterator[tuple[FloatArray, Any, float]]:
    """x (as a NumPy array), state and tolerance after each round; Broken if x is invalid."""
    name = getattr(step, "name", "server")
    x = xp.asarray(case.x0)
    state = None
    for t in range(1, case.steps.T + 1):
        round_ = case.federated_round(t, xp) if len(case.pairs) > 1 else case.round(t, xp)
        try:
            x, state = step(x, state, round_)
            array = vector(name, f"x in round {t}", x, case.x0.size)
            x = handed(x, xp)
            if array.dtype.kind != "f" or array.dtype.itemsize < 4:
                raise Broken(f"{name} returns x of {array.dtype}; it must be float32 or float64")
        except Broken as error:
            error.case = case.until(t)
            raise
        yield (
            array.astype(float),
            state,
            1e-10 if array.dtype.itemsize >= 8 else 100 * float(np.finfo(array.dtype).eps),
        )


def walk(step: Step, case: Case, xp: Any = np) -> Path:
    """The path of all rounds of a case from its start."""
    x, states, tolerances = zip(*rounds(step, case, xp), strict=True)
    return Path(np.stack([case.x0, *x]), states, max(tolerances))


def call(
    function: Callable[..., Any],
    name: str,
    arguments: Mapping[str, Any],
    rest: Sequence[Any],
    returns: tuple[str, str],
    strict: bool = False,
) -> tuple[Any, Any]:
    """A copy of the pair that function(*arguments, *rest) returns, called on copies of the
    arguments.

    returns: the names of the two. strict: the arguments must stay unchanged, and a second call must
    not change what the first returned.
    """
    inputs = copied(arguments, f"that {name} is given")
    before = [snapshot(value) for value in inputs] if strict else []
    try:
        result = function(*inputs, *rest)
    except Exception as error:
        raise Broken(
            f"{name} raises {type(error).__name__}: {' '.join(str(error).split())}"
        ) from error
    pair = dict(zip(returns, as_pair(name, result, f"({', '.join(returns)})"), strict=True))
    copies = copied(pair, f"that {name} returns")
    if strict:
        for argument, value, after in zip(arguments, before, inputs, strict=True):
            if not same(value, snapshot(after)):
                raise Broken(
                    f"{name} changes its argument {argument} in place; it must return a new one"
                )
        others = copied(arguments, f"that {name} is given")
        _check_not_overwritten(
            pair, name, lambda: function(*(v + 1 if is_array(v) else v for v in others), *rest)
        )
    return copies[0], copies[1]


def _check_not_overwritten(
    pair: Mapping[str, Any], name: str, call_again: Callable[[], Any]
) -> None:
    """Raise Broken if another call of the function changes the pair that the last call returned."""
    before = [snapshot(value) for value in pair.values()]
    with suppress(Exception):
        call_again()
    for (what, after), value in zip(pair.items(), before, strict=True):
        if not same(value, snapshot(after)):
            text = (
                f"{name} overwrites the {what} that its call before returned: both calls "
                "return the same array"
            )
            raise Broken(
                text, f"a buffer is used again for the {what} of every call; return a copy of it"
            )


def as_pair(name: str, value: Any, what: str) -> tuple[Any, Any]:
    """The two parts of a returned pair."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise Broken(f"{name} returns {shown(value)}; it must return a pair {what}")
    return value[0], value[1]


def vector(name: str, what: str, value: Any, dim: int) -> Any:
    """An array of finite numbers of shape (dim,), as NumPy holds it."""
    try:
        array = to_numpy(value)
    except (TypeError, ValueError, RuntimeError):
        array = np.asarray(None)
    if array.dtype.kind not in "fiub" or not is_array(value):
        other = f"of {value.dtype}" if is_array(value) else f"a {type(value).__name__}"
        raise Broken(
            f"{name} returns {what} = {shown(value)}; it must be an array of real numbers, not "
            f"{other}"
        )
    if np.ma.is_masked(value):
        raise Broken(
            f"{name} returns {what} = {shown(value)}, in which entries are masked; each must be a "
            "number"
        )
    if array.shape != (dim,):
        raise Broken(f"{name} returns {what} of shape {array.shape}; it must be ({dim},)")
    if not np.all(np.isfinite(array)):
        raise Broken(f"{name} returns {what} = {shown(array)}; it must be finite")
    return array
