"""The command `auxtheory plot all`: every figure and the numbers behind it, in one folder."""

from __future__ import annotations

import argparse
from typing import Any

from auxtheory.cli import output
from auxtheory.cli.figure_options import add_formats, add_svg_text, read_formats


def add_parser(plots: Any) -> None:
    """Add the command."""
    parser = plots.add_parser(
        "all",
        help="every figure of a default study, toy and delta-prediction; experiments and the "
        "benchmark from their stored numbers",
        description=(
            "Draw every figure into a folder, with the numbers behind it: the default studies, the "
            "paper's Figure 1 and delta-prediction are run (some minutes); experiments are drawn "
            "from NAME.csv in the folder, which auxtheory experiment writes, and the benchmark "
            "from bench.json, which auxtheory bench --save writes; what operations cost from "
            "bench-growth.json, which auxtheory bench growth --save writes."
        ),
    )
    parser.set_defaults(run=_plot_all)
    parser.add_argument(
        "--out",
        default=".",
        metavar="FOLDER",
        help="an existing folder for the files (default %(default)s)",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help=(
            "draw only this figure, such as rate-vs-T; may be given several times; an unknown name "
            "lists them (default: all)"
        ),
    )
    add_formats(parser)
    add_svg_text(parser)
    output.add_json(parser, output.FILES)


def _plot_all(options: argparse.Namespace) -> int:
    from auxtheory.analysis.everything import everything
    from auxtheory.errors import Checks
    from auxtheory.progress import progress_bar, updates

    checks = Checks()
    formats = read_formats(checks, options)
    checks.done()
    settings = {"only": options.only, "formats": formats, "svg_text": options.svg_text}
    with progress_bar(1, "figures") as bar:
        paths = list(everything(options.out, progress=updates(bar), **settings))
    options.output.wrote(paths)
    return 0
