"""Symbols, modes, default values, statuses and engines."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from markdown_text import arguments, code, escaped, first_paragraph, table

import auxtheory as at
from auxtheory import defaults
from auxtheory.bounds.constants import MODES
from auxtheory.bounds.glossary import ONE, Quantity
from auxtheory.cli.options import ENGINES
from auxtheory.engines import ENGINES as MODULES
from auxtheory.engines import worst_case
from auxtheory.table import STATUSES


def allowed(quantity: Quantity) -> str:
    """The range of a quantity."""
    low = f"{'(' if quantity.above else '['}{quantity.low:g}"
    return f"{low}, {quantity.high:g}]" + (" or ∞" if quantity.infinite else "")


def symbols() -> str:
    rows = []
    for name, quantity in at.GLOSSARY.items():
        whole = name in ("K", "T", "B")
        limits = "whole numbers from 1" + (" or ∞" if quantity.infinite else "")
        computed = name == "lambda_K"
        rows.append(
            (
                code(name),
                escaped(quantity.glyph),
                "" if quantity.unit == ONE else str(quantity.unit),
                escaped(quantity.meaning),
                "" if computed else limits if whole else escaped(allowed(quantity)),
            )
        )
    return table(("name", "symbol", "unit", "meaning", "allowed values"), rows)


def derived() -> str:
    """The derived constants of the library."""
    rows = [
        (code(name), escaped(each.glyph), str(each.unit), escaped(each.meaning))
        for name, each in at.theorems.DERIVED.items()
    ]
    return table(("name", "symbol", "unit", "meaning"), rows)


def modes() -> str:
    return table(("mode", "steps"), [(code(mode), escaped(text)) for mode, text in MODES.items()])


def default_values() -> str:
    """Each assignment of `auxtheory/defaults.py`, with the comment on its line or above it."""
    text = Path(defaults.__file__).read_text(encoding="utf-8")
    lines = text.splitlines()
    rows = []
    above = ""
    last = 0
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        name = ast.unparse(target)
        behind = re.search(r"#\s*(.*)$", lines[node.lineno - 1])
        before = []
        number = node.lineno - 2
        while number >= 0 and lines[number].startswith("#"):
            before.insert(0, lines[number].lstrip("# "))
            number -= 1
        if before:
            above = " ".join(before)
        elif node.lineno - last > 1:
            above = ""
        last = node.end_lineno or node.lineno
        value = getattr(defaults, name)
        shown = dict(value) if hasattr(value, "keys") else value
        rows.append((code(name), code(shown), escaped(behind[1] if behind else above)))
    return table(("name", "value", ""), rows)


def statuses() -> str:
    rows = [(code(status), escaped(text)) for status, text in STATUSES.items()]
    return table(("status", "meaning"), rows)


def engines() -> str:
    """What each engine gives, in the order in which `auto` tries them, and what it takes."""
    rows = []
    for name, text in ENGINES.items():
        module = MODULES.get(name)
        held = ", ".join(map(code, module.DTYPES)) if module else ""
        options = ", ".join(map(code, module.OPTIONS)) if module else ""
        words = first_paragraph(module or worst_case).partition(": ")[2]
        rows.append((code(name), escaped(words or text), held, options))
    return table(("engine", "what it does", "state held in", "options"), rows)


def engine_options() -> str:
    rows = [(code(name), escaped(text)) for name, text in arguments(at.Sampling).items()]
    return table(("option", "meaning"), rows)
