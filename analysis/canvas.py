"""What all figures share: the keywords that say where and how to draw, the size that is kept, font
sizes, titles and legends that fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import is_color_like
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from auxtheory.analysis.style import Look, inches, named, wrapped
from auxtheory.errors import Checks, check_names

COLUMN = 3.4  # inches of a column of a paper
PAGE = 7.0  # inches of a page
NARROWEST = 2.5
WIDEST = 40.0
# Points of a figure's texts up to each width in inches; ticks and legends have one point less.
FONTS = ((4.5, 8.0), (8.5, 9.0), (math.inf, 10.0))
NARROW = FONTS[0][0]
PLACES = ("below", "inside", "none")
FEW_DECADES = 50.0  # the largest quotient of an axis's ends that needs labels between powers of ten
PADDING = 0.08  # inches around a title or a legend
# Of a legend, in multiples of its font size: as matplotlib's options of these names.
SPACES = {"handletextpad": 0.6, "columnspacing": 1.4, "borderpad": 0.2, "labelspacing": 0.35}
ROOM = 4.5  # of what is next to a panel within its part of the figure, in font sizes
BELOW = 4.6  # of a legend below given axes: room for ticks and the axis's label

Entry = tuple[Any, str]  # a handle of a legend and its label


class FigureOptions(TypedDict, total=False):
    """Where and how to draw, by keyword; every figure takes these.

    Args:
        ax: Axes to draw into, instead of a figure of its own; for a figure with several panels a
            list or an array of Axes, one for each. Their figure is returned, and keeps its size.
        width: the width of the figure in inches, from 2.5 to 40, which is kept: 3.4 for a column of
            a paper, 7 for a page. Texts are of 8 points and less up to 4.5 inches, of 9 and less
            up to 8.5.
        height: the height in inches; by default what the panels, the title and the legend need.
        titled: whether to write above the axes what all cells have in common (True).
        legend: "below" the axes (the default), "inside" them (the default with `ax`), or "none".
        labels: other names in the legend, by theorem.
        order: theorems that come first, in this order.
        colours: other colours, by theorem, as matplotlib takes them.
        looks: a whole `Look` each, by theorem.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import analysis
        >>> study = at.Study(
        ...     [at.theorems.AuxMOM(), at.theorems.SGD()],
        ...     at.Quadratic(L=1.0, mu=0.5, dim=4),
        ...     at.Gaussian(sigma_f=1.0),
        ...     delta=[0.01, 0.1],
        ...     K=4,
        ...     T=100,
        ... )
        >>> options = analysis.FigureOptions(
        ...     width=3.4, titled=False, labels={"AuxMOM": "momentum"}, colours={"SGD": "grey"}
        ... )
        >>> figure = analysis.rate(study.run(), "delta", **options)
        >>> float(figure.get_figwidth()), figure.legends[0].get_texts()[0].get_text()[:8]
        (3.4, 'momentum')
    """

    ax: Axes | Sequence[Axes] | NDArray[Any]
    width: float
    height: float
    titled: bool
    legend: Literal["below", "inside", "none"]
    labels: Mapping[str, str]
    order: Sequence[str]
    colours: Mapping[str, Any]
    looks: Mapping[str, Look]


@dataclass(frozen=True, kw_only=True)
class Panels:
    """The panels of a figure: what each shows, and their shape.

    least: the smallest width in inches of a panel, as many of which stand next to each other as
    fit; ratio: height/width of one, up to the height `tallest` in inches; height: its height in
    inches instead.
    """

    shows: Sequence[str] = ("the whole figure",)
    least: float = math.inf
    ratio: float = 0.6
    tallest: float = math.inf
    height: float | None = None
    sharex: bool = False
    sharey: bool = False

    def columns(self, width: float) -> int:
        """How many stand next to each other."""
        return min(len(self.shows), max(1, int(width / self.least)))

    def inches(self, width: float) -> float:
        """The height of all of them."""
        columns = self.columns(width)
        each = self.height or min(self.ratio * width / columns, self.tallest)
        return -(-len(self.shows) // columns) * each


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """Axes to draw into, and how.

    `mine`: whether the figure is made here; `panels_height`: inches of its panels; `fixed`: whether
    its height was chosen.
    """

    figure: Figure
    axes: Sequence[Axes]
    looks: Mapping[str, Look]
    labels: Mapping[str, str]
    font: float
    titled: bool
    legend: str
    mine: bool
    fixed: bool = False
    panels_height: float = 0.0

    @property
    def small(self) -> float:
        """Points of ticks, legends and notes."""
        return self.font - 1

    @property
    def width(self) -> float:
        """Inches from edge to edge: of the figure, or of the given axes."""
        if self.mine:
            return float(self.figure.get_figwidth())
        boxes = [axes.get_window_extent() for axes in self.axes]
        left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
        return float(right - left) / self.figure.dpi

    @property
    def narrow(self) -> bool:
        """Whether texts must be short."""
        return self.width <= NARROW

    @property
    def scale(self) -> float:
        """The size of markers, relative to those of a page."""
        return 0.7 if self.narrow else 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """The theorems, in the order of the figure."""
        return tuple(self.looks)

    def name(self, theorem: str) -> str:
        """The name of a theorem in the figure; a label may hold mathematics in dollars."""
        return self.labels[theorem] if theorem in self.labels else named(theorem)

    def sides(self, axes: Axes) -> tuple[bool, bool]:
        """Whether no panel stands left of this one, and none below it."""
        spec = axes.get_subplotspec()
        if len(self.axes) == 1 or spec is None:
            return True, True
        others = [other.get_subplotspec() for other in self.axes]
        below = [
            other
            for other in others
            if other is not None
            and other.colspan.start == spec.colspan.start
            and other.rowspan.start > spec.rowspan.start
        ]
        return spec.is_first_col(), not below

    def finish(
        self,
        title: str,
        entries: Sequence[Entry] = (),
        keys: Sequence[Entry] = (),
        *,
        columns: int = 1,
        over: Axes | None = None,
    ) -> Figure:
        """Add title and legend, and give the figure its height.

        Args:
            title: what all cells have in common; it becomes the figure's label too.
            entries: what is compared, each a handle and a label, in up to this many `columns`.
            keys: what the signs mean.
            columns: the most columns of the entries.
            over: the axes that the title stands above; by default it is above the figure. With
                given axes, a title stands above a single panel alone.

        Returns:
            The figure.
        """
        if self.mine:
            self._wrap_labels()
        used = self._titled(title, over)
        used += self._legend(entries, keys, columns)
        if self.mine and not self.fixed:
            self.figure.set_figheight(self.panels_height + used)
        return self.figure

    def _wrap_labels(self) -> None:
        """Break labels of axes that are longer than their panel."""
        rows, columns = 1, 1
        spec = self.axes[0].get_subplotspec()
        if spec is not None:
            rows, columns = spec.get_gridspec().get_geometry()
        around = ROOM * self.font / 72
        for axes in self.axes:
            sides = [(axes.xaxis.label, self.width / columns)]
            # A name that stands across next to its panel has other room.
            if axes.yaxis.label.get_rotation() == 90.0:
                sides.append((axes.yaxis.label, self.panels_height / rows))
            for label, whole in sides:
                text = wrapped(label.get_text(), whole - around, self.font, mathematical=True)
                label.set_text(text)

    def _titled(self, title: str, over: Axes | None) -> float:
        """Write the title; the inches that it takes."""
        if self.mine:
            self.figure.set_label(title)
        alone = self.axes[0] if len(self.axes) == 1 else None
        over = over if self.mine else alone
        if not self.titled or not title or (over is None and not self.mine):
            return 0.0
        room = self.width - 2 * PADDING
        if over is None:
            text = self.figure.suptitle(wrapped(title, room, self.font), fontsize=self.font)
        else:
            # Centred above the axes, which are not in the middle of the figure.
            room -= 9 * self.small / 72 if self.mine else 0
            text = over.set_title(wrapped(title, room, self.font), fontsize=self.font)
        lines = text.get_text().count("\n") + 1
        return lines * 1.25 * self.font / 72 + PADDING

    def _legend(self, entries: Sequence[Entry], keys: Sequence[Entry], columns: int) -> float:
        """Draw the legend; the inches that it takes."""
        if self.legend == "none" or not (entries or keys):
            return 0.0
        handle = 2.6 if self.narrow else 3.2
        room = self.width - 2 * PADDING
        room *= 0.7 if self.legend == "inside" else 1.0
        if self.legend == "inside":
            columns = 1
        filled, count = _arranged(entries, keys, columns, handle, room, self.small)
        handles, labels = zip(*filled, strict=True)
        look: dict[str, Any] = {
            **SPACES,
            "handlelength": handle,
            "fontsize": self.small,
            "ncols": count,
        }
        if self.legend == "inside":
            look |= {"loc": "best", "framealpha": 0.85, "edgecolor": "none"}
            self.axes[0].legend(handles, labels, **look)
            return 0.0
        look["frameon"] = False
        if not self.mine:
            look |= {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": BELOW}
            self.axes[-1].legend(handles, labels, **look)
            return 0.0
        legend = self.figure.legend(handles, labels, loc="outside lower center", **look)
        return float(legend.get_window_extent().height) / self.figure.dpi + PADDING


def open_canvas(
    options: FigureOptions,
    looks: Mapping[str, Look],
    panels: Panels | None = None,
    *,
    width: float = PAGE,
) -> Canvas:
    """Check the options and open the axes.

    Args:
        options: the keywords of a figure.
        looks: the theorems that are drawn, or what else is compared, with their looks.
        panels: the panels; by default one.
        width: the width if the options have none.

    Returns:
        The canvas.

    Raises:
        InputError: lists every option that is wrong.
    """
    panels = panels or Panels()
    checks = Checks()
    check_names(checks, options, FigureOptions.__annotations__)
    given = _given_axes(checks, options, panels)
    check_size(checks, options)
    checks.flag("titled", options.get("titled", True))
    if "legend" in options:
        checks.member("legend", options["legend"], PLACES)
    names = tuple(looks)
    for name in ("labels", "colours", "looks"):
        _check_by_name(checks, name, options.get(name, {}), names)
    _check_order(checks, options.get("order", ()), names)
    checks.done()
    chosen: dict[str, Any] = {
        "looks": _ordered(options, looks),
        "labels": options.get("labels", {}),
        "titled": bool(options.get("titled", True)),
        "legend": options.get("legend", "inside" if given else "below"),
    }
    if given:
        figure: Any = given[0].figure
        font = float(given[0].xaxis.label.get_fontsize())
        return Canvas(figure=figure.figure, axes=given, font=font, mine=False, **chosen)
    width = float(options.get("width", width))
    height = options.get("height")
    fixed = height is not None
    inches = float(height) if height is not None else panels.inches(width)
    figure = Figure(figsize=(width, inches), layout="constrained")
    return Canvas(
        figure=figure,
        axes=_opened(figure, panels, width),
        font=font_size(width),
        mine=True,
        fixed=fixed,
        panels_height=inches,
        **chosen,
    )


def font_size(width: float) -> float:
    """Points of the texts of a figure of this width in inches."""
    return next(size for most, size in FONTS if width <= most)


def log_ticks(axis: Axis) -> None:
    """Label a logarithmic axis once its limits stand: powers of ten, or 1, 2 and 5 where there are
    few of them."""
    low, high = sorted(axis.get_view_interval())
    if high / low < FEW_DECADES:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _opened(figure: Figure, panels: Panels, width: float) -> list[Axes]:
    """The axes of a new figure, with the fonts of its width."""
    font = font_size(width)
    count = len(panels.shows)
    columns = panels.columns(width)
    rows = -(-count // columns)
    with mpl.rc_context({"font.size": font, "axes.labelsize": font}):
        grid = figure.subplots(
            rows, columns, squeeze=False, sharex=panels.sharex, sharey=panels.sharey
        )
    every = list(grid.flat)
    for axes in every[count:]:
        axes.remove()
    for axes in every[:count]:
        axes.tick_params(which="both", labelsize=font - 1)
    return every[:count]


def _given_axes(checks: Checks, options: FigureOptions, panels: Panels) -> list[Axes]:
    """The Axes of `ax` as a flat list, empty without `ax`."""
    if "ax" not in options:
        return []
    ax: Any = options["ax"]
    array = isinstance(ax, np.ndarray)
    axes = list(ax.flat) if array else list(ax) if isinstance(ax, list | tuple) else [ax]
    count = len(panels.shows)
    what = "Axes of matplotlib with two plain axes, as plt.subplots() makes them"
    if not axes or not all(isinstance(each, Axes) and each.name == "rectilinear" for each in axes):
        checks.complain("ax", ax, f"must be {what}")
    elif len(axes) != count or len({id(each) for each in axes}) != count:
        shown = "; ".join(named(name) for name in panels.shows)
        checks.complain("ax", f"{len(axes)} Axes", f"must be {count} different Axes: {shown}")
    elif any(each.figure is None for each in axes):
        checks.complain("ax", ax, "must be in a figure, from which it has been removed")
    for name in ("width", "height"):
        if name in options:
            checks.complain(
                name, options[name], "must be left out with ax, whose figure has a size"
            )
    return axes


def check_size(checks: Checks, options: Mapping[str, Any]) -> None:
    """Check the width and the height."""
    for name, low in (("width", NARROWEST), ("height", 1.0)):
        value = options.get(name)
        if name in options and not (name == "height" and value is None):
            checks.number(name, value, low=low, high=WIDEST)
            if np.ndim(value) and not checks.complaints:  # type: ignore[arg-type]
                checks.complain(name, value, "must be one number")


def _check_by_name(checks: Checks, option: str, values: Any, names: Sequence[str]) -> None:
    """Check a mapping from theorems to labels, colours or looks."""
    if not isinstance(values, Mapping):
        checks.complain(option, values, "must be a mapping from theorems, such as {'SGD': …}")
        return
    for name, value in values.items():
        checks.member(option, name, names)
        if option == "labels":
            checks.instance(f"labels[{name!r}]", value, str, "a text")
        elif option == "colours":
            _check_colour(checks, f"colours[{name!r}]", value)
        elif not isinstance(value, Look):
            checks.complain(f"looks[{name!r}]", value, "must be a Look, such as Look(marker='s')")
        else:
            _check_look(checks, f"looks[{name!r}]", value)


def _check_colour(checks: Checks, name: str, value: Any) -> None:
    if not is_color_like(value):
        checks.complain(name, value, "must be a colour of matplotlib, such as 'grey' or '#0072B2'")


def _check_look(checks: Checks, name: str, look: Look) -> None:
    _check_colour(checks, f"{name}.colour", look.colour)
    for field_name, keyword in (("marker", "marker"), ("line", "linestyle"), ("fill", "fillstyle")):
        value = getattr(look, field_name)
        try:
            Line2D([], [], **{keyword: value})
        except (ValueError, TypeError, AttributeError):
            checks.complain(f"{name}.{field_name}", value, f"must be a {keyword} of matplotlib")


def _check_order(checks: Checks, order: Any, names: Sequence[str]) -> None:
    listed = checks.several("order", order, "theorems")
    for name in listed:
        checks.member("order", name, names)
    for name in dict.fromkeys(name for name in listed if isinstance(name, str)):
        if listed.count(name) > 1:
            checks.complain("order", name, "must not be there twice")


def _ordered(options: FigureOptions, looks: Mapping[str, Look]) -> dict[str, Look]:
    """The looks with the wishes of the options, in their order."""
    names = dict.fromkeys([*options.get("order", ()), *looks])
    chosen = {name: options.get("looks", {}).get(name, looks[name]) for name in names}
    colours = options.get("colours", {})
    return {
        name: replace(look, colour=colours[name]) if name in colours else look
        for name, look in chosen.items()
    }


def _arranged(
    entries: Sequence[Entry],
    keys: Sequence[Entry],
    columns: int,
    handle: float,
    room: float,
    size: float,
) -> tuple[list[Entry], int]:
    """The cells of a legend column by column, and the number of columns: the arrangement that fits
    into the room, in inches, with the fewest rows; otherwise one column with broken lines."""
    around = (handle + SPACES["handletextpad"] + SPACES["columnspacing"]) * size / 72
    widths = {label: inches(label, size) for _, label in (*entries, *keys)}

    def width(blocks: Sequence[Sequence[Entry]]) -> float:
        columns = sum(around + max(widths[label] for _, label in block) for block in blocks)
        return columns - SPACES["columnspacing"] * size / 72

    apart = [
        [*_split(entries, count), *([keys] if keys else [])]
        for count in range(1, columns + 1)
        if entries
    ]
    mixed = [_split([*entries, *keys], count) for count in range(1, max(columns, 2) + 1)]
    fitting = [blocks for blocks in (*apart, *mixed) if width(blocks) <= room]
    if not fitting:
        broken = [
            (sign, wrapped(label, room - around, size, mathematical=True))
            for sign, label in (*entries, *keys)
        ]
        return broken, 1
    best = min(fitting, key=lambda blocks: max(map(len, blocks)))
    rows = max(map(len, best))
    empty = (Line2D([], [], linestyle="none"), "")
    return [cell for block in best for cell in (*block, *[empty] * (rows - len(block)))], len(best)


def _split(entries: Sequence[Entry], count: int) -> list[Sequence[Entry]]:
    """The entries in this many columns, or fewer if some would be empty."""
    size = -(-len(entries) // count)
    return [entries[i : i + size] for i in range(0, len(entries), size)]
