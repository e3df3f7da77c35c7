"""From a study's file back to what made it: the study itself, a single cell run again, several files in one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from auxtheory.errors import Checks, InputError
from auxtheory.judgement import SLACK
from auxtheory.notation import read
from auxtheory.result import Verdict
from auxtheory.study.axes import INNER
from auxtheory.study.cells import measure
from auxtheory.study.dataset import decoded
from auxtheory.study.definition import Study, StudyError
from auxtheory.study.identity import identity
from auxtheory.study.plan import batches
from auxtheory.study.records import CELL, MEASURED, finished
from auxtheory.study.store import Store, reading, writing
from auxtheory.validation import validate


def study_in(store: Store) -> Study:
    """The study that a file holds, made again from its definition; StudyError where that does not say everything."""
    definition = json.loads(store.meta["description"])["definition"]
    try:
        study = read(definition, {"at.Study": Study})
    except InputError as error:
        raise StudyError(f"{store.path} does not hold all of its study ({'; '.join(error.complaints)}): "
                         "give the study file (TOML), or run the script that made it")  from None  # fmt: skip
    if not isinstance(study, Study) or identity(study) != store.meta.get("identity"):
        raise StudyError(f"{store.path} does not hold all of its study: give the study file, or run its script")
    return study


@dataclass(frozen=True, eq=False)
class Again:
    """A cell alone, as `validate` sees it, and whether its batch, run again, has the same bits as in the file."""

    verdict: Verdict
    kept: float
    now: float
    same: bool
    promised: bool

    def __str__(self) -> str:
        told = "the same bits" if self.same else f"NOT the same: {self.now!r} now"
        outside = "" if self.promised else " (outside: the theorem promises nothing here, whatever it says above)"
        return f"{self.verdict}\n\nin the study: measured {self.kept!r}{outside}; its batch run again: {told}"

    @property
    def agrees(self) -> bool:
        """Whether the file is confirmed, up to rounding."""
        return self.same or abs(self.now - self.kept) <= SLACK * abs(self.kept)


def cell_again(store: Store, study: Study, number: int) -> Again:
    """Run one cell of a study again, alone and in its batch."""
    checks = Checks()
    checks.whole("cell", number, low=0, high=study.grid.size - 1)
    checks.done()
    cells = next(cells for cells in batches(study) if number in cells)
    kept = next((records for there, records, _ in decoded(store) if there == cells), None)
    if kept is None:
        raise StudyError(f"{store.path} does not hold cell {number} yet: auxtheory study resume {store.path}")
    now = measure(study, cells)[0]
    i = number - cells.start
    numbers = [name for name in CELL.names or () if CELL[name].kind == "f"]
    same = all(kept[name][i].tobytes() == now[name][i].tobytes() for name in numbers)
    promised = kept["state"][i] == MEASURED
    return Again(_verdict(study, number), float(kept["measured"][i]), float(now["measured"][i]), same, bool(promised))


def _verdict(study: Study, number: int) -> Verdict:
    index, labels = study.grid.cell(number)
    theorem = study.theorems[index]
    inner = {name: value for name, value in labels.items() if name in INNER and not np.isnan(value)}
    pair, noise = study.problem(labels, inner)
    given = {name: labels[name] for name in ("eta", "a") if name in inner}
    return validate(
        theorem, pair, noise, T=labels["T"], K=labels["K"], B=labels["B"], engine=labels["engine"], seed=labels["seed"],
        replicas=study.replicas, mode=study.mode if given else None, false_alarm=study.false_alarm, **given,
    )  # fmt: skip


def merge(out: Path, paths: Sequence[Path]) -> tuple[int, list[str]]:
    """Copy the batches of several files of one study into a new or an existing one; how many, and what was wrong."""
    told: dict[Path, dict[str, str]] = {}
    for path in [*([out] if out.exists() else []), *paths]:
        with reading(path) as one:
            told[path] = {name: one.meta[name] for name in ("identity", "description")}
    (first, meta), notes = next(iter(told.items())), list[str]()
    code = json.loads(meta["description"])["code"]
    for path, own in told.items():
        if own["identity"] != meta["identity"]:
            raise StudyError(f"cannot merge {path}: it holds another study than {first}")
        if json.loads(own["description"])["code"] != code:
            raise StudyError(f"cannot merge {path}: another version of the code ran it than {first}; resume it first")
    with writing(out, meta["identity"]) as store:
        store.describe(meta)
        there = {cells for cells, version, blob in store.batches() if version == code and finished(cells, blob)}
        for path in paths:
            with reading(path) as other:
                store.add_all(_lacking(other, code, there))
                notes += other.notes
        return len(there), [*store.notes, *notes]


def _lacking(other: Store, code: str, there: set[range]) -> Iterator[tuple[range, str, bytes]]:
    """The batches of this code that are not there yet; those of which no cell failed then count as there."""
    for cells, version, blob in other.batches():
        if version == code and cells not in there:
            if finished(cells, blob):
                there.add(cells)
            yield cells, version, blob
