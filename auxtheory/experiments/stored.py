"""The result of an experiment from its stored numbers, to draw it again without running it."""

from __future__ import annotations

import ast
import csv
import io
from dataclasses import fields
from pathlib import Path
from typing import Any

from auxtheory.errors import Checks
from auxtheory.experiments.cases import heading_of, load_data
from auxtheory.experiments.result import Result, result_of
from auxtheory.experiments.settings import Settings
from auxtheory.files import read_text
from auxtheory.printing import read_number
from auxtheory.table import Table

TEXTS = ("case", "method", "edge", "ηL tried", "a tried")


def stored(settings: Settings, path: str | Path) -> Result:
    """Read the numbers of an experiment that `auxtheory experiment` wrote as CSV.

    The file NAME.txt next to it, where there is one, says with which settings it was run, and on
    which data; the data themselves are not read.

    Args:
        settings: its settings where there is no NAME.txt, as `settings` returns them.
        path: the file NAME.csv.

    Returns:
        The result, as `run` returned it.

    Raises:
        InputError: the file holds no rows of an experiment; FileError if it cannot be read.
    """
    rows = tuple(
        {name: _value(name, text) for name, text in row.items()}
        for row in csv.DictReader(io.StringIO(read_text("path", path)))
    )
    table = Table(rows)
    checks = Checks()
    lacking = [name for name in ("case", "method", "grad_sq") if name not in table.columns]
    if lacking:
        checks.complain("path", str(path), f"must hold the columns {', '.join(lacking)}")
    checks.done()
    written = _written(Path(path).with_suffix(".txt"))
    heading = written.pop("heading", None)
    known = {each.name for each in fields(Settings)}
    settings = settings.replace(**{name: v for name, v in written.items() if name in known})
    return result_of(settings, table, heading or heading_of(settings, load_data(settings)))


def _written(path: Path) -> dict[str, Any]:
    """The heading and the settings from the head of NAME.txt; empty without such a file."""
    if not path.is_file():
        return {}
    head = read_text("path", path).partition("\n\n")[0].splitlines()[1:]
    entries = (line.partition(" = ") for line in head)
    try:
        return {name: ast.literal_eval(value) for name, _, value in entries}
    except (ValueError, SyntaxError):
        checks = Checks()
        checks.complain("path", str(path), "must begin with the settings, as name = value")
        checks.done()
        return {}


def _value(name: str, text: str | None) -> Any:
    """An entry as the number that it was; a method without momentum has no a."""
    return text if not text or name in TEXTS else read_number(text)
