"""The batches of a store as one xarray Dataset with named dimensions, units and provenance; missing
cells are NaN."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.stored_schedules import shown
from auxtheory.errors import StudyError
from auxtheory.measures.words import words
from auxtheory.renamed import COLUMNS
from auxtheory.study.grid import NAMES, STEPS
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
from auxtheory.table import STATUSES, parameter_column, schedule_column
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
    "measure": "what the theorem bounds",
    "measure_unit": "unit of what the theorem bounds",
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
    several = description["several"]
    dims = ["theorem", *(axis_column(name) for name in description["axes"] if name in several)]
    columns = _columns(records, words, description)
    stacked = _stacked(columns, description)
    # A single engine, such as "auto", is replaced by the one that each cell used.
    axes = {n: v for n, v in description["axes"].items() if n != "engine" or n in several}
    labelled = {axis_column(name) for name, values in axes.items() if not _scheduled(values)}
    data = {name: (dims, values) for name, values in stacked.items() if name not in labelled}
    passed_over = [word for word in words if word.startswith(PASSED_OVER)]
    attributes = _attributes(store, description) | {"passed_over": json.dumps(passed_over)}
    cells = xr.Dataset(data, _coordinates(description, axes), attributes)
    _add_units(cells, description)
    return normalised(cells)


def axis_column(axis: str) -> str:
    """The name of an axis in the results."""
    return axis if axis in NAMES else parameter_column(axis)


def _coordinates(description: dict[str, Any], axes: dict[str, list[Any]]) -> dict[str, Any]:
    """The labels of cells: the theorems with what they are about, the axes, and defaults of step
    parameters that are no axes."""
    theorems = description["theorems"]
    coords: dict[str, Any] = {"theorem": [theorem["name"] for theorem in theorems]}
    coords |= description["fixed"]
    for name in ("label", "method", "measure"):
        coords[name] = ("theorem", [theorem[name] for theorem in theorems])
    coords["measure_unit"] = ("theorem", list(map(_unit, theorems)))
    parameters = _parameters(description)
    for name in parameters if "eta" in axes else ():
        known = [theorem.get("parameters", {}).get(name, {}) for theorem in theorems]
        values = [one.get("default") for one in known]
        if name not in axes:
            numbers = [np.nan if value is None else value for value in values]
            coords[parameter_column(name)] = ("theorem", numbers)
    for name, values in axes.items():
        column = axis_column(name)
        if _scheduled(values):
            coords[schedule_column(column)] = shown(values[0])
            coords |= {} if name in STEPS else {column: np.nan}
        else:
            several = name in description["several"]
            coords[column] = (column, np.array(values)) if several else values[0]
    return coords


def _scheduled(values: list[Any]) -> bool:
    """Whether the value of an axis is a schedule; a column of numbers has NaN in its place."""
    return isinstance(values[0], dict)


def _parameters(description: dict[str, Any]) -> dict[str, str]:
    """The units of the step parameters besides η and a of the theorems' methods."""
    return {
        name: known["unit"]
        for theorem in description["theorems"]
        for name, known in theorem.get("parameters", {}).items()
    }


def _unit(theorem: Mapping[str, Any]) -> str:
    """The unit of what a theorem bounds, which older files do not hold."""
    unit = theorem.get("unit") or words(theorem["measure"]).unit
    return "that of the measure" if unit is None else str(unit)


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
        "step_parameters": json.dumps(list(map(parameter_column, _parameters(description)))),
        "source": "" if store.path is None else store.path.name,
        **{
            name: json.dumps(description[name], ensure_ascii=False)
            for name in ("own", "missing")
            if name in description
        },
    }


def _add_units(data: xr.Dataset, description: dict[str, Any]) -> None:
    """Add units and meanings as attributes of the variables."""
    units = set(map(_unit, description["theorems"]))
    unit = units.pop() if len(units) == 1 else "that of the measure"
    for name in ("measured", "se", "bound"):
        data[name].attrs["units"] = unit
    parameters = {parameter_column(name): unit for name, unit in _parameters(description).items()}
    for variable in data.variables:
        name = str(variable).removeprefix("known_")
        if variable in parameters:
            data[variable].attrs |= {
                "units": parameters[str(variable)],
                "long_name": "step parameter of the method",
            }
        elif name in GLOSSARY:
            quantity = GLOSSARY[name]
            data[variable].attrs |= {"units": str(quantity.unit), "long_name": quantity.meaning}
        elif name in MEANINGS:
            data[variable].attrs["long_name"] = MEANINGS[name]
