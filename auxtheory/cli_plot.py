"""The command `auxtheory plot FIGURE [STUDY]`: draw a study, or the figure's own small one, and
write the numbers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.errors import Checks
from auxtheory.options import REPLICAS, SEED, engine_help, quantity_help, replicas_help, seed_help

FIGURES = {
    "rate-vs-delta": "each method over δ under its bound, with slopes (default: AuxMOM, AuxMVR "
    "and SGD)",
    "rate-vs-T": "the same over the rounds T",
    "rate-vs-sigma-r": "the same over the noise σ_r",
    "rate-vs-K": "the same over the local steps K",
    "rate-vs-F0": "the same over the initial gap F₀",
    "floor-vs-zeta": "each method over ζ: naive's floor grows with ζ²",
    "phase-diagram": "which method is best at equal price, over δ/L and noise",
    "tightness": "histograms of measured/bound per theorem",
    "stability": "measured over the steps η and a, inside and outside of the theorem's range",
    "measured-vs-predicted": "every cell, measured against bound",
}
# The options of the study that rate-vs-delta runs by itself.
RATE: dict[str, Any] = {
    "delta-min": 1e-3,
    "delta-max": 1.0,
    "points": 25,
    "K": 10,
    "T": 10_000,
    "dim": 64,
    "L": 1.0,
    "sigma-f": 1.0,
    "sigma-h": 0.0,
}
RUN: dict[str, Any] = {"engine": "auto", "replicas": REPLICAS, "seed": SEED}
ALONE = "; must be left out with a STUDY"
ENDINGS = ("png", "svg", "pdf")
PRICES = {
    "price": "what each method may spend, above 0 and within what all reach (default: the most "
    "that all reach)",
    "c-r": "price of a gradient of f − h, or of f, above 0 (default 1)",
    "c-h": "price of a gradient of h, above 0 (default 0.1)",
}


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number: what turns an option's text into a value."""
    plots = commands.add_parser(
        "plot", help="draw a figure and write the numbers behind it"
    ).add_subparsers(required=True, metavar="FIGURE")
    for name, text in FIGURES.items():
        plot = plots.add_parser(name, help=text, description=f"Draw {text}.".replace("%", "%%"))
        plot.set_defaults(run=_plot, figure=name)
        plot.add_argument(
            "study",
            metavar="STUDY",
            nargs="?",
            help="a study's file (default: a small study is run)",
        )
        plot.add_argument(
            "--where",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="draw only the cells with this value, such as K=10 or theorem=AuxMOM; may be "
            "given once for each name (default: all cells)",
        )
        for option in (RATE | RUN) if name == "rate-vs-delta" else ():
            plot.add_argument(f"--{option}", type=number, help=f"{_told(option)}{ALONE}")
        for option, told in PRICES.items() if name == "phase-diagram" else ():
            plot.add_argument(f"--{option}", type=number, help=told)
        _outputs(plot, name)
    toy = plots.add_parser(
        "toy", help="the paper's Figure 1: naive, AuxMOM and fine-tuning on f = ½x²"
    )
    toy.set_defaults(run=_plot_toy)
    toy.add_argument(
        "--T",
        type=number,
        default=120,
        help="rounds, a whole number of at least 2 (default %(default)s)",
    )
    toy.add_argument(
        "--zeta",
        type=number,
        nargs="+",
        default=[0.1, 1.0, 10.0],
        help=quantity_help("zeta", "0.1 1.0 10.0"),
    )
    delta = plots.add_parser(
        "delta-prediction", help="rates predicted from estimated δ on 54 real pairs, and measured"
    )
    delta.set_defaults(run=_plot_delta)
    delta.add_argument(
        "--data",
        default="digits",
        help="digits, breast-cancer, or a file: IDX (MNIST), LIBSVM or .npz (default %(default)s)",
    )
    delta.add_argument(
        "--count",
        type=number,
        default=9,
        help="pairs of each of six kinds, a whole number of at least 1 (default %(default)s)",
    )
    _outputs(toy, "toy")
    _outputs(delta, "delta-prediction")


def _outputs(plot: argparse.ArgumentParser, name: str) -> None:
    stem = name.replace("-", "_")
    plot.add_argument(
        "--out",
        default=stem,
        metavar="STEM",
        help=(
            "write STEM.png and so on, and the numbers as STEM.csv, into a folder that exists "
            "(default %(default)s)"
        ),
    )
    plot.add_argument(
        "--formats",
        default=",".join(ENDINGS),
        help="of the figure: one or several of png, svg and pdf, "
        "separated by commas (default %(default)s)",
    )


def _told(option: str) -> str:
    """The help of an option of the study that rate-vs-delta runs by itself."""
    runs = {"engine": engine_help, "replicas": replicas_help, "seed": seed_help}
    if option in runs:
        return runs[option]()
    if option == "points":
        return f"how many δ, a whole number of at least 3 (default {RATE[option]})"
    if option.startswith("delta"):
        end = "smallest" if option == "delta-min" else "largest"
        return f"the {end} δ, above 0, with delta-min below delta-max (default {RATE[option]:g})"
    return quantity_help(option.replace("-", "_"), f"{RATE[option]:g}")


def _plot(options: argparse.Namespace) -> int:
    """A figure of a study; status 1 if a drawn cell is violated, 3 if one is undecided."""
    from auxtheory import analysis
    from auxtheory.result import status_code

    checks = Checks()
    wanted = _wanted(checks, options.where)
    given = _given(options, RATE | RUN)
    if options.study is not None:
        for name, value in given.items():
            checks.complain(name, value, f"must be left out with a study, here {options.study}")
    run = RATE | RUN | given
    _check_run(checks, run)
    prices = _given(options, PRICES)
    for name, value in prices.items():
        checks.number(name, value, above=True)
    formats = _formats(options, checks)
    table = analysis.pick(_table(options, run), wanted)
    more = {name.replace("-", "_"): value for name, value in prices.items()}
    figure = analysis.FIGURES[options.figure](table, **more)
    tables = analysis.numbers(options.figure, table, **more)
    _write(figure, tables, Path(options.out), formats)
    return status_code(table["status"])


def _given(options: argparse.Namespace, names: Any) -> dict[str, Any]:
    """The options of these names that were given."""
    found = {name: getattr(options, name.replace("-", "_"), None) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _wanted(checks: Checks, texts: list[str]) -> dict[str, Any]:
    """The cells asked for, NAME=VALUE each."""
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


def _table(options: argparse.Namespace, run: Mapping[str, Any]) -> Any:
    """The study of the file, or the figure's own."""
    if options.study is not None:
        from auxtheory.study import Results

        return Results.open(options.study)
    if options.figure == "rate-vs-delta":
        return _over_delta(run)
    from auxtheory.analysis.studies import default

    return default(options.figure)


def _check_run(checks: Checks, run: dict[str, Any]) -> None:
    """Check the options of the study that rate-vs-delta runs by itself; its whole numbers become
    ints."""
    from auxtheory.engines import check_settings

    for name in ("delta-min", "delta-max", "L"):
        checks.number(name, run[name], above=True)
    run["points"] = checks.whole("points", run["points"], low=3)
    for name in ("sigma-f", "sigma-h"):
        checks.number(name, run[name])
    for name in ("K", "T", "dim"):
        run[name] = checks.whole(name, run[name])
    if not checks.complaints and run["delta-min"] >= run["delta-max"]:
        checks.complain(
            "delta-min", run["delta-min"], f"must be below delta-max = {run['delta-max']}"
        )
    check_settings(checks, **{name: run[name] for name in RUN})


def _over_delta(run: Mapping[str, Any]) -> Any:
    import numpy as np

    from auxtheory import theorems
    from auxtheory.noise import Gaussian
    from auxtheory.problems import Quadratic
    from auxtheory.study import Study
    from auxtheory.waiting import progress_bar

    L = run["L"]
    dim = run["dim"]
    study = Study(
        [theorems.AuxMOM(), theorems.AuxMVR(), theorems.SGD()],
        Quadratic(L=L, mu=L if dim == 1 else L / 2, dim=dim),
        Gaussian(sigma_f=run["sigma-f"], sigma_h=run["sigma-h"]),
        delta=np.geomspace(run["delta-min"], run["delta-max"], run["points"]),
        K=run["K"],
        T=run["T"],
        **{name: run[name] for name in RUN},
    )
    with progress_bar(study.grid.size, "cells") as bar:
        return study.run(progress=lambda done, _: bar.update(done - bar.n))


def _plot_toy(options: argparse.Namespace) -> int:
    from auxtheory.analysis import toy, toy_table

    checks = Checks()
    T = checks.whole("T", options.T, low=2)
    for zeta in options.zeta:
        checks.number("zeta", zeta)
    formats = _formats(options, checks)
    table = toy_table(T=T, zetas=tuple(map(float, options.zeta)))
    _write(toy(table), {"": table}, Path(options.out), formats)
    return 0


def _formats(options: argparse.Namespace, checks: Checks) -> list[str]:
    formats = options.formats.split(",")
    for name in formats:
        checks.member("formats", name, ENDINGS)
    if Path(options.out).suffix.removeprefix(".") in ENDINGS:
        checks.complain("out", options.out, "must be without an ending, which the formats add")
    files.check_stem(checks, "out", options.out, (*formats, "csv"))
    checks.done()
    return formats


def _plot_delta(options: argparse.Namespace) -> int:
    from auxtheory.analysis.delta_prediction import agreement, delta_prediction, delta_table
    from auxtheory.waiting import progress_bar

    checks = Checks()
    count = checks.whole("count", options.count)
    formats = _formats(options, checks)
    with progress_bar(1, "runs") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        table = delta_table(data=options.data, count=count, progress=progress)
    print("  ".join(f"{name} {value:.4g}" for name, value in agreement(table).items()))
    _write(delta_prediction(table), {"": table}, Path(options.out), formats)
    return 0


def _write(figure: Any, tables: Mapping[str, Any], stem: Path, formats: list[str]) -> None:
    """The figure, and the tables behind it as STEM.csv, STEM-slopes.csv, …"""
    from auxtheory.analysis.style import drawn

    contents = drawn(figure, stem, formats)
    for end, table in tables.items():
        contents[stem.with_name(f"{stem.name}{end}.csv")] = table.csv_text()
    print("wrote " + ", ".join(map(str, files.write("out", contents))))
