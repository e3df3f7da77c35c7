"""Write the numbers of tests/golden/methods with the present code, from the root of the repository:

    python tests/methods/write_golden.py [--force] [exact.json] [sampled.json]

They are meant to outlive changes of the code, so files that exist are kept unless --force is given.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, islice
from typing import Any

import numpy as np
from golden_cases import FOLDER, Case, store
from golden_exact import exact_case, exact_deviations, run_exact
from golden_sampled import NUMBER, run_sampled, sampled_case

EXACT_NUMBER = 500  # of configurations of the exact engine
# What the last bit of an input may change, so that 1e-12 is a fair demand.
MAX_SENSITIVITY = 1e-13


def exact_rows() -> Iterator[dict[str, Any]]:
    """The first configurations that are not sensitive to rounding."""
    numbers = (number for number in count() if well_conditioned(exact_case(number)))
    for number in islice(numbers, EXACT_NUMBER):
        yield {"number": number, **run_exact(exact_case(number), compiled=False)}


def well_conditioned(case: Case) -> bool:
    """Whether the last bits of the inputs matter little. They matter where a run amplifies rounding
    errors, or where what remains after a decay over many orders of magnitude is measured."""
    numbers = run_exact(case, compiled=False)
    return all(
        max(exact_deviations(run_exact(near, compiled=False), numbers, case.start).values())
        <= MAX_SENSITIVITY
        for near in neighbours(case)
    )


def neighbours(case: Case) -> Iterator[Case]:
    """The configuration with other last bits of η and a, or of a Hessian."""
    for towards in (-np.inf, np.inf):
        eta = np.nextafter(case.steps.eta, towards)
        a = np.minimum(np.nextafter(case.steps.a, towards), 1.0)
        yield replace(case, steps=case.steps.replace(eta=eta, a=a))
        for name in ("R", "eigenvalues"):
            values = np.nextafter(getattr(case.pair, name), towards)
            yield replace(case, pair=replace(case.pair, **{name: values}))


def sampled_rows() -> Iterator[dict[str, Any]]:
    """All configurations of the sampling engines, on each engine that takes them."""
    for number in range(NUMBER):
        case = sampled_case(number)
        for engine in case.engines:
            yield {"number": number, "engine": engine, **run_sampled(case, engine)}


FILES: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "exact.json": exact_rows,
    "sampled.json": sampled_rows,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE", help=", ".join(FILES))
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    options = parser.parse_args()
    names = options.files or [*FILES]
    unknown = set(names) - set(FILES)
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))}: must be of {', '.join(FILES)}")
    for name in names:
        if (FOLDER / name).exists() and not options.force:
            sys.exit(f"{FOLDER / name} exists, and its numbers are those of earlier code: --force")
    for name in names:
        store(name, FILES[name]())


if __name__ == "__main__":
    main()
