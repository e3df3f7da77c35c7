"""Where the keys of a TOML text stand, which tomllib does not tell, and complaints that say it."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auxtheory.errors import Checks, InputError, nearest

KEY = r'(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*")'
NAME = re.compile(rf"{KEY}(?:\.{KEY}|\[\d+\])*")
PART = re.compile(rf"\.?{KEY}$|\[\d+\]$")
SLIP = 2  # letters, as in two that are swapped
LONG = 200  # lines of an array beyond which its entries are not looked for


def joined(name: str, key: str) -> str:
    """The name of a key in a section; a key that is not bare is quoted."""
    own = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
    return f"{name}.{own}" if name else own


def lines_of(text: str) -> dict[str, int]:
    """The line, from 1, of each section, key and entry of a valid TOML text, by names such as
    axes.delta[2].

    Each statement is parsed by itself, from its first line to where it is complete. Entries of an
    array that is written over several lines have their own lines; all else inside a value has the
    line of its key.
    """
    found: dict[str, int] = {}
    section: list[str] = []
    chunk: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not chunk and line.strip()[:1] in ("", "#"):
            continue
        chunk.append(line)
        statement = _parsed(chunk) if len(chunk) == 1 or _may_end(line) else None
        if statement is None:
            continue
        first = number - len(chunk) + 1
        if chunk[0].lstrip().startswith("["):
            section = list(_header(statement))
            for depth in range(1, len(section) + 1):
                found.setdefault(_name(section[:depth]), first)
        else:
            prefix = _name(section)
            for name, place in _entries(prefix, chunk, first):
                found.setdefault(name, place)
            for name in _names(prefix, statement):
                found.setdefault(name, first)
        chunk = []
    return found


def placed(complaints: Iterable[str], lines: Mapping[str, int], where: str) -> InputError:
    """The error that lists complaints of the form `NAME = VALUE: …` or `NAME: …` about a file, by
    their lines."""
    told = [(line_of(complaint, lines), complaint) for complaint in complaints]
    told.sort(key=lambda entry: (entry[0] is None, entry[0] or 0))
    return InputError.listing(
        [text if n is None else f"line {n}: {text}" for n, text in told], where
    )


def line_of(complaint: str, lines: Mapping[str, int]) -> int | None:
    """The line of the name that a complaint begins with, or of the nearest section or key around
    it."""
    start = NAME.match(complaint)
    name = "" if start is None else start[0]
    while name and name not in lines:
        name = PART.sub("", name)
    return lines.get(name)


def homed(complaint: str, sections: Iterable[str], lines: Mapping[str, int]) -> str:
    """A complaint about `NAME`, with the section in which the file has that name."""
    start = NAME.match(complaint)
    if start is None:
        return complaint
    return next(
        (f"{section}.{complaint}" for section in sections if f"{section}.{start[0]}" in lines),
        complaint,
    )


class FileChecks(Checks):
    """Complaints about the keys of a file; `homes`: where a key of this name belongs."""

    def __init__(self, text: str, where: str, homes: Mapping[str, str]) -> None:
        super().__init__()
        self.lines = lines_of(text)
        self.where = where
        self.homes = homes

    def table(
        self, name: str, value: Any, known: Iterable[str], needed: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The known entries of a table, or of the first in a list of them, which is told. A
        misspelt one is told too, and read as what it was meant to be if that is sure."""
        if not isinstance(value, dict):
            self.complain(name, value, f"must be a section, [{name}]")
            value = value[0] if isinstance(value, list) and value else value
        if not isinstance(value, dict):
            return {}
        names = list(known)
        kept = {}
        for key, entry in value.items():
            guess = None if key in names or key in self.homes else nearest(key, names)
            if key in names:
                kept[key] = entry
            elif key in self.homes:
                self.tell(joined(name, key), f"is not known here; it belongs {self.homes[key]}")
            elif guess is None:
                self.tell(joined(name, key), f"is not known; must be one of {', '.join(names)}")
            else:
                self.tell(joined(name, key), f"is not known; did you mean {guess!r}?")
            if (
                guess is not None
                and guess not in value
                and guess not in kept
                and _slipped(key, guess)
            ):
                kept[guess] = entry
                self._also(joined(name, key), joined(name, guess))
        for key in needed:
            if key not in kept:
                self.tell(joined(name, key), "must be given")
        return kept

    def tell(self, name: str, text: str) -> None:
        """A complaint that has no value to show."""
        self.complaints.append(f"{name}: {text}")

    def done(self) -> None:
        if self.complaints:
            raise placed(self.complaints, self.lines, self.where)

    def _also(self, written: str, meant: str) -> None:
        """Find what is written under one name under another one too."""
        for name, line in list(self.lines.items()):
            if name == written or name.startswith((f"{written}.", f"{written}[")):
                self.lines.setdefault(meant + name[len(written) :], line)


def _slipped(key: str, meant: str) -> bool:
    """Whether so little is wrong with a key that it can be read as what was meant."""
    steps = difflib.SequenceMatcher(None, key.casefold(), meant.casefold()).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for step, i1, i2, j1, j2 in steps if step != "equal") <= SLIP


def _may_end(line: str) -> bool:
    """Whether a statement of several lines may end on this one; it saves parsing all before it
    again."""
    return any(mark in line for mark in ("]", "'''", '"""')) and (
        "#" in line or not line.rstrip().endswith(",")
    )


def _parsed(chunk: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(chunk))
    except (ValueError, RecursionError):
        return None


def _header(table: Any) -> Iterator[str]:
    """The keys of [a.b.c] or [[a.b.c]]."""
    while table:
        ((key, table),) = table.items()
        table = table[0] if isinstance(table, list) else table
        yield key


def _name(path: Iterable[str]) -> str:
    name = ""
    for key in path:
        name = joined(name, key)
    return name


def _names(name: str, value: Any) -> Iterator[str]:
    """The names of all that a value holds."""
    if isinstance(value, dict):
        inner = [(joined(name, key), entry) for key, entry in value.items()]
    elif isinstance(value, list):
        inner = [(f"{name}[{i}]", entry) for i, entry in enumerate(value)]
    else:
        return
    for own, entry in inner:
        yield own
        yield from _names(own, entry)


def _entries(prefix: str, chunk: list[str], first: int) -> Iterator[tuple[str, int]]:
    """The entries of an array over several lines: it is closed after each line, and what it then
    holds is counted."""
    seen: int | None = None
    for n in range(1, len(chunk) + 1 if 1 < len(chunk) <= LONG else 1):
        table = _parsed([*chunk[:n], "]"] if n < len(chunk) else chunk)
        name = prefix
        while isinstance(table, dict) and len(table) == 1:
            ((key, table),) = table.items()
            name = joined(name, key)
        if isinstance(table, list) and (seen is not None or n < len(chunk)):
            yield from ((f"{name}[{i}]", first + n - 1) for i in range(seen or 0, len(table)))
            seen = len(table)
