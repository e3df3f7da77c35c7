"""The batches of a store as one xarray Dataset: dimensions by name, units, provenance; missing
cells are NaN."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.bounds.glossary import GLOSSARY, GRADIENT, F
from auxtheory.errors import StudyError
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
    """Dimensions: theorem, and every axis of several values, in the order in which they were
    given."""
    import xarray as xr

    told = json.loads(store.meta["description"])
    records, words = _records(store, sum(prod(theorem["shape"]) for theorem in told["theorems"]))
    dims = ["theorem", *(name for name in told["axes"] if name in told["several"])]
    columns = _columns(records, words, told)
    stacked = _stacked(columns, told)
    # Else: as used, by cell.
    axes = {n: v for n, v in told["axes"].items() if n != "engine" or n in told["several"]}
    data = {name: (dims, values) for name, values in stacked.items() if name not in axes}
    names = [theorem["name"] for theorem in told["theorems"]]
    coords: dict[str, Any] = {"theorem": names} | told["fixed"]
    for name in ("label", "method", "measure"):
        coords[name] = ("theorem", [theorem[name] for theorem in told["theorems"]])
    for name, values in axes.items():
        coords[name] = (name, np.array(values)) if name in told["several"] else values[0]
    passed_over = [word for word in words if word.startswith(PASSED_OVER)]
    found = xr.Dataset(
        data, coords, _attributes(store, told) | {"passed_over": json.dumps(passed_over)}
    )
    _describe(found, {theorem["measure"] for theorem in told["theorems"]})
    return settled(found)


def settled(found: xr.Dataset) -> xr.Dataset:
    """Variables in one order, texts as Python's own, whatever format they have been through."""
    found = found.rename({old: new for old, new in COLUMNS.items() if old in found})
    order = ("status", *NUMBERS, *COUNTS, *TEXTS, "cell", "local_steps")
    texts = {
        name: array.astype(object)
        for name, array in found.data_vars.items()
        if array.dtype.kind in "UT"
    }
    return found.assign(texts)[[name for name in order if name in found.data_vars]]


def _records(store: Store, size: int) -> tuple[Records, Words]:
    """All cells by number, those that were not run blank."""
    records = blank(size)
    words = Words()
    for cells, own, texts in decoded(store):
        records[cells.start : cells.stop] = merged(own, texts, words)
    return records, words


def decoded(store: Store) -> Iterator[tuple[range, Records, list[str]]]:
    """The batches of a store with their records and words; StudyError where their layout is not
    known."""
    for cells, _, blob in store.batches():
        try:
            yield cells, *decode(blob)
        except ValueError as error:
            raise StudyError(
                f"cannot read {store.path}: another version of auxtheory wrote it ({error})"
            ) from error


def _columns(records: Records, words: Words, told: dict[str, Any]) -> dict[str, Any]:
    texts = np.array(list(words), dtype=object)
    columns: dict[str, Any] = {name: records[name] for name in (*NUMBERS, *COUNTS)}
    columns |= {name: texts[records[name]] for name in TEXTS}
    measured = records["state"] == MEASURED
    status = np.full(len(records), "", dtype=object)
    status[measured] = statuses(records["p"][measured], told["false_alarm"])
    for state, name in SAID.items():
        status[records["state"] == state] = name
    return {"status": status, **columns, "cell": np.arange(len(records))}


def _stacked(columns: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Every column with the theorems first; what a theorem ignores makes no difference to its
    values."""
    order = told["order"]
    given = list(told["axes"])
    full = [len(told["axes"][name]) for name in order]
    permutation = [order.index(name) for name in given]
    shape = [len(told["theorems"]), *(len(told["axes"][n]) for n in given if n in told["several"])]
    first = 0
    parts = dict[str, list[Any]]({name: [] for name in (*columns, "local_steps")})
    for theorem in told["theorems"]:
        last = first + prod(theorem["shape"])
        own = {
            name: values[first:last].reshape(theorem["shape"]) for name, values in columns.items()
        }
        K = [1] if "K" in theorem["ignores"] else told["axes"]["K"]
        own["local_steps"] = np.reshape(K, [-1 if name == "K" else 1 for name in order])
        for name, values in own.items():
            parts[name].append(np.transpose(np.broadcast_to(values, full), permutation))
        first = last
    return {name: np.stack(values).reshape(shape) for name, values in parts.items()}


def _attributes(store: Store, told: dict[str, Any]) -> dict[str, Any]:
    """Plain texts and numbers, so that every format of xarray can keep them."""
    return {
        "title": told["title"],
        "definition": told["definition"],
        "mode": told["mode"],
        "replicas": told["replicas"],
        "false_alarm": told["false_alarm"],
        "identity": store.meta.get("identity", ""),
        "provenance": json.dumps(told["provenance"], ensure_ascii=False),
        "theorems": json.dumps(told["theorems"], ensure_ascii=False),
        "source": "" if store.path is None else store.path.name,
        **{
            name: json.dumps(told[name], ensure_ascii=False)
            for name in ("own", "missing")
            if name in told
        },
    }


def _describe(found: xr.Dataset, measures: set[str]) -> None:
    """Units and meanings, as attributes of the variables."""
    unit = (
        str(F if measures == {"gap"} else GRADIENT * GRADIENT)
        if len(measures) == 1
        else "that of the measure"
    )
    for name in ("measured", "se", "bound"):
        found[name].attrs["units"] = unit
    for variable in found.variables:
        own = str(variable).removeprefix("known_")
        if own in GLOSSARY:
            found[variable].attrs |= {
                "units": str(GLOSSARY[own].unit),
                "long_name": GLOSSARY[own].meaning,
            }
        elif own in MEANINGS:
            found[variable].attrs["long_name"] = MEANINGS[own]
