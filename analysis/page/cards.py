"""The part of the page for one theorem: statement, assumptions, formulas, tightness, slopes and
figures."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auxtheory.analysis.page.base import Codes, View, among, coded, median, text
from auxtheory.analysis.page.figures import Drawing, Line, figures_of, slopes_of
from auxtheory.analysis.page.formulas import Formulas, formulas_of
from auxtheory.analysis.page.spread import Spread, drawing_of, spreads_of
from auxtheory.analysis.page.summary import Tightness, tightness
from auxtheory.analysis.selection import glyph
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.units import unit_of
from auxtheory.measures.words import words

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
    spreads: Sequence[Spread]


def cards(view: View, *, spread: bool) -> list[Card]:
    """A card for each theorem of the study; spread: whether it shows measured/bound over each axis,
    as the table of cells does not list all."""
    theorems = view.results.theorems
    known = formulas_of(theorems, view.results.definition)
    return [
        _card(view, theorem, known[theorem["name"]], i, spread)
        for i, theorem in enumerate(theorems, start=1)
    ]


def _card(
    view: View, theorem: Mapping[str, Any], formulas: Formulas, number: int, spread: bool
) -> Card:
    cells = view.of(theorem["name"])
    statement, proof = parsed(theorem["statement"])
    spreads = spreads_of(view, theorem["name"]) if spread else []
    over = drawing_of(spreads, theorem["name"], len(cells))
    return Card(
        number=number,
        theorem=theorem,
        formulas=formulas,
        measured=_measured(theorem),
        statement=statement,
        proof=proof,
        constants=tuple(_constants(view, cells)),
        tightness=tightness(view, cells),
        terms=_terms(view, cells),
        slopes=slopes_of(view, theorem["name"]),
        figures=[*([over] if over else []), *figures_of(view, theorem["name"])],
        spreads=spreads,
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


def _constants(view: View, cells: Codes) -> Iterable[tuple[str, str, str]]:
    """Letter, meaning and range of each constant, with its value for the theorem's method, and of
    the steps."""
    for key in GLOSSARY:
        column = key if key in ("eta", "a") else f"known_{key}"
        span = among(view.table, cells, column)
        if span != "–":
            yield glyph(key), GLOSSARY[key].meaning, span


def _terms(view: View, cells: Codes) -> tuple[Term, ...]:
    """The terms that are the largest in some cell, the most frequent first."""
    codes, formulas = coded(view.table, "dominant")
    ratios = view.ratio[cells]
    known = (codes[cells] >= 0) & ~np.isnan(ratios)
    codes, ratios = codes[cells][known], ratios[known]
    counts = np.bincount(codes, minlength=len(formulas))
    first = np.full(len(formulas), len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    frequent = np.lexsort((first, -counts))[:MAX_TERMS]
    return tuple(
        Term(
            formula=formulas[code],
            cells=int(counts[code]),
            median=text(median(ratios[codes == code])),
            largest=text(np.max(ratios[codes == code])),
        )
        for code in frequent.tolist()
        if counts[code]
    )
