"""The operations whose costs are measured, one file for each part of the library."""

from __future__ import annotations

from auxtheory.bench.growth.operation import Operation
from auxtheory.bench.growth.operations import (
    clients,
    data,
    engines,
    figures,
    problems,
    searches,
    studies,
    theory,
    validation,
)

PARTS = problems, data, engines, clients, validation, studies, figures, searches, theory
ALL: tuple[Operation, ...] = tuple(operation for part in PARTS for operation in part.ALL)


def keyed(key: str) -> Operation:
    """The operation of a key."""
    return next(operation for operation in ALL if operation.key == key)
