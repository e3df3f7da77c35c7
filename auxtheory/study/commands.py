"""Commands as they are printed: what can be typed as it stands."""

from __future__ import annotations

import shlex
from pathlib import Path


def typed(path: str | Path | None) -> str:
    """A path as a shell takes it for one word and a command for no option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
