"""The command `auxtheory bench`: time the engines against NumPy, JAX and PyTorch."""

from __future__ import annotations

import argparse
from typing import Any

from auxtheory import files
from auxtheory.cli import bench_growth, output
from auxtheory.defaults import FIGURE_FORMATS

ENDINGS = ("txt", "json", *FIGURE_FORMATS)


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number converts an option's text into a value."""
    bench = commands.add_parser(
        "bench", help="time the engines against NumPy, JAX and PyTorch, as ratios in one run"
    )
    bench.add_argument(
        "--quick", action="store_true", help="smaller sizes (default: the full ones)"
    )
    bench.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="NAME",
        help=(
            "run only this group; may be given several times; an unknown name lists all groups "
            "(default: all)"
        ),
    )
    bench.add_argument(
        "--save",
        metavar="FOLDER",
        help=(
            "write bench.txt, .json, .png, .svg and .pdf into this existing folder "
            "(default: nothing is written)"
        ),
    )
    bench.add_argument(
        "--features",
        default="all",
        metavar="NAME",
        help=(
            "instructions that libraries may use: all, or avx2 for those of a processor without "
            "AVX-512 (default: all)"
        ),
    )
    bench.add_argument(
        "--seconds",
        type=number,
        help=(
            "start no further row after this time, in seconds, above 0; rows that were not timed "
            "are named (default: no limit)"
        ),
    )
    output.add_json(
        bench,
        {
            "machine": "processor, GPU and versions",
            "rows": "what was timed",
            **output.FILES,
        },
    )
    bench.set_defaults(run=command)
    bench_growth.add_parser(bench.add_subparsers(metavar="[growth]"), number)


def command(options: argparse.Namespace) -> int:
    """Run the command: status 1 if a row is wrong or failed."""
    from auxtheory import bench
    from auxtheory.progress import progress_bar, updates

    folder = None if options.save is None else files.writable_folder("save", options.save)
    if folder:
        files.writable("save", *files.with_endings(folder / "bench", ENDINGS))
    with progress_bar(len(options.group) or len(bench.names(quick=options.quick)), "groups") as bar:
        result = bench.run(
            quick=options.quick,
            only=options.group,
            progress=updates(bar),
            features=options.features,
            seconds=options.seconds,
        )
    options.output.put(machine=result.machine, rows=result.table)
    options.output.text(result, end="")
    if folder:
        from auxtheory.analysis.figures.bench import bench as figure
        from auxtheory.analysis.style import drawn

        pictures = drawn(figure(result.table), folder / "bench", FIGURE_FORMATS)
        options.output.wrote(files.write("save", result.files(folder) | pictures))
    return int(bool({"wrong", "failed"} & set(result.table["status"])))
