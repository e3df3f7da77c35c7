"""Benchmark of what a user waits for: whole commands in new processes, from an empty and from a
filled compile cache."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auxtheory.bench.new_process import attempt, cold_and_warm
from auxtheory.bench.sizes import Sizes
from auxtheory.machine import cores

TITLE = "time to a verdict"
# Where commands find their study files.
EXAMPLES = Path(__file__).parents[1] / "study/toml/examples"
CODE = """\
import sys
from auxtheory.cli import main
status = main(sys.argv[1:])
from auxtheory.machine import write_peak
write_peak()
sys.exit(status)
"""


def rows(
    sizes: Sizes, variables: Mapping[str, str] = MappingProxyType({}), until: float = inf
) -> Iterator[dict[str, Any]]:
    """One row for each command, on all cores."""
    for name, words in sizes.verdicts:
        head = {
            "group": TITLE,
            "size": f"medians of {sizes.starts}",
            "variant": name,
            "threads": len(cores()),
            "command": f"auxtheory {words}",
        }
        files = [str(EXAMPLES / word) if word.endswith(".toml") else word for word in words.split()]
        command = [sys.executable, "-c", CODE, *files]
        yield head | attempt(partial(cold_and_warm, command, variables, sizes.starts), until)
