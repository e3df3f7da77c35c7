"""Which clients work in a round, and where their variables are kept.

Variables that last for one round are kept for the clients at work; others for the clients that ever
work in a run, or for all where these are not many more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auxtheory.engines.monte_carlo.interpreter import CHOICE, STRIDE
from auxtheory.engines.task import Task
from auxtheory.methods import Phase
from auxtheory.methods.client_memory import client_memory
from auxtheory.methods.client_runs import at_work
from auxtheory.problems.clients import Helpers
from auxtheory.random.subsets import subsets
from auxtheory.typing import Array

# Sites, after those of all hooks, of the choices of clients that work and that report.
WORKING, REPORTING = 512, 513
MOST_BYTES = 2**31  # of the variables of the clients, in one chunk of replicas
STEPS_AT_ONCE = 2**22  # sums of the local steps of a round
MANY = 2  # all clients have room for their variables unless there are so many times those at work


class Chosen(NamedTuple):
    """Some clients of each replica, ascending, and where their variables are kept, shape (R, n)
    each; None, None: all clients, in their order."""

    clients: Array | None
    places: Array | None


EVERY = Chosen(None, None)


def drawn_in(phase: Phase) -> dict[str, int]:
    """The sites of the choices of a round, by the hook that begins at the clients chosen."""
    clients = phase.method.program.clients
    assert clients is not None
    reports = "report" in phase.method.program.hooks and clients.reporting == "independent"
    return {"local": WORKING} | ({"report": REPORTING} if reports else {})


def places_of(phase: Phase, helpers: Helpers) -> tuple[str, int]:
    """How the variables of clients are kept, "round", "run" or "all", and at most for how many."""
    program = phase.method.program
    clients = program.clients
    assert clients is not None
    where = {"refresh": clients.refreshed, "report": clients.reporting}
    where = {hook: place for hook, place in where.items() if hook in program.hooks}
    S = at_work(phase, helpers.N)
    if S == helpers.N or "all" in where.values():
        return "all", helpers.N
    if "independent" not in where.values() and not client_memory(program):
        return "round", S
    most = S * phase.steps.T * len(drawn_in(phase))
    return ("run", most) if MANY * most < helpers.N else ("all", helpers.N)


def bytes_of(task: Task) -> int:
    """The memory of the variables of the clients of one replica of every configuration."""
    assert task.pair.helpers is not None
    most = 0
    for phase in task.phases:
        clients = phase.method.program.clients
        if clients is not None:
            most = max(most, places_of(phase, task.pair.helpers)[1] * len(clients.state))
    return 8 * task.count * task.pair.dim * most


def too_large(name: str, task: Task) -> str | None:
    """Why the variables of the clients of one replica have no room, or None."""
    need = bytes_of(task)
    if need <= MOST_BYTES:
        return None
    assert task.pair.helpers is not None
    return (
        f"{name} keeps the variables of N = {task.pair.helpers.N} clients in at most "
        f"{MOST_BYTES / 2**30:.3g} GiB, and one replica needs {need / 2**30:.3g} GiB"
    )


def replicas_at_once(task: Task) -> int:
    """The replicas whose variables of clients, and sums of local steps, have room."""
    steps = 1 + len(task.extra)
    averaged = any(measure.over == "average" for measure in task.extra)
    numbers = task.count * task.longest * (steps + averaged * task.pair.dim)
    return max(1, min(MOST_BYTES // max(1, bytes_of(task)), STEPS_AT_ONCE // numbers))


class Sets:
    """The choices of clients of a phase, for some replicas.

    Args:
        phase: the method and its steps.
        helpers: the clients.
        seed: of the run.
        replicas: the first replica, and one past the last.
        before: the rounds before the phase.
    """

    def __init__(
        self, phase: Phase, helpers: Helpers, seed: int, replicas: tuple[int, int], before: int
    ) -> None:
        self.N = helpers.N
        self.S = at_work(phase, helpers.N)
        self.seed = seed
        self.replicas = replicas
        self.sites = drawn_in(phase)
        self.kept, self.room = places_of(phase, helpers)
        self.chosen: dict[tuple[str, int], Chosen] = {}
        self.ever: Array | None = None
        if self.kept == "run":
            self._draw_run(range(before + 1, before + phase.steps.T + 1))

    def of(self, hook: str, round_: int) -> Chosen:
        """The clients at which "local" or "report" runs in a round."""
        if self.S == self.N:
            return EVERY
        if (hook, round_) in self.chosen:
            return self.chosen[hook, round_]
        clients = self._drawn(hook, round_)
        slots = np.broadcast_to(np.arange(self.S), clients.shape)
        return Chosen(clients, slots if self.kept == "round" else clients)

    def starting(self, round_: int) -> Chosen:
        """The clients whose variables are needed, in the first round."""
        if self.kept == "round":
            return self.of("local", round_)
        if self.ever is None:
            return EVERY
        return Chosen(self.ever, np.broadcast_to(np.arange(self.room), self.ever.shape))

    def _drawn(self, hook: str, round_: int) -> Array:
        seed = (self.seed + STRIDE * self.sites[hook]) % 2**64
        return subsets(self.replicas, round_, CHOICE, seed, self.S, self.N)

    def _draw_run(self, rounds: range) -> None:
        """Draw the clients of all rounds, and number those of each replica."""
        keys = [(hook, round_) for round_ in rounds for hook in self.sites]
        clients = np.stack([self._drawn(*key) for key in keys], axis=1)
        R = len(clients)
        flat = clients.reshape(R, -1)
        order = np.argsort(flat, axis=-1, kind="stable")
        ascending = np.take_along_axis(flat, order, axis=-1)
        new = np.ones_like(ascending, dtype=bool)
        new[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
        number = np.cumsum(new, axis=-1) - 1
        places = np.empty_like(flat)
        np.put_along_axis(places, order, number, axis=-1)
        self.room = int(np.max(number)) + 1
        # A replica with fewer clients than others has its last one several times.
        self.ever = np.repeat(ascending[:, -1:], self.room, axis=1)
        np.put_along_axis(self.ever, number, ascending, axis=-1)
        places = places.reshape(clients.shape)
        self.chosen = {key: Chosen(clients[:, i], places[:, i]) for i, key in enumerate(keys)}
