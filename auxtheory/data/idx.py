"""Reading IDX, the format of MNIST: one array per file, with images and labels in two files."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from auxtheory.data.contents import contents, unreadable
from auxtheory.data.dataset import Dataset, from_file

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_AXES = 8
SUFFIXES = ".gz", ".bz2", ".xz", ".lzma"


def is_idx(raw: bytes) -> bool:
    """Whether a file's bytes begin as IDX: two zeros, a type and the number of axes."""
    return len(raw) >= 4 and raw[:2] == b"\0\0" and raw[2] in TYPES


def idx_array(path: Path, raw: bytes | None = None) -> Any:
    """Return the array of an IDX file, the format of MNIST.

    Args:
        path: the file.
        raw: its bytes, where they are already known.

    Returns:
        The array.

    Raises:
        InputError: the file is not IDX, or is incomplete.

    Example:
        >>> from pathlib import Path
        >>> from auxtheory.data import idx_array
        >>> idx_array(Path("labels"), bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])).tolist()
        [7, 9]
    """
    raw = contents(path) if raw is None else raw
    if not is_idx(raw):
        raise unreadable(
            path,
            f"must begin with 0, 0, a type and the number of axes, and begins with {list(raw[:4])}",
        )
    kind = np.dtype(TYPES[raw[2]])
    axes = raw[3]
    start = 4 + 4 * axes
    if not 1 <= axes <= MAX_AXES:
        raise unreadable(path, f"has {axes} axes at byte 3: must have 1 to {MAX_AXES}")
    if len(raw) < start:
        raise unreadable(
            path,
            f"ends at byte {len(raw)}, within the lengths of its {axes} axes (up to byte {start})",
        )
    shape = struct.unpack(f">{axes}I", raw[4:start])
    wanted = start + int(np.prod(shape, dtype=object)) * kind.itemsize
    if len(raw) != wanted:
        expected = f"an array of shape {shape} of {kind.itemsize}-byte numbers"
        raise unreadable(path, f"has {len(raw)} bytes, and {wanted} make {expected}")
    return np.frombuffer(raw, kind, offset=start).reshape(shape)


def read_idx(path: Path, raw: bytes) -> Dataset:
    """Read images and their labels, with pixels as shares of 255. The name of the labels' file has
    `labels` for `images` and `idx1` for `idx3`; each file may be compressed."""
    images = idx_array(path, raw)
    if images.ndim != 3:
        what = "labels: give the file of the images" if images.ndim == 1 else "no images"
        raise unreadable(path, f"holds an array of shape {images.shape}, {what}")
    if not images.size:
        raise unreadable(path, f"holds no samples: images of shape {images.shape}")
    other = _partner(path)
    labels = idx_array(other)
    if labels.shape != images.shape[:1]:
        raise unreadable(
            path,
            f"holds images of shape {images.shape}, and {other.name} labels of shape "
            f"{labels.shape}",
        )
    if images.dtype.kind == "f" and not np.all(np.isfinite(images)):
        image, row, column = (int(i) for i in np.argwhere(~np.isfinite(images))[0])
        value = images[image, row, column]
        raise unreadable(
            path, f"image {image}, row {row}, column {column} is {value}: must be finite"
        )
    scale = 255.0 if images.dtype == np.dtype(">u1") else 1.0
    features = images.reshape(len(images), -1) / scale
    data = from_file(
        other, features, labels.astype(labels.dtype.newbyteorder("=")), images.shape[1:]
    )
    return Dataset(path.stem, data.features, data.labels, data.image, data.classes)


def _partner(path: Path) -> Path:
    """The file of the labels, with the same suffix of a compression, with another, or without."""
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    bare = name.removesuffix(path.suffix) if path.suffix in SUFFIXES else name
    others = [
        path.with_name(n)
        for n in dict.fromkeys((name, bare, *(bare + suffix for suffix in SUFFIXES)))
    ]
    if name == path.name:
        raise unreadable(
            path,
            "needs its labels in a file …labels… next to it, and its own name must have …images…",
        )
    partner = next((other for other in others if other.is_file()), None)
    if partner is None:
        raise unreadable(
            path, f"needs its labels next to it, in {name} (also .gz, .bz2, .xz or not compressed)"
        )
    return partner
