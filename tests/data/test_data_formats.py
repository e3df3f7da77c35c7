"""Each format of data is read as it was written."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

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

from auxtheory.data import load
from auxtheory.errors import InputError

pytest.importorskip("sklearn")


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("name", ["x-images", "x-images.gz", "x-images.bz2", "x-images.txt"])
@pytest.mark.parametrize("kind", FORMATS)
def test_compression_is_told_by_content(kind: str, name: str, packed: str, tmp_path: Path) -> None:
    """Otherwise a file without its suffix, or with another's, is misread."""
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
    """Otherwise a file that others write is refused, or its values are lost."""
    raw, features, labels = READ[case]
    data = load(stored(tmp_path, raw))
    assert as_written(data, features, labels)
    assert sorted(set(data.labels.tolist())) == list(range(len(data.classes)))
    assert list(data.classes) == sorted(set(labels))
    assert {type(value) for value in data.classes} <= {int, str, bool}


def test_labels_of_images_have_any_compression(tmp_path: Path) -> None:
    """Otherwise images unpacked next to packed labels, or the other way round, are not found
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
    """Otherwise the columns of training and test data are not the same."""
    path = stored(tmp_path, b"1 2:2.0\n0 4:3.0\n")
    data = load(path, zero_based=zero_based, n_features=n_features)
    wanted = np.zeros((2, width))
    wanted[0, 1 + shift], wanted[1, 3 + shift] = 2.0, 3.0
    assert np.array_equal(dense(data), wanted)


def test_a_width_or_a_beginning_that_does_not_fit(tmp_path: Path) -> None:
    """Otherwise columns are cut off or shifted, or an option has no effect and nothing says so."""
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
