"""The order of a study's cells: in its store, where theorem follows theorem and the axes have an
order of their own, and in tables, where axes are in the order in which the study lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# The places that are asked for, along each dimension.
Indices: TypeAlias = "tuple[NDArray[np.int64], ...]"


@dataclass(frozen=True)
class Block:
    """The cells of one theorem.

    Args:
        first: The number of the first of its cells.
        shape: The lengths of all axes in the order of the store, 1 where the theorem ignores one.
        permutation: The places of the axes of a table among these.
        several: Of the axes of a table, those that are dimensions.
    """

    first: int
    shape: tuple[int, ...]
    permutation: tuple[int, ...]
    several: tuple[bool, ...]

    @property
    def size(self) -> int:
        """The number of cells."""
        return prod(self.shape)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths of all axes in the order of a table."""
        return tuple(self.shape[i] for i in self.permutation)

    def by_dimension(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values by all axes in the order of the store, some of length 1, by the dimensions of a
        table."""
        first = tuple(slice(None) if dimension else 0 for dimension in self.several)
        return np.transpose(values, self.permutation)[first]

    def cells_of(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The cells in rows, both counted from the first one of this theorem."""
        indices = np.unravel_index(rows, self.lengths)
        back = np.argsort(self.permutation)
        return np.asarray(np.ravel_multi_index([indices[i] for i in back], self.shape))


@dataclass(frozen=True)
class Layout:
    """The theorems of a study and their cells.

    Args:
        description: The description of the study in its store.
    """

    description: Mapping[str, Any]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The cells of each theorem."""
        order = self.description["order"]
        axes = self.description["axes"]
        permutation = tuple(order.index(name) for name in axes)
        several = tuple(name in self.description["several"] for name in axes)
        blocks = []
        first = 0
        for theorem in self.description["theorems"]:
            block = Block(first, tuple(theorem["shape"]), permutation, several)
            blocks.append(block)
            first += block.size
        return tuple(blocks)

    @property
    def size(self) -> int:
        """The number of cells."""
        return sum(block.size for block in self.blocks)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The axes of several values in the order of a table."""
        several = self.description["several"]
        return tuple(name for name in self.description["axes"] if name in several)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The number of theorems, and the lengths of the axes."""
        axes = self.description["axes"]
        return (len(self.description["theorems"]), *(len(axes[name]) for name in self.dimensions))

    def strides(self, theorem: int) -> tuple[int, ...]:
        """By how much the number of a theorem's cell grows along each axis; 0 if it ignores it."""
        lengths = self.blocks[theorem].shape
        steps = [prod(lengths[i + 1 :]) for i in range(len(lengths))]
        by_name = {
            name: step if length > 1 else 0
            for name, step, length in zip(self.description["order"], steps, lengths, strict=True)
        }
        return tuple(by_name[name] for name in self.dimensions)

    def numbers(self, where: Indices) -> NDArray[np.int64]:
        """The numbers of the cells at these indices of each dimension."""
        parts = []
        for theorem in where[0].tolist():
            steps = self.strides(theorem)
            number = np.asarray(self.blocks[theorem].first, dtype=np.int64)
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
                flat[self.blocks[theorem].first :],
                self.shape[1:],
                [step * stride for stride in self.strides(theorem)],
                writeable=False,
            )
            for axis, (indices, length) in enumerate(zip(where[1:], self.shape[1:], strict=True)):
                if not np.array_equal(indices, np.arange(length)):
                    view = np.take(view, indices, axis=axis)
            parts.append(view)
        return parts[0][None] if len(parts) == 1 else np.stack(parts)
