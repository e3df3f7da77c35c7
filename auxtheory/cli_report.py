"""The command `auxtheory report FILE.study`: everything that a study says, as one HTML page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from auxtheory import files


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number: what turns an option's text into a value."""
    parser = commands.add_parser(
        "report",
        help="write a study as one HTML page",
        description=(
            "Write one HTML page that loads nothing from elsewhere: verdicts, figures and slopes "
            "of every theorem, all "
            "cells with filters, and what the study was made with. Exit status 1 if a bound is "
            "violated or a cell failed, "
            "3 if a cell is undecided."
        ),
    )
    parser.set_defaults(run=command)
    parser.add_argument("study", metavar="FILE.study", help="what `auxtheory study run` wrote")
    parser.add_argument(
        "--out",
        metavar="FILE.html",
        help="where to write the page, into a folder that exists "
        "(default: beside the study, by its name)",
    )


def command(options: argparse.Namespace) -> int:
    """Run the command; InputError, ImportError and OSError are the caller's to print."""
    from auxtheory import page
    from auxtheory.errors import Checks
    from auxtheory.result import status_code
    from auxtheory.study import Results
    from auxtheory.study.store import SUFFIX

    checks = Checks()
    file = Path(options.study)
    out = file.with_suffix(".html") if options.out is None else Path(options.out)
    if out.resolve() == file.resolve():
        checks.complain("out", str(out), "must be another file than the study")
    files.check_writable(checks, "out", out)
    checks.done()
    results = Results.open(file)
    kept = file.name if file.suffix == SUFFIX else str(results.dataset.attrs["source"] or file.name)
    text = page.build(results, name=kept)
    files.write("out", {out: text})
    print(f"wrote {out}")
    return status_code(results.counts)
