"""The batches of a store as one xarray Dataset with named dimensions, units and provenance; missing
cells are NaN."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.stored_schedules import shown
from auxtheory.measures.words import words
from auxtheory.renamed import COLUMNS
from auxtheory.study.grid import NAMES, STEPS
from auxtheory.study.storage.database import Store
from auxtheory.study.storage.reader import reader_of
from auxtheory.study.storage.records import COUNTS, NUMBERS, TEXTS
from auxtheory.table import STATUSES, parameter_column, schedule_column

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

VARIABLES = ("status", *NUMBERS, *COUNTS, *TEXTS, "cell", "local_steps")


def dataset(store: Store, chunks: Any = None) -> xr.Dataset:
    """The cells of a study; dimensions are theorem and every axis of several values, in the order
    in which the study lists them. Its variables are read when they are used.

    Args:
        store: The open store; it may be closed before the variables are used.
        chunks: As in `xarray.Dataset.chunk`, for variables that are arrays of Dask; None for arrays
            without Dask.
    """
    import xarray as xr

    from auxtheory.study.results.cell_arrays import Fields, lazy
    from auxtheory.study.results.layout import Layout

    description = json.loads(store.meta["description"])
    several = description["several"]
    layout = Layout(description)
    reader = reader_of(store)
    dims = ["theorem", *map(axis_column, layout.dimensions)]
    # A single engine, such as "auto", is replaced by the one that each cell used.
    axes = {n: v for n, v in description["axes"].items() if n != "engine" or n in several}
    labelled = {axis_column(name) for name, values in axes.items() if not _scheduled(values)}
    fields = Fields(reader, layout)
    data = {
        name: xr.Variable(dims, lazy(fields.array(name)))
        for name in VARIABLES
        if name not in labelled
    }
    passed_over = json.dumps(reader.index.passed_over)
    attributes = _attributes(store, description) | {"passed_over": passed_over}
    cells = xr.Dataset(data, _coordinates(description, axes), attributes)
    _add_units(cells, description)
    cells = normalised(cells)
    return cells if chunks is None else cells.chunk(chunks)


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
    texts = {
        name: array.astype(object)
        for name, array in data.data_vars.items()
        if array.dtype.kind in "UT"
    }
    return data.assign(texts)[[name for name in VARIABLES if name in data.data_vars]]


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
