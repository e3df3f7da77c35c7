"""A method with clients for generated source: one state of server and client together, which every
hook reads and changes, and the module of its hooks on a tile.

In a tile x is the point at which is measured: the iterate of a client in its local steps, otherwise
x of the server, which is also kept apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from auxtheory.engines.monte_carlo.layout import Layout
from auxtheory.engines.monte_carlo.lines import Lines
from auxtheory.engines.monte_carlo.source import (
    CPU,
    HEAD,
    SOURCES,
    Body,
    defined,
    hook_of,
    indented,
    local_steps,
    measured,
    once_a_round,
)
from auxtheory.measures.measure import OF_CLIENTS
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Hook, Program

# What names of a text may begin with, but for these.
SERVER, SENT, REPORTED, TOTAL = "server__x", "sent__", "reported__", "total__"
ORDER = "start", "client_start", "refresh", "report", "collect", "local", "send", "server"


@dataclass(frozen=True)
class Joined:
    """A program whose hooks change one state.

    Args:
        program: the program.
        sent: the variables of the messages of `send`, with those of their totals.
        reported: the same of `report`.
    """

    program: Program
    sent: tuple[tuple[str, str], ...]
    reported: tuple[tuple[str, str], ...]


@lru_cache(SOURCES)
def joined(program: Program) -> Joined:
    """A program with clients as one with a single state."""
    clients = program.clients
    assert clients is not None
    names = {
        "send": [(f"{SENT}{m}", f"{TOTAL}{SENT}{m}") for m in clients.sent],
        "report": [(f"{REPORTED}{m}", f"{TOTAL}{REPORTED}{m}") for m in clients.reported],
    }
    others = tuple(v for v in program.state if v != "x")
    messages = [v for pairs in names.values() for pair in pairs for v in pair]
    state = ("x", SERVER, *others, *clients.state, *messages)
    server = tuple(SERVER if v == "x" else v for v in program.state)
    # What each hook reads under another name, and what its outputs are.
    of_sent, of_reported = (
        {message: sent for message, (sent, _) in zip(listed, names[hook], strict=True)}
        for hook, listed in (("send", clients.sent), ("report", clients.reported))
    )
    reads = {
        "collect": of_reported,
        "server": of_sent,
        "local": {"y": "x"},
        "send": {"y": "x"},
    }
    writes = {
        "start": server,
        "client_start": clients.state,
        "refresh": clients.state,
        "report": (*(sent for sent, _ in names["report"]), *clients.state),
        "collect": server,
        "local": ("x",),
        "send": (*(sent for sent, _ in names["send"]), *clients.state),
        "server": server,
    }
    hooks = {}
    for name, hook in program.hooks.items():
        rename = {"x": SERVER} | reads.get(name, {})
        outputs = dict(zip(writes[name], _renamed(hook.outputs, rename), strict=True))
        if name in ("start", "server"):
            outputs["x"] = outputs[SERVER]
        kept = {v: Node("state", data=v, vector=True) for v in state}
        whole = tuple((kept | outputs).values())
        hooks[name] = replace(hook, outputs=whole)
    return Joined(
        replace(program, state=state, hooks=hooks), tuple(names["send"]), tuple(names["report"])
    )


def _renamed(outputs: tuple[Node, ...], names: Mapping[str, str]) -> tuple[Node, ...]:
    """Nodes that read variables under other names; those that read none of them stay."""
    new: dict[Node, Node] = {}
    for node in Hook("", outputs, (), (), {}).nodes:
        if node.op == "state" and node.data in names:
            new[node] = Node("state", data=names[node.data], vector=True, line=node.line)
            continue
        args = tuple(new[arg] for arg in node.args)
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        new[node] = node if same else replace(node, args=args)
    return tuple(new[node] for node in outputs)


@lru_cache(SOURCES)
def source(layout: Layout) -> str:
    """The module of a phase's hooks, with a function `make` as in `source`."""
    parts: list[str] = []
    made: list[str] = []
    for name in ORDER:
        if name == "local":
            parts += local_steps(layout, name)
        elif name in layout.program.hooks:
            parts += once_a_round(layout, name, CPU)
        made.append("steps" if name == "local" else name)
        # What a text leaves out is not compiled either.
        made[-1] = made[-1] if name in layout.program.hooks else "None"
    for over in OF_CLIENTS:
        there = any(measure.over == over for measure in layout.summed)
        parts += _summed(layout, over) if there else []
        made.append(over if there else "None")
    parts += [measured(layout), f"return {', '.join(made)}, measured"]
    return HEAD + indented("\n\n".join(parts)) + "\n"


def _summed(layout: Layout, over: str) -> list[str]:
    """The functions that add the measures of x at a point of a round to their sums."""
    hook = hook_of(layout, "finish")
    body = Body(layout, hook)
    lines = Lines(layout, hook)
    added = body.added(lines, over)
    definitions, inner = body.whole(f"{over}_lines", [*lines.lines, *added] if added else [], set())
    inner = ["s = v", *inner] if inner and layout.vector else inner
    whole = ["for c in range(tiles.shape[0]):", f"    {over}_tile(tiles[c], n, weights)"]
    return [
        *definitions,
        defined(f"{over}_tile(v, n, weights)", inner),
        defined(f"{over}(tiles, n, weights)", whole),
    ]
