"""The commands `auxtheory study run | resume | status | merge | export | cell`: sweeps that a study
file (TOML) defines."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from auxtheory.cli import output
from auxtheory.errors import Checks
from auxtheory.files import read_bytes

WRITTEN = "a file that `study run` wrote"
Action: TypeAlias = Callable[..., argparse.ArgumentParser]
SUMMARY = {
    "study": "the path of its file",
    "title": "of the study",
    "cells": "how many there are",
    "counts": "the number of cells of each status that occurs",
    "largest": "the largest measured/bound",
    "remarks": "why cells failed and engines were passed over, and what was repaired",
}
KEYS: dict[str, dict[str, str]] = {
    "run": {**SUMMARY, "stored_before": "cells that were in the file before"},
    "resume": {**SUMMARY, "stored_before": "cells that were in the file before"},
    "status": {
        **SUMMARY,
        "started": "when the study was first run",
        "other_versions": "versions of the code that ran cells which `resume` would run again",
    },
    "merge": {**SUMMARY, "batches": "how many the merged file holds"},
    "export": output.FILES,
    "cell": {
        "verdict": "of the cell alone",
        "status": "of the cell in the study",
        "stored": "its measured value in the file",
        "changed": "fields that differ, each with its value in the file and now",
        "identical": "whether its batch has the same bits",
    },
}


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number converts an option's text into a value."""
    study = commands.add_parser(
        "study", help="sweeps over grids of constants, stored in a file and resumable"
    )
    actions = study.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, run: Any, text: str, more: str = "") -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = actions.add_parser(
            name, help=text, description=more or None
        )
        parser.set_defaults(run=run)
        output.add_json(parser, KEYS[name])
        return parser

    _add_run_and_resume(action, number)
    _add_files(action)
    _add_cell(action, number)


def _add_run_and_resume(action: Action, number: Any) -> None:
    run = action(
        "run",
        _run,
        "run a study file",
        "Run every cell of a study file that has not been run yet. Exit "
        "status 1 if a bound is violated or a cell failed, 3 if a cell is undecided.",
    )
    run.add_argument("file", metavar="FILE.toml", help="the study file")
    run.add_argument(
        "--out",
        metavar="FILE.study",
        help="file for the results (default: in the working folder, named after the study file)",
    )
    resume = action("resume", _resume, "resume a study that was stopped")
    resume.add_argument("file", metavar="FILE", help="its .study file, or its study file (TOML)")
    for parser in (run, resume):
        parser.add_argument(
            "--processes",
            type=number,
            help=(
                "number of worker processes, a whole number of at least 1 (default 1: this "
                "process, whose engines may use threads)"
            ),
        )
        parser.add_argument(
            "--part",
            metavar="I/N",
            help=(
                "run only part I of N parts of the batches, to be merged by `merge`, I from 1 to N "
                "(default 1/1, all of them)"
            ),
        )
        parser.add_argument(
            "--log", action="store_true", help="log the progress with times on standard error"
        )
    _add_theorem(resume)


def _add_files(action: Action) -> None:
    """Add the actions that run nothing: status, merge and export."""
    status = action(
        "status",
        _status,
        "show how much of a study is done",
        "Exit status 1 if a bound is violated or a cell failed, 3 if a cell is undecided.",
    )
    status.add_argument("file", metavar="FILE.study", help=WRITTEN)
    merge = action("merge", _merge, "merge several parts of one study into one file")
    merge.add_argument(
        "out", metavar="OUT.study", help="the merged file, new or one of the same study"
    )
    merge.add_argument(
        "files", metavar="PART.study", nargs="+", help="files that `study run --part` wrote"
    )
    export = action("export", _export, "write .csv, .parquet, .nc (NetCDF) or .zarr")
    export.add_argument("file", metavar="FILE.study", help=WRITTEN)
    export.add_argument("out", metavar="OUT", help="its suffix chooses the format")


def _add_cell(action: Action, number: Any) -> None:
    cell = action(
        "cell",
        _cell,
        "run one cell again",
        "Print its verdict, and whether its batch is reproduced bit for bit; exit status 1 if not.",
    )
    cell.add_argument("file", metavar="FILE.study", help=WRITTEN)
    _add_theorem(cell)
    cell.add_argument(
        "cell", metavar="CELL", type=number, help="its number, as shown in tables and reports"
    )


def _add_theorem(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--theorem",
        metavar="FILE.py:NAME",
        action="append",
        default=[],
        help=(
            "file and name of your own theorem (default: it is searched in and below the folder "
            "of the .study file, and in the working folder)"
        ),
    )


def _run(options: argparse.Namespace) -> int:
    study = _from_file(Path(options.file))
    out = Path(options.out) if options.out else Path(f"{Path(options.file).stem}.study")
    return _run_study(study, out, options)


def _resume(options: argparse.Namespace) -> int:
    from auxtheory.errors import StudyError
    from auxtheory.study import Study
    from auxtheory.study.commands import typed
    from auxtheory.study.rerun import study_in
    from auxtheory.study.storage.database import SUFFIX
    from auxtheory.study.storage.file import reading, writing

    path = Path(options.file)
    if path.suffix != SUFFIX:
        read_bytes("file", path)
        out = Path(f"{path.stem}{SUFFIX}")
        if not os.path.isfile(out):
            raise StudyError(
                f"cannot resume {path}: there is no {out} here; auxtheory study run {typed(path)}"
            )
        return _run_study(_from_file(path), out, options)
    if os.path.isfile(path):
        with writing(path) as store:  # this repairs a damaged file as far as possible
            notes = store.notes
        for note in notes:
            print(f"auxtheory: {note}", file=sys.stderr)
    with reading(path) as store:
        study = study_in(store, options.theorem, Study)
    return _run_study(study, path, options)


def _from_file(path: Path) -> Any:
    from auxtheory.study import Study
    from auxtheory.study.toml import read

    definition = read(path)
    with definition.located():
        return Study(
            definition.theorems,
            definition.target,
            definition.noise,
            helper=definition.helper,
            mode=definition.mode,  # type: ignore[arg-type]
            replicas=definition.replicas,
            false_alarm=definition.false_alarm,
            title=definition.title,
            engine=definition.engine,
            **definition.axes,
        )


def _run_study(study: Any, out: Path, options: argparse.Namespace) -> int:
    from auxtheory.progress import progress_bar
    from auxtheory.study.commands import typed

    if options.log:
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    part = _part(options.part)
    counts = list[int]()
    try:
        with progress_bar(study.grid.size, "cells") as bar:

            def progress(done: int, _: int) -> None:
                counts.append(done)
                bar.update(done - bar.n)

            study.run(out, processes=options.processes, part=part, progress=progress)
    except KeyboardInterrupt:
        print(
            f"auxtheory: interrupted; to resume: auxtheory study resume {typed(out)}",
            file=sys.stderr,
        )
        return 130
    printed = options.output
    printed.put(stored_before=counts[0])
    if 0 < counts[0] < counts[-1]:
        printed.text(f"{counts[0]} cells were stored before, {counts[-1] - counts[0]} are new")
    status = _print_summary(out, printed)
    printed.text(f"stored in {out}: auxtheory report {typed(out)}")
    return status


def _part(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    index, _, count = text.partition("/")
    checks = Checks()
    if not index.isdecimal() or not count.isdecimal():
        checks.complain("part", text, "must be I/N, such as 1/4")
    checks.done()
    return int(index), int(count)


def _print_summary(path: Path, printed: Any) -> int:
    """Print the summary of a study's file; status 1 if a bound is violated or a cell failed, 3 if a
    cell is undecided."""
    from auxtheory.printing import wrapped
    from auxtheory.study.results.summary import summarise
    from auxtheory.study.storage.file import reading
    from auxtheory.table import status_code

    with reading(path) as store:
        summary = summarise(store)
        notes = store.notes
    printed.put(
        study=path,
        title=summary.title,
        cells=summary.cells,
        counts=summary.counts,
        largest=summary.largest,
        remarks=[*summary.failures, *summary.passed_over, *notes],
    )
    printed.text("\n".join([wrapped(str(summary)), *summary.remarks, *notes]))
    return status_code(summary.counts)


def _status(options: argparse.Namespace) -> int:
    from auxtheory.study.identity import code_version
    from auxtheory.study.storage.file import reading

    path = Path(options.file)
    printed = options.output
    status = _print_summary(path, printed)
    with reading(path) as store:
        others = {code for _, code, _ in store.batches()} - {code_version()}
        started = json.loads(store.meta["description"])["provenance"]["created"]
    printed.put(started=started, other_versions=sorted(others))
    printed.text(f"started {started}")
    if others:
        printed.text(
            f"run by other versions of the code ({', '.join(sorted(others))}); `resume` runs "
            "those cells again"
        )
    return status


def _merge(options: argparse.Namespace) -> int:
    from auxtheory.study.storage.merge import merge

    count, notes = merge(Path(options.out), [Path(file) for file in options.files])
    for note in notes:
        print(f"auxtheory: {note}", file=sys.stderr)
    options.output.put(batches=count)
    options.output.text(f"{count} batches in {options.out}")
    return _print_summary(Path(options.out), options.output)


def _export(options: argparse.Namespace) -> int:
    from auxtheory.study.results.export import check_name
    from auxtheory.study.results.results import Results

    check_name(Path(options.out))
    Results.open(options.file).save(options.out)
    options.output.wrote([options.out])
    return 0


def _cell(options: argparse.Namespace) -> int:
    from auxtheory.study import Study
    from auxtheory.study.rerun import cell_again, study_in
    from auxtheory.study.storage.file import reading

    with reading(Path(options.file)) as store:
        cell_run = cell_again(store, study_in(store, options.theorem, Study), options.cell)
    options.output.put(
        verdict=json.loads(cell_run.verdict.to_json()),
        status=cell_run.status,
        stored=cell_run.stored,
        changed=cell_run.changed,
        identical=cell_run.identical,
    )
    options.output.text(cell_run)
    return int(not cell_run.identical)
