"""Reading a study back from its file, and running one of its cells again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from auxtheory import renamed
from auxtheory.bounds.schedules import PerRound
from auxtheory.errors import Checks, InputError, StudyError
from auxtheory.study.commands import typed
from auxtheory.study.description import description, theorems_that_differ
from auxtheory.study.design import Design
from auxtheory.study.grid import OUTER
from auxtheory.study.identity import identities
from auxtheory.study.running.compute import measure, steps_of
from auxtheory.study.sources import loaded
from auxtheory.study.storage.database import Store, stored_batch
from auxtheory.study.storage.index import STATUSES, in_batch, indexed
from auxtheory.study.storage.records import CELL, MISSING, TEXTS, Records, Words, merged
from auxtheory.table import JUDGED
from auxtheory.validation.parsing import parse
from auxtheory.validation.validate import validate
from auxtheory.validation.verdict import Verdict

D = TypeVar("D", bound=Design)

BY_SCRIPT = (
    "give the study file (TOML), or resume it in the Python script that made it: study.run(path)"
)


def study_in(store: Store, theorems: Sequence[str], kind: type[D]) -> D:
    """The study that a file holds, made from its definition.

    Args:
        store: The open file.
        theorems: `FILE.py:NAME` of a user's theorems that are not in the folder of the file.
        kind: The class that "at.Study" stands for.

    Raises:
        StudyError: The file does not hold the whole definition, or it has changed since.
    """
    stored = json.loads(store.meta["description"])
    if stored.get("missing"):
        raise StudyError(
            f"{store.path} does not hold {' or '.join(stored['missing'])}: {BY_SCRIPT}"
        )
    names = loaded(stored.get("own", ()), store.path, theorems)
    known = store.meta.get("identity")
    path = store.path
    if not stored.get("own"):
        return defined(stored["definition"], known, path, kind)
    study = parse(stored["definition"], {"at.Study": kind, **names})
    if not isinstance(study, kind) or known not in identities(study):
        sources = ", ".join(source["text"] for source in stored["own"])
        changed = (
            theorems_that_differ(stored, description(study)) if isinstance(study, kind) else []
        )
        parts = ", ".join(text.removeprefix("theorem ") for text in changed) or "in its code"
        raise StudyError(
            f"{path} was run with another version of {sources} ({parts}). Restore that version, or "
            "store a study of the present one in another file: auxtheory study run FILE.toml "
            "--out OTHER.study"
        )
    return study


def defined(definition: str, known: str | None, path: str | Path | None, kind: type[D]) -> D:
    """The study that a definition makes; StudyError, naming the path, unless it has the known
    identity."""
    try:
        study = parse(definition, {"at.Study": kind})
    except InputError as error:
        complaints = "; ".join(error.complaints)
        raise StudyError(
            f"{path} does not hold the whole study ({complaints}): {BY_SCRIPT}"
        ) from None
    if not isinstance(study, kind) or known not in identities(study):
        raise StudyError(f"{path} does not hold the whole study: {BY_SCRIPT}")
    return study


@renamed.old_names(kept="stored", same="identical")
@dataclass(frozen=True, eq=False)
class CellRun:
    """One cell of a study run again: its verdict, and whether its batch has the same bits as in the
    file.

    Args:
        verdict: The verdict of `at.validate` on this cell alone.
        status: The status of the cell in the study.
        stored: The measured value in the file.
        changed: The fields of the cell that differ, with their values in the file and now.
        identical: Whether all cells of the batch have the same bits as in the file.
    """

    verdict: Verdict
    status: str
    stored: float
    changed: Mapping[str, Sequence[Any]]
    identical: bool

    def __str__(self) -> str:
        status = self.status
        if status == "outside":
            status += ": the theorem promises nothing here, whatever it says above"
        elif status in JUDGED and status != self.verdict.status and self.verdict.false_alarm:
            status += (
                f": its false alarms, {self.verdict.false_alarm:g}, are over all cells of the study"
            )
        changes = ", ".join(
            f"{name} {stored!r} in the file, {now!r} now"
            for name, (stored, now) in self.changed.items()
        )
        result = (
            "the same bits"
            if self.identical
            else f"NOT the same: {changes or 'another of its cells differs'}"
        )
        return (
            f"{self.verdict}\n\nin the study: measured {self.stored!r} ({status}); its batch run "
            f"again: {result}"
        )


def cell_again(store: Store, study: Design, number: int) -> CellRun:
    """Run one cell of a study again, alone and in its batch.

    Args:
        store: The open file of the study, as from `auxtheory.study.reading`.
        study: The study.
        number: The number of the cell, from 0.

    Returns:
        The verdict on the cell, and whether its batch has the same bits as in the file.

    Raises:
        InputError: There is no cell of this number.
        StudyError: The file does not hold this cell of this study.

    Example:
        >>> from pathlib import Path
        >>> import auxtheory as at
        >>> from auxtheory.study import cell_again, reading
        >>> target = at.Quadratic(L=1.0, dim=4)
        >>> study = at.Study([at.theorems.ExactCorrection()], target, delta=0.1, K=4, T=[10, 100])
        >>> print(study.run("a.study").counts)
        {'pass': 2}
        >>> with reading(Path("a.study")) as store:
        ...     cell_run = cell_again(store, study, 1)
        >>> cell_run.identical, cell_run.status
        (True, 'pass')
    """
    if store.meta.get("identity") not in identities(study):
        raise StudyError(f"{store.path} holds another study, or this one has not been run yet")
    checks = Checks()
    number = checks.whole("cell", number, low=0, high=study.grid.size - 1)
    checks.done()
    cells, batch = _holding(store, number)
    i = number - cells.start
    if batch is None or batch[0]["state"][i] == MISSING:
        raise StudyError(
            f"{store.path} does not hold cell {number} yet: auxtheory study resume "
            f"{typed(store.path)}"
        )
    present = batch[0]["state"] != MISSING  # an extended study may have been stopped in a batch
    words = Words()
    records, new_words = measure(study, cells, present)
    stored = merged(*batch, words)
    now = merged(records, list(new_words), words)
    return CellRun(
        verdict=_verdict(study, number),
        status=STATUSES[indexed(store).status[number]],
        stored=float(stored["measured"][i]),
        changed=_changes(stored[i], now[i], list(words)),
        identical=stored[present].tobytes() == now[present].tobytes(),
    )


def _holding(store: Store, number: int) -> tuple[range, tuple[Records, list[str]] | None]:
    """The cells of the batch in a store that holds a cell, with its records and words; None for
    these if there is no intact one."""
    cells = store.around(number)
    blob = None if cells is None else stored_batch(store, cells)
    if cells is None or blob is None:
        return range(number, number + 1), None
    return cells, in_batch(store, cells, blob)


def _changes(stored: Any, now: Any, words: Sequence[str]) -> dict[str, list[Any]]:
    """The fields in which two records of a cell differ, with both values."""
    return {
        name: [words[r[name]] if name in TEXTS else r[name].item() for r in (stored, now)]
        for name in CELL.names or ()
        if stored[name].tobytes() != now[name].tobytes()
    }


def _verdict(study: Design, number: int) -> Verdict:
    """The verdict of `validate` on one cell."""
    index, labels = study.grid.cell(number)
    theorem = study.theorems[index]
    inner = {
        name: value
        for name, value in labels.items()
        if name not in OUTER and not isinstance(value, PerRound) and not np.isnan(value)
    }
    pair, noise = study.problem(labels, inner)
    steps: dict[str, Any] = {
        name: value.first(labels["T"]) if isinstance(value, PerRound) else value
        for name, value in steps_of(theorem, labels).items()
    }
    return validate(
        theorem,
        pair,
        noise,
        T=labels["T"],
        K=labels["K"],
        B=labels["B"],
        engine=labels["engine"],
        seed=labels["seed"],
        replicas=study.replicas,
        mode=study.mode if "eta" in steps else None,
        false_alarm=study.false_alarm,
        **steps,
    )
