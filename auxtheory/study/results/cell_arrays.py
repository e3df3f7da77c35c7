"""Lazy arrays over the cells of a study, with the theorems as first dimension; along an axis that a
theorem ignores its values are repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from auxtheory.study.storage.index import STATUSES
from auxtheory.study.storage.reader import Reader
from auxtheory.study.storage.records import CELL, TEXTS

# All cells are read where at least this share of them is asked for.
SHARE = 0.25
Indices = tuple[NDArray[np.int64], ...]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the cells of a study are in an array with the dimensions `dims`."""

    description: Mapping[str, Any]

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """The axes of several values, in the order in which the study lists them."""
        description = self.description
        return tuple(name for name in description["axes"] if name in description["several"])

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The number of theorems, and the lengths of the axes."""
        axes = self.description["axes"]
        return (len(self.description["theorems"]), *(len(axes[name]) for name in self.axes))

    @cached_property
    def firsts(self) -> tuple[int, ...]:
        """The number of the first cell of each theorem."""
        sizes = [prod(theorem["shape"]) for theorem in self.description["theorems"]]
        return tuple(np.cumsum([0, *sizes]).tolist()[:-1])

    def strides(self, theorem: int) -> tuple[int, ...]:
        """By how much the number of a theorem's cell grows along each axis; 0 if it ignores it."""
        lengths = self.description["theorems"][theorem]["shape"]
        steps = [prod(lengths[i + 1 :]) for i in range(len(lengths))]
        by_name = {
            name: step if length > 1 else 0
            for name, step, length in zip(self.description["order"], steps, lengths, strict=True)
        }
        return tuple(by_name[name] for name in self.axes)

    def numbers(self, where: Indices) -> NDArray[np.int64]:
        """The numbers of the cells at these indices of each dimension."""
        parts = []
        for theorem in where[0].tolist():
            steps = self.strides(theorem)
            number = np.asarray(self.firsts[theorem], dtype=np.int64)
            for indices, step in zip(where[1:], steps, strict=True):
                number = number[..., None] + indices * step
            parts.append(number)
        return np.stack(parts)

    def part(self, flat: NDArray[Any], where: Indices) -> NDArray[Any]:
        """The values at these indices, of an array with a value for each cell."""
        parts = []
        for theorem in where[0].tolist():
            step = flat.strides[0]
            view = np.lib.stride_tricks.as_strided(
                flat[self.firsts[theorem] :],
                self.shape[1:],
                [step * stride for stride in self.strides(theorem)],
                writeable=False,
            )
            for axis, (indices, length) in enumerate(zip(where[1:], self.shape[1:], strict=True)):
                if not np.array_equal(indices, np.arange(length)):
                    view = np.take(view, indices, axis=axis)
            parts.append(view)
        return parts[0][None] if len(parts) == 1 else np.stack(parts)


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
            if "K" in self.layout.axes:
                axis = self.layout.axes.index("K")
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
