"""Each format of data with each fault: one error names the fault and its place."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from data_files import (
    FORMATS,
    PACKED,
    VALUES,
    A,
    as_written,
    dense,
    idx,
    images,
    npz,
    says,
    stored,
    text,
)
from scipy import sparse

from auxtheory.data import load
from auxtheory.errors import InputError

pytest.importorskip("sklearn")
CHECKED = "gzip", "bzip2", "xz"  # whose checksum finds every change

NAN = A.copy()

NAN[2, 1] = np.nan
MANY = np.arange(900.0, 1400.0, 5.0)
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
    """Otherwise it is read as something else, or refused later without its file and line."""
    raw, told = REFUSED[case]
    raw = raw(io.BytesIO()) if callable(raw) else raw
    path = stored(tmp_path, PACKED[packed](raw))
    says(lambda: load(path), path, told)


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_cut_off_or_changed_is_read_or_named(kind: str, packed: str, tmp_path: Path) -> None:
    """Otherwise a truncated download ends in a traceback, or is read as a smaller or another data
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
    """Otherwise a download with something appended passes for a complete one; zeros are padding."""
    raw = PACKED[packed](text())
    assert as_written(load(stored(tmp_path, raw + bytes(8))))
    path = stored(tmp_path, raw + b"<html>")
    says(lambda: load(path), path, f"what follows byte {len(raw)} is not part of it")


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    """Otherwise a folder, or a file that may not be read, ends in a number of the system."""
    says(lambda: load(tmp_path), tmp_path, "is a folder")
    says(
        lambda: load(tmp_path / "x"),
        tmp_path / "x",
        "must be digits, breast-cancer or a file that exists",
    )
