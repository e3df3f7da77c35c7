"""The command `auxtheory table [THEOREM]`: bounds, runs and lower bounds of all theorems."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.cli import output
from auxtheory.errors import Checks

FORMATS = ("text", "markdown", "latex", "json")
ENDINGS = {".txt": "text", ".md": "markdown", ".tex": "latex", ".json": "json"}


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "table",
        help="print the table of the field: bound, worst run, lower bound of every theorem",
        description=(
            "Print a row for each theorem: its method, its class, its bound, measured/bound of its "
            "tightest case, which is run, the certified worst case, a lower bound of the class, "
            "and how far apart the two bounds are. Exit status 1 if a bound is violated, 3 if a "
            "run is undecided."
        ),
    )
    parser.add_argument(
        "theorems",
        nargs="*",
        metavar="THEOREM",
        help=(
            "a theorem of the library by name or label, or your own as FILE.py:NAME or "
            "MODULE:NAME (default: all of the library's, with the catalogue)"
        ),
    )
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        help=(
            f"one of {', '.join(FORMATS)} (default: that of the ending of --out, .txt, .md, .tex "
            "or .json; otherwise text)"
        ),
    )
    parser.add_argument(
        "--no-run", action="store_true", help="run nothing: no column measured/bound (default: run)"
    )
    parser.add_argument(
        "--out", metavar="FILE", help="write the table into this file (default: print it)"
    )
    output.add_json(parser, {"rows": "of each theorem", **output.FILES})
    parser.set_defaults(run=command)


def command(options: argparse.Namespace) -> int:
    """Run the command; status 1 if a bound is violated, 3 if a row is undecided."""
    from auxtheory.analysis.field import field
    from auxtheory.progress import progress_bar, updates
    from auxtheory.table import status_code
    from auxtheory.theorems import LIBRARY
    from auxtheory.theorems.lookup import all_named

    checks = Checks()
    names = options.theorems or [kind.label for kind in LIBRARY]
    theorems: Any = checks.attempt(all_named, names)
    form = options.format or ENDINGS.get(Path(options.out or "").suffix, "text")
    checks.member("format", form, FORMATS)
    if options.out is not None:
        checks.attempt(files.writable, "out", options.out)
    checks.done()
    with progress_bar(len(theorems), "theorems") as bar:
        table = field(theorems, run=not options.no_run, progress=updates(bar))
    written = as_text(table, theorems, form)
    options.output.put(rows=table)
    if options.out is None:
        options.output.text(written)
    else:
        options.output.wrote(files.write("out", {Path(options.out): written + "\n"}))
    return status_code(row.get("status", "pass") for row in table)


def as_text(table: Any, theorems: Any, form: str) -> str:
    """The table in one of `FORMATS`."""
    from auxtheory.analysis import field_text
    from auxtheory.analysis.field import Entry

    if form == "latex":
        return field_text.in_latex(table, [Entry.of(theorem) for theorem in theorems])
    if form == "markdown":
        return field_text.markdown(table).rstrip("\n")
    return str(table.to_json()) if form == "json" else field_text.text(table)
