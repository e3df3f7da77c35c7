"""Links of Markdown pages that lead out of `docs/`, as they do in the repository.

Pages link to each other by their files, which MyST understands. Two kinds are translated here:
a link to a script of the tutorial or the gallery leads to the page that is made from it, and a
link to any other file of the repository to a copy of that file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

LINK = re.compile(
    r"(?P<text>(?<!!)\[(?:[^\[\]]|\[[^\[\]]*\])*\])\((?P<path>[^()\s:#]+)(?P<anchor>#[^()\s]*)?\)"
)
SCRIPT = re.compile(r"^(tutorial|gallery)/(plot_\w+)\.py$")
FENCE = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)


def translated(path: str, page: Path, docs: Path) -> str:
    """The target of a link in a page, as Sphinx finds it."""
    target = Path(os.path.normpath(page.parent / path))
    if target.is_relative_to(docs):
        script = SCRIPT.match(target.relative_to(docs).as_posix())
        if script:
            made = docs / "_generated" / script[1] / f"{script[2]}.rst"
            return Path(os.path.relpath(made, page.parent)).as_posix()
        if target in (docs / "tutorial", docs / "gallery"):
            made = docs / "_generated" / target.name / "index.rst"
            return Path(os.path.relpath(made, page.parent)).as_posix()
    elif target.is_file():
        return f"path:{path}"
    return path


def translate(app: Any, name: str, content: list[str]) -> None:
    page = Path(app.env.doc2path(name))
    if page.suffix != ".md":
        return
    docs = Path(app.srcdir)

    def link(match: re.Match[str]) -> str:
        return f"{match['text']}({translated(match['path'], page, docs)}{match['anchor'] or ''})"

    text, end, parts = content[0], 0, []
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(link, text[end : fence.start()]), fence[0]]
        end = fence.end()
    content[0] = "".join([*parts, LINK.sub(link, text[end:])])


def setup(app: Any) -> dict[str, Any]:
    app.connect("source-read", translate)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
