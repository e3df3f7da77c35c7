"""Texts with one value in them replaced: a sign, a number of clients, the point of a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from auxtheory.conformance.client_text import Text
from auxtheory.methods.expression import Node, combined, constant
from auxtheory.methods.program import Call, Hook

Change = Callable[[Node], Node]

PLACES = {
    "refresh": "in the refresh of a client",
    "report": "in what a client does before its local steps",
    "collect": "in what the server does before the local steps",
    "local": "in the local steps",
    "send": "in what a client does after its local steps",
    "server": "in the server",
}
SIGNS = {"h": "g_i", "f": "g_f", "r": "g_f − g_i"}


def rewritten(hook: Hook, target: Node, change: Change) -> Hook:
    """A hook with another value in place of every use of a node."""
    made: dict[Node, Node] = {}
    for node in hook.nodes:
        args = tuple(made[arg] for arg in node.args)
        same = all(new is old for new, old in zip(args, node.args, strict=True))
        new = node if same else replace(node, args=args)
        made[node] = change(new) if node is target else new
    return replace(hook, outputs=tuple(made[node] for node in hook.outputs))


def scaled(factor: Any) -> Change:
    """The value times a number or a node."""
    return lambda node: combined("multiply", node, factor)


def negated(node: Node) -> Node:
    """The value with the other sign."""
    return combined("negative", node)


def named(node: Node) -> str:
    """A value, as reports call it."""
    if node.op != "gradient":
        return {"eta": "η"}.get(node.data, str(node.data))
    call: Call = node.data[0]
    point = node.args[0]
    at = str(point.data) if point.op == "state" else "another point"
    return f"{SIGNS[call.kind]}({at})"


def leaves(hook: Hook) -> Iterator[Node]:
    """The values that a hook reads: variables, messages, gradients and numbers."""
    for node in hook.nodes:
        if node.op in ("state", "gradient", "parameter") or (
            node.op == "setting" and node.data in ("S", "N", "K")
        ):
            yield node


def wrong_values(text: Text) -> Iterator[tuple[str, Text]]:
    """Texts in which one value is another one, each with the mistake in words."""
    for name, place in PLACES.items():
        hook = text.hooks.get(name)
        if hook is None:
            continue
        yield from _of_pairs(text, name, place, hook)
        for node in leaves(hook):
            for words, change in _changes(name, hook, node):
                yield f"{place}, {words}", text.with_hook(name, rewritten(hook, node, change))
        yield from _of_outputs(text, name, place, hook)


def _of_pairs(text: Text, name: str, place: str, hook: Hook) -> Iterator[tuple[str, Text]]:
    """Two variables with the wrong sign, such as c and c_i in a correction c − c_i."""
    variables = [n for n in leaves(hook) if n.op == "state" and n.data not in ("x", "y")]
    for one, other in combinations(variables, 2):
        if name in ("local", "send") and one.data != other.data:
            changed = rewritten(hook, one, negated)
            both = rewritten(changed, other, negated)
            words = f"{one.data} and {other.data} have the wrong sign, each"
            yield f"{place}, {words}", text.with_hook(name, both)


def _changes(name: str, hook: Hook, node: Node) -> Iterator[tuple[str, Change]]:
    """Mistakes in one value of a hook."""
    what = named(node)
    if node.vector:
        yield f"{what} has the wrong sign", negated
        yield f"{what} is left out", scaled(0.0)
    if node.op == "parameter":
        yield f"{what} is left out", lambda n: constant(1.0)
        yield f"{what} is 0", lambda n: constant(0.0)
    if node.op == "setting":
        yield from _of_number(what)
    if node.op == "gradient":
        yield from _of_gradient(hook, node, what)
    if name in ("local", "send") and node.op == "state" and node.data in ("y", "x"):
        other = "x" if node.data == "y" else "y"
        point = Node("state", data=other, vector=True)
        yield f"{other} stands for {node.data}", lambda n: point


def _of_number(what: str) -> Iterator[tuple[str, Change]]:
    one = constant(1.0)
    S, N = Node("setting", data="S"), Node("setting", data="N")
    if what == "S":
        yield "N stands for S, so that the factor S/N is missing", lambda n: N
        yield (
            "S/N is squared",
            lambda n: combined("divide", combined("multiply", S, S), N),
        )
    if what == "N":
        yield "S stands for N, so that the factor S/N is missing", lambda n: S
    yield f"{what} is left out", lambda n: one


def _of_gradient(hook: Hook, node: Node, what: str) -> Iterator[tuple[str, Change]]:
    """Mistakes in a gradient: of another function, at another point, with another sample."""
    call, number = node.data
    for kind, words in SIGNS.items():
        if kind != call.kind:
            other = replace(call, kind=kind)
            yield f"{words} is taken instead of {SIGNS[call.kind]}", _as_call(other, number)
    x = Node("state", data="x", vector=True)
    if not (node.args[0].op == "state" and node.args[0].data == "x"):
        yield f"{what} is taken at x instead", lambda n: replace(n, args=(x,))
    if hook.name == "send":
        y = Node("state", data="y", vector=True)
        yield f"{what} is taken at y instead", lambda n: replace(n, args=(y,))
    exact = replace(call, exact=not call.exact)
    words = "with noise" if call.exact else "without noise"
    yield f"{what} is taken {words}", _as_call(exact, number)


def _as_call(call: Call, number: int) -> Change:
    """The gradient of another call."""
    return lambda node: replace(node, data=(call, number))


def _of_outputs(text: Text, name: str, place: str, hook: Hook) -> Iterator[tuple[str, Text]]:
    """Mistakes in what a hook returns: not updated, or from values that are new already."""
    exchange = text.exchange
    state = text.method.program.state
    outputs = {
        "collect": state,
        "server": state,
        "refresh": exchange.state,
        "report": (*exchange.reported, *exchange.state),
        "send": (*exchange.sent, *exchange.state),
    }.get(name, ())
    sent = {"report": exchange.reported, "send": exchange.sent}.get(name, ())
    for j, message in enumerate(sent):
        for what, new in zip(exchange.state, hook.outputs[len(sent) :], strict=True):
            if new is not hook.outputs[j]:
                words = f"{message} is the new {what} itself"
                yield f"{place}, {words}", text.with_hook(name, _put(hook, j, new))
    for j, what in enumerate(outputs):
        new = hook.outputs[j]
        if new.op == "state" and new.data == what:
            continue
        if what in (*state, *exchange.state):
            kept = Node("state", data=what, vector=True)
            yield f"{place}, {what} is not updated", text.with_hook(name, _put(hook, j, kept))
        for other, old in enumerate(hook.outputs):
            if other != j and any(n.op == "state" and n.data == what for n in hook.nodes):
                words = f"the new {what} is used where the old one is needed"
                changed = _replaced(hook, other, what, new)
                if changed is not old:
                    yield f"{place}, {words}", text.with_hook(name, _put(hook, other, changed))


def _put(hook: Hook, j: int, node: Node) -> Hook:
    outputs = list(hook.outputs)
    outputs[j] = node
    return replace(hook, outputs=tuple(outputs))


def _replaced(hook: Hook, j: int, what: str, new: Node) -> Node:
    """Output j of a hook with a new value in place of a variable."""
    alone = replace(hook, outputs=(hook.outputs[j],))
    for node in alone.nodes:
        if node.op == "state" and node.data == what:
            return rewritten(alone, node, lambda n: new).outputs[0]
    return hook.outputs[j]
