"""What studies cost: running them, and reading, printing and writing their results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from auxtheory.bench.growth.operation import operation

declared = partial(operation, group="Studies", along="cells", sizes=(4_000, 40_000, 400_000))
FILE = "growth.study"
READ_ONLY = 5.0  # MB that printing may take


def study(cells: int) -> Any:
    """Two theorems on a grid of δ, σ_f, K and T: as many cells, about."""
    from auxtheory.noise.laws import Gaussian
    from auxtheory.problems import Quadratic
    from auxtheory.study import Study
    from auxtheory.theorems import SGD, AuxMOM

    # 2 theorems × 10 σ × 2 K × 5 T.
    deltas = max(1, cells // 200)
    return Study(
        [AuxMOM(), SGD()],
        Quadratic(L=1.0, mu=0.5, dim=4),
        Gaussian(sigma_h=0.1),
        delta=np.geomspace(1e-3, 1.0, deltas),
        sigma_f=np.geomspace(1e-2, 1.0, 10),
        K=[1, 10],
        T=[10, 30, 100, 300, 1_000],
    )


def stored(cells: int) -> Path:
    """The file of such a study, which has been run."""
    path = Path(FILE)
    path.unlink(missing_ok=True)
    study(cells).run(path)
    return path


def opened(cells: int) -> Any:
    """The results of such a study, from its file."""
    from auxtheory.study import Results

    return Results.open(stored(cells))


@declared("run", covers=("Study", "study run", "Study.run"), wanted=4.0)
def run(cells: int) -> Callable[[], object]:
    return study(cells).run


@declared("run into a file", covers=("study resume",), wanted=4.0)
def run_into_file(cells: int) -> Callable[[], object]:
    Path(FILE).unlink(missing_ok=True)
    one = study(cells)
    return lambda: one.run(FILE)


@declared("Results.open", covers=("Results", "study status"))
def open_results(cells: int) -> Callable[[], object]:
    from auxtheory.study import Results

    path = stored(cells)
    return lambda: Results.open(path)


@declared("print(results)", wanted=0.1, megabytes=READ_ONLY)
def print_results(cells: int) -> Callable[[], object]:
    results = opened(cells)
    return lambda: str(results)


@declared("results.summary")
def summary(cells: int) -> Callable[[], object]:
    results = opened(cells)
    return lambda: results.summary


@declared("results.where(T=100)")
def where(cells: int) -> Callable[[], object]:
    results = opened(cells)

    def call() -> object:
        return results.where(T=100)["ratio"].max()

    return call


def saved(name: str) -> Any:
    """What prepares saving the results under a name."""

    def prepare(cells: int) -> Callable[[], object]:
        results = opened(cells)
        return lambda: results.save(name)

    return prepare


PARTS = "study export", "Results.save"
to_csv = declared("results.save, CSV", wanted=1.2, covers=PARTS)(saved("growth.csv"))
to_parquet = declared("results.save, Parquet", covers=PARTS)(saved("growth.parquet"))
to_netcdf = declared("results.save, NetCDF", covers=PARTS)(saved("growth.nc"))
to_zarr = declared("results.save, Zarr", covers=PARTS)(saved("growth.zarr"))


@declared("to_csv of results", wanted=1.2)
def table_csv(cells: int) -> Callable[[], object]:
    results = opened(cells)
    return lambda: results.to_csv("table.csv")


@declared("results.to_pandas")
def to_pandas(cells: int) -> Callable[[], object]:
    results = opened(cells)
    return results.to_pandas


@declared("merge two files", covers=("study merge",))
def merge(cells: int) -> Callable[[], object]:
    from auxtheory.study.storage.merge import merge as merged

    paths = [Path(f"part{i}.study") for i in (1, 2)]
    out = Path("merged.study")
    for path in (*paths, out):
        path.unlink(missing_ok=True)
    for i, path in enumerate(paths, start=1):
        study(cells).run(path, part=(i, 2))
    return lambda: merged(out, paths)


@declared("one cell again", covers=("study cell",))
def one_cell(cells: int) -> Callable[[], object]:
    path = stored(cells)
    one = study(cells)
    return lambda: one.cell(path, 7)


ALL = (
    *(run, run_into_file, open_results, print_results, summary, where),
    *(to_csv, to_parquet, to_netcdf, to_zarr, table_csv, to_pandas, merge, one_cell),
)
