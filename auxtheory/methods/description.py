"""Everything that is known of a method from its text, as a page of text."""

from __future__ import annotations

import inspect

from auxtheory.columns import table
from auxtheory.methods.base import MethodType
from auxtheory.methods.client_floats import Floats
from auxtheory.methods.opaque import is_federated
from auxtheory.methods.pseudocode import calls, oracle, pseudocode
from auxtheory.methods.style import Style
from auxtheory.printing import wrapped

COLUMNS = ("hook", "oracle", "points", "sample", "times")


def described(method: MethodType) -> str:
    """The method's pseudocode, oracle calls, state and parameters with units, and what follows
    from its form.

    Args:
        method: the method.

    Returns:
        The text.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.methods.description import described
        >>> print(described(at.methods.Naive).splitlines()[2])
        K times   x ← x − η g_h(x)
    """
    doc = inspect.cleandoc(vars(method).get("__doc__") or "").partition("\n\n")[0]
    head = f"{method.name}: {' '.join(doc.split())}" if doc else method.name
    if method.implementation is not None:
        return "\n\n".join([wrapped(head), *_implementation(method)])
    rows = list(calls(method))
    parts = [wrapped(head), pseudocode(method)]
    parts += [table(rows, list(COLUMNS), size=len(rows))] if rows else []
    return "\n\n".join([*parts, "\n".join(map(wrapped, _facts(method)))])


def _implementation(method: MethodType) -> tuple[str, str]:
    """What is known of an implementation: how it is called, and its parameters."""
    federated = is_federated(method.implementation)
    call = "client and server of a Federated" if federated else "x, state ← step(x, state, round)"
    facts = [f"parameters  {_parameters(method)}", f"engine      python: {method.not_affine}"]
    return f"each round   {call}", "\n".join(map(wrapped, facts))


def _parameters(method: MethodType) -> str:
    """The step parameters, with their units and defaults."""
    glyph = Style(latex=False).name
    listed = (
        f"{glyph(name)} [{method.parameter_units[name]}]"
        + ("" if default is None else f" = {default:g}")
        for name, default in method.parameters.items()
    )
    return ", ".join(listed) or "none"


def _facts(method: MethodType) -> list[str]:
    """The lines below the table."""
    clients = method.program.clients
    memory = f"memory      {_listed(method.memory)} besides x"
    affine = method.not_affine
    elementwise = method.not_elementwise
    facts = [f"state       {_variables(method, method.program.state)}"]
    if clients is not None:
        facts.append(f"clients     {_variables(method, clients.state) or 'no variables'}")
        memory += f"; each client {_listed(method.client_memory)}"
    facts += [f"parameters  {_parameters(method)}", memory]
    if method.floats is not None:
        facts.append(f"sent        {_sent(method.floats)}")
    return [
        *facts,
        f"noise       {_noise(method)}",
        "affine      " + ("yes: mean and covariance close" if affine is None else f"no: {affine}"),
        "elementwise "
        + ("yes, apart from gradients" if elementwise is None else f"no: {elementwise}"),
    ]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(Style(latex=False).name, names)) or "nothing"


def _variables(method: MethodType, names: tuple[str, ...]) -> str:
    """Variables with their units."""
    glyph = Style(latex=False).name
    units = method.state_units
    return ", ".join(glyph(v) + (f" [{units[v]}]" if v in units else "") for v in names)


def _sent(floats: Floats) -> str:
    """What is sent in a round."""
    text = f"{floats.down} d down and {floats.up} d up for each client at work"
    if floats.exchanges > 1:
        text += f", in {floats.exchanges} exchanges"
    if floats.others != "none":
        which = {"all": "every other client", "independent": "each of S others"}[floats.others]
        text += f"; {floats.others_down} d down and {floats.others_up} d up for {which}"
    return text


def _noise(method: MethodType) -> str:
    """The noise levels that the method meets."""
    levels: list[str] = []
    for call in method.program.calls:
        kind = oracle(call, method.role)
        if call.noisy and kind and f"σ_{kind}" not in levels:
            levels.append(f"σ_{kind}")
    text = ", ".join(levels) or "none"
    return text + ("; one sample at two points" if method.compares_samples else "")
