"""The command `auxtheory bench growth`: what every operation costs as its input grows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.cli import output
from auxtheory.defaults import FIGURE_FORMATS

STEM = "bench-growth"
ENDINGS = ("txt", "json", *FIGURE_FORMATS)


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number converts an option's text into a value."""
    parser = commands.add_parser(
        "growth",
        help="what every operation costs at three sizes of its input, and how fast that grows",
        description=(
            "Measure every operation of the library at three sizes of its input, a decade apart, "
            "each in a new process: seconds of processor time, memory, and the exponent with which "
            "the seconds grow. Exit status 1 if something grows faster or costs more than wanted."
        ),
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="without the largest size of each operation (default: all sizes)",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        dest="operations",
        help=(
            "measure only this operation or this group of them; may be given several times; an "
            "unknown name lists them (default: all)"
        ),
    )
    parser.add_argument(
        "--save",
        metavar="FOLDER",
        help=(
            f"write {STEM}.txt, .json, .png, .svg and .pdf into this existing folder, "
            f"{STEM}.json after each operation too (default: nothing is written)"
        ),
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help=(
            f"measure only what {STEM}.json in the folder of --save does not hold for this machine "
            "(default: measure everything that is asked for, and keep the rest)"
        ),
    )
    parser.add_argument(
        "--seconds",
        type=number,
        help=(
            "start no further size after this time, in seconds, above 0; sizes that were not "
            "measured are named (default: no limit)"
        ),
    )
    output.add_json(
        parser,
        {
            "machine": "processor and versions",
            "rows": "the costs of each operation at each size",
            "summary": "of each operation, with its exponents and what is missed",
            **output.FILES,
        },
    )
    parser.set_defaults(run=command)


def command(options: argparse.Namespace) -> int:
    """Run the command: status 1 if something is missed."""
    from auxtheory.bench import growth
    from auxtheory.bench.growth.operations import ALL
    from auxtheory.errors import Checks
    from auxtheory.progress import progress_bar, updates

    checks = Checks()
    if options.resume and options.save is None:
        checks.complain("resume", True, "needs --save, the folder with what was measured before")
    checks.done()
    folder = None if options.save is None else files.writable_folder("save", options.save)
    known = None
    if folder:
        files.writable("save", *files.with_endings(folder / STEM, ENDINGS))
        stored = folder / f"{STEM}.json"
        known = growth.Growth.read(stored) if stored.is_file() else None

    def keep(result: growth.Growth) -> None:
        if folder:
            files.write("save", {folder / f"{STEM}.json": result.to_json() + "\n"})

    operations = [each.quick() for each in ALL] if options.quick else ALL
    with progress_bar(1, "operations") as bar:
        result = growth.run(
            operations=operations,
            only=options.operations,
            known=known,
            resume=options.resume,
            seconds=options.seconds,
            progress=updates(bar),
            keep=keep,
        )
    options.output.put(machine=result.machine, rows=result.table, summary=result.summary)
    options.output.text(result, end="")
    if folder:
        options.output.wrote(_write(result, folder))
    return int(any(result.summary["missed"].tolist()))


def _write(result: Any, folder: Path) -> list[Path]:
    """Write the texts and the figure of a result."""
    from auxtheory.analysis.figures.costs import costs
    from auxtheory.analysis.style import drawn

    texts = {
        folder / f"{STEM}.txt": str(result),
        folder / f"{STEM}.json": result.to_json() + "\n",
    }
    return files.write("save", texts | drawn(costs(result.table), folder / STEM, FIGURE_FORMATS))
