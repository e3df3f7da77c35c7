"""The command line: `auxtheory validate`, `plot FIGURE`, `falsify`, `certify`, `bench`, `report`, …"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auxtheory import (
    __version__,
    cli_bench,
    cli_certify,
    cli_experiment,
    cli_falsify,
    cli_plot,
    cli_report,
    cli_study,
    files,
)
from auxtheory.errors import AuxtheoryError

PROBLEM = ("L", "mu", "dim", "spectrum", "F0", "rotation", "delta", "zeta", "sigma_f", "sigma_h", "correlation", "s")
LENGTHS = ("K", "T", "B", "eta", "a", "mode")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; status 0 if all is well, 1 on a violated bound, 2 on bad input, 3 if something is undecided."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without δ shows ? instead of failing
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BrokenPipeError:  # `| head` has seen enough
        sys.stdout = None
        return 141
    except MemoryError as error:
        print(f"auxtheory: error: this does not fit into memory: {error}", file=sys.stderr)
        return 2
    except (AuxtheoryError, ImportError) as error:
        print(f"auxtheory: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"auxtheory: error: {files.described(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("auxtheory: interrupted", file=sys.stderr)
        return 130


def _number(text: str) -> Any:
    """A number, or the text itself, so that all bad values can be reported at once."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="auxtheory", description="Is a convergence theorem true, how tight is it, and where does it break?"
    )
    parser.add_argument("--version", action="version", version=f"auxtheory {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _validate_parser(commands.add_parser("validate", help="hold every theorem against its bound", description=(
        "Run every theorem, at its own step sizes, on a default set of pairs that covers each noise regime; or, with "
        "any option of the problem, on that one pair. Exit status 1 if a bound is violated, 3 if none is but something "
        "is undecided or outside its theorem.")))  # fmt: skip
    cli_plot.add_parser(commands, _number)
    cli_bench.add_parser(commands)
    cli_experiment.add_parser(commands, _number)
    cli_falsify.add_parsers(commands, _number)
    cli_certify.add_parser(commands, _number)
    cli_study.add_parser(commands, _number)
    cli_report.add_parser(commands, _number)
    return parser


def _validate_parser(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_validate)
    parser.add_argument("--theorem", action="append", metavar="NAME", help="one theorem, by name or label (S0 … S4)")
    parser.add_argument("--list", action="store_true", help="print the theorems' statements and stop")
    parser.add_argument("--json", metavar="FILE", help="write everything as JSON (- for standard output)")
    problem = parser.add_argument_group("problem (any of these replaces the default set)")
    for name in PROBLEM:
        problem.add_argument(f"--{name.replace('_', '-')}", type=_number, dest=name)
    lengths = parser.add_argument_group("steps")
    lengths.add_argument("--T", type=_number, nargs="+", help="numbers of rounds (default 100 1000 4000)")
    for name, text in (("K", "local steps (default 8)"), ("B", "first batch (default inf)"),
                       ("eta", "step size (default: the theorem's)"), ("a", "momentum parameter"),
                       ("mode", "theorem (default with --eta) or unsafe")):  # fmt: skip
        lengths.add_argument(f"--{name}", type=_number, help=text)
    _run_options(parser)


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", default="auto", help="auto, exact or numpy (default auto)")
    parser.add_argument("--replicas", type=_number, default=256, help="for Monte Carlo (default 256)")
    parser.add_argument("--seed", type=_number, default=0, help="for Monte Carlo (default 0)")


def _run_settings(options: argparse.Namespace) -> dict[str, Any]:
    return {"engine": options.engine, "replicas": options.replicas, "seed": options.seed}


def _validate(options: argparse.Namespace) -> int:
    from auxtheory import report
    from auxtheory.naming import theorems_named

    if options.list:
        print(report.statements(theorems_named(options.theorem)))
        return 0
    request = report.Request(
        names=options.theorem,
        problem={name: getattr(options, name) for name in PROBLEM if getattr(options, name) is not None},
        lengths={name: getattr(options, name) for name in LENGTHS if getattr(options, name) is not None},
        **_run_settings(options),
    )
    if options.json not in (None, "-"):
        files.writable("json", options.json)
    results = report.validate_all(request)
    if options.json == "-":
        print(report.to_json(results))
    else:
        print(report.text(results))
        if options.json is not None:
            files.write("json", {Path(options.json): report.to_json(results) + "\n"})
            print(f"wrote {options.json}")
    return report.exit_status(results)


if __name__ == "__main__":
    sys.exit(main())
