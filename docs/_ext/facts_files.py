"""Files: the keys of study files, and the formats that the library reads and writes."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import fields
from importlib.resources import files
from typing import Any

from markdown_text import arguments, code, escaped, fenced, first_paragraph, table

import auxtheory as at
from auxtheory.bounds.glossary import GLOSSARY, ONE
from auxtheory.cli.options import OTHERS
from auxtheory.data import contents
from auxtheory.study.grid import REAL, WHOLE
from auxtheory.study.results.dataset import MEANINGS
from auxtheory.study.results.export import FORMATS
from auxtheory.study.storage.database import FORMAT, TABLES
from auxtheory.study.toml import StudyFile, sections
from auxtheory.study.toml.axes import AXES
from auxtheory.study.toml.reader import TOP

KINDS = {
    ".csv": "text, a row for each cell",
    ".parquet": "Parquet, a row for each cell",
    ".nc": "NetCDF 4, dimensions are theorem and each axis of several values",
    ".zarr": "Zarr (format 2), a folder; dimensions as in NetCDF",
}


def keys(meanings: dict[str, str], names: Any) -> str:
    rows = [(code(name), escaped(meanings.get(name, ""))) for name in names]
    return table(("key", "meaning"), rows)


def study_file_top() -> str:
    return keys(arguments(StudyFile), TOP)


def study_file_targets() -> str:
    parts = []
    for name, family in sections.FAMILIES.items():
        parts.append(f'`family = "{name}"`: {escaped(first_paragraph(family))}\n')
        parts.append(keys(arguments(family), family.arguments()))
    return "\n".join(parts)


def study_file_helpers() -> str:
    parts = []
    for name, family in sections.FAMILIES.items():
        names = [
            n for n in inspect.signature(family.with_helper).parameters if n not in ("self", *AXES)
        ]
        if names:
            parts.append(f'With `family = "{name}"`:\n')
            parts.append(keys(arguments(family.with_helper), names))
    return "\n".join(parts)


def study_file_noise() -> str:
    parts = []
    for name, law in sections.LAWS.items():
        parts.append(f'`law = "{name}"`: {escaped(first_paragraph(law))}\n')
        parts.append(keys(arguments(law), [field.name for field in fields(law)]))
    return "\n".join(parts)


def _limits(limits: dict[str, Any]) -> str:
    low = "(0" if limits.get("above") else f"[{limits.get('low', 0.0):g}"
    high = f"{limits['high']:g}]" if "high" in limits else "∞)"
    return f"{low}, {high}"


def study_file_axes() -> str:
    rows = []
    for name in AXES:
        if name in GLOSSARY:
            quantity = GLOSSARY[name]
            unit = "" if quantity.unit == ONE else str(quantity.unit)
            meaning = f"{quantity.glyph}, {quantity.meaning}"
        else:
            unit, meaning = "", OTHERS[name][0] if name in OTHERS else MEANINGS.get(name, "")
        if name in WHOLE:
            limits = WHOLE[name]
            text = f"whole numbers from {limits.get('low', 1)}"
            text += f" to {limits['high']:,}" if "high" in limits else ""
            text += " or `inf`" if limits.get("infinite") else ""
        else:
            text = escaped(_limits(dict(REAL[name])))
        rows.append((code(name), escaped(meaning), unit, text))
    return table(("key", "meaning", "unit", "values"), rows)


def study_file_examples() -> str:
    folder = files("auxtheory.study.toml") / "examples"
    parts = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        parts.append(f"`{file.name}`:\n")
        parts.append(fenced(file.read_text(encoding="utf-8"), "toml"))
    return "\n".join(parts)


def study_schema() -> str:
    text = ";\n".join(re.sub(r"IF NOT EXISTS ", "", statement) for statement in TABLES)
    wrapped = re.sub(r"(, |\()(?=[a-z]+ (TEXT|INTEGER|BLOB))", r"\1\n    ", text)
    return f"The entry `format` of `meta` is `{FORMAT}`.\n\n" + fenced(wrapped + ";", "sql")


def study_columns() -> str:
    return table(
        ("column", "meaning"), [(code(name), escaped(text)) for name, text in MEANINGS.items()]
    )


def export_formats() -> str:
    rows = [
        (code(suffix), KINDS[suffix], code(package) if package else "")
        for suffix, (package, _) in FORMATS.items()
    ]
    return table(("suffix", "what it is", "needs"), rows)


def counterexample() -> str:
    """The JSON of a small case, with long texts cut."""
    case = at.testing.Configuration(
        at.theorems.SGD(),
        at.Quadratic(L=1.0, dim=2).with_helper(),
        at.Gaussian(sigma_f=1.0),
        at.Steps(eta=0.5, K=1, T=10),
    )
    content = json.loads(case.to_json())
    content["found"]["provenance"] = {"…": "…"}
    return fenced(json.dumps(content, indent=2, ensure_ascii=False), "json")


def data_formats() -> str:
    return escaped(first_paragraph(contents)) + "\n"
