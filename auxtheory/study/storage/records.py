"""The format of stored cells: one record of fixed width per cell, with texts as indices into a list
of words."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.constants import Constants
from auxtheory.renamed import COLUMNS

Records = NDArray[np.void]

# Both OUTSIDE and BEYOND are outside the theorem; OUTSIDE was not run, BEYOND was.
MISSING, MEASURED, OUTSIDE, BEYOND, FAILED = range(5)
# The status of the states other than MEASURED.
SAID = {MISSING: "missing", OUTSIDE: "outside", BEYOND: "outside", FAILED: "failed"}
KNOWN = tuple(f"known_{name}" for name in Constants.names())
NUMBERS = (
    "eta",
    "a",
    "measured",
    "se",
    "bound",
    "ratio",
    "share",
    "calls_r",
    "calls_h",
    "p",
    *KNOWN,
)
COUNTS = ("diverged", "replicas")
TEXTS = ("mode", "engine", "dominant", "error")
# Bytes that the header of NumPy's format cannot exceed.
MAX_HEADER = 2**16 + 10
# The beginning of words that belong to no cell: why a batch ran on a slower engine.
PASSED_OVER = "engine passed over: "
CELL = np.dtype(
    [(name, "<f8") for name in NUMBERS]
    + [(name, "<i8") for name in COUNTS]
    + [(name, "<i4") for name in TEXTS]
    + [("state", "<i4")]
)
# The layout of files written before some columns were renamed.
FORMER = {new: old for old, new in COLUMNS.items()}
FORMER_CELL = np.dtype([(FORMER.get(name, name), CELL[name]) for name in CELL.names or ()])


class Words:
    """Texts by index, each once; index 0 is the empty text."""

    def __init__(self, words: Iterable[str] = ("",)) -> None:
        self.numbers = {word: i for i, word in enumerate(words)}

    def number(self, text: Any) -> int:
        """The index of a text, which is added if it is new."""
        return self.numbers.setdefault(str(text), len(self.numbers))

    def all_of(self, texts: Any) -> NDArray[np.int32]:
        """The indices of an array of texts."""
        return np.array([self.number(text) for text in np.ravel(texts)], dtype=np.int32)

    def __iter__(self) -> Any:
        return iter(self.numbers)


def blank(size: int) -> Records:
    """Records of cells that have not been run."""
    records = np.zeros(size, dtype=CELL)
    for name in NUMBERS:
        records[name] = np.nan
    return records


def encode(records: Records, words: Words) -> bytes:
    """Records and words as bytes: a line of JSON, then NumPy's format; the same bytes for the same
    content."""
    buffer = io.BytesIO()
    buffer.write(json.dumps(list(words), ensure_ascii=False).encode() + b"\n")
    np.save(buffer, records, allow_pickle=False)
    return buffer.getvalue()


def decode(blob: bytes) -> tuple[Records, list[str]]:
    """The records, read-only, and words that `encode` wrote; ValueError for any other bytes."""
    start = blob.find(b"\n") + 1
    buffer = io.BytesIO(blob[start : start + MAX_HEADER])
    try:
        words = json.loads(blob[:start])
        version = np.lib.format.read_magic(buffer)
        read = {(1, 0): np.lib.format.read_array_header_1_0}[version]
        shape, _, layout = read(buffer)
        # Not `read_array`, which would copy the batch several times.
        records = np.frombuffer(blob, dtype=layout, offset=start + buffer.tell())
        if records.shape != shape:
            raise ValueError(f"{len(records)} records instead of {shape}")
    except Exception as error:  # NumPy may raise anything on foreign bytes
        raise ValueError(f"not records ({error})") from error
    if records.dtype == FORMER_CELL:
        records = records.view(CELL)
    texts = isinstance(words, list) and all(isinstance(word, str) for word in words)
    if not texts or records.dtype != CELL:
        raise ValueError("records of another type")
    if any(np.any((records[name] < 0) | (records[name] >= len(words))) for name in TEXTS):
        raise ValueError("records without their words")
    return records, words


def unfinished(cells: range, blob: bytes) -> NDArray[np.bool_]:
    """Whether each cell of a batch has not been run, or failed; true for all if the batch cannot be
    decoded."""
    try:
        records = decode(blob)[0]
    except ValueError:
        records = blank(0)
    if len(records) != len(cells):
        return np.ones(len(cells), dtype=bool)
    return np.asarray((records["state"] == MISSING) | (records["state"] == FAILED))


def completed(batch: bytes, other: bytes, cells: NDArray[np.bool_]) -> bytes:
    """A batch in which these cells are replaced by those of another one."""
    words = Words()
    records, replacements = (merged(*decode(blob), words) for blob in (batch, other))
    records[cells] = replacements[cells]
    return packed(records, words)


def packed(records: Records, words: Words) -> bytes:
    """`encode` with the words in the order in which the cells use them, then those that belong to
    no cell in alphabetical order, so that the bytes do not depend on how the batch was run."""
    texts = list(words)
    used = Words()
    numbers = np.stack([records[name] for name in TEXTS], axis=-1).ravel()
    first = np.sort(np.unique(numbers, return_index=True)[1])
    table = np.zeros(len(texts), dtype=np.int32)
    for number in numbers[first].tolist():
        table[number] = used.number(texts[number])
    used.all_of(sorted(text for text in texts if text.startswith(PASSED_OVER)))
    result = records.copy()
    for name in TEXTS:
        result[name] = table[records[name]]
    return encode(result, used)


def merged(records: Records, texts: list[str], words: Words) -> Records:
    """The records with their texts, so far indices into `texts`, as indices into `words`."""
    numbers = words.all_of(texts)
    result = records.copy()
    for name in TEXTS:
        result[name] = numbers[records[name]]
    return result
