"""A small data set in each format."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auxtheory.data import Dataset
from auxtheory.errors import InputError

A = np.array([[0.0, 1.5, 0.25], [2.0, 0.0, 0.0], [0.0, -1.0, 3.0], [0.5, 0.0, 0.0]])
VALUES = [5, 3, 5, 9]
TYPES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda raw: raw,
    "gzip": lambda raw: gzip.compress(raw, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda raw: lzma.compress(raw, lzma.FORMAT_ALONE),
}


def idx(array: Any) -> bytes:
    """An array as an IDX file."""
    array = np.asarray(array)
    head = bytes([0, 0, TYPES[array.dtype.str[1:]], array.ndim]) + struct.pack(
        f">{array.ndim}I", *array.shape
    )
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def npz(**arrays: Any) -> bytes:
    """Arrays as the bytes of an .npz."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def text(features: Any = A, labels: Any = VALUES, first: int = 1, end: str = "\n") -> bytes:
    """LIBSVM text, with the indices from `first` on."""
    rows = [
        " ".join(
            [
                str(label),
                *(f"{j + first}:{value!r}" for j, value in enumerate(row.tolist()) if value),
            ]
        )
        for row, label in zip(np.asarray(features, dtype=float), labels, strict=True)
    ]
    return "".join(row + end for row in rows).encode()


def images(features: Any = A, kind: str = "f8") -> bytes:
    """Rows as images of one row of pixels."""
    array = np.asarray(features, dtype=kind)
    return idx(array.reshape(len(array), 1, -1))


FORMATS: dict[str, Callable[[], bytes]] = {
    "idx": images,
    "npz": lambda: npz(features=A, labels=VALUES),
    "text": text,
}


def stored(folder: Path, raw: bytes, labels: bytes | None = None, name: str = "x-images") -> Path:
    """A file in a folder, and, for IDX, its labels."""
    path = folder / name
    path.write_bytes(raw)
    (folder / name.replace("images", "labels")).write_bytes(
        idx(np.array(VALUES, "u1")) if labels is None else labels
    )
    path.write_bytes(raw)
    return path


def dense(data: Dataset) -> Any:
    return data.features if isinstance(data.features, np.ndarray) else data.features.toarray()


def as_written(data: Dataset, features: Any = A, labels: Any = VALUES) -> bool:
    """Whether features and the values of the classes are those that were written."""
    return np.array_equal(dense(data), features) and [data.classes[b] for b in data.labels] == list(
        labels
    )


def says(make: Callable[[], Any], path: Path, told: str) -> None:
    """One InputError of one line, with the file and these words."""
    with pytest.raises(InputError) as error:
        make()
    assert len(error.value.complaints) == 1
    assert f"data = {str(path)!r}: " in str(error.value) and told in str(error.value), str(
        error.value
    )
