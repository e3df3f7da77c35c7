"""Computing cells: one engine call for a block of cells; an error affects only the cells that cause
it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.constants import Constants
from auxtheory.engines import Sampling
from auxtheory.errors import EDGE, InputError, RefusedError
from auxtheory.study.grid import CLIENTS, HELPER, NOISE, TARGET, Block
from auxtheory.study.plan import takes_long
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
from auxtheory.theorems.measured import further
from auxtheory.theorems.step_range import Lengths, applies, fits
from auxtheory.validation import validate, variance
from auxtheory.validation.at_work import at_work, knowing
from auxtheory.validation.rows import Run, columns

if TYPE_CHECKING:
    from auxtheory.noise.laws import Noise
    from auxtheory.problems import Pair
    from auxtheory.study.design import Design

# The axes that a pair and its noise depend on.
PROBLEM = (*TARGET, *HELPER, *NOISE, "dim", *CLIENTS)
# Characters of an error message that are read, and that are stored.
MAX_READ = 10**5
MAX_STORED = 400


def measure(
    study: Design, cells: range, wanted: NDArray[np.bool_] | None = None
) -> tuple[Records, Words]:
    """The records of these cells and their words; the record of a cell that cannot be run holds the
    error.

    Args:
        study: The study.
        cells: The numbers of the cells, which must not split a configuration.
        wanted: Which of the cells to run; the others stay blank. The bits of a cell do not depend
            on which others run with it.
    """
    records = blank(len(cells))
    words = Words()
    problems = _Problems(study)
    wanted = np.ones(len(cells), dtype=bool) if wanted is None else wanted
    for block, first, last in study.grid.pieces(cells):
        shape = last - first, len(block.rounds)
        low = block.start + first * len(block.rounds) - cells.start
        piece = slice(low, low + shape[0] * shape[1])
        out = records[piece].reshape(shape)
        for rows, times in _same_rounds(wanted[piece].reshape(shape)):
            part = out[np.ix_(rows, times)]
            rounds = tuple(block.rounds[i] for i in times)
            _run_isolated(problems, replace(block, rounds=rounds), first + rows, part, words)
            out[np.ix_(rows, times)] = part
    return records, words


def _same_rounds(
    wanted: NDArray[np.bool_],
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Groups of configurations of which the same rounds are wanted, and these rounds, as
    indices."""
    if np.all(wanted):
        yield np.arange(len(wanted)), np.arange(wanted.shape[1])
        return
    patterns, which = np.unique(wanted, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        if np.any(pattern):
            yield np.flatnonzero(which.ravel() == i), np.flatnonzero(pattern)


class _Problems:
    """The problems of a study; the last one is cached, since blocks that differ only in K or T
    share it."""

    def __init__(self, study: Design) -> None:
        self.study = study
        self.last: tuple[Any, tuple[Pair, Noise, Constants]] | None = None

    def of(self, block: Block, labels: Mapping[str, Any]) -> tuple[Pair, Noise, Constants]:
        """Pair and noise of a block's configurations, and their constants for the theorem's
        method."""
        values = {**block.fixed, **labels}
        # A pair without axes still has this number of copies.
        size = max(map(len, labels.values()), default=1)
        key = (
            block.theorem,
            size,
            {name: np.asarray(values[name]).tobytes() for name in PROBLEM if name in values},
        )
        if self.last is None or self.last[0] != key:
            pair, noise = self.study.problem(block.fixed, labels)
            self.last = (
                key,
                (pair, noise, self.study.theorems[block.theorem].constants(pair, noise)),
            )
        return self.last[1]


def _run_isolated(
    problems: _Problems, block: Block, rows: NDArray[np.intp], out: Records, words: Words
) -> None:
    """Run the configurations together or, if that raises, in halves, until those that cannot be run
    are known."""
    try:
        _run(problems, block, rows, out, words)
    except Exception as error:  # a user's theorem, method or law may raise anything
        if len(rows) > 1 and not isinstance(error, RefusedError | ImportError):
            middle = len(rows) // 2
            _run_isolated(problems, block, rows[:middle], out[:middle], words)
            _run_isolated(problems, block, rows[middle:], out[middle:], words)
        else:
            out[:] = blank(1)
            out["state"], out["error"] = FAILED, words.number(one_line(error))


def one_line(error: BaseException) -> str:
    """An error message on one line of limited length."""
    complaints = error.complaints if isinstance(error, InputError) else ()
    try:
        text = "; ".join(complaints) or str(error)
    except Exception:  # the text of a user's error may raise
        text = ""
    text = " ".join(text[:MAX_READ].encode(errors="backslashreplace").decode().split())
    kind = "" if complaints or isinstance(error, RefusedError) else type(error).__name__
    line = f"{kind}: {text}" if kind and text else kind or text
    return line if len(line) <= MAX_STORED else line[: MAX_STORED - 1] + "…"


def _run(
    problems: _Problems, block: Block, rows: NDArray[np.intp], out: Records, words: Words
) -> None:
    """Run these configurations of a block into their records, shape (configurations, rounds)."""
    study = problems.study
    labels = block.labels(rows)
    theorem = study.theorems[block.theorem]
    steps = steps_of(theorem, {**block.fixed, **labels})
    pair, noise, constants = problems.of(block, labels)
    _store_constants(out, constants)
    working = at_work(theorem, pair, steps)
    constants = knowing(constants, working)
    allowed = _allowed(study, constants, noise, labels, block, len(rows))
    out["state"] = np.where(allowed, MEASURED, OUTSIDE)[:, None]
    if not np.any(allowed):
        return
    if not np.all(allowed):
        labels = {name: values[allowed] for name, values in labels.items()}
        pair, noise, constants = problems.of(block, labels)
        constants = knowing(constants, working)
        steps = steps_of(theorem, {**block.fixed, **labels})
    parameters = further(steps) | working
    request = validate.StepRequest(
        T=sorted(block.rounds),
        K=block.fixed["K"],
        B=block.fixed["B"],
        eta=steps.get("eta"),
        a=steps.get("a"),
        mode=study.mode if "eta" in steps else None,
        parameters=parameters,
    )
    sampling = Sampling(
        replicas=study.replicas, seed=block.fixed["seed"], compiled=takes_long(study)
    )
    measurement = validate.Measurement(engine=block.fixed["engine"], sampling=sampling)
    runs = validate.measure(theorem, pair, noise, request, measurement, constants)
    mode = study.mode or ("theorem" if "eta" in steps else "tuned")
    for i, run in zip(np.argsort(block.rounds), runs, strict=True):
        out[allowed, i] = _filled(out[allowed, i], theorem, run, words, mode)


def steps_of(theorem: Theorem, labels: Mapping[str, Any]) -> dict[str, Any]:
    """The step parameters of the theorem's method among the labels of cells."""
    return {
        name: value
        for name, value in labels.items()
        if name == "eta" or name in theorem.method.parameters
    }


def _filled(records: Records, theorem: Theorem, run: Run, words: Words, mode: str) -> Records:
    """The records of configurations with what a run measured."""
    for reason in run.trace.passed_over:
        words.number(f"{PASSED_OVER}{reason[:MAX_STORED]}")
    _store_constants(records[:, None], run.constants)
    values = columns(theorem, run)
    for name in CELL.names or ():
        if name in values:
            records[name] = words.all_of(values[name]) if name in TEXTS else values[name]
    # The mode of the study; under multiplicative noise that of the run differs.
    records["mode"] = words.number(mode)
    records["engine"] = words.number(run.trace.engine)
    # Also outside by the σ of the run, which is known only now.
    records["state"][values["outside"]] = BEYOND
    undefined = np.isnan(records["measured"])
    records["state"][undefined] = FAILED
    records["error"][undefined] = words.number("the measured value is not a number")
    return records


def _allowed(
    study: Design,
    c: Constants,
    noise: Noise,
    labels: Mapping[str, Any],
    block: Block,
    size: int,
) -> NDArray[np.bool_]:
    """Whether to run each configuration: if the theorem may promise something at one of the T for
    some noise of the run, or always in mode unsafe."""
    theorem = study.theorems[block.theorem]
    open_ = variance.unknown(theorem, noise)
    promised = applies(theorem, c, size, open_)
    if "eta" not in study.axes:
        return promised
    if study.mode == "unsafe":
        return np.ones(size, dtype=bool)
    lengths = [Lengths(K=block.fixed["K"], T=T, B=block.fixed["B"]) for T in block.rounds]
    steps = steps_of(theorem, {**block.fixed, **labels})
    eta, a = (steps.get(name) for name in ("eta", "a"))
    parameters = further(steps)
    within = [
        fits(theorem, c, eta, a, n, parameters=parameters, rtol=EDGE, open_=open_) for n in lengths
    ]
    return np.asarray(promised & np.logical_or.reduce(within))


def _store_constants(out: Records, constants: Constants) -> None:
    """Write the constants for the theorem's method into records of shape (configurations,
    rounds)."""
    for column, name in zip(KNOWN, constants.names(), strict=True):
        out[column] = np.broadcast_to(np.reshape(getattr(constants, name), (-1, 1)), out.shape)
