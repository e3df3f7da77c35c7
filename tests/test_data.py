"""Data sets are read as they were written, and what cannot be read is named with its place."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_logistic import refused

from auxtheory.data import Dataset, idx_array, load

pytest.importorskip("sklearn")
TYPES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx(array: np.ndarray) -> bytes:
    """An array as an IDX file."""
    kind = TYPES[array.dtype.str[1:]]
    head = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def mnist(folder: Path, n: int = 5) -> tuple[Path, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (n, 3, 2), dtype=np.uint8), rng.integers(0, 10, n).astype(np.uint8)
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(idx(images))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    return path, images, labels


shapes = st.lists(st.integers(0, 4), min_size=1, max_size=3)


@given(kind=st.sampled_from(sorted(TYPES)), shape=shapes, zipped=st.booleans())
def test_idx_arrays(tmp_path_factory: Any, kind: str, shape: list[int], zipped: bool) -> None:
    """Else a type, a shape or the order of bytes is mistaken."""
    array = np.arange(int(np.prod(shape))).reshape(shape).astype(kind)
    path = tmp_path_factory.mktemp("idx") / "x"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    found = idx_array(path)
    assert found.shape == array.shape and np.array_equal(found, array)


def test_mnist(tmp_path: Path) -> None:
    """Else pixels, labels or the shape of the images are lost."""
    path, images, labels = mnist(tmp_path)
    data = load(str(path))
    np.testing.assert_allclose(data.features, images.reshape(5, 6) / 255)
    assert data.labels.tolist() == labels.tolist() and data.image == (3, 2)


def test_the_other_formats(tmp_path: Path) -> None:
    """Else features or labels come back other than they were written."""
    A, labels = np.array([[0.0, 1.5], [2.0, 0.0], [0.0, -1.0]]), np.array([3, -1, 3])
    text, packed = tmp_path / "x.svm", tmp_path / "x.npz"
    text.write_text("3 2:1.5\n-1 1:2.0\n3 2:-1\n")
    np.savez(packed, features=A, labels=labels)
    for data in (load(str(text)), load(str(packed))):
        features = data.features if isinstance(data.features, np.ndarray) else data.features.toarray()
        assert np.array_equal(features, A) and data.labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize(("name", "n", "p", "classes"), [("digits", 1797, 64, 10), ("breast-cancer", 569, 30, 2)])
def test_what_is_built_in(name: str, n: int, p: int, classes: int) -> None:
    """Else the embedded sets are not those of scikit-learn, or not scaled."""
    data = load(name)
    assert data.features.shape == (n, p) and np.unique(data.labels).tolist() == list(range(classes))
    assert np.max(np.abs(data.features)) <= (1 if name == "digits" else 15)
    if name == "digits":
        assert data.image == (8, 8)
    else:
        np.testing.assert_allclose(data.features.std(axis=0), 1)


def test_some_classes() -> None:
    """Else a task of two classes mixes up which is which."""
    data = Dataset("x", np.arange(6.0)[:, None], np.array([0, 1, 2, 0, 1, 2]))
    few = data.of_classes(2, 0)
    assert few.features.ravel().tolist() == [0, 2, 3, 5] and few.labels.tolist() == [1, 0, 1, 0]
    refused(lambda: data.of_classes(3, 0), ["class = 3"])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Else a bad or truncated file fails without a word on where."""
    path, images, _ = mnist(tmp_path)
    whole, labels = path.read_bytes(), tmp_path / "train-labels-idx1-ubyte"

    def says(text: str, file: Path = path) -> None:
        with pytest.raises(Exception) as error:
            load(str(file))
        assert str(file) in str(error.value) and text in str(error.value), str(error.value)

    path.write_bytes(whole[:10])
    says("ends at byte 10")
    path.write_bytes(whole[:-3])
    says(f"{len(whole) - 3} bytes, and {len(whole)} make an array")
    path.write_bytes(gzip.compress(whole)[:-4])
    says("no whole gzip")
    path.write_bytes(whole)
    labels.write_bytes(idx(np.zeros(4, dtype=np.uint8)))
    says("labels of shape (4,)")
    labels.unlink()
    says("needs its labels beside it")
    packed = tmp_path / "x.npz"
    np.savez(packed, features=images)
    says("has no array labels", packed)
    np.savez(packed, features=np.zeros((2, 1)), labels=[0.0, np.nan])
    says("label 1 is nan", packed)
    np.savez(packed, features=np.zeros((2, 1)), labels=[0.0])
    says("labels of shape (1,) for 2 samples", packed)
    packed.write_bytes(packed.read_bytes()[:50])
    says("no whole .npz", packed)
    text = tmp_path / "x.svm"
    text.write_text("1 1:2.0\n0 2:x\n")
    says("line 2", text)
    text.write_text("")
    says("holds no samples", text)
    refused(lambda: load("none"), ["data = 'none': must be digits, breast-cancer or a file that exists"])
