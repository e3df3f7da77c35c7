"""Records come back bit for bit, and foreign bytes are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxtheory.study.storage.records import (
    CELL,
    COUNTS,
    NUMBERS,
    TEXTS,
    Words,
    blank,
    decode,
    encode,
)


def filled(numbers: list[float], counts: list[int], words: list[str]) -> tuple[Any, Words]:
    """Records that hold all of these."""
    records = blank(max(len(numbers), len(counts), len(words)))
    own = Words()
    for i in range(len(records)):
        for names, values in ((NUMBERS, numbers), (COUNTS, counts)):
            for name in names if values else ():
                records[name][i] = values[i % len(values)]
        for name in TEXTS if words else ():
            records[name][i] = own.number(words[i % len(words)])
    return records, own


SPECIAL = [
    float("nan"),
    -0.0,
    0.0,
    float("inf"),
    -float("inf"),
    5e-324,
    -2.2e-308,
    1.7976931348623157e308,
    0.1,
]
WORDS = ["", "δσ_r²/√T", "a\nb", "\x00", '"\\', "\u2028", "𝔼‖∇f‖²", "é", "e\u0301", "[]"]


@given(
    st.lists(st.one_of(st.sampled_from(SPECIAL), st.floats())),
    st.lists(st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text())),
)
def test_records_come_back_bit_for_bit(
    numbers: list[float], counts: list[int], words: list[str]
) -> None:
    """NaN with its bits, −0.0, subnormals, words of any script; the same content gives the same
    bytes."""
    records, own = filled([*SPECIAL, *numbers], counts, [*WORDS, *words])
    records["measured"][0] = np.array([0x7FF8_0000_0000_BEEF], dtype=np.uint64).view(float)[0]
    blob = encode(records, own)
    back, texts = decode(blob)
    assert back.tobytes() == records.tobytes() and back.dtype == CELL and texts == list(own)
    assert encode(back, Words(texts)) == blob


BLOB = encode(*filled(SPECIAL, [1], WORDS))
HEAD, _, REST = BLOB.partition(b"\n")


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\n",
        b"[]",
        HEAD,
        HEAD + b"\n",
        REST,
        BLOB[:-1],
        BLOB + b"x",
        b"[1]\n" + REST,
        b'{"": 0}\n' + REST,
        b'[""]\n' + REST,
        b"[\n" + REST,
        b"\xff\n" + REST,
        b"null\n" + REST,
        HEAD + b"\nPK\x03\x04",
        b"[" * 10**5,
        encode(np.zeros(3), Words()),
        encode(np.zeros((2, 2), CELL), Words()),
        encode(np.array([(-1,)], [("error", "<i4")]), Words()),
        BLOB.replace(b"(10,)", b"(99,)"),
        BLOB.replace(b"(10,)", b"(-1,)"),
        BLOB.replace(b"'<f8'", b"'|O8'"),
    ],
)
def test_foreign_bytes_are_refused(blob: bytes) -> None:
    """Whatever they are, as a ValueError."""
    with pytest.raises(ValueError):
        decode(blob)


def test_a_record_whose_word_is_missing_is_refused() -> None:
    records = blank(2)
    for number in (-1, 1):
        records["error"][1] = number
        with pytest.raises(ValueError, match="without their words"):
            decode(encode(records, Words()))


@given(st.binary(max_size=200), st.integers(0, len(BLOB)))
def test_random_bytes_are_refused_or_are_records(noise: bytes, place: int) -> None:
    for blob in (noise, BLOB[:place] + noise + BLOB[place + len(noise) :]):
        try:
            records, words = decode(blob)
        except ValueError:
            continue
        assert records.dtype == CELL and all(np.all(records[name] < len(words)) for name in TEXTS)
