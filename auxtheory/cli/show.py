"""The command `auxtheory show NAME`: a method as pseudocode, or a theorem as formulas."""

from __future__ import annotations

import argparse
from typing import Any

from auxtheory.cli import output


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "show",
        help="print a method as pseudocode, or a theorem with its formulas",
        description=(
            "Print what is known of a method (pseudocode, oracle calls, units, whether it is "
            "affine) or of a theorem (statement, conditions, bound). Without a name: list all."
        ),
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=(
            "a method or a theorem of the library by name or label, or FILE.py:NAME "
            "(default: list all)"
        ),
    )
    parser.add_argument(
        "--latex", action="store_true", help="print formulas in LaTeX (default: in Unicode)"
    )
    output.add_json(
        parser,
        {
            "pages": "of each name, its text",
            "methods": "without a name, the names of all",
            "theorems": "without a name, label and name of all",
        },
    )
    parser.set_defaults(run=command)


def command(options: argparse.Namespace) -> int:
    """Run the command; the caller prints InputError."""
    from auxtheory.errors import Checks
    from auxtheory.methods import EVERY
    from auxtheory.theorems import LIBRARY as THEOREMS
    from auxtheory.theorems.description import listed, shown_named

    out = options.output
    if not options.names:
        out.put(
            methods=[method.name for method in EVERY],
            theorems=[{"label": kind.label, "name": kind().name} for kind in THEOREMS],
        )
        out.text(listed())
        return 0
    checks = Checks()
    texts = [checks.attempt(shown_named, name, latex=options.latex) for name in options.names]
    checks.done()
    out.put(pages=[{"name": n, "text": t} for n, t in zip(options.names, texts, strict=True)])
    out.text("\n\n".join(text for text in texts if text is not None))
    return 0
