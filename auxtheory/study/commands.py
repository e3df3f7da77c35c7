"""Paths in printed commands, quoted for a shell."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

PLAIN = re.compile(r"[\w@+=:,./-]+", re.ASCII)
# What is more than itself between double quotes, in the shells of Unix; Windows allows no " in a
# path, and its shells know no other quotes than double ones, or take both.
ACTIVE = re.compile(r'["$`\\!]')


def typed(path: str | Path | None) -> str:
    """A path that a shell takes as one word, and a command not as an option: in double quotes,
    which the shells of Unix and of Windows understand, wherever those suffice."""
    text = str(path)
    text = f"./{text}" if text.startswith("-") else text
    if PLAIN.fullmatch(text):
        return text
    return shlex.quote(text) if ACTIVE.search(text) else f'"{text}"'
