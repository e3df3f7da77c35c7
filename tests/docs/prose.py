"""The prose of pages, scripts and docstrings: what is left without code, formulas and links."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("auxtheory", "kernels", "analysis")
DOCS = ROOT / "docs"
# What is not prose; it is replaced by as many ends of lines, or by a gap that no phrase crosses.
FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?:(?: {4,}.*)?\n)+")
EXAMPLE = re.compile(r"^ *(?:>>>|\.\.\.) .*$(?:\n(?! *$| *>>>).+)*", re.MULTILINE)
NOT_PROSE = (
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"\$\$.*?\$\$", re.DOTALL),
    re.compile(r"\$[^$\n]+\$"),
    re.compile(r":\w+:`[^`]*`", re.DOTALL),
    re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL),
    # Targets of links.
    re.compile(r"(?<=\])\([^()\s]*\)|<https?:[^>]*>|https?://\S+"),
    # Directives and their options, HTML.
    re.compile(r"^ *:::+.*$|^ *\.\. .*::.*$|^ *:[\w-]+:.*$", re.MULTILINE),
    re.compile(r"</?\w[^>]*>"),
)
SECTION = re.compile(r"^ *(?:Args|Attributes|Returns|Yields|Raises|Example):$", re.MULTILINE)
# The table of words to avoid, which shows them.
SHOWN = re.compile(r"^\| avoid \|.*?(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)


def blanked(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda match: "\n" * match[0].count("\n") or " – ", text)
    return text


def of_page(text: str) -> str:
    """The prose of a page in Markdown or reStructuredText."""
    return blanked(text, SHOWN, FENCE, *NOT_PROSE)


def of_docstring(text: str) -> str:
    """The prose of a docstring: no examples, and no indented formulas before its sections."""
    section = SECTION.search(text)
    end = section.start() if section else len(text)
    return blanked(blanked(text[:end], INDENTED) + text[end:], EXAMPLE, *NOT_PROSE)


def of_script(text: str) -> str:
    """The prose of a script of the tutorial or the gallery: its docstring and its comments."""
    docstring = ast.get_docstring(ast.parse(text)) or ""
    comments = re.findall(r"^#(?!!| %%)(.*)$", text, re.MULTILINE)
    return blanked(docstring + "\n\n" + "\n".join(comments), *NOT_PROSE)


@cache
def prose() -> dict[str, str]:
    """The prose of every page and of the docstrings of every module, by file."""
    found = {}
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    pages += [*DOCS.rglob("*.md"), *DOCS.glob("*/*.rst")]
    for path in pages:
        if "api" not in path.parts and "_generated" not in path.parts:
            found[_name(path)] = of_page(path.read_text(encoding="utf-8"))
    for path in DOCS.glob("*/plot_*.py"):
        found[_name(path)] = of_script(path.read_text(encoding="utf-8"))
    kinds = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
    for path in (path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = [node for node in ast.walk(tree) if isinstance(node, kinds)]
        texts = [of_docstring(text) for text in map(ast.get_docstring, nodes) if text]
        found[_name(path)] = "\n\n".join(texts)
    return found


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
