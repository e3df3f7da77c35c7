"""The batches of a store as one xarray Dataset with named dimensions, units and provenance; missing
cells are NaN."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.errors import StudyError
from auxtheory.measures.words import words
from auxtheory.renamed import COLUMNS
from auxtheory.study.storage.database import Store
from auxtheory.study.storage.records import (
    COUNTS,
    MEASURED,
    NUMBERS,
    PASSED_OVER,
    SAID,
    TEXTS,
    Records,
    Words,
    blank,
    decode,
    merged,
)
from auxtheory.table import STATUSES
from auxtheory.validation.error_control import statuses

if TYPE_CHECKING:
    import xarray as xr

MEANINGS = {
    "measured": "what the theorem bounds, measured",
    "se": "standard error of measured (0: exact)",
    "bound": "what the theorem promises",
    "ratio": "measured/bound",
    "share": "share of the bound's largest term",
    "dominant": "the bound's largest term",
    "p": "chance of such a mean, were the bound just attained",
    "calls_r": "gradients of f − h, or of f, that were taken",
    "calls_h": "gradients of h that were taken",
    "diverged": "diverged replicas",
    "replicas": "replicas (0: exact expectation)",
    "status": "; ".join(f"{status}: {text}" for status, text in STATUSES.items()),
    "mode": "mode of the steps",
    "error": "why a cell failed",
    "cell": "number of the cell",
    "local_steps": "local steps as run (1 where a method has single steps)",
    "dim": "coordinates",
    "seed": "seed of the noise",
    "engine": "engine",
    "correlation": "correlation of the noise of f and h",
    "s": "multiplicative noise",
}


def dataset(store: Store) -> xr.Dataset:
    """The cells of a study; dimensions are theorem and every axis of several values, in the order
    in which the study lists them."""
    import xarray as xr

    description = json.loads(store.meta["description"])
    records, words = _records(
        store, sum(prod(theorem["shape"]) for theorem in description["theorems"])
    )
    dims = ["theorem", *(name for name in description["axes"] if name in description["several"])]
    columns = _columns(records, words, description)
    stacked = _stacked(columns, description)
    # A single engine, such as "auto", is replaced by the one that each cell used.
    axes = {
        n: v for n, v in description["axes"].items() if n != "engine" or n in description["several"]
    }
    data = {name: (dims, values) for name, values in stacked.items() if name not in axes}
    names = [theorem["name"] for theorem in description["theorems"]]
    coords: dict[str, Any] = {"theorem": names} | description["fixed"]
    for name in ("label", "method", "measure"):
        coords[name] = ("theorem", [theorem[name] for theorem in description["theorems"]])
    for name, values in axes.items():
        coords[name] = (name, np.array(values)) if name in description["several"] else values[0]
    passed_over = [word for word in words if word.startswith(PASSED_OVER)]
    attributes = _attributes(store, description) | {"passed_over": json.dumps(passed_over)}
    cells = xr.Dataset(data, coords, attributes)
    _add_units(cells, {_unit(theorem) for theorem in description["theorems"]})
    return normalised(cells)


def normalised(data: xr.Dataset) -> xr.Dataset:
    """The Dataset with its variables in one order and texts as Python strings, whatever format it
    was read from."""
    data = data.rename({old: new for old, new in COLUMNS.items() if old in data})
    order = ("status", *NUMBERS, *COUNTS, *TEXTS, "cell", "local_steps")
    texts = {
        name: array.astype(object)
        for name, array in data.data_vars.items()
        if array.dtype.kind in "UT"
    }
    return data.assign(texts)[[name for name in order if name in data.data_vars]]


def _records(store: Store, size: int) -> tuple[Records, Words]:
    """The records of all cells in order, blank where a cell was not run, and their words."""
    records = blank(size)
    words = Words()
    for cells, batch, texts in decoded(store):
        records[cells.start : cells.stop] = merged(batch, texts, words)
    return records, words


def decoded(store: Store) -> Iterator[tuple[range, Records, list[str]]]:
    """The batches of a store with their records and words; StudyError if their layout is
    unknown."""
    for cells, _, blob in store.batches():
        try:
            yield cells, *decode(blob)
        except ValueError as error:
            raise StudyError(
                f"cannot read {store.path}: another version of auxtheory wrote it ({error})"
            ) from error


def _columns(records: Records, words: Words, description: dict[str, Any]) -> dict[str, Any]:
    texts = np.array(list(words), dtype=object)
    columns: dict[str, Any] = {name: records[name] for name in (*NUMBERS, *COUNTS)}
    columns |= {name: texts[records[name]] for name in TEXTS}
    measured = records["state"] == MEASURED
    status = np.full(len(records), "", dtype=object)
    status[measured] = statuses(records["p"][measured], description["false_alarm"])
    for state, name in SAID.items():
        status[records["state"] == state] = name
    return {"status": status, **columns, "cell": np.arange(len(records))}


def _stacked(columns: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    """Every column with the theorems as first dimension; along an axis that a theorem ignores its
    values are repeated."""
    order = description["order"]
    axes = description["axes"]
    full = [len(axes[name]) for name in order]
    permutation = [order.index(name) for name in axes]
    several = [len(axes[name]) for name in axes if name in description["several"]]
    shape = [len(description["theorems"]), *several]
    first = 0
    parts = dict[str, list[Any]]({name: [] for name in (*columns, "local_steps")})
    for theorem in description["theorems"]:
        last = first + prod(theorem["shape"])
        cells = {
            name: values[first:last].reshape(theorem["shape"]) for name, values in columns.items()
        }
        K = [1] if "K" in theorem["ignores"] else axes["K"]
        cells["local_steps"] = np.reshape(K, [-1 if name == "K" else 1 for name in order])
        for name, values in cells.items():
            parts[name].append(np.transpose(np.broadcast_to(values, full), permutation))
        first = last
    return {name: np.stack(values).reshape(shape) for name, values in parts.items()}


def _attributes(store: Store, description: dict[str, Any]) -> dict[str, Any]:
    """The attributes, plain texts and numbers that every format of xarray can store."""
    return {
        "title": description["title"],
        "definition": description["definition"],
        "mode": description["mode"],
        "replicas": description["replicas"],
        "false_alarm": description["false_alarm"],
        "identity": store.meta.get("identity", ""),
        "provenance": json.dumps(description["provenance"], ensure_ascii=False),
        "theorems": json.dumps(description["theorems"], ensure_ascii=False),
        "source": "" if store.path is None else store.path.name,
        **{
            name: json.dumps(description[name], ensure_ascii=False)
            for name in ("own", "missing")
            if name in description
        },
    }


def _unit(theorem: Mapping[str, Any]) -> str:
    """The unit of what a theorem bounds, which older files do not hold."""
    unit = theorem.get("unit") or words(theorem["measure"]).unit
    return "that of the measure" if unit is None else str(unit)


def _add_units(data: xr.Dataset, units: set[str]) -> None:
    """Add units and meanings as attributes of the variables; `units` are those of the theorems."""
    unit = next(iter(units)) if len(units) == 1 else "that of the measure"
    for name in ("measured", "se", "bound"):
        data[name].attrs["units"] = unit
    for variable in data.variables:
        name = str(variable).removeprefix("known_")
        if name in GLOSSARY:
            quantity = GLOSSARY[name]
            data[variable].attrs |= {"units": str(quantity.unit), "long_name": quantity.meaning}
        elif name in MEANINGS:
            data[variable].attrs["long_name"] = MEANINGS[name]
