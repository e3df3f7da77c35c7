"""One look for all figures: a colour and a marker per method, safe for colour-blind readers and in grey."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from auxtheory.result import Row

# Okabe and Ito's palette. Markers and dashes differ throughout: two colours may be equally light, and so alike in grey.
STYLES = {
    "SGD": ("#000000", "s"),
    "AuxMOM": ("#0072B2", "o"),
    "AuxMVR": ("#D55E00", "^"),
    "Naive": ("#999999", "x"),
    "FineTuning": ("#009E73", "D"),
    "ExactCorrection": ("#56B4E9", "v"),
    "ExactCorrectionNoise": ("#56B4E9", "v"),
    "ExactCorrectionPL": ("#56B4E9", "v"),
    "SGDMomentum": ("#CC79A7", "P"),
    "MVR": ("#E69F00", "*"),
}
DASHES: dict[str, Any] = {
    "AuxMOM": "-",
    "AuxMVR": "--",
    "SGD": ":",
    "Naive": "-.",
    "FineTuning": (0, (8, 2)),
    "ExactCorrection": (0, (5, 1, 1, 1, 1, 1)),
    "SGDMomentum": (0, (8, 2, 2, 2)),
    "MVR": (0, (2, 3)),
}
OTHER = ("#666666", ".")
# Of the second theorem on a method, the third, …: markers that no method has, and lines other than the method's own.
MARKERS = ("<", ">", "d", "X", "p", "h")
LINES: tuple[Any, ...] = ("-", ":", (0, (8, 2)), (0, (4, 4)), (0, (5, 1, 1, 1, 1, 1)), "-.")
FORMATS = ("png", "svg", "pdf")
LONGEST = 33  # letters of a name
HANDLE, LETTER, LINE = 0.75, 0.064, 0.2  # inches that a legend takes for a handle, a letter and a line


def style(name: str) -> tuple[str, str]:
    """The colour and marker of a method or of its theorem."""
    return STYLES.get(name, OTHER)


@dataclass(frozen=True, kw_only=True)
class Look:
    """The signs of one theorem; `line` is its bound's, `fill` matplotlib's fillstyle of its marker."""

    colour: str
    marker: str
    line: Any
    fill: str


def looks(rows: Iterable[Row]) -> dict[str, Look]:
    """The look of each theorem of the rows: its method's; from the second on a method on, in the method's colour, a
    hollow marker and a line of its own."""
    found, seen = dict[str, Look](), list[tuple[str, str]]()
    for theorem, method in {row["theorem"]: row.get("method", row["theorem"]) for row in rows}.items():
        (colour, marker), line = style(method), DASHES.get(method, (0, (3, 1)))
        again = seen.count((colour, marker))
        seen.append((colour, marker))
        markers, lines = (marker, *MARKERS), (line, *(other for other in LINES if other != line))
        found[theorem] = Look(
            colour=colour, marker=markers[again % len(markers)], line=lines[again % len(lines)],
            fill="none" if again else "full",
        )  # fmt: skip
    return found


def pretty(text: str) -> str:
    """A formula with its subscripts set as such: σ_f. Names of the user's go through `named`."""
    return re.sub(r"_(\w)", r"$_\1$", text)


def named(name: str) -> str:
    """A name as it is, in no mathematical type; of a long one the two ends."""
    half = LONGEST // 2
    short = name if len(name) <= LONGEST else f"{name[:half]}…{name[-half:]}"
    return short.replace("$", r"\$")


def legend(
    figure: Figure, entries: Sequence[tuple[Any, str]], keys: Sequence[tuple[Any, str]], columns: int = 1
) -> None:
    """Below the figure: so many columns of what is compared, and one of what the signs mean; all in one column where
    that is too wide for the figure, which grows to fit."""
    from matplotlib.lines import Line2D

    def width(texts: Sequence[str]) -> float:
        return HANDLE + LETTER * max(map(len, texts))

    names, told = [label for _, label in entries], [label for _, label in keys]
    per = -(-len(names) // columns)
    beside = sum(width(names[i : i + per]) for i in range(0, len(names), per)) + width(told)
    if columns == 1 and beside > figure.get_figwidth() > width(names + told):
        entries, keys = [*entries, *keys], []
        figure.set_figheight(figure.get_figheight() + LINE * len(told))
    size = max(len(keys), -(-len(entries) // columns))
    columns = -(-len(entries) // size)
    empty = [(Line2D([], [], linestyle="none"), "")] * size
    filled = [*entries, *empty[: columns * size - len(entries)], *keys, *(empty[len(keys) :] if keys else [])]
    handles, labels = zip(*filled, strict=True)
    longest = [max(map(len, labels[i : i + size])) for i in range(0, len(labels), size)]
    figure.set_figwidth(max(figure.get_figwidth(), sum(HANDLE + LETTER * length for length in longest)))
    figure.legend(
        handles, labels, loc="outside lower center", ncols=columns + bool(keys), fontsize="small", handlelength=3.4,
        frameon=False,
    )  # fmt: skip


def save(figure: Figure, stem: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write the figure as STEM.png, STEM.svg, …, the same bytes each time."""
    import matplotlib as mpl

    paths = []
    with mpl.rc_context({"svg.hashsalt": "auxtheory", "svg.fonttype": "path"}):
        for extension in formats:
            path = stem.with_name(f"{stem.name}.{extension}")
            undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
            figure.savefig(path, dpi=160, metadata=undated.get(extension))
            paths.append(path)
    return paths
