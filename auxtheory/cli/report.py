"""The command `auxtheory report FILE.study`: all results of a study as one HTML page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.cli import output


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number converts an option's text into a value."""
    parser = commands.add_parser(
        "report",
        help="write a study as one HTML page",
        description=(
            "Write one self-contained HTML page: verdicts, figures and slopes of every theorem, "
            "all cells with filters, and the provenance of the study. Exit status 1 if a bound is "
            "violated or a cell failed, 3 if a cell is undecided."
        ),
    )
    parser.set_defaults(run=command)
    parser.add_argument(
        "study", metavar="FILE.study", help="a file that `auxtheory study run` wrote"
    )
    parser.add_argument(
        "--out",
        metavar="FILE.html",
        help=(
            "file of the page, in an existing folder (default: next to the study, with its name)"
        ),
    )
    output.add_json(
        parser, {"counts": "the number of cells of each status that occurs", **output.FILES}
    )


def command(options: argparse.Namespace) -> int:
    """Run the command; the caller prints InputError, ImportError and OSError."""
    from auxtheory.analysis import page
    from auxtheory.errors import Checks
    from auxtheory.study import Results
    from auxtheory.study.storage.database import SUFFIX
    from auxtheory.table import status_code

    checks = Checks()
    file = Path(options.study)
    out = file.with_suffix(".html") if options.out is None else Path(options.out)
    if out.resolve() == file.resolve():
        checks.complain("out", str(out), "must be another file than the study")
    files.check_writable(checks, "out", out)
    checks.done()
    results = Results.open(file)
    name = file.name if file.suffix == SUFFIX else str(results.dataset.attrs["source"] or file.name)
    text = page.build(results, name=name)
    files.write("out", {out: text})
    options.output.put(counts=results.counts)
    options.output.wrote([out])
    return status_code(results.counts)
