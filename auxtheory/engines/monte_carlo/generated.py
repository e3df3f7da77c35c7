"""Phases of a run for the compiled loop over tiles: generated hooks, their numbers, levels and
samples; and what they cannot run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from auxtheory.engines.monte_carlo import client_source, shared_numbers
from auxtheory.engines.monte_carlo.client_source import ORDER, joined
from auxtheory.engines.monte_carlo.interpreter import STRIDE, site, site_of_choice, steps_alone
from auxtheory.engines.monte_carlo.layout import Layout, Met
from auxtheory.engines.monte_carlo.lines import is_vector_operation
from auxtheory.engines.monte_carlo.source import source
from auxtheory.engines.reach import current
from auxtheory.engines.task import Task
from auxtheory.measures import Measure
from auxtheory.methods import Phase
from auxtheory.methods.client_runs import at_work
from auxtheory.methods.generate import compiled_source
from auxtheory.methods.program import Call, Program
from auxtheory.noise.laws import Noise
from auxtheory.random.draws import Draws
from auxtheory.random.philox import key
from auxtheory.typing import FloatArray, Helper


def refuses(name: str, task: Task) -> str | None:
    """Why the methods or measures of a task have no compiled loop, or None."""
    for phase in task.phases:
        method = phase.method
        program = method.program
        if phase.steps.differing:
            differing = phase.steps.differing[0]
            return f"{name} takes one schedule for all configurations, and {differing} is not"
        if method.not_elementwise:
            return f"{name} needs a method that is elementwise: {method.not_elementwise}"
        if any(call.component is not None for call in program.calls):
            return f"{name} does not run gradients of components, which {method.name} takes"
        for hook in program.hooks.values():
            for call in shared_numbers.batched(hook):
                assert call.batch is not None
                if not shared_numbers.is_shared(call.batch):
                    return f"{name} needs batches of one size, and {method.name} chooses them"
                if any(np.size(v) > 1 for v in _parameters(phase, call)):
                    return f"{name} needs batches of the same size in all configurations"
        for measure in task.extra:
            if measure.of in program.scalars:
                return f"{name} measures vectors, and {measure.of} of {method.name} is one number"
            if measure.matrix is not None and measure.matrix.ndim != 1:
                return f"{name} measures sums over coordinates, and {measure.name} is not one"
            if measure.form == "norm":
                return f"{name} measures sums over coordinates, and {measure.name} is a root of one"
    return None


def _parameters(phase: Phase, call: Call) -> Iterator[Any]:
    """The step parameters that the size of a batch depends on, schedules left out."""
    stack = [call.batch]
    while stack:
        node = stack.pop()
        assert node is not None
        if node.op == "parameter" and not shared_numbers.is_scheduled(phase, node.data):
            yield phase.parameter(node.data)
        stack.extend(node.args)


@dataclass(frozen=True, eq=False)
class GeneratedPhase:
    """One phase for the loop over tiles.

    Args:
        loop: the compiled loop.
        layout: where its numbers stand.
        plan: the fields of the loop's plan.
        numbers: the fields of the loop's numbers.
        keys: the key of each oracle call and of each random choice.
        constants: the numbers for each coordinate, shape (constants, d).
        further: for each further measure, the number of its sum along the run, or −1 − its number
            among the measures after a round.
        records: its share of the recorded rounds.
        rounds: these rounds.
    """

    loop: Any
    layout: Layout
    plan: dict[str, int]
    numbers: Any
    keys: tuple[list[Any], list[Any]]
    constants: FloatArray
    further: Any
    records: slice
    rounds: Any

    def numbers_of(self, c0: int, c1: int) -> Any:
        """The numbers of the configurations [c0, c1)."""
        hooks = {
            name: values._replace(numbers=np.ascontiguousarray(values.numbers[:, :, c0:c1]))
            for name, values in self.numbers._asdict().items()
            if hasattr(values, "numbers") and values.numbers.shape[2] > 1
        }
        return self.numbers._replace(levels=self.numbers.levels[c0:c1], **hooks)

    def workspace(self, count: int, dtype: str, draws: Draws) -> Any:
        """Working arrays of one thread for some configurations."""
        from auxtheory.kernels.cpu import draw, tile

        calls, choices = self.keys
        lanes = draw.room(draws.standard, calls or [key(0)])
        second = draw.room(draws.second, calls or [key(0)])
        keys = np.array(choices, dtype=np.uint64).reshape(len(choices), 2)
        laws = (draws.standard, draws.second, *("uniforms",) * len(choices))
        samples = tile.type_of_samples(laws)
        return tile.Workspace(
            tile.tiles(count, self.layout.rows, dtype),
            draw.cleared(self.layout.sample_rows * tile.TILE, samples),
            tile.Drawing(lanes, second, keys, np.uint64(0)),
        )


@dataclass(frozen=True)
class Target:
    """What a phase is compiled for.

    Args:
        dtype: of the state between steps.
        coordinates: of one thread of a GPU; 0 for tiles on a CPU.
        loop: makes the compiled loop of a layout from the pair's gradients as the method sees
            them, the law that correlates samples, and the laws that are drawn.
    """

    dtype: str
    coordinates: int
    loop: Callable[[Layout, tuple[Any, ...], tuple[str, str]], Any]


def phases(task: Task, rounds: tuple[int, ...], dtype: str, seed: int) -> list[GeneratedPhase]:
    """The phases of a run on a CPU, in order."""
    return phases_for(Target(dtype, 0, _loop), task, rounds, seed)


def phases_for(
    target: Target, task: Task, rounds: tuple[int, ...], seed: int
) -> list[GeneratedPhase]:
    """The phases of a run, in order."""
    out = []
    before = 0
    for phase in task.phases:
        out.append(_phase(target, task, phase, rounds, before, seed))
        before += phase.steps.T
    return out


def _phase(
    target: Target, task: Task, phase: Phase, rounds: tuple[int, ...], before: int, seed: int
) -> GeneratedPhase:
    helper = phase.method.helper
    program = phase.method.program
    program = program if program.clients is None else joined(program).program
    count = task.count
    levels = {
        call: _levels(call, helper, task.noise, count, task.pair.dim)
        for hook in program.hooks.values()
        for call in hook.calls
        if call.noisy and any(call is used for used, _ in hook.used)
    }
    calls = tuple(
        Met(
            call,
            paired=not steps_alone(call) and bool(np.any(values["scale_h"])),
            curved=bool(np.any(values["s"])),
        )
        for call, values in levels.items()
    )
    functions, laws = functions_of(task, helper)
    vector = not target.coordinates and runs_on_vectors(program, functions)
    packed = vector and laws[0] == "signs"
    layout = Layout(program, task.extra, calls, target.dtype, target.coordinates, vector, packed)
    recorded = [t for t in rounds if before < t <= before + phase.steps.T]
    first = sum(t <= before for t in rounds)
    constants = [c.matrix if isinstance(c, Measure) else c.data for c in layout.constants]
    further = [
        2 + layout.summed.index(m) if m.over != "last" else -1 - layout.last.index(m)
        for m in task.extra
    ]
    plan = {
        "K": phase.steps.K,
        "T": phase.steps.T,
        "before": before,
        "follow": int(np.any(task.noise.s)),
        "sums": len(layout.summed),
    }
    keys = (
        [key((seed + STRIDE * site(met.call)) % 2**64) for met in calls],
        [key((seed + STRIDE * site_of_choice(choice)) % 2**64) for choice in layout.every_choice],
    )
    return GeneratedPhase(
        target.loop(layout, functions, laws),
        layout,
        plan,
        _numbers(task, phase, layout, levels),
        keys,
        np.array(constants, dtype=float).reshape(len(constants), task.pair.dim),
        np.array(further, dtype=np.int64),
        slice(first, first + len(recorded)),
        np.array(recorded, dtype=np.int64),
    )


def _levels(
    call: Call, helper: Helper, noise: Noise, count: int, dim: int
) -> dict[str, FloatArray]:
    """The levels of noise of a call, as arrays over the configurations."""
    root = np.sqrt(dim)
    rho = np.asarray(noise.correlation, dtype=float)
    values: dict[str, Any]
    if steps_alone(call):
        met = noise.levels("f" if call.kind == "f" else helper)
        values = {"scale": np.asarray(met.sigma_local) / root, "s": met.s_local}
    else:
        helper = "none" if call.kind == "f" else helper
        sigma_f, sigma_h = noise.parts(helper)
        values = {
            "scale": np.asarray(sigma_f) / root,
            "scale_h": np.asarray(sigma_h) / root,
            "rho": rho,
            "rest": np.sqrt(1 - rho * rho),
            "s": noise.levels(helper).s_r,
        }
    return {
        name: np.array(np.broadcast_to(value, (count,)), dtype=float)
        for name, value in values.items()
    }


def _numbers(
    task: Task, phase: Phase, layout: Layout, levels: dict[Call, dict[str, FloatArray]]
) -> Any:
    from auxtheory.kernels.cpu.client_visits import ClientNumbers
    from auxtheory.kernels.cpu.trajectory import Numbers, Values

    helpers = None if layout.program.clients is None else task.pair.helpers
    further = None if helpers is None else {"S": at_work(phase, helpers.N), "N": helpers.N}
    numbers = shared_numbers.Numbers(phase, further)
    hooks = layout.program.hooks
    values = [
        Values(numbers.of(hooks.get(name)), numbers.batches(hooks.get(name)))
        for name in (("start", "refresh", "step", "finish") if helpers is None else ORDER)
    ]
    columns: list[FloatArray] = []
    drawn: list[Any] = [0] * max(1, sum(met.rows for met in layout.calls))
    for met in layout.calls:
        of = levels[met.call]
        columns.append(of["scale"])
        columns += [of[name] for name in ("scale_h", "rho", "rest")] if met.paired else []
        columns += [of["s"]] if met.curved else []
        row = layout.drawn[met.call]
        drawn[row] = np.any(of["scale"]) or met.paired
        if met.paired:
            drawn[row + 1] = np.any(of["rest"])
        if met.curved:
            drawn[row + met.rows - 1] = 1
    weights = [measure.weights_of(task.steps.T) for measure in layout.summed]
    make: Any = Numbers if helpers is None else ClientNumbers
    return make(
        *values,
        np.array(columns).T.copy() if columns else np.zeros((task.count, 0)),
        np.array(drawn, dtype=np.int64),
        np.array(weights).T.copy() if weights else np.zeros((task.steps.T, 0)),
    )


def functions_of(task: Task, helper: Helper) -> tuple[tuple[Any, ...], tuple[str, str]]:
    """The functions of a phase's loop, and the laws that it draws."""
    separable = task.pair.separable
    draws = task.noise.draws
    assert separable is not None and draws is not None
    seen = separable.seen(helper)
    functions = (separable.f, seen.h, seen.r, separable.value, draws.correlate)
    return tuple(map(current, functions)), (draws.standard, draws.second)


def runs_on_vectors(program: Program, functions: tuple[Any, ...]) -> bool:
    """Whether a text's operations, the gradients of a pair and the law of noise all have vector
    instructions."""
    from auxtheory.kernels.cpu.vectors import has_vector_form

    operations = (
        node
        for hook in program.hooks.values()
        for node in hook.nodes
        if not shared_numbers.is_shared(node)
    )
    return all(map(is_vector_operation, operations)) and all(
        has_vector_form(function, 4) for function in functions
    )


def _loop(layout: Layout, functions: tuple[Any, ...], laws: tuple[str, str]) -> Any:
    """The compiled loop of a phase on a CPU."""
    if layout.program.clients is not None:
        return _compiled(client_source.source(layout), functions, laws, layout.packed, True)
    return _compiled(source(layout), functions, laws, layout.packed, False)


@cache
def _compiled(
    text: str, functions: tuple[Any, ...], laws: tuple[str, str], packed: bool, clients: bool
) -> Any:
    from auxtheory.kernels.arguments import of_the_library
    from auxtheory.kernels.cpu.client_rounds import ClientHooks, client_trajectory
    from auxtheory.kernels.cpu.draw import FILL, PER_BLOCK
    from auxtheory.kernels.cpu.trajectory import Hooks, apart, trajectory
    from auxtheory.kernels.jit import known

    for function in functions:
        known(function)
    make = compiled_source("make", text)
    label = _label(text, functions, laws)
    fills = [FILL["bits" if packed else laws[0]], FILL[laws[1]]]
    sizes = [PER_BLOCK[law] for law in laws]
    made = make(partial(apart, label=label), *functions, *fills)
    keep = of_the_library(*functions, make)
    if clients:
        return client_trajectory(ClientHooks(*made), sizes, label, keep=keep)
    return trajectory(Hooks(*made), sizes, label, keep=keep)


def _label(text: str, functions: tuple[Any, ...], laws: tuple[str, str]) -> str:
    """A digest of a source, of the functions in it and of the laws that it draws."""
    names = [f"{function.__module__}.{function.__qualname__}" for function in functions]
    return hashlib.sha256("\n".join([text, *names, *laws]).encode()).hexdigest()[:16]


def shares(task: Task, rounds: tuple[int, ...]) -> FloatArray:
    """What each further measure's sum is divided by, shape (measures, records)."""
    K = np.concatenate([np.full(phase.steps.T, phase.steps.K) for phase in task.phases])
    ends = np.array(rounds) - 1
    out = np.ones((len(task.extra), len(rounds)))
    for i, measure in enumerate(task.extra):
        if measure.over != "last":
            w = measure.weights_of(task.steps.T)
            out[i] = np.cumsum(w * K if measure.over in ("local", "average") else w)[ends]
    return out
