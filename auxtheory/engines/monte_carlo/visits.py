"""Visits of clients on arrays of replicas: the text at their gradients and samples, their
variables, and means of what they give.

So that small problems fill arrays, several visits stand side by side as rows: row j·R + r is the
j-th of the visits of replica r. Every sum over clients is one addition after the other, so that no
number depends on how visits are put together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from auxtheory.bounds.per_client import PerClient
from auxtheory.engines.monte_carlo.interpreter import Interpreter
from auxtheory.engines.reach import ours
from auxtheory.methods import Phase
from auxtheory.methods.client_runs import at_work
from auxtheory.methods.program import Call
from auxtheory.problems import Gradients
from auxtheory.random.counter import Index
from auxtheory.typing import Array

# Added to the seed for each further client; odd, and no small multiple of it is near a small
# multiple of what is added for further calls.
OF_CLIENT = 0xD1B54A32D192ED03


class Actor(Interpreter):
    """The program at the server, or at some clients, with their gradients and samples."""

    def __init__(self, chunk: Any, phase: Phase, gradients: Gradients) -> None:
        super().__init__(chunk, phase, gradients)
        self.groups: Any = None
        # The values of each group of clients.
        self.varying = {
            name: value.over(name, chunk.helpers)
            for name in phase.method.program.parameters
            if isinstance(value := phase.parameter(name), PerClient)
        }
        self.numbers = {"S": at_work(phase, chunk.helpers.N), "N": chunk.helpers.N}
        self.levels |= {name: float(number) for name, number in self.numbers.items()}

    def setting(self, name: str, t: int, k: int) -> Any:
        return self.numbers[name] if name in self.numbers else super().setting(name, t, k)

    def parameter(self, name: str, t: int) -> Any:
        if name not in self.varying:
            return super().parameter(name, t)
        values = self.varying[name][self.groups]
        return self.xp.asarray(values[:, None]) if np.ndim(values) else values

    def prox(self, v: Array, gamma: Any) -> Array:
        """argmin_y h_i(y) + ‖y − v‖²/(2γ) at each row."""
        return self.chunk.client_gradients.prox(self.groups, v, gamma)

    def acting(self, seed: Any, groups: Any = None) -> Actor:
        """The same program with the samples of other seeds; groups: at the clients of a group, or
        of one for each row; None: at the server."""
        actor = Actor.__new__(Actor)
        actor.__dict__.update(self.__dict__)
        actor.seed = seed
        actor.groups = groups
        if groups is not None:
            of_clients = self.chunk.client_gradients.of(groups)
            actor.gradients = of_clients.seen(self.phase.method.helper, self.xp)
        return actor

    def samples(self, call: Call, points: list[Array], round_: int, step: int) -> list[Array]:
        if not np.ndim(self.seed) or ours(type(self.chunk.noise)):
            return super().samples(call, points, round_, step)
        # A law of a user takes one seed.
        count = self.chunk.stop - self.chunk.start
        rows = []
        for row, seed in enumerate(self.seed):
            replica = self.chunk.start + row % count
            index = Index(int(seed), replica, replica + 1, round_, step)
            actor = self.acting(int(seed), int(self.groups[row]))
            rows.append(actor.drawn(call, [x[:, row : row + 1] for x in points], index))
        return [self.xp.concatenate(values, axis=1) for values in zip(*rows, strict=True)]


class Visits:
    """Some visits side by side: of all replicas to one client, or n of each to clients (n, R).

    Args:
        chunk: the replicas.
        clients: the clients.
        places: where their variables are kept, in the shape of the clients.
    """

    def __init__(self, chunk: Any, clients: Any, places: Any) -> None:
        self.chunk = chunk
        self.one = isinstance(clients, int)
        self.n = 1 if self.one else len(clients)
        self.R = chunk.stop - chunk.start
        self.places = places
        groups = np.searchsorted(chunk.ends_of_groups, clients, side="right")
        self.weights = chunk.helpers.weights[groups] if chunk.weighted else None
        if self.one:
            seed: Any = (chunk.seed + OF_CLIENT * clients) % 2**64
        else:
            shifts = np.ravel(clients).astype(np.uint64) * np.uint64(OF_CLIENT)
            seed = chunk.xp.asarray(np.uint64(chunk.seed) + shifts)
        self.actor = chunk.actor.acting(seed, int(groups) if self.one else np.ravel(groups))

    def rows(self, value: Array) -> Array:
        """A variable of the server (C, R, d) at each row."""
        return value if self.n == 1 else self.chunk.xp.concatenate([value] * self.n, axis=1)

    def whole(self, value: Array) -> Array:
        """A vector (C, rows, d) of all coordinates."""
        count, _, d = self.chunk.shape
        return self.chunk.xp.broadcast_to(value, (count, self.n * self.R, d))

    def state(self) -> dict[str, Array]:
        """The variables that the clients read; a copy, since those of the clients change."""
        server = {v: self.rows(self.chunk.whole(x)) for v, x in self.chunk.state.items()}
        place = self._place()
        return server | {v: table[place].copy() for v, table in self.chunk.tables.items()}

    def keep(self, names: tuple[str, ...], values: tuple[Array, ...]) -> None:
        """New values of variables of the clients."""
        for name, value in zip(names, values, strict=True):
            self.chunk.tables[name][self._place()] = value

    def _place(self) -> Any:
        """Where the variables of the rows stand in an array (C, R, places, d)."""
        if self.one:
            return slice(None), slice(None), self.places
        return slice(None), np.tile(np.arange(self.R), self.n), np.ravel(self.places)

    def apart(self, value: Array) -> Iterator[tuple[Array, Any]]:
        """The values of each visit, (C, R, …), in their order, with the weights of the clients."""
        value = value if value.ndim == 2 else self.whole(value)
        for j in range(self.n):
            part = value[:, j * self.R : (j + 1) * self.R]
            if self.weights is None:
                yield part, None
            else:
                weights = np.broadcast_to(self.weights if self.one else self.weights[j], self.R)
                yield part, self.chunk.xp.asarray(weights)


class Means:
    """Weighted means over visits of clients, by name."""

    def __init__(self) -> None:
        self.totals: dict[Any, Any] = {}
        self.shares: dict[Any, Any] = {}

    def add(self, visits: Visits, name: Any, value: Array) -> None:
        """Add the values at each of some visits."""
        for part, weight in visits.apart(value):
            if weight is not None:
                part = part * (weight[:, None] if part.ndim == 3 else weight)
            share = 1.0 if weight is None else weight
            known = name in self.totals
            self.totals[name] = self.totals[name] + part if known else part
            self.shares[name] = self.shares[name] + share if known else share

    def of(self, name: Any) -> Array:
        """The mean of a name."""
        total, share = self.totals[name], self.shares[name]
        return total / (share[:, None] if np.ndim(share) and total.ndim == 3 else share)
