"""The line of each key in a TOML text, which tomllib does not report, and complaints with these
lines."""

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
MAX_TYPOS = 2  # the most wrong letters, such as two that are swapped
MAX_LINES = 200  # the most lines of an array whose entries are located


def joined(name: str, key: str) -> str:
    """The name of a key in a section; a key that is not bare is quoted."""
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", key)
    quoted = key if bare else json.dumps(key, ensure_ascii=False)
    return f"{name}.{quoted}" if name else quoted


def lines_of(text: str) -> dict[str, int]:
    """The line, from 1, of each section, key and entry of a valid TOML text, by names such as
    axes.delta[2].

    Each statement is parsed separately, from its first line to the line where it is complete. The
    entries of an array over several lines have their own lines; everything else in a value has the
    line of its key.
    """
    lines: dict[str, int] = {}
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
                lines.setdefault(_name(section[:depth]), first)
        else:
            prefix = _name(section)
            for name, place in _entries(prefix, chunk, first):
                lines.setdefault(name, place)
            for name in _names(prefix, statement):
                lines.setdefault(name, first)
        chunk = []
    return lines


def located_error(complaints: Iterable[str], lines: Mapping[str, int], where: str) -> InputError:
    """The error that lists complaints of the form `NAME = VALUE: …` or `NAME: …` about a file, each
    with its line."""
    located = [(line_of(complaint, lines), complaint) for complaint in complaints]
    located.sort(key=lambda entry: (entry[0] is None, entry[0] or 0))
    return InputError.listing(
        [text if n is None else f"line {n}: {text}" for n, text in located], where
    )


def line_of(complaint: str, lines: Mapping[str, int]) -> int | None:
    """The line of the name that a complaint begins with, or of the nearest section or key around
    it."""
    start = NAME.match(complaint)
    name = "" if start is None else start[0]
    while name and name not in lines:
        name = PART.sub("", name)
    return lines.get(name)


def with_section(complaint: str, sections: Iterable[str], lines: Mapping[str, int]) -> str:
    """A complaint about `NAME`, with the section that has this name in the file."""
    start = NAME.match(complaint)
    if start is None:
        return complaint
    return next(
        (f"{section}.{complaint}" for section in sections if f"{section}.{start[0]}" in lines),
        complaint,
    )


class FileChecks(Checks):
    """Complaints about the keys of a file; `homes` says in which section a key belongs."""

    def __init__(self, text: str, where: str, homes: Mapping[str, str]) -> None:
        super().__init__()
        self.lines = lines_of(text)
        self.where = where
        self.homes = homes

    def table(
        self, name: str, value: Any, known: Iterable[str], needed: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The known entries of a table, with a complaint about each unknown one. A misspelt key is
        read as the known one if that is clear; a list of tables is read as its first one."""
        if not isinstance(value, dict):
            self.complain(name, value, f"must be a section, [{name}]")
            value = value[0] if isinstance(value, list) and value else value
        if not isinstance(value, dict):
            return {}
        names = list(known)
        entries = {}
        for key, entry in value.items():
            guess = None if key in names or key in self.homes else nearest(key, names)
            if key in names:
                entries[key] = entry
            elif key in self.homes:
                self.report(joined(name, key), f"is not known here; it belongs {self.homes[key]}")
            elif guess is None:
                self.report(joined(name, key), f"is not known; must be one of {', '.join(names)}")
            else:
                self.report(joined(name, key), f"is not known; did you mean {guess!r}?")
            new = guess is not None and guess not in value and guess not in entries
            if guess is not None and new and _is_typo(key, guess):
                entries[guess] = entry
                self._add_alias(joined(name, key), joined(name, guess))
        for key in needed:
            if key not in entries:
                self.report(joined(name, key), "must be given")
        return entries

    def report(self, name: str, text: str) -> None:
        """Add a complaint without a value."""
        self.complaints.append(f"{name}: {text}")

    def done(self) -> None:
        """Raise an InputError with the line of each complaint, if there are any."""
        if self.complaints:
            raise located_error(self.complaints, self.lines, self.where)

    def _add_alias(self, written: str, meant: str) -> None:
        """Give the lines of a misspelt key to the known one as well."""
        for name, line in list(self.lines.items()):
            if name == written or name.startswith((f"{written}.", f"{written}[")):
                self.lines.setdefault(meant + name[len(written) :], line)


def _is_typo(key: str, meant: str) -> bool:
    """Whether a key differs from the known one by a few letters only."""
    steps = difflib.SequenceMatcher(None, key.casefold(), meant.casefold()).get_opcodes()
    return (
        sum(max(i2 - i1, j2 - j1) for step, i1, i2, j1, j2 in steps if step != "equal") <= MAX_TYPOS
    )


def _may_end(line: str) -> bool:
    """Whether a statement of several lines may end on this one; otherwise it need not be parsed
    yet."""
    return any(mark in line for mark in ("]", "'''", '"""')) and (
        "#" in line or not line.rstrip().endswith(",")
    )


def _parsed(chunk: list[str]) -> dict[str, Any] | None:
    """The lines as TOML; None if they are not complete."""
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
    """The joined name of a path of keys."""
    name = ""
    for key in path:
        name = joined(name, key)
    return name


def _names(name: str, value: Any) -> Iterator[str]:
    """The names of all keys and entries in a value."""
    if isinstance(value, dict):
        inner = [(joined(name, key), entry) for key, entry in value.items()]
    elif isinstance(value, list):
        inner = [(f"{name}[{i}]", entry) for i, entry in enumerate(value)]
    else:
        return
    for inner_name, entry in inner:
        yield inner_name
        yield from _names(inner_name, entry)


def _entries(prefix: str, chunk: list[str], first: int) -> Iterator[tuple[str, int]]:
    """The entries of an array over several lines with their lines; the array is closed after each
    line, and its entries are counted."""
    counted: int | None = None
    for n in range(1, len(chunk) + 1 if 1 < len(chunk) <= MAX_LINES else 1):
        table = _parsed([*chunk[:n], "]"] if n < len(chunk) else chunk)
        name = prefix
        while isinstance(table, dict) and len(table) == 1:
            ((key, table),) = table.items()
            name = joined(name, key)
        if isinstance(table, list) and (counted is not None or n < len(chunk)):
            yield from ((f"{name}[{i}]", first + n - 1) for i in range(counted or 0, len(table)))
            counted = len(table)
