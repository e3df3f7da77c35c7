"""Everything that is known of a method from its text, as a page of text."""

from __future__ import annotations

import inspect

from auxtheory.columns import table
from auxtheory.methods.base import MethodType
from auxtheory.methods.opaque import is_federated
from auxtheory.methods.pseudocode import Style, calls, oracle, pseudocode
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
    glyph = Style(latex=False).name
    units = method.state_units
    state = ", ".join(
        glyph(name) + (f" [{units[name]}]" if name in units else "")
        for name in method.program.state
    )
    memory = ", ".join(map(glyph, method.memory)) or "nothing"
    affine = method.not_affine
    elementwise = method.not_elementwise
    return [
        f"state       {state}",
        f"parameters  {_parameters(method)}",
        f"memory      {memory} besides x",
        f"noise       {_noise(method)}",
        "affine      " + ("yes: mean and covariance close" if affine is None else f"no: {affine}"),
        "elementwise "
        + ("yes, apart from gradients" if elementwise is None else f"no: {elementwise}"),
    ]


def _noise(method: MethodType) -> str:
    """The noise levels that the method meets."""
    levels: list[str] = []
    for call in method.program.calls:
        kind = oracle(call, method.role)
        if call.noisy and kind and f"σ_{kind}" not in levels:
            levels.append(f"σ_{kind}")
    text = ", ".join(levels) or "none"
    return text + ("; one sample at two points" if method.compares_samples else "")
