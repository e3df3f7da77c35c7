"""Methods with clients on arrays of replicas: the hooks of a round at clients and server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from auxtheory.engines.monte_carlo.chunk import NUMBERS_AT_ONCE, Chunk
from auxtheory.engines.monte_carlo.client_gradients import ClientGradients
from auxtheory.engines.monte_carlo.client_sets import EVERY, Chosen, Sets, too_large
from auxtheory.engines.monte_carlo.interpreter import STRIDE
from auxtheory.engines.monte_carlo.visits import Actor, Means, Visits
from auxtheory.engines.task import Task
from auxtheory.measures import quantity
from auxtheory.methods import Phase
from auxtheory.noise.minibatch import Minibatch
from auxtheory.problems.clients import Helpers
from auxtheory.typing import Array

# The site of the samples of `start` where clients draw some at the same time.
START = 448


def refuses(name: str, task: Task) -> str | None:
    """Why a method with clients cannot be simulated on arrays, or None."""
    if not task.has_clients:
        return None
    if isinstance(task.noise, Minibatch):
        return f"{name} does not draw minibatches of the rows of each client"
    if any(phase.method.program.components for phase in task.phases):
        return f"{name} does not take components of f next to clients"
    return too_large(name, task)


class ClientChunk(Chunk):
    """Some replicas of every configuration of a method with clients."""

    def __init__(self, task: Task, *args: Any, **options: Any) -> None:
        super().__init__(task, *args, **options)
        assert task.pair.helpers is not None
        self.helpers: Helpers = task.pair.helpers
        self.ends_of_groups = np.cumsum(self.helpers.counts.astype(np.int64))
        self.weighted = not self.helpers.equal_weights
        self.client_gradients = ClientGradients(task.pair, self.xp)
        self.shape = task.count, self.stop - self.start, task.pair.dim
        self.local_measures = [m for m in task.extra if m.over == "local"]
        self.averaged = any(m.over == "average" for m in task.extra)
        self.tables: dict[str, Array] = {}

    def whole(self, value: Array) -> Array:
        """A variable of the server, of all replicas and coordinates."""
        return value if value.shape == self.shape else self.xp.broadcast_to(value, self.shape)

    def _begin(self, phase: Phase) -> None:
        super()._begin(phase)
        self.clients = phase.method.program.clients
        self.hooks = phase.method.program.hooks
        if self.clients is not None:
            self.actor = self.interpreter = Actor(self, phase, self.seen)

    def _visits(self, chosen: Chosen) -> Iterator[Visits]:
        """The visits to these clients, in their order."""
        count, R, d = self.shape
        n = max(1, NUMBERS_AT_ONCE // (count * R * d))
        clients, places = chosen
        stop = self.helpers.N if clients is None else clients.shape[1]
        for first in range(0, stop, n):
            last = min(first + n, stop)
            if clients is not None and places is not None:
                yield Visits(self, clients[:, first:last].T, places[:, first:last].T)
            elif last - first == 1:
                yield Visits(self, first, first)
            else:
                numbers = np.repeat(np.arange(first, last)[:, None], R, axis=1)
                yield Visits(self, numbers, numbers)

    # -- a round

    def _start_round(self, t: int, round_: int) -> None:
        if self.clients is None:
            return super()._start_round(t, round_)
        if t == 1:
            replicas = self.start, self.stop
            self.sets = Sets(self.phase, self.helpers, self.seed, replicas, round_ - 1)
            self._start(round_)
        self.working = self.sets.of("local", round_)
        self.sums.at("starts", self.state, round_)
        if t > 1 and "refresh" in self.hooks:
            for visits in self._visits(EVERY if self.clients.refreshed == "all" else self.working):
                outputs = visits.actor.outputs(self.hooks["refresh"], visits.state(), t, round_)
                visits.keep(self.clients.state, outputs)
        if "report" in self.hooks and t >= self.clients.reports_from:
            self._report(t, round_)
        return None

    def _start(self, round_: int) -> None:
        assert self.clients is not None
        first = self.hooks.get("client_start")
        server = self.actor
        if first is not None and any(call.noisy for call, _ in first.used):
            server = server.acting((self.seed + STRIDE * START) % 2**64)
        outputs = server.outputs(self.hooks["start"], self.state, 1, round_)
        self.state = dict(zip(self.phase.method.program.state, outputs, strict=True))
        if first is None:
            return
        count, R, d = self.shape
        names = self.clients.state
        self.tables = {v: self.xp.zeros((count, R, self.sets.room, d)) for v in names}
        starting = self.sets.starting(round_)
        if (
            starting.clients is not None
            or first.choices
            or any(call.noisy for call, _ in first.used)
        ):
            for visits in self._visits(starting):
                visits.keep(names, visits.actor.outputs(first, visits.state(), 1, round_))
            return
        # The same for all clients of a group; of many, zeros are not even written.
        starts = [0, *self.ends_of_groups]
        for group in range(self.helpers.groups if first.used else 1):
            visits = Visits(self, int(starts[group]), 0)
            place = slice(starts[group], starts[group + 1] if first.used else None)
            values = visits.actor.outputs(first, self.state, 1, round_)
            for v, value in zip(names, values, strict=True):
                if self.xp.any(value):
                    self.tables[v][:, :, place] = self.whole(value)[:, :, None]

    def _report(self, t: int, round_: int) -> None:
        assert self.clients is not None
        reporting = {"sampled": self.working, "all": EVERY}.get(self.clients.reporting)
        means = Means()
        for visits in self._visits(reporting or self.sets.of("report", round_)):
            outputs = visits.actor.outputs(self.hooks["report"], visits.state(), t, round_)
            self._sent(means, visits, self.clients.reported, outputs)
        self._at_server("collect", means, self.clients.reported, t, round_)

    def _sent(
        self, means: Means, visits: Visits, names: tuple[str, ...], outputs: tuple[Array, ...]
    ) -> None:
        """Messages to the server, and new variables of the clients."""
        assert self.clients is not None
        for name, value in zip(names, outputs[: len(names)], strict=True):
            means.add(visits, name, value)
        visits.keep(self.clients.state, outputs[len(names) :])

    def _at_server(
        self, hook: str, means: Means, names: tuple[str, ...], t: int, round_: int
    ) -> None:
        """The variables of the server after a hook that reads means."""
        state = self.state | {name: means.of(name) for name in names}
        outputs = self.interpreter.outputs(self.hooks[hook], state, t, round_)
        self.state = dict(zip(self.phase.method.program.state, outputs, strict=True))

    def _local_steps(self, t: int, round_: int) -> None:
        if self.clients is None:
            return super()._local_steps(t, round_)
        self.means = Means()
        for visits in self._visits(self.working):
            self._work(visits, t, round_)
        self._measured(round_)
        return None

    def _work(self, visits: Visits, t: int, round_: int) -> None:
        """The local steps of some visits, and what is sent after them."""
        assert self.clients is not None
        state = visits.state()
        state["y"] = state["x"]
        for k in range(self.phase.steps.K):
            self._follow(visits, state, k)
            (y,) = visits.actor.outputs(self.hooks["local"], state, t, round_, k)
            state["y"] = visits.whole(y)
        outputs = visits.actor.outputs(self.hooks["send"], state, t, round_)
        self._sent(self.means, visits, self.clients.sent, outputs)

    def _follow(self, visits: Visits, state: Mapping[str, Array], k: int) -> None:
        """Add the measures of a local iterate to their means over the clients."""
        y = state["y"]
        if self.follow_G:
            grad = self.gradients.f(y)
            self.means.add(visits, ("square", k), self.xp.sum(grad * grad, axis=-1))
        for number, measure in enumerate(self.local_measures):
            value = y if measure.of == "x" else state[measure.of]
            self.means.add(visits, (number, k), quantity(measure, value, self.pair, self.xp))
        if self.averaged:
            self.means.add(visits, ("y", k), y)

    def _measured(self, round_: int) -> None:
        """Add the means over the clients at work to the sums along the run."""
        self.iterates += self.phase.steps.K
        for k in range(self.phase.steps.K):
            if self.follow_G:
                self.squares.append(self.means.of(("square", k)))
                self.energy = self.energy + self.squares[-1]
            for number, measure in enumerate(self.local_measures):
                self.sums.add(measure, self.means.of((number, k)), round_)
            if self.averaged:
                self.sums.at("average", self.state | {"x": self.means.of(("y", k))}, round_)

    def _finish(self, t: int, round_: int) -> None:
        if self.clients is None:
            return super()._finish(t, round_)
        self._at_server("server", self.means, self.clients.sent, t, round_)
        return None
