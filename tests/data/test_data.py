"""Data sets are read as they were written, and what cannot be read is named with its place."""

from __future__ import annotations

import gzip
import io
import math
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from complaints import refused
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import minimize

from auxtheory.data import Dataset, idx_array, load
from auxtheory.problems import Logistic

pytest.importorskip("sklearn")
TYPES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx(array: np.ndarray) -> bytes:
    """An array as an IDX file."""
    kind = TYPES[array.dtype.str[1:]]
    head = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def mnist(folder: Path, n: int = 5) -> tuple[Path, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 3, 2), dtype=np.uint8)
    labels = rng.integers(0, 10, n).astype(np.uint8)
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(idx(images))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    return path, images, labels


shapes = st.lists(st.integers(0, 4), min_size=1, max_size=3)


@given(kind=st.sampled_from(sorted(TYPES)), shape=shapes, zipped=st.booleans())
def test_idx_arrays(tmp_path_factory: Any, kind: str, shape: list[int], zipped: bool) -> None:
    """Otherwise a type, a shape or the order of bytes is mistaken."""
    array = np.arange(int(np.prod(shape))).reshape(shape).astype(kind)
    path = tmp_path_factory.mktemp("idx") / "x"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    found = idx_array(path)
    assert found.shape == array.shape and np.array_equal(found, array)


def test_mnist(tmp_path: Path) -> None:
    """Otherwise pixels, labels or the shape of the images are lost."""
    path, images, labels = mnist(tmp_path)
    data = load(str(path))
    np.testing.assert_allclose(data.features, images.reshape(5, 6) / 255)
    assert [data.classes[b] for b in data.labels] == labels.tolist() and data.image == (3, 2)


def test_the_other_formats(tmp_path: Path) -> None:
    """Otherwise features or labels come back other than they were written."""
    A = np.array([[0.0, 1.5], [2.0, 0.0], [0.0, -1.0]])
    labels = np.array([3, -1, 3])
    text = tmp_path / "x.svm"
    packed = tmp_path / "x.npz"
    text.write_text("3 2:1.5\n-1 1:2.0\n3 2:-1\n")
    np.savez(packed, features=A, labels=labels)
    for data in (load(str(text)), load(str(packed))):
        features = (
            data.features if isinstance(data.features, np.ndarray) else data.features.toarray()
        )
        assert np.array_equal(features, A) and data.labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("name", "n", "p", "classes"), [("digits", 1797, 64, 10), ("breast-cancer", 569, 30, 2)]
)
def test_what_is_built_in(name: str, n: int, p: int, classes: int) -> None:
    """Otherwise the embedded sets are not those of scikit-learn, or not scaled."""
    data = load(name)
    assert data.features.shape == (n, p) and np.unique(data.labels).tolist() == list(range(classes))
    assert np.max(np.abs(data.features)) <= (1 if name == "digits" else 15)
    if name == "digits":
        assert data.image == (8, 8)
    else:
        np.testing.assert_allclose(data.features.std(axis=0), 1)


def test_some_classes() -> None:
    """Otherwise a task of two classes mixes up which is which."""
    data = Dataset("x", np.arange(6.0)[:, None], np.array([0, 1, 2, 0, 1, 2]))
    few = data.of_classes(2, 0)
    assert few.features.ravel().tolist() == [0, 2, 3, 5] and few.labels.tolist() == [1, 0, 1, 0]
    refused(lambda: data.of_classes(3, 0), ["class = 3"])
    refused(
        lambda: data.of_classes(np.array([0, 1])), ["class = [0, 1]: must be a class of x: 0, 1, 2"]
    )


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Otherwise a bad or truncated file fails without a word on where."""
    path, images, _ = mnist(tmp_path)
    whole = path.read_bytes()
    labels = tmp_path / "train-labels-idx1-ubyte"

    def says(text: str, file: Path = path) -> None:
        with pytest.raises(Exception) as error:
            load(str(file))
        assert str(file) in str(error.value) and text in str(error.value), str(error.value)

    path.write_bytes(whole[:10])
    says("ends at byte 10")
    path.write_bytes(whole[:-3])
    says(f"{len(whole) - 3} bytes, and {len(whole)} make an array")
    path.write_bytes(gzip.compress(whole)[:-4])
    says("is not a complete gzip file")
    path.write_bytes(whole)
    labels.write_bytes(idx(np.zeros(4, dtype=np.uint8)))
    says("labels of shape (4,)")
    labels.unlink()
    says("needs its labels next to it")
    packed = tmp_path / "x.npz"
    np.savez(packed, features=images)
    says("has no array labels", packed)
    np.savez(packed, features=np.zeros((2, 1)), labels=[0.0, np.nan])
    says("sample 1 has the label nan", packed)
    np.savez(packed, features=np.zeros((2, 1)), labels=[0.0])
    says("labels of shape (1,) for 2 samples", packed)
    packed.write_bytes(packed.read_bytes()[:50])
    says("not a complete .npz", packed)
    text = tmp_path / "x.svm"
    text.write_text("1 1:2.0\n0 2:x\n")
    says("line 2", text)
    text.write_text("")
    says("holds no samples", text)
    refused(
        lambda: load("none"), ["data = 'none': must be digits, breast-cancer or a file that exists"]
    )


def libsvm(features: np.ndarray, values: Any) -> bytes:
    rows = zip(features.tolist(), values, strict=True)
    return "".join(
        f"{b} " + " ".join(f"{j + 1}:{a!r}" for j, a in enumerate(row)) + "\n" for row, b in rows
    ).encode()


def npz(features: np.ndarray, values: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, features=features, labels=values)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["idx", "libsvm", "npz"])
def test_classes_are_those_of_the_file_in_every_format(kind: str, tmp_path: Path) -> None:
    """Otherwise `of_classes(3, 5)` takes 4 and 6 on digits without class 0, in some formats and not in
    others."""
    digits = load("digits")
    kept = np.flatnonzero(digits.labels != 0)[:200]
    A = digits.features[kept]
    values = digits.labels[kept]
    path = tmp_path / "x-images"
    path.write_bytes(
        {"idx": lambda a, b: idx(a.reshape(-1, 8, 8)), "libsvm": libsvm, "npz": npz}[kind](
            A, values
        )
    )
    (tmp_path / "x-labels").write_bytes(idx(values.astype("u1")))
    data = load(path)
    assert data.classes == tuple(range(1, 10)) and np.array_equal(data.labels, values - 1)
    few = data.of_classes(5, 3)
    wanted = np.isin(values, [3, 5])
    features = few.features if isinstance(few.features, np.ndarray) else few.features.toarray()
    assert np.array_equal(features, A[wanted]) and few.classes == (5, 3)
    assert np.array_equal(few.labels, values[wanted] == 3)
    assert [few.classes[b] for b in few.labels] == values[wanted].tolist()
    again = few.of_classes(3)
    assert (
        again.classes == (3,)
        and not np.any(again.labels)
        and len(again.labels) == np.sum(values == 3)
    )
    messages = [
        "class = 0: must be a class of x-images: 1, 2, 3, ",
        "class = 3: must be given once",
    ]
    refused(lambda: data.of_classes(0, 3, 3), messages)
    odd = data.odd_or_even()
    assert odd.classes == ("even", "odd") and np.array_equal(odd.labels, values % 2)


@pytest.mark.parametrize(
    ("labels", "classes", "numbers"),
    [
        ([-1, 1, -1], (-1, 1), [0, 1, 0]),
        ([2.0, 1.0, 2.0], (1, 2), [1, 0, 1]),
        ([True, False, True], (False, True), [1, 0, 1]),
        (["cat", "dog", "ant"], ("ant", "cat", "dog"), [1, 2, 0]),
        (np.array(["b", "a", "b"], dtype=object), ("a", "b"), [1, 0, 1]),
        (np.array([200, 3, 200], dtype="u1"), (3, 200), [1, 0, 1]),
    ],
)
def test_labels_are_numbered_in_the_order_of_their_values(
    labels: Any, classes: Any, numbers: list[int]
) -> None:
    """Otherwise the values of classes are lost, or depend on how a format stores them."""
    data = Dataset("x", np.ones((3, 1)), labels)
    assert data.classes == classes and data.labels.tolist() == numbers
    assert [type(value) for value in data.classes] == [type(value) for value in classes]
    assert replace(data, name="y").classes == classes, "a copy numbers its labels again"
    assert data.of_classes(classes[1]).features.shape == (numbers.count(1), 1)
    Logistic(features=data.features, labels=data.labels)  # takes the numbers


def test_labels_that_are_no_classes_are_refused() -> None:
    """Otherwise a data set made by hand has classes that a file's would not."""
    A = np.ones((3, 1))
    for labels, told in (
        ([0.5, 1, 2], "sample 0 has the label 0.5"),
        ([1, math.nan, 2], "sample 1 has the label nan"),
        ([1, 2], "has labels of shape (2,) for 3 samples"),
        ([1, "a", None], "has labels of type object"),
    ):
        refused(lambda labels=labels: Dataset("x", A, labels), [f"labels = {labels}: {told}"])
    for features in (None, [1.0, 2.0, 3.0], [[1.0], [2.0, 3.0], [4.0]]):
        told = f"features = {features}: must be a matrix"
        refused(lambda features=features: Dataset("x", features, [1, 2, 1]), [told])
    for store in (np.array, np.ndarray.tolist, sparse.coo_array):
        assert Dataset("x", store(A), [1, 2, 1]).of_classes(1).features.shape == (2, 1)
    for numbers in ([0, 1, 2], [-1, 0, 1], [0.0, 1.0, 1.0], [0, 1]):
        told = f"labels = {numbers}: must be 3 whole numbers from 0 to 1"
        refused(lambda numbers=numbers: Dataset("x", A, numbers, classes=("a", "b")), [told])
    letters = Dataset("x", np.ones((52, 1)), list(range(1, 27)) * 2)
    listed = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, … (26 in all)"
    refused(lambda: letters.of_classes(0), [f"class = 0: must be a class of x: {listed}"])
    for values, shown in ((["a", "b", "c"], "'a', 'b', 'c'"), ([1, 3, 5], "1, 3, 5")):
        told = f"classes of x = {shown}: must be odd and even numbers, or two classes"
        refused(lambda values=values: Dataset("x", A, values).odd_or_even(), [told])
    two = Dataset("x", A, [-1, 1, 1])
    assert two.odd_or_even() is two, "-1 and 1 are both odd"
    told = (
        "labels = [1, 2, 3]: must be whole numbers from 0 without gaps, or classes must be "
        "given; or −1 and 1 (aux"
    )
    refused(lambda: Logistic(features=A, labels=[1, 2, 3]), [told])


def test_the_fit_of_a_libsvm_file_is_that_of_another_solver(tmp_path: Path) -> None:
    """Otherwise features, labels or their signs are not those of the file."""
    rng = np.random.default_rng(0)
    A = np.where(rng.random((60, 5)) < 0.5, rng.standard_normal((60, 5)), 0.0)
    signs = np.where(A @ np.arange(1, 6) + rng.standard_normal(60) > 0, 1, -1)
    path = tmp_path / "x.svm"
    path.write_bytes(libsvm(A, [f"{sign:+d}" for sign in signs]))
    data = load(path)
    f = Logistic(features=data.features, labels=data.labels, l2=0.01)

    def loss(x: np.ndarray) -> float:
        return float(np.mean(np.logaddexp(0, -signs * (A @ x))) + 0.005 * x @ x)

    assert f.minimum[1] == pytest.approx(minimize(loss, np.zeros(5), tol=1e-12).fun, rel=1e-9)
