"""The form of the paper's methods: a correction buffer, and local steps along ∇h plus the buffer.

    first round  m ← refresh(g, g, g, 1) at the mean g of B samples of g_r(x⁰)
    later        m ← refresh(m, g_r(x; ξ), g_r(x_prev; ξ), a)
    K times      x ← local_step(x, g_h(x), m, η)

Loops written for this form are the fastest ones; `correction_of` says whether a program has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from auxtheory.methods.expression import Node
from auxtheory.methods.generate import function_of
from auxtheory.methods.program import Call, Hook, Program

Rule: TypeAlias = Callable[..., Any]
PROBES = 0.3, -1.7, 2.9, 1e9  # gradients at which the first buffer is compared with the rule


@dataclass(frozen=True, kw_only=True, eq=False)
class Correction:
    """The functions of a method of this form.

    Args:
        refresh: m of a later round from (m, g_r(x), g_r(x_prev), a).
        local_step: x after a local step from (x, g_h(x), m, η).
        points: at how many points a refresh needs g_r: 0, 1 or 2.
        exact: whether a refresh takes ∇r, free of noise.
    """

    refresh: Rule
    local_step: Rule
    points: int
    exact: bool


@cache
def correction_of(program: Program) -> Correction | None:
    """The program in this form, or None: it has other variables, oracles or hooks."""
    buffers = [v for v in program.state if v not in ("x", "x_prev")]
    if len(buffers) > 1 or program.scalars or program.tables or program.choices:
        return None
    if set(program.parameters) - {"eta", "a"} or "finish" in program.hooks:
        return None
    start, refresh, step = (program.hooks.get(name) for name in ("start", "refresh", "step"))
    if (
        start is None
        or step is None
        or any(
            any(node.op == "setting" and node.data != "B" for node in hook.nodes)
            for hook in program.hooks.values()
        )
    ):
        return None
    m = buffers[0] if buffers else None
    parts = _Parts(program, m)
    first = parts.first(start)
    later = parts.refresh(refresh) if refresh is not None else parts.idle()
    local = parts.local_step(step)
    if first is None or later is None or local is None:
        return None
    rule, points, exact = later
    if any(first[0](g) != rule(g, g, g, 1.0) for g in PROBES):
        return None
    return Correction(refresh=rule, local_step=local, points=points, exact=exact and first[1])


class _Parts:
    """The parts of a program as functions; None where a part has another form."""

    def __init__(self, program: Program, m: str | None) -> None:
        self.program = program
        self.m = m

    def output(self, hook: Hook, variable: str) -> Node:
        return hook.outputs[self.program.state.index(variable)]

    def keeps_x(self, hook: Hook) -> bool:
        """Whether the hook leaves x alone and remembers it as x_prev."""
        names = [v for v in ("x", "x_prev") if v in self.program.state]
        return all(_is(self.output(hook, v), "x") for v in names)

    def first(self, hook: Hook) -> tuple[Rule, bool] | None:
        if not self.keeps_x(hook) or not _calls(hook, "r", 1):
            return None
        call = hook.calls[0] if hook.calls else None
        batched = call is None or call.exact or _is_batch(call)
        if not batched or not _points(hook, ("x",)):
            return None
        if self.m is None:
            return _zero_of_gradient, True
        leaves = {node: "g" for node in hook.nodes if node.op == "gradient"}
        rule = _rule("first", ("g",), self.output(hook, self.m), leaves)
        return None if rule is None else (rule, call is None or call.exact)

    def refresh(self, hook: Hook) -> tuple[Rule, int, bool] | None:
        if not self.keeps_x(hook) or not _calls(hook, "r", 1):
            return None
        call = hook.calls[0] if hook.calls else None
        if call is not None and call.batch is not None:
            return None
        points = 0 if call is None else call.points
        if not _points(hook, ("x", "x_prev")[:points]):
            return None
        if self.m is None:
            return self.idle()
        leaves = self._leaves(hook, {"a": "a", self.m: "m"}, ("diff", "diff_prev"))
        rule = _rule("refresh", ("m", "diff", "diff_prev", "a"), self.output(hook, self.m), leaves)
        return None if rule is None else (rule, points, call is None or call.exact)

    def idle(self) -> tuple[Rule, int, bool]:
        """The refresh of a method without one."""
        return (_zero_buffer if self.m is None else _same_buffer), 0, True

    def local_step(self, hook: Hook) -> Rule | None:
        others = [v for v in self.program.state if v != "x"]
        if not all(_is(self.output(hook, v), v) for v in others):
            return None
        if not _calls(hook, "h", 1) or not _points(hook, ("x",)):
            return None
        if any(call.exact or call.batch is not None for call in hook.calls):
            return None
        names = {"x": "y", "eta": "eta"} | ({self.m: "m"} if self.m else {})
        leaves = self._leaves(hook, names, ("grad",))
        return _rule("local_step", ("y", "grad", "m", "eta"), self.output(hook, "x"), leaves)

    def _leaves(
        self, hook: Hook, names: Mapping[str, str], gradients: tuple[str, ...]
    ) -> dict[Node, str]:
        leaves = {
            node: names[node.data]
            for node in hook.nodes
            if node.op in ("state", "parameter") and node.data in names
        }
        return leaves | {
            node: gradients[node.data[1]] for node in hook.nodes if node.op == "gradient"
        }


def _rule(
    name: str, arguments: tuple[str, ...], output: Node, leaves: Mapping[Node, str]
) -> Rule | None:
    """The function of a node; None if it needs anything but these leaves and arithmetic."""
    stack, seen = [output], set[int]()
    while stack:
        node = stack.pop()
        if node in leaves or id(node) in seen:
            continue
        seen.add(id(node))
        alone = node.op in ("state", "parameter", "setting", "gradient", "norm", "dot")
        if alone or (node.op == "constant" and node.vector):
            return None
        stack.extend(node.args)
    return function_of(name, arguments, (output,), leaves)


def _is(node: Node, variable: str) -> bool:
    return node.op == "state" and node.data == variable


def _calls(hook: Hook, kind: str, most: int) -> bool:
    """Whether the hook calls this oracle alone, at most this often."""
    return len(hook.calls) <= most and all(
        call.kind == kind and call.component is None for call in hook.calls
    )


def _is_batch(call: Call) -> bool:
    return call.batch is not None and call.batch.op == "setting" and call.batch.data == "B"


def _points(hook: Hook, variables: tuple[str, ...]) -> bool:
    """Whether gradients are taken at these state variables, in this order."""
    return all(
        node.data[1] < len(variables) and _is(node.args[0], variables[node.data[1]])
        for node in hook.nodes
        if node.op == "gradient"
    )


def _zero_of_gradient(g: Any) -> Any:
    """m ← 0."""
    return 0 * g


def _zero_buffer(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← 0."""
    return 0 * diff


def _same_buffer(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m stays."""
    return 1 * m
