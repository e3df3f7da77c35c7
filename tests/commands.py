"""The commands of the command line, from its parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from auxtheory.cli.parser import parser


def leaves(whole: argparse.ArgumentParser, *words: str) -> Iterator[tuple[str, Any]]:
    """Every command of a parser that runs without a further one."""
    below = [a for a in whole._actions if isinstance(a, argparse._SubParsersAction)]
    if not below or whole.get_default("run"):
        yield " ".join(words), whole
    for action in below:
        for word, command in action.choices.items():
            yield from leaves(command, *words, word)


COMMANDS = dict(leaves(parser()))
