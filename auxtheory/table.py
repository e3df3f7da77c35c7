"""Tables of labelled columns, and the verdict of one theorem on one pair."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from auxtheory import columns, latex, printing, renamed
from auxtheory.errors import Checks
from auxtheory.files import writable, write

Status: TypeAlias = Literal["violated", "undecided", "outside", "pass"]  # the most serious first
CellStatus: TypeAlias = Literal["violated", "failed", "undecided", "pass", "missing", "outside"]
# The meaning of each status in a row of a verdict or a cell of a study, the most serious first.
STATUSES: Mapping[CellStatus, str] = MappingProxyType(
    {
        "violated": "the measured value is above the bound",
        "failed": "the run of the cell ended in an error",
        "undecided": "too few replicas to tell the mean from the bound",
        "pass": "the measured value is within the bound",
        "missing": "the cell has not been run",
        "outside": "the theorem promises nothing there",
    }
)
JUDGED: tuple[Status, ...] = ("violated", "undecided", "pass")
# The statuses that a reader should see first.
WRONG: tuple[CellStatus, ...] = ("violated", "undecided", "failed")
Row: TypeAlias = Mapping[str, Any]
MAX_ROWS = 60  # rows that are printed whole
MAX_TEXT = 2**20  # characters of CSV that are in memory at once
HIDDEN = "p", "share", "calls_r", "calls_h"  # columns of a verdict that are not printed
# Names of columns, which a step parameter such as the probability p cannot have as well.
TAKEN = frozenset(
    (
        "theorem",
        "label",
        "method",
        "measure",
        "measure_unit",
        "case",
        "configuration",
        "status",
        "measured",
        "se",
        "bound",
        "ratio",
        "share",
        "dominant",
        "slope",
        "predicted",
        "p",
        "calls_r",
        "calls_h",
        "diverged",
        "replicas",
        "mode",
        "engine",
        "error",
        "cell",
        "local_steps",
        "outside",
        "few",
        "state",
    )
)
INFINITE_BOUND = (
    "the bound is infinite: nothing is promised there, so that nothing can pass or be violated"
)


def status_code(
    statuses: Iterable[str], *, harmless: Iterable[str] = ("pass", "outside", "missing")
) -> int:
    """The exit status of a command: 1 if something is violated or failed, otherwise 3 if something
    is undecided or everything is outside its theorems, otherwise 0.

    harmless: the statuses that do not change the exit status.
    """
    present = set(statuses)
    if present & {"violated", "failed"}:
        return 1
    return 3 if present - set(harmless) or present == {"outside"} else 0


def parameter_column(name: str) -> str:
    """The column of a step parameter: its name, or p_of_step where p is another column."""
    return f"{name}_of_step" if name in TAKEN or name.startswith("known_") else name


def schedule_column(column: str) -> str:
    """The column of the text of a schedule, next to that of numbers, which is then NaN."""
    return f"{column}_schedule"


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Rows of labelled values, in order; prints in a terminal and a notebook, exports as CSV, JSON
    or a pandas data frame.

    Args:
        rows: A mapping from column names to values for each row; names may be missing.

    Example:
        >>> import auxtheory as at
        >>> table = at.Table(({"T": 10, "G": 0.5}, {"T": 20, "G": 0.25}))
        >>> print(table)
         T     G
        10   0.5
        20  0.25
        >>> table.where(T=20)["G"]
        array([0.25])
    """

    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(map(renamed.row, self.rows)))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in order of first appearance."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, column: str) -> Any:
        """One column as a NumPy array; missing entries are NaN."""
        checks = Checks()
        column = renamed.column(column, self.columns)
        checks.member("column", column, self.columns)
        checks.done()
        return np.array([row.get(column, np.nan) for row in self.rows])

    def where(self, **wanted: Any) -> Table:
        """The rows whose columns have these values.

        Args:
            wanted: A value for the name of each column to be compared.

        Returns:
            A new table.
        """
        for name in list(wanted):
            wanted[renamed.column(name, self.columns)] = wanted.pop(name)
        return Table(
            tuple(row for row in self.rows if all(row.get(k) == v for k, v in wanted.items()))
        )

    def take(self, places: Any) -> Table:
        """Some of the rows.

        Args:
            places: Their indices, a mask with an entry for each row, or a slice.

        Returns:
            A new table.

        Example:
            >>> import auxtheory as at
            >>> at.Table(({"T": 10}, {"T": 20}, {"T": 40})).take([0, 2])["T"]
            array([10, 40])
        """
        return Table(tuple(self.rows[i] for i in np.arange(len(self))[places].tolist()))

    def coded(self, column: str) -> tuple[NDArray[np.intp], tuple[Any, ...]]:
        """The distinct values of a column, and for each row the index of its value.

        Args:
            column: The name of the column.

        Returns:
            The indices, shape (rows,), and the values.

        Raises:
            InputError: There is no such column.

        Example:
            >>> import auxtheory as at
            >>> at.Table(({"T": 10}, {"T": 20}, {"T": 10})).coded("T")
            (array([0, 1, 0]), (10, 20))
        """
        numbers: dict[Any, int] = {}
        values = self[column].tolist()
        places = [numbers.setdefault(value, len(numbers)) for value in values]
        return np.array(places, dtype=np.intp), tuple(numbers)

    def drop(self, names: Iterable[str]) -> Table:
        """The same rows without some columns.

        Args:
            names: The names of the columns, or one name.

        Returns:
            A new table.

        Raises:
            InputError: `names` is not a list of names.
        """
        checks = Checks()
        several = [names] if isinstance(names, str) else checks.several("names", names, "columns")
        checks.done()
        dropped = set()
        for name in several:
            dropped.add(renamed.column(str(name), self.columns))
        return Table(tuple({k: v for k, v in row.items() if k not in dropped} for row in self.rows))

    def current(self) -> Table:
        """The same rows with the present names of renamed columns.

        Returns:
            A table.
        """
        if not renamed.COLUMNS.keys() & set(self.columns):
            return self
        return Table(tuple(renamed.current(row) for row in self.rows))

    def to_csv(self, path: str | Path) -> None:
        """Write the rows as CSV, floats with all their digits.

        Args:
            path: The file.

        Raises:
            FileError: The file cannot be written.
        """
        writable("path", path)
        write("path", {Path(path): self.csv_texts()})

    def csv_text(self) -> str:
        """The rows as CSV, floats with all their digits.

        Returns:
            The text, one line for the names and one for each row.
        """
        return "".join(self.csv_texts())

    def csv_texts(self) -> Iterator[str]:
        """The rows as CSV in pieces, so that a large table is written without being one text.

        Returns:
            The texts, which make `csv_text` one after the other.
        """
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        for row in self:
            writer.writerow({k: _plain(v) for k, v in row.items()})
            if text.tell() > MAX_TEXT:
                yield text.getvalue()
                text.seek(0)
                text.truncate()
        yield text.getvalue()

    def to_json(self) -> str:
        """The rows as a JSON array; ∞ and NaN become strings, since JSON has neither.

        Returns:
            The text.
        """
        return json.dumps(json_value(self), indent=1, ensure_ascii=False, allow_nan=False)

    def to_pandas(self) -> Any:
        """The rows as a pandas data frame; pandas is not a dependency: pip install pandas.

        Returns:
            The data frame, with the columns in order.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install pandas") from error
        return pd.DataFrame([dict(row) for row in self.rows], columns=list(self.columns))

    def to_latex(
        self,
        *,
        columns: Sequence[str] | None = None,
        caption: str = "",
        label: str = "",
        digits: int = 4,
    ) -> str:
        r"""The rows as a LaTeX tabular with the rules of the package booktabs. Names of symbols,
        such as sigma_h, are formulas; small and large numbers are as in 1.2 \times 10^{-3}.

        Args:
            columns: The names of the columns, in order; by default all.
            caption: A caption, as LaTeX code; with it, the code is a table environment.
            label: A name for \ref; with it, the code is a table environment.
            digits: How many digits of a number are printed, from 1 to 17.

        Returns:
            The code.

        Raises:
            InputError: Lists what is wrong.

        Example:
            >>> import auxtheory as at
            >>> table = at.Table(({"sigma_h": 0.5, "G": 0.00123}, {"sigma_h": 1.0, "G": 0.02}))
            >>> print(table.to_latex())
            \begin{tabular}{rr}
              \toprule
              $\sigma_{h}$ &                     $G$ \\
              \midrule
                       0.5 & $1.23 \times 10^{-3}$ \\
                         1 &                    0.02 \\
              \bottomrule
            \end{tabular}
        """
        checks = Checks()
        names = self._chosen(checks, columns)
        digits = checks.whole("digits", digits, low=1, high=17)
        checks.instance("caption", caption, str, "a text")
        checks.instance("label", label, str, "a text")
        checks.done()
        values = [[row.get(name, "") for row in self] for name in names]
        exported = [
            latex.Column(
                latex.heading(name),
                [latex.cell(value, digits) for value in column],
                all(map(_is_number, column)),
            )
            for name, column in zip(names, values, strict=True)
        ]
        return latex.booktabs(exported, caption=caption, label=label)

    def _chosen(self, checks: Checks, columns: Sequence[str] | None) -> list[str]:
        """The columns to export, with their present names."""
        if columns is None:
            return list(self._exported())
        several = checks.several("columns", columns, "names of columns")
        names = [renamed.column(str(name), self.columns) for name in several]
        for name in names:
            checks.member("column", name, self.columns)
        return names

    def _exported(self) -> Sequence[str]:
        """The columns that `to_latex` takes by default."""
        return self.columns

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return self.text()

    def text(
        self,
        *,
        width: int | None = None,
        most: int | None = MAX_ROWS,
        among: Sequence[int] = (),
    ) -> str:
        """The rows under their column names; of a long table the rows at both ends.

        Args:
            width: The largest number of characters in a line; by default that of the terminal, and
                80 if there is none or a narrower one.
            most: How many rows are printed in full; None for all.
            among: Indices of rows in between of which the first few are printed too.

        Returns:
            The text.
        """
        size = len(self)
        places = range(size) if most is None or size <= most else printing.ends(size, more=among)
        same = [name for name in self.columns if self._same(name)]
        rows = self._some(places)
        return columns.table(rows, self.columns, size=size, places=places, same=same, width=width)

    def _some(self, places: Sequence[int]) -> Sequence[Row]:
        """The rows with these indices."""
        return [self.rows[i] for i in places]

    def _same(self, name: str) -> bool:
        """Whether a column is printed the same in all rows."""
        values = (row.get(name, "") for row in self)
        first = next(values, None)
        if first is None and not len(self):
            return False
        text = printing.shown(first)
        # Most values of a constant column are one object, which need not be printed to compare it.
        return all(value is first or printing.shown(value) == text for value in values)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        size = len(self)
        before = -1
        body = ""
        places = range(size) if size <= MAX_ROWS else printing.ends(size)
        for place, row in zip(places, self._some(places), strict=True):
            if place > before + 1:
                body += (
                    f"<tr><td colspan={len(self.columns)}>… {place - before - 1:,} more rows "
                    "…</td></tr>"
                )
            texts = (printing.shown(row.get(name, "")) for name in self.columns)
            body += "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in texts) + "</tr>"
            before = place
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _is_number(value: Any) -> bool:
    """Whether a value is a number or missing."""
    return isinstance(value, int | float | np.number) or value in (None, "")


def _plain(value: Any) -> Any:
    """A NumPy scalar as a Python one; other values unchanged."""
    return value.item() if isinstance(value, np.generic) else value


def json_value(value: Any) -> Any:
    """A value as JSON can hold it, with all that is in it: ∞ and NaN become strings, tables lists
    of rows, other objects texts."""
    value = _plain(value)
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): json_value(entry) for name, entry in value.items()}
    if isinstance(value, np.ndarray):
        return json_value(value.tolist())
    if isinstance(value, Table | list | tuple):
        return [json_value(entry) for entry in value]
    return str(value)


def is_nan(value: Any) -> bool:
    """Whether a value is None or NaN."""
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))
