"""Units of every line of a method's text, in the unit F of f and the unit X of x.

A number 0 fits every unit. The units of the state variables follow from the text: those of `start`
first, then those of the hooks until they settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

from auxtheory.bounds.units import Unit
from auxtheory.errors import UnitError
from auxtheory.methods.expression import COMPARISONS, Line, Node
from auxtheory.methods.program import Hook, Program
from auxtheory.methods.reading import located
from auxtheory.methods.slots import Slot, Y, inputs_of, outputs_of

ONE = Unit()
X = Unit(x=Fraction(1))
GRADIENT = Unit(Fraction(1), Fraction(-1))
STEP = Unit(Fraction(-1), Fraction(2))
# The units of step parameters by name; others have none unless the method says so.
PARAMETERS: Mapping[str, Unit] = {"eta": STEP, "x0": X}

# None: the unit of a 0, which fits every unit.
Known: TypeAlias = Unit | None


def units_of_state(program: Program, parameters: Mapping[str, Unit]) -> dict[str, Unit]:
    """The unit of each state variable, and of each variable of a client.

    Args:
        program: the program.
        parameters: the units of step parameters that the method states.

    Returns:
        The units by name; ONE for a variable that is always 0.

    Raises:
        TextError: two quantities of different units are added, compared or stored in one variable.
    """
    units: dict[Slot, Known] = {Slot("server", "x"): X, Y: X}
    first = _outputs(program, "start", units, parameters)
    units |= dict(zip(outputs_of(program, "start"), first, strict=True))
    hooks = [name for name in program.hooks if name != "start"]
    slots = {slot for name in hooks for slot in outputs_of(program, name)}
    for _ in range(len(slots) + 1):
        before = dict(units)
        for name in hooks:
            outputs = _outputs(program, name, units, parameters)
            for slot, unit in zip(outputs_of(program, name), outputs, strict=True):
                if units.get(slot) is None:
                    units[slot] = unit
        if units == before:
            break
    for name in hooks:
        hook = program.hooks[name]
        outputs = _outputs(program, name, units, parameters)
        for slot, unit, node in zip(outputs_of(program, name), outputs, hook.outputs, strict=True):
            if unit is not None and unit != units[slot]:
                raise located(
                    program.name,
                    name,
                    node.line,
                    [f"{slot.name} has unit {units[slot]}, and becomes a value of unit {unit}"],
                )
    return {slot.name: units[slot] or ONE for slot in _variables(program)}


def _variables(program: Program) -> tuple[Slot, ...]:
    """The variables of the server and of each client."""
    clients = program.clients
    own = () if clients is None else tuple(Slot("client", name) for name in clients.state)
    return (*outputs_of(program, "start"), *own)


def _outputs(
    program: Program, hook: str, units: Mapping[Slot, Known], parameters: Mapping[str, Unit]
) -> list[Known]:
    known = {slot.name: units.get(slot) for slot in inputs_of(program, hook)}
    values = units_of(program.name, program.hooks[hook], known, parameters)
    return [values[node] for node in program.hooks[hook].outputs]


def units_of(
    name: str, hook: Hook, units: Mapping[str, Known], parameters: Mapping[str, Unit]
) -> dict[Node, Known]:
    """The unit of every node of a hook; None for a 0."""
    stated = {**PARAMETERS, **parameters}
    values: dict[Node, Known] = {}
    for node in hook.nodes:
        args = tuple(values[arg] for arg in node.args)
        try:
            values[node] = _unit(node, args, units, stated)
        except UnitError as error:
            raise located(name, hook.name, node.line or _near(node), [str(error)]) from None
    return values


def _near(node: Node) -> Line | None:
    return next((arg.line for arg in node.args if arg.line is not None), None)


def _unit(
    node: Node, args: tuple[Known, ...], units: Mapping[str, Known], stated: Mapping[str, Unit]
) -> Known:
    op = node.op
    if op in ("state", "table"):
        return units.get(node.data)
    if op == "constant":
        return ONE if _nonzero(node) else None
    if op == "parameter":
        return stated.get(node.data, ONE)
    if op in ("gradient", "each"):
        if args[0] not in (X, None):
            raise UnitError(f"a gradient is taken at a point of unit {args[0]}, and x has unit X")
        return GRADIENT
    if op == "prox":
        return _prox(args)
    if op in ("setting", "coin", "pick", "subset", "sign"):
        return ONE
    if op in ("add", "subtract", "remainder", "minimum", "maximum", *COMPARISONS):
        common = _common(node, args)
        return ONE if op in COMPARISONS else common
    if op == "where":
        return _common(node, args[1:])
    if op == "put":
        return _common(node, (args[0], args[2]))
    if op in ("multiply", "dot"):
        return None if None in args else args[0] * args[1]  # type: ignore[operator]
    if op == "divide":
        return None if args[0] is None else args[0] * (args[1] or ONE) ** Fraction(-1)
    if op == "power":
        return _power(node, args)
    if op == "sqrt":
        return None if args[0] is None else args[0] ** Fraction(1, 2)
    if op in ("exp", "log"):
        if args[0] not in (ONE, None):
            raise UnitError(f"{op} of a value of unit {args[0]}: it must have no unit")
        return ONE
    return args[0]  # negative, absolute, norm, entry, mean


def _prox(args: tuple[Known, ...]) -> Known:
    point, gamma = args
    if point not in (X, None):
        raise UnitError(f"a proximal step starts at a point of unit {point}, and x has unit X")
    if gamma not in (STEP, None):
        raise UnitError(f"gamma has unit {gamma}, and must have that of a step size, {STEP}")
    return X


def _nonzero(node: Node) -> bool:
    return bool(node.data.any()) if node.vector else bool(node.data)


def _common(node: Node, args: tuple[Known, ...]) -> Known:
    known = {unit for unit in args if unit is not None}
    if len(known) > 1:
        verb = {"add": "added", "subtract": "subtracted"}.get(node.op, "compared or combined")
        listed = " and ".join(str(unit) for unit in args if unit is not None)
        raise UnitError(f"values of units {listed} are {verb}")
    return next(iter(known), None)


def _power(node: Node, args: tuple[Known, ...]) -> Known:
    base, exponent = args
    if exponent not in (ONE, None):
        raise UnitError(f"an exponent has unit {exponent}: it must have no unit")
    if base in (ONE, None):
        return base
    if node.args[1].op != "constant" or node.args[1].vector:
        raise UnitError(f"a value of unit {base} has an exponent that is not a number")
    return base ** Fraction(node.args[1].data).limit_denominator(1000)
