"""HTML markup: formulas as MathML from their structure, and escaped text with recognisable indices
and exponents.

In text, an index follows a single letter (or a bracket) and is one letter, digits, a word (of a
Latin letter one of `WORDS`), or stands in braces; letters after the index of a symbol of the
glossary are factors if they are symbols too (σ_rT is σ_r times T). An exponent is one letter, a
number, or stands in braces or brackets. Everything else, such as step_range, n_samples, sigma_f and
y_kT, stays as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.tree import Node, Relation, Sum
from auxtheory.bounds.typeset import mathml

if TYPE_CHECKING:
    from markupsafe import Markup

PAPER = re.compile(r"\barXiv (\d{4}\.\d{4,5})\b")
LITERAL = re.compile(r"(`[^`]*`|\S*://\S*)")  # code and addresses
GLYPHS = frozenset(quantity.glyph for quantity in GLOSSARY.values())
LETTERS = frozenset(glyph[0] for glyph in GLYPHS)
# One letter, or two capitals: KS_t.
BEFORE = re.compile(r"(?<![.\\A-Za-z0-9_À-ɏ])[0-9]*(?:[A-Za-z]|[A-Z]{2})$")
WORDS = frozenset({"prev", "next", "min", "max", "best", "opt", "star", "avg", "init"})
RUN = re.compile(r"[A-Za-z0-9]+")
RAISED = re.compile(r"[−-]?\d+(?:\.\d+)?|[A-Za-zα-ωΑ-Ω*]")
FRACTION = re.compile(r"\(([−-]?\d+(?:/\d+)?)\)")
CLOSING = ")]}‖|'∇"


def formula(node: Node) -> Markup:
    """A formula as MathML with one element per term, so that a line can break before +, − and ≤."""
    from markupsafe import Markup, escape

    html = ""
    for sign, minus, term in _pieces(node):
        inner = f'<math displaystyle="true">{"<mo>−</mo>" if minus else ""}{mathml(term)}</math>'
        html += (
            f' <span class="term">{escape(sign)} {inner}</span>'
            if sign
            else f'<span class="term">{inner}</span>'
        )
    return Markup(html)


def _pieces(node: Node) -> Iterator[tuple[str, bool, Node]]:
    """The terms of a formula: the sign before each, whether it begins with a minus, and the
    term."""
    if isinstance(node, Relation):
        yield from _pieces(node.left)
        (_, minus, first), *rest = _pieces(node.right)
        yield node.sign, minus, first
        yield from rest
    elif isinstance(node, Sum):
        (minus, first), *others = node.terms
        yield "", minus, first
        yield from (("−" if less else "+", False, term) for less, term in others)
    else:
        yield "", False, node


def mathematics(text: str) -> Markup:
    """A text with letters of formulas in it: σ_h with a lowered h, (1−a)^{t} with a raised t."""
    from markupsafe import Markup, escape

    parts = LITERAL.split(text)
    return Markup(
        "".join(str(escape(part)) if i % 2 else _set(part) for i, part in enumerate(parts))
    )


def prose(text: str) -> Markup:
    """A paragraph of a docstring: as `mathematics`, and arXiv numbers are links."""
    from markupsafe import Markup

    link = r'<a href="https://arxiv.org/abs/\1" rel="noreferrer">arXiv \1</a>'
    return Markup(PAPER.sub(link, str(mathematics(text))))


def _set(text: str) -> str:
    """The text escaped, with indices lowered and exponents raised."""
    from markupsafe import escape

    html = ""
    start = 0
    i = 1
    while i < len(text):
        inner = ""
        length = 0
        if text[i] in "_^":
            inner, length = _index(text, i) if text[i] == "_" else _exponent(text, i)
        if length:
            tag = "sub" if text[i] == "_" else "sup"
            html += f"{escape(text[start:i])}<{tag}>{_set(inner)}</{tag}>"
            start = i + length
        i += length or 1
    return html + str(escape(text[start:]))


def _index(text: str, i: int) -> tuple[str, int]:
    """The index that begins with the `_` at i, and its length including the `_`; 0 if there is no
    index."""
    base = text[i - 1]
    after = text[i + 1 :]
    if not (_greek(base) or base in CLOSING or BEFORE.search(text[max(i - 40, 0) : i])):
        return "", 0
    if after.startswith("{"):
        return _bracketed(after, "{}", 1)
    letters = RUN.match(after)
    word = letters[0] if letters else after[:1] if _greek(after[:1]) else ""
    if after[len(word) : len(word) + 1] == "_":
        return "", 0
    if len(word) > 1 and f"{base}_{word[0]}" in GLYPHS and set(word[1:]) <= LETTERS:
        word = word[0]
    whole = len(word) == 1 or word.isdecimal() or word in WORDS
    whole = whole or (_greek(base) and len(word) > 2 and word.isalpha() and word.islower())
    return (word, len(word) + 1) if whole else ("", 0)


def _exponent(text: str, i: int) -> tuple[str, int]:
    """The exponent that begins with the `^` at i, and its length including the `^`; 0 if there is
    no exponent."""
    base = text[i - 1]
    after = text[i + 1 :]
    if not (base.isalnum() or base in CLOSING):
        return "", 0
    number = FRACTION.match(after)
    if number:
        return number[1], len(number[0]) + 1
    if after.startswith(("{", "(")):
        return _bracketed(after, "{}", 1) if after[0] == "{" else _bracketed(after, "()", 0)
    raised = RAISED.match(after)
    if not raised:
        return "", 0
    following = after[len(raised[0]) :]
    unclear = re.match(r"[A-Za-z0-9^]", following) or (
        raised[0][-1].isdecimal() and re.match(r"/\d", following)
    )
    return ("", 0) if unclear else (raised[0], len(raised[0]) + 1)


def _bracketed(text: str, pair: str, without: int) -> tuple[str, int]:
    """The contents of the brackets at the beginning of the text (with the brackets, unless
    `without`), and the length including a sign before them; 0 if they do not close."""
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == pair[0]) - (letter == pair[1])
        if not depth:
            return (text[without : i + 1 - without], i + 2) if i > 1 else ("", 0)
    return "", 0


def _greek(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("GREEK") if len(letter) == 1 else False
