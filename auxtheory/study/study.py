"""A study: a design that runs, goes on where it stopped, and runs single cells again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auxtheory.study.design import Design

if TYPE_CHECKING:
    from auxtheory.study.rerun import Again
    from auxtheory.study.results.results import Results


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Study(Design):
    """Each theorem on every cell of a grid over named axes, at its own step sizes or at given ones.

    Axes, each a number or a sequence: L, mu, F0, dim (of the target), delta, zeta (of its helper),
    sigma_f, sigma_h, correlation, s (of the noise), K, T, B, seed, engine, and eta with a, which
    replace the theorems' own steps. mode "unsafe" then also runs cells outside a theorem's range.
    Methods with single steps run at K = 1. A cell outside a theorem's assumptions has status
    "outside". A method without a theorem is `at.claim(float("inf"), method=…)`.
    helper: further arguments of `with_helper`. false_alarm: the chance that any cell is wrongly
    "violated" (or any wrongly "pass", as far as three moments tell) under Monte Carlo. InputError
    lists everything that is wrong.
    """

    def run(
        self,
        path: str | Path | None = None,
        *,
        executor: Executor | None = None,
        processes: int | None = None,
        part: tuple[int, int] = (1, 1),
        progress: Callable[[int, int], None] | None = None,
    ) -> Results:
        """Run every cell that has not been run yet; the results are read when they are first asked
        for.

        path: the file (.study) that keeps each batch of cells once it is done, and where a stopped
        study goes on; None keeps them in memory. executor: any of `concurrent.futures`, such as
        Dask's `Client.get_executor()`;
        processes: a pool of so many, which end with this one. part: (i, n) runs the i-th of n parts
        of the batches, for `merge`. progress(done, all): called with numbers of cells. StudyError
        if it cannot be finished, or if the file cannot be used.
        """
        from auxtheory.study.running.execution import run

        return run(self, path, executor=executor, processes=processes, part=part, progress=progress)

    @classmethod
    def open(cls, path: str | Path, *, theorems: Sequence[str] = ()) -> Study:
        """The study in a .study file, to go on with it: `at.Study.open("a.study").run("a.study")`.

        What it has of your own modules is imported, if it lies in or below the folder of the file
        or the present one, or is installed; theorems: `FILE.py:NAME` of what lies elsewhere.
        StudyError where the file does not hold all of its study, such as functions of a script, or
        where such a theorem is another one now.
        """
        from auxtheory.study.rerun import study_in
        from auxtheory.study.storage.file import reading

        with reading(Path(path)) as store:
            return study_in(store, theorems, cls)

    def cell(self, path: str | Path, number: int) -> Again:
        """Run one cell of this study, kept in a .study file, again: its verdict, and whether the
        bits are the same.

        number: as tables and pages give it. StudyError if the file does not hold that cell of this
        study.
        """
        from auxtheory.study.rerun import cell_again
        from auxtheory.study.storage.file import reading

        with reading(Path(path)) as store:
            return cell_again(store, self, number)
