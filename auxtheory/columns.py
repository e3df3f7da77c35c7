"""Rows in columns that are no wider than the screen and lose nothing: what does not fit goes above
the table or below it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from auxtheory.printing import screen, shown, wrapped

LONG = 8  # characters of a text in a row; a longer one may go above the table
PIECES = re.compile(r"(?<=\w-)(?=\w)|\s+")  # where a text in a cell may be wrapped
STATUS = "status"  # the column that stays next to the first one
Row = Mapping[str, Any]
Cells = dict[str, list[str]]


def table(
    rows: Sequence[Row],
    columns: Sequence[str],
    *,
    size: int | None = None,
    places: Sequence[int] | None = None,
    same: Collection[str] | None = None,
    width: int | None = None,
) -> str:
    """Rows under a line of column names. If they are wider than the width, then, one after the
    other until they fit: constant columns go to a line above, numbers move closer together, a last
    column of texts is wrapped, a first one becomes lines above groups of rows, or is wrapped, other
    long texts are numbered and go above, and the last columns follow below, with the first.

    size, places: the number of all rows and the indices of these, gaps being marked; same: the
    columns that are constant over all rows, by default judged from these rows; width: by default
    that of the screen. A column `status` stays in the rows.
    """
    width = screen() if width is None else width
    if not columns:
        return ""
    cells = {name: [shown(row.get(name, "")) for row in rows] for name in columns}
    numeric = (int, float, np.number)
    right = {n for n in columns if all(isinstance(row.get(n, 0.0), numeric) for row in rows)}
    if same is None:
        same = [name for name in columns if len(set(cells[name])) == 1]
    movable = [name for name in same if name in cells and name not in (STATUS, columns[0])]
    above = _moved(cells, movable, width)
    layout = _Layout(
        cells,
        right,
        width,
        range(len(rows)) if places is None else places,
        len(rows) if size is None else size,
    )
    return "\n".join([*above, *layout.lines()])


def _moved(cells: Cells, same: Sequence[str], width: int) -> list[str]:
    """Move constant columns, the widest first, to the line above the table until the rest fits."""
    taken: list[str] = []
    order = list(cells)
    many = any(len(texts) > 1 for texts in cells.values())
    for name in sorted(same, key=lambda name: -_widths(cells)[name]):
        if sum(_widths(cells).values()) + 2 * (len(cells) - 1) <= width:
            break
        if cells[name]:
            taken.append(name)
            order[order.index(name)] = f"{name} = {cells.pop(name)[0]}"
    texts = [text for text in order if text not in cells]
    return [wrapped(("in all rows: " if many else "") + ", ".join(texts), width)] if taken else []


def _widths(cells: Mapping[str, Sequence[str]]) -> dict[str, int]:
    return {name: max(map(len, (name, *texts))) for name, texts in cells.items()}


@dataclass
class _Layout:
    """The texts of a table that is being laid out.

    right: the columns of numbers; places, size: as of `table`; heads: the line above each row's
    group; names: the column names as they are printed, some on several lines, some not at all;
    wraps: the widths to which texts of a column are wrapped; gap: the spaces between two columns of
    numbers.
    """

    cells: Cells
    right: set[str]
    width: int
    places: Sequence[int]
    size: int
    heads: Sequence[str] = ()
    names: dict[str, list[str]] = field(default_factory=dict)
    wraps: dict[str, int] = field(default_factory=dict)
    gap: int = 2

    def lines(self) -> list[str]:
        """The lines of the table and those above it."""
        above: list[str] = []
        self.names = {name: [name] for name in self.cells}
        for shorten in (self._tighten, self._wrap_last, self._group, self._wrap_first):
            if not self._fits():
                shorten()
        if not self._fits():
            above = self._number()
        parts = [list(self.cells)] if self._fits() else self._parts()
        blocks = ["\n".join(self._block(part)) for part in parts]
        return [*above, "\n\n".join(blocks)]

    def _column(self, name: str) -> int:
        texts = [*self.names[name], *self.cells[name]]
        return self.wraps.get(name) or max(map(len, texts))

    def _space(self, left: str, name: str) -> int:
        return self.gap if {left, name} <= self.right else 2

    def _total(self, names: Sequence[str]) -> int:
        spaces = sum(map(self._space, names, names[1:]))
        return sum(map(self._column, names)) + spaces

    def _fits(self) -> bool:
        return self._total(list(self.cells)) <= self.width

    def _is_text(self, name: str) -> bool:
        return name not in self.right and name != STATUS

    def _tighten(self) -> None:
        """Move numbers closer together and, if that is not enough, break names such as
        instance/tight."""
        self.gap = 1
        if not self._fits():
            for name in self.right:
                first, slash, rest = name.partition("/")
                self.names[name] = [first + slash, rest] if slash else [name]

    def _wrap_last(self) -> None:
        self._wrap(list(self.cells)[-1])

    def _wrap_first(self) -> None:
        self._wrap(next(iter(self.cells)))

    def _wrap(self, name: str) -> None:
        """Wrap the texts of a column into the width that the other columns leave."""
        room = self.width - self._total(list(self.cells)) + self._column(name)
        pieces = [piece for text in self.cells[name] for piece in PIECES.split(text)]
        if self._is_text(name) and room >= max(map(len, (name, *pieces))):
            self.wraps[name] = room

    def _group(self) -> None:
        """Make a first column of texts that are repeated the lines above groups of rows."""
        first = next(iter(self.cells))
        texts = self.cells[first]
        groups = sum(1 for _ in groupby(texts))
        if self._is_text(first) and len(self.cells) > 1 and 2 * groups <= len(texts):
            label = f"{first} = " if first else ""
            self.heads = [f"{label}{text}" for text in self.cells.pop(first)]

    def _number(self) -> list[str]:
        """Number long texts, the widest column first, until the rest fits; the lines that say what
        the numbers stand for."""
        lines = []
        names = filter(self._is_text, list(self.cells)[1:-1])
        for name in sorted(names, key=self._column, reverse=True):
            texts = self.cells[name]
            numbered = list(dict.fromkeys(text for text in texts if len(text) > LONG))
            if self._fits() or not numbered:
                break
            keys = {text: f"({i})" for i, text in enumerate(numbered, 1)}
            lines += [wrapped(f"{name} {key} = {text}", self.width) for text, key in keys.items()]
            self.cells[name] = [keys.get(text, text) for text in texts]
            if not self._fits():
                self.names[name] = [""]
        return lines

    def _parts(self) -> list[list[str]]:
        """The columns in parts that fit, each beginning with the first; the status in the first."""
        first = next(iter(self.cells))
        end = [STATUS] if STATUS in self.cells and first != STATUS else []
        parts: list[list[str]] = [[]]
        names = [name for name in self.cells if name not in end]
        for name in names:
            if self._total([*parts[-1], name, *end]) > self.width and len(parts[-1]) > 1:
                parts[-1] += end
                end = []
                parts.append([first])
            parts[-1].append(name)
        parts[-1] += end
        return parts

    def _block(self, names: Sequence[str]) -> list[str]:
        """The names and the rows, with a line for each gap and above each group."""
        lines = self._row(names, [self.names[name] for name in names], bottom=True)
        before = -1
        head = ""
        for i, place in enumerate(self.places):
            if place > before + 1:
                lines.append(_gap(place - before - 1))
            if self.heads and self.heads[i] != head:
                head = self.heads[i]
                lines.append(head)
            lines += self._row(names, [self._pieces(name, i) for name in names])
            before = place
        return [*lines, _gap(self.size - before - 1)] if self.size > before + 1 else lines

    def _pieces(self, name: str, i: int) -> list[str]:
        """The lines of a cell."""
        text = self.cells[name][i]
        room = self.wraps.get(name)
        if room is None:
            return [text]
        hyphens = any(len(word) > room for word in text.split())
        return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=hyphens) or [""]

    def _row(
        self, names: Sequence[str], cells: Sequence[list[str]], *, bottom: bool = False
    ) -> list[str]:
        """The lines of one row; those of short cells at the top or at the bottom."""
        height = max(map(len, cells))
        empty = [[""] * (height - len(pieces)) for pieces in cells]
        filled = [e + p if bottom else p + e for p, e in zip(cells, empty, strict=True)]
        lines = []
        for texts in zip(*filled, strict=True):
            line = ""
            for i, (name, text) in enumerate(zip(names, texts, strict=True)):
                line += " " * self._space(names[i - 1], name) if i else ""
                width = self._column(name)
                line += text.rjust(width) if name in self.right else text.ljust(width)
            lines.append(line.rstrip())
        return lines


def _gap(count: int) -> str:
    return f"… {count:,} more row{'s' if count > 1 else ''} …"
