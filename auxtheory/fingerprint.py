"""Fingerprint of the code that computes a number: a digest of the syntax trees of some modules and
of all they import, without docstrings, comments and layout.

Parsing takes as long as a short study. So the digest and the imports of each source are kept on
disk by the hash of its bytes, in a file that may be deleted at any time.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent
PACKAGE = "auxtheory"
GENERATED = "auxtheory_generated"  # the module of functions in generated files
# Modules that only make text, read files, or log: no number is computed by them.
WITHOUT_NUMBERS = frozenset(
    {
        "auxtheory",
        "auxtheory.files",
        "auxtheory.fingerprint",
        "auxtheory.bounds.printing",
        "auxtheory.kernels.compile_cache",
        "auxtheory.kernels.notice",
        "auxtheory.machine",
        "auxtheory.validation.notes",
        "auxtheory.columns",
        "auxtheory.printing",
        "auxtheory.bounds.source",
        "auxtheory.bounds.tree",
    }
)
KEPT = "sources-1.json"
MOST_KEPT = 2000  # sources in that file; older ones are dropped


class Source(NamedTuple):
    """The digest of a source's syntax tree, and the modules that it may import."""

    tree: str
    imports: tuple[str, ...]


def cache_base() -> Path:
    """The folder of everything kept between processes: below NUMBA_CACHE_DIR if that is set,
    otherwise in the user's cache. RuntimeError if there is no home folder."""
    # The XDG specification ignores relative paths.
    desktop = os.environ.get("XDG_CACHE_HOME", "")
    base = os.environ.get("NUMBA_CACHE_DIR") or (desktop if os.path.isabs(desktop) else "~/.cache")
    return Path(base).expanduser().absolute() / PACKAGE


@cache
def fingerprint(*roots: str, without: frozenset[str] = frozenset()) -> str:
    """A digest of the trees of these modules and of all that they import, at once or lazily.

    Args:
        roots: dotted names of modules of the library; a package stands for all modules below it.
        without: modules to leave out, with what only they import, in addition to those that compute
            no number.

    Returns:
        The digest in hexadecimal digits; it depends on the names of the modules, not on the folders
        of their files.
    """
    digest = hashlib.sha256()
    for name, source in sorted(modules(*roots, without=without).items()):
        digest.update(f"{name} {source.tree}\n".encode())
    return digest.hexdigest()


def modules(*roots: str, without: frozenset[str] = frozenset()) -> dict[str, Source]:
    """The modules that `fingerprint` looks at, by their dotted names."""
    left = [name for root in roots for name in (root, *_below(root))]
    sources: dict[str, Source] = {}
    excluded = WITHOUT_NUMBERS | without
    while left:
        name = left.pop()
        path = place(name)
        if path is None or name in sources or name in excluded:
            continue
        sources[name] = source_of(path)
        left += sources[name].imports
    _keep()
    return sources


def place(name: str) -> Path | None:
    """The file of a module of the library; None if there is no such module."""
    package, *parts = name.split(".")
    if package != PACKAGE or not all(part.isidentifier() for part in parts):
        return None
    path = ROOT.joinpath(*parts)
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file() and (parts or file.name == "__init__.py"):
            return file
    return None


def _below(name: str) -> Iterator[str]:
    """The modules of a package and of its subpackages."""
    folder = ROOT.joinpath(*name.split(".")[1:])
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        yield ".".join([name, *(part for part in parts if part != "__init__")])


@cache
def source_of(path: Path) -> Source:
    """The digest and imports of a file, as it was when this process first read it."""
    raw = path.read_bytes()
    key = hashlib.sha256(raw).hexdigest()
    if key not in _known():
        _known()[key] = parsed(raw)
        _new.append(key)
    return _known()[key]


def parsed(raw: bytes) -> Source:
    """The digest and the imports of a source."""
    collecting = gc.isenabled()
    gc.disable()  # a tree has thousands of objects, which the collector would scan in vain
    try:
        tree = ast.parse(raw)
        digest = hashlib.sha256(" ".join(_words(tree)).encode(errors="backslashreplace"))
        return Source(digest.hexdigest(), tuple(sorted(set(_imports(tree)))))
    finally:
        if collecting:
            gc.enable()


def _words(node: ast.AST) -> Iterator[str]:
    """The words of a syntax tree, without positions, docstrings and empty fields (new versions of
    Python add such fields)."""
    yield type(node).__name__
    for name in node._fields:
        value = getattr(node, name, None)
        if name == "body" and _documented(node):
            value = value[1:]  # type: ignore[index]
        if value is None or value == []:
            continue
        yield name
        if isinstance(value, ast.AST):
            yield from _words(value)
        elif isinstance(value, list):
            for item in value:
                yield from _words(item) if isinstance(item, ast.AST) else (repr(item),)
            yield "]"
        else:
            yield repr(value)


DOCUMENTED = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef


def _documented(node: ast.AST) -> bool:
    """Whether the first statement is a docstring."""
    if not isinstance(node, DOCUMENTED) or not node.body:
        return False
    first = node.body[0]
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )


def _imports(node: ast.AST) -> Iterator[str]:
    """The names that a tree may import from the library, within functions too, except those that
    only types need. Some may be attributes of a module rather than modules."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for child in node.orelse:
            yield from _imports(child)
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if _ours(alias.name))
    elif isinstance(node, ast.ImportFrom) and _ours(node.module or ""):
        yield str(node.module)
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    # Arguments of import_module.
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _ours(node.value):
        yield node.value
    for part in ast.iter_child_nodes(node):
        yield from _imports(part)


def _ours(name: str) -> bool:
    return name == PACKAGE or name.startswith(f"{PACKAGE}.")


_new: list[str] = []  # sources that the file does not hold yet


@cache
def _known() -> dict[str, Source]:
    """The sources kept on disk; empty if the file cannot be read."""
    try:
        rows = json.loads((cache_base() / KEPT).read_bytes())
        return {str(key): Source(str(tree), tuple(map(str, names))) for key, tree, names in rows}
    except (OSError, RuntimeError, ValueError, TypeError):
        return {}


def _keep() -> None:
    """Store the parsed sources for other processes. A lost update, or a file that cannot be
    written, costs only time."""
    if not _new:
        return
    rows: Iterable[Any] = [[key, *source] for key, source in _known().items()]
    _new.clear()
    with suppress(OSError, RuntimeError):
        folder = cache_base()
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        with open(handle, "w", encoding="ascii") as file:
            json.dump([*rows][-MOST_KEPT:], file)
        os.replace(name, folder / KEPT)
