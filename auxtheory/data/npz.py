"""Reading NumPy's .npz files with arrays `features` (n, p) and `labels` (n,)."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from auxtheory.data.contents import unreadable
from auxtheory.data.dataset import Dataset, from_file

NEEDED = "features", "labels"
SAVED_SPARSE = {"data", "indices", "indptr", "shape"}  # arrays that scipy.sparse.save_npz writes


def is_npz(raw: bytes) -> bool:
    """Whether a file's bytes begin as a zip archive."""
    return raw.startswith((b"PK\3\4", b"PK\5\6"))


def read_npz(path: Path, raw: bytes) -> Dataset:
    """Features, checked to be finite numbers, and labels."""
    features, labels = _arrays(path, raw)
    if features.ndim != 2 or features.dtype.kind not in "biuf":
        description = f"has features of shape {features.shape} and type {features.dtype}"
        raise unreadable(path, f"{description}: must be a matrix of numbers, samples × features")
    if not features.size:
        raise unreadable(
            path, f"holds no samples or no features: features of shape {features.shape}"
        )
    with np.errstate(over="ignore"):
        features = np.ascontiguousarray(features, dtype=float)
    finite = np.isfinite(features)
    if not np.all(finite):
        row, column = (int(i) for i in np.argwhere(~finite)[0])
        raise unreadable(
            path, f"features, row {row}, column {column} is {features[row, column]}: must be finite"
        )
    return from_file(path, features, labels, place=lambda i: f"labels: sample {i}")


def _arrays(path: Path, raw: bytes) -> list[Any]:
    """The two arrays; zipfile verifies the checksum of each before it is parsed."""
    members: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members_listed = archive.namelist()
            if all(f"{name}.npy" in members_listed for name in NEEDED):
                members = {name: archive.read(f"{name}.npy") for name in NEEDED}
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
    ) as error:
        raise unreadable(path, f"is not a complete .npz file ({error})") from error
    if not members:
        raise unreadable(path, _without(members_listed))
    return [_array(path, name, member) for name, member in members.items()]


def _array(path: Path, name: str, member: bytes) -> Any:
    """One member as an array; Python objects, which would have to be unpickled, are refused."""
    stream = io.BytesIO(member)
    try:
        array = np.lib.format.read_array(stream, allow_pickle=False)
    except (ValueError, EOFError, MemoryError, OverflowError) as error:
        objects = "Object arrays" in str(error)
        why = (
            "holds Python objects; must be numbers (or strings, for labels)"
            if objects
            else f"is not an array ({error})"
        )
        raise unreadable(path, f"{name} {why}") from error
    return array


def _without(members: list[str]) -> str:
    """The error text for an archive without the needed arrays, with what it holds instead."""
    names = [name.removesuffix(".npy") for name in members if name.endswith(".npy")]
    if not names:
        files = ", ".join(members[:5]) or "nothing"
        return f"is a zip archive without arrays, and holds {files}: extract it, and give the file"
    if set(names) >= SAVED_SPARSE:
        return (
            "is one sparse matrix, without labels: save both with "
            "sklearn.datasets.dump_svmlight_file"
        )
    missing = " and no array ".join(name for name in NEEDED if name not in names)
    return f"has no array {missing}; it has {', '.join(names)}"
