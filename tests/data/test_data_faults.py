"""Each format of data with each fault: a file is read as it was written, or one error names the
file and the place."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from auxtheory.data import Dataset, load
from auxtheory.errors import InputError

pytest.importorskip("sklearn")

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
CHECKED = "gzip", "bzip2", "xz"  # whose checksum finds every change


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


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("name", ["x-images", "x-images.gz", "x-images.bz2", "x-images.txt"])
@pytest.mark.parametrize("kind", FORMATS)
def test_compression_is_told_by_content(kind: str, name: str, packed: str, tmp_path: Path) -> None:
    """Else a file without its suffix, or with another's, is misread."""
    raw = PACKED[packed](FORMATS[kind]())
    assert as_written(
        load(stored(tmp_path, raw, PACKED[packed](idx(np.array(VALUES, "u1"))), name))
    )
    # Two streams, as parallel compressors write.
    twice = PACKED[packed](raw[:20]) + PACKED[packed](raw[20:])
    if packed != "plain":
        assert as_written(load(stored(tmp_path, twice, name=name)))


# What is written, and features, values of classes and image that must be read.
READ: dict[str, tuple[bytes, Any, Any]] = {
    "indices from 0": (text(first=0), A, VALUES),
    "lines end as on Windows": (text(end="\r\n"), A, VALUES),
    "lines end as on old Macs": (text(end="\r"), A, VALUES),
    "no end of the last line": (text()[:-1], A, VALUES),
    "a byte-order mark": (b"\xef\xbb\xbf" + text(), A, VALUES),
    "comments and blank lines": (
        b"# caf\xe9 under_score\n\n" + text(end=" # 7:nan\n\n"),
        A,
        VALUES,
    ),
    "queries": (text(labels=[f"{value} qid:7" for value in VALUES]), A, VALUES),
    "a sample without features": (text() + b"3\n", np.vstack([A, 0 * A[:1]]), [*VALUES, 3]),
    "tabs and many spaces": (text().replace(b" ", b" \t "), A, VALUES),
    "labels -1 and +1": (text(labels=["-1", "+1", "-1", "+1"]), A, [-1, 1, -1, 1]),
    "labels 1.0 and 2e0": (text(labels=["1.0", "2e0", "1.0", "2.0"]), A, [1, 2, 1, 2]),
    "strings in an npz": (npz(features=A, labels=["b", "a", "b", "c"]), A, ["b", "a", "b", "c"]),
    "bytes in an npz": (npz(features=A, labels=[b"b", b"a", b"b", b"c"]), A, ["b", "a", "b", "c"]),
    "bytes in Latin-1": (
        npz(features=A, labels=[b"\xe9", b"a", b"\xe8", b"a"]),
        A,
        ["\\xe9", "a", "\\xe8", "a"],
    ),
    "extended precision": (npz(features=A.astype("g"), labels=np.array(VALUES, "g")), A, VALUES),
    "booleans in an npz": (
        npz(features=A, labels=[True, False, True, False]),
        A,
        [True, False, True, False],
    ),
    "floats that are whole": (npz(features=A, labels=[2.0, 1.0, 2.0, 7.0]), A, [2, 1, 2, 7]),
    "single precision": (npz(features=A.astype("f4"), labels=VALUES), A, VALUES),
    "columns first": (npz(features=np.asfortranarray(A), labels=VALUES), A, VALUES),
    "whole features": (npz(features=(4 * A).astype(int), labels=VALUES), 4 * A, VALUES),
    "more arrays": (npz(features=A, labels=VALUES, more=[1]), A, VALUES),
    "pixels": (
        images([[0, 51], [255, 0], [0, 0], [0, 0]], "u1"),
        [[0, 0.2], [1, 0], [0, 0], [0, 0]],
        VALUES,
    ),
    "26 classes of one sample each": (
        npz(features=np.eye(26), labels=np.arange(1, 27)),
        np.eye(26),
        range(1, 27),
    ),
}


@pytest.mark.parametrize("case", READ)
def test_what_is_right_is_read(case: str, tmp_path: Path) -> None:
    """Else a file that others write is refused, or its values are lost."""
    raw, features, labels = READ[case]
    data = load(stored(tmp_path, raw))
    assert as_written(data, features, labels)
    assert sorted(set(data.labels.tolist())) == list(range(len(data.classes)))
    assert list(data.classes) == sorted(set(labels))
    assert {type(value) for value in data.classes} <= {int, str, bool}


NAN = A.copy()
MANY = np.arange(900.0, 1400.0, 5.0)
NAN[2, 1] = np.nan
LINE = b"1 1:2.0\n# 1\n\n"  # then a bad line is the fourth
SPARSE = io.BytesIO()
sparse.save_npz(SPARSE, sparse.csr_array(A))
ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w") as archive:
    archive.writestr("x.svm", "1 1:2")
# What is written, and what the error must say of it.
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "only comments": (b"# 1\n\n", "holds no samples"),
    "only labels": (b"1\n2\n", "holds no features"),
    "a value that is no number": (
        LINE + b"2 3:x\n",
        "line 4: the value 'x' is not a number, in '2 3:x'",
    ),
    "nan": (LINE + b"2 1:1 3:nan\n", "line 4: the value of index 3 is nan: must be finite"),
    "inf": (LINE + b"2 1:1 3:-inf\n", "line 4: the value of index 3 is -inf"),
    "a value that overflows": (LINE + b"2 3:1e999\n", "line 4: the value of index 3 is inf"),
    "a label that is nan": (LINE + b"nan 3:1\n", "line 4: has the label nan"),
    "a label that is inf": (LINE + b"inf 3:1\n", "line 4: has the label inf"),
    "a label that is no number": (LINE + b"yes 3:1\n", "line 4: label 'yes' is not a number"),
    "a label that a float rounds": (
        LINE + b"9007199254740993 3:1\n",
        "line 4: has the label 9007199254740992",
    ),
    "no label": (LINE + b"3:1 4:1\n", "line 4: there is no label"),
    "several labels": (LINE + b"1,3 3:1\n", "line 4: '1,3' are several labels"),
    "a regression target": (
        LINE + b"0.37 3:1\n",
        "line 4: has the label 0.37: classes are whole numbers",
    ),
    "a part without colon": (
        LINE + b"1 3\n",
        "line 4: '3' is not of the form `index:value`, in '1 3'",
    ),
    "a part without value": (LINE + b"1 3:\n", "line 4: the value '' is not a number"),
    "an index that is no number": (
        LINE + b"1 a:3\n",
        "line 4: the index 'a' is not a whole number",
    ),
    "a negative index": (LINE + b"1 -1:3\n", "line 4: the index '-1' must be between 0 and"),
    "an index twice": (LINE + b"1 2:3 2:1\n", "line 4: the index 2 comes after 2: must ascend"),
    "an index too early": (LINE + b"1 2:3 1:1\n", "line 4: the index 1 comes after 2: must ascend"),
    "an index out of range": (
        LINE + b"1 2147483648:1\n",
        "line 4: the index '2147483648' must be between 0 and",
    ),
    "an index far out of range": (LINE + b"1 " + b"9" * 5000 + b":1\n", "line 4: the index '999"),
    "an underscore": (LINE + b"1 1_0:1\n", "line 4: the index '1_0' is not a whole number"),
    "latin-1": (LINE + b"1 1:\xb2\n", "line 4: the value '\ufffd' is not a number"),
    "CSV": (b"5.1,3.5,1.4,0.2,setosa\n", "line 1: a table, such as CSV"),
    "CSV with a head": (b"label;a;b\n1;2;3\n", "line 1: a table, such as CSV"),
    "a table": (b"1 0.5 0.25\n2 0.5 0.1\n", "line 1: a table, such as CSV"),
    "no text": (
        b"\x01\x02\0\x03" * 20,
        "line 1: not text: the file is neither IDX, .npz nor LIBSVM",
    ),
    "UTF-16": (text().decode().encode("utf-16"), "is UTF-16 text"),
    "a page": (b"<!DOCTYPE html><html>404: Not Found</html>", "is HTML or XML"),
    "JSON": (b'{"features": [[1, 2]]}', "is JSON"),
    "zstd": (b"\x28\xb5\x2f\xfd" + b"x" * 20, "is a zstd file"),
    "one array": (lambda s: (np.save(s, A), s.getvalue())[1], "is a single array (.npy)"),  # type: ignore[dict-item]
    "a zip of other files": (ZIP.getvalue(), "is a zip archive without arrays, and holds x.svm"),
    "a sparse matrix": (SPARSE.getvalue(), "is one sparse matrix, without labels"),
    "nan in an npz": (npz(features=NAN, labels=VALUES), "features, row 2, column 1 is nan"),
    "extended precision that overflows": (
        npz(features=A.astype("g") * np.longdouble(10) ** 400, labels=VALUES),
        "features, row 0, column 1 is inf",
    )
    if np.finfo("g").maxexp > 2000
    else (b"", "is empty"),
    "a label that is nan in an npz": (
        npz(features=A, labels=[1, np.nan, 2, 3]),
        "labels: sample 1 has the label nan",
    ),
    "regression targets in an npz": (
        npz(features=A, labels=[1, 2, 0.5, 3]),
        "labels: sample 2 has the label 0.5",
    ),
    "whole regression targets": (
        npz(features=np.ones((100, 1)), labels=MANY),
        "has 100 different labels for 100 samples, from 900 to 1395",
    ),
    "a name for each sample": (
        npz(features=np.ones((300, 1)), labels=[f"n{i}" for i in range(300)]),
        "has 300 different labels",
    ),
    "objects": (
        npz(features=A, labels=np.array(["a", 1, None, 2], dtype=object)),
        "labels holds Python objects",
    ),
    "no features": (npz(labels=VALUES), "has no array features; it has labels"),
    "features as text": (
        npz(features=A.astype(str), labels=VALUES),
        "has features of shape (4, 3) and type",
    ),
    "complex features": (
        npz(features=A + 1j, labels=VALUES),
        "type complex128: must be a matrix of numbers",
    ),
    "images in an npz": (
        npz(features=A[:, None], labels=VALUES),
        "has features of shape (4, 1, 3)",
    ),
    "too few labels": (npz(features=A, labels=[1]), "has labels of shape (1,) for 4 samples"),
    "one column of labels": (
        npz(features=A, labels=[[1]] * 4),
        "has labels of shape (4, 1) for 4 samples",
    ),
    "dates": (
        npz(features=A, labels=np.array(["2020-01-01"] * 4, "M8[D]")),
        "has labels of type datetime64[D]",
    ),
    "no samples": (npz(features=A[:0], labels=[]), "holds no samples"),
    "nan in an image": (images(NAN), "image 2, row 0, column 1 is nan"),
    "no images": (idx(np.ones((4, 3), "u1")), "holds an array of shape (4, 3)"),
    "labels instead of images": (idx(np.ones(4, "u1")), "give the file of the images"),
    "images without pixels": (idx(np.ones((4, 0, 3), "u1")), "holds no samples"),
    "too many axes": (bytes([0, 0, 8, 200]) + bytes(800), "has 200 axes"),
}


@pytest.mark.parametrize("packed", ["plain", "xz"])
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_named(case: str, packed: str, tmp_path: Path) -> None:
    """Else it is read as something else, or refused later without its file and line."""
    raw, told = REFUSED[case]
    raw = raw(io.BytesIO()) if callable(raw) else raw
    path = stored(tmp_path, PACKED[packed](raw))
    says(lambda: load(path), path, told)


def says(make: Callable[[], Any], path: Path, told: str) -> None:
    """One InputError of one line, with the file and these words."""
    with pytest.raises(InputError) as error:
        make()
    assert len(error.value.complaints) == 1
    assert f"data = {str(path)!r}: " in str(error.value) and told in str(error.value), str(
        error.value
    )


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_cut_off_or_changed_is_read_or_named(kind: str, packed: str, tmp_path: Path) -> None:
    """Else a truncated download ends in a traceback, or is read as a smaller or another data
    set."""
    raw = PACKED[packed](FORMATS[kind]())
    whole = dense(load(stored(tmp_path, raw)))
    checked = packed in CHECKED or kind == "npz"
    rng = np.random.default_rng(0)
    spoilt = [raw[:n] for n in range(len(raw))]
    places = range(0, len(raw), 3 if kind == "npz" else 1)
    spoilt += [raw[:n] + bytes([raw[n] ^ int(rng.integers(1, 256))]) + raw[n + 1 :] for n in places]
    for n, bytes_ in enumerate(spoilt):
        path = stored(tmp_path, bytes_)
        try:
            data = load(path)
        except InputError as error:
            assert len(error.complaints) == 1 and repr(str(path)) in str(error)
        else:
            # The last byte of a text may be cut off, and a few bytes of an archive say nothing of
            # what it holds.
            assert not checked or np.array_equal(dense(data), whole), n
            assert packed == "plain" or n >= len(raw), "a compressed file that was cut off was read"


@pytest.mark.parametrize("packed", [name for name in PACKED if name != "plain"])
def test_garbage_after_the_end_is_named(packed: str, tmp_path: Path) -> None:
    """Else a download with something appended passes for a complete one; zeros are padding."""
    raw = PACKED[packed](text())
    assert as_written(load(stored(tmp_path, raw + bytes(8))))
    path = stored(tmp_path, raw + b"<html>")
    says(lambda: load(path), path, f"what follows byte {len(raw)} is not part of it")


def test_labels_of_images_have_any_compression(tmp_path: Path) -> None:
    """Else images unpacked next to packed labels, or the other way round, are not found
    together."""
    labels = idx(np.array(VALUES, "u1"))
    for i, (image, label) in enumerate(
        (
            ("t-images-idx3-ubyte.gz", "t-labels-idx1-ubyte"),
            ("t-images-idx3-ubyte", "t-labels-idx1-ubyte.gz"),
            ("t-images.idx3-ubyte", "t-labels.idx1-ubyte"),
            ("t-images-idx3-ubyte.xz", "t-labels-idx1-ubyte.bz2"),
        )
    ):
        folder = tmp_path / str(i)
        folder.mkdir()
        (folder / image).write_bytes(images())
        (folder / label).write_bytes(gzip.compress(labels) if i % 2 else labels)
        data = load(folder / image)
        assert as_written(data) and data.image == (1, 3) and data.name == Path(image).stem
    (folder / label).write_bytes(idx(np.array([1, 2.5, 3, 4], "f4")))
    says(lambda: load(folder / image), folder / label, "sample 1 has the label 2.5")
    (folder / label).unlink()
    says(
        lambda: load(folder / image),
        folder / image,
        "needs its labels next to it, in t-labels-idx1-ubyte.xz",
    )


@pytest.mark.parametrize(
    ("zero_based", "n_features", "width", "shift"),
    [
        ("auto", None, 4, 0),
        (False, None, 4, 0),
        (True, None, 5, 1),
        (True, 7, 7, 1),
        (False, 6, 6, 0),
        ("auto", 4, 4, 0),
        (np.False_, None, 4, 0),
        (np.True_, np.int64(7), 7, 1),
    ],
)
def test_where_indices_begin_and_how_many_features_there_are(
    zero_based: Any, n_features: int | None, width: int, shift: int, tmp_path: Path
) -> None:
    """Else the columns of training and test data are not the same."""
    path = stored(tmp_path, b"1 2:2.0\n0 4:3.0\n")
    data = load(path, zero_based=zero_based, n_features=n_features)
    wanted = np.zeros((2, width))
    wanted[0, 1 + shift], wanted[1, 3 + shift] = 2.0, 3.0
    assert np.array_equal(dense(data), wanted)


def test_a_width_or_a_beginning_that_does_not_fit(tmp_path: Path) -> None:
    """Else columns are cut off or shifted, or an option has no effect and nothing says so."""
    path = stored(tmp_path, b"1 0:1 1:2.0\n\n0 3:3.0\n")
    says(
        lambda: load(path, zero_based=False),
        path,
        "line 1: index 0: must be at least 1, as zero_based is False",
    )
    says(
        lambda: load(path, n_features=3),
        path,
        "line 3: index 3: must be at most 2, as n_features = 3",
    )
    path = stored(tmp_path, b"1 1:2.0\n0 4:3.0\n")
    says(
        lambda: load(path, n_features=3),
        path,
        "line 2: index 4: must be at most 3, as n_features = 3",
    )
    packed = stored(tmp_path, npz(features=A, labels=VALUES))
    assert as_written(load(packed, n_features=3))
    for name, more, lines in (
        (
            path,
            {"zero_based": 2, "n_features": 0},
            ["zero_based = 2: must be True, False or 'auto'", "n_features = 0"],
        ),
        (path, {"zero_based": 0}, ["zero_based = 0: must be True, False or 'auto'"]),
        (
            path,
            {"zero_based": np.ones(2)},
            ["zero_based = [1., 1.]: must be True, False or 'auto'"],
        ),
        (
            packed,
            {"zero_based": True, "n_features": 4},
            ["zero_based = True: must be left", "n_features = 4"],
        ),
        (3, {}, ["data = 3: must be digits, breast-cancer or the path of a file"]),
        (
            "digits",
            {"n_features": 65},
            ["n_features = 65: must be 64 or left out: digits has 64 features"],
        ),
    ):
        with pytest.raises(InputError) as error:
            load(name, **more)
        assert len(error.value.complaints) == len(lines)
        assert all(line in str(error.value) for line in lines), str(error.value)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    """Else a folder, or a file that may not be read, ends in a number of the system."""
    says(lambda: load(tmp_path), tmp_path, "is a folder")
    says(
        lambda: load(tmp_path / "x"),
        tmp_path / "x",
        "must be digits, breast-cancer or a file that exists",
    )
