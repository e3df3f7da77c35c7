"""The hooks of a method with clients as maps of deviations from a reference state.

The reference is what `start` and `client_start` make of x*. Inputs of a client's hook are the
variables of the server, then its own, then y; of a hook of the server its variables, then the
means of the messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.bounds.per_client import PerClient
from auxtheory.bounds.schedules import PerRound
from auxtheory.engines.exact.clients.federation import Federation, mean_of_clients
from auxtheory.engines.exact.program.assembly import Assembly, constants_of
from auxtheory.engines.exact.program.evaluation import (
    Evaluation,
    Problem,
    count_of_outcomes,
    outcomes,
    repeated,
)
from auxtheory.engines.exact.program.forms import Form, Key
from auxtheory.engines.exact.program.maps import Map, Point
from auxtheory.engines.exact.program.phase import number_of
from auxtheory.methods import Phase
from auxtheory.methods.client_runs import at_work
from auxtheory.methods.program import Hook
from auxtheory.typing import FloatArray

Maps = list[tuple[Any, Map]]
MEAN = "mean B"  # ∇r(x*) of the mean helper, in the hooks of a client


class ClientHooks:
    """The hooks of one phase.

    Args:
        phase: the phase.
        federation: the pair and its noise.
        rows: which configurations of the steps they are.
    """

    def __init__(self, phase: Phase, federation: Federation, rows: slice) -> None:
        self.phase = phase
        self.federation = federation
        self.rows = rows
        program = phase.method.program
        assert program.clients is not None
        self.program = program
        self.exchange = program.clients
        self.server = program.state
        self.client = program.clients.state
        self.at_server = Assembly(federation.server, constants_of(federation.server))
        of_client = constants_of(federation.client) | {MEAN: mean_of_clients(federation)}
        self.at_client = Assembly(federation.client, of_client)
        self.S = at_work(phase, federation.N)
        self.kept: dict[tuple[str, int, int], Maps] = {}
        self.references: dict[str, Form] = {}
        # The references of messages, which the means have as well.
        self.of_messages: dict[str, tuple[Form, ...]] = {}

    @property
    def groups(self) -> int:
        return self.federation.groups

    # -- starts

    def start(self) -> Maps:
        """From x − x* to the variables of the server."""
        one = self.federation.server.algebra.one
        state = {"x": Form({("z", 0): one, "X": one})}
        found = list(self._outputs("start", self.federation.server, state, 1, 0))
        constants = self.at_server.constants
        self.references = {
            v: form.restricted(constants) for v, form in zip(self.server, found[0][1], strict=True)
        }
        references = [self.references[v] for v in self.server]
        return self._maps(self.at_server, found, references, 1)

    def client_start(self) -> Maps:
        """From the variables of the server to those of a client of each group."""
        if not self.client:
            return []
        state = self._state(self.server, [self._seen(self.references[v]) for v in self.server])
        found = list(self._outputs("client_start", self.federation.client, state, 1, 0))
        self.of_client = [form.restricted(self.at_client.constants) for form in found[0][1]]
        return self._grouped(self._maps(self.at_client, found, self.of_client, len(self.server)))

    # -- hooks of a round

    def varies(self, name: str) -> bool:
        """Whether the maps of a hook differ from round to round."""
        hook = self.program.hooks[name]
        scheduled = any(isinstance(self.phase.parameter(n), PerRound) for n in hook.defaults)
        return scheduled or hook.reads("t")

    def of_a_client(self, name: str, t: int, k: int = 0) -> Maps:
        """The maps of a hook for a client of each group."""
        if name == "client_start":
            return self.client_start()
        key = name, t if self.varies(name) else 0, k
        if key not in self.kept:
            if key[1]:
                self.kept = {other: v for other, v in self.kept.items() if other[1] in (0, t)}
            self.kept[key] = self._of_a_client(name, t, k)
        return self.kept[key]

    def _of_a_client(self, name: str, t: int, k: int) -> Maps:
        seen = [self._seen(self.references[v]) for v in self.server]
        inputs = [*self.server, *self.client]
        references = [*seen, *(self.of_client if self.client else [])]
        x = seen[self.server.index("x")]
        if name in ("local", "send"):
            inputs, references = [*inputs, "y"], [*references, x]
        state = self._state(inputs, references)
        found = list(self._outputs(name, self.federation.client, state, t, k))
        kept = self.of_client if self.client else []
        if name == "local":
            targets = [x]
        elif name == "refresh":
            targets = kept
        else:
            many = len(found[0][1]) - len(self.client)
            sent = [self._common(form) for form in found[0][1][:many]]
            self.of_messages[name] = tuple(_renamed(form, MEAN, "B") for form in sent)
            targets = [*sent, *kept]
        return self._grouped(self._maps(self.at_client, found, targets, len(inputs)))

    def of_the_server(self, name: str, t: int) -> Maps:
        """The maps of `collect` or `server`."""
        sender = {"collect": "report", "server": "send"}[name]
        names = {"collect": self.exchange.reported, "server": self.exchange.sent}[name]
        own = [self.references[v] for v in self.server]
        state = self._state([*self.server, *names], [*own, *self.of_messages[sender]])
        found = list(self._outputs(name, self.federation.server, state, t, 0))
        return self._maps(self.at_server, found, own, len(self.server) + len(names))

    def _state(self, names: Sequence[str], references: Sequence[Form]) -> dict[str, Form]:
        one = self.federation.server.algebra.one
        return {
            name: Form({("z", i): one}) + reference
            for i, (name, reference) in enumerate(zip(names, references, strict=True))
        }

    def _seen(self, reference: Form) -> Form:
        """A reference of the server as a client has it."""
        g = self.groups
        return _renamed(reference.mapped(lambda c: repeated(c, g)), "B", MEAN)

    def _common(self, form: Form) -> Form:
        """The constants of a message that all groups share, for one configuration each."""
        g = self.groups
        kept: dict[Key, FloatArray] = {}
        for key in ("X", "1", MEAN):
            value = form.terms.get(key)
            if value is None:
                continue
            each = value.reshape(g, -1, *value.shape[1:]) if len(value) > 1 else value[None]
            if np.array_equal(each, np.broadcast_to(each[:1], each.shape)):
                kept[key] = each[0]
        return Form(kept)

    # -- evaluation

    def _values(self, hook: Hook, t: int, k: int, times: int) -> dict[str, Any]:
        steps = self.phase.steps
        values: dict[str, Any] = {"K": steps.K, "T": steps.T, "B": steps.B, "t": t, "k": k}
        values |= {"S": self.S, "N": self.federation.N}
        for name in hook.defaults:
            if name not in values:
                values[name] = self._parameter(name, t, times)
        return values

    def _parameter(self, name: str, t: int, times: int) -> FloatArray:
        """A step parameter for each configuration, those of all groups at a client."""
        value = self.phase.at_round(name, t)
        if isinstance(value, PerClient):
            each = value.over(name, self.federation.helpers)
            return np.repeat(each, self.federation.server.count)
        array = np.asarray(value, dtype=float)
        return repeated(array[self.rows], times) if array.size > 1 else array

    def _outputs(
        self, name: str, problem: Problem, state: Mapping[str, Form], t: int, k: int
    ) -> Iterator[tuple[Any, list[Form], dict[Key, Form]]]:
        """The forms after each outcome of a hook's choices, with its probability."""
        hook = self.program.hooks[name]
        times = problem.count // self.federation.server.count
        values = self._values(hook, t, k, times)
        coins = {
            node.data: np.ravel(number_of(node.args[0], values))
            for node in hook.nodes
            if node.op == "coin"
        }
        used = tuple(choice for choice in hook.choices if choice in coins)
        reduced = replace(hook, choices=used)
        role = self.phase.method.role
        for probability, outcome in outcomes(reduced, coins, 0):
            evaluation = Evaluation(problem, hook, role, state, values, outcome)
            yield probability, evaluation.outputs(), evaluation.rights

    def _maps(self, assembly: Assembly, found: Any, references: Sequence[Form], size: int) -> Maps:
        maps = []
        for probability, forms, rights in found:
            targets = [self._each(reference, assembly) for reference in references]
            drifts = [assembly.constant(f, r) for f, r in zip(forms, targets, strict=True)]
            maps.append((probability, assembly.map_of(forms, drifts, rights, size)))
        return maps

    def _each(self, reference: Form, assembly: Assembly) -> Form:
        """A reference that groups share, for all of their configurations."""
        count = assembly.problem.count

        def each(c: FloatArray) -> FloatArray:
            return c if len(c) in (1, count) else repeated(c, count // len(c))

        return reference.mapped(each)

    def _grouped(self, maps: Maps) -> Maps:
        """Maps of all groups, with the groups as the first axis."""
        return [(self._split_probability(p), _split(m, self.groups)) for p, m in maps]

    def _split_probability(self, p: Any) -> Any:
        value = np.asarray(p, dtype=float)
        return value.reshape(self.groups, -1) if value.ndim and len(value) > 1 else value.ravel()

    def reference_of(self, variable: str, centred: bool) -> FloatArray:
        """The reference of a variable of the server, minus x* if wanted, (C, d)."""
        one = self.federation.server.algebra.one
        return self.at_server.constant(
            self.references[variable], Form({"X": one} if centred else {})
        ).astype(float)

    def references_of_clients(self, variable: int) -> FloatArray:
        """The reference of a variable of a client of each group, (g, C, d)."""
        reference = self._each(self.of_client[variable], self.at_client)
        flat = self.at_client.constant(reference, Form({}))
        return flat.astype(float).reshape(self.groups, -1, flat.shape[-1])


def most_outcomes(phase: Phase) -> int:
    """The largest number of outcomes of a hook's choices."""
    return max(count_of_outcomes(hook, 1) for hook in phase.method.program.hooks.values())


def _renamed(form: Form, old: Key, new: Key) -> Form:
    return Form({new if key == old else key: value for key, value in form.terms.items()})


def _split(map_: Map, g: int) -> Map:
    def each(value: FloatArray) -> FloatArray:
        return value.reshape(g, -1, *value.shape[1:])

    draws = tuple(
        tuple(Point(each(p.L), each(p.R), each(p.variance)) for p in points)
        for points in map_.draws
    )
    return Map(each(map_.M), each(map_.c), each(map_.Q), draws)
