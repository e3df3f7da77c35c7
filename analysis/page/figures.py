"""The slopes and figures of a theorem on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from auxtheory.analysis.page.base import Results, axes_of, place, plain, text
from auxtheory.analysis.selection import glyph
from auxtheory.errors import InputError
from auxtheory.table import JUDGED, Row, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from auxtheory.analysis.slopes import Slope

WIDTH = 6.0  # inches; at half of the page's width texts are still readable
MAX_FIGURES = 4  # the most figures of a theorem
DRAWN = {"delta": "delta", "T": "T", "zeta": "zeta", "sigma_f": "sigma_r", "K": "K", "F0": "F0"}
AGAINST = ("delta", "T", "K", "F0", "zeta", "sigma_f", "sigma_h", "L")
MAX_SLICES = 60  # the most slices that are searched, from the middle of the study outwards


@dataclass(frozen=True, kw_only=True)
class Line:
    """The slopes over one axis in one slice, and the place of the slice; otherwise `reason` says
    why there are none."""

    axis: str
    where: str
    slope: Slope | None = None
    window: str = ""
    term: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure with its title (a theorem, and what is drawn of it) and a description as text.

    The page's text replaces a title within the figure, since it can be broken into lines of any
    width.
    """

    theorem: str
    about: str
    description: str
    figure: Figure

    @property
    def title(self) -> str:
        return self.theorem + self.about


def slopes_of(results: Results, theorem: str) -> list[Line]:
    """Slopes against every axis that varies, in the slice nearest to the middle of the study that
    has a window."""
    axes = axes_of(results)
    return [
        line for axis in AGAINST if axis in axes for line in _line(results, theorem, axis, axes)
    ]


def figures_of(results: Results, theorem: str) -> list[Drawing]:
    """The figures that the study allows: rates over δ and T, the floor over ζ, and the stability of
    given steps."""
    from auxtheory.analysis import rate, stability

    axes = axes_of(results)
    drawings = list[Drawing]()
    if {"eta", "a"} <= set(axes):
        rows = next(
            slices(
                results, theorem, "eta", {n: v for n, v in axes.items() if n != "a"}, judged=False
            ),
            [],
        )
        return list(_drawn(partial(stability, titled=False), rows, theorem, " over η and a"))
    for axis, against in DRAWN.items():
        if axis in axes and len(drawings) < MAX_FIGURES:
            rows = next(slices(results, theorem, axis, axes), [])
            draw = partial(rate, against=against, width=WIDTH, titled=False)
            where = place_of(rows, axis, axes)
            drawings += _drawn(
                draw, rows, theorem, f" over {glyph(axis)}" + (f", at {where}" if where else "")
            )
    return drawings


def _drawn(
    draw: Callable[[Table], Figure], rows: Sequence[Row], theorem: str, about: str
) -> Iterator[Drawing]:
    """The drawing of these rows; nothing if they cannot be drawn."""
    try:
        figure = draw(Table(tuple(rows)))
    except InputError:
        return
    values = [row["measured"] for row in rows if plain(row["measured"]) is not None]
    span = (
        f"{len(rows)} cells, measured from {text(min(values), 3)} to {text(max(values), 3)}"
        if values
        else ""
    )
    common = _besides(str(figure.get_label()), about)
    description = ". ".join(part for part in (_signs(rows, about), span, common) if part)
    yield Drawing(theorem=theorem, about=about, description=description, figure=figure)


def _signs(rows: Sequence[Row], about: str) -> str:
    """What the signs of a figure mean."""
    if about == " over η and a":
        return "Colours are measured values; cells that diverged are hatched"
    signs = "Points are measured values"
    if any((plain(row.get("se")) or 0) > 0 for row in rows):
        signs += " ± 2 standard errors"
    return f"{signs}, the line is the bound, broad where one term supplies at least 80 % of it"


def _besides(common: str, about: str) -> str:
    """The values that all cells have in common, without those already named."""
    named = set(re.findall(r"(\S+)\s=\s", about))
    parts = (part for part in common.split(", ") if part.split(" = ")[0] not in named)
    return unbroken(", ".join(parts))


def unbroken(text: str) -> str:
    """A text in which no line ends within "K = 10"."""
    return text.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")


def _line(results: Results, theorem: str, axis: str, axes: Mapping[str, Any]) -> Iterator[Line]:
    """The slope over one axis; nothing if fewer than three of its values are inside the theorem."""
    from auxtheory.analysis.selection import curves
    from auxtheory.analysis.slopes import MIN_VALUES, NoWindow, fit, power

    first: Line | None = None
    for rows in islice(slices(results, theorem, axis, axes), MAX_SLICES):
        if len({row[axis] for row in rows}) < MIN_VALUES:
            continue
        where = place_of(rows, axis, axes)
        try:
            (curve,) = curves(Table(tuple(rows)), axis)
            slope = fit(curve, axis)
        except InputError:
            continue
        if isinstance(slope, NoWindow):
            first = first or Line(axis=glyph(axis), where=where, reason=str(slope))
            continue
        window = f"{text(slope.start)} … {text(slope.end)}"
        if slope.limit:
            window += f" ({slope.limit}; without that limit {text(slope.unlimited, 3)})"
        yield Line(
            axis=glyph(axis), where=where, slope=slope, window=window, term=power(slope.exponent)
        )
        return
    if first is not None:
        yield first


def place_of(rows: Sequence[Row], axis: str, axes: Mapping[str, Any]) -> str:
    """The place of a slice on the other axes."""
    return (
        place(rows[0], {n: v for n, v in axes.items() if n not in (axis, "seed")}) if rows else ""
    )


def slices(
    results: Results, theorem: str, axis: str, axes: Mapping[str, Any], *, judged: bool = True
) -> Iterator[Sequence[Row]]:
    """The theorem's rows along one axis at fixed values of every other but the seed, from the
    middle outwards."""
    others = [name for name in axes if name not in (axis, "seed")]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in results:
        if (
            row["theorem"] == theorem
            and plain(row.get(axis)) is not None
            and (row["status"] in JUDGED or not judged)
        ):
            groups.setdefault(tuple(plain(row.get(name)) for name in others), []).append(row)
    values = [_outwards({key[i] for key in groups}) for i in range(len(others))]
    ranks = [{value: rank for rank, value in enumerate(ordered)} for ordered in values]
    order = sorted(
        groups, key=lambda key: (sum(rank[v] for rank, v in zip(ranks, key, strict=True)), str(key))
    )
    for key in order:
        yield sorted(groups[key], key=lambda row: float(row[axis]))


def _outwards(values: set[Any]) -> list[Any]:
    """The middle value first, then its neighbours."""
    known = sorted(value for value in values if value is not None)
    middle = len(known) // 2
    return sorted(known, key=lambda value: abs(known.index(value) - middle)) + [None] * (
        None in values
    )
