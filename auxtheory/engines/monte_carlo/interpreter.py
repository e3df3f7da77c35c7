"""A method's program on arrays of replicas: what the oracles answer, and which samples they draw.

Arrays have shape (C, R, d): configurations, replicas, coordinates; numbers have length 1 in place
of d, and variables of each component shape (C, R, N, d).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.methods import Phase
from auxtheory.methods.arithmetic import operations
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Call, Choice, Hook
from auxtheory.problems import Gradients
from auxtheory.problems.base import Gradient
from auxtheory.random.counter import Index
from auxtheory.random.philox import uniforms
from auxtheory.typing import Array

CHOICE = 5  # the oracle number of random choices, next to those of `counter`
# Added to the seed for each further call of a round, so that its samples are other ones; odd, the
# golden ratio of 2⁶⁴.
STRIDE = 0x9E3779B97F4A7C15
# Calls whose samples begin at these numbers: those of a round's start, of local steps that need
# both samples, and of a round's end.
ROUND, STEP, END = 0, 64, 128
# The hooks whose samples do not begin at `ROUND`: no two of them draw the same in a round. With
# clients, one at work draws in `client_start`, `refresh` and `local` as the only one of a method
# without clients does in `start`, `refresh` and `step`.
BEGIN = {"step": STEP, "local": STEP, "finish": END} | {
    hook: 64 * number for number, hook in enumerate(("report", "collect", "send", "server"), 3)
}
LOCAL_STEPS = "step", "local"


def site(call: Call) -> int:
    """The number by which a call's samples differ from those of the other calls of a round.

    Local steps draw from other oracle numbers than refreshes, so both begin at 0.
    """
    if call.hook in LOCAL_STEPS:
        return call.number if call.kind != "r" else STEP + call.number
    return BEGIN.get(call.hook, ROUND) + call.number + (32 if call.kind == "h" else 0)


def site_of_choice(choice: Choice) -> int:
    """The number by which a choice's uniforms differ from those of the others of a round."""
    return BEGIN.get(choice.hook, ROUND) + choice.number


def steps_alone(call: Call) -> bool:
    """Whether the sample is one of a local step, of f or of h alone; otherwise one of both."""
    return call.kind == "h" or (call.kind == "f" and call.hook in LOCAL_STEPS)


def moved(seed: Any, sites: int) -> Any:
    """The seed, or each of an array of them, of the samples at a site."""
    if np.ndim(seed):
        return seed + np.uint64(STRIDE * sites % 2**64)
    return (seed + STRIDE * sites) % 2**64


class Interpreter:
    """The program of one phase, on some replicas of every configuration.

    Args:
        chunk: the replicas.
        phase: the method and its steps.
        gradients: of the pair, as the method sees them.
    """

    def __init__(self, chunk: Any, phase: Phase, gradients: Gradients) -> None:
        self.chunk = chunk
        self.phase = phase
        self.gradients = gradients
        self.seed: Any = chunk.seed
        self.xp = chunk.xp
        self.operations = operations(chunk.xp)
        self.levels = {
            name: chunk.level(value)
            for name in phase.method.program.parameters
            # Schedules, and values of each client, are no single level.
            if not hasattr(value := phase.parameter(name), "over")
        }

    def run(self, hook: Hook, state: Mapping[str, Array], t: int, round_: int, k: int = 0) -> Any:
        """The state after a hook.

        Args:
            hook: the hook.
            state: the arrays of the state variables.
            t: the number of the round in the phase, from 1 on.
            round_: the number of the round in the run.
            k: the number of the local step.

        Returns:
            A dict of arrays.
        """
        program = self.phase.method.program
        outputs = self.outputs(hook, state, t, round_, k)
        values = dict(zip(program.state, outputs, strict=True))
        if hook.name == "start":
            for variable, node in zip(program.state, hook.outputs, strict=True):
                if variable in program.tables and node.op != "each":
                    values[variable] = self._table_of(values[variable])
        return values

    def outputs(
        self, hook: Hook, state: Mapping[str, Array], t: int, round_: int, k: int = 0
    ) -> tuple[Array, ...]:
        """The outputs of a hook, with the arguments of `run`."""
        run = _Run(self, hook, state, t, round_, k)
        # In order, since a long text would exceed the recursion limit.
        for node in hook.nodes:
            run.value(node)
        return tuple(run.value(node) for node in hook.outputs)

    def parameter(self, name: str, t: int) -> Any:
        """A step parameter in a round."""
        if name in self.levels:
            return self.levels[name]
        return self.chunk.level(self.phase.at_round(name, t))

    def setting(self, name: str, t: int, k: int) -> Any:
        """A number that the text reads off the run."""
        steps = self.phase.steps
        return {"K": steps.K, "T": steps.T, "B": steps.B, "t": t, "k": k}[name]

    def gradient(self, call: Call) -> Gradient:
        """The gradient of which a call takes samples."""
        kind = call.kind
        gradient: Gradient = (
            self.chunk.gradients.f if kind == "f" else getattr(self.gradients, kind)
        )
        return gradient

    def prox(self, v: Array, gamma: Any) -> Array:
        """A proximal step; only clients take some."""
        raise NotImplementedError

    def samples(self, call: Call, points: list[Array], round_: int, step: int) -> list[Array]:
        """A stochastic gradient at each point, with one sample."""
        chunk = self.chunk
        return self.drawn(call, points, Index(self.seed, chunk.start, chunk.stop, round_, step))

    def drawn(self, call: Call, points: list[Array], index: Index) -> list[Array]:
        """The same with the sample of an index, without its site."""
        chunk = self.chunk
        index = replace(index, seed=moved(index.seed, site(call)))
        gradient = self.gradient(call)
        helper = self.phase.method.helper
        noise = chunk.noise
        if steps_alone(call):
            helper = "f" if call.kind == "f" else helper
            return [
                noise.stepped(gradient, x, index, helper, chunk.centre, chunk.xp) for x in points
            ]
        helper = "none" if call.kind == "f" else helper
        samples: list[Array] = noise.refreshed(
            gradient, points, index, helper, chunk.centre, chunk.xp
        )
        return samples

    def _table_of(self, value: Array) -> Array:
        """A vector for every component."""
        shape = *self.chunk.state["x"].shape[:2], self.chunk.components.N, self.chunk.pair.dim
        return self.xp.broadcast_to(value[..., None, :], shape)


class _Run:
    """One run of a hook."""

    def __init__(
        self,
        interpreter: Interpreter,
        hook: Hook,
        state: Mapping[str, Array],
        t: int,
        round_: int,
        k: int,
    ) -> None:
        self.interpreter = interpreter
        self.xp = interpreter.xp
        self.hook = hook
        self.state = state
        self.t = t
        self.round = round_
        self.k = k
        self.values: dict[Node, Any] = {}

    def value(self, node: Node) -> Any:
        if node not in self.values:
            self.values[node] = self._compute(node)
        return self.values[node]

    def _compute(self, node: Node) -> Any:
        op = node.op
        if op == "constant":
            return self.xp.asarray(node.data) if node.vector else node.data
        if op in ("state", "table"):
            return self.state[node.data]
        if op == "parameter":
            return self.interpreter.parameter(node.data, self.t)
        if op == "setting":
            return self.interpreter.setting(node.data, self.t, self.k)
        if op == "gradient":
            return self._gradient(node)
        if op == "prox":
            return self.interpreter.prox(*(self.value(arg) for arg in node.args))
        if op == "each":
            return self.interpreter.chunk.components.each(self.value(node.args[0]), self.xp)
        if op in ("coin", "pick", "subset"):
            return self._choice(node)
        if op in ("entry", "put", "mean"):
            return self._table(node)
        return self.interpreter.operations[op](*(self.value(arg) for arg in node.args))

    # -- gradients

    def _gradient(self, node: Node) -> Any:
        """The gradient of a node; those at the other points of its call are taken with it."""
        call, _ = node.data
        every = [n for n in self.hook.nodes if n.op == "gradient" and n.data[0] is call]
        points = [self.value(n.args[0]) for n in every]
        self.interpreter.chunk.watch.see(*points)
        for other, value in zip(every, self._sample(call, points), strict=True):
            self.values[other] = value
        return self.values[node]

    def _sample(self, call: Call, points: list[Array]) -> list[Array]:
        chunk = self.interpreter.chunk
        if call.component is not None:
            chosen = self.value(call.component)
            return [chunk.components.gradient(chosen, x, chunk.xp) for x in points]
        batch = 1 if call.batch is None else self.value(call.batch)
        if call.exact or not np.isfinite(batch):
            gradient = self.interpreter.gradient(call)
            return [gradient(x) for x in points]
        batch = int(batch)
        samples = self.interpreter.samples
        totals = samples(call, points, self.round, self.k * batch)
        for b in range(1, batch):
            more = samples(call, points, self.round, self.k * batch + b)
            totals = [total + sample for total, sample in zip(totals, more, strict=True)]
        return totals if call.batch is None else [total / batch for total in totals]

    # -- random choices

    def _choice(self, node: Node) -> Any:
        """A coin as 0.0 or 1.0, shape (R, 1); a component's number, (R, 1); a subset, (R, n)."""
        choice: Choice = node.data
        chunk = self.interpreter.chunk
        seed = moved(self.interpreter.seed, site_of_choice(choice))
        counter = chunk.start, chunk.stop, self.round, self.k * 8 + CHOICE, seed

        def drawn(count: int) -> Array:
            return uniforms(*counter, count, chunk.xp)

        if choice.kind == "coin":
            return 1.0 * (drawn(1) < self.value(node.args[0]))
        if choice.kind == "pick":
            size = chunk.components.N
            return chunk.xp.minimum(chunk.xp.floor(drawn(1) * size), size - 1).astype(int)
        return chunk.xp.argsort(drawn(chunk.components.N), axis=-1)[:, : choice.size]

    def _table(self, node: Node) -> Any:
        """Values of the variable of all components: one entry, with an entry replaced, the mean."""
        xp = self.xp
        table = self.value(node.args[0])
        if node.op == "mean":
            return xp.mean(table, axis=-2)
        chosen = xp.broadcast_to(
            self.value(node.args[1])[..., None],
            (*table.shape[:2], self.value(node.args[1]).shape[-1], 1),
        )
        if node.op == "entry":
            return xp.mean(xp.take_along_axis(table, chosen, axis=-2), axis=-2)
        value = xp.broadcast_to(
            self.value(node.args[2])[..., None, :], (*table.shape[:2], 1, table.shape[-1])
        )
        here = xp.arange(table.shape[-2])[:, None] == chosen
        return xp.where(here, value, table)
