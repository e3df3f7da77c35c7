"""The methods of the library: a table, and the text of each."""

from __future__ import annotations

import ast
import inspect
import textwrap

from markdown_text import code, escaped, fenced, first_paragraph, table

from auxtheory import methods, theorems
from auxtheory.methods import MethodType

HELPERS = {
    "h": "h",
    "f": "h := f",
    "none": "h := 0",
}


def anchor(method: MethodType) -> str:
    return method.name.lower()


def parameters(method: MethodType) -> str:
    return ", ".join(
        code(name if default is None else f"{name} = {default:g}")
        for name, default in method.parameters.items()
    )


def overview() -> str:
    rows = []
    for method in methods.EVERY:
        bounds = ", ".join(t.label for t in theorems.LIBRARY if t.method is method)
        rows.append(
            (
                f"[`{method.name}`](#{anchor(method)})",
                parameters(method),
                HELPERS[method.helper] if method.program.clients is None else "of each client",
                "yes" if method.not_affine is None else "no",
                "yes" if method.not_elementwise is None else "no",
                bounds,
            )
        )
    titles = ("method", "step parameters", "helper", "affine", "elementwise", "theorems")
    return table(titles, rows)


def text_of(method: MethodType) -> str:
    """The text of a class, without its docstring."""
    source = textwrap.dedent(inspect.getsource(method))
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    doc = body.body[0]
    lines = source.splitlines()
    if isinstance(doc, ast.Expr):
        lines[doc.lineno - 1 : doc.end_lineno] = []
        # A class that only has another name ends here.
        if doc.lineno <= len(lines) and not lines[doc.lineno - 1].strip():
            lines[doc.lineno - 1 : doc.lineno] = []
    return "\n".join(lines)


def in_full() -> str:
    parts = []
    for method in methods.EVERY:
        notes = [f"- Step parameters: {parameters(method)}"]
        notes += [f"- Kept besides x: {', '.join(map(code, method.memory)) or 'nothing'}"]
        if method.floats is not None:
            kept = ", ".join(map(code, method.client_memory)) or "nothing"
            sent = f"{method.floats.down}d down, {method.floats.up}d up"
            notes.append(f"- Kept by each client: {kept}; sent to and by one at work: {sent}")
        if method.single_step:
            notes.append("- K must be 1.")
        if method.not_affine:
            notes.append(f"- The engine `exact` refuses it: {escaped(method.not_affine)}")
        bounds = [t for t in theorems.LIBRARY if t.method is method]
        if bounds:
            names = ", ".join(f"`at.theorems.{t.__name__}` ({t.label})" for t in bounds)
            notes.append(f"- Theorems: {names}")
        parts.append(
            f"### {method.name}\n\n"
            f"````{{py:class}} auxtheory.methods.{method.name}\n"
            f"{escaped(first_paragraph(method))}\n````\n\n"
            + "\n".join(notes)
            + "\n\n"
            + fenced(text_of(method), "python")
        )
    return "\n".join(parts)
