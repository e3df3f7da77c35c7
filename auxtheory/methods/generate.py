"""Python functions made of a program's nodes, in files that compilers can cache."""

from __future__ import annotations

import hashlib
import linecache
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from auxtheory.fingerprint import GENERATED, cache_base
from auxtheory.methods.expression import SIGNS, Node, ordered

# The modules of generated functions: with a file that a compiler's cache can rely on, or without.
SAVED, UNSAVED = GENERATED, "auxtheory_unsaved"
COMPARISONS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}
FUNCTIONS = {"absolute": "abs"}


def function_of(
    name: str, arguments: Sequence[str], outputs: Sequence[Node], leaves: Mapping[Node, str]
) -> Callable[..., Any]:
    """The function that computes these nodes, for numbers of any type and for arrays.

    Args:
        name: the name of the function.
        arguments: the names of its arguments, in order.
        outputs: the nodes to return; a single one is returned by itself.
        leaves: the nodes that are arguments, by their names.

    Returns:
        A plain function; equal sources give the same one.
    """
    return compiled_source(name, source_of(name, arguments, outputs, leaves))


def source_of(
    name: str, arguments: Sequence[str], outputs: Sequence[Node], leaves: Mapping[Node, str]
) -> str:
    """The source of `function_of`: one line for each value that is used twice."""
    nodes = ordered(tuple(outputs))
    uses = dict.fromkeys(nodes, 0)
    reached = _reached(outputs, leaves)
    for node in reached:
        for arg in () if node in leaves else node.args:
            uses[arg] += 1
    for node in outputs:
        uses[node] += 1
    texts: dict[Node, str] = {}
    lines: list[str] = []
    for node in (node for node in nodes if node in reached):
        if node in leaves:
            texts[node] = leaves[node]
            continue
        text = expression(node, [texts[arg] for arg in node.args])
        if uses[node] > 1 and node.op != "constant":
            variable = f"v{len(lines)}"
            lines.append(f"    {variable} = {text}")
            text = variable
        texts[node] = text
    returned = ", ".join(texts[node] for node in outputs)
    body = "\n".join([*lines, f"    return {returned}"])
    return f"def {name}({', '.join(arguments)}):\n{body}\n"


def _reached(outputs: Sequence[Node], leaves: Mapping[Node, str]) -> dict[Node, None]:
    """The nodes from which the outputs are computed, down to the leaves."""
    reached: dict[Node, None] = {}
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node not in reached:
            reached[node] = None
            stack.extend(() if node in leaves else node.args)
    return reached


def expression(node: Node, args: Sequence[str]) -> str:
    """One operation as Python source, in parentheses."""
    op = node.op
    if op == "constant":
        value = node.data
        if isinstance(value, np.ndarray):
            raise ValueError("a constant for each coordinate has no source")
        whole = float(value).is_integer() and abs(value) < 2**53
        return repr(int(value)) if whole else repr(value)
    if op in SIGNS:
        return f"({args[0]} {SIGNS[op]} {args[1]})"
    if op in COMPARISONS:
        return f"({args[0]} {COMPARISONS[op]} {args[1]})"
    if op == "negative":
        return f"(-{args[0]})"
    if op == "where":
        return f"np.where({', '.join(args)})"
    return f"{FUNCTIONS.get(op, f'np.{op}')}({', '.join(args)})"


@cache
def compiled_source(name: str, source: str) -> Callable[..., Any]:
    """The function of this name that the source defines."""
    path = _saved(source)
    # Numba loads what it has kept only for functions of a module that exists.
    sys.modules.setdefault(SAVED, ModuleType(SAVED))
    namespace: dict[str, Any] = {"np": np, "__name__": UNSAVED if path is None else SAVED}
    file = (
        f"<{name} {hashlib.sha256(source.encode()).hexdigest()[:16]}>"
        if path is None
        else str(path)
    )
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


def _saved(source: str) -> Path | None:
    """The file with this source in the cache folder; None if it cannot be written."""
    with suppress(OSError, RuntimeError):
        folder = cache_base() / "generated"
        path = folder / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.py"
        if not path.is_file() or path.read_text() != source:
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=folder)
            with open(handle, "w") as file:
                file.write(source)
            os.replace(name, path)
        return path
    return None
