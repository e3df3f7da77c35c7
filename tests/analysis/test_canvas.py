"""Every figure takes the same keywords: size, axes, title, legend, names, order and looks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from figure_parts import TABLES, legend, root
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from tables import joined, law, steps

from auxtheory import analysis
from auxtheory.analysis import FIGURES, FigureOptions, Look, rate, rate_vs_T, stability
from auxtheory.analysis.canvas import PLACES, font_size
from auxtheory.analysis.figures.bench import bench
from auxtheory.analysis.figures.costs import costs
from auxtheory.analysis.figures.delta_prediction import delta_prediction
from auxtheory.errors import InputError
from auxtheory.table import Table

Draw = Callable[..., Figure]
LONG = "a theorem with a long name of its own"


def two(name: str = "SGD") -> Table:
    """Two theorems over T."""
    values = [10, 100, 1000]
    return joined(
        law("T", values, root, lambda T: 2.0 * root(T)),
        law("T", values, lambda T: 3 * root(T), lambda T: 5.0, theorem=name, method=name),
    )


def timed() -> Table:
    """What a benchmark has measured: two groups."""
    rows = [
        {
            "group": group,
            "size": "R = 1,024, d = 256, K = 10, T = 20",
            "variant": variant,
            "status": "ok",
            "ratio": ratio,
            "to": "JAX, as a user writes it",
            "M steps/s": 36 * ratio,
        }
        for group in ("Monte Carlo, AuxMOM", "small, AuxMOM")
        for variant, ratio in (
            ("NumPy, a replica at a time", 0.5),
            ("JAX, as a user writes it", 1.0),
            ("drawing alone: counter-based, NumPy, random signs", 179.4),
            ("engine cpu, Gaussian", 6.6),
        )
    ]
    return Table(tuple(rows))


def of_growth() -> Table:
    """What `auxtheory bench growth` has measured: two parts, one call that was stopped."""
    rows = [
        {
            "group": group,
            "operation": name,
            "along": "cells",
            "size": size,
            "status": "slow" if seconds > 20 else "ok",
            "seconds": seconds,
            "wanted s": wanted,
            "limit s": 20.0,
        }
        for group, name, power, wanted in (
            ("Studies", "print(results)", 0.0, 0.1),
            ("Page and figures", "validate on minibatches, n = 1,000", 1.0, float("nan")),
            ("Page and figures", "report page", 2.0, 10.0),
        )
        for size in (1_000, 10_000, 100_000)
        for seconds in (0.02 * (size / 1_000) ** power,)
    ]
    return Table(tuple(rows))


def predicted() -> Table:
    """What `delta_table` returns, of two kinds and a shuffle."""
    rows = [
        {
            "kind": kind,
            "shuffle": shuffle,
            "predicted": 10.0 ** -(i + 1),
            "measured": 5.0 * 10.0 ** -(i + 2),
            "delta met": 0.1 * (i + 1),
            "delta": 0.2 * (i + 1),
            "K": 10,
            "T": 20,
        }
        for kind in ("rotated", "coreset, at random")
        for shuffle in (0, 1)
        for i in range(3)
    ]
    return Table(tuple(rows))


DRAWN: dict[str, tuple[Draw, Table]] = {
    **{name: (draw, TABLES[name]) for name, draw in FIGURES.items()},
    "two theorems": (rate_vs_T, two(LONG)),
    "steps of two theorems": (stability, joined(steps(), steps("AuxMVR"))),
    "toy": (analysis.toy, analysis.toy_table(T=12)),
    "bench": (bench, timed()),
    "costs": (costs, of_growth()),
    "delta-prediction": (delta_prediction, predicted()),
    **{
        name: (partial(analysis.over_axis, drawing), drawing.make())
        for name, drawing in analysis.CATALOGUE.items()
    },
}
SHARED = [
    name for name, (draw, _) in DRAWN.items() if "options" in inspect.signature(draw).parameters
]
shared = pytest.mark.parametrize("name", SHARED)


def drawn(name: str, **options: Any) -> Figure:
    draw, table = DRAWN[name]
    figure = draw(table, **options)
    figure.draw_without_rendering()
    return figure


def texts(figure: Figure) -> Iterator[Text]:
    """The texts that are seen, without tick labels beyond the limits of their axis."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for which in ("major", "minor"):
                minor = which == "minor"
                places = axis.get_ticklocs(minor=minor)
                labels = axis.get_ticklabels(which=which)
                for place, label in zip(places, labels, strict=False):
                    if not low <= place <= high:
                        hidden.add(id(label))
                hidden |= {id(label) for label in labels[len(places) :]}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            yield text


@shared
@pytest.mark.parametrize(("width", "titled"), [(3.4, True), (3.4, False), (7.0, True)])
def test_the_width_is_kept_and_no_text_is_cut(name: str, width: float, titled: bool) -> None:
    """To the pixel; the texts of a column have 7 or 8 points, but for indices."""
    figure = drawn(name, width=width, titled=titled)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    assert canvas.get_width_height()[0] == round(width * figure.dpi)
    for text in texts(figure):
        box = text.get_window_extent()
        assert figure.bbox.x0 - 1 <= box.x0 and box.x1 <= figure.bbox.x1 + 1, text.get_text()
        assert figure.bbox.y0 - 1 <= box.y0 and box.y1 <= figure.bbox.y1 + 1, text.get_text()
        font = font_size(width)
        bold = 1.0 if text.get_fontweight() == "bold" else 0.0
        assert font - 1 <= text.get_fontsize() <= font + bold, text.get_text()


@shared
@pytest.mark.parametrize("width", [3.4, 7.0])
def test_no_text_covers_another(name: str, width: float) -> None:
    boxes = [(text, text.get_window_extent()) for text in texts(drawn(name, width=width))]
    for (one, box), (other, second) in combinations(boxes, 2):
        across = min(box.x1, second.x1) - max(box.x0, second.x0)
        upward = min(box.y1, second.y1) - max(box.y0, second.y0)
        assert across < 1 or upward < 2.5, (one.get_text(), other.get_text())


@shared
def test_a_height_is_kept(name: str) -> None:
    figure = drawn(name, width=7.0, height=6.0)
    assert tuple(figure.get_size_inches()) == (7.0, 6.0)


def grid(count: int, **size: Any) -> tuple[Figure, Any]:
    figure = Figure(layout="constrained", **size)
    return figure, figure.subplots(1, count, squeeze=False)[0]


@shared
def test_a_figure_draws_into_given_axes(name: str) -> None:
    """Whose figure is returned, of the same size, with no title or label of ours; next to others;
    and in no other number than that of the panels."""
    count = sum(bool(axes.get_subplotspec()) for axes in drawn(name).axes)
    figure, axes = grid(count + 1, figsize=(4.0 * count + 4, 5.0))
    given = axes[0] if count == 1 else axes[:count]
    assert drawn(name, ax=given) is figure
    assert tuple(figure.get_size_inches()) == (4.0 * count + 4, 5.0)
    assert all(each.has_data() for each in axes[:count]) and not axes[count].has_data()
    assert figure.get_label() == "" and figure.get_suptitle() == "" and not figure.legends
    with pytest.raises(InputError, match=f"must be {count} different Axes: "):
        drawn(name, ax=axes)


def test_axes_of_a_subfigure_and_a_list_are_taken() -> None:
    figure = Figure(layout="constrained")
    left, right = figure.subfigures(1, 2)
    assert rate(two(), "T", ax=left.subplots()) is figure
    axes = [right.subplots()]
    assert rate(two(), "T", ax=axes, legend="below") is figure
    assert axes[0].get_legend() is not None and axes[0].get_legend()._get_loc() != 0


@pytest.mark.parametrize("place", PLACES)
def test_the_legend_is_where_it_was_wished(place: str) -> None:
    figure = rate(two(), "T", legend=place)  # type: ignore[arg-type]
    inside = figure.axes[0].get_legend()
    assert (len(figure.legends), inside is not None) == (place == "below", place == "inside")
    assert rate(two(), "T", legend="none").get_figheight() < rate(two(), "T").get_figheight()


def test_labels_order_and_looks() -> None:
    """The colours of the others stay as they were."""
    look = Look(colour="#123456", marker="s", line="--", fill="none")
    figure = rate(
        two(LONG),
        "T",
        labels={LONG: r"mine, $\eta^2$"},
        order=[LONG],
        colours={"AuxMOM": "grey"},
        looks={LONG: look},
    )
    assert [text.split(":")[0] for text in legend(figure)[:2]] == [r"mine, $\eta^2$", "AuxMOM"]
    mine, other = figure.legends[0].legend_handles[:2]
    assert (mine.get_color(), mine.get_marker(), mine.get_linestyle()) == ("#123456", "s", "--")
    assert mine.get_fillstyle() == "none" and other.get_color() == "grey"
    plain = rate(two(LONG), "T").legends[0].legend_handles
    assert other.get_marker() == plain[0].get_marker()
    ordered = rate(two(LONG), "T", order=[LONG]).legends[0].legend_handles
    assert [handle.get_color() for handle in ordered[:2]] == [
        plain[1].get_color(),
        plain[0].get_color(),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"widht": 3.4}, "did you mean 'width'"),
        ({"width": 1.0}, "width = 1.0: must be a finite number in [2.5, 40]"),
        ({"width": [3.4]}, "width = [3.4]: must be"),
        ({"width": None}, "width = None: must be a finite number"),
        ({"height": 100.0}, "height = 100.0: must be"),
        ({"titled": "no"}, "titled = 'no': must be True or False"),
        ({"legend": "left"}, "legend = 'left': must be one of below, inside, none"),
        ({"labels": {"S3": "x"}}, "labels = 'S3': must be one of "),
        ({"labels": ["x"]}, "labels = ['x']: must be a mapping"),
        ({"order": ["nobody"]}, "order = 'nobody': must be one of "),
        ({"order": "SGD"}, "order = 'SGD': must be a list of"),
        ({"colours": {"S3": "red"}}, "colours = 'S3': must be one of"),
        ({"looks": {"S3": 3}}, "looks['S3'] = 3: must be a Look"),
        ({"looks": {"S3": Look(marker="??")}}, "looks['S3'].marker = '??': must be a marker"),
        ({"looks": {"S3": Look(line="??")}}, "looks['S3'].line = '??': must be a linestyle"),
        ({"looks": {"S3": Look(colour="??")}}, "looks['S3'].colour = '??': must be a colour"),
        ({"ax": 3}, "ax = 3: must be Axes of matplotlib"),
        ({"ax": None}, "ax = None: must be Axes of matplotlib"),
        ({"ax": []}, "ax = []: must be Axes of matplotlib"),
    ],
    ids=str,
)
def test_a_wrong_option_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        rate(two(), "T", **options)
    assert message in str(caught.value)


@shared
def test_every_figure_checks_its_options(name: str) -> None:
    with pytest.raises(InputError, match=r"(?s)did you mean 'width'.*'S3': must be one of"):
        drawn(name, widht=3.4, labels={"S3": "x"})


def test_all_wrong_options_are_listed_at_once() -> None:
    ax: Axes = Figure().add_subplot(projection="polar")
    with pytest.raises(InputError) as caught:
        rate(two(), "T", ax=ax, width=3.4, legend="up", order=["SGD", "SGD"])  # type: ignore[arg-type]
    for text in ("ax = ", "width = 3.4: must be left out with ax", "legend", "must not be there t"):
        assert text in str(caught.value)


def test_the_keywords_of_figures_stand_once() -> None:
    """Each is described, and every figure has them by the same dictionary."""
    described = FigureOptions.__doc__ or ""
    assert all(f"        {name}: " in described for name in FigureOptions.__annotations__)
    for draw in (*FIGURES.values(), analysis.toy, analysis.rate, bench, delta_prediction):
        parameters = inspect.signature(draw).parameters
        if "options" in parameters:
            assert parameters["options"].annotation == "Unpack[FigureOptions]"


def test_old_keywords_of_rates_and_stability_stay() -> None:
    assert rate(two(), "T", width=6.0, titled=False).axes[0].get_title() == ""
    assert stability(steps(), titled=False).get_suptitle() == ""
    assert np.isclose(rate(two(), "T", width=6.0).get_figwidth(), 6.0)
