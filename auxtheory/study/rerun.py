"""From a study's file back to what made it: the study itself, a single cell run again, several
files in one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from auxtheory.errors import Checks, InputError, StudyError
from auxtheory.study.commands import typed
from auxtheory.study.description import description, theorems_that_differ
from auxtheory.study.design import Design
from auxtheory.study.grid import INNER
from auxtheory.study.identity import identities
from auxtheory.study.plan import batches
from auxtheory.study.results.dataset import decoded
from auxtheory.study.results.results import collected
from auxtheory.study.running.compute import measure
from auxtheory.study.sources import loaded
from auxtheory.study.storage.database import Store
from auxtheory.study.storage.records import CELL, MISSING, TEXTS, Words, merged
from auxtheory.table import JUDGED
from auxtheory.validation.parsing import read
from auxtheory.validation.validate import validate
from auxtheory.validation.verdict import Verdict

D = TypeVar("D", bound=Design)

BY_SCRIPT = (
    "give the study file (TOML), or go on in Python, where the script that made it has "
    "it: study.run(path)"
)


def study_in(store: Store, theorems: Sequence[str], kind: type[D]) -> D:
    """The study that a file holds, made again from its definition; StudyError where that does not
    say everything.

    theorems: `FILE.py:NAME` of what it has of a user's own, where that is not in the folder of the
    file. kind: the class that "at.Study" stands for.
    """
    told = json.loads(store.meta["description"])
    if told.get("missing"):
        raise StudyError(f"{store.path} does not hold {' or '.join(told['missing'])}: {BY_SCRIPT}")
    more = loaded(told.get("own", ()), store.path, theorems)
    known = store.meta.get("identity")
    path = store.path
    if not told.get("own"):
        return defined(told["definition"], known, path, kind)
    study = read(told["definition"], {"at.Study": kind, **more})
    if not isinstance(study, kind) or known not in identities(study):
        names = ", ".join(source["text"] for source in told["own"])
        changed = theorems_that_differ(told, description(study)) if isinstance(study, kind) else []
        parts = ", ".join(text.removeprefix("theorem ") for text in changed) or "in its code"
        raise StudyError(
            f"{path} was run with another {names} than there is now ({parts}): its cells are of "
            "that one. Put it back "
            "as it was, or keep a study of the new one in another file: auxtheory study run "
            "FILE.toml --out OTHER.study"
        )
    return study


def defined(definition: str, known: str | None, path: str | Path | None, kind: type[D]) -> D:
    """The study of this identity that a definition says; StudyError, naming the path, where it does
    not say all."""
    try:
        study = read(definition, {"at.Study": kind})
    except InputError as error:
        complaints = "; ".join(error.complaints)
        raise StudyError(
            f"{path} does not hold all of its study ({complaints}): {BY_SCRIPT}"
        ) from None
    if not isinstance(study, kind) or known not in identities(study):
        raise StudyError(f"{path} does not hold all of its study: {BY_SCRIPT}")
    return study


@dataclass(frozen=True, eq=False)
class Again:
    """A cell alone, as `validate` sees it, and whether its batch, run again, has the same bits as
    in the file.

    status: the one it has in the study; kept: measured there; changed: the cell's fields that
    differ, before and now.
    """

    verdict: Verdict
    status: str
    kept: float
    changed: Mapping[str, Sequence[Any]]
    same: bool

    def __str__(self) -> str:
        status = self.status
        if status == "outside":
            status += ": the theorem promises nothing here, whatever it says above"
        elif status in JUDGED and status != self.verdict.status and self.verdict.false_alarm:
            status += (
                f": its false alarms, {self.verdict.false_alarm:g}, are over all cells of the study"
            )
        fields = ", ".join(
            f"{name} {kept!r} in the file, {now!r} now"
            for name, (kept, now) in self.changed.items()
        )
        told = (
            "the same bits"
            if self.same
            else f"NOT the same: {fields or 'another of its cells differs'}"
        )
        return (
            f"{self.verdict}\n\nin the study: measured {self.kept!r} ({status}); its batch run "
            f"again: {told}"
        )


def cell_again(store: Store, study: Design, number: int) -> Again:
    """Run one cell of a study again, alone and in its batch."""
    if store.meta.get("identity") not in identities(study):
        raise StudyError(
            f"{store.path} holds another study: it was run with another one, or not yet run as "
            "this one"
        )
    checks = Checks()
    number = checks.whole("cell", number, low=0, high=study.grid.size - 1)
    checks.done()
    cells = next(cells for cells in batches(study) if number in cells)
    held = next(((records, own) for there, records, own in decoded(store) if there == cells), None)
    i = number - cells.start
    if held is None or held[0]["state"][i] == MISSING:
        raise StudyError(
            f"{store.path} does not hold cell {number} yet: auxtheory study resume "
            f"{typed(store.path)}"
        )
    there = held[0]["state"] != MISSING  # a study that grows may have been stopped within a batch
    words = Words()
    records, own = measure(study, cells, there)
    kept = merged(*held, words)
    now = merged(records, list(own), words)
    found = collected(store)
    texts = list(words)
    changed = {
        name: [texts[r[name][i]] if name in TEXTS else r[name][i].item() for r in (kept, now)]
        for name in CELL.names or ()
        if kept[name][i].tobytes() != now[name][i].tobytes()
    }
    return Again(
        verdict=_verdict(study, number),
        status=str(found["status"][found["cell"] == number][0]),
        kept=float(kept["measured"][i]),
        changed=changed,
        same=kept[there].tobytes() == now[there].tobytes(),
    )


def _verdict(study: Design, number: int) -> Verdict:
    index, labels = study.grid.cell(number)
    theorem = study.theorems[index]
    inner = {name: value for name, value in labels.items() if name in INNER and not np.isnan(value)}
    pair, noise = study.problem(labels, inner)
    given = {name: labels[name] for name in ("eta", "a") if name in inner}
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
        mode=study.mode if given else None,
        false_alarm=study.false_alarm,
        **given,
    )
