"""The options of `auxtheory plot` that say how a figure looks, and the keywords they stand for."""

from __future__ import annotations

import argparse
from typing import Any

from auxtheory.defaults import FIGURE_FORMATS
from auxtheory.errors import Checks


def add(parser: argparse.ArgumentParser, number: Any) -> None:
    """Add the options; number converts an option's text into a value."""
    look = parser.add_argument_group("the figure's look")
    look.add_argument(
        "--width",
        type=number,
        metavar="INCHES",
        help="width, which is kept, in [2.5, 40]; 3.4 for a column of a paper (default: 7)",
    )
    look.add_argument(
        "--height",
        type=number,
        metavar="INCHES",
        help="height, in [1, 40] (default: what panels, title and legend need)",
    )
    look.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help=(
            "write TEXT instead of the name of a theorem (or method) in the legend; may be given "
            "once for each name (default: the names)"
        ),
    )
    look.add_argument(
        "--order",
        metavar="NAME,NAME",
        help="the names that come first, in this order (default: as in the study)",
    )
    look.add_argument(
        "--legend",
        metavar="PLACE",
        help="where the legend is: below, inside or none (default: below)",
    )
    look.add_argument(
        "--no-title", action="store_true", help="leave out the title (default: it is written)"
    )
    add_svg_text(look)


def add_formats(parser: Any) -> None:
    """Add the option for the formats of the figure's files."""
    parser.add_argument(
        "--formats",
        default=",".join(FIGURE_FORMATS),
        help=(
            "formats of the figure, one or more of png, svg and pdf, separated by commas (default "
            "%(default)s)"
        ),
    )


def read_formats(checks: Checks, options: argparse.Namespace) -> list[str]:
    """The formats that the options name, checked."""
    formats = list[str](options.formats.split(","))
    for name in formats:
        checks.member("formats", name, FIGURE_FORMATS)
    return formats


def add_svg_text(parser: Any) -> None:
    """Add the option for texts in SVG files."""
    parser.add_argument(
        "--svg-text",
        action="store_true",
        help=(
            "write texts of an SVG file as text, which can be edited and searched (default: as "
            "outlines, which look the same everywhere)"
        ),
    )


def read(checks: Checks, options: argparse.Namespace) -> dict[str, Any]:
    """The keywords of a figure that the options stand for; names are checked when it is drawn."""
    from auxtheory.analysis.canvas import PLACES, check_size

    look: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("width", "height", "legend")
        if getattr(options, name) is not None
    }
    check_size(checks, look)
    if "legend" in look:
        checks.member("legend", look["legend"], PLACES)
    labels: dict[str, str] = {}
    for text in options.label:
        name, equals, label = text.partition("=")
        if not equals or not name:
            checks.complain("label", text, "must be NAME=TEXT, such as AuxMOM=ours")
        if name in labels:
            checks.complain("label", text, f"must not be given twice for {name}")
        labels[name] = label
    if labels:
        look["labels"] = labels
    if options.order is not None:
        look["order"] = [name.strip() for name in options.order.split(",")]
    if options.no_title:
        look["titled"] = False
    return look
