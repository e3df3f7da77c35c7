"""Methods with clients in compiled loops, on separable pairs with quadratic clients: sample by
sample those of the engine `numpy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import compiled, generated
from auxtheory.engines.monte_carlo.client_sets import Sets, places_of
from auxtheory.engines.monte_carlo.client_source import SERVER, joined
from auxtheory.engines.monte_carlo.clients import START
from auxtheory.engines.monte_carlo.generated import GeneratedPhase
from auxtheory.engines.monte_carlo.interpreter import STRIDE, site, site_of_choice
from auxtheory.engines.monte_carlo.statistics import ENERGY, iterates, over_chunks
from auxtheory.engines.monte_carlo.tasks import replicas_of_a_task
from auxtheory.engines.monte_carlo.visits import OF_CLIENT
from auxtheory.engines.task import Sampling, Task
from auxtheory.methods.client_runs import at_work
from auxtheory.problems.clients import QuadraticHelpers
from auxtheory.typing import FloatArray

CONFIGURATIONS_AT_ONCE = 16  # as without clients
NUMBERS_AT_ONCE = 2**22  # numbers of x in memory at once
CHOICES_AT_ONCE = 2**24  # clients of all rounds and replicas in memory at once
MOST_NUMBERS = 2**25  # of the variables of clients of one thread


def refuses(name: str, task: Task) -> str | None:
    """Why compiled loops cannot run a method with clients, or None."""
    helpers = task.pair.helpers
    if type(helpers) is not QuadraticHelpers or not helpers.diagonal:
        return f"{name} runs methods with clients on diagonal quadratic clients; numpy takes all"
    if not helpers.equal_weights:
        return f"{name} runs clients of equal weights; numpy takes all"
    if len(task.phases) > 1:
        return f"{name} runs one method with clients, not a schedule of several; numpy does"
    (phase,) = task.phases
    if phase.steps.per_client:
        varying = next(iter(phase.steps.per_client))
        return f"{name} takes one value of {varying} for all clients; numpy takes one of each"
    hooks = phase.method.program.hooks.values()
    if any(node.op == "prox" for hook in hooks for node in hook.nodes):
        return f"{name} takes no proximal steps, as {phase.method.name} does; numpy does"
    kept = numbers_kept(task)
    if kept > MOST_NUMBERS:
        return f"{name} keeps the variables of clients in {MOST_NUMBERS} numbers, not {kept}"
    return compiled.unfit(name, task) or generated.refuses(name, task)


def numbers_kept(task: Task) -> int:
    """The numbers that a thread keeps of clients: their variables, and the sums of iterates."""
    from auxtheory.kernels.cpu.tile import TILE

    (phase,) = task.phases
    clients = phase.method.program.clients
    assert clients is not None and task.pair.helpers is not None
    places = places_of(phase, task.pair.helpers)[1]
    configurations = min(CONFIGURATIONS_AT_ONCE, task.count)
    steps = phase.steps.K * averaged(task)
    return TILE * configurations * (places * len(clients.state) + steps)


def averaged(task: Task) -> bool:
    """Whether a measure is of the means of the clients' iterates."""
    return any(measure.over == "average" for measure in task.extra)


def run(name: str, task: Task, sampling: Sampling) -> Trace:
    """Means and standard errors over replicas."""
    from auxtheory.kernels.jit import config, version

    rounds = task.rounds
    threads = sampling.threads or config.NUMBA_NUM_THREADS
    (phase,) = generated.phases(task, rounds, sampling.dtype, sampling.seed)
    measures = 4 + len(task.extra)
    helpers = task.pair.helpers
    assert helpers is not None
    S = at_work(task.phases[0], helpers.N)
    drawn = 0 if S == helpers.N else 4 * S * task.steps.T
    size = NUMBERS_AT_ONCE // (task.count * (task.pair.dim + measures * len(rounds)))
    size = max(1, min(size, CHOICES_AT_ONCE // drawn) if drawn else size)
    local = task.longest if sampling.keep_local else 0
    shares = generated.shares(task, rounds)
    shares *= np.array([S if m.over == "local" else 1 for m in task.extra])[:, None]

    def simulate(start: int, stop: int) -> tuple[FloatArray, FloatArray]:
        chunk = Chunk(task, sampling, phase, (start, stop), local)
        values = chunk.run(threads)
        with np.errstate(all="ignore"):
            values[ENERGY] /= iterates(task)[:, None, None] * S
            values[4:measures] /= shares[:, :, None, None]
            values[measures:] /= S
        return values, chunk.paths

    return over_chunks(name, task, sampling, simulate, size, dtype=sampling.dtype, numba=version)


def plan_of(task: Task, phase: GeneratedPhase, kept: str) -> Any:
    """The integers that describe a phase with clients."""
    from auxtheory.kernels.cpu.client_visits import (
        EVERYWHERE,
        INDEPENDENT,
        NOWHERE,
        SAMPLED,
        ClientPlan,
    )

    program = task.phases[0].method.program
    clients, hooks = program.clients, program.hooks
    assert clients is not None and task.pair.helpers is not None
    where = {"sampled": SAMPLED, "independent": INDEPENDENT, "all": EVERYWHERE}
    starting = SAMPLED if kept == "round" else EVERYWHERE
    return ClientPlan(
        **phase.plan,
        S=at_work(task.phases[0], task.pair.helpers.N),
        refreshed=where[clients.refreshed] if "refresh" in hooks else NOWHERE,
        reporting=where[clients.reporting] if "report" in hooks else NOWHERE,
        reports_from=clients.reports_from,
        starting=starting if clients.state else NOWHERE,
        averaged=int(averaged(task)),
    )


@dataclass(frozen=True, eq=False)
class Choices:
    """The clients of all rounds and replicas, for the loop."""

    working: Any
    reporting: Any
    everyone: Any
    room: int


def choices_of(sets: Sets, rounds: int) -> Choices:
    """The choices of a phase of so many rounds, the first of the run."""
    from auxtheory.kernels.cpu.client_visits import Chosen

    def over_rounds(hook: str) -> Any:
        each = [sets.of(hook, t) for t in range(1, rounds + 1)]
        return Chosen(
            np.ascontiguousarray([chosen.clients for chosen in each], dtype=np.int64),
            np.ascontiguousarray([chosen.places for chosen in each], dtype=np.int64),
        )

    clients, places = sets.starting(1)
    if clients is None or places is None or sets.kept == "round":
        every = np.arange(sets.N if sets.kept != "round" else 0)[None, None]
        everyone = Chosen(every, every)
    else:
        everyone = Chosen(
            np.ascontiguousarray(clients[None], dtype=np.int64),
            np.ascontiguousarray(places[None], dtype=np.int64),
        )
    if sets.S == sets.N:
        return Choices(everyone, everyone, everyone, sets.room)
    working = over_rounds("local")
    reporting = over_rounds("report") if "report" in sets.sites else working
    return Choices(working, reporting, everyone, sets.room)


class Chunk:
    """Some replicas of every configuration, from start to end; tasks are slices of configurations
    and replicas."""

    def __init__(
        self,
        task: Task,
        sampling: Sampling,
        phase: GeneratedPhase,
        replicas: tuple[int, int],
        local: int,
    ) -> None:
        pair, helpers = task.pair, task.pair.helpers
        assert pair.separable is not None and isinstance(helpers, QuadraticHelpers)
        assert task.noise.draws is not None
        self.phase = phase
        self.dtype = sampling.dtype
        self.draws = task.noise.draws
        self.first = replicas[0]
        count, R = task.count, replicas[1] - replicas[0]
        sets = Sets(task.phases[0], helpers, sampling.seed, replicas, 0)
        self.choices = choices_of(sets, task.steps.T)
        self.plan = plan_of(task, phase, sets.kept)
        self.shape = count, R, pair.dim
        self.clients = self._clients(task, sampling.seed)
        self.start = np.array(np.broadcast_to(pair.x0[:, None, :], (count, 1, pair.dim)))
        summed = sum(measure.over != "last" for measure in task.extra)
        records = len(task.rounds)
        self.totals = np.zeros((2 + summed, count, R))
        self.sums = np.zeros((4 + len(task.extra), records, count, R))
        self.local = np.zeros((records, local, count, R))
        self.paths = np.zeros((records if sampling.keep_paths else 0, count, R, pair.dim))

    def _clients(self, task: Task, seed: int) -> Any:
        """The pair and its clients for the loop."""
        from auxtheory.kernels.cpu.client_visits import Clients
        from auxtheory.kernels.cpu.tile import TILE

        count, _, d = self.shape
        pair, helpers, layout = task.pair, task.pair.helpers, self.phase.layout
        assert pair.separable is not None and isinstance(helpers, QuadraticHelpers)
        program = task.phases[0].method.program
        names = joined(program)
        first = program.hooks.get("client_start")
        shared = first is not None and any(call.noisy for call, _ in first.used)
        sites = [
            site(met.call) + START * (shared and met.call.hook == "start") for met in layout.calls
        ]
        of_choices = [site_of_choice(choice) for choice in layout.every_choice]
        seeds, seeds_of_choices = (
            np.array([(seed + STRIDE * n) % 2**64 for n in numbers], dtype=np.uint64)
            for numbers in (sites, of_choices)
        )

        def rows(pairs: Any) -> Any:
            return TILE * np.array(
                [[layout.row[v] for v in both] for both in pairs], dtype=np.int64
            ).reshape(len(pairs), 2)

        assert program.clients is not None
        R, b = (np.array(np.broadcast_to(v, (count, *v.shape[1:]))) for v in (helpers.R, helpers.b))
        return Clients(
            parameters=np.stack(
                [np.broadcast_to(v, (count, d)) for v in pair.separable.parameters]
            ),
            centre=np.array(pair.x_star),
            constants=self.phase.constants,
            R=R,
            b=b,
            groups=np.ascontiguousarray(helpers.group_of, dtype=np.int64),
            working=self.choices.working,
            reporting=self.choices.reporting,
            everyone=self.choices.everyone,
            calls=seeds,
            choices=seeds_of_choices,
            of_client=np.uint64(OF_CLIENT),
            server=TILE * layout.row[SERVER],
            variables=TILE
            * np.array([layout.row[v] for v in program.clients.state], dtype=np.int64),
            reported=rows(names.reported),
            sent=rows(names.sent),
        )

    def run(self, threads: int) -> FloatArray:
        """The measures of every replica, shape (measures, records, C, replicas)."""
        from auxtheory.kernels.cpu.threads import spread_over_threads

        count, R, dim = self.shape
        across = range(0, count, CONFIGURATIONS_AT_ONCE)
        size = replicas_of_a_task(R * len(across), dim, threads)
        parts = [
            (c, min(c + CONFIGURATIONS_AT_ONCE, count), r, min(r + size, R))
            for c in across
            for r in range(0, R, size)
        ]
        spread_over_threads(lambda part: self._task(*part), parts, threads)
        return np.concatenate([self.sums, np.moveaxis(self.local, 1, 0)])

    def _task(self, c0: int, c1: int, r0: int, r1: int) -> None:
        """Run some configurations and replicas."""
        from auxtheory.kernels.cpu.client_visits import ClientWork
        from auxtheory.kernels.cpu.tile import TILE
        from auxtheory.kernels.cpu.trajectory import Place, Records, State

        work = self.phase.workspace(c1 - c0, self.dtype, self.draws)
        variables = len(self.clients.variables)
        room = self.choices.room if variables else 0
        averaged = self.plan.K * self.plan.averaged
        self.phase.loop(
            self.plan,
            self.phase.numbers_of(c0, c1),
            self.clients,
            State(self.start, self.start[:, :0], self.totals),
            Records(self.phase.rounds, 0, self.sums, self.phase.further, self.local, self.paths),
            ClientWork(
                work.tiles,
                work.samples,
                work.drawing,
                np.zeros((c1 - c0, room, variables * TILE), dtype=self.dtype),
                np.zeros((c1 - c0, averaged, TILE), dtype=self.dtype),
            ),
            Place(self.first, c0, r0, r1),
        )
