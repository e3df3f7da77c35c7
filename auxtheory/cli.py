"""The command line: `auxtheory validate`, `plot FIGURE`, `falsify`, `certify`, `bench`, `report`, …"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auxtheory import __version__, cli_bench, cli_certify, cli_experiment, cli_falsify, cli_report, cli_study
from auxtheory.errors import AuxtheoryError, Checks

PROBLEM = ("L", "mu", "dim", "spectrum", "F0", "rotation", "delta", "zeta", "sigma_f", "sigma_h", "correlation", "s")
LENGTHS = ("K", "T", "B", "eta", "a", "mode")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; status 0 if all is well, 1 on a violated bound, 2 on bad input."""
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
    except (AuxtheoryError, OSError, ImportError) as error:
        print(f"auxtheory: error: {error}", file=sys.stderr)
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
        "any option of the problem, on that one pair. Exit status 1 if a bound is violated.")))  # fmt: skip
    plots = commands.add_parser("plot", help="draw a figure and write the numbers behind it").add_subparsers(
        required=True, metavar="FIGURE"
    )
    rate = plots.add_parser("rate-vs-delta", help="AuxMOM, AuxMVR and SGD over δ, with bounds and slopes")
    rate.set_defaults(run=_plot_rate)
    for name, default, text in (
        ("delta-min", 1e-3, "smallest δ"), ("delta-max", 1.0, "largest δ"), ("points", 25, "how many δ"),
        ("K", 10, "local steps"), ("T", 10_000, "rounds"), ("dim", 64, "coordinates"), ("L", 1.0, "smoothness"),
        ("sigma-f", 1.0, "noise of f"), ("sigma-h", 0.0, "noise of h"),
    ):  # fmt: skip
        rate.add_argument(f"--{name}", type=_number, default=default, help=f"{text} (default {default:g})")
    _run_options(rate)
    toy = plots.add_parser("toy", help="the paper's Figure 1: naive, AuxMOM and fine-tuning on f = ½x²")
    toy.set_defaults(run=_plot_toy)
    toy.add_argument("--T", type=_number, default=120, help="rounds (default 120)")
    toy.add_argument("--zeta", type=_number, nargs="+", default=[0.1, 1.0, 10.0], help="gradient biases ζ")
    delta = plots.add_parser("delta-prediction", help="rates predicted from estimated δ on 54 real pairs, and measured")
    delta.set_defaults(run=_plot_delta)
    delta.add_argument("--data", default="digits", help="digits, breast-cancer or a file (default digits)")
    delta.add_argument("--count", type=_number, default=9, help="pairs of each of six kinds (default 9)")
    for plot, stem in ((rate, "rate_vs_delta"), (toy, "toy"), (delta, "delta_prediction")):
        plot.add_argument("--out", default=stem, metavar="STEM", help=f"write STEM.png and so on (default {stem})")
        plot.add_argument("--formats", default="png,svg,pdf", help="of the figure (default png,svg,pdf)")
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
        report.writable(Path(options.json))
    results = report.validate_all(request)
    if options.json == "-":
        print(report.to_json(results))
    else:
        print(report.text(results))
        if options.json is not None:
            Path(options.json).write_text(report.to_json(results) + "\n", encoding="utf-8")
            print(f"wrote {options.json}")
    return report.exit_status(results)


def _plot_rate(options: argparse.Namespace) -> int:
    import numpy as np

    from auxtheory import theorems
    from auxtheory.analysis import rate_vs_delta
    from auxtheory.engines import check_settings
    from auxtheory.noise import Gaussian
    from auxtheory.problems import Quadratic
    from auxtheory.report import progress_bar
    from auxtheory.study import Study

    checks = Checks()
    checks.number("delta-min", options.delta_min, above=True)
    checks.number("delta-max", options.delta_max, above=True)
    checks.whole("points", options.points, low=3)
    checks.number("L", options.L, above=True)
    for name in ("sigma_f", "sigma_h"):
        checks.number(name.replace("_", "-"), getattr(options, name))
    for name in ("K", "T", "dim"):
        checks.whole(name, getattr(options, name))
    if not checks.complaints and options.delta_min >= options.delta_max:
        checks.complain("delta-min", options.delta_min, f"must be below delta-max = {options.delta_max}")
    check_settings(checks, **_run_settings(options))
    formats = _formats(options, checks)
    study = Study(
        [theorems.AuxMOM(), theorems.AuxMVR(), theorems.SGD()],
        Quadratic(L=options.L, mu=options.L if options.dim == 1 else options.L / 2, dim=options.dim),
        Gaussian(sigma_f=options.sigma_f, sigma_h=options.sigma_h),
        delta=np.geomspace(options.delta_min, options.delta_max, options.points),
        K=options.K,
        T=options.T,
        **_run_settings(options),
    )
    with progress_bar(3, "batches") as bar:
        table = study.run(progress=lambda done, _: bar.update(done - bar.n))
    _write(rate_vs_delta(table), table, Path(options.out), formats)
    return int("violated" in set(table["status"]))


def _plot_toy(options: argparse.Namespace) -> int:
    from auxtheory.analysis import toy, toy_table

    checks = Checks()
    checks.whole("T", options.T, low=2)
    for zeta in options.zeta:
        checks.number("zeta", zeta)
    formats = _formats(options, checks)
    table = toy_table(T=options.T, zetas=tuple(map(float, options.zeta)))
    _write(toy(table), table, Path(options.out), formats)
    return 0


def _formats(options: argparse.Namespace, checks: Checks) -> list[str]:
    from auxtheory.report import writable

    formats = options.formats.split(",")
    for name in formats:
        checks.member("formats", name, ("png", "svg", "pdf"))
    checks.done()
    writable(Path(options.out))
    return formats


def _plot_delta(options: argparse.Namespace) -> int:
    from auxtheory.analysis.delta_prediction import agreement, delta_prediction, delta_table
    from auxtheory.report import progress_bar

    checks = Checks()
    checks.whole("count", options.count)
    formats = _formats(options, checks)
    with progress_bar(6 * options.count, "pairs") as bar:
        table = delta_table(data=options.data, count=options.count, progress=lambda done, _: bar.update(done - bar.n))
    print("  ".join(f"{name} {value:.4g}" for name, value in agreement(table).items()))
    _write(delta_prediction(table), table, Path(options.out), formats)
    return 0


def _write(figure: Any, table: Any, stem: Path, formats: list[str]) -> None:
    from auxtheory.analysis.style import save

    paths = save(figure, stem, formats)
    numbers = stem.with_name(f"{stem.name}.csv")
    table.to_csv(numbers)
    print("wrote " + ", ".join(str(path) for path in [*paths, numbers]))


if __name__ == "__main__":
    sys.exit(main())
