"""A store in memory whose batches are kept by field, in about a third of the memory of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auxtheory.study.storage.compact import Compact, compact
from auxtheory.study.storage.database import Store, connected
from auxtheory.study.storage.records import Words, decode, encode


class Memory(Store):
    """The batches of one study in memory: `kept` holds code and fields of each by first cell."""

    def __init__(self) -> None:
        super().__init__(None, connected(":memory:"), [])
        self.kept: dict[int, tuple[str, Compact]] = {}

    def add_all(self, batches: Iterable[tuple[range, str, bytes]]) -> None:
        """Keep all of these batches."""
        for cells, code, records in batches:
            self.kept[cells.start] = (code, compact(*decode(records)))

    def intact(self) -> Iterator[tuple[range, str, bytes, bytes]]:
        """The batches in the order of their cells, with their checksums."""
        for start, (code, fields) in sorted(self.kept.items(), key=lambda item: item[0]):
            cells = range(start, start + fields.size)
            records = encode(fields.records(), Words(fields.words))
            yield cells, code, records, self.checksum(cells.start, cells.stop, code, records)
