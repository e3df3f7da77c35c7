"""A client and a server as one step function, whose state is what the server and each client
keep."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np

from auxtheory.implementations.calling import as_pair, call, vector
from auxtheory.implementations.exchange import Broken, is_array, plain, to_numpy
from auxtheory.implementations.federated import Federated
from auxtheory.implementations.rounds import FederatedRound
from auxtheory.typing import FloatArray

# What server and clients keep at the start of a run, from x⁰ and the first round.
Start: TypeAlias = Callable[[Any, FederatedRound], tuple[Any, Sequence[Any]]]


@dataclass(frozen=True)
class Pooled:
    """A client and a server as a step function with the state (c, (c_1, …, c_N)).

    first: what they keep at the start, where the pair does not say; None: c_i = ∇f_i(x⁰), and c
    their mean.
    """

    pair: Federated
    strict: bool = False
    first: Start | None = None

    def __call__(self, x: Any, state: Any, round: FederatedRound) -> tuple[Any, Any]:
        c, controls = self._start(x, round) if state is None else (state[0], list(state[1]))
        controls = list(controls)
        if self.pair.refresh is not None and round.t > 1:
            for i in round.chosen(self.pair.refreshed):
                (controls[i],) = self._client("refresh", x, c, controls[i], i, round)
        if self.pair.report is not None and round.t >= self.pair.reports_from:
            reporting = round.chosen(self.pair.reporting)
            sent = []
            for i in reporting:
                message, controls[i] = self._client("report", x, c, controls[i], i, round)
                sent.append(message)
            (c,) = self._server("collect", x, c, sent, reporting, round)
        sent = []
        for i in round.participants:
            message, controls[i] = self._client("client", x, c, controls[i], i, round)
            sent.append(message)
        x_new, c_new = self._server("server", x, c, sent, round.participants, round)
        return x_new, (c_new, tuple(controls))

    def _start(self, x: Any, round: FederatedRound) -> tuple[Any, Sequence[Any]]:
        if self.pair.start is not None:
            values = _common(round) | {"weights": [round.weight(i) for i in range(round.N)]}
            values |= {"grad_f": round.grads_f[0]} if round.grads_f else {}
            function = with_keywords(self.pair.start, "start", values)
            c, each = call(function, "start", {"x": x}, (round.N, round.grads), ("c", "c_i"))
            if not isinstance(each, list | tuple) or len(each) != round.N:
                raise Broken(f"start must return (c, [c_1, …, c_N]), with a c_i for N = {round.N}")
            return c, each
        if self.first is not None:
            return self.first(x, round)
        return at_gradients(x, round)

    def _client(
        self, name: str, x: Any, c: Any, c_i: Any, i: int, round: FederatedRound
    ) -> tuple[Any, ...]:
        """What a function of client i returns."""
        grad = round.grads[i]
        known = _common(round) | {"N": round.N, "weight": round.weight(i)}
        known["prox"] = lambda v, gamma: proximal(grad, v, gamma)
        if round.grads_f:
            grad_f = round.grads_f[i]
            known |= {
                "grad_f": grad_f,
                "grad_r": lambda y, k=None: grad_f(y, k) - grad(y, k),
            }
        returns = ("c_i",) if name == "refresh" else ("message", "c_i")
        rest = grad, round.eta, round.K
        return self._call(name, {"x": x, "c": c, "c_i": c_i}, rest, known, returns)

    def _server(
        self, name: str, x: Any, c: Any, sent: list[Any], at: Sequence[int], round: FederatedRound
    ) -> tuple[Any, ...]:
        """What a function of the server returns."""
        known = _common(round) | {"eta": round.eta, "K": round.K}
        known["weights"] = [round.weight(i) for i in at]
        returns = ("c",) if name == "collect" else ("x", "c")
        return self._call(name, {"x": x, "c": c, "sent": sent}, (round.N,), known, returns)

    @property
    def _vectors(self) -> bool:
        """Whether c and c_i must be vectors, as those of SCAFFOLD are."""
        return self.first is None and self.pair.start is None

    def _call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        rest: tuple[Any, ...],
        known: Mapping[str, Any],
        returns: tuple[str, ...],
    ) -> tuple[Any, ...]:
        """What a function returns, of which the last is what is kept."""
        function = with_keywords(getattr(self.pair, name), name, known)
        *first, kept = call(function, name, arguments, rest, returns, self.strict)
        if self._vectors or (is_array(kept) and returns[-1] != "x"):
            vector(name, returns[-1], kept, len(arguments["x"]))
            kept = plain(kept)
        return (*first, kept)


def at_gradients(x: Any, round: FederatedRound) -> tuple[Any, Sequence[Any]]:
    """c_i = ∇f_i(x), and c their mean."""
    controls = [grad(x) for grad in round.grads]
    return sum(controls[1:], controls[0]) / len(controls), controls


def proximal(grad: Callable[..., Any], v: Any, gamma: float) -> Any:
    """argmin_y h(y) + ‖y − v‖²/(2γ) of a quadratic h with this gradient, for v of shape (d,);
    Broken for any other h."""
    if len(v.shape) != 1:
        raise Broken("a proximal step is of one replica")
    here = to_numpy(grad(v)).astype(float)
    unit = np.eye(len(here))
    columns = [to_numpy(grad(v + moved(v, e))).astype(float) - here for e in unit]
    step = np.linalg.solve(unit + gamma * np.stack(columns, axis=1), -gamma * here)
    y = v + moved(v, step)
    left = to_numpy(y).astype(float) + gamma * to_numpy(grad(y)).astype(float) - to_numpy(v)
    if np.max(np.abs(left)) > 1e-4 * (1 + np.max(np.abs(step))):
        raise Broken("a proximal step is known for quadratic helpers only")
    return y


def moved(v: Any, by: FloatArray) -> Any:
    """A vector in the library, the precision and on the device of v."""
    if hasattr(v, "new_tensor"):
        return v.new_tensor(by)
    return by.astype(v.dtype) if isinstance(v, np.ndarray) else 0 * v + by


class AtOnce(Pooled):
    """A client and a server on arrays of all replicas, without checks."""

    def _call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        rest: tuple[Any, ...],
        known: Mapping[str, Any],
        returns: tuple[str, ...],
    ) -> tuple[Any, ...]:
        function = with_keywords(getattr(self.pair, name), name, known)
        result = function(*arguments.values(), *rest)
        return (result,) if len(returns) == 1 else as_pair(name, result, "of two values")


def _common(round: FederatedRound) -> dict[str, Any]:
    """What every function may ask for."""
    known = {"S": len(round.participants), "t": round.t, "T": round.T}
    return {**round.parameters, **known}


def with_keywords(function: Callable[..., Any], name: str, known: Mapping[str, Any]) -> Any:
    """A function with the values that it names after *."""
    names = keywords(function)
    values = {key: known[key] for key in names if key in known}
    return partial(function, **values) if values else function


def keywords(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's arguments after *."""
    try:
        return _keywords(function)
    except TypeError:  # it cannot be hashed
        return _keywords.__wrapped__(function)


@lru_cache(maxsize=256)
def _keywords(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ()
    return tuple(p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY)
