"""The command `auxtheory certify`: check instance ≤ tight worst case ≤ bound over a grid, or check
the stored proofs."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any

import numpy as np

from auxtheory import files
from auxtheory.cli import output
from auxtheory.errors import LARGEST, Checks
from auxtheory.version import __version__

ENDINGS = ("txt", "csv", "json")
GRID = {
    "K": "local steps, whole numbers of at least 1, with K·T up to 16 (default 1 2 3 5, with K·T "
    "up to 10)",
    "T": "rounds, whole numbers of at least 1, with K·T up to 16 (default 1 2 3, with K·T up to "
    "10)",
    "delta": f"δ/L, Hessian similarity, in [0, {LARGEST:g}] (default 0.0 0.1 0.3 1.0)",
}
QUICK: dict[str, Any] = {"K": (1, 2), "T": (1, 2), "delta": (0.0, 0.3), "eta_points": 1}


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number converts an option's text into a value."""
    parser = commands.add_parser(
        "certify",
        help="compare the tight worst case with instances and bounds",
        description=(
            "Without noise, in units L = F0 = 1: the worst quadratic, the worst of all f and h "
            "(by semidefinite programs, extra pep) and the bound, for every affine method and "
            "every measure but those with a matrix. Without PEPit: the stored proofs. Exit status "
            "1 if the order is violated, 3 if a cell is undecided."
        ),
    )
    parser.set_defaults(run=command)
    parser.add_argument(
        "--theorem",
        action="append",
        metavar="NAME",
        help=(
            "this theorem, by name or label, or your own as FILE.py:NAME or MODULE:NAME; may be "
            "given several times (default: S0, S1, S1-PL, S3, S4, S3-SGDm, S4-MVR)"
        ),
    )
    _add_grid_options(parser, number)
    parser.add_argument(
        "--stored",
        action="store_true",
        help=(
            "only check the stored proofs, with NumPy alone; nothing is solved (always so without "
            "PEPit)"
        ),
    )
    parser.add_argument(
        "--store",
        metavar="FOLDER",
        help=(
            "solve the cases of the stored proofs again and write the new proofs into this folder "
            "(default: none are written)"
        ),
    )
    parser.add_argument(
        "--out",
        metavar="STEM",
        help="also write STEM.txt, STEM.csv and STEM.json (default: no file)",
    )
    output.add_json(
        parser,
        {
            "rows": "of each cell, or with --stored of each proof",
            "note": "why only the stored proofs were checked, or empty",
            **output.FILES,
        },
    )


def _add_grid_options(parser: argparse.ArgumentParser, number: Any) -> None:
    for name, text in GRID.items():
        parser.add_argument(f"--{name}", type=number, nargs="+", help=text)
    parser.add_argument(
        "--eta-points",
        type=number,
        help=(
            "number of step sizes, from the largest down to a quarter of it, a whole number from "
            "1 to 100 (default 2)"
        ),
    )
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        metavar="CLASS",
        help=(
            "a class of f: smooth, convex, strongly convex or PL, the last two with μ = 0.1 L; may "
            "be given several times (default: strongly convex for a theorem with μ, S1-PL also PL; "
            "otherwise smooth)"
        ),
    )
    quick = ", ".join(
        f"{n.replace('_', '-')} {' '.join(map(str, np.ravel(v)))}" for n, v in QUICK.items()
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"a small grid, for the options that are not given: {quick}",
    )


def command(options: argparse.Namespace) -> int:
    """Run the command; status 1 if a cell is violated or a stored proof does not hold, 3 if one is
    undecided."""
    from auxtheory import certify
    from auxtheory.engines.worst_case.engine import missing
    from auxtheory.progress import progress_bar, updates
    from auxtheory.theorems.lookup import all_named

    checks = Checks()
    named: Any = checks.attempt(all_named, options.theorem) if options.theorem else certify.ALL
    grid = {
        n: getattr(options, n)
        for n in ("K", "T", "delta", "eta_points", "classes")
        if getattr(options, n) is not None
    }
    stored = bool(options.stored or missing())
    if options.store is not None and options.theorem is not None:
        checks.complain("store", options.store, "must be left out with --theorem")
    proofs = checks.attempt(certify.stored_table, tuple(map(_kind, named or ())) if stored else ())
    quick = QUICK if options.quick else {}
    cells = [] if named is None else checks.attempt(certify.cells, named, **(quick | grid)) or []
    if options.out is not None:
        files.check_stem(checks, "out", options.out, ENDINGS)
    checks.done()
    if options.store is not None:
        options.output.wrote(certify.store(options.store))
        return 0
    if stored and proofs is not None:
        note = "" if options.stored else f"{missing()}\nwithout it, the proofs that are stored:\n"
        options.output.put(note=note.partition("\n")[0])
        return _print_and_write(options, proofs, f"{note}{proofs.text(most=None)}", "no proof")
    with progress_bar(len(cells), "cells") as bar:
        table = certify.sandwich(cells, progress=updates(bar))
    return _print_and_write(
        options, table, f"{certify.text(table)}\n\n{certify.summary(table)}", "violated"
    )


def _print_and_write(options: argparse.Namespace, table: Any, text: str, bad: str) -> int:
    options.output.put(rows=table)
    options.output.text(text)
    if options.out is not None:
        contents = (
            f"auxtheory certify: {_versions()}\n\n{text}\n",
            table.csv_text(),
            table.to_json() + "\n",
        )
        paths = files.write(
            "out", dict(zip(files.with_endings(options.out, ENDINGS), contents, strict=True))
        )
        options.output.wrote(paths)
    outcomes = set(table["status"]) if len(table) else set()
    return 1 if bad in outcomes else 3 if "undecided" in outcomes else 0


def _kind(theorem: Any) -> type:
    """The class of a theorem, which may be given as such."""
    return theorem if isinstance(theorem, type) else type(theorem)


def _versions() -> str:
    from importlib.metadata import PackageNotFoundError, version

    known = [f"auxtheory {__version__}"]
    for package in ("numpy", "PEPit", "cvxpy", "clarabel"):
        with contextlib.suppress(PackageNotFoundError):
            known.append(f"{package} {version(package)}")
    return ", ".join(known)
