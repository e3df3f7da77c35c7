"""The table of the field as text, as Markdown and as LaTeX."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from auxtheory import latex
from auxtheory.analysis.field import Entry
from auxtheory.printing import wrapped
from auxtheory.table import Table

SPECIAL = frozenset("\\|*_<>[]")
# What is printed below the numbers, theorem by theorem.
BELOW = ("class", "bound", "lower")


def text(table: Table, *, width: int | None = None) -> str:
    """The table as text: the numbers in columns and, below, class and bounds of each theorem.

    Args:
        table: what `field` returns.
        width: the largest number of characters in a line; by default that of the terminal.

    Returns:
        The text.
    """
    blocks = [table.drop(BELOW).text(width=width, most=None)]
    for row in table:
        lines = [f"{row['label']}: {row['class']}", f"  {row['measure']} ≤ {row['bound']}"]
        lines += [f"  {row['measure']} ≥ {row['lower']}"] if row.get("lower") else []
        blocks.append(wrapped("\n".join(lines), width))
    return "\n\n".join(blocks)


def markdown(table: Table) -> str:
    """The table as Markdown, numbers to four digits.

    Args:
        table: what `field` returns.

    Returns:
        The text.
    """
    names = table.columns
    numbers = [all(isinstance(row.get(name), float) for row in table) for name in names]
    lines = [
        _line(names),
        _line(["---:" if number else "---" for number in numbers]),
        *(_line([_cell(row.get(name, "")) for name in names]) for row in table),
    ]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}"
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in str(value))


def in_latex(table: Table, entries: Sequence[Entry]) -> str:
    """The table as a tabular of the package booktabs, with bounds as formulas.

    Args:
        table: what `field` returns.
        entries: the theorems of its rows.

    Returns:
        The code.
    """
    formulas = {
        "bound": [_formula(each.formula, shortened=each.shortened) for each in entries],
        "lower": ["" if each.lower is None else _formula(each.lower.bound) for each in entries],
    }
    columns = []
    for name in table.columns:
        values = [row.get(name, "") for row in table]
        right = all(isinstance(value, float) for value in values)
        cells = formulas.get(name) or [_in_latex(value) for value in values]
        columns.append(latex.Column(latex.escaped(name), cells, right))
    return latex.booktabs(columns)


def _in_latex(value: Any) -> str:
    return "" if isinstance(value, float) and math.isnan(value) else latex.cell(value, 4)


def _formula(formula: Any, *, shortened: bool = False) -> str:
    code = formula._repr_latex_()
    return f"{code[:-1]} + \\dots$" if shortened else str(code)
