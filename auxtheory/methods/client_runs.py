"""How often the hooks of a method run, and at how many clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from auxtheory.bounds.clients_at_work import AT_WORK
from auxtheory.bounds.schedules import PerRound
from auxtheory.methods.expression import ordered
from auxtheory.methods.phases import Phase
from auxtheory.methods.program import Hook, Program


def at_work(phase: Phase, N: int) -> int:
    """S, the number of clients at work in a round of a phase: N where it is ∞ or more."""
    S = phase.parameter(AT_WORK)
    return N if S is None or S == np.inf else min(int(S), N)


def runs(phase: Phase, rounds: int, N: int = 1) -> Iterator[tuple[Hook, Any, float]]:
    """The hooks that a phase runs.

    Args:
        phase: the method and its steps.
        rounds: the number of rounds, at least 1.
        N: the number of clients of a method with clients.

    Returns:
        For each hook that runs: the hook, the rounds in which it does, and at how many clients.
    """
    program = phase.method.program
    for name, hook in program.hooks.items():
        first, last = 1, rounds
        if name in ("start", "client_start"):
            last = 1
        elif name == "refresh":
            first = 2
        elif name in ("report", "collect") and program.clients is not None:
            first = program.clients.reports_from
        if last >= first:
            rounds_of_hook = (
                np.arange(first, last + 1.0)
                if numbered(phase, hook)
                # One number that stands for all rounds takes no memory, whatever T is.
                else np.broadcast_to(float(first), (last + 1 - first,))
            )
            yield hook, rounds_of_hook, _clients(phase, name, N)


def numbered(phase: Phase, hook: Hook) -> bool:
    """Whether what a hook computes can depend on the number of the round."""
    batches = [call.batch for call in hook.calls if call.batch is not None]
    return any(
        (node.op == "setting" and node.data == "t")
        or (node.op == "parameter" and isinstance(phase.parameter(node.data), PerRound))
        for node in ordered((*hook.nodes, *batches))
    )


def _clients(phase: Phase, hook: str, N: int) -> float:
    """The number of clients at which a hook runs; 1 for one of the server."""
    clients = phase.method.program.clients
    if clients is None or hook in ("start", "collect", "server"):
        return 1.0
    where = {"client_start": "all", "refresh": clients.refreshed, "report": clients.reporting}
    return float(N if where.get(hook) == "all" else at_work(phase, N))


def repeated(hook: Hook) -> bool:
    """Whether a hook runs K times in a round."""
    return hook.name in ("step", "local")


def sent_by_clients(program: Program, hook: Hook) -> frozenset[Any]:
    """The calls of `start` that the clients make in `client_start` and send: the mean of ∇h_i(x)
    over all helpers, where each takes the same gradient of its own."""
    first = program.hooks.get("client_start")
    if hook.name != "start" or first is None:
        return frozenset()
    own = {_kind(node) for node in first.nodes if node.op == "gradient"}
    return frozenset(
        node.data[0]
        for node in hook.nodes
        if node.op == "gradient" and node.data[0].points == 1 and _kind(node) in own
    )


def _kind(node: Any) -> tuple[Any, ...]:
    """What says whether two gradients are of the same function at the same variable."""
    call, point = node.data[0], node.args[0]
    variable = point.data if point.op == "state" else None
    return call.kind, call.exact, call.batch is None, variable
