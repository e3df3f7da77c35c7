"""What the inputs and outputs of each hook are: variables of the server or of a client, messages,
or the iterate y of a client."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from auxtheory.methods.program import Program

# The hooks that run at clients, where o.h and o.r are those of one helper.
AT_CLIENTS = ("client_start", "refresh", "report", "local", "send")
MESSAGES = ("report", "send")
Kind: TypeAlias = Literal["server", "client", "report", "send", "iterate"]


class Slot(NamedTuple):
    """One input or output of a hook.

    Args:
        kind: whether it is a variable of the server (of a method without clients, any variable), a
            variable of each client, a message of `report` or `send`, or the iterate of a client.
        name: its name in the text.
    """

    kind: Kind
    name: str


Y = Slot("iterate", "y")


def outputs_of(program: Program, hook: str) -> tuple[Slot, ...]:
    """What the outputs of a hook are.

    Args:
        program: the program.
        hook: the name of the hook.

    Returns:
        A slot for each output, in order.
    """
    server = tuple(Slot("server", name) for name in program.state)
    clients = program.clients
    if clients is None or hook in ("start", "collect", "server"):
        return server
    own = tuple(Slot("client", name) for name in clients.state)
    if hook == "local":
        return (Y,)
    if hook == "report":
        return (*(Slot("report", name) for name in clients.reported), *own)
    if hook == "send":
        return (*(Slot("send", name) for name in clients.sent), *own)
    return own


def inputs_of(program: Program, hook: str) -> tuple[Slot, ...]:
    """What the inputs of a hook are.

    Args:
        program: the program.
        hook: the name of the hook.

    Returns:
        A slot for each input, in order.
    """
    server = tuple(Slot("server", name) for name in program.state)
    clients = program.clients
    if hook == "start":
        return (Slot("server", "x"),)
    if clients is None or hook == "client_start":
        return server
    if hook == "collect":
        return (*server, *(Slot("report", name) for name in clients.reported))
    if hook == "server":
        return (*server, *(Slot("send", name) for name in clients.sent))
    own = tuple(Slot("client", name) for name in clients.state)
    return (Y, *server, *own) if hook in ("local", "send") else (*server, *own)
