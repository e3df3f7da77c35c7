"""The command `auxtheory plot FIGURE [STUDY]`: draw a study, or a small default study, and write
the numbers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.cli import figure_options, output, plot_all
from auxtheory.cli.options import engine_help, quantity_help, replicas_help, seed_help
from auxtheory.defaults import AUTO, FIGURE_FORMATS, PRICE_H, PRICE_R, RATE_STUDY, REPLICAS, SEED
from auxtheory.errors import Checks

FIGURES = {
    "rate-vs-delta": "each method over δ under its bound, with slopes (default: AuxMOM, AuxMVR "
    "and SGD)",
    "rate-vs-T": "the same over the rounds T",
    "rate-vs-sigma-r": "the same over the noise σ_r",
    "rate-vs-K": "the same over the local steps K",
    "rate-vs-F0": "the same over the initial suboptimality F₀",
    "floor-vs-zeta": "each method over ζ: the floor of naive grows with ζ²",
    "phase-diagram": "which method is best at equal price, over δ/L and noise",
    "tightness": "histograms of measured/bound per theorem",
    "stability": "measured values over η and a, inside and outside the theorem's range",
    "measured-vs-predicted": "every cell, measured value against bound",
    "comparison": "all theorems over one axis: bounds, the largest measured values, lower bounds",
}
# Those of `analysis.CATALOGUE`.
CATALOGUE = {
    "hybrids": "naive, fine-tuning, exact correction and their hybrid over δ, for three biases ζ",
    "schedules": "AuxMOM with a constant a and with a_t = max(a, 1/t) over T, at B = 1",
    "growth": "normalised methods, exact correction and descent where curvature grows",
    "clients": "FedAvg, SCAFFOLD, exact correction and descent with ten clients over δ",
    "client-bias": "the same methods over the dissimilarity ζ of the clients",
    "sampled-clients": "FedAvg and SCAFFOLD with S of 32 clients at work in a round",
    "knee": "SCAFFOLD at its best step over the number of local steps, for three δ",
    "scaffold-range": "where SCAFFOLD diverges: the largest stable δηK over the local steps K",
    "compressed-clients": "clients with rounded or sketched helpers, FedAvg and SCAFFOLD over bits",
}
# The options of the default study of rate-vs-delta.
RATE_OPTIONS: dict[str, Any] = dict(RATE_STUDY)
RUN_OPTIONS: dict[str, Any] = {"engine": AUTO, "replicas": REPLICAS, "seed": SEED}
ALONE = "; must be left out with a STUDY"
PRICES = {
    "price": "the budget of each method, above 0 and within the range of all methods (default: the "
    "largest that all reach)",
    "c-r": f"price of a gradient of f − h, or of f, above 0 (default {PRICE_R:g})",
    "c-h": f"price of a gradient of h, above 0 (default {PRICE_H:g})",
}


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number converts an option's text into a value."""
    plots = commands.add_parser(
        "plot", help="draw a figure and write the numbers behind it"
    ).add_subparsers(required=True, metavar="FIGURE")
    for name, text in FIGURES.items():
        _add_figure(plots, number, name, text)
    _add_theorem(plots, number)
    _add_toy(plots, number)
    _add_delta(plots, number)
    for name, text in CATALOGUE.items():
        parser = plots.add_parser(name, help=text, description=f"Draw {text}.".replace("%", "%%"))
        parser.set_defaults(run=_plot_catalogue, figure=name)
        figure_options.add(parser, number)
        _outputs(parser, name)
    plot_all.add_parser(plots)


def _add_figure(plots: Any, number: Any, name: str, text: str) -> None:
    """Add the command of a study's figure."""
    parser = plots.add_parser(name, help=text, description=f"Draw {text}.".replace("%", "%%"))
    parser.set_defaults(run=_plot, figure=name)
    parser.add_argument(
        "study",
        metavar="STUDY",
        nargs="?",
        help="the file of a study (default: a small study is run)",
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=(
            "draw only the cells with this value, such as K=10 or theorem=AuxMOM; may be given "
            "once for each name (default: all cells)"
        ),
    )
    if name == "rate-vs-delta":
        for option in RATE_OPTIONS | RUN_OPTIONS:
            parser.add_argument(f"--{option}", type=number, help=f"{_option_help(option)}{ALONE}")
    if name == "phase-diagram":
        for option, help_text in PRICES.items():
            parser.add_argument(f"--{option}", type=number, help=help_text)
    if name == "comparison":
        parser.add_argument(
            "--over",
            "--against",
            metavar="AXIS",
            help=(
                "the axis, such as delta, T or eta; the values are the largest over all others "
                "(default: the first of several values)"
            ),
        )
        parser.add_argument(
            "--panels", action="store_true", help="a panel for each theorem, with equal axes"
        )
    figure_options.add(parser, number)
    _outputs(parser, name)


def _add_theorem(plots: Any, number: Any) -> None:
    parser = plots.add_parser(
        "theorem", help="one theorem's bound and what its example measures, over the rounds T"
    )
    parser.set_defaults(run=_plot_theorem)
    parser.add_argument(
        "theorem",
        metavar="THEOREM",
        help="a theorem of the library by name or label, or your own with an example as "
        "FILE.py:NAME or MODULE:NAME",
    )
    figure_options.add(parser, number)
    _outputs(parser, "theorem")


def _add_toy(plots: Any, number: Any) -> None:
    parser = plots.add_parser(
        "toy", help="the paper's Figure 1: naive, AuxMOM and fine-tuning on f = ½x²"
    )
    parser.set_defaults(run=_plot_toy)
    parser.add_argument(
        "--T",
        type=number,
        default=120,
        help="rounds, a whole number of at least 2 (default %(default)s)",
    )
    parser.add_argument(
        "--zeta",
        type=number,
        nargs="+",
        default=[0.1, 1.0, 10.0],
        help=quantity_help("zeta", "0.1 1.0 10.0"),
    )
    figure_options.add(parser, number)
    _outputs(parser, "toy")


def _add_delta(plots: Any, number: Any) -> None:
    parser = plots.add_parser(
        "delta-prediction",
        help="rates predicted from an estimated δ and measured rates, on 54 pairs from real data",
    )
    parser.set_defaults(run=_plot_delta)
    parser.add_argument(
        "--data",
        default="digits",
        help="digits, breast-cancer, or a file: IDX (MNIST), LIBSVM or .npz (default %(default)s)",
    )
    parser.add_argument(
        "--count",
        type=number,
        default=9,
        help="pairs of each of six kinds, a whole number of at least 1 (default %(default)s)",
    )
    figure_options.add(parser, number)
    _outputs(parser, "delta-prediction")


def _outputs(plot: argparse.ArgumentParser, name: str) -> None:
    stem = name.replace("-", "_")
    more = {"agreement": "of predicted and measured rates"} if name == "delta-prediction" else {}
    output.add_json(
        plot, {"numbers": "the rows of each table that is written", **more, **output.FILES}
    )
    plot.add_argument(
        "--out",
        default=stem,
        metavar="STEM",
        help=(
            "write STEM.png and so on, and the numbers as STEM.csv; the folder must exist "
            "(default %(default)s)"
        ),
    )
    figure_options.add_formats(plot)


def _option_help(option: str) -> str:
    """The help of an option of the default study of rate-vs-delta."""
    runs = {"engine": engine_help, "replicas": replicas_help, "seed": seed_help}
    if option in runs:
        return runs[option]()
    if option == "points":
        return f"how many δ, a whole number of at least 3 (default {RATE_OPTIONS[option]})"
    if option.startswith("delta"):
        end = "smallest" if option == "delta-min" else "largest"
        default = f"{RATE_OPTIONS[option]:g}"
        return f"the {end} δ, above 0, with delta-min below delta-max (default {default})"
    return quantity_help(option.replace("-", "_"), f"{RATE_OPTIONS[option]:g}")


def _plot(options: argparse.Namespace) -> int:
    """Draw a figure of a study; status 1 if a drawn cell is violated, 3 if one is undecided."""
    from auxtheory import analysis
    from auxtheory.table import status_code

    checks = Checks()
    wanted = _wanted(checks, options.where)
    options_given = _given(options, RATE_OPTIONS | RUN_OPTIONS)
    if options.study is not None:
        for name, value in options_given.items():
            checks.complain(name, value, f"must be left out with a study, here {options.study}")
    study_options = RATE_OPTIONS | RUN_OPTIONS | options_given
    _check_run(checks, study_options)
    prices = _given(options, PRICES)
    for name, value in prices.items():
        checks.number(name, value, above=True)
    look = figure_options.read(checks, options)
    formats = _formats(options, checks)
    table = analysis.pick(_table(options, study_options), wanted)
    more: dict[str, Any] = {name.replace("-", "_"): value for name, value in prices.items()}
    if options.figure == "comparison":
        more = {"against": options.over, "panels": options.panels}
    figure = analysis.FIGURES[options.figure](table, **more, **look)
    tables = analysis.numbers(options.figure, table, **more)
    _write(figure, tables, options, formats)
    return status_code(table.coded("status")[1])


def _given(options: argparse.Namespace, names: Any) -> dict[str, Any]:
    """The options of these names that the user gave."""
    by_name = {name: getattr(options, name.replace("-", "_"), None) for name in names}
    return {name: value for name, value in by_name.items() if value is not None}


def _wanted(checks: Checks, texts: list[str]) -> dict[str, Any]:
    """The selected values, from texts of the form NAME=VALUE."""
    wanted: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            checks.complain("where", text, "must be NAME=VALUE, such as K=10")
        if name in wanted:
            checks.complain("where", text, f"must not be given twice for {name}")
        try:
            wanted[name] = float(value)
        except ValueError:
            wanted[name] = value
    return wanted


def _table(options: argparse.Namespace, study_options: Mapping[str, Any]) -> Any:
    """The results in the file, or those of the figure's default study."""
    if options.study is not None:
        from auxtheory.study import Results

        return Results.open(options.study)
    if options.figure == "rate-vs-delta":
        return _over_delta(study_options)
    from auxtheory.analysis.default_studies import default

    return default(options.figure)


def _check_run(checks: Checks, study_options: dict[str, Any]) -> None:
    """Check the options of the default study of rate-vs-delta; whole numbers become ints."""
    from auxtheory.engines import check_settings

    for name in ("delta-min", "delta-max", "L"):
        checks.number(name, study_options[name], above=True)
    study_options["points"] = checks.whole("points", study_options["points"], low=3)
    for name in ("sigma-f", "sigma-h"):
        checks.number(name, study_options[name])
    for name in ("K", "T", "dim"):
        study_options[name] = checks.whole(name, study_options[name])
    if not checks.complaints and study_options["delta-min"] >= study_options["delta-max"]:
        checks.complain(
            "delta-min",
            study_options["delta-min"],
            f"must be below delta-max = {study_options['delta-max']}",
        )
    check_settings(checks, **{name: study_options[name] for name in RUN_OPTIONS})


def _over_delta(study_options: Mapping[str, Any]) -> Any:
    from auxtheory.analysis.default_studies import study_over_delta
    from auxtheory.progress import progress_bar

    sampling = {name: study_options[name] for name in RUN_OPTIONS}
    study = study_over_delta(study_options, **sampling)
    with progress_bar(study.grid.size, "cells") as bar:
        return study.run(progress=lambda done, _: bar.update(done - bar.n))


def _plot_theorem(options: argparse.Namespace) -> int:
    """Draw a theorem's example; status 1 if a cell is violated, 3 if one is undecided."""
    from auxtheory.analysis.examples import example_table
    from auxtheory.analysis.figures.theorem import drawn_example
    from auxtheory.table import status_code
    from auxtheory.theorems.lookup import theorem_named

    checks = Checks()
    theorem = checks.attempt(theorem_named, options.theorem)
    look: Any = figure_options.read(checks, options)
    formats = _formats(options, checks)
    assert theorem is not None
    table = example_table(theorem)
    figure = drawn_example(theorem, table, look)
    _write(figure, {"": table}, options, formats)
    return status_code(table.coded("status")[1])


def _plot_toy(options: argparse.Namespace) -> int:
    from auxtheory.analysis import toy, toy_table

    checks = Checks()
    T = checks.whole("T", options.T, low=2)
    for zeta in options.zeta:
        checks.number("zeta", zeta)
    look = figure_options.read(checks, options)
    formats = _formats(options, checks)
    table = toy_table(T=T, zetas=tuple(map(float, options.zeta)))
    _write(toy(table, **look), {"": table}, options, formats)
    return 0


def _plot_catalogue(options: argparse.Namespace) -> int:
    from auxtheory.analysis import CATALOGUE as DRAWINGS
    from auxtheory.analysis import over_axis

    checks = Checks()
    look = figure_options.read(checks, options)
    formats = _formats(options, checks)
    drawing = DRAWINGS[options.figure]
    table = drawing.make()
    _write(over_axis(drawing, table, **look), {"": table}, options, formats)
    return 0


def _formats(options: argparse.Namespace, checks: Checks) -> list[str]:
    formats = figure_options.read_formats(checks, options)
    if Path(options.out).suffix.removeprefix(".") in FIGURE_FORMATS:
        checks.complain("out", options.out, "must be without an ending, which the formats add")
    files.check_stem(checks, "out", options.out, (*formats, "csv"))
    checks.done()
    return formats


def _plot_delta(options: argparse.Namespace) -> int:
    from auxtheory.analysis.figures.delta_prediction import agreement, delta_prediction, delta_table
    from auxtheory.progress import progress_bar, updates

    checks = Checks()
    count = checks.whole("count", options.count)
    look = figure_options.read(checks, options)
    formats = _formats(options, checks)
    with progress_bar(1, "runs") as bar:
        table = delta_table(data=options.data, count=count, progress=updates(bar))
    agreed = agreement(table)
    options.output.put(agreement=agreed)
    options.output.text("  ".join(f"{name} {value:.4g}" for name, value in agreed.items()))
    _write(delta_prediction(table, **look), {"": table}, options, formats)
    return 0


def _write(
    figure: Any, tables: Mapping[str, Any], options: argparse.Namespace, formats: list[str]
) -> None:
    """Write the figure, and its tables as STEM.csv, STEM-slopes.csv, …"""
    from auxtheory.analysis.style import drawn

    stem = Path(options.out)
    contents = drawn(figure, stem, formats, svg_text=options.svg_text)
    for end, table in tables.items():
        contents[stem.with_name(f"{stem.name}{end}.csv")] = table.csv_text()
    options.output.put(numbers={end.lstrip("-") or "rows": t for end, t in tables.items()})
    options.output.wrote(files.write("out", contents))
