"""The command `auxtheory certify`: instance ≤ tight worst case ≤ bound over a grid, or the proofs that are stored."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any

from auxtheory import __version__, files
from auxtheory.errors import Checks

ENDINGS = ("txt", "csv", "json")
QUICK: dict[str, Any] = {"K": (1, 2), "T": (1, 2), "delta": (0.0, 0.3), "eta_points": 1}


def add_parser(commands: Any, number: Any) -> None:
    """Add the command; number: what turns an option's text into a value."""
    parser = commands.add_parser("certify", help="the tight worst case between instances and bounds", description=(
        "Without noise, in units L = F0 = 1: the worst quadratic, the worst of all f and h (by semidefinite programs, "
        "extra pep) and the bound. Without PEPit: the stored proofs. Exit status 1 if the order is violated.")
    )
    parser.set_defaults(run=command)
    parser.add_argument("--theorem", action="append", metavar="NAME", help="one theorem, by name or label")
    for name, text in (("K", "local steps"), ("T", "rounds"), ("delta", "δ/L")):
        parser.add_argument(f"--{name}", type=number, nargs="+", help=text)
    parser.add_argument("--eta-points", type=number, help="step sizes, from the largest to a quarter (default 2)")
    parser.add_argument("--quick", action="store_true", help="a small grid")
    parser.add_argument("--stored", action="store_true", help="check the stored proofs, with NumPy alone")
    parser.add_argument("--store", metavar="FOLDER", help="solve the stored cases again and write their proofs there")
    parser.add_argument("--out", metavar="STEM", help="write STEM.txt, STEM.csv and STEM.json")


def command(options: argparse.Namespace) -> int:
    """Run the command; status 1 if a cell is violated or a stored proof does not hold."""
    from auxtheory import certify, report
    from auxtheory.engines.worst_case import missing
    from auxtheory.naming import theorems_named

    checks = Checks()
    named = certify.ALL if options.theorem is None else checks.attempt(theorems_named, options.theorem)
    kinds = named or certify.ALL
    given = {n: getattr(options, n) for n in ("K", "T", "delta", "eta_points") if getattr(options, n) is not None}
    cells = checks.attempt(certify.cells, kinds, **((QUICK if options.quick else {}) | given)) or []
    if options.out is not None:
        files.check_stem(checks, "out", options.out, ENDINGS)
    checks.done()
    if options.store is not None:
        print("wrote " + ", ".join(str(path) for path in certify.store(options.store)))
        return 0
    if options.stored or missing():
        note = "" if options.stored else f"{missing()}\nwithout it, the proofs that are stored:\n"
        table = certify.stored_table(kinds)
        return _done(options, table, f"{note}{table}", "no proof")
    with report.progress_bar(len(cells), "cells") as bar:
        table = certify.sandwich(cells, progress=lambda done, _: bar.update(done - bar.n))
    return _done(options, table, f"{table}\n\n{certify.summary(table)}", "violated")


def _done(options: argparse.Namespace, table: Any, text: str, bad: str) -> int:
    print(text)
    if options.out is not None:
        contents = f"auxtheory certify: {_versions()}\n\n{text}\n", table.csv_text(), table.to_json() + "\n"
        paths = files.write("out", dict(zip(files.with_endings(options.out, ENDINGS), contents, strict=True)))
        print("wrote " + ", ".join(str(path) for path in paths))
    return int(len(table) > 0 and bad in set(table["status"]))


def _versions() -> str:
    from importlib.metadata import PackageNotFoundError, version

    known = [f"auxtheory {__version__}"]
    for package in ("numpy", "PEPit", "cvxpy", "clarabel"):
        with contextlib.suppress(PackageNotFoundError):
            known.append(f"{package} {version(package)}")
    return ", ".join(known)
