"""The commands `auxtheory falsify` and `auxtheory replay`: search for a counterexample, and show it
again."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.cli import output, parameters
from auxtheory.cli.parameters import TEXT
from auxtheory.defaults import EXAMPLES, SEED
from auxtheory.errors import Checks, InputError

LENGTHS = {
    "K": "local steps, a whole number of at least 1, together with T (default: many, up to 100)",
    "T": "rounds, a whole number of at least 1, together with K (default: many, up to 3000)",
    "B": "batch of the first buffer, a whole number of at least 1 or inf; only together with K and "
    "T (default: inf together with K and T, otherwise many, up to 10000, and inf)",
}
# As problems.target.AXES, whose import would slow down every command.
AXES = {"L": "above 0", "mu": "at least 0", "F0": "above 0", "dim": "a whole number"}
OPTIONS = ("K", "T", "B", "family", *AXES, "fix", "examples", "seed", "out")
FIXED = (
    "L, F0, delta, zeta, gap, bias, flat, flat_gap, flat_start, gap_angle (the pair); sigma_f, "
    "sigma_h, correlation, s, noise_angle (the noise); step, momentum (fractions of their ranges), "
    "switch, early_eta, early_a (of schedules)"
)


def add_parsers(commands: Any, number: Callable[[str], Any]) -> None:
    """Add both commands; number converts an option's text into a value."""
    _add_falsify(commands, number)
    _add_replay(commands)


def _add_falsify(commands: Any, number: Callable[[str], Any]) -> None:
    parser = commands.add_parser(
        "falsify",
        help="search for a case that breaks a theorem",
        description=(
            "Search pairs, noises, budgets and steps for the largest measured/bound. A violation "
            "is shrunk to a minimal one. Exit status 1 if a bound is violated; otherwise 3 if some "
            "theorem could not be tested, because no case of the search meets its assumptions with "
            "steps in its range; otherwise 0."
        ),
    )
    parser.set_defaults(run=_falsify)
    parser.add_argument(
        "theorem",
        nargs="*",
        metavar="THEOREM",
        help=(
            "a name or label (S0 … S4), or your own theorem as FILE.py:NAME or MODULE:NAME "
            "(default: all theorems of the library)"
        ),
    )
    for name, text in LENGTHS.items():
        parser.add_argument(f"--{name}", type=number, help=text)
    parser.take_parameters(number, f"{TEXT}, which holds it fixed as --fix does.")
    parser.add_argument(
        "--family",
        metavar="NAME",
        help=(
            "search the helpers of one target of a problem family: a family of the library, or "
            "your own family or target as FILE.py:NAME or MODULE:NAME (default: quadratic pairs of "
            "one or two coordinates)"
        ),
    )
    for name, limits in AXES.items():
        parser.add_argument(
            f"--{name}",
            type=number,
            metavar="VALUE",
            help=(
                f"{name} of that target, {limits}; only together with --family (default: that of "
                "the family)"
            ),
        )
    parser.add_argument(
        "--fix",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=(
            f"hold a parameter of the search fixed, in units of L and F₀: {FIXED}; may be given "
            "several times; a value outside the range is an error that shows the range (default: "
            "all are searched)"
        ),
    )
    parser.add_argument(
        "--examples",
        type=number,
        default=EXAMPLES,
        help="approximate number of cases, a whole number of at least 1 (default %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=number,
        default=SEED,
        help="seed of the search, a whole number of at least 0 (default %(default)s)",
    )
    parser.add_argument(
        "--out",
        metavar="FILE.json",
        default="counterexample.json",
        help=(
            "file for a counterexample; for further theorems their labels are added to its name "
            "(default %(default)s)"
        ),
    )
    output.add_json(
        parser,
        {
            "results": "of each theorem its label and name, status (violated, pass or untested), "
            "the largest ratio measured/bound, the text, and the case as `replay` reads it",
            **output.FILES,
        },
    )


def _add_replay(commands: Any) -> None:
    parser = commands.add_parser(
        "replay",
        help="run a stored counterexample again",
        description=(
            "Exit status 1 if the bound is still violated, 3 if the result is undecided, 0 if the "
            "bound holds."
        ),
    )
    parser.set_defaults(run=_replay)
    parser.add_argument("file", metavar="FILE.json", help="the file that `auxtheory falsify` wrote")
    parser.add_argument(
        "--import",
        action="append",
        default=[],
        metavar="MODULE",
        dest="modules",
        help=(
            "your own module or FILE.py that the case refers to; its code is run; may be given "
            "several times (default: none)"
        ),
    )
    parser.add_argument(
        "--theorem",
        metavar="THEOREM",
        help=(
            "your theorem, as FILE.py:NAME or MODULE:NAME, if its bound is a function, of which "
            "the file holds only the value (default: that value)"
        ),
    )
    output.add_json(
        parser,
        {
            "script": "the case as a Python script",
            "verdict": "of the case now",
            "stored": "measured value and status in the file",
            "reproduced": "whether they are the same now",
        },
    )


def _falsify(options: argparse.Namespace) -> int:
    from auxtheory import theorems
    from auxtheory.table import status_code
    from auxtheory.testing.strategies import Budget
    from auxtheory.theorems.lookup import theorem_named

    checks = Checks()
    named = [checks.attempt(theorem_named, text) for text in options.theorem]
    chosen = list(filter(None, named)) if named else [kind() for kind in theorems.ALL]
    fixed = dict(filter(None, (checks.attempt(_setting, text) for text in options.fix)))
    parameters.check(checks, options.parameters, filter(None, named or chosen), OPTIONS)
    for name, value in options.parameters.items():
        if isinstance(value, str):
            checks.complain(name, value, "must be a number, which the search holds fixed")
    target = _target(options, checks)
    lengths = _lengths(options, checks)
    files.check_writable(checks, "out", options.out)
    checks.done()
    budget = Budget(**lengths) if lengths else None
    statuses: list[str] = []
    for theorem in chosen:
        first = "violated" not in statuses
        held = fixed | _held(theorem, options.parameters)
        statuses.append(_search(theorem, (target, budget), held, options, first=first))
    return status_code(statuses)


def _held(theorem: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The step parameters of the theorem's method by the names that they have in a search."""
    from auxtheory.testing.search.step_parameters import step_parameters

    names = step_parameters(theorem.method)
    return {names[n]: v for n, v in parameters.of(values, theorem).items() if n in names}


def _search(
    theorem: Any,
    held: tuple[Any, Any],
    fixed: dict[str, float],
    options: argparse.Namespace,
    *,
    first: bool,
) -> str:
    """Search one theorem and print the result; its status, "violated", "pass" or "untested".

    held: the target and the budget, each None if it is searched.
    first: whether this would be the first counterexample, which is written to the file of --out.
    """
    from auxtheory.progress import progress_bar, updates
    from auxtheory.study.commands import typed
    from auxtheory.testing import Counterexample, falsify

    target, budget = held
    printed = options.output
    try:
        with progress_bar(1, "cells") as bar:
            tightest = falsify(
                theorem,
                target,
                None,
                budget,
                fixed=fixed,
                examples=options.examples,
                seed=options.seed,
                progress=updates(bar),
            )
    except Counterexample as counterexample:
        printed.text(f"{theorem.name}: {counterexample}\n")
        out = Path(options.out)
        if not first:
            out = out.with_name(f"{out.stem}-{theorem.label}{out.suffix}")
        content = counterexample.to_json()
        files.write("out", {out: content + "\n"})
        more = "".join(f" --import {typed(home)}" for home in _homes(content))
        printed.wrote([out], f": auxtheory replay {typed(out)}{more}\n")
        ratio = counterexample.verdict.ratio
        _put(printed, theorem, "violated", ratio, str(counterexample), content)
        return "violated"
    printed.text(f"{tightest}\n")
    case = tightest.configuration
    status = "pass" if case else "untested"
    content = tightest.to_json() if case else "null"
    _put(printed, theorem, status, tightest.ratio if case else None, str(tightest), content)
    return status


def _put(printed: Any, theorem: Any, status: str, ratio: Any, text: str, content: str) -> None:
    """Add the result of a search to the document."""
    head = {"label": theorem.label, "name": theorem.name, "status": status, "ratio": ratio}
    result = {**head, "text": text, "case": json.loads(content)}
    printed.put(results=[*printed.document.get("results", ()), result])


def _homes(content: str) -> list[Path]:
    """The files, or else the names, of the modules that a counterexample imports."""
    homes = []
    for name in json.loads(content)["imports"]:
        file = getattr(sys.modules.get(name), "__file__", None)
        homes.append(Path(os.path.relpath(file)) if file and "." not in name else Path(name))
    return homes


def _lengths(options: argparse.Namespace, checks: Checks) -> dict[str, Any]:
    """The values of K, T and B that the user gave."""
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


def _target(options: argparse.Namespace, checks: Checks) -> Any:
    """The target of --family with the values of its options; None without --family."""
    from auxtheory.theorems.lookup import family_named, target_of

    entries = {name: getattr(options, name) for name in AXES}
    values = {name: value for name, value in entries.items() if value is not None}
    if options.family is None:
        for name, value in values.items():
            checks.complain(name, value, "must be given together with --family")
        return None
    family = checks.attempt(family_named, options.family)
    return family and target_of(checks, family, options.family, values)


def _replay(options: argparse.Namespace) -> int:
    from auxtheory.table import status_code
    from auxtheory.testing import Configuration
    from auxtheory.theorems.lookup import module_named, theorem_named

    sys.path.insert(0, "")  # the current folder, as for `python` itself
    modules = [module_named(name, f"import = {name!r}").__name__ for name in options.modules]
    text = files.read_text("file", options.file)
    theorem = theorem_named(options.theorem) if options.theorem else None
    case, stored = Configuration.read(text, tuple(modules), theorem)
    verdict = case.verdict()
    printed = options.output
    printed.text(f"{case.script}\n\n{verdict}\n")
    if not theorem and "function" in stored:
        printed.text(
            f"the file holds the bound, {stored['function']}, only as its value in this case; "
            "--theorem FILE.py:NAME evaluates the function\n"
        )
    measured = float(verdict.table["measured"][0])
    then = stored.get("measured")
    then = float(then) if isinstance(then, int | float) or then == "inf" else float("nan")
    same = verdict.status == stored.get("status") and (
        measured == then or abs(measured - then) <= 1e-9 * abs(then)
    )
    printed.put(
        script=case.script,
        verdict=json.loads(verdict.to_json()),
        stored={"measured": then, "status": stored.get("status")},
        reproduced=same,
    )
    printed.text(
        f"then: measured {then:.10g}, {stored.get('status')}; now: measured {measured:.10g}, "
        f"{verdict.status} ({'reproduced' if same else 'NOT reproduced'})"
    )
    return status_code([verdict.status])


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise InputError.listing([f"fix = {text!r}: must be NAME=VALUE, with a number"]) from None
