"""Reading LIBSVM text, lines of the form `label index:value index:value …`, with scikit-learn's
parser; errors name the line."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from auxtheory.data.built_in import sklearn_datasets
from auxtheory.data.contents import unreadable
from auxtheory.data.dataset import Dataset, from_file

MAX_SHOWN = 60  # characters of a bad line in a message
# The largest label that the parser, which converts it to a float, keeps exactly.
MAX_LABEL = 2**53 - 1
MAX_INDEX = 2**31 - 1  # the largest index that the parser takes
NUMBER = re.compile(
    rb"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|nan|inf|infinity)", re.IGNORECASE
)
# Python allows it in numbers, the format does not.
UNDERSCORE = re.compile(rb"^[^#\n]*_", re.MULTILINE)


def read_libsvm(path: Path, raw: bytes, zero_based: Any, n_features: int | None) -> Dataset:
    """Read features as a sparse matrix, and labels; comments from # to the end of the line and
    `qid:…` are ignored."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    features, labels = _parsed(path, raw)

    def line(sample: int) -> str:
        return f"line {line_of(raw, sample)}"

    if not len(labels):
        raise unreadable(path, "holds no samples")
    if not len(features.data):
        raise unreadable(path, "holds no features: not one `index:value`")
    finite = np.isfinite(features.data)
    if not np.all(finite):
        at = int(np.argmin(finite))
        why = f"the value of index {features.indices[at]} is {features.data[at]}: must be finite"
        raise unreadable(path, f"{line(_row(features, at))}: {why}")
    try:
        features = _with_width(features, zero_based, n_features)
    except BadIndexError as error:
        raise unreadable(path, f"{line(_row(features, error.at))}: {error}") from error
    large = np.flatnonzero(np.isfinite(labels) & (np.abs(labels) > MAX_LABEL))
    if len(large):
        why = (
            f"has the label {labels[large[0]]:.17g}: must be at most {MAX_LABEL} in absolute "
            "value, to be exact as a float"
        )
        raise unreadable(path, f"{line(large[0])}: {why}")
    return from_file(path, features, labels, place=lambda sample: f"{line(sample)}:")


class BadIndexError(Exception):
    """An index out of range; `at` is the position of its entry among all entries of the file."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at


def _with_width(features: Any, zero_based: Any, n_features: int | None) -> Any:
    """The matrix with indices from 0 on, and as many columns as requested or, by default, as
    occur."""
    indices = features.indices
    first = int(bool(np.min(indices) > 0) if isinstance(zero_based, str) else not zero_based)
    if first and np.min(indices) == 0:
        raise BadIndexError(
            int(np.argmin(indices)), "index 0: must be at least 1, as zero_based is False"
        )
    width = int(np.max(indices)) + 1 - first
    if n_features is not None and width > n_features:
        at = int(np.argmax(indices > n_features - 1 + first))
        most = f"must be at most {n_features - 1 + first}, as n_features = {n_features}"
        raise BadIndexError(at, f"index {indices[at]}: {most} and indices begin at {first}")
    shape = features.shape[0], width if n_features is None else n_features
    return scipy.sparse.csr_array(
        (features.data, indices - indices.dtype.type(first), features.indptr), shape
    )


def _parsed(path: Path, raw: bytes) -> tuple[Any, Any]:
    """Features with indices as they are in the file, and labels; InputError with the first line
    that is wrong."""
    match = UNDERSCORE.search(raw) if b"_" in raw else None
    if match is not None:
        raise unreadable(path, _bad_line(raw, match.end(), "a number with `_`"))
    stream = io.BytesIO(raw)
    try:
        features, labels = sklearn_datasets().load_svmlight_file(stream, zero_based=True)
    except (ValueError, OverflowError) as error:
        # The parser takes a line at a time, so that the one that it failed at has just been read.
        raise unreadable(path, _bad_line(raw, stream.tell(), str(error))) from error
    return features, labels


def _bad_line(raw: bytes, place: int, why: str) -> str:
    """The error for the line before a place in the text."""
    start = raw.rfind(b"\n", 0, max(0, place - 1)) + 1
    end = raw.find(b"\n", start)
    number = raw.count(b"\n", 0, start) + 1
    line = raw[start : end if end >= 0 else len(raw)]
    text = line.decode(errors="replace").strip()
    shown = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    fault = line_fault(line, first=raw.find(b":", 0, start) < 0)
    return f"line {number}: {fault or why}, in {shown!r}"


def line_fault(line: bytes, first: bool) -> str | None:
    """Why a line is not `label index:value …`, or None; first: whether it is the first one that
    could be."""
    tokens = line.split(b"#", 1)[0].split()
    if b"\0" in line or not tokens:
        return "not text: the file is neither IDX, .npz nor LIBSVM"
    if (
        first
        and b":" not in line
        and (len(tokens) > 1 or any(mark in line for mark in (b",", b";")))
    ):
        return (
            "a table, such as CSV, is not read: write `label index:value …`, or an .npz with "
            "np.savez"
        )
    label = tokens[0]
    pairs = tokens[1:]
    if b":" in label:
        return "there is no label before the first `index:value`"
    if not NUMBER.fullmatch(label):
        several = all(NUMBER.fullmatch(part) for part in label.split(b","))
        return (
            f"{_text(label)} are several labels: must be one"
            if several
            else f"label {_text(label)} is not a number"
        )
    previous = -1
    for pair in pairs[1:] if pairs and pairs[0].startswith(b"qid:") else pairs:
        fault = _pair_fault(pair, previous)
        if fault is not None:
            return fault
        previous = int(pair.partition(b":")[0])
    return None


def _pair_fault(pair: bytes, previous: int) -> str | None:
    """Why a part of a line is not `index:value` with an index above the previous one, or None."""
    index, colon, value = pair.partition(b":")
    if not colon:
        return f"{_text(pair)} is not of the form `index:value`"
    if not re.fullmatch(rb"[+-]?\d+", index):
        return f"the index {_text(index)} is not a whole number"
    if len(index) > MAX_SHOWN or not 0 <= int(index) <= MAX_INDEX:
        return f"the index {_text(index)} must be between 0 and {MAX_INDEX}"
    if int(index) <= previous:
        return f"the index {int(index)} comes after {previous}: must ascend, each once"
    return None if NUMBER.fullmatch(value) else f"the value {_text(value)} is not a number"


def _text(part: bytes) -> str:
    return repr(part.decode(errors="replace")[:MAX_SHOWN])


def _row(features: Any, at: int) -> int:
    """The sample to which the entry at a position belongs."""
    return int(np.searchsorted(features.indptr, at, side="right")) - 1


def line_of(raw: bytes, sample: int) -> int:
    """The line of a sample, counted from 1; blank lines and comments are not samples."""
    samples = -1
    for number, line in enumerate(io.BytesIO(raw), start=1):
        samples += bool(line.split(b"#", 1)[0].strip())
        if samples == sample:
            return number
    raise AssertionError("there are fewer samples")
