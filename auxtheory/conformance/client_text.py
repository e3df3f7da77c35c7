"""The text of a method with clients as a step function: the reference of clients and servers.

A text has one mistake put into it by other hooks (`rewriting`) or by other habits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from auxtheory.implementations.pooled import proximal
from auxtheory.implementations.rounds import FederatedRound
from auxtheory.methods import MethodType
from auxtheory.methods.arithmetic import operations
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Call, ClientProgram, Hook, evaluate

Variables: TypeAlias = dict[str, Any]
Means: TypeAlias = Callable[[Sequence[Any], Sequence[float], int, int], Any]
RANDOM = ("coin", "pick", "subset", "entry", "put", "mean", "each", "table")


def unreadable_clients(method: MethodType) -> str | None:
    """Why a round's samples do not say which ones a method with clients takes, or None."""
    for name, hook in method.program.hooks.items():
        if any(node.op in RANDOM for node in hook.nodes):
            return f"{method.name}.{name} makes a random choice"
        for call in hook.calls:
            if call.batch is not None and name not in ("start", "client_start"):
                return f"{method.name}.{name} takes batches, and a sample of a client is one"
            if name in ("collect", "server") and call.noisy:
                return f"{method.name}.{name} takes samples, and those of the server have no name"
    return None


def weighted_mean(values: Sequence[Any], weights: Sequence[float], S: int, N: int) -> Any:
    """Σ p_i v_i/Σ p_i over the clients at work."""
    terms = [weight * value for weight, value in zip(weights, values, strict=True)]
    return sum(terms[1:], terms[0]) / sum(weights)


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What is done around the hooks; the defaults are right.

    steps: local steps beyond K; sent_as, reported_as: the means that the server gets; only: of the
    one message of this name; moved: whether models are averaged as differences from x; keeps:
    whether clients keep what they update; neighbour: how far from its own are the variables that a
    client reads; early: whether a client updates its variables before its local steps; sample: of
    local step k; momentum, decay: of y in the local steps; without: hooks left out; averaged: a
    variable of the server that becomes the mean of one of the clients at work; clients: other
    fields of `ClientProgram`.
    """

    steps: int = 0
    sent_as: Means = weighted_mean
    reported_as: Means = weighted_mean
    only: str = ""
    moved: bool = False
    keeps: bool = True
    neighbour: int = 0
    early: bool = False
    sample: Callable[[int], Any] = int
    momentum: float = 0.0
    decay: float = 0.0
    without: frozenset[str] = frozenset()
    averaged: tuple[str, str] | None = None
    clients: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Text:
    """A text as a step function; its state is the server's variables and those of each client."""

    method: MethodType
    hooks: Mapping[str, Hook]
    habits: Habits = field(default_factory=Habits)

    @classmethod
    def of(cls, method: MethodType) -> Text:
        """The text as it stands."""
        return cls(method, method.program.hooks)

    def with_hook(self, name: str, hook: Hook) -> Text:
        """The text with another hook."""
        return replace(self, hooks={**self.hooks, name: hook})

    def with_habits(self, **changes: Any) -> Text:
        """The text with other habits."""
        return replace(self, habits=replace(self.habits, **changes))

    @property
    def exchange(self) -> ClientProgram:
        """What the hooks exchange."""
        assert self.method.program.clients is not None
        return replace(self.method.program.clients, **self.habits.clients)

    @property
    def models(self) -> tuple[bool, ...]:
        """Which of the messages after the local steps are y itself."""
        outputs = self.method.program.hooks["send"].outputs
        return tuple(node.op == "state" and node.data == "y" for node in outputs)

    @property
    def first(self) -> Callable[[Any, FederatedRound], tuple[Any, Sequence[Any]]]:
        """What server and clients keep at the start: None, a vector or a tuple of several."""

        def start(x: Any, round: FederatedRound) -> tuple[Any, Sequence[Any]]:
            server, clients = self.start(x, round)
            others = [value for name, value in server.items() if name != "x"]
            return _packed(others), [_packed(list(kept.values())) for kept in clients]

        return start

    def start(self, x: Any, round: FederatedRound) -> tuple[Variables, list[Variables]]:
        """The variables of the server and of the clients at x⁰."""
        values = self._run("start", {"x": x}, round)
        server = dict(zip(self.method.program.state, values, strict=True))
        each = []
        for i in range(round.N):
            kept = self._run("client_start", server, round, i) if self.exchange.state else ()
            each.append(dict(zip(self.exchange.state, kept, strict=True)))
        return server, each

    def __call__(self, x: Any, state: Any, round: FederatedRound) -> tuple[Any, Any]:
        with np.errstate(all="ignore"):
            if state is None:
                server, clients = self.start(x, round)
            else:
                server, clients = {**state[0], "x": x}, list(state[1])
            server, clients = self._first_exchange(server, clients, round)
            server, clients = self._second_exchange(server, clients, round)
        return server["x"], (server, tuple(clients))

    def _first_exchange(
        self, server: Variables, clients: list[Variables], round: FederatedRound
    ) -> tuple[Variables, list[Variables]]:
        """Refresh, report and collect."""
        exchange, without = self.exchange, self.habits.without
        if "refresh" in self.hooks and round.t > 1 and "refresh" not in without:
            for i in round.chosen(exchange.refreshed):
                kept = self._run("refresh", {**server, **clients[i]}, round, i)
                clients[i] = dict(zip(exchange.state, kept, strict=True))
        if "report" in self.hooks and round.t >= exchange.reports_from:
            reporting = round.chosen(exchange.reporting)
            messages = []
            for i in reporting:
                sent, clients[i] = self._sent("report", {**server, **clients[i]}, round, i)
                messages.append(sent)
            means = self._means(messages, self.habits.reported_as, reporting, round)
            if "collect" not in without:
                new = self._run("collect", {**server, **means}, round)
                server = dict(zip(self.method.program.state, new, strict=True))
        return server, clients

    def _second_exchange(
        self, server: Variables, clients: list[Variables], round: FederatedRound
    ) -> tuple[Variables, list[Variables]]:
        """Local steps, send and server."""
        habits = self.habits
        before = list(clients)
        messages = []
        for i in round.participants:
            own = before[(i + habits.neighbour) % round.N]
            if habits.early:
                _, own = self._sent("send", {"y": server["x"], **server, **own}, round, i)
            y = self._local_steps({**server, **own}, round, i)
            own = before[i] if habits.early else own
            sent, kept = self._sent("send", {"y": y, **server, **own}, round, i)
            clients[i] = kept if habits.keeps else before[i]
            messages.append(sent)
        means = self._means(messages, habits.sent_as, round.participants, round)
        if habits.only:
            right = self._means(messages, weighted_mean, round.participants, round)
            means = {**right, habits.only: means[habits.only]}
        for j, name in enumerate(self.exchange.sent if habits.moved else ()):
            if self.models[j] and habits.only in ("", name):
                x = server["x"]
                moves = [[(name, sent[j][1] - x)] for sent in messages]
                at = round.participants
                means[name] = x + self._means(moves, habits.sent_as, at, round)[name]
        values = {**server, **means}
        new = dict(zip(self.method.program.state, self._run("server", values, round), strict=True))
        if habits.averaged is not None:
            ours, theirs = habits.averaged
            work = round.participants
            new[ours] = sum(clients[i][theirs] for i in work) / len(work)
        return new, clients

    def _local_steps(self, known: Variables, round: FederatedRound, i: int) -> Any:
        """y after the local steps of client i."""
        y = previous = known["x"]
        for k in range(round.K + self.habits.steps):
            (new,) = self._run("local", {"y": y, **known}, round, i, k)
            new = new + self.habits.momentum * (y - previous) + self.habits.decay * y
            y, previous = new, y
        return y

    def _sent(
        self, name: str, values: Variables, round: FederatedRound, i: int
    ) -> tuple[tuple[Any, ...], Variables]:
        """The messages of a client, and what it keeps."""
        names = self.exchange.reported if name == "report" else self.exchange.sent
        result = self._run(name, values, round, i)
        kept = dict(zip(self.exchange.state, result[len(names) :], strict=True))
        return tuple(zip(names, result[: len(names)], strict=True)), kept

    def _means(
        self, messages: Sequence[Any], mean: Means, at: Sequence[int], round: FederatedRound
    ) -> Variables:
        """The means of the messages by name."""
        weights = [round.weight(i) for i in at]
        return {
            name: mean([sent[j][1] for sent in messages], weights, len(at), round.N)
            for j, (name, _) in enumerate(messages[0])
        }

    def _run(
        self, name: str, values: Variables, round: FederatedRound, i: int | None = None, k: int = 0
    ) -> tuple[Any, ...]:
        """The outputs of a hook, at the server or at client i."""

        def leaf(node: Node, operands: tuple[Any, ...]) -> Any:
            if node.op == "state":
                return values[node.data]
            if node.op == "parameter":
                known = {"eta": round.eta, **round.parameters}
                return known.get(node.data, self.method.parameters.get(node.data))
            if node.op == "setting":
                return _setting(node.data, round, k)
            if node.op == "prox":
                assert i is not None
                return proximal(round.grads[i], *operands)
            call: Call = node.data[0]
            sample = None if call.exact or i is None else self._sample(name, call, round, k)
            return _gradient(call.kind, operands[0], sample, round, i)

        return evaluate(self.hooks[name], leaf, lambda op, args: operations(np)[op](*args))

    def _sample(self, name: str, call: Call, round: FederatedRound, k: int) -> Any:
        """The name of a call's sample."""
        if name == "client_start":
            return None
        first = {"local": self.habits.sample(k), "send": round.K}.get(name, name)
        return (first, call.number) if call.number else first


def _packed(values: list[Any]) -> Any:
    return None if not values else values[0] if len(values) == 1 else tuple(values)


def _setting(name: str, round: FederatedRound, k: int) -> float:
    known = {"K": round.K, "T": round.T, "t": round.t, "k": k, "B": np.inf}
    known |= {"S": len(round.participants), "N": round.N}
    return known[name]


def _gradient(kind: str, x: Any, sample: Any, round: FederatedRound, i: int | None) -> Any:
    """g_f, g_h or g_r of client i; at the server, of the mean helper, without noise."""
    if i is None:
        if kind == "f":
            return round.grads_f[0](x)
        h = sum(round.weight(j) * grad(x) for j, grad in enumerate(round.grads))
        return h if kind == "h" else round.grads_f[0](x) - h
    if kind == "h":
        return round.grads[i](x, sample)
    g_f = round.grads_f[i](x, sample)
    return g_f if kind == "f" else g_f - round.grads[i](x, sample)
