"""The command `auxtheory experiment NAME`: run an experiment, print its summary, and write its
figure, numbers and settings."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.cli import output
from auxtheory.defaults import FIGURE_FORMATS
from auxtheory.version import __version__

ENDINGS = (*FIGURE_FORMATS, "csv", "txt")
# The options that replace settings of the same name.
OPTIONS = ("data", "zero_based", "n_features", "held_out", "replicas", "T", "seed")
FROM_SETTINGS = "(default: as in the experiment's settings"


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number converts an option's text into a value."""
    parser = commands.add_parser(
        "experiment",
        help="the paper's experiments on real data",
        description=(
            "Run one of the paper's experiments: every method on each of its cases, at its best "
            "step sizes."
        ),
    )
    parser.set_defaults(run=command)
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="one of the names that --list prints, or a file.toml with settings of the same form",
    )
    parser.add_argument("--list", action="store_true", help="print the experiments and stop")
    _add_data_options(parser, number)
    _add_run_options(parser, number)
    output.add_json(
        parser,
        {
            "settings": "of the experiment",
            "summary": "a row for each case and method",
            "reached": "for each case and method, what 95 % and 99 % of the best accuracy take",
            "rows": "a row for each case, method and recorded round",
            "experiments": "with --list, name and title of each",
            **output.FILES,
        },
    )
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        default=".",
        help="an existing folder for NAME.png, .svg, .pdf, .csv and .txt (default %(default)s)",
    )


def _add_data_options(parser: argparse.ArgumentParser, number: Any) -> None:
    parser.add_argument(
        "--data",
        help=(
            "digits, breast-cancer, or a file: IDX (MNIST), LIBSVM or .npz, also compressed "
            f"{FROM_SETTINGS}, digits)"
        ),
    )
    parser.add_argument(
        "--zero-based",
        metavar="true|false|auto",
        type=_flag,
        help="whether the indices of LIBSVM text begin at 0 (default auto: if any of them is 0)",
    )
    parser.add_argument(
        "--n-features",
        type=number,
        help=(
            "number of features of LIBSVM text, where the last ones may not occur, a whole number "
            "of at least 1 (default: the largest index)"
        ),
    )
    parser.add_argument(
        "--held-out",
        type=number,
        help=(
            "share of the samples of each class on which accuracy is measured and no method "
            f"trains, in (0, 1) {FROM_SETTINGS}, 0.2)"
        ),
    )


def _add_run_options(parser: argparse.ArgumentParser, number: Any) -> None:
    parser.add_argument(
        "--replicas",
        type=number,
        help=(
            "runs for means and intervals, a whole number of at least 2 "
            f"{FROM_SETTINGS}, 64 if they do not say)"
        ),
    )
    parser.add_argument(
        "--T",
        type=number,
        help=f"rounds, a whole number of at least 1 {FROM_SETTINGS}, 60 if they do not say)",
    )
    parser.add_argument(
        "--seed",
        type=number,
        help=(
            f"seed of the noise and of the split, a whole number of at least 0 {FROM_SETTINGS}, 0)"
        ),
    )


def command(options: argparse.Namespace) -> int:
    """Run the command; the caller prints InputError and OSError."""
    from auxtheory import experiments
    from auxtheory.errors import Checks
    from auxtheory.progress import progress_bar, updates

    if options.list:
        titles = {name: experiments.settings(name).title for name in experiments.names()}
        options.output.put(experiments=[{"name": n, "title": t} for n, t in titles.items()])
        width = max(map(len, titles)) + 2
        options.output.text(
            "\n".join(f"{name.ljust(width)}{title}" for name, title in titles.items())
        )
        return 0
    checks = Checks()
    if options.name is None:
        checks.complain(
            "NAME", None, f"must be one of {', '.join(experiments.names())}, or a file.toml"
        )
    checks.done()
    folder = files.writable_folder("out", options.out)
    changes = {
        name: getattr(options, name) for name in OPTIONS if getattr(options, name) is not None
    }
    settings = experiments.settings(options.name).replace(**changes)
    stem = folder / Path(options.name).stem
    files.writable("out", *files.with_endings(stem, ENDINGS))
    with progress_bar(1, "runs") as bar:
        result = experiments.run(settings, progress=updates(bar))
    options.output.put(settings=asdict(result.settings), summary=result.summary)
    options.output.put(reached=result.reached, rows=result.table)
    options.output.text(result)
    options.output.wrote(_write(result, stem))
    return 0


def _flag(text: str) -> Any:
    """True or False, or the text itself, for the settings to check."""
    return {"true": True, "false": False}.get(text.lower(), text)


def _write(result: Any, stem: Path) -> list[Path]:
    """Write the figure, its rows, and a text with the settings and the summary; the files."""
    import numpy as np

    from auxtheory.analysis.figures.experiment import experiment
    from auxtheory.analysis.style import drawn

    contents = drawn(experiment(result), stem, FIGURE_FORMATS)
    contents[stem.with_name(f"{stem.name}.csv")] = result.table.csv_text()
    values = {"heading": result.heading, **asdict(result.settings)}
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    head = [
        f"auxtheory experiment {stem.name}: auxtheory {__version__}, numpy {np.__version__}",
        *lines,
        "",
    ]
    contents[stem.with_name(f"{stem.name}.txt")] = "\n".join([*head, str(result), ""])
    return files.write("out", contents)
