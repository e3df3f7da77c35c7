"""Results made by hand, as a page is built from them."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from auxtheory import study
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.study.description import definition
from auxtheory.study.identity import identity
from auxtheory.table import Table
from auxtheory.theorems import SGD, AuxMOM, Theorem
from auxtheory.theorems.definition import statement_of

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"
NAN = float("nan")
TARGET = Quadratic(L=1.0, mu=0.5, dim=4)
NOISE = Gaussian(sigma_f=1.0)
STUDY = study.Study([AuxMOM(), SGD()], TARGET, NOISE, delta=np.geomspace(1e-3, 1, 25), K=10, T=100)


@dataclass(frozen=True, eq=False)
class Standin(Table):
    """A table that also says what a study's results say."""

    title: str = "AuxMOM beside SGD"
    provenance: Mapping[str, str] = field(
        default_factory=lambda: {"auxtheory": "0.1.0", "created": "2026-01-02"}
    )
    theorems: Sequence[Mapping[str, Any]] = ()
    definition: str = definition(STUDY)
    dataset: Any = field(
        default_factory=lambda: SimpleNamespace(attrs={"identity": identity(STUDY)})
    )

    def __getitem__(self, column: str) -> Any:
        """One column; texts next to missing values stay what they are."""
        return np.array([row.get(column, NAN) for row in self.rows], dtype=self._dtype(column))

    def _dtype(self, column: str) -> type | None:
        return object if any(isinstance(row.get(column), str) for row in self.rows) else None

    @property
    def counts(self) -> Counter[str]:
        return Counter(str(row["status"]) for row in self.rows)


def said(theorem: Theorem) -> dict[str, Any]:
    return {
        "name": theorem.name,
        "label": theorem.label,
        "method": theorem.method.name,
        "measure": theorem.measure,
        "statement": statement_of(type(theorem)),
        "bound": str(theorem.bound),
        "corollaries": [{"case": c.case, "bound": str(c.bound)} for c in theorem.corollaries],
        "assumptions": [str(c) for c in theorem.assumptions],
        "step_range": [str(c) for c in theorem.step_range],
    }


def row(cell: int, theorem: str, **values: Any) -> dict[str, Any]:
    """A passing cell whose measured value lies at a share of the bound that tells cells apart."""
    delta, sigma, K, T = (
        values.setdefault(n, v)
        for n, v in (("delta", 0.1), ("sigma_f", 1.0), ("K", 10), ("T", 100))
    )
    bound = 8 * delta / T + 4 / (K * T) + 2 * sigma * np.sqrt(delta / T)
    ratio = 0.3 + 0.2 * math.sin(cell)
    return {
        "cell": cell,
        "theorem": theorem,
        "label": "S",
        "method": theorem,
        "measure": "G",
        "status": "pass",
        "mode": "tuned",
        "engine": "exact",
        "L": 1.0,
        "eta": 0.5 / K,
        "a": np.float64(0.25),
        "bound": bound,
        "measured": ratio * bound,
        "ratio": ratio,
        "se": 0.0,
        "p": 1.0,
        "replicas": 0,
        "diverged": 0.0,
        "error": "",
        "dominant": "8δF₀/T",
        "share": 0.9,
        "known_L": 1.0,
        "known_delta": delta,
        "known_sigma_f": sigma,
        **values,
    }


def results(theorems: Sequence[Theorem], **axes: Sequence[Any]) -> Standin:
    places = itertools.product([theorem.name for theorem in theorems], *axes.values())
    rows = [
        row(cell, name, **dict(zip(axes, values, strict=True)))
        for cell, (name, *values) in enumerate(places)
    ]
    return Standin(tuple(rows), theorems=[said(theorem) for theorem in theorems])


def small() -> Standin:
    """Two theorems and 216 passing cells."""
    deltas = np.geomspace(1e-3, 1, 9)
    return results(
        [AuxMOM(), SGD()], delta=deltas, sigma_f=[0.1, 1.0, 10.0], K=[1, 10], T=[100, 1000]
    )


def every_status() -> Standin:
    """The first cells, one of each status, with what a cell of that status lacks."""
    none = dict.fromkeys(("measured", "bound", "ratio", "se", "eta", "a"), NAN)
    changes: list[dict[str, Any]] = [
        {"status": "violated", "measured": np.inf, "ratio": np.inf, "diverged": 1.0, "replicas": 8},
        {"status": "violated", "ratio": 1.25},
        {"status": "undecided", "se": 0.01, "p": 0.2, "replicas": 8},
        {"status": "outside", **none},
        {"status": "failed", "error": f"ValueError: {HOSTILE}", **none},
        {"status": "missing", **none},
        {"status": "outside", "ratio": 7.5, "mode": "unsafe"},
    ]
    rows = list(small())
    return replace(
        small(),
        rows=(*({**old, **new} for old, new in zip(rows, changes, strict=False)), *rows[7:]),
    )


def named(*names: str) -> Standin:
    """AuxMOM under these names, three cells each."""
    one = results([AuxMOM()], delta=[0.01, 0.1, 1.0])
    rows = (dict(row) | {"theorem": name} for name in names for row in one)
    return replace(
        one, rows=tuple(rows), theorems=[said(AuxMOM()) | {"name": name} for name in names]
    )
