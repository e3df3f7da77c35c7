"""The command `auxtheory certify`: check instance ≤ tight worst case ≤ bound over a grid, or check
the stored proofs."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any

import numpy as np

from auxtheory import files
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
            "(by semidefinite programs, extra pep) and the bound. Without PEPit: the stored "
            "proofs. Exit status 1 if the order is violated."
        ),
    )
    parser.set_defaults(run=command)
    parser.add_argument(
        "--theorem",
        action="append",
        metavar="NAME",
        help=(
            "this theorem, by name or label (S0, S1, S1-PL, S3, S4, S3-SGDm, S4-MVR); may be "
            "given several times (default: all of these)"
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
    quick = ", ".join(
        f"{n.replace('_', '-')} {' '.join(map(str, np.ravel(v)))}" for n, v in QUICK.items()
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"a small grid, for the options that are not given: {quick}",
    )


def command(options: argparse.Namespace) -> int:
    """Run the command; status 1 if a cell is violated or a stored proof does not hold."""
    from auxtheory import certify
    from auxtheory.engines.worst_case.engine import missing
    from auxtheory.progress import progress_bar, updates
    from auxtheory.theorems.lookup import theorems_named

    checks = Checks()
    named = (
        certify.ALL if options.theorem is None else checks.attempt(theorems_named, options.theorem)
    )
    kinds = named or certify.ALL
    grid = {
        n: getattr(options, n)
        for n in ("K", "T", "delta", "eta_points")
        if getattr(options, n) is not None
    }
    cells = checks.attempt(certify.cells, kinds, **((QUICK if options.quick else {}) | grid)) or []
    if options.out is not None:
        files.check_stem(checks, "out", options.out, ENDINGS)
    checks.done()
    if options.store is not None:
        print("wrote " + ", ".join(str(path) for path in certify.store(options.store)))
        return 0
    if options.stored or missing():
        note = "" if options.stored else f"{missing()}\nwithout it, the proofs that are stored:\n"
        table = certify.stored_table(kinds)
        return _print_and_write(options, table, f"{note}{table.text(most=None)}", "no proof")
    with progress_bar(len(cells), "cells") as bar:
        table = certify.sandwich(cells, progress=updates(bar))
    return _print_and_write(
        options, table, f"{certify.text(table)}\n\n{certify.summary(table)}", "violated"
    )


def _print_and_write(options: argparse.Namespace, table: Any, text: str, bad: str) -> int:
    print(text)
    if options.out is not None:
        contents = (
            f"auxtheory certify: {_versions()}\n\n{text}\n",
            table.csv_text(),
            table.to_json() + "\n",
        )
        paths = files.write(
            "out", dict(zip(files.with_endings(options.out, ENDINGS), contents, strict=True))
        )
        print("wrote " + ", ".join(str(path) for path in paths))
    return int(len(table) > 0 and bad in set(table["status"]))


def _versions() -> str:
    from importlib.metadata import PackageNotFoundError, version

    known = [f"auxtheory {__version__}"]
    for package in ("numpy", "PEPit", "cvxpy", "clarabel"):
        with contextlib.suppress(PackageNotFoundError):
            known.append(f"{package} {version(package)}")
    return ", ".join(known)
