"""The results of a study: a table with a row for each cell, and the xarray Dataset behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory import renamed
from auxtheory.column_table import ColumnTable
from auxtheory.columns import table
from auxtheory.errors import Checks, StudyError
from auxtheory.files import as_path
from auxtheory.printing import ROWS, ends, wrapped
from auxtheory.study.grid import NAMES, STEPS
from auxtheory.study.results.dataset import dataset, normalised
from auxtheory.study.results.parts import Parts, parts_of
from auxtheory.study.results.ranking import quantiles, tightest
from auxtheory.study.results.summary import Summary, of_index, summary
from auxtheory.study.storage.database import SUFFIX, Store
from auxtheory.study.storage.file import reading
from auxtheory.table import WRONG, Table, schedule_column

if TYPE_CHECKING:
    import xarray as xr

PRINTED = ("eta", "a", "measured", "se", "bound", "ratio", "dominant", "status")


class Results(ColumnTable):
    """The results of a study: a row for each cell, and an xarray Dataset by dimension.

    `sel` and `isel` select by dimension, as in xarray; `where` selects rows. A method with single
    steps has one row for all K, with K = 1.

    Args:
        data: The Dataset, or a function that returns it when it is first used.
        notes: What was wrong with the file that the results were read from.

    Example:
        >>> import auxtheory as at
        >>> study = at.Study(
        ...     [at.theorems.ExactCorrection()],
        ...     at.Quadratic(L=1.0, dim=4),
        ...     title="curves",
        ...     delta=[0.05, 0.1],
        ...     K=4,
        ...     T=[10, 100],
        ... )
        >>> results = study.run("a.study")
        >>> print(results.summary)
        curves: 4 cells over theorem (1), delta (2), T (2): 4 pass; largest measured/bound 0.6928
        >>> results.sel(delta=0.1).dataset["ratio"].values.shape
        (1, 2)
        >>> [row["T"] for row in results.where(delta=0.1)]
        [10, 100]
        >>> results.save("a.csv")
        >>> at.Results.open("a.study").title
        'curves'
    """

    notes: tuple[str, ...]

    def __init__(
        self, data: xr.Dataset | Callable[[], xr.Dataset], notes: tuple[str, ...] = ()
    ) -> None:
        object.__setattr__(self, "_data", data)
        object.__setattr__(self, "notes", notes)

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The cells as an xarray Dataset: theorem and the axes of several values are dimensions,
        with units and provenance as attributes. Variables of a study in a file are read when they
        are used."""
        data: Any = vars(self)["_data"]
        return data() if callable(data) else data

    @classmethod
    def open(cls, path: str | Path, *, chunks: Any = None) -> Results:
        """Read results from a .study file, a NetCDF file or a Zarr folder. The arrays of `dataset`
        are read from it when they are used.

        Args:
            path: The file or folder, with the suffix .study, .nc or .zarr.
            chunks: The lengths of chunks along dimensions, such as `{"delta": 100}`, for arrays of
                Dask, as in `xarray.Dataset.chunk`; None: arrays of NumPy.

        Returns:
            The results.

        Raises:
            InputError: `path` is not a path.
            StudyError: The file cannot be read or is not a study.
        """
        from auxtheory.study.results.exported import exported

        checks = Checks()
        as_path(checks, "path", path)
        checks.done()
        path = Path(path)
        if path.suffix == SUFFIX:
            with reading(path) as store:
                return collected(store, chunks)
        if path.suffix not in (".nc", ".zarr"):
            raise StudyError(
                f"cannot read {path}: the name of a study must end in {SUFFIX}, .nc or .zarr"
            )
        data = normalised(exported(path))
        return cls(data if chunks is None else data.chunk(chunks))

    @property
    def title(self) -> str:
        """The title of the study."""
        return str(self.dataset.attrs["title"])

    @property
    def definition(self) -> str:
        """The Python call that makes the study."""
        return str(self.dataset.attrs["definition"])

    @property
    def provenance(self) -> dict[str, str]:
        """Versions, machine and date of the first run, by name."""
        return dict(json.loads(self.dataset.attrs["provenance"]))

    @property
    def step_parameters(self) -> tuple[str, ...]:
        """The columns of the step parameters besides η and a that the cells have."""
        names = json.loads(self.dataset.attrs.get("step_parameters", "[]"))
        return tuple(name for name in names if name in self.dataset.coords)

    @property
    def _steps(self) -> tuple[str, ...]:
        """The columns of all step parameters."""
        return (*STEPS, *self.step_parameters)

    @property
    def theorems(self) -> list[dict[str, Any]]:
        """The theorems: a dict each with name, label, method, measure, statement, bound,
        corollaries, assumptions and so on."""
        present = set(np.atleast_1d(self.dataset["theorem"].values).tolist())
        return [
            theorem
            for theorem in json.loads(self.dataset.attrs["theorems"])
            if theorem["name"] in present
        ]

    def sel(self, indexers: Mapping[str, Any] | None = None, **options: Any) -> Results:
        """Select by the values of axes, as `xarray.Dataset.sel`.

        Args:
            indexers: A value, list or slice for the name of each axis, or of `theorem`.
            **options: The same by keyword, and the options method, tolerance and drop of xarray.

        Returns:
            The selected results.
        """
        numbers = {**(indexers or {}), **options}
        kwargs = {n: numbers.pop(n) for n in ("method", "tolerance", "drop") if n in numbers}
        names = {name: numbers.pop(name) for name in ("theorem", "engine") if name in numbers}
        by_name = self.dataset.sel(names, drop=kwargs.get("drop", False))
        return Results(by_name.sel(numbers, **kwargs), self.notes)

    def isel(self, indexers: Mapping[str, Any] | None = None, **options: Any) -> Results:
        """Select by position along axes, as `xarray.Dataset.isel`.

        Args:
            indexers: An index, list or slice for the name of each axis, or of `theorem`.
            **options: The same by keyword, and the options of xarray.

        Returns:
            The selected results.
        """
        return Results(self.dataset.isel(indexers, **options), self.notes)

    @cached_property
    def arrays(self) -> Parts:
        """The array of each column; L, K, T, eta and a are always present."""
        ignored = {theorem["name"]: theorem["ignores"] for theorem in self.theorems}
        return parts_of(self.dataset, ignored)

    def __bool__(self) -> bool:
        """Whether at least one cell passed, and none is violated, undecided, failed or missing."""
        return "pass" in self.counts and not set(self.counts) - {"pass", "outside"}

    def to_pandas(self) -> Any:
        """The results as a pandas DataFrame with a row for each cell.

        Returns:
            The data frame.
        """
        import pandas as pd

        return pd.DataFrame({name: self.arrays[name] for name in self.columns})

    def to_xarray(self) -> xr.Dataset:
        """The results as an xarray Dataset.

        Returns:
            `dataset`.
        """
        return self.dataset

    def save(self, path: str | Path) -> None:
        """Write the results as CSV or Parquet, or as NetCDF or Zarr, which `open` reads.

        Args:
            path: The file, with the suffix .csv or .parquet (a row for each cell), .nc or .zarr (an
                array for each variable).

        Raises:
            InputError: The suffix is not one of these, or nothing can be written there.
            StudyError: Writing failed.
            ImportError: The library for the format is not installed.
        """
        from auxtheory.study.results.export import save

        checks = Checks()
        as_path(checks, "path", path)
        checks.done()
        save(self, Path(path))

    @cached_property
    def totals(self) -> Summary:
        """The number of cells of each status, the largest measured/bound, and why cells failed."""
        sizes = {str(name): size for name, size in self.dataset.sizes.items()}
        index = self.arrays.index
        if index is not None:
            return of_index(index, self.title, sizes)
        status, texts = self.coded("status")
        error, errors = self.coded("error")
        ratios = self["ratio"][~self.arrays.equal("status", "outside")]
        return summary(
            self.title,
            sizes,
            dict(zip(texts, np.bincount(status).tolist(), strict=True)),
            dict(zip(errors, np.bincount(error).tolist(), strict=True)),
            largest=float(np.fmax.reduce(ratios, initial=np.nan)),
            passed_over=json.loads(self.dataset.attrs.get("passed_over", "[]")),
        )

    def tightest(self, n: int = 10) -> Table:
        """The cells with the largest measured/bound inside their theorems.

        Args:
            n: How many cells, at least 1.

        Returns:
            Their rows, the largest measured/bound first.

        Raises:
            InputError: `n` is not such a number.

        Example:
            >>> import auxtheory as at
            >>> target = at.Quadratic(L=1.0, dim=4)
            >>> study = at.Study([at.theorems.SGD()], target, sigma_f=1.0, T=[10, 100, 1000])
            >>> study.run().tightest(2)["T"]
            array([1000,  100])
        """
        checks = Checks()
        n = checks.whole("n", n)
        checks.done()
        return self.take(tightest(self.arrays, n))

    def quantiles(self, shares: Sequence[float] = (0.5, 0.9, 0.99)) -> Table:
        """Quantiles of measured/bound in the cells inside each theorem.

        Args:
            shares: Numbers from 0 to 1; that share of the cells has at most the value.

        Returns:
            A row for each theorem: its name, the number of cells that have a measured/bound, a
            column for each share, such as `0.5`, and the largest.

        Raises:
            InputError: `shares` is not a list of such numbers.

        Example:
            >>> import auxtheory as at
            >>> target = at.Quadratic(L=1.0, dim=4)
            >>> study = at.Study([at.theorems.SGD()], target, sigma_f=1.0, T=[10, 100, 1000])
            >>> print(study.run().quantiles([0.5]))
            theorem  cells     0.5  largest
            SGD          3  0.6789   0.7253
        """
        checks = Checks()
        several = checks.several("shares", shares, "numbers")
        for share in several:
            checks.number("shares", share, high=1.0)
        checks.done()
        return Table(tuple(quantiles(self.arrays, several)))

    @property
    def summary(self) -> str:
        """The number of cells of each status and the largest measured/bound, on one line."""
        return str(self.totals)

    @property
    def tally(self) -> Summary:
        """The old name of `totals`."""
        renamed.warn("Results.tally", "Results.totals", stacklevel=2)
        return self.totals

    @property
    def counts(self) -> dict[str, int]:
        """The number of cells of each status that occurs."""
        return self.totals.counts

    @property
    def errors(self) -> dict[str, int]:
        """The number of failed cells for each reason."""
        return self.totals.errors

    def __str__(self) -> str:
        return "\n".join([wrapped(self.summary), *self.totals.remarks, *self.notes, self.text()])

    @property
    def _printed(self) -> list[str]:
        """The columns that are printed: axes, steps, what was measured, and the status."""
        several = {"measure"} if len(self.arrays.distinct("measure")) > 1 else set()
        last = NAMES.index("eta")
        steps = [n for name in self._steps for n in (name, schedule_column(name))]
        axes = (*NAMES[:last], *steps, *NAMES[last:])
        chosen = {"theorem", "K", "T", *steps, *PRINTED, *self.dataset.sizes} | several
        hidden = {"se", "a"} | {n for n in self._steps if schedule_column(n) in self.columns}
        return [
            name
            for name in dict.fromkeys(("theorem", "measure", *axes, *PRINTED))
            if name in chosen
            and name in self.columns
            and not (name in hidden and self.arrays.empty(name))
        ]

    def _exported(self) -> list[str]:
        """The columns that `to_latex` takes by default: the printed ones, without formulas."""
        return [name for name in self._printed if name != "dominant"]

    def text(
        self, *, width: int | None = None, most: int | None = 2 * ROWS, among: Sequence[int] = ()
    ) -> str:
        """The first and last rows, and the first of those that are violated, undecided or failed.

        Args:
            width: The largest number of characters in a line; by default that of the terminal, and
                80 if there is none or a narrower one.
            most: The number of rows up to which all are printed; None: always.
            among: Indices of further rows of which the first few are printed.

        Returns:
            The text.
        """
        size = len(self)
        names = self._printed
        wrong = self.arrays.first("status", WRONG, ROWS) if self.counts.keys() & set(WRONG) else []
        places = (
            list(range(size)) if most is None or size <= most else ends(size, more=[*among, *wrong])
        )
        indices = np.array(places, dtype=np.intp)
        shown = {name: self.arrays.at(name, indices).tolist() for name in names}
        rows = [dict(zip(shown, row, strict=True)) for row in zip(*shown.values(), strict=True)]
        same = [name for name in names if size == 1 or self.arrays.constant(name)]
        return table(rows, names, size=size, places=places, same=same, width=width)

    def _repr_html_(self) -> str:
        return str(self.dataset._repr_html_())


def collected(store: Store, chunks: Any = None) -> Results:
    """The results that a store holds, with chunks of Dask if these are given."""
    return Results(dataset(store, chunks), tuple(store.notes))
