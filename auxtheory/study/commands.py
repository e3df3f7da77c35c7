"""Paths in printed commands, quoted for a shell."""

from __future__ import annotations

import shlex
from pathlib import Path


def typed(path: str | Path | None) -> str:
    """A path that a shell takes as one word, and a command not as an option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
