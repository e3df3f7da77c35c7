"""Colours of statuses in a terminal."""

from __future__ import annotations

import os
import re
from typing import TextIO

# ANSI codes: red, yellow, green, and blue for what a theorem says nothing about.
CODES = {"violated": 31, "failed": 31, "undecided": 33, "pass": 32, "outside": 34}
# A status as a word of its own; a count of none is no news.
WORD = re.compile(rf"(?<![\w-])(?<!\b0 )(?:{'|'.join(CODES)})(?![\w-])")


def wanted(stream: TextIO | None) -> bool:
    """Whether to colour what is printed to a stream: in a terminal, unless the environment says
    otherwise.

    NO_COLOR turns colours off; otherwise FORCE_COLOR or CLICOLOR_FORCE, other than 0, turns them on
    everywhere; TERM=dumb is a terminal without them.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if any(
        os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")
    ):
        return True
    if stream is None or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    # An old console of Windows shows the codes themselves.
    return os.name != "nt" or bool({"WT_SESSION", "TERM", "ANSICON"} & set(os.environ))


def statuses(text: str, stream: TextIO | None) -> str:
    """The text with its statuses in colour, where the stream shows colours; the text is laid out
    before, so that no code counts as a column."""
    if not wanted(stream):
        return text
    return WORD.sub(lambda match: f"\x1b[{CODES[match[0]]}m{match[0]}\x1b[0m", text)
