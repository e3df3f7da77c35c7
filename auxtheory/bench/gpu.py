"""All of a GPU machine in one call: the tests of the GPU engines on the device, then the benchmark
within a limit of time. Run it from the root of the repository:

    python -m auxtheory.bench.gpu --out FOLDER --seconds 540

Results are written after each group of rows, so that a run that is ended keeps what it has.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from auxtheory.bench.processes import environment
from auxtheory.bench.report import names, run
from auxtheory.bench.sizes import FULL, QUICK, Sizes
from auxtheory.engines import ENGINES
from auxtheory.errors import Checks, InputError
from auxtheory.files import check_folder
from auxtheory.machine import machine
from auxtheory.printing import read_number

# Tests that run on a device if there is one, otherwise in the simulator.
TESTS = (
    "tests/engines/test_cuda_vs_numpy.py",
    "tests/engines/test_cupy_engine.py",
    "tests/engines/test_cuda_programs.py",
    "tests/kernels/test_update.py",
)
SIMULATOR = "NUMBA_ENABLE_CUDASIM"
SHARE = 0.4  # the largest share of the time for the tests
RESERVE = 20.0  # seconds for the last row and for writing
# What says most about a GPU first. The sizes are those that fill it only in the group gpu.
FIRST = "gpu", "same-law", "texts", "small-share", "scaling-R", "scaling-d", "monte-carlo-AuxMOM"
SIZES = replace(QUICK, device=FULL.device, max_seconds=10.0, verdicts=())


def main(arguments: Sequence[str] | None = None) -> int:
    """Test and measure; 0 also where there is no GPU, 1 if a test fails or a row is wrong, 2
    for a bad argument."""
    options = _parser().parse_args(arguments)
    checks = Checks()
    checks.number("seconds", options.seconds, above=True)
    check_folder(checks, "out", options.out)
    if checks.complaints:
        print(InputError.listing(checks.complaints), file=sys.stderr)
        return 2
    start = monotonic()
    reason = no_gpu()
    if reason:
        print(f"no GPU engine can run here, and nothing was measured: {reason}")
        return 0
    folder = Path(options.out)
    # Otherwise JAX takes most of the memory in each process, and leaves too little for a second.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    failed = tested(folder, SHARE * options.seconds)
    left = options.seconds - RESERVE - (monotonic() - start)
    return int(measured(folder, left, SIZES) or failed)


def no_gpu() -> str | None:
    """Why no engine can use a GPU here; None if one can."""
    if os.environ.get(SIMULATOR, "0") != "0":
        return f"{SIMULATOR} is set: unset it to run on the device"
    gpu = machine()["gpu"]
    if gpu == "none":
        return "nvidia-smi finds no GPU"
    reasons = [reason() for reason in REASONS]
    return None if not all(reasons) else "; ".join(filter(None, reasons))


def _reason(name: str) -> Callable[[], str | None]:
    """The function that returns why an engine cannot run the main case."""

    def refusal() -> str | None:
        from auxtheory import methods
        from auxtheory.bench.case import BenchCase
        from auxtheory.noise.laws import Gaussian

        case = BenchCase(methods.AuxMOM, QUICK.small)
        return ENGINES[name].refuses(case.task(Gaussian(**case.levels)))

    return refusal


REASONS = tuple(_reason(name) for name in ("cuda", "cupy"))


def tested(folder: Path, seconds: float, tests: Sequence[str] = TESTS) -> bool:
    """Run the tests on the device and write what they print into gpu-tests.txt; whether one failed
    or the time was too short."""
    present = [name for name in tests if Path(name).exists()]
    if not present:
        print("the tests are not here: run this from the root of the repository")
        return True
    # Versions of packages differ between machines, and their warnings are no errors here.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n0",
        "-p",
        "no:cacheprovider",
        "-W",
        "default",
    ]
    variables = environment()
    variables.pop(SIMULATOR, None)
    path = folder / "gpu-tests.txt"
    with path.open("w", encoding="utf-8") as file:
        try:
            done = subprocess.run(
                [*command, *present], env=variables, stdout=file, stderr=file, timeout=seconds
            )
            status = f"exit status {done.returncode}"
            failed = done.returncode != 0
        except subprocess.TimeoutExpired:
            status = f"ended after {seconds:.0f} s"
            failed = True
    lines = path.read_text(encoding="utf-8").strip().splitlines()
    print(f"tests on the device ({status}): {lines[-1] if lines else 'no output'}", flush=True)
    return failed


def measured(folder: Path, seconds: float, sizes: Sizes) -> bool:
    """Run the benchmark, the groups of `FIRST` first, and write bench.txt and bench.json after each
    group; whether a row is wrong or failed."""
    if seconds <= 0:
        print("no time was left for the benchmark")
        return True
    available = names(sizes=sizes)
    order = [*(name for name in FIRST if name in available)]
    order += [name for name in available if name not in order]
    report = run(sizes=sizes, only=order, seconds=seconds, keep=lambda report: report.save(folder))
    report.save(folder)
    print(report)
    return bool({"wrong", "failed"} & set(report.table["status"]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m auxtheory.bench.gpu", description=__doc__)
    parser.add_argument("--out", required=True, metavar="FOLDER", help="an existing folder")
    parser.add_argument(
        "--seconds", type=read_number, default=540.0, help="time for everything (default 540)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
