"""A mapping that nobody can write to, and that prints as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from auxtheory.printing import table

Row = TypeVar("Row")
COLUMNS = {"name": "name", "symbol": "glyph", "unit": "unit", "meaning": "meaning"}


class Glossary(Mapping[str, Row]):
    """Quantities by name, with what `COLUMNS` says of each."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, name: str) -> Row:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        rows: list[dict[str, Any]] = [
            {column: str(getattr(row, attribute)) for column, attribute in COLUMNS.items()} for row in self.values()
        ]
        return table(rows, tuple(COLUMNS))
