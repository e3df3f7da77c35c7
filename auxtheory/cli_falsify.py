"""The commands `auxtheory falsify` and `auxtheory replay`: search for a counterexample, and show it again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module, util
from pathlib import Path
from typing import Any

from auxtheory.errors import Checks, InputError


def add_parsers(commands: Any, number: Callable[[str], Any]) -> None:
    """Add the commands."""
    falsify = commands.add_parser("falsify", help="search for the case that breaks a theorem", description=(
        "Search pairs, noises, budgets and steps for the largest measured/bound; a violation is shrunk to the smallest "
        "one. Exit status 1 if there is one."))  # fmt: skip
    falsify.set_defaults(run=_falsify)
    falsify.add_argument("theorem", nargs="*", metavar="THEOREM", help="by name or label (S0 … S4), or one of your own "
                         "as FILE.py:NAME or MODULE:NAME (default: all of the library's)")  # fmt: skip
    for name, text in (("K", "local steps"), ("T", "rounds"), ("B", "first batch")):
        falsify.add_argument(f"--{name}", type=number, help=f"{text} (default: several; all three or none)")
    falsify.add_argument("--fix", action="append", default=[], metavar="NAME=VALUE", help="hold a constant of the "
                         "search, such as delta=0 or sigma_h=0, in units of L and F₀")  # fmt: skip
    falsify.add_argument("--examples", type=number, default=100_000, help="about how many cases (default 100000)")
    falsify.add_argument("--seed", type=number, default=0, help="of the search (default 0)")
    falsify.add_argument("--out", metavar="FILE", default="counterexample.json",
                         help="where to write a counterexample (default counterexample.json)")  # fmt: skip
    replay = commands.add_parser("replay", help="run a counterexample again from its file",
                                 description="Exit status 1 if the bound is still violated, 0 if not.")  # fmt: skip
    replay.set_defaults(run=_replay)
    replay.add_argument("file", metavar="FILE", help="what `auxtheory falsify` wrote")
    replay.add_argument("--import", action="append", default=[], metavar="MODULE", dest="modules",
                        help="a module or FILE.py of yours that the case names")  # fmt: skip


def _falsify(options: argparse.Namespace) -> int:
    from auxtheory.report import progress_bar, writable
    from auxtheory.strategies import Budget
    from auxtheory.testing import Counterexample, falsify

    checks = Checks()
    chosen = [theorem for text in options.theorem or [None] for theorem in checks.attempt(_named, text) or ()]
    fixed = dict(filter(None, (checks.attempt(_setting, text) for text in options.fix)))
    lengths = {name: getattr(options, name) for name in ("K", "T", "B") if getattr(options, name) is not None}
    for name, value in lengths.items():
        checks.whole(name, value, infinite=name == "B")
    if lengths and not {"K", "T"} <= set(lengths):
        checks.complain("K, T", lengths, "must both be given, or neither")
    checks.done()
    writable(Path(options.out))
    budget, broken = Budget(**lengths) if lengths else None, 0
    for theorem in chosen:
        try:
            with progress_bar(1, "cells") as bar:

                def show(done: int, total: int, bar: Any = bar) -> None:
                    bar.total = total
                    bar.update(done - bar.n)

                found = falsify(theorem, None, None, budget, fixed=fixed, examples=options.examples,
                                seed=options.seed, progress=show)  # fmt: skip
        except Counterexample as counterexample:
            print(f"{theorem.name}: {counterexample}\n", flush=True)
            broken += 1
            out = Path(options.out)
            out = out if broken == 1 else out.with_name(f"{out.stem}-{theorem.label}{out.suffix}")
            out.write_text(counterexample.to_json() + "\n", encoding="utf-8")
            print(f"wrote {out}: auxtheory replay {out}\n", flush=True)
        else:
            print(f"{found}\n", flush=True)
    return int(broken > 0)


def _replay(options: argparse.Namespace) -> int:
    from auxtheory.testing import Configuration

    sys.path.insert(0, "")  # where the user is, as `python` itself would have it
    modules = [_module(name).__name__ for name in options.modules]
    try:
        text = Path(options.file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError.listing([f"file = {options.file!r}: must be JSON written by auxtheory"]) from None
    case, found = Configuration.read(text, tuple(modules))
    verdict = case.verdict()
    print(f"{case.script}\n\n{verdict}\n")
    measured, then = float(verdict.table["measured"][0]), found.get("measured")
    then = float(then) if isinstance(then, int | float) or then == "inf" else float("nan")
    same = measured == then or abs(measured - then) <= 1e-9 * abs(then)
    print(f"then: measured {then:.10g}, {found.get('status')}; now: measured {measured:.10g}, {verdict.status}"
          f" ({'reproduced' if same and verdict.status == found.get('status') else 'NOT reproduced'})")  # fmt: skip
    return int(verdict.status == "violated")


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise InputError.listing([f"fix = {text!r}: must be NAME=VALUE, with a number"]) from None


def _named(text: str | None) -> Sequence[Any]:
    """The theorems meant: all for None, one of the library's by name or label, or one of a user's module."""
    from auxtheory.report import theorems_named

    if text is None or ":" not in text:
        return [kind() for kind in theorems_named(None if text is None else [text])]
    home, _, name = text.rpartition(":")
    found = getattr(_module(home), name, None)
    return [_theorem(text, found)]


def _theorem(text: str, found: Any) -> Any:
    from auxtheory.theorems import Theorem

    if isinstance(found, type) and issubclass(found, Theorem):
        try:
            found = found()
        except TypeError as error:
            raise InputError.listing([f"theorem = {text!r}: cannot be made without arguments ({error})"]) from None
    if not isinstance(found, Theorem):
        raise InputError.listing([f"theorem = {text!r}: must name a Theorem or an at.claim(...), not {found!r}"])
    return found


def _module(home: str) -> Any:
    """A user's module, by the path of its file or by its name."""
    if not home.endswith(".py"):
        sys.path.insert(0, "")
        return _run(f"module = {home!r}", lambda: import_module(home))
    path = Path(home)
    spec = util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise InputError.listing([f"file = {home!r}: must be a Python file"])
    module = util.module_from_spec(spec)
    if sys.modules.setdefault(path.stem, module) is not module:
        raise InputError.listing([f"file = {home!r}: must not be named like a module that is in use, {path.stem}"])
    try:
        _run(f"file = {home!r}", lambda: spec.loader.exec_module(module))  # type: ignore[union-attr]
    except InputError:
        del sys.modules[path.stem]
        raise
    return module


def _run(what: str, load: Callable[[], Any]) -> Any:
    """Import a user's module; whatever that raises is bad input, not a violated bound."""
    try:
        return load()
    except Exception as error:
        raise InputError.listing([f"{what}: cannot be imported ({type(error).__name__}: {error})"]) from error
