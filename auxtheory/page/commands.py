"""The commands that a page prints, each of which works as it is printed, or the Python where no command can do it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from auxtheory.errors import AuxtheoryError
from auxtheory.page.base import Results
from auxtheory.study.again import defined
from auxtheory.study.commands import typed


@dataclass(frozen=True, kw_only=True)
class Commands:
    """cell: before and after the cell's number; note: what they need, or nothing; imports: lines of the definition."""

    cell: tuple[str, str]
    resume: str
    export: str
    report: str
    note: str
    imports: str


def commands_of(results: Results, name: str) -> Commands:
    """The commands for the results in the file of this name."""
    file = typed(name)
    own, missing = _parts(results, name)
    modules = sorted({source["name"].rpartition(".")[0] for source in own})
    cell, resume, note = (f"auxtheory study cell {file} ", ""), f"auxtheory study resume {file}", ""
    if missing:
        cell, resume = (f"print(study.cell({name!r}, ", "))"), f"study.run({name!r})"
        note = (f"The file does not hold {' or '.join(missing)}: a cell runs again only in Python, where your own "
                "script has made the study of the definition below, as study.")  # fmt: skip
    elif own:
        names = ", ".join(source["text"] for source in own)
        note = (f"To run cells, {names} must be in or below the folder of {name} or the present one, or be said: "
                "--theorem FILE.py:NAME.")  # fmt: skip
    return Commands(
        cell=cell, resume=resume, export=f"auxtheory study export {file} rows.csv", report=f"auxtheory report {file}",
        note=note, imports="".join(f"import {module}\n" for module in modules) + ("\n" if modules else ""),
    )  # fmt: skip


def _parts(results: Results, name: str) -> tuple[list[dict[str, str]], list[str]]:
    """What the study has of a user's own modules, and what its file does not hold; nothing of it is imported."""
    attributes = results.dataset.attrs
    if "missing" in attributes:
        return json.loads(attributes["own"]), json.loads(attributes["missing"])
    try:  # a file that was written before files said it
        defined(results.definition, attributes.get("identity"), name)
    except AuxtheoryError:
        return [], ["all of the study, such as functions or classes of a script"]
    return [], []
