"""The commands `auxtheory falsify` and `auxtheory replay`: search for a counterexample, and show it
again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.errors import Checks, InputError

LENGTHS = {
    "K": "local steps, a whole number of at least 1, along with T (default: many, up to 100)",
    "T": "rounds, a whole number of at least 1, along with K (default: many, up to 3000)",
    "B": "batch of the first buffer, a whole number of at least 1 or inf; only along with K and T "
    "(default: inf along "
    "with K and T, else many, up to 10000, and inf)",
}
FIXED = (
    "L, F0, delta, zeta, gap, bias, flat, flat_gap, flat_start (the pair); sigma_f, sigma_h, "
    "correlation, s (the "
    "noise); step, momentum (shares of their ranges)"
)


def add_parsers(commands: Any, number: Callable[[str], Any]) -> None:
    """Add the commands."""
    falsify = commands.add_parser(
        "falsify",
        help="search for the case that breaks a theorem",
        description=(
            "Search pairs, noises, budgets and steps for the largest measured/bound; a violation "
            "is shrunk to the smallest "
            "one. Exit status 1 if there is one, else 3 if nothing was tested of some theorem, "
            "since no case searched "
            "meets its assumptions with steps in its range, else 0."
        ),
    )
    falsify.set_defaults(run=_falsify)
    falsify.add_argument(
        "theorem",
        nargs="*",
        metavar="THEOREM",
        help="by name or label (S0 … S4), or one of your own "
        "as FILE.py:NAME or MODULE:NAME (default: all of the library's)",
    )
    for name, text in LENGTHS.items():
        falsify.add_argument(f"--{name}", type=number, help=text)
    falsify.add_argument(
        "--fix",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=(
            f"hold a number of the search, in units of L and F₀: {FIXED}; may be given several "
            "times; a value outside its "
            "range names the range (default: all are searched)"
        ),
    )
    falsify.add_argument(
        "--examples",
        type=number,
        default=100_000,
        help="about how many cases, a whole number of at least 1 (default %(default)s)",
    )
    falsify.add_argument(
        "--seed",
        type=number,
        default=0,
        help="of the search, a whole number of at least 0 (default %(default)s)",
    )
    falsify.add_argument(
        "--out",
        metavar="FILE",
        default="counterexample.json",
        help="where to write a counterexample; of further theorems with their labels added "
        "(default "
        "%(default)s)",
    )
    replay = commands.add_parser(
        "replay",
        help="run a counterexample again from its file",
        description="Exit status 1 if the bound is still violated, 3 if that is undecided, "
        "0 if it holds.",
    )
    replay.set_defaults(run=_replay)
    replay.add_argument("file", metavar="FILE", help="what `auxtheory falsify` wrote")
    replay.add_argument(
        "--import",
        action="append",
        default=[],
        metavar="MODULE",
        dest="modules",
        help="a module or FILE.py of yours that the case names, which is run; may "
        "be given several times (default none)",
    )
    replay.add_argument(
        "--theorem",
        metavar="THEOREM",
        help="your theorem, as FILE.py:NAME or MODULE:NAME, for "
        "a bound that is a function, which the file holds by its value alone (default: that "
        "value)",
    )


def _falsify(options: argparse.Namespace) -> int:
    from auxtheory import theorems
    from auxtheory.naming import theorem_named
    from auxtheory.result import status_code
    from auxtheory.strategies import Budget
    from auxtheory.testing import Counterexample, falsify
    from auxtheory.waiting import progress_bar

    checks = Checks()
    named = [checks.attempt(theorem_named, text) for text in options.theorem]
    chosen = list(filter(None, named)) if named else [kind() for kind in theorems.ALL]
    fixed = dict(filter(None, (checks.attempt(_setting, text) for text in options.fix)))
    lengths = _lengths(options, checks)
    files.check_writable(checks, "out", options.out)
    checks.done()
    budget = Budget(**lengths) if lengths else None
    statuses = []
    for theorem in chosen:
        try:
            with progress_bar(1, "cells") as bar:

                def show(done: int, total: int, bar: Any = bar) -> None:
                    bar.total = total
                    bar.update(done - bar.n)

                found = falsify(
                    theorem,
                    None,
                    None,
                    budget,
                    fixed=fixed,
                    examples=options.examples,
                    seed=options.seed,
                    progress=show,
                )
        except Counterexample as counterexample:
            print(f"{theorem.name}: {counterexample}\n", flush=True)
            out = Path(options.out)
            out = (
                out
                if "violated" not in statuses
                else out.with_name(f"{out.stem}-{theorem.label}{out.suffix}")
            )
            statuses.append("violated")
            files.write("out", {out: counterexample.to_json() + "\n"})
            print(f"wrote {out}: auxtheory replay {out}\n", flush=True)
        else:
            print(f"{found}\n", flush=True)
            statuses.append("pass" if found.configuration else "untested")
    return status_code(statuses)


def _lengths(options: argparse.Namespace, checks: Checks) -> dict[str, Any]:
    """K, T and B as far as they are given."""
    lengths = {
        name: getattr(options, name)
        for name in ("K", "T", "B")
        if getattr(options, name) is not None
    }
    for name, value in lengths.items():
        checks.whole(name, value, infinite=name == "B")
    if lengths and not {"K", "T"} <= set(lengths):
        checks.complain("K, T", lengths, "must both be given, or neither")
    return lengths


def _replay(options: argparse.Namespace) -> int:
    from auxtheory.naming import module_named, theorem_named
    from auxtheory.result import status_code
    from auxtheory.testing import Configuration

    sys.path.insert(0, "")  # where the user is, as `python` itself would have it
    modules = [module_named(name, f"import = {name!r}").__name__ for name in options.modules]
    text = files.read_text("file", options.file)
    theorem = theorem_named(options.theorem) if options.theorem else None
    case, found = Configuration.read(text, tuple(modules), theorem)
    verdict = case.verdict()
    print(f"{case.script}\n\n{verdict}\n")
    if not theorem and "function" in found:
        print(
            f"the bound, {found['function']}, is held by its value in this case; --theorem "
            "FILE.py:NAME runs it\n"
        )
    measured = float(verdict.table["measured"][0])
    then = found.get("measured")
    then = float(then) if isinstance(then, int | float) or then == "inf" else float("nan")
    same = measured == then or abs(measured - then) <= 1e-9 * abs(then)
    print(
        f"then: measured {then:.10g}, {found.get('status')}; now: measured {measured:.10g}, "
        f"{verdict.status}"
        f" ({'reproduced' if same and verdict.status == found.get('status') else 'NOT reproduced'})"
    )
    return status_code([verdict.status])


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise InputError.listing([f"fix = {text!r}: must be NAME=VALUE, with a number"]) from None
