"""When and where the hooks of a method with clients run, in words."""

from __future__ import annotations

from auxtheory.methods.program import ClientProgram, Program

AT_WORK = "clients at work"
PLACES = {"all": "all clients", "sampled": AT_WORK, "independent": "S clients drawn anew"}
HOW_MANY = {"all": "N", "sampled": "S", "independent": "S"}


def titles(program: Program) -> dict[str, str]:
    """The titles of the hooks of a method with clients, as pseudocode has them.

    Args:
        program: the program.

    Returns:
        The titles by hook.
    """
    clients = program.clients
    assert clients is not None
    return {
        "start": "start",
        "client_start": f"start, {PLACES['all']}",
        "refresh": f"later rounds, {PLACES[clients.refreshed]}",
        "report": f"{_from(clients)}{PLACES[clients.reporting]}",
        "collect": f"{_from(clients)}server",
        "local": f"K times, {AT_WORK}",
        "send": AT_WORK,
        "server": "server",
    }


def _from(clients: ClientProgram) -> str:
    return "" if clients.reports_from == 1 else f"from round {clients.reports_from} on, "


def times(program: Program) -> dict[str, str]:
    """How often each hook of a method with clients runs in T rounds, over all clients.

    Args:
        program: the program.

    Returns:
        Formulas in N, S, K and T by hook.
    """
    clients = program.clients
    assert clients is not None
    late = clients.reports_from - 1
    rounds = f"(T − {late})" if late else "T"
    reported = f"{HOW_MANY[clients.reporting]} {rounds}"
    return {
        "start": "once",
        "client_start": "N",
        "refresh": f"{HOW_MANY[clients.refreshed]} (T − 1)",
        "report": reported,
        "collect": rounds if not late else f"T − {late}",
        "local": "S K T",
        "send": "S T",
        "server": "T",
    }
