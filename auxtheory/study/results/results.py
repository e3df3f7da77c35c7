"""What a study measured: a Table, a row a cell, and the xarray Dataset behind it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auxtheory import renamed
from auxtheory.errors import Checks, StudyError
from auxtheory.files import as_path, cause
from auxtheory.printing import ROWS, WIDTH, ends, table, wrapped
from auxtheory.study.grid import NAMES
from auxtheory.study.results.dataset import dataset, settled
from auxtheory.study.results.summary import MENTIONED, Tally, reason
from auxtheory.study.storage.database import SUFFIX, Store
from auxtheory.study.storage.file import reading
from auxtheory.table import WRONG, Row, Table

if TYPE_CHECKING:
    import xarray as xr

HEAD = ("theorem", "label", "method", "measure")
PRINTED = ("eta", "a", "measured", "se", "bound", "ratio", "dominant", "status")


class Results(Table):
    """The cells of a study, labelled; `dataset` has them by dimension, iteration and columns by
    row.

    sel and isel select as xarray does, where(theorem=…, K=…) by rows. notes: what was wrong with
    the file they were read from. Single-step methods have one row for all K, with K = 1.
    """

    notes: tuple[str, ...]

    def __init__(
        self, found: xr.Dataset | Callable[[], xr.Dataset], notes: tuple[str, ...] = ()
    ) -> None:
        object.__setattr__(self, "_found", found)
        object.__setattr__(self, "notes", notes)

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The cells by dimension, with units and provenance."""
        found: Any = vars(self)["_found"]
        return found() if callable(found) else found

    @classmethod
    def open(cls, path: str | Path) -> Results:
        """The results in a study's file, in NetCDF, or in a Zarr folder; StudyError if it is none
        of them."""
        import xarray as xr

        checks = Checks()
        as_path(checks, "path", path)
        checks.done()
        path = Path(path)
        if path.suffix == SUFFIX:
            with reading(path) as store:
                return collected(store)
        if path.suffix not in (".nc", ".zarr"):
            raise StudyError(
                f"cannot read {path}: the name of a study must end in {SUFFIX}, .nc or .zarr"
            )
        try:
            path.stat()
            found = xr.open_zarr(path).load() if path.suffix == ".zarr" else xr.load_dataset(path)
        except (OSError, ValueError) as error:
            wrong = cause(error, path) if isinstance(error, OSError) else error
            raise StudyError(f"cannot read {path}: {wrong}") from error
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
        """What the theorems say: name, label, method, measure, statement, bound, corollaries,
        assumptions and so on."""
        present = set(np.atleast_1d(self.dataset["theorem"].values).tolist())
        return [
            theorem
            for theorem in json.loads(self.dataset.attrs["theorems"])
            if theorem["name"] in present
        ]

    def sel(self, indexers: Mapping[str, Any] | None = None, **options: Any) -> Results:
        """As `xarray.Dataset.sel`: by the labels of the axes."""
        given = {**(indexers or {}), **options}
        how = {name: given.pop(name) for name in ("method", "tolerance", "drop") if name in given}
        names = {name: given.pop(name) for name in ("theorem", "engine") if name in given}
        return Results(
            self.dataset.sel(names, drop=how.get("drop", False)).sel(given, **how), self.notes
        )

    def isel(self, indexers: Mapping[str, Any] | None = None, **options: Any) -> Results:
        """As `xarray.Dataset.isel`: by position along the axes."""
        return Results(self.dataset.isel(indexers, **options), self.notes)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """A dict a cell; L, K, T, eta and a are always there."""
        every: list[Row] = []
        for columns in self._columns:
            names = tuple(columns)
            wide = [values.tolist() for values in columns.values()]
            every += [dict(zip(names, row, strict=True)) for row in zip(*wide, strict=True)]
        return tuple(every)

    @cached_property
    def _columns(self) -> tuple[dict[str, NDArray[Any]], ...]:
        """The cells of each theorem as columns; what a theorem ignores has one value."""
        every = []
        found = (
            self.dataset if "theorem" in self.dataset.dims else self.dataset.expand_dims("theorem")
        )
        ignored = {theorem["name"]: theorem["ignores"] for theorem in self.theorems}
        for i, name in enumerate(found["theorem"].values.tolist()):
            axes = {axis: 0 for axis in ignored[name] if axis in found.dims}
            every.append(_flat(found.isel({"theorem": i} | axes), ignored[name]))
        return tuple(every)

    def __getitem__(self, column: str) -> Any:
        """One column as a NumPy array."""
        column = renamed.column(column, self.columns)
        if not isinstance(column, str) or column not in self.columns:
            return super().__getitem__(column)
        return np.concatenate([columns[column] for columns in self._columns] or [np.zeros(0)])

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (
            tuple(self._columns[0]) if self._columns else (*HEAD, *map(str, self.dataset.variables))
        )

    def __len__(self) -> int:
        return sum(len(columns["status"]) for columns in self._columns)

    def __bool__(self) -> bool:
        """Whether some cell passed, and none is violated, undecided, failed or missing."""
        return "pass" in self.counts and not set(self.counts) - {"pass", "outside"}

    def to_pandas(self) -> Any:
        """A pandas DataFrame, a row a cell."""
        import pandas as pd

        return pd.concat(
            [pd.DataFrame(columns) for columns in self._columns or [{}]], ignore_index=True
        )

    def to_xarray(self) -> xr.Dataset:
        """The Dataset."""
        return self.dataset

    def save(self, path: str | Path) -> None:
        """Write them as .csv or .parquet (a row a cell), as .nc or .zarr (by dimension; `open`
        reads these back)."""
        from auxtheory.study.results.export import save

        checks = Checks()
        as_path(checks, "path", path)
        checks.done()
        save(self, Path(path))

    def csv_text(self) -> str:
        """A row a cell as CSV, floats with all their digits."""
        return str(self.to_pandas().to_csv(index=False, na_rep="nan", lineterminator="\n"))

    @cached_property
    def tally(self) -> Tally:
        """How many cells have each status, the largest measured/bound, why cells failed; printed,
        one line."""
        names, found = np.unique(self["status"].astype(str), return_counts=True)
        counted = dict(zip(names.tolist(), found.tolist(), strict=True))
        ratios = self["ratio"][self["status"] != "outside"]
        errors = self["error"]
        reasons = Counter(reason(error) for error in errors[errors != ""].tolist())
        return Tally(
            title=self.title,
            axes=", ".join(f"{name} ({size})" for name, size in self.dataset.sizes.items()),
            counts={status: counted[status] for status in MENTIONED if status in counted},
            largest=float(np.fmax.reduce(ratios, initial=np.nan)),
            errors=dict(reasons),
            passed_over=tuple(json.loads(self.dataset.attrs.get("passed_over", "[]"))),
        )

    @property
    def summary(self) -> str:
        """The tally on one line."""
        return str(self.tally)

    @property
    def counts(self) -> dict[str, int]:
        """How many cells have each status."""
        return self.tally.counts

    @property
    def errors(self) -> dict[str, int]:
        """Why cells failed, and how many for each reason."""
        return self.tally.errors

    def __str__(self) -> str:
        return "\n".join([wrapped(self.summary), *self.tally.remarks, *self.notes, self.text()])

    def text(
        self, *, width: int = WIDTH, most: int | None = 2 * ROWS, among: Sequence[int] = ()
    ) -> str:
        """The rows of both ends, and the first of those that are violated, undecided or failed."""
        names = [
            name for name in dict.fromkeys(("theorem", *NAMES, *PRINTED)) if name in self.columns
        ]
        always = {"theorem", "K", "T", *PRINTED, *self.dataset.sizes}
        size = len(self)
        names = [
            name
            for name in names
            if name in always and not (name in ("se", "a") and _empty(self[name]))
        ]
        wrong = np.flatnonzero(np.isin(self["status"].astype(str), WRONG)).tolist()
        places = (
            list(range(size)) if most is None or size <= most else ends(size, more=[*among, *wrong])
        )
        shown = {name: self[name][places].tolist() for name in names}
        rows = [dict(zip(shown, row, strict=True)) for row in zip(*shown.values(), strict=True)]
        same = [name for name in names if len(set(self[name].tolist())) == 1]
        return table(rows, names, size=size, places=places, same=same, width=width)

    def _repr_html_(self) -> str:
        return str(self.dataset._repr_html_())


def collected(store: Store) -> Results:
    """All that a store holds."""
    return Results(dataset(store), tuple(store.notes))


def _empty(column: NDArray[Any]) -> bool:
    """Whether there is nothing to see in a column of numbers."""
    values = np.asarray(column, dtype=float)
    return bool(np.all(np.isnan(values) | (values == 0)))


def _flat(part: xr.Dataset, ignored: list[str]) -> dict[str, NDArray[Any]]:
    """The cells of one theorem as columns, the axes as they were given."""
    sizes = {str(name): size for name, size in part.sizes.items()}
    columns: dict[str, Any] = {name: part[name].item() for name in HEAD}
    for name in NAMES:
        if name in part.coords:
            along = part[name].values.reshape([-1 if other == name else 1 for other in sizes])
            columns[name] = np.broadcast_to(along, tuple(sizes.values())).ravel()
    columns |= {str(name): array.values.ravel() for name, array in part.data_vars.items()}
    columns["K"] = columns.pop("local_steps")
    columns.setdefault("L", columns["known_L"])
    if "a" in ignored:
        columns["a"] = np.nan
    return {name: np.broadcast_to(value, prod(sizes.values())) for name, value in columns.items()}
