"""Pieces of Markdown: escaped text, tables, definition lists, docstrings."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

SPECIAL = re.compile(r"([\\*_{}\[\]<>$|~#])")
ENTRY = re.compile(r"^(?P<name>\*{0,2}\w+)(?: \([^()]*\))?: (?P<text>.*)$")


def escaped(text: str) -> str:
    """A text as it stands, but for code in backticks, which stays code."""
    parts = re.split(r"(`[^`]+`)", " ".join(str(text).split()))
    return "".join(
        part.replace("|", r"\|")
        if part.startswith("`") and len(part) > 1
        else SPECIAL.sub(r"\\\1", part)
        for part in parts
    )


def code(text: Any) -> str:
    return f"`{text}`"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def definitions(entries: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{term}\n: {text}\n" for term, text in entries) + "\n"


def fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


def first_paragraph(value: Any) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())


def arguments(value: Any) -> dict[str, str]:
    """The descriptions in the section `Args:` of a docstring, by name."""
    text = inspect.getdoc(value) or ""
    match = re.search(r"^Args:\n((?:    .*\n?|\n)+)", text, re.MULTILINE)
    found: dict[str, str] = {}
    name = ""
    for line in textwrap.dedent(match[1]).splitlines() if match else ():
        entry = ENTRY.match(line)
        if entry:
            name = entry["name"]
            found[name] = entry["text"]
        elif name:
            found[name] += " " + line.strip()
    return found
