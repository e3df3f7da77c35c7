"""All figures in one folder, with the numbers behind them: those of the default studies are run,
those of experiments and of the benchmark are drawn from the numbers stored in the folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from auxtheory import experiments
from auxtheory.analysis import (
    FIGURES,
    cheapest,
    cheapest_table,
    coupling_table,
    couplings,
    numbers,
    similarity,
    similarity_table,
    threshold_table,
    thresholds,
    toy,
    toy_table,
)
from auxtheory.analysis.catalogue import CATALOGUE
from auxtheory.analysis.coding import coded
from auxtheory.analysis.default_studies import STUDIES, study_over_delta
from auxtheory.analysis.figures.bench import bench
from auxtheory.analysis.figures.costs import costs
from auxtheory.analysis.figures.delta_prediction import delta_prediction, delta_table
from auxtheory.analysis.figures.experiment import experiment
from auxtheory.analysis.figures.over_axis import over_axis
from auxtheory.analysis.selection import axes_among
from auxtheory.analysis.style import FORMATS, drawn
from auxtheory.errors import Checks
from auxtheory.experiments.stored import stored
from auxtheory.files import read_text, writable_folder, write
from auxtheory.table import Table

TOY = "toy"
DELTA = "delta-prediction"
THRESHOLDS = "thresholds"
COUPLINGS = "couplings"
SIMILARITY = "similarity"
CHEAPEST = "cheapest"
BENCH = "bench"
GROWTH = "bench-growth"
BENCH_COLUMNS = (
    *("group", "size", "variant", "threads", "status", "M steps/s"),
    *("ratio", "ratio low", "ratio high", "to", "of drawing", "off core", "exponent"),
)
WITHOUT_STUDY = (TOY, DELTA, THRESHOLDS, COUPLINGS, SIMILARITY, CHEAPEST)
NAMES = (*FIGURES, *WITHOUT_STUDY, *CATALOGUE, BENCH, GROWTH, *experiments.names())
LONG = 1000  # rows from which on a CSV holds only what the figure shows, to 8 digits
SHOWN = ("status", "measured", "se", "bound", "ratio", "x", "median")

# Figures that are drawn from stored numbers, under their names as they are.
STORED = (BENCH, GROWTH, *experiments.names())

Drawn = tuple[Figure, Mapping[str, Table]]


def everything(
    folder: str | Path,
    *,
    only: Sequence[str] = (),
    formats: Sequence[str] = FORMATS,
    svg_text: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Path]:
    """Draw every figure into a folder: NAME.png, NAME.svg, NAME.pdf, and the numbers as NAME.csv
    (and NAME-slopes.csv of a rate).

    The default studies take seconds each, "delta-prediction" some minutes. An experiment is drawn
    from its NAME.csv in the folder, which `auxtheory experiment NAME` writes, and the benchmarks
    from bench.json and bench-growth.json, which `auxtheory bench --save` and
    `auxtheory bench growth --save` write; they are left out if there is no such file.

    Args:
        folder: an existing folder.
        only: the names of the figures, from `NAMES`; by default all.
        formats: endings of the figures.
        svg_text: as of `auxtheory.analysis.style.save`.
        progress: called as progress(done, total) before each figure.

    Returns:
        The files, as they are written.

    Raises:
        InputError: lists every argument that is wrong, and each named figure without its numbers.
    """
    checks = Checks()
    names = checks.several("only", only, f"figures, from {', '.join(NAMES)}") or list(NAMES)
    for name in names:
        checks.member("only", name, NAMES)
    checks.function("progress", progress, "(done, total)")
    checks.done()
    where = writable_folder("folder", folder)
    drawings = {name: _drawing(name, where) for name in names}
    for name, draw in drawings.items():
        if draw is None and only:
            checks.complain(name, str(where), f"must hold the stored numbers {_source(name)}")
    checks.done()
    ready = {name: draw for name, draw in drawings.items() if draw is not None}
    for done, (name, draw) in enumerate(ready.items()):
        progress(done, len(ready))
        figure, tables = draw()
        stem = where / (name if name in STORED else name.replace("-", "_"))
        contents = drawn(figure, stem, formats, svg_text=svg_text)
        for end, table in tables.items():
            contents[stem.with_name(f"{stem.name}{end}.csv")] = _short(table).csv_text()
        yield from write("folder", contents)
    progress(len(ready), len(ready))


def _source(name: str) -> str:
    """The file that holds a figure's numbers, if it is not run."""
    return f"{name}.json" if name in (BENCH, GROWTH) else f"{name}.csv"


def _drawing(name: str, folder: Path) -> Callable[[], Drawn] | None:
    """What draws a figure; None if its numbers are not there."""
    if name in STORED:
        path = folder / _source(name)
        draw = {BENCH: _benchmark, GROWTH: _growth}.get(name, partial(_experiment, name))
        return partial(draw, path) if path.is_file() else None
    if name in CATALOGUE:
        drawing = CATALOGUE[name]
        return lambda: _alone(partial(over_axis, drawing), drawing.make())
    return partial(FURTHER.get(name, partial(_study, name)))


def _study(name: str) -> Drawn:
    table = STUDIES[name]() if name in STUDIES else study_over_delta().run()
    return FIGURES[name](table), numbers(name, table)


def _alone(draw: Callable[[Table], Figure], table: Table) -> Drawn:
    """A figure of a table that is no study's, with the table as its numbers."""
    return draw(table), {"": table}


FURTHER: Mapping[str, Callable[[], Drawn]] = {
    TOY: lambda: _alone(toy, toy_table()),
    DELTA: lambda: _alone(delta_prediction, delta_table()),
    THRESHOLDS: lambda: _alone(thresholds, threshold_table()),
    COUPLINGS: lambda: _alone(couplings, coupling_table()),
    SIMILARITY: lambda: _alone(similarity, similarity_table()),
    CHEAPEST: lambda: _alone(cheapest, cheapest_table()),
}


def _benchmark(path: Path) -> Drawn:
    rows = json.loads(read_text("bench", path))["rows"]
    table = Table(tuple({k: v for k, v in row.items() if v is not None} for row in rows))
    return bench(table), {"": _columns(table, BENCH_COLUMNS)}


def _growth(path: Path) -> Drawn:
    rows = json.loads(read_text("bench-growth", path))["rows"]
    table = Table(tuple({k: float(v) if v == "nan" else v for k, v in row.items()} for row in rows))
    return costs(table), {"": table}


def _experiment(name: str, path: Path) -> Drawn:
    # The CSV stays as it is: it is the source.
    return experiment(stored(experiments.settings(name), path)), {}


def _short(table: Table) -> Table:
    """A table of very many cells with the columns that a figure shows, to 8 digits."""
    if len(table) <= LONG or "measured" not in table.columns or "ratio" not in table.columns:
        return table
    few = [
        name
        for name in ("theorem", *axes_among(table.columns), *SHOWN)
        if name in table.columns and len(coded(table, name)[1]) > 1
    ]
    return _columns(table, few)


def _columns(table: Table, names: Sequence[str]) -> Table:
    def value(entry: Any) -> Any:
        return float(f"{entry:.8g}") if isinstance(entry, float) else entry

    return Table(tuple({n: value(row[n]) for n in names if n in row} for row in table))
