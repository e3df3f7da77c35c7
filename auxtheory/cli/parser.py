"""The command line: `auxtheory validate`, `plot FIGURE`, `falsify`, `certify`, `bench`,
`report`, …"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auxtheory import files
from auxtheory.bounds.constants import MODES
from auxtheory.cli import (
    bench,
    certify,
    completion,
    experiment,
    falsify,
    output,
    plot,
    report,
    show,
    study,
    table,
)
from auxtheory.cli.options import (
    PER_ROUND,
    RAO_BLACKWELL_HELP,
    engine_help,
    problem_help,
    quantity_help,
    replicas_help,
    seed_help,
)
from auxtheory.cli.parameters import TEXT, Parser
from auxtheory.defaults import AUTO, LOCAL_STEPS, REPLICAS, ROUNDS, SEED
from auxtheory.errors import AuxtheoryError
from auxtheory.printing import read_number
from auxtheory.progress import noticed
from auxtheory.version import __version__

PROBLEM = (
    "family",
    "L",
    "mu",
    "dim",
    "spectrum",
    "F0",
    "rotation",
    "delta",
    "zeta",
    "sigma_f",
    "sigma_h",
    "correlation",
    "s",
)
LENGTHS = ("K", "T", "B", "eta", "a", "mode")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Args:
        arguments: the words after the program's name; by default those of `sys.argv`.

    Returns:
        0 on success, 1 if a bound is violated, 2 on bad input, 3 if a result is undecided.

    Example:
        >>> from auxtheory.cli.parser import main
        >>> main(["plot", "toy", "--T", "1"])  # the error goes to standard error
        2
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without δ shows ? instead of failing.
            stream.reconfigure(errors="replace")
    words = output.current(list(sys.argv[1:] if arguments is None else arguments))
    options = parser().parse_args(words)
    command = " ".join(words[: _length(words)])
    options.output = output.Output(command, options.json_keys, as_json=options.json)
    try:
        with noticed(command):
            status = int(options.run(options))
        options.output.end(status)
        # Flush here, where an error such as a full disk can still be reported.
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader, such as `| head`, has closed the pipe
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
        if error.filename is None:  # standard output failed; do not flush it again
            sys.stdout = None
        return 2
    except KeyboardInterrupt:
        print("auxtheory: interrupted", file=sys.stderr)
        return 130


def _length(words: Sequence[str]) -> int:
    """How many of the words name the command."""
    return 2 if words[0] in ("plot", "study") or list(words[:2]) == ["bench", "growth"] else 1


def parser() -> argparse.ArgumentParser:
    """The parser of all commands and their options."""
    whole = Parser(
        prog="auxtheory",
        description="Is a convergence theorem true, how tight is it, and where does it break?",
    )
    whole.add_argument("--version", action="version", version=f"auxtheory {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    _validate_parser(
        commands.add_parser(
            "validate",
            help="compare measured values with the bound of every theorem",
            description=(
                "Run every theorem, at its own step sizes, on a default set of pairs that covers "
                "each noise regime; or, with any option of the problem, on that one pair. Exit "
                "status 1 if a bound is violated; otherwise 3 if a row is undecided or outside "
                "its theorem."
            ),
        )
    )
    plot.add_parser(commands, read_number)
    bench.add_parser(commands, read_number)
    experiment.add_parser(commands, read_number)
    falsify.add_parsers(commands, read_number)
    certify.add_parser(commands, read_number)
    study.add_parser(commands, read_number)
    report.add_parser(commands, read_number)
    show.add_parser(commands)
    table.add_parser(commands)
    completion.add_parser(commands, parser)
    return whole


def _validate_parser(parser: Parser) -> None:
    parser.set_defaults(run=_validate)
    parser.add_argument(
        "theorems", nargs="*", metavar="THEOREM", help="the same as --theorem (default: all)"
    )
    parser.add_argument(
        "--theorem",
        action="append",
        metavar="NAME",
        help=(
            "this theorem, by name or label (S0 … S4), or your own as FILE.py:NAME or "
            "MODULE:NAME; may be given several times (default: all of the library's)"
        ),
    )
    parser.add_argument(
        "--list", action="store_true", help="print the statements of the theorems and stop"
    )
    parser.add_argument("--verbose", action="store_true", help="print every row of every theorem")
    parser.add_argument(
        "--out",
        metavar="FILE.json",
        help="also write the document of --json into this file (default: no file)",
    )
    output.add_json(
        parser,
        {
            "verdicts": "of each theorem and case, with every row, the pair, the noise and the "
            "provenance",
            "theorems": "with --list, the statement of each",
            **output.FILES,
        },
    )
    problem = parser.add_argument_group(
        "problem",
        "Any of these options replaces the default set by one pair, f(x) = ½(x − x*)ᵀA(x − x*) or "
        "another "
        "--family with a helper h.",
    )
    for name in PROBLEM:
        problem.add_argument(
            f"--{name.replace('_', '-')}", type=read_number, dest=name, help=problem_help(name)
        )
    _step_options(parser)
    text = "with --eta (default: that of the method, if it has one)"
    parser.take_parameters(read_number, f"{TEXT}; {text}. {PER_ROUND}")
    _run_options(parser)


def _step_options(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_argument_group("steps")
    rounds = f"{' '.join(map(str, ROUNDS))}; in the default set that of each case"
    steps.add_argument(
        "--T",
        type=read_number,
        nargs="+",
        help=f"each of several values is run: {quantity_help('T', rounds)}",
    )
    local_steps = f"{LOCAL_STEPS}; in the default set that of each case; 1 for single-step methods"
    momentum = "the theorem's own rule; with --eta it must be given where the method uses it"
    for name, default in (
        ("K", local_steps),
        ("B", "inf"),
        ("eta", "the theorem's own rule"),
        ("a", momentum),
    ):
        steps.add_argument(f"--{name}", type=read_number, help=quantity_help(name, default))
    steps.add_argument(
        "--mode",
        type=read_number,
        help=(
            f"mode of the steps: {'; '.join(f'{mode}, {text}' for mode, text in MODES.items())} "
            "(default tuned, theorem with --eta)"
        ),
    )


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", default=AUTO, metavar="NAME", help=engine_help())
    parser.add_argument("--replicas", type=read_number, default=REPLICAS, help=replicas_help())
    parser.add_argument("--seed", type=read_number, default=SEED, help=seed_help())
    parser.add_argument("--rao-blackwell", action="store_true", help=RAO_BLACKWELL_HELP)


def _run_settings(options: argparse.Namespace) -> dict[str, Any]:
    names = ("engine", "replicas", "seed", "rao_blackwell")
    return {name: getattr(options, name) for name in names}


def _validate(options: argparse.Namespace) -> int:
    from auxtheory.cli import overview, validate
    from auxtheory.theorems.lookup import all_named

    out = options.output
    names = [*options.theorems, *(options.theorem or [])] or None
    if options.list:
        theorems = all_named(names)
        out.put(theorems=list(map(validate.statement, theorems)))
        out.text(validate.statements(theorems))
        return 0
    request = validate.Request(
        names=names,
        problem={
            name: getattr(options, name) for name in PROBLEM if getattr(options, name) is not None
        },
        lengths={
            name: getattr(options, name) for name in LENGTHS if getattr(options, name) is not None
        },
        parameters=options.parameters,
        **_run_settings(options),
    )
    if options.out is not None:
        files.writable("out", options.out)
    results = validate.validate_all(request)
    status = validate.exit_status(results)
    out.put(verdicts=validate.verdicts(results))
    out.text(overview.text(results, request, verbose=options.verbose))
    if options.out is not None:
        files.write("out", {Path(options.out): out.as_text(status) + "\n"})
        out.wrote([options.out])
    return status


if __name__ == "__main__":
    sys.exit(main())
