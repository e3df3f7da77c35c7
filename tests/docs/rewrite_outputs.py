"""Writes into Markdown pages what their code prints, after a change of what the library prints:
`python tests/docs/rewrite_outputs.py docs/how-to/validate.md …`.

A block that leaves something out (…) is only reported. Read the difference before you commit it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from running_pages import blocks, differs, run_console, run_python


def rewritten(page: Path, sources: Path) -> str:
    """The page with its outputs renewed; the current folder must be an empty one."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    namespace: dict[str, object] = {"__name__": "__main__"}
    changes: list[tuple[int, int, str]] = []
    every = blocks(text)
    for block, after in [*pairwise(every), (every[-1], None)] if every else []:
        if block.remark == "file":
            Path(block.value).parent.mkdir(parents=True, exist_ok=True)
            Path(block.value).write_text(block.text, encoding="utf-8")
        if not block.runs:
            continue
        shown = after if after and after.follows and after.language == "text" else None
        where = f"{page.name}, line {block.line}"
        if block.language == "python":
            out, everything = run_python(block, namespace, sources, shown)
        else:
            out, everything = run_console(block.text, where, failing=shown is not None)
        if shown is None or not differs(shown.text, out) or not differs(shown.text, everything):
            continue
        if "…\n" in shown.text or not out.strip():
            print(f"{page.name}, line {shown.line}: change this by hand to parts of\n{out}")
            continue
        first = shown.line - 1
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        indent = indent if not shown.text.startswith(" ") else ""
        new = "".join(f"{indent}{line}".rstrip() + "\n" for line in out.strip("\n").splitlines())
        changes.append((first, first + shown.text.count("\n"), new))
    for first, last, new in reversed(changes):
        lines[first:last] = [new]
    return "".join(lines)


def main(names: list[str]) -> None:
    """Rewrite these pages, each in a process of its own, since pages define modules of one name."""
    if len(names) > 1:
        for name in names:
            subprocess.run([sys.executable, __file__, name])
        return
    # A page imports the files that it writes.
    sys.path.insert(0, "")
    for page in map(Path.resolve, map(Path, names)):
        before = Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            for part in ("empty", "sources"):
                Path(folder, part).mkdir()
            os.chdir(Path(folder, "empty"))
            try:
                new = rewritten(page, Path(folder, "sources"))
            finally:
                os.chdir(before)
        page.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
