"""What a method with clients sends, read off its text."""

from __future__ import annotations

from dataclasses import dataclass

from auxtheory.methods.client_memory import new_value_of, reads
from auxtheory.methods.program import Program


@dataclass(frozen=True, kw_only=True)
class Floats:
    """The vectors of d numbers that a client exchanges with the server in a round.

    A variable of the server that a client reads is sent down once, and again where the server has
    changed it between the two exchanges. A gradient of f or of r_i = f − h_i at a client is one
    gradient up, ∇h_i, and one down, ∇f.

    Args:
        down: to a client at work.
        up: from a client at work.
        exchanges: how often a client at work waits for the server: 1 or 2.
        others_down: to a client that only refreshes or reports.
        others_up: from such a client.
        others: which these are: "none", "all" others, or "independent": S drawn anew.

    Example:
        >>> import auxtheory as at
        >>> floats = at.methods.SCAFFOLD.floats
        >>> floats.down, floats.up, floats.exchanges
        (2, 2, 1)
        >>> floats.total(S=4, N=10)
        (8, 8)
    """

    down: int
    up: int
    exchanges: int
    others_down: int = 0
    others_up: int = 0
    others: str = "none"

    def total(self, S: int, N: int) -> tuple[int, int]:
        """The vectors sent in a round, down and up, over all clients.

        Args:
            S: The number of clients at work.
            N: The number of clients.

        Returns:
            Both numbers.
        """
        others = {"none": 0, "independent": S, "all": N - S}[self.others]
        return S * self.down + others * self.others_down, S * self.up + others * self.others_up


def floats_of(program: Program) -> Floats | None:
    """What clients and server exchange in a round from the second one on.

    Args:
        program: the program.

    Returns:
        The numbers of vectors; None of a method without clients.
    """
    clients = program.clients
    if clients is None:
        return None
    everywhere = {"refresh": clients.refreshed, "report": clients.reporting}
    at_work = [
        hook
        for hook in ("refresh", "report", "local", "send")
        if hook in program.hooks and everywhere.get(hook) != "independent"
    ]
    elsewhere = [
        hook
        for hook in ("refresh", "report")
        if hook in program.hooks and everywhere[hook] in ("all", "independent")
    ]
    down, up = _sent(program, at_work)
    # x is where local starts, even if the text does not name it.
    others_down, others_up = _sent(program, elsewhere, start=False)
    anew = "independent" in (everywhere[hook] for hook in elsewhere)
    return Floats(
        down=down,
        up=up,
        exchanges=1 + any(_first_exchange(program, hook) for hook in at_work),
        others_down=others_down,
        others_up=others_up,
        others="none" if not elsewhere else "independent" if anew else "all",
    )


def _sent(program: Program, hooks: list[str], start: bool = True) -> tuple[int, int]:
    """The vectors that a client gets and sends for these hooks."""
    clients = program.clients
    assert clients is not None
    early = [hook for hook in hooks if hook in ("refresh", "report")]
    late = [hook for hook in hooks if hook in ("local", "send")]
    first = {v for v in program.state if any(reads(program.hooks[h], v) for h in early)}
    second = {v for v in program.state if any(reads(program.hooks[h], v) for h in late)}
    if start:
        second.add("x")
    changed = {v for v in program.state if _changes(program, v)}
    gradients = sum(len(_of_f(program, hook)) for hook in hooks)
    down = len(first) + len(second - (first - changed)) + gradients
    messages = {"report": len(clients.reported), "send": len(clients.sent)}
    return down, sum(messages.get(hook, 0) for hook in hooks) + gradients


def _changes(program: Program, variable: str) -> bool:
    """Whether `collect` gives a variable of the server another value."""
    if "collect" not in program.hooks:
        return False
    at = new_value_of(program, "collect", variable)
    assert at is not None
    node = program.hooks["collect"].outputs[at]
    return not (node.op == "state" and node.data == variable)


def _of_f(program: Program, hook: str) -> set[tuple[object, int]]:
    """The gradients of f or f − h_i that a hook of a client needs."""
    return {used for used in program.hooks[hook].used if used[0].kind != "h"}


def _first_exchange(program: Program, hook: str) -> bool:
    """Whether a client needs something of the server for this hook before it asks again."""
    asked = hook == "report" and any(reads(program.hooks[hook], v) for v in program.state)
    return asked or bool(_of_f(program, hook))
