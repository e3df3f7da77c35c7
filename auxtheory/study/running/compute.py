"""Running cells: whole blocks in one engine call each, and whatever goes wrong kept to the cells
that it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.constants import Constants
from auxtheory.engines import Sampling
from auxtheory.errors import EDGE, InputError, RefusedError
from auxtheory.study.grid import HELPER, NOISE, STEPS, TARGET, Block
from auxtheory.study.plan import long
from auxtheory.study.storage.records import (
    BEYOND,
    CELL,
    FAILED,
    KNOWN,
    MEASURED,
    OUTSIDE,
    PASSED_OVER,
    TEXTS,
    Records,
    Words,
    blank,
)
from auxtheory.theorems import Theorem
from auxtheory.theorems.step_range import Lengths, applies, fits
from auxtheory.validation import validate, variance
from auxtheory.validation.rows import columns

if TYPE_CHECKING:
    from auxtheory.noise.laws import Noise
    from auxtheory.problems import Pair
    from auxtheory.study.design import Design

PROBLEM = (*TARGET, *HELPER, *NOISE, "dim")  # the axes that a pair and its noise depend on
# characters of an error that are read, and kept
MOST = 10**5
LONGEST = 400


def measure(
    study: Design, cells: range, wanted: NDArray[np.bool_] | None = None
) -> tuple[Records, Words]:
    """The records of these cells and their words; a cell that cannot be run says why in `error`.

    wanted: which of the cells to run, the others stay blank; a cell has the same bits whichever run
    beside it.
    """
    records = blank(len(cells))
    words = Words()
    problems = _Problems(study)
    wanted = np.ones(len(cells), dtype=bool) if wanted is None else wanted
    for block, first, last in study.grid.pieces(cells):
        shape = last - first, len(block.rounds)
        low = block.start + first * len(block.rounds) - cells.start
        here = slice(low, low + shape[0] * shape[1])
        own = records[here].reshape(shape)
        for rows, times in _alike(wanted[here].reshape(shape)):
            part = own[np.ix_(rows, times)]
            rounds = tuple(block.rounds[i] for i in times)
            _isolated(problems, replace(block, rounds=rounds), first + rows, part, words)
            own[np.ix_(rows, times)] = part
    return records, words


def _alike(wanted: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The configurations of which the same rounds are wanted, and these rounds, by position."""
    if np.all(wanted):
        yield np.arange(len(wanted)), np.arange(wanted.shape[1])
        return
    patterns, which = np.unique(wanted, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        if np.any(pattern):
            yield np.flatnonzero(which.ravel() == i), np.flatnonzero(pattern)


class _Problems:
    """The problems of a study, of which the last is kept: blocks that differ in K or T alone share
    theirs."""

    def __init__(self, study: Design) -> None:
        self.study = study
        self.last: tuple[Any, tuple[Pair, Noise, Constants]] | None = None

    def of(self, block: Block, labels: Mapping[str, Any]) -> tuple[Pair, Noise, Constants]:
        """Pair and noise of a block's configurations, and their constants as the theorem's method
        meets them."""
        given = {**block.fixed, **labels}
        # A pair without axes of its own still has so many copies.
        size = max(map(len, labels.values()), default=1)
        key = (
            block.theorem,
            size,
            {name: np.asarray(given[name]).tobytes() for name in PROBLEM if name in given},
        )
        if self.last is None or self.last[0] != key:
            pair, noise = self.study.problem(block.fixed, labels)
            self.last = (
                key,
                (pair, noise, self.study.theorems[block.theorem].constants(pair, noise)),
            )
        return self.last[1]


def _isolated(
    problems: _Problems, block: Block, rows: NDArray[np.intp], out: Records, words: Words
) -> None:
    """Run the configurations together or, should that raise, by halves, until it is known which
    cannot be run."""
    try:
        _run(problems, block, rows, out, words)
    except Exception as error:  # whatever a user's own theorem, method or law raises
        if len(rows) > 1 and not isinstance(error, RefusedError | ImportError):
            middle = len(rows) // 2
            _isolated(problems, block, rows[:middle], out[:middle], words)
            _isolated(problems, block, rows[middle:], out[middle:], words)
        else:
            out[:] = blank(1)
            out["state"], out["error"] = FAILED, words.number(told(error))


def told(error: BaseException) -> str:
    """An error on one line."""
    complaints = error.complaints if isinstance(error, InputError) else ()
    try:
        text = "; ".join(complaints) or str(error)
    except Exception:  # an error of a user's own need not have a text
        text = ""
    text = " ".join(text[:MOST].encode(errors="backslashreplace").decode().split())
    kind = "" if complaints or isinstance(error, RefusedError) else type(error).__name__
    line = f"{kind}: {text}" if kind and text else kind or text
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _run(
    problems: _Problems, block: Block, rows: NDArray[np.intp], out: Records, words: Words
) -> None:
    """Run these configurations of a block; out: their records, shape (configurations, rounds)."""
    study = problems.study
    fixed = block.fixed
    labels = block.labels(rows)
    theorem = study.theorems[block.theorem]
    pair, noise, constants = problems.of(block, labels)
    _know(out, constants)
    runs = _plan(study, theorem, constants, noise, labels, block, len(rows))
    out["state"] = np.where(runs, MEASURED, OUTSIDE)[:, None]
    if not np.any(runs):
        return
    if not np.all(runs):
        labels = {name: values[runs] for name, values in labels.items()}
        pair, noise, constants = problems.of(block, labels)
    order = np.argsort(block.rounds)
    steps = {
        name: labels[name]
        for name in STEPS
        if name in labels and (name == "eta" or theorem.method.uses_a)
    }
    request = validate.StepRequest(
        T=sorted(block.rounds),
        K=fixed["K"],
        B=fixed["B"],
        mode=study.mode if steps else None,
        **steps,
    )
    sampling = Sampling(replicas=study.replicas, seed=fixed["seed"], compiled=long(study))
    measurement = validate.Measurement(engine=fixed["engine"], sampling=sampling)
    found = validate.measure(theorem, pair, noise, request, measurement, constants)
    for i, run in zip(order, found, strict=True):
        for reason in run.trace.passed_over:
            words.number(f"{PASSED_OVER}{reason[:LONGEST]}")
        part = out[runs, i]
        _know(part[:, None], run.constants)
        judged = columns(theorem, run)
        for name in CELL.names or ():
            if name in judged:
                part[name] = words.all_of(judged[name]) if name in TEXTS else judged[name]
        # Under multiplicative noise the run has another.
        mode = study.mode or ("theorem" if steps else "tuned")
        part["mode"], part["engine"] = words.number(mode), words.number(run.trace.engine)
        # Also by the σ of the run, which nobody knew before.
        part["state"][judged["outside"]] = BEYOND
        lost = np.isnan(part["measured"])
        part["state"][lost], part["error"][lost] = (
            FAILED,
            words.number("the measured value is not a number"),
        )
        out[runs, i] = part


def _plan(
    study: Design,
    theorem: Theorem,
    c: Constants,
    noise: Noise,
    labels: Mapping[str, Any],
    block: Block,
    size: int,
) -> NDArray[np.bool_]:
    """Which configurations to run: those about which the theorem may promise something at one of
    the T, whatever the noise of the run, or, in mode unsafe, all that it allows to be run."""
    open_ = variance.unknown(theorem, noise)
    promised = applies(theorem, c, size, open_)
    if "eta" not in labels:
        return promised
    if study.mode == "unsafe":
        return np.ones(size, dtype=bool)
    lengths = [Lengths(K=block.fixed["K"], T=T, B=block.fixed["B"]) for T in block.rounds]
    a = labels.get("a") if theorem.method.uses_a else None
    found = [fits(theorem, c, labels["eta"], a, n, rtol=EDGE, open_=open_) for n in lengths]
    return np.asarray(promised & np.logical_or.reduce(found))


def _know(out: Records, constants: Constants) -> None:
    """Note the constants that the theorem's method meets."""
    for name, value in zip(KNOWN, constants.values().values(), strict=True):
        out[name] = np.broadcast_to(np.reshape(value, (-1, 1)), out.shape)
