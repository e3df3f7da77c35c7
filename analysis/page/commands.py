"""The commands that a page prints, which work as printed, or Python code where no command
exists."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auxtheory.analysis.page.base import Results
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.errors import AuxtheoryError
from auxtheory.study.commands import typed
from auxtheory.study.design import Design
from auxtheory.study.rerun import defined
from auxtheory.validation.function_source import Written
from auxtheory.validation.scripts import head


@dataclass(frozen=True, kw_only=True)
class Commands:
    """The printed commands. cell: the parts before and after the cell's number; example: a command
    with the number of a cell; note: what the commands need, or empty; before: lines that must
    precede the definition."""

    cell: tuple[str, str]
    example: str
    resume: str
    export: str
    report: str
    note: str
    before: str


def commands_of(results: Results, name: str, number: int = 0) -> Commands:
    """The commands for the results in the file of this name; number: of the cell that they show."""
    file = typed(name)
    modules_used, missing = _parts(results, name)
    modules = sorted({source["name"].rpartition(".")[0] for source in modules_used})
    where = "".join(f" --theorem {typed(text)}" for text in _outside(modules_used))
    cell = (f"auxtheory study cell {file} ", where)
    resume = f"auxtheory study resume {file}{where}"
    note = ""
    if missing:
        cell = (f"print(study.cell({name!r}, ", "))")
        resume = f"study.run({name!r})"
        note = (
            f"The file does not hold {' or '.join(missing)}: a cell runs again only in Python, "
            "after your own "
            "script has defined `study` as below."
        )
    elif modules_used:
        names = ", ".join(source["text"] for source in modules_used)
        note = (
            f"To run cells, {names} must be in or below the folder of {name} or the working "
            "folder, or be given by --theorem FILE.py:NAME."
        )
    return Commands(
        cell=cell,
        example=str(number).join(cell),
        resume=resume,
        export=f"auxtheory study export {file} rows.csv",
        report=f"auxtheory report {file}",
        note=note,
        before=_before(results.definition, modules),
    )


def _outside(modules_used: Iterable[Mapping[str, str]]) -> list[str]:
    """FILE.py:NAME of the parts that are in no file below the folder of the study, relative to
    that folder."""
    return [
        f"{source['file']}:{source['text'].rpartition(':')[2]}"
        for source in modules_used
        if source.get("file", "").startswith("../")
    ]


def _before(definition: str, modules: Iterable[str]) -> str:
    """The imports and symbols that the definition needs."""
    try:
        used = {node.id for node in ast.walk(ast.parse(definition)) if isinstance(node, ast.Name)}
    # The definition shows parts that only the user's script can make.
    except (SyntaxError, ValueError, RecursionError):
        used = set()
    lines = ["import auxtheory as at", *(["import numpy as np"] if "np" in used else [])]
    lines += [f"import {module}" for module in modules]
    symbols = used & set(GLOSSARY)
    return "\n".join(
        [
            *lines,
            "",
            *(line for line in head(Written(symbols=symbols))),
            *([""] if symbols else []),
            "",
        ]
    )


def _parts(results: Results, name: str) -> tuple[list[dict[str, str]], list[str]]:
    """The parts of a study that are in a user's modules, and those missing from its file; nothing
    is imported."""
    attributes = results.dataset.attrs
    if "missing" in attributes:
        return json.loads(attributes["own"]), json.loads(attributes["missing"])
    try:  # a file of an older version, which does not state it
        defined(results.definition, attributes.get("identity"), name, Design)
    except AuxtheoryError:
        return [], ["all of the study, such as functions or classes of a script"]
    return [], []
