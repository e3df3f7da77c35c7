"""What a command prints: text, or, with `--json`, one JSON document on standard output."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from auxtheory.cli import colour
from auxtheory.version import __version__

COMMON = {
    "auxtheory": "the version of the library",
    "command": "the words of the command",
    "exit_status": "as the process returns it",
}
FILES = {"files": "the paths of the files written"}
# The exit statuses of commands that ran to their end; others print errors only.
ENDED = (0, 1, 3)


def add_json(parser: argparse.ArgumentParser, keys: Mapping[str, str]) -> None:
    """Add `--json` to a command.

    Args:
        parser: the parser of the command.
        keys: the keys of its document, next to those of `COMMON`, and what they hold.
    """
    parser.set_defaults(json_keys=keys)
    listed = "; ".join(f"{name}: {text}" for name, text in {**keys, **COMMON}.items())
    parser.add_argument(
        "--json",
        action="store_true",
        help=(
            f"print one JSON document instead of text, whose keys are {listed} (default: text)"
        ).replace("%", "%%"),
    )


class Output:
    """The output of a command: text as it comes, or a document at the end.

    Args:
        command: the words of the command, such as "study run".
        keys: the keys that the document may have, next to those of `COMMON`.
        as_json: whether a document is printed instead of text.
    """

    def __init__(self, command: str, keys: Iterable[str], *, as_json: bool) -> None:
        self.command = command
        self.keys = frozenset(keys)
        self.as_json = as_json
        self.document: dict[str, Any] = {}

    def text(self, text: object = "", end: str = "\n") -> None:
        """Print a text, with coloured statuses if standard output is a terminal."""
        if not self.as_json:
            print(colour.statuses(str(text), sys.stdout), end=end, flush=True)

    def put(self, **values: Any) -> None:
        """Put values into the document, under keys that were declared."""
        unknown = set(values) - self.keys
        if unknown:
            raise KeyError(f"no key of {self.command} --json: {', '.join(sorted(unknown))}")
        self.document.update(values)

    def wrote(self, paths: Iterable[Path | str], hint: str = "") -> None:
        """Say which files were written, and what can be done with them."""
        names = list(map(str, paths))
        self.text(f"wrote {', '.join(names)}{hint}")
        self.put(files=[*self.document.get("files", ()), *names])

    def end(self, status: int) -> None:
        """Print the document, if one is wanted and the command ran to its end."""
        if self.as_json and status in ENDED:
            encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
            print(self.as_text(status, ascii_only="utf" not in encoding.lower()))

    def as_text(self, status: int, *, ascii_only: bool = False) -> str:
        """The document as text, with δ as \\u03b4 if only ASCII can be shown."""
        from auxtheory.table import json_value

        head = {"auxtheory": __version__, "command": self.command, "exit_status": status}
        document = json_value({**head, **self.document})
        return json.dumps(document, indent=1, ensure_ascii=ascii_only, allow_nan=False)


def current(words: list[str]) -> list[str]:
    """The words of a command in their present form: `validate --json FILE.json` is deprecated."""
    if words[:1] != ["validate"]:
        return words
    now: list[str] = []
    for word in words:
        value = word.removeprefix("--json=") if word.startswith("--json=") else word
        if (now[-1:] == ["--json"] and (word == "-" or word.endswith(".json"))) or value != word:
            now = now[:-1] if now[-1:] == ["--json"] else now
            now += ["--json"] if value == "-" else ["--out", value]
            new = "--json" if value == "-" else f"--out {value}"
            print(f"auxtheory: --json {value} is deprecated; write {new}", file=sys.stderr)
        else:
            now.append(word)
    return now
