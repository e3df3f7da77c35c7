"""What a method with clients stores from one round to the next: a variable that every round gives a
new value before it reads it need not be stored."""

from __future__ import annotations

from collections.abc import Mapping

from auxtheory.methods.expression import Node
from auxtheory.methods.program import Hook, Program
from auxtheory.methods.slots import outputs_of

# The hooks of a round, from the second one on.
ROUND = ("refresh", "report", "collect", "local", "send", "server")


def client_memory(program: Program) -> tuple[str, ...]:
    """The variables that each client must store between rounds.

    Args:
        program: the program.

    Returns:
        Their names; none of a method without clients.
    """
    clients = program.clients
    if clients is None:
        return ()
    where = {
        "refresh": clients.refreshed,
        "report": clients.reporting,
        "local": "sampled",
        "send": "sampled",
    }
    return tuple(v for v in clients.state if _stored(program, v, where))


def server_memory(program: Program) -> tuple[str, ...]:
    """The variables besides x that the server of a method with clients must store.

    Args:
        program: the program.

    Returns:
        Their names.
    """
    where = dict.fromkeys(ROUND, "all")
    return tuple(v for v in program.state if v != "x" and _stored(program, v, where))


def _stored(program: Program, variable: str, where: Mapping[str, str]) -> bool:
    """Whether a hook of a round reads the variable where no hook has given it a new value yet;
    `where` are the clients at which each hook runs."""
    written: set[str] = set()
    for name, place in where.items():
        hook = program.hooks.get(name)
        if hook is None:
            continue
        at = new_value_of(program, name, variable)
        new = at is not None and not _is(hook.outputs[at], variable)
        if reads(hook, variable, None if new else at) and not written & {"all", place}:
            return True
        if new:
            written.add(place)
    return False


def new_value_of(program: Program, hook: str, variable: str) -> int | None:
    """Which output of a hook is the new value of a variable of the server or of a client.

    Args:
        program: the program of a method with clients.
        hook: the name of the hook.
        variable: the name of the variable.

    Returns:
        The place among the outputs; None if the hook gives it no new value.
    """
    places = outputs_of(program, hook)
    named = (i for i, slot in enumerate(places) if slot.name == variable)
    return next((i for i in named if places[i].kind in ("server", "client")), None)


def reads(hook: Hook, variable: str, idle: int | None = None) -> bool:
    """Whether a hook needs a variable, apart from the output of number `idle`."""
    stack = [node for i, node in enumerate(hook.outputs) if i != idle]
    seen: set[Node] = set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if _is(node, variable):
            return True
        stack.extend(node.args)
    return False


def _is(node: Node, variable: str) -> bool:
    return node.op == "state" and bool(node.data == variable)
