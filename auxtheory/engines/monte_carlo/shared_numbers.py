"""Numbers of a method's text that all coordinates and replicas share: step parameters, the numbers
of round and step, and what is computed of these alone.

They are computed as the interpreter computes them, once a round or once a step, so that generated
code takes them as plain numbers: schedules and powers of t cost nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from auxtheory.bounds.schedules import PerRound
from auxtheory.methods import Phase
from auxtheory.methods.arithmetic import operations
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Call, Hook
from auxtheory.typing import FloatArray

SOURCES = ("parameter", "setting", "constant")
INDIVIDUAL = (
    "state",
    "table",
    "gradient",
    "coin",
    "pick",
    "subset",
    "entry",
    "put",
    "mean",
    "norm",
    "dot",
)


@cache
def is_shared(node: Node) -> bool:
    """Whether a node is one number for all coordinates and replicas."""
    if node.vector or node.op in INDIVIDUAL:
        return False
    return all(is_shared(arg) for arg in node.args)


@cache
def shared(hook: Hook) -> tuple[Node, ...]:
    """The shared numbers that a hook's other values need, constants left out, in the order of the
    text."""
    needed: dict[Node, None] = {}
    for node in hook.nodes:
        if is_shared(node):
            continue
        args = node.args[:1] if node.op == "gradient" else node.args
        needed.update(dict.fromkeys(arg for arg in args if is_shared(arg)))
    needed.update(dict.fromkeys(node for node in hook.outputs if is_shared(node)))
    return tuple(node for node in needed if node.op != "constant")


@cache
def batched(hook: Hook) -> tuple[Call, ...]:
    """The calls of a hook that take the mean of several samples and are used."""
    used = {call for call, _ in hook.used}
    return tuple(c for c in hook.calls if c in used and c.batch is not None and c.noisy)


def is_scheduled(phase: Phase, name: str) -> bool:
    """Whether a step parameter has a value for each round."""
    return isinstance(phase.parameter(name), PerRound)


def depends_on(nodes: Sequence[Node], phase: Phase, setting: str) -> bool:
    """Whether some numbers change with the number of the round, "t", or of the local step, "k"."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node.op == "setting" and node.data == setting:
            return True
        if node.op == "parameter" and setting == "t" and is_scheduled(phase, node.data):
            return True
        stack.extend(node.args)
    return False


class Numbers:
    """The shared numbers of one phase; further: S and N of a method with clients."""

    def __init__(self, phase: Phase, further: Mapping[str, int] | None = None) -> None:
        self.phase = phase
        self.further = further or {}
        self.operations = operations(np)
        self.T = phase.steps.T
        self.levels = {name: self._level(name) for name in phase.method.program.parameters}
        self.levels |= {name: float(value) for name, value in self.further.items()}

    def _level(self, name: str) -> Any:
        """A parameter as the interpreter takes it: an array of shape (C, 1, 1), one number, or the
        numbers of all rounds."""
        value = self.phase.parameter(name)
        if is_scheduled(self.phase, name):
            return [float(number) for number in value.over(name, self.T)]
        array = np.asarray(value, dtype=float)
        return array.reshape((*array.shape, 1, 1)) if array.ndim else array

    def of(self, hook: Hook | None) -> FloatArray:
        """The shared numbers of a hook, shape (T or 1, K or 1, C or 1, numbers)."""
        nodes = () if hook is None else shared(hook)
        ends = self._ends(nodes)
        values = [
            [[self._values(nodes, t, k)] for k in range(ends[1])] for t in range(1, ends[0] + 1)
        ]
        sizes = [np.size(v) for row in values for (step,) in row for v in step]
        count = max(sizes, default=1)
        out = np.zeros((*ends, count, len(nodes)))
        for t, row in enumerate(values):
            for k, (step,) in enumerate(row):
                for i, value in enumerate(step):
                    out[t, k, :, i] = np.reshape(value, -1)
        return out

    def batches(self, hook: Hook | None) -> Any:
        """The sizes of a hook's batches, shape (T or 1, batches); 0 for an exact gradient.

        Raises:
            ValueError: a size is not one number for all configurations.
        """
        nodes = () if hook is None else tuple(c.batch for c in batched(hook) if c.batch is not None)
        end, _ = self._ends(nodes)
        out = np.zeros((end, len(nodes)), dtype=np.int64)
        for t in range(end):
            for i, value in enumerate(self._values(nodes, t + 1, 0)):
                number = float(np.reshape(value, ()))
                out[t, i] = int(number) if np.isfinite(number) else 0
        return out

    def _ends(self, nodes: Sequence[Node]) -> tuple[int, int]:
        return (
            self.T if depends_on(nodes, self.phase, "t") else 1,
            self.phase.steps.K if depends_on(nodes, self.phase, "k") else 1,
        )

    def _values(self, nodes: Sequence[Node], t: int, k: int) -> list[Any]:
        steps = self.phase.steps
        settings = {"K": steps.K, "T": steps.T, "B": steps.B, "t": t, "k": k, **self.further}
        values: dict[Node, Any] = {}
        with np.errstate(all="ignore"):
            return [self._value(node, values, settings) for node in nodes]

    def _value(self, node: Node, values: dict[Node, Any], settings: dict[str, Any]) -> Any:
        """The value of a node, kept in `values`."""
        if node in values:
            return values[node]
        if node.op == "constant":
            found = node.data
        elif node.op == "parameter":
            level = self.levels[node.data]
            found = level[settings["t"] - 1] if isinstance(level, list) else level
        elif node.op == "setting":
            found = settings[node.data]
        else:
            args = [self._value(arg, values, settings) for arg in node.args]
            found = self.operations[node.op](*args)
        values[node] = found
        return found
