"""Write the numbers of tests/golden/methods with the present code, from the root of the repository:

    python tests/methods/write_golden.py [--force] [exact.json]

They are meant to outlive changes of the code, so files that exist are kept unless --force is given.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, islice
from typing import Any

import numpy as np
from golden_cases import FOLDER, Case, deviation, exact_case, run_exact, start_of

NUMBER = 500  # of configurations of the exact engine
# What the rounding of η and a may change, so that 1e-12 is a fair demand.
MAX_SENSITIVITY = 2e-13


def exact_rows() -> Iterator[dict[str, Any]]:
    """The first configurations that are not sensitive to rounding."""
    numbers = (number for number in count() if well_conditioned(exact_case(number)))
    for number in islice(numbers, NUMBER):
        yield {"number": number, **run_exact(exact_case(number), compiled=False)}


def well_conditioned(case: Case) -> bool:
    """Whether the last bits of η and a matter little. They matter where a run amplifies rounding
    errors, or where what remains after a decay over many orders of magnitude is measured."""
    numbers = run_exact(case, compiled=False)
    for towards in (0.0, np.inf):
        moved = case.steps.replace(
            eta=np.nextafter(case.steps.eta, towards),
            a=np.minimum(np.nextafter(case.steps.a, towards), 1.0),
        )
        changed = run_exact(replace(case, steps=moved), compiled=False)
        if max(deviation(changed, numbers, start_of(case)).values()) > MAX_SENSITIVITY:
            return False
    return True


FILES: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {"exact.json": exact_rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", choices=[[], *FILES], default=[*FILES])
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    options = parser.parse_args()
    paths = {name: FOLDER / name for name in options.files}
    for path in paths.values():
        if path.exists() and not options.force:
            sys.exit(f"{path} exists, and its numbers are those of earlier code; see --force")
    for name, path in paths.items():
        rows = [json.dumps(row, ensure_ascii=False) for row in FILES[name]()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
