"""The slopes and figures of a theorem on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from auxtheory.analysis.page.base import Axis, Codes, View, numbers, text
from auxtheory.analysis.selection import glyph
from auxtheory.errors import InputError
from auxtheory.table import Table

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


def slopes_of(view: View, theorem: str) -> list[Line]:
    """Slopes against every axis that varies, in the slice nearest to the middle of the study that
    has a window."""
    return [line for axis in AGAINST if axis in view.axes for line in _line(view, theorem, axis)]


def figures_of(view: View, theorem: str) -> list[Drawing]:
    """The figures that the study allows: rates over δ and T, the floor over ζ, and the stability of
    given steps."""
    from auxtheory.analysis import rate, stability

    axes = view.axes
    drawings = list[Drawing]()
    if {"eta", "a"} <= set(axes):
        cells = next(slices(view, theorem, "eta", apart=("a",), judged=False), view.all[:0])
        table = view.table.take(cells)
        return list(_drawn(partial(stability, titled=False), table, theorem, " over η and a"))
    for axis, against in DRAWN.items():
        if axis in axes and len(drawings) < MAX_FIGURES:
            cells = next(slices(view, theorem, axis), view.all[:0])
            draw = partial(rate, against=against, width=WIDTH, titled=False)
            where = place_of(view, cells, axis)
            about = f" over {glyph(axis)}" + (f", at {where}" if where else "")
            drawings += _drawn(draw, view.table.take(cells), theorem, about)
    return drawings


def _drawn(
    draw: Callable[[Table], Figure], table: Table, theorem: str, about: str
) -> Iterator[Drawing]:
    """The drawing of these cells; nothing if they cannot be drawn."""
    try:
        figure = draw(table)
    except InputError:
        return
    measured = numbers(table, "measured")
    values = measured[~np.isnan(measured)]
    span = (
        f"{len(table)} cells, measured from {text(values.min(), 3)} to {text(values.max(), 3)}"
        if len(values)
        else ""
    )
    common = _besides(str(figure.get_label()), about)
    description = ". ".join(part for part in (_signs(table, about), span, common) if part)
    yield Drawing(theorem=theorem, about=about, description=description, figure=figure)


def _signs(table: Table, about: str) -> str:
    """What the signs of a figure mean."""
    if about == " over η and a":
        return "Colours are measured values; cells that diverged are hatched"
    signs = "Points are measured values"
    if np.any(numbers(table, "se") > 0):
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


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence as a list: "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _line(view: View, theorem: str, axis: str) -> Iterator[Line]:
    """The slope over one axis; nothing if fewer than three of its values are inside the theorem."""
    from auxtheory.analysis.selection import curves
    from auxtheory.analysis.slopes import MIN_VALUES, NoWindow, fit, power

    first: Line | None = None
    for cells in islice(slices(view, theorem, axis), MAX_SLICES):
        if len(np.unique(view.axes[axis].codes[cells])) < MIN_VALUES:
            continue
        where = place_of(view, cells, axis)
        try:
            (curve,) = curves(view.table.take(cells), axis)
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


def place_of(view: View, cells: Codes, axis: str) -> str:
    """The place of a slice on the other axes."""
    names = [name for name in view.axes if name not in (axis, "seed")]
    return view.place_on(int(cells[0]), names) if len(cells) else ""


def slices(
    view: View, theorem: str, axis: str, *, apart: Iterable[str] = (), judged: bool = True
) -> Iterator[Codes]:
    """The theorem's cells along one axis at fixed values of every other but the seed and those set
    apart, from the middle outwards."""
    along = view.axes[axis].codes
    cells = view.of(theorem)
    cells = cells[(along[cells] >= 0) & (view.judged[cells] if judged else True)]
    others = [view.axes[n] for n in view.axes if n not in (axis, "seed", *apart)]
    sizes = [len(other) + 1 for other in others]
    # Those without a value have the last number.
    places = [other.codes[cells] % size for other, size in zip(others, sizes, strict=True)]
    group = np.zeros(len(cells), dtype=np.int64)
    for place, size in zip(places, sizes, strict=True):
        group = group * size + place
    groups = np.flatnonzero(np.bincount(group))
    digits = np.unravel_index(groups, sizes) if sizes else ()
    far = np.zeros(len(groups), dtype=np.int64)
    for digit, size in zip(digits, sizes, strict=True):
        far += _outwards(digit, size)[digit]
    for distance in np.unique(far).tolist():
        near = np.flatnonzero(far == distance).tolist()
        for i in sorted(near, key=lambda i: _named(others, [int(digit[i]) for digit in digits])):
            chosen = cells[group == groups[i]]
            yield chosen[np.argsort(along[chosen], kind="stable")]


def _outwards(present: Codes, size: int) -> Codes:
    """The rank of each number below size - 1 of those that are present: the middle one first, then
    its neighbours, and size - 1, which stands for no value, last."""
    found = np.unique(present)
    known = found[found < size - 1]
    ranks = np.full(size, len(known))
    from_middle = abs(np.arange(len(known)) - len(known) // 2)
    ranks[known[np.argsort(from_middle, kind="stable")]] = np.arange(len(known))
    return ranks


def _named(axes: Iterable[Axis], digits: Iterable[int]) -> str:
    """The place of a group as a text, by which groups at the same distance are ordered."""
    values = (
        axis.values[digit] if digit < len(axis) else None
        for axis, digit in zip(axes, digits, strict=True)
    )
    return str(tuple(values))
