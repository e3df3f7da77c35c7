"""Data sets: scikit-learn's built-in ones, and files in IDX (MNIST), LIBSVM or NumPy's format."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auxtheory.errors import Checks, InputError

IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
NEEDED = "the package scikit-learn is not installed: pip install 'auxtheory[experiments]'"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Features (n, p), dense or sparse, labels as whole numbers from 0, and rows and columns where rows are images."""

    name: str
    features: Any
    labels: Any
    image: tuple[int, int] | None = None

    def of_classes(self, *classes: int) -> Dataset:
        """The samples of some classes, which become 0, 1, … in this order; InputError if a class is missing."""
        checks = Checks()
        for c in classes:
            if not np.any(self.labels == c):
                checks.complain("class", c, f"must be one of {np.unique(self.labels).tolist()}")
        checks.done()
        kept = np.isin(self.labels, classes)
        order = {c: i for i, c in enumerate(classes)}
        labels = np.array([order[int(b)] for b in self.labels[kept]])
        return Dataset(f"{self.name} {' '.join(map(str, classes))}", self.features[kept], labels, self.image)


def load(name: str) -> Dataset:
    """`digits` (1,797 × 64, ten classes), `breast-cancer` (569 × 30, two), scaled to |feature| ≤ 1 and to variance 1;
    or a file: FEATURES.idx with its labels beside it, x.npz with arrays features and labels, else LIBSVM text.

    InputError names the file and the place of what cannot be read.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]()
    path = Path(name)
    if not path.is_file():
        raise InputError.listing([f"data = {name!r}: must be {', '.join(BUILT_IN)} or a file that exists"])
    return _reader(path)(path)


def _reader(path: Path) -> Callable[[Path], Dataset]:
    """By what a file begins with rather than by its name."""
    start = _opened(path)[:4]
    if start[:2] == b"\0\0" and len(start) == 4 and start[2] in IDX_TYPES:
        return read_idx
    return read_npz if path.read_bytes()[:2] == b"PK" else read_svmlight


def _digits() -> Dataset:
    bunch = _sklearn().load_digits()
    return Dataset("digits", bunch.data / 16.0, bunch.target, (8, 8))


def _breast_cancer() -> Dataset:
    bunch = _sklearn().load_breast_cancer()
    A = bunch.data - bunch.data.mean(axis=0)
    return Dataset("breast-cancer", A / A.std(axis=0), bunch.target)


BUILT_IN: dict[str, Callable[[], Dataset]] = {"digits": _digits, "breast-cancer": _breast_cancer}


def _sklearn() -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(NEEDED) from error
    return datasets


def _bad(path: Path, why: str) -> InputError:
    return InputError.listing([f"data = {str(path)!r}: {why}"])


def _opened(path: Path) -> bytes:
    """A file's bytes, unpacked if it is gzipped."""
    raw = path.read_bytes()
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError) as error:
        raise _bad(path, f"is no whole gzip file ({error})") from error


def idx_array(path: Path) -> Any:
    """The array of an IDX file: two zeros, a type, the number of axes, the lengths (big-endian), the numbers."""
    raw = _opened(path)
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in IDX_TYPES:
        raise _bad(path, f"must begin with 0, 0, a type and the number of axes, and begins with {list(raw[:4])}")
    kind, axes = np.dtype(IDX_TYPES[raw[2]]), raw[3]
    start = 4 + 4 * axes
    if axes == 0 or len(raw) < start:
        raise _bad(path, f"ends at byte {len(raw)}, within the lengths of its {axes} axes (up to byte {start})")
    shape = struct.unpack(f">{axes}I", raw[4:start])
    wanted = start + int(np.prod(shape, dtype=object)) * kind.itemsize
    if len(raw) != wanted:
        told = f"an array of shape {shape} of {kind.itemsize}-byte numbers"
        raise _bad(path, f"has {len(raw)} bytes, and {wanted} make {told}")
    return np.frombuffer(raw, kind, offset=start).reshape(shape)


def read_idx(path: Path) -> Dataset:
    """Images and their labels, whose file has `labels` for `images` and `idx1` for `idx3` in its name; pixels as shares
    of 255."""
    images = idx_array(path)
    other = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    if other == path or not other.is_file():
        raise _bad(path, f"needs its labels beside it, in {other.name if other != path else 'a file …labels…'}")
    labels = idx_array(other)
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise _bad(path, f"holds images of shape {images.shape}, and {other.name} labels of shape {labels.shape}")
    scale = 255.0 if images.dtype == np.dtype(">u1") else 1.0
    return Dataset(path.stem, images.reshape(len(images), -1) / scale, labels.astype(int), images.shape[1:])


def read_npz(path: Path) -> Dataset:
    """Arrays `features` (n, p) and `labels` (n,)."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            missing = " and no array ".join(sorted({"features", "labels"} - set(file.files)))
            if missing:
                raise _bad(path, f"has no array {missing}; it has {', '.join(file.files)}")
            features, labels = np.asarray(file["features"], dtype=float), file["labels"]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise _bad(path, f"is no whole .npz of numbers ({error})") from error
    return Dataset(path.stem, features, _numbered(path, labels, len(features)))


def read_svmlight(path: Path) -> Dataset:
    """LIBSVM's text, `label place:value …` a line, by scikit-learn; features stay sparse."""
    reader = _sklearn().load_svmlight_file
    try:
        features, labels = reader(str(path))
    except ValueError as error:
        raise _bad(path, _first_bad_line(path, reader, str(error))) from error
    if features.shape[1] == 0 or features.shape[0] == 0:
        raise _bad(path, "holds no samples")
    return Dataset(path.stem, features, _numbered(path, labels, features.shape[0]))


def _first_bad_line(path: Path, reader: Callable[..., Any], why: str) -> str:
    """Where a LIBSVM file stops being one."""
    for number, line in enumerate(_opened(path).splitlines(keepends=True), start=1):
        try:
            reader(io.BytesIO(line))
        except ValueError as error:
            text = line.decode(errors="replace").strip()[:60]
            return f"line {number} is no `label place:value …` ({error}): {text!r}"
    return f"cannot be read ({why})"


def _numbered(path: Path, labels: Any, n: int) -> Any:
    """Labels as whole numbers from 0 on, in the order of what they were."""
    if np.shape(labels) != (n,):
        raise _bad(path, f"has labels of shape {np.shape(labels)} for {n} samples")
    if np.asarray(labels).dtype.kind == "f" and not np.all(np.isfinite(labels)):
        place = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise _bad(path, f"label {place} is {labels[place]}")
    return np.unique(labels, return_inverse=True)[1].reshape(-1)
