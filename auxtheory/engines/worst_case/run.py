"""A noiseless run of a program on anything that adds and takes numbers: rows of coefficients, or
PEPit's points.

A gradient is asked for once at each point; points are counted in the order in which that happens.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from auxtheory.helper_role import HelperRole
from auxtheory.measures import Measure
from auxtheory.methods import MethodType
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Hook, evaluate

Oracle: TypeAlias = Callable[[Any], tuple[Any, Any]]
RANDOM = ("coin", "pick", "subset", "entry", "put", "mean")


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """The lengths of a run, and its parameters: numbers, or one for each round."""

    K: int
    T: int
    parameters: Mapping[str, float | tuple[float, ...]]

    def parameter(self, name: str, t: int) -> float:
        """A parameter in round t."""
        value = self.parameters[name]
        return value[t - 1] if isinstance(value, tuple) else value


@dataclass(eq=False)
class Walk:
    """The points of a run.

    Args:
        points: every point at which a gradient was asked for, in order.
        measured: the numbers of those that are measured.
        vectors: the state variables that are measured without a gradient.
        last: the number of x^T; None unless it was asked for.
        gradients: what the oracle answered at the points.
        order: the number of the point that is asked for, each time in turn.
        known: `order` of the same run with equal points distinguished; None: a point is another
            one unless it is the same object.
    """

    points: list[Any] = field(default_factory=list)
    measured: list[int] = field(default_factory=list)
    vectors: list[Any] = field(default_factory=list)
    last: int | None = None
    gradients: list[tuple[Any, Any]] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    known: Sequence[int] | None = None

    def visit(self, y: Any, oracle: Oracle) -> int:
        """The number of a point, of which the oracle is asked if it is new."""
        number = len(self.points)
        if self.known is not None:
            number = self.known[len(self.order)]
        else:
            number = next((i for i, point in enumerate(self.points) if _same(point, y)), number)
        self.order.append(number)
        if number == len(self.points):
            self.points.append(y)
            self.gradients.append(oracle(y))
        return number

    def visit_implicit(self, point: Callable[[Any, Any], Any], oracle: Oracle) -> int:
        """The number of a new point that is a function of ∇f and ∇r there, of which the oracle is
        given that function."""
        number = len(self.points)
        self.order.append(number)
        g, s = oracle(point)
        self.points.append(point(g, s))
        self.gradients.append((g, s))
        return number


def _same(one: Any, other: Any) -> bool:
    """Whether two points are one: the same object, or equal rows of coefficients."""
    return one is other or (np.size(one) > 0 and bool(np.array_equal(one, other)))


def unreadable(method: MethodType) -> str | None:
    """Why a program cannot be run on unknown vectors, or None."""
    for hook in method.program.hooks.values():
        for node in hook.nodes:
            if node.op in RANDOM:
                return f"{method.name}.{hook.name} makes a random choice"
            if node.op == "constant" and node.vector:
                return f"{method.name}.{hook.name} has a constant for each coordinate"
    if method.program.scalars:
        return f"{method.name} keeps a number: {', '.join(sorted(method.program.scalars))}"
    return method.not_affine


def walk(
    method: MethodType,
    lengths: Lengths,
    x0: Any,
    oracle: Oracle,
    *,
    measure: Measure,
    end: bool,
    known: Sequence[int] | None = None,
) -> Walk:
    """Run the program.

    Args:
        method: the method.
        lengths: K, T and the parameters.
        x0: the start.
        oracle: oracle(y) → (∇f(y), ∇r(y)), which is called once for each point.
        measure: what is measured: at a point with f or its gradient, or as a vector.
        end: whether the number of x^T is needed.
        known: `Walk.order` of the same run.

    Returns:
        The points.
    """
    done = Walk(known=known)
    hooks = method.program.hooks
    state = {"x": x0}

    def look(over: str) -> None:
        if measure.over == over and measure.form in ("grad", "gap"):
            done.measured.append(done.visit(state[measure.of], oracle))
        elif measure.over == over:
            done.vectors.append(state[measure.of])

    for t in range(1, lengths.T + 1):
        first = hooks["start"] if t == 1 else hooks.get("refresh")
        state = _run(method, first, state, done, oracle, lengths, t)
        for k in range(lengths.K):
            look("local")
            state = _run(method, hooks.get("step"), state, done, oracle, lengths, t, k)
        state = _run(method, hooks.get("finish"), state, done, oracle, lengths, t)
        look("rounds")
    look("last")
    if end:
        done.last = done.visit(state["x"], oracle)
    return done


def _run(
    method: MethodType,
    hook: Hook | None,
    state: Mapping[str, Any],
    done: Walk,
    oracle: Oracle,
    lengths: Lengths,
    t: int,
    k: int = 0,
) -> dict[str, Any]:
    """The state after a hook."""
    if hook is None:
        return dict(state)
    settings = {"K": lengths.K, "T": lengths.T, "B": float("inf"), "t": t, "k": k}

    def leaf(node: Node, args: tuple[Any, ...]) -> Any:
        if node.op == "state":
            return state[node.data]
        if node.op == "parameter":
            return lengths.parameter(node.data, t)
        if node.op == "setting":
            return settings[node.data]
        g, s = done.gradients[done.visit(args[0], oracle)]
        return seen(method.role, node.data[0].kind, g, s)

    values = evaluate(hook, leaf, lambda op, args: OPERATIONS[op](*args))
    return dict(zip(method.program.state, values, strict=True))


def seen(role: HelperRole, kind: str, g: Any, s: Any) -> Any:
    """The gradient that an oracle gives, from ∇f and ∇r at the point."""
    if kind == "f":
        return g
    return role.h(g - s, g, 0 * g) if kind == "h" else role.r(s, g, 0 * g)


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": lambda u, v: v * u if isinstance(u, int | float) else u * v,
    "divide": lambda u, v: u * (1 / v) if not isinstance(u, int | float) else u / v,
    "remainder": operator.mod,
    "power": operator.pow,
    "negative": operator.neg,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "absolute": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "sign": lambda v: (v > 0) - (v < 0),
    "minimum": min,
    "maximum": max,
    "where": lambda condition, a, b: a if condition else b,
}
