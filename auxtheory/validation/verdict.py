"""The verdict of one theorem on one pair."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from auxtheory import printing
from auxtheory.table import (
    HIDDEN,
    INFINITE_BOUND,
    MAX_ROWS,
    Status,
    Table,
    is_nan,
    schedule_column,
)


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """The verdict of one theorem on one pair: a row for each T (and configuration), and what was
    run.

    With the exact engine a row is violated if and only if measured > bound·(1 + 1e-9), up to
    rounding at 0. With Monte Carlo it is decided by Holm's procedure at the given false-alarm rate
    over all rows. The p-value `p` is the probability of a mean as large as the measured one if the
    bound were attained: that of Student's t or of its correction for skewness, whichever is closer
    to ½. This accounts for three moments of the distribution only: with few replicas of a very
    skewed measure, "pass" is still given too easily if the long tail is above (the usual case), and
    "violated" if it is below. A mean that a few replicas of multiplicative noise dominate supports
    no "pass".

    Args:
        title: Theorem, pair and noise; long arrays are shortened.
        table: The rows.
        engine: The name of the engine that ran.
        mode: The mode of the steps: "tuned", "theorem" or "unsafe".
        unmet: The broken conditions of rows that are outside the theorem.
        notes: Remarks for the reader.
        false_alarm: The rate of false alarms over `scope`; 0 for an exact verdict.
        scope: Over what the false-alarm rate is controlled.
        provenance: Versions, machine and settings of the run.
        pair: The pair as code, in full.
        noise: The noise as code, in full.

    Example:
        >>> import auxtheory as at
        >>> pair = at.Quadratic(L=1.0, dim=4).with_helper(delta=0.1)
        >>> verdict = at.validate(at.theorems.ExactCorrection(), pair, K=4, T=[10, 20])
        >>> verdict.status, len(verdict.table), verdict.ratio < 1
        ('pass', 2, True)
    """

    title: str
    table: Table
    engine: str
    mode: str
    unmet: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    false_alarm: float = 0.0
    scope: str = "the table"
    provenance: Mapping[str, Any] = field(default_factory=dict)
    pair: str = ""
    noise: str = ""

    def __post_init__(self) -> None:
        if INFINITE_BOUND not in self.notes and any(
            np.isposinf(row.get("bound", 0.0)) for row in self.table
        ):
            object.__setattr__(self, "notes", (*self.notes, INFINITE_BOUND))

    @property
    def status(self) -> Status:
        """The most serious status of any row: violated, undecided, outside (the theorem promises
        nothing there), otherwise pass.
        """
        present = set(self.table["status"])
        order = get_args(Status)
        return next(status for status in order if status in present)

    @property
    def ratio(self) -> float:
        """The largest measured/bound of rows for which the theorem promises something; NaN if there
        are none."""
        promised = (self.table["status"] != "outside") & ~np.isnan(
            np.asarray(self.table["p"], dtype=float)
        )
        return float(np.fmax.reduce(self.table["ratio"][promised], initial=np.nan))

    def __bool__(self) -> bool:
        """Whether every row passed."""
        return self.status == "pass"

    @property
    def _head(self) -> str:
        remarks = [f"{replicas} replicas"] if (replicas := self._replicas) else []
        remarks += (
            [f"false alarms {self.false_alarm:g} over {self.scope}"] if self.false_alarm else []
        )
        line = f"{self.mode} steps, engine {self.engine}: {self.status}" + (
            f" ({', '.join(remarks)})" if remarks else ""
        )
        return printing.wrapped(
            "\n".join([self.title, line, *(f"  {note}" for note in self.notes)])
        )

    @property
    def _replicas(self) -> int:
        """The number of replicas if all rows have the same, otherwise 0."""
        counts = {row.get("replicas", 0) for row in self.table}
        return int(counts.pop()) if len(counts) == 1 else 0

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self._head}\n{self.rows_as_text()}"

    @property
    def _hidden(self) -> list[str]:
        """The columns that are not printed: those that are 0 or NaN everywhere are among them."""
        zero = [
            name
            for name in ("se", "diverged", "replicas")
            if not any(row.get(name) for row in self.table)
        ]
        scheduled = [n for n in self.table.columns if schedule_column(n) in self.table.columns]
        nan = [
            name
            for name in ("a", "slope", "predicted", *scheduled)
            if all(is_nan(row.get(name)) for row in self.table)
        ]
        return [*HIDDEN, *zero, *nan, *(["replicas"] if self._replicas else [])]

    def rows_as_text(self, *, most: int | None = MAX_ROWS) -> str:
        """The rows as text, without columns that are 0 or NaN everywhere.

        Args:
            most: How many rows are printed in full; None for all.

        Returns:
            The text.
        """
        wrong = [i for i, row in enumerate(self.table) if row["status"] != "pass"]
        return self.table.drop(self._hidden).text(most=most, among=wrong)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self._head)}</pre>{self.table._repr_html_()}"

    def to_pandas(self) -> Any:
        """The table as a pandas data frame.

        Returns:
            The data frame.

        Raises:
            ImportError: pandas is not installed.
        """
        return self.table.to_pandas()

    def to_latex(
        self,
        *,
        columns: Sequence[str] | None = None,
        caption: str = "",
        label: str = "",
        digits: int = 4,
    ) -> str:
        r"""The rows as a LaTeX tabular of the package booktabs, as `Table.to_latex` writes it.

        Args:
            columns: The names of the columns; by default those that are printed, without the
                formula of the dominant term.
            caption: A caption, as LaTeX code; with it, the code is a table environment.
            label: A name for \ref; with it, the code is a table environment.
            digits: How many digits of a number are printed.

        Returns:
            The code.

        Raises:
            InputError: Lists what is wrong.
        """
        if columns is None:
            hidden = {*self._hidden, "dominant"}
            columns = [name for name in self.table.columns if name not in hidden]
        return self.table.to_latex(columns=columns, caption=caption, label=label, digits=digits)

    def to_json(self) -> str:
        """Everything as one JSON object.

        Returns:
            The text.
        """
        head = {
            "title": self.title,
            "status": self.status,
            "engine": self.engine,
            "mode": self.mode,
            "unmet": list(self.unmet),
            "notes": list(self.notes),
            "false_alarm": self.false_alarm,
            "pair": self.pair,
            "noise": self.noise,
            "provenance": dict(self.provenance),
        }
        return json.dumps(
            {**head, "rows": json.loads(self.table.to_json())}, indent=1, ensure_ascii=False
        )
