"""Our docstrings as reStructuredText.

They are plain text: formulas in Unicode, which may hold `*`, `|` and `_`; indented blocks, which
are formulas or code; names and code in single backticks; and Google's sections.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Any

from public_names import path_of
from sphinx.util.inspect import TypeAliasForwardRef

SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Example):$")
ENTRY = re.compile(r"^(?P<name>\*{0,2}[\w.]+)(?: \([^()]*\))?: (?P<text>.*)$")
FIELDS = {"Args": "param", "Attributes": "ivar", "Raises": "raises"}
CODE = re.compile(r"(`+)(.+?)\1")
MARKUP = re.compile(r"([\\*`|_])")
# What reStructuredText would take for the first item of a list.
ITEM = re.compile(r"^(?=\(?(\w{1,3}|#)[.)] |[-+•] )")


def inline(text: str) -> str:
    """A paragraph: code as literals or as links to what it names, everything else as it stands."""
    parts, end = [], 0
    text = " ".join(text.split())
    for code in CODE.finditer(text):
        parts += [MARKUP.sub(r"\\\1", text[end : code.start()]), _code(code[2])]
        end = code.end()
    parts.append(MARKUP.sub(r"\\\1", text[end:]))
    return ITEM.sub(r"\\", "".join(parts))


def _code(text: str) -> str:
    name = re.fullmatch(r"((?:at\.|auxtheory\.)?[A-Za-z][\w.]*\w)(\(.*\))?", text)
    path = path_of(name[1]) if name else None
    if path is None or path == "auxtheory":
        return rf"\ ``{text}``\ "
    shown = text.replace("\\", r"\\").replace("<", r"\<")
    return rf"\ :py:obj:`{shown} <{path}>`\ "


def prose(lines: list[str]) -> list[str]:
    """Paragraphs, indented blocks and lists."""
    found: list[str] = []
    block: list[str] = []

    def end_block() -> None:
        if block:
            while not block[-1]:
                block.pop()
            code = any(line.lstrip().startswith((">>>", "import ")) for line in block)
            found.append(f".. code-block:: {'python' if code else 'text'}")
            found.extend(["" if code else "    :class: formula", ""])
            found.extend(f"    {line}" for line in textwrap.dedent("\n".join(block)).splitlines())
            found.append("")
            block.clear()

    for group in _groups(lines):
        if group[0].startswith("    "):
            block.extend([*group, ""])
            continue
        end_block()
        for item in _items(group):
            bullet = item[0].startswith("- ")
            text = " ".join(item).removeprefix("- ") if bullet else " ".join(item)
            found.extend([("- " if bullet else "") + inline(text), ""])
    end_block()
    return found


def _groups(lines: Iterable[str]) -> list[list[str]]:
    """The runs of lines between empty ones; an indented block is a run of its own."""
    groups: list[list[str]] = [[]]
    for line in lines:
        if not line.strip():
            groups.append([])
            continue
        last = groups[-1]
        indented = line.startswith("    ")
        # The lines of a list's item are indented too.
        if last and indented != last[0].startswith("    ") and not last[0].startswith("- "):
            groups.append([])
        groups[-1].append(line)
    return [group for group in groups if group]


def _items(group: list[str]) -> list[list[str]]:
    """A paragraph, or a paragraph and the items of the list that follows it."""
    items: list[list[str]] = []
    for line in group:
        if line.startswith("- ") or not items:
            items.append([])
        items[-1].append(line.strip() if not line.startswith("- ") else line)
    return items


def entries(lines: list[str], kind: str) -> list[str]:
    """A section of names and descriptions as fields."""
    found: list[str] = []
    name, texts = "", []

    def end_entry() -> None:
        if name:
            escaped = MARKUP.sub(r"\\\1", name)
            found.append(f":{FIELDS[kind]} {escaped}: {inline(' '.join(texts))}")

    for line in textwrap.dedent("\n".join(lines)).splitlines():
        entry = ENTRY.match(line)
        if entry:
            end_entry()
            name, texts = entry["name"], [entry["text"]]
        else:
            texts.append(line.strip())
    end_entry()
    return [*found, ""]


def converted(lines: list[str]) -> list[str]:
    """A whole docstring."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        title = SECTION.match(line)
        if title:
            sections.append((title[1], []))
        else:
            sections[-1][1].append(line)
    found: list[str] = []
    fields: list[str] = []
    for title, body in sections:
        if title in FIELDS:
            fields += entries(body, title)[:-1]
        elif title in ("Returns", "Yields"):
            fields.append(f":{title.lower()}: {inline(' '.join(body))}")
        elif title == "Example":
            code = textwrap.dedent("\n".join(body)).strip("\n").splitlines()
            found += [*fields, "", ".. code-block:: pycon", "", *(f"    {c}" for c in code), ""]
            fields = []
        else:
            found += prose(body)
    return [*found, *fields, ""]


def process(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    lines[:] = converted(lines)


def setup(app: Any) -> dict[str, Any]:
    # Otherwise a union with one of `autodoc_type_aliases` prints more than its name.
    TypeAliasForwardRef.__repr__ = lambda alias: alias.name  # type: ignore[method-assign]
    app.connect("autodoc-process-docstring", process)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
