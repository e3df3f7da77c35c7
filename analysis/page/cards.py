"""The part of the page for one theorem: statement, assumptions, formulas, tightness, slopes and
figures."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from auxtheory.analysis.page.base import Results, among, ratios, text
from auxtheory.analysis.page.figures import Drawing, Line, figures_of, slopes_of
from auxtheory.analysis.page.formulas import Formulas, formulas_of
from auxtheory.analysis.page.summary import Tightness, tightness
from auxtheory.analysis.selection import glyph
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.units import unit_of
from auxtheory.measures.words import words
from auxtheory.table import Row

MAX_TERMS = 8  # the most terms of the bound, as named in the column of the largest term


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph of a docstring: running text as one line, a formula as its lines."""

    formula: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term of the bound: on how many cells it is the largest, and measured/bound there."""

    formula: str
    cells: int
    median: str
    largest: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """The part of the page for one theorem.

    `theorem` is its description in the study, `formulas` the structure of its formulas by text.
    """

    number: int
    theorem: Mapping[str, Any]
    formulas: Formulas
    measured: str
    statement: tuple[Block, ...]
    proof: tuple[Block, ...]
    constants: tuple[tuple[str, str, str], ...]
    tightness: Tightness
    terms: tuple[Term, ...]
    slopes: Sequence[Line]
    figures: Sequence[Drawing]


def cards(results: Results, axes: Mapping[str, Mapping[Any, str]]) -> list[Card]:
    """A card for each theorem of the study."""
    theorems = results.theorems
    known = formulas_of(theorems, results.definition)
    return [
        _card(results, theorem, known[theorem["name"]], axes, i)
        for i, theorem in enumerate(theorems, start=1)
    ]


def _card(
    results: Results,
    theorem: Mapping[str, Any],
    formulas: Formulas,
    axes: Mapping[str, Mapping[Any, str]],
    number: int,
) -> Card:
    rows = [row for row in results if row["theorem"] == theorem["name"]]
    statement, proof = parsed(theorem["statement"])
    return Card(
        number=number,
        theorem=theorem,
        formulas=formulas,
        measured=_measured(theorem),
        statement=statement,
        proof=proof,
        constants=tuple(_constants(rows)),
        tightness=tightness(rows, axes),
        terms=_terms(rows),
        slopes=slopes_of(results, theorem["name"]),
        figures=figures_of(results, theorem["name"]),
    )


def _measured(theorem: Mapping[str, Any]) -> str:
    """The measure of a theorem in words with its unit, which older files do not hold."""
    named = words(theorem["measure"])
    unit = named.unit if named.unit or "unit" not in theorem else unit_of(theorem["unit"])
    text = replace(named, unit=unit).label
    return text if named.text != theorem["measure"] else f"the measure {text}"


def parsed(docstring: str) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The paragraphs before "Proof.", and those from there on."""
    blocks = [
        _block(part) for part in re.split(r"\n\s*\n", inspect.cleandoc(docstring)) if part.strip()
    ]
    starts = (i for i, block in enumerate(blocks) if block.lines[0].startswith("Proof"))
    first = next(starts, len(blocks))
    return tuple(blocks[:first]), tuple(blocks[first:])


def _block(paragraph: str) -> Block:
    lines = paragraph.splitlines()
    if all(line.startswith(" ") for line in lines):
        return Block(formula=True, lines=tuple(inspect.cleandoc("\n" + paragraph).splitlines()))
    return Block(formula=False, lines=(" ".join(line.strip() for line in lines),))


def _constants(rows: Sequence[Row]) -> Iterable[tuple[str, str, str]]:
    """Letter, meaning and range of each constant, with its value for the theorem's method, and of
    the steps."""
    for key in GLOSSARY:
        column = key if key in ("eta", "a") else f"known_{key}"
        span = among(rows, column)
        if span != "–":
            yield glyph(key), GLOSSARY[key].meaning, span


def _terms(rows: Sequence[Row]) -> tuple[Term, ...]:
    """The terms that are the largest in some cell, the most frequent first."""
    largest_terms = [(ratio, row["dominant"]) for ratio, row in ratios(rows) if row.get("dominant")]
    counts = Counter(formula for _, formula in largest_terms).most_common(MAX_TERMS)
    ratios_of = {
        formula: [ratio for ratio, term in largest_terms if term == formula]
        for formula, _ in counts
    }
    return tuple(
        Term(
            formula=formula,
            cells=count,
            median=text(median(ratios_of[formula])),
            largest=text(max(ratios_of[formula])),
        )
        for formula, count in counts
    )
