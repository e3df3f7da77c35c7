"""The lines of keys in TOML files, against files whose lines are known."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auxtheory.study.toml.locations import line_of, lines_of

TRICKY = '''# [no.section]
title = "a = 1 # [x]"   # b = 2
theorems = [ # "c"
  "S3", 'd', # ]
  """
  e = 3
  """,
  ["]", [
  1]], "f" ,
]
"a b".'c.d'.e = { x = 1, "y" = [1, 2] }
text = \'\'\'
[target]
L = 1 \\\'\'\'
last = """
x = [1]
# " """ # "
one = []
nested = [[1,
  2], [3]]
inside = { z = [1,
  2] }
 [ target . "δ" ] # ]
  L = 1
[target]
dim = 2
[[rows]]
p = 1
[[rows]]
q = [ { r = 1 },
      { r = 2 } ]
[axes.delta]
from = 0'''


def test_lines_of_a_tricky_file() -> None:
    assert lines_of(TRICKY.replace("\n", "\r\n")) == lines_of(TRICKY)
    expected = {
        "title": 2,
        "theorems": 3,
        "theorems[0]": 4,
        "theorems[1]": 4,
        "theorems[2]": 7,
        "theorems[3]": 9,
        "theorems[4]": 9,
        "theorems[3][0]": 3,
        "theorems[3][1]": 3,
        "theorems[3][1][0]": 3,
        '"a b"': 11,
        '"a b"."c.d"': 11,
        '"a b"."c.d".e': 11,
        '"a b"."c.d".e.x': 11,
        '"a b"."c.d".e.y': 11,
        '"a b"."c.d".e.y[0]': 11,
        '"a b"."c.d".e.y[1]': 11,
        "text": 12,
        "last": 15,
        "one": 18,
        "nested": 19,
        "nested[0]": 19,
        "nested[1]": 19,
        "nested[0][0]": 19,
        "nested[0][1]": 19,
        "nested[1][0]": 19,
        "inside": 21,
        "inside.z": 21,
        "inside.z[0]": 21,
        "inside.z[1]": 21,
        "target": 23,
        'target."δ"': 23,
        'target."δ".L': 24,
        "target.dim": 26,
        "rows": 27,
        "rows.p": 28,
        "rows.q": 30,
        "rows.q[0]": 30,
        "rows.q[1]": 31,
        "rows.q[0].r": 30,
        "rows.q[1].r": 30,
        "axes": 32,
        "axes.delta": 32,
        "axes.delta.from": 33,
    }
    found = lines_of(TRICKY)
    assert {k: v for k, v in found.items() if expected.get(k) != v} == {} and set(found) == set(
        expected
    )


def test_the_line_of_what_is_not_there_is_that_of_what_it_is_in() -> None:
    lines = lines_of("a = 1\n[axes]\n'b c' = [1,\n2]\nx = 1")
    for complaint, line in (
        ("axes.K: must", 2),
        ('axes."b c"[1] = 2: must', 4),
        ('axes."b c"[7].x: must', 3),
        ('axes."b.c": must', 2),
        ("axes.x.points = 1: must", 5),
        ("a: must", 1),
        ("b = 1: must", None),
        ("shapes of a: must", None),
        ("", None),
    ):
        assert line_of(complaint, lines) == line, complaint


ODD = ["a", "b-c", "_1", "3", "a b", "x.y", 'q"q', "δ", "[a]", "#", "='''"]
KEYS = st.sampled_from(ODD) | st.text(max_size=3)
LEAVES = st.one_of(
    st.integers(-9, 9),
    st.booleans(),
    st.sampled_from(["", "]", '"""', "'''", "# [a]", "a = 1", "[", "\\", "{"]),
    st.sampled_from([0.5, 1e30]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def toml(value: Any) -> str:
    """A value as TOML, on one line."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{quoted(key)} = {toml(entry)}" for key, entry in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return quoted(value) if isinstance(value, str) else repr(value).lower()


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@given(
    st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=3),
    st.integers(0, 2**30),
)
def test_lines_of_files_whose_lines_are_known(
    sections: dict[str, dict[str, Any]], seed: int
) -> None:
    """Sections of keys between comments and blank lines, lists at random over several lines."""
    random = np.random.default_rng(seed)
    rows: list[str] = []
    expected: dict[str, int] = {}

    def bare(key: str) -> str:
        plain = key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
        return key if plain else json.dumps(key, ensure_ascii=False)

    for section, entries in sections.items():
        rows += ["# x = [1"] * int(random.integers(2)) + [""] * int(random.integers(2))
        rows.append(f"  [ {quoted(section)} ] # ]")
        expected[bare(section)] = len(rows)
        for key, value in entries.items():
            name = f"{bare(section)}.{bare(key)}"
            expected[name] = len(rows) + 1
            if isinstance(value, list) and value and random.integers(2):
                rows.append(f"{quoted(key)} = [ # ]")
                for i, entry in enumerate(value):
                    rows.append(f"  {toml(entry)}, # [")
                    expected[f"{name}[{i}]"] = len(rows)
                rows.append("]")
            else:
                rows.append(f"{quoted(key)} = {toml(value)}")
                expected |= {
                    f"{name}[{i}]": len(rows)
                    for i in range(len(value) if isinstance(value, list) else 0)
                }
    found = lines_of("\n".join(rows))
    assert {name: found.get(name) for name in expected} == expected
