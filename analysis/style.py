"""The look of all figures: a colour and a marker per method, distinguishable for colour-blind
readers and in grey."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from auxtheory.analysis.coding import coded, pairs
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.defaults import FIGURE_FORMATS
from auxtheory.errors import Checks
from auxtheory.files import check_stem, write
from auxtheory.table import Row, Table

# Okabe and Ito's palette. Markers and dashes differ throughout: two colours may be equally light,
# and so alike in grey.
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
# Colours of methods without a look above, such as a user's, in the order in which a figure names
# them.
FURTHER = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#0072B2", "#D55E00")
# For these, and for the second theorem on a method, the third, …: markers that no method has, and
# lines.
MARKERS = ("p", "X", "d", "h", "<", ">", "H", "8", "1", "2", "3", "4", "|", "_")
LINES: tuple[Any, ...] = ("-", ":", (0, (8, 2)), (0, (4, 4)), (0, (5, 1, 1, 1, 1, 1)), "-.")
FORMATS = FIGURE_FORMATS
MAX_NAME = 33  # the most letters of a name
INDEXED = re.compile(
    "|".join(quantity.glyph for quantity in GLOSSARY.values() if "_" in quantity.glyph)
)
WORD = re.compile(r"\S+(?: = \S+)?")  # "K = 10" stays on one line
MAX_LINES = 5  # the most lines of a title


def style(name: str) -> tuple[str, str]:
    """The colour and marker of a method or of its theorem."""
    return STYLES.get(name, OTHER)


@dataclass(frozen=True, kw_only=True)
class Look:
    """The look of one theorem in figures, as matplotlib takes it.

    Args:
        colour: a colour, such as "#0072B2" or "grey".
        marker: the marker of measured values, such as "o".
        line: the line style of the bound, such as "--" or (0, (8, 2)).
        fill: the fillstyle of the marker: "full", or "none" for a hollow one.

    Example:
        >>> from auxtheory.analysis import Look
        >>> Look(colour="grey", marker="s").line
        '-'
    """

    colour: str = OTHER[0]
    marker: str = "o"
    line: Any = "-"
    fill: str = "full"


def looks(rows: Table | Iterable[Row]) -> dict[str, Look]:
    """The look of each theorem of the rows, which is that of its method; further theorems on the
    same method have its colour, a hollow marker and another line. A method without a look gets one
    of `FURTHER`."""
    by_theorem = dict[str, Look]()
    taken = set[tuple[str, str]]()
    used = list[str]()
    methods = methods_of(rows)
    unknown = [name for name in dict.fromkeys(methods.values()) if name not in STYLES]
    of_known = {STYLES[name][0] for name in methods.values() if name in STYLES}
    further = sorted(FURTHER, key=lambda colour: colour in of_known)
    for theorem, method in methods.items():
        colour, marker = style(method)
        line = DASHES.get(method, (0, (3, 1)))
        if method in unknown:
            place = unknown.index(method)
            colour = further[place % len(further)]
            marker = MARKERS[place % len(MARKERS)]
            line = LINES[place % len(LINES)]
        times_used = used.count(method)
        used.append(method)
        if times_used or marker in {other for other, _ in taken}:
            marker, line = _free(taken, marker, line, times_used)
        taken.add((marker, str(line)))
        by_theorem[theorem] = Look(
            colour=colour, marker=marker, line=line, fill="none" if times_used else "full"
        )
    return by_theorem


def methods_of(rows: Table | Iterable[Row]) -> dict[str, str]:
    """The method of each theorem."""
    if not isinstance(rows, Table):
        return {row["theorem"]: row.get("method", row["theorem"]) for row in rows}
    theorems, names = coded(rows, "theorem")
    methods, labels = coded(rows, "method")
    known = dict(pairs((theorems, names), (methods, labels)).tolist())
    return {name: labels[known[i]] if i in known else name for i, name in enumerate(names)}


def _free(taken: set[tuple[str, str]], marker: str, line: Any, times_used: int) -> tuple[str, Any]:
    """A marker and a line that are not taken together, and each alone as far as there are some."""
    markers = tuple(dict.fromkeys((marker, *MARKERS)))
    lines = (line, *(other for other in LINES if other != line))
    pairs = [
        # By turns, so that after the last marker another line is next to the first.
        (
            markers[(times_used + step) % len(markers)],
            lines[(times_used + step + step // len(markers)) % len(lines)],
        )
        for step in range(len(markers) * len(lines))
    ]
    free = [(one, two) for one, two in pairs if (one, str(two)) not in taken]
    others = {one for one, _ in taken}
    return next((pair for pair in free if pair[0] not in others), free[0] if free else pairs[0])


def pretty(text: str) -> str:
    """A text with the symbols of the glossary as mathematics, such as σ_f; for names chosen by the
    user there is `named`."""
    return INDEXED.sub(lambda match: "{}$_{}$".format(*match[0].split("_")), text)


def wrapped(
    text: str, room: float, size: float | str = "medium", *, mathematical: bool = False
) -> str:
    """The text as a title, with line breaks where a line would be wider than the room, in inches,
    at most `MAX_LINES` lines; `mathematical`: whether dollars begin and end mathematics already."""
    lines = []
    marked = text if mathematical else pretty(text.replace("$", r"\$"))
    for line in marked.split("\n"):
        first, *words = WORD.findall(line) or [""]
        for word in words:
            if inches(f"{first} {word}", size) > room:
                lines.append(first)
                first = word
            else:
                first = f"{first} {word}"
        lines.append(first)
    shown = lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES], "…"]
    return "\n".join(_shortened(line, room, size) for line in shown)


def _shortened(line: str, room: float, size: float | str) -> str:
    """The line; of a single word that is too long, the two ends."""
    width = inches(line, size)
    half = int(0.45 * len(line) * room / max(width, room))
    return line if width <= room else f"{line[:half]}…{line[-half:]}"


def inches(text: str, size: float | str = "medium") -> float:
    """The width of a text, of one line, in this font size."""
    font = FontProperties(size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(
        text, font, ismath=bool(is_math_text(text))
    )
    return float(width) / 72


def named(name: str) -> str:
    """A name without mathematical type; of a long one the two ends."""
    half = MAX_NAME // 2
    short = name if len(name) <= MAX_NAME else f"{name[:half]}…{name[-half:]}"
    return short.replace("$", r"\$")


def save(
    figure: Figure,
    stem: str | Path,
    formats: Sequence[str] = FORMATS,
    *,
    svg_text: bool = False,
) -> list[Path]:
    """Write the figure as STEM.png, STEM.svg, …, with the same bytes each time.

    Args:
        figure: the figure.
        stem: the beginning of the files' names.
        formats: their endings.
        svg_text: whether texts of an SVG file are text, which can be edited and searched and is
            drawn in a font of the reader's machine, instead of outlines.

    Returns:
        The files.

    Raises:
        InputError: an argument is wrong; FileError if a file cannot be written.
    """
    checks = Checks()
    check_stem(checks, "stem", stem, ())
    checks.done()
    return write("stem", drawn(figure, Path(stem), formats, svg_text=svg_text))


def drawn(
    figure: Figure, stem: Path, formats: Sequence[str] = FORMATS, *, svg_text: bool = False
) -> dict[Path, str | bytes]:
    """The contents of the files STEM.png, STEM.svg, …; PDF and PS embed their fonts as Type 42, as
    journals ask for."""
    import matplotlib as mpl

    checks = Checks()
    checks.instance("figure", figure, Figure, "a matplotlib Figure")
    for extension in checks.several("formats", formats, f"endings, such as {', '.join(FORMATS)}"):
        checks.member(
            "formats",
            extension,
            figure.canvas.get_supported_filetypes() if not checks.complaints else (),
        )
    checks.flag("svg_text", svg_text)
    checks.done()
    contents: dict[Path, str | bytes] = {}
    settings: Any = {
        "svg.hashsalt": "auxtheory",
        "svg.fonttype": "none" if svg_text else "path",
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
    }
    with mpl.rc_context(settings):
        for extension in formats:
            undated = {
                "png": {"Software": None},
                "svg": {"Date": None},
                "pdf": {"CreationDate": None},
            }
            stream = io.BytesIO()
            more: Any = {"pil_kwargs": {"optimize": True}} if extension == "png" else {}
            figure.savefig(
                stream,
                format=extension,
                dpi=160,
                metadata=undated.get(extension),
                **more,
            )
            contents[stem.with_name(f"{stem.name}.{extension}")] = stream.getvalue()
    return contents
