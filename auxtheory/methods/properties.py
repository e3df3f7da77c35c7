"""What a program is: affine or not, elementwise or not, and which line says so."""

from __future__ import annotations

from auxtheory.methods.expression import COMPARISONS, REDUCTIONS, Node
from auxtheory.methods.program import Program
from auxtheory.methods.slots import Slot, outputs_of

# How a value depends on the state: not at all, by an affine map, or otherwise.
FREE, AFFINE, OTHER = range(3)
X = Slot("server", "x")


def not_affine(program: Program) -> str | None:
    """Why the state after a hook is not an affine map of the state before, or None.

    The map may depend on parameters, round and step numbers, and random choices.

    Args:
        program: the program.

    Returns:
        The reason, which names the line.
    """
    for hook in program.hooks.values():
        degrees: dict[Node, int] = {}
        for node in hook.nodes:
            degrees[node] = _degree(node, [degrees[arg] for arg in node.args])
            if degrees[node] == OTHER:
                return f"{program.name}.{hook.name} is not affine{_where(node)}"
    return None


def _degree(node: Node, args: list[int]) -> int:
    op = node.op
    if op in ("state", "table"):
        return AFFINE
    if op in ("gradient", "each", "entry", "mean", "put"):
        return AFFINE
    if op == "prox":
        return AFFINE if args[1] == FREE else OTHER
    if not args or max(args) == FREE:
        return FREE
    if op in ("add", "subtract", "negative"):
        return max(args)
    if op == "multiply":
        return AFFINE if min(args) == FREE else OTHER
    if op == "divide":
        return AFFINE if args[1] == FREE else OTHER
    if op == "power" and node.args[1].op == "constant" and node.args[1].data == 1.0:
        return args[0]
    if op == "where" and args[0] == FREE:
        return max(args[1:])
    return OTHER


def not_elementwise(program: Program) -> str | None:
    """Why one coordinate of the state after a hook needs other coordinates, apart from gradients,
    or None.

    Args:
        program: the program.

    Returns:
        The reason, which names the line.
    """
    if program.tables:
        return f"{program.name} keeps a variable of each component: {', '.join(program.tables)}"
    for hook in program.hooks.values():
        for node in hook.nodes:
            if node.op in REDUCTIONS:
                return f"{program.name}.{hook.name} needs all coordinates{_where(node)}"
    return None


def samples_elsewhere(program: Program) -> str | None:
    """Why a stochastic gradient of f or f − h is taken at a point that is no iterate, or None.

    Iterates are x at the start of a round and of a local step (y of a client), and variables that
    hold an earlier one.

    Args:
        program: the program.

    Returns:
        The reason, which names the line.
    """
    names = {slot.name for hook in program.hooks for slot in _variables(program, hook)}
    held = names - program.tables - program.scalars
    while (fewer := {v for v in held if v == "x" or _holds(program, v, held)}) != held:
        held = fewer
    for hook in program.hooks.values():
        points = held | {"y"} if hook.name == "local" else held
        # The x that the server makes is one of the next round.
        x = None if hook.name == "server" else _variables(program, hook.name).get(X)
        for node in hook.nodes:
            if node.op != "gradient" or not node.data[0].noisy or node.data[0].kind == "h":
                continue
            if hook.name == "finish" or not _is_iterate(node.args[0], x, points):
                what = "takes a gradient at a point that is no iterate"
                return f"{program.name}.{hook.name} {what}{_where(node)}"
    return None


def _variables(program: Program, hook: str) -> dict[Slot, Node]:
    """The new value that a hook gives each variable."""
    outputs = zip(outputs_of(program, hook), program.hooks[hook].outputs, strict=True)
    return {slot: node for slot, node in outputs if slot.kind in ("server", "client")}


def _holds(program: Program, variable: str, held: set[str]) -> bool:
    """Whether a variable always holds an iterate, if those in `held` do."""
    for hook in program.hooks:
        outputs = _variables(program, hook)
        for slot, node in outputs.items():
            if slot.name == variable and not _is_iterate(node, outputs.get(X), held):
                return False
    return True


def _is_iterate(node: Node, x: Node | None, held: set[str]) -> bool:
    if node.op == "where":
        return all(_is_iterate(arg, x, held) for arg in node.args[1:])
    return node is x or (node.op == "state" and node.data in held)


def _where(node: Node) -> str:
    if node.line is None:
        return ""
    name = {"where": "a condition"}.get(
        node.op, "a comparison" if node.op in COMPARISONS else node.op
    )
    return f": {name} in {node.line}"


def memory(program: Program) -> tuple[str, ...]:
    """The vectors that a method keeps besides x.

    Args:
        program: the program.

    Returns:
        Their names.
    """
    return tuple(v for v in program.state if v != "x" and v not in program.scalars)
