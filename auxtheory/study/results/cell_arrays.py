"""Lazy arrays over the cells of a study, with the theorems as first dimension; along an axis that a
theorem ignores its values are repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from auxtheory.study.results.layout import Indices, Layout
from auxtheory.study.storage.index import STATUSES
from auxtheory.study.storage.reader import Reader
from auxtheory.study.storage.records import CELL, TEXTS

# All cells are read where at least this share of them is asked for.
SHARE = 0.25


class CellArray(BackendArray):
    """An array over the dimensions of a layout; `get` returns its values at indices of each."""

    def __init__(self, layout: Layout, dtype: Any, get: Callable[[Indices], Any]) -> None:
        self.layout = layout
        self.shape = layout.shape
        self.dtype = np.dtype(dtype)
        self.get = get

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._outer
        )

    def _outer(self, key: tuple[Any, ...]) -> Any:
        where = tuple(
            np.atleast_1d(np.arange(length)[one])
            for one, length in zip(key, self.shape, strict=True)
        )
        single = tuple(i for i, one in enumerate(key) if isinstance(one, int | np.integer))
        if not all(map(len, where)):
            return np.empty(tuple(map(len, where)), dtype=self.dtype).squeeze(axis=single)
        return self.get(where).squeeze(axis=single)


@dataclass(frozen=True, eq=False)
class Fields:
    """The arrays of the fields of cells, of their statuses, their numbers and their local steps."""

    reader: Reader
    layout: Layout

    def array(self, name: str) -> CellArray:
        """The array of a variable."""
        if name in TEXTS or name == "status":
            return CodedArray(self.layout, self, name)
        dtype = np.dtype(np.int64) if name in ("cell", "local_steps") else CELL[name]
        return CellArray(self.layout, dtype, _Getter(self, name))

    def get(self, name: str, where: Indices) -> NDArray[Any]:
        """The values of a variable at indices of each dimension; texts by their code."""
        if name == "cell":
            return self.layout.numbers(where)
        if name == "local_steps":
            return self._local_steps(where)
        if name == "status":
            return self.layout.part(self.reader.index.status, where)
        if prod(map(len, where)) >= SHARE * self.reader.index.size:
            return self.layout.part(self.reader.everything([name])[name], where)
        return self.reader.at(name, self.layout.numbers(where))

    def words(self, name: str) -> Sequence[str]:
        """The texts of the codes of a variable."""
        return STATUSES if name == "status" else list(self.reader.index.vocabulary)

    def _local_steps(self, where: Indices) -> NDArray[np.int64]:
        description = self.layout.description
        K = np.array(description["axes"]["K"])
        parts = []
        for theorem in where[0].tolist():
            single = "K" in description["theorems"][theorem]["ignores"]
            values = np.ones(1, dtype=np.int64) if single else K
            if "K" in self.layout.dimensions:
                axis = self.layout.dimensions.index("K")
                values = values[np.zeros_like(where[1 + axis]) if single else where[1 + axis]]
                values = values.reshape([-1, *[1] * (len(where) - 2 - axis)])
            else:
                values = values[0]
            parts.append(np.broadcast_to(values, tuple(map(len, where[1:]))))
        return np.stack(parts)


@dataclass(frozen=True)
class _Getter:
    """The values of one variable; an object, since functions inside functions cannot be sent to
    other processes."""

    fields: Fields
    name: str

    def __call__(self, where: Indices) -> NDArray[Any]:
        return self.fields.get(self.name, where)


class CodedArray(CellArray):
    """An array of texts; `codes` is that of their indices in `words`."""

    def __init__(self, layout: Layout, fields: Fields, name: str) -> None:
        super().__init__(layout, object, self._texts)
        dtype = np.int8 if name == "status" else CELL[name]
        self.codes = CellArray(layout, dtype, _Getter(fields, name))
        self.fields = fields
        self.name = name

    @property
    def words(self) -> Sequence[str]:
        """The texts, each at its code."""
        return self.fields.words(self.name)

    def _texts(self, where: Indices) -> NDArray[np.object_]:
        texts = np.array(self.words, dtype=object)
        return np.asarray(texts[self.codes.get(where)])


def lazy(array: CellArray) -> Any:
    """The array as xarray holds it: what is selected is read when its values are asked for."""
    return indexing.LazilyIndexedArray(array)


def coded(variable: Any) -> tuple[NDArray[Any], tuple[str, ...]] | None:
    """The codes of a lazy variable of texts and the texts, without an object for each cell; None
    for other variables."""
    data = variable._data
    if not isinstance(data, indexing.LazilyIndexedArray) or not isinstance(data.array, CodedArray):
        return None
    codes = indexing.LazilyIndexedArray(data.array.codes, data.key)
    return np.asarray(codes), tuple(data.array.words)


def whole(data: xr.Dataset) -> Fields | None:
    """The fields of all cells that a Dataset has; None if it has some of them, or others."""
    array = data["measured"].variable._data if "measured" in data else None
    if not isinstance(array, indexing.LazilyIndexedArray) or array.shape != data["measured"].shape:
        return None
    everything = all(isinstance(k, slice) and k == slice(None) for k in array.key.tuple)
    known = isinstance(array.array, CellArray) and isinstance(array.array.get, _Getter)
    return array.array.get.fields if everything and known else None
