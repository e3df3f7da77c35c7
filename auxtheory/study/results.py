"""What a study measured: a Table, a row a cell, and the xarray Dataset behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.result import Row, Table
from auxtheory.study.axes import NAMES
from auxtheory.study.dataset import dataset, settled
from auxtheory.study.definition import StudyError
from auxtheory.study.store import SUFFIX, Store, reading

if TYPE_CHECKING:
    import xarray as xr

HEAD = ("theorem", "label", "method", "measure")
ROWS = 12  # at each end of a printed study
PRINTED = ("eta", "a", "measured", "se", "bound", "ratio", "dominant", "status")
STATUSES = ("pass", "violated", "undecided", "outside", "failed", "missing")


class Results(Table):
    """The cells of a study, labelled; `dataset` has them by dimension, iteration and columns by row.

    sel and isel select as xarray does, where(theorem=…, K=…) by rows. notes: what was wrong with the file they were
    read from. Single-step methods have one row for all K, with K = 1.
    """

    dataset: xr.Dataset
    notes: tuple[str, ...]

    def __init__(self, found: xr.Dataset, notes: tuple[str, ...] = ()) -> None:
        object.__setattr__(self, "dataset", found)
        object.__setattr__(self, "notes", notes)

    @classmethod
    def open(cls, path: str | Path) -> Results:
        """The results in a study's file, in NetCDF, or in a Zarr folder; StudyError if it is none of them."""
        import xarray as xr

        path = Path(path)
        if path.suffix == SUFFIX:
            with reading(path) as store:
                return collected(store)
        try:
            found = xr.open_zarr(path).load() if path.suffix == ".zarr" else xr.load_dataset(path)
        except (OSError, ValueError) as error:
            raise StudyError(f"cannot read {path}: {error}") from error
        if "theorems" not in found.attrs or "status" not in found:
            raise StudyError(f"cannot read {path}: it holds no study")
        return cls(settled(found))

    @property
    def title(self) -> str:
        return str(self.dataset.attrs["title"])

    @property
    def definition(self) -> str:
        """The study as a Python call."""
        return str(self.dataset.attrs["definition"])

    @property
    def provenance(self) -> dict[str, str]:
        """What the numbers come from: versions, machine, date of the first run."""
        return dict(json.loads(self.dataset.attrs["provenance"]))

    @property
    def theorems(self) -> list[dict[str, Any]]:
        """What the theorems say: name, label, method, measure, statement, bound, corollaries, assumptions and so on."""
        present = set(np.atleast_1d(self.dataset["theorem"].values).tolist())
        return [theorem for theorem in json.loads(self.dataset.attrs["theorems"]) if theorem["name"] in present]

    def sel(self, indexers: Mapping[str, Any] | None = None, **options: Any) -> Results:
        """As `xarray.Dataset.sel`: by the labels of the axes."""
        return Results(self.dataset.sel(indexers, **options), self.notes)

    def isel(self, indexers: Mapping[str, Any] | None = None, **options: Any) -> Results:
        """As `xarray.Dataset.isel`: by position along the axes."""
        return Results(self.dataset.isel(indexers, **options), self.notes)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """A dict a cell; L, K, T, eta and a are always there."""
        found = self.dataset if "theorem" in self.dataset.dims else self.dataset.expand_dims("theorem")
        ignored = {theorem["name"]: theorem["ignores"] for theorem in self.theorems}
        every: list[Row] = []
        for i, name in enumerate(found["theorem"].values.tolist()):
            part = found.isel({"theorem": i} | {axis: 0 for axis in ignored[name] if axis in found.dims})
            every += _rows(part, ignored[name])
        return tuple(every)

    def to_xarray(self) -> xr.Dataset:
        """The Dataset."""
        return self.dataset

    def save(self, path: str | Path) -> None:
        """Write them as .csv or .parquet (a row a cell), as .nc or .zarr (by dimension; `open` reads these back)."""
        from auxtheory.study.export import save

        save(self, Path(path))

    def to_csv(self, path: str | Path) -> None:
        """Write a row a cell as CSV, floats with all their digits."""
        Table(self.rows).to_csv(path)

    @property
    def counts(self) -> dict[str, int]:
        """How many cells have each status."""
        found = [row["status"] for row in self.rows]
        return {status: found.count(status) for status in STATUSES if status in found}

    @property
    def summary(self) -> str:
        """One line: how many cells, over which axes, with which statuses, and how tight at the tightest."""
        told = ", ".join(f"{count} {status}" for status, count in self.counts.items())
        axes = ", ".join(f"{name} ({size})" for name, size in self.dataset.sizes.items())
        ratios = [row["ratio"] for row in self.rows if row["status"] != "outside" and row["ratio"] == row["ratio"]]
        largest = f"; largest measured/bound {max(ratios):.4g}" if ratios else ""
        return f"{self.title or 'study'}: {len(self)} cells over {axes}: {told}{largest}"

    @property
    def errors(self) -> dict[str, int]:
        """Why cells failed, and how many for each reason."""
        found = [row["error"] for row in self.rows if row["error"]]
        return {error: found.count(error) for error in dict.fromkeys(found)}

    def __str__(self) -> str:
        shown = self.rows if len(self) <= 2 * ROWS else (*self.rows[:ROWS], *self.rows[-ROWS:])
        names = [name for name in ("theorem", *NAMES, *PRINTED) if name in self.columns]
        always = {"theorem", "K", "T", *PRINTED, *self.dataset.sizes}
        names = [name for name in dict.fromkeys(names) if name in always]
        table = str(Table(tuple({name: row[name] for name in names} for row in shown)))
        lines = table.splitlines()
        if len(shown) < len(self):
            lines.insert(ROWS + 1, f"… {len(self) - len(shown)} more rows …")
        return "\n".join([self.summary, *self.notes, *lines])

    def _repr_html_(self) -> str:
        return str(self.dataset._repr_html_())


def collected(store: Store) -> Results:
    """All that a store holds."""
    if "description" not in store.meta:
        raise StudyError(f"cannot read {store.path}: it holds no study yet")
    return Results(dataset(store), tuple(store.notes))


def _rows(part: xr.Dataset, ignored: list[str]) -> list[Row]:
    """The cells of one theorem, the axes as they were given."""
    sizes = {str(name): size for name, size in part.sizes.items()}
    index = np.indices(tuple(sizes.values())).reshape(len(sizes), prod(sizes.values()))
    columns: dict[str, Any] = {name: part[name].item() for name in HEAD}
    labels = [name for name in NAMES if name in part.coords]
    for name in labels:
        values = part[name].values
        columns[name] = values[index[list(sizes).index(name)]].tolist() if values.ndim else values.item()
    for variable, array in part.data_vars.items():
        columns[str(variable)] = array.values.ravel().tolist()
    count = index.shape[1]
    columns["K"] = columns.pop("local_steps")
    columns.setdefault("L", columns["known_L"])
    if "a" in ignored:
        columns["a"] = np.nan
    wide = [values if isinstance(values, list) else [values] * count for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*wide, strict=True)]
