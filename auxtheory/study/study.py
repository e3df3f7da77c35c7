"""A study: a design that runs, resumes where it stopped, and reruns single cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auxtheory import renamed
from auxtheory.study.design import Design

if TYPE_CHECKING:
    from auxtheory.study.rerun import CellRun
    from auxtheory.study.results.results import Results


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Study(Design):
    """Theorems compared with measurements on every cell of a grid over named axes.

    A cell is one theorem at one value of each axis; its status says whether measured ≤ bound. Each
    theorem uses its own step sizes unless eta is an axis. A cell outside a theorem's assumptions
    has the status "outside". A method without a theorem is `at.claim(float("inf"), method=…)`.

    Args:
        theorems: The theorems, a list such as `[at.theorems.AuxMOM()]`, each with its own name.
        target: A target such as `at.Quadratic(L=1.0, dim=16)`, whose helper the axes delta and
            zeta set, or a single `at.Pair`.
        noise: The law of the gradient noise; None: no noise, or Gaussian noise where a noise level
            is an axis.
        helper: Further arguments of `with_helper`, such as `{"gap": "uniform"}`; or those of
            clients or several helpers, as in `{"clients": {"N": 10, "rotation": 1}}`.
        mode: "tuned", "theorem" or "unsafe", as in `at.validate`; "unsafe" also runs cells outside
            a theorem's range of steps. None: "theorem" where eta is an axis, otherwise "tuned".
        replicas: The number of Monte Carlo replicas of a cell.
        false_alarm: The probability, over all cells, that any Monte Carlo cell is wrongly
            "violated"; that of a wrong "pass" is the same, as far as three moments determine it.
        title: A title, printed with results and figures.
        **axes: A number or a sequence of numbers for each axis. L, mu, F0 and dim change the
            target, delta and zeta its helper, N and delta_A its clients or helpers, alpha the law
            `at.Dirichlet` of its data, sigma_f, sigma_h, correlation and s the noise; K, T and B
            are as in `at.validate`; seed, engine; eta (X²/F) and a in (0, 1] replace the
            theorems' own steps, and with them the further step parameters of the methods, such as
            `beta=[0, 0.9]`, each with a value unless it has a default. One of these may be a
            schedule, `at.per_round(…)`, as its only value. S, the clients at work in each round of
            methods with clients, is an axis with or without eta. K and T are required; methods with
            single steps run at K = 1.

    Raises:
        InputError: Lists everything that is wrong with the arguments.

    Example:
        >>> import auxtheory as at
        >>> study = at.Study(
        ...     [at.theorems.ExactCorrection()],
        ...     at.Quadratic(L=1.0, dim=4),
        ...     delta=[0.05, 0.1],
        ...     K=4,
        ...     T=[10, 100],
        ... )
        >>> results = study.run("a.study")
        >>> results.counts
        {'pass': 4}
        >>> at.Study.open("a.study").run("a.study").counts  # nothing is left to run
        {'pass': 4}
        >>> study.cell("a.study", 3).identical
        True
    """

    @property
    def compiled(self) -> bool:
        """Whether the engine exact compiles its loop; to be removed, since it changes no number."""
        from auxtheory.study.plan import takes_long

        renamed.warn("Study.compiled", "the choice of `run`")
        return takes_long(self)

    def run(
        self,
        path: str | Path | None = None,
        *,
        executor: Executor | None = None,
        processes: int | None = None,
        part: tuple[int, int] = (1, 1),
        progress: Callable[[int, int], None] | None = None,
    ) -> Results:
        """Run every cell that has not been run yet, and return the results.

        Args:
            path: The .study file to which each batch of cells is written as soon as it is done, and
                from which a stopped study resumes; None: results stay in memory.
            executor: Any executor of `concurrent.futures`, such as Dask's `Client.get_executor()`.
            processes: The number of worker processes, which end with this one; not together with
                `executor`. None: cells run in this process.
            part: (i, n) runs the i-th of n parts of the batches, for `auxtheory study merge`.
            progress: A function that is called with the number of cells done and of all cells.

        Returns:
            The results, read from the file when they are first used.

        Raises:
            InputError: An argument is invalid.
            StudyError: The file cannot be used, or not every batch could be run.
        """
        from auxtheory.study.running.execution import run

        return run(self, path, executor=executor, processes=processes, part=part, progress=progress)

    @classmethod
    def open(cls, path: str | Path, *, theorems: Sequence[str] = ()) -> Study:
        """Read the study in a .study file, to resume it or to rerun a cell.

        Classes and theorems from modules of your own are imported if these are in or below the
        folder of the file or the current folder, or installed.

        Args:
            path: The .study file.
            theorems: `FILE.py:NAME` for each theorem that is somewhere else.

        Returns:
            The study, so that `at.Study.open("a.study").run("a.study")` resumes it.

        Raises:
            InputError: A name in `theorems` is not one that the study needs.
            StudyError: The file is not a study, does not hold everything that defines it, such as
                functions of a script, or the code of a theorem has changed since.
        """
        from auxtheory.study.rerun import study_in
        from auxtheory.study.storage.file import reading

        with reading(Path(path)) as store:
            return study_in(store, theorems, cls)

    def cell(self, path: str | Path, number: int) -> CellRun:
        """Run one cell of this study again, and compare it with the stored one.

        Args:
            path: The .study file that holds the cell.
            number: The number of the cell, from 0, as in the column `cell` of tables and on pages.

        Returns:
            The verdict on the cell, and whether its batch has the same bits as in the file.

        Raises:
            InputError: There is no cell of this number.
            StudyError: The file does not hold this cell of this study.
        """
        from auxtheory.study.rerun import cell_again
        from auxtheory.study.storage.file import reading

        with reading(Path(path)) as store:
            return cell_again(store, self, number)
