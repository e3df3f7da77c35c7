r"""Names, numbers, texts and tables in LaTeX that pdflatex takes: everything is ASCII.

Formulas need the packages amsmath and amssymb, tables booktabs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from auxtheory.printing import shown

SMALL = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)
CAPITALS = frozenset(
    ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"]
)
SPECIAL = {letter: rf"\{letter}" for letter in "_&%$#{}"}
# What has no meaning of its own in a formula, in text.
TEXT = SPECIAL | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
    "Ł": r"\L{}",
    "ł": r"\l{}",
    "Ø": r"\O{}",
    "ø": r"\o{}",
    "ß": r"\ss{}",
    "\xa0": "~",
}
# Signs of formulas, which stand between dollars in a text.
MATH = {
    "<": "<",
    ">": ">",
    "|": "|",
    "−": "-",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≪": r"\ll",
    "≫": r"\gg",
    "≈": r"\approx",
    "×": r"\times",
    "·": r"\cdot",
    "±": r"\pm",
    "√": r"\surd",
    "∞": r"\infty",
    "∇": r"\nabla",
    "∂": r"\partial",
    "∈": r"\in",
    "⇒": r"\Rightarrow",
    "→": r"\to",
    "←": r"\gets",
    "∘": r"\circ",
    "‖": r"\Vert",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "∗": r"\ast",
    "∎": r"\square",
    "½": r"\frac{1}{2}",
    "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}",
    "ℓ": r"\ell",
    "ℝ": r"\mathbb{R}",
}
# Signs in the comments of code.
CODE = {"≤": "<=", "≥": ">=", "≠": "!=", "−": "-", "–": "-", "×": "*", "·": "*", "√": "sqrt"}
# A Greek letter with an index, such as σ_r.
INDEXED = re.compile(r"([\u0370-\u03ff]_[A-Za-z0-9](?![A-Za-z0-9]))")
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀᵖ", [*"0123456789-+", r"\top", "p"], strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₖₜ", [*"0123456789", "k", "t"], strict=True))
ACCENTS = dict(
    zip("\u0300\u0301\u0302\u0303\u0308\u030c\u0327", [*"`'^~\"", "v", "c"], strict=True)
)


def letter(glyph: str) -> str:
    r"""One letter in a formula: a Latin letter unchanged, a Greek one by its command, such as
    \sigma."""
    name = _greek(glyph)
    if name:
        return rf"\{name}"
    if glyph.isascii() and glyph.isalnum():
        return glyph
    return MATH.get(glyph, rf"\text{{{escaped(glyph)}}}")


def word(text: str) -> str:
    r"""Several letters upright in a formula: \mathrm{max}."""
    if text.isascii() and not set(text) & set('\\^~"`|<>'):
        return rf"\mathrm{{{''.join(SPECIAL.get(each, each) for each in text)}}}"
    return rf"\text{{{escaped(text)}}}"


def symbol(name: str) -> str:
    r"""A name in code in a formula: sigma_h as \sigma_{h}, x_prev as x_{\mathrm{prev}}."""
    base, _, index = name.partition("_")
    digits = base.rstrip("0123456789")
    if digits and digits != base and not index:
        base, index = digits, base[len(digits) :]
    if base in SMALL | CAPITALS:
        head = rf"\{base}"
    else:
        head = letter(base) if len(base) == 1 else word(base)
    if not index:
        return head
    plain = len(index) == 1 or index.isdecimal()
    return f"{head}_{{{letter(index) if len(index) == 1 else index if plain else word(index)}}}"


def _greek(glyph: str) -> str:
    """The command of a Greek letter; empty for any other character."""
    words = unicodedata.name(glyph, "").split() if len(glyph) == 1 else []
    if words[:1] != ["GREEK"] or "LETTER" not in words or len(words) != 4:
        return ""
    name = words[-1].lower().replace("lamda", "lambda")
    if words[1] == "CAPITAL":
        return name.capitalize() if name.capitalize() in CAPITALS else ""
    return name if name in SMALL else ""


def escaped(text: str) -> str:
    r"""A text as LaTeX that prints it: 50 % as 50 \%, σ² as $\sigma^{2}$."""
    composed = unicodedata.normalize("NFC", " ".join(text.split(" ")))
    found = ""
    for in_formula, run in groupby(_pieces(composed), key=lambda piece: piece[0] != "text"):
        if in_formula:
            found += f"${_formula(list(run))}$"
        else:
            found += "".join(_in_text(each) for _, each in run)
    return found


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The characters of a text, each with its kind; a symbol such as σ_r in one piece."""
    for part in INDEXED.split(text):
        if INDEXED.fullmatch(part) and _greek(part[0]):
            yield "symbol", part
        else:
            yield from ((_kind(each), each) for each in part)


def _kind(each: str) -> str:
    """Whether a character belongs to a text, or to a formula, there raised, lowered or neither."""
    if each in RAISED:
        return "raised"
    if each in LOWERED:
        return "lowered"
    return "formula" if each in MATH or _greek(each) else "text"


def _formula(pieces: Sequence[tuple[str, str]]) -> str:
    found: list[str] = []
    for kind, run in groupby(pieces, key=lambda piece: piece[0]):
        letters = [each for _, each in run]
        if kind == "symbol":
            indexed = (each.partition("_") for each in letters)
            found.append(" ".join(f"{letter(base)}_{{{index}}}" for base, _, index in indexed))
        elif kind == "formula":
            found.append(" ".join(letter(each) if _greek(each) else MATH[each] for each in letters))
        else:
            table, sign = (RAISED, "^") if kind == "raised" else (LOWERED, "_")
            found.append(f"{sign}{{{''.join(table[each] for each in letters)}}}")
    return "".join(found)


def _in_text(each: str) -> str:
    """One character of a text; one that has no ASCII letter is a question mark."""
    if each in TEXT:
        return TEXT[each]
    if each.isascii():
        return each
    parts = unicodedata.normalize("NFD", each)
    base, mark = parts[0], parts[1:]
    if base.isascii() and mark in ACCENTS:
        return rf"\{ACCENTS[mark]}{{{base}}}"
    plain = unicodedata.normalize("NFKD", each).encode("ascii", "ignore").decode()
    return "".join(TEXT.get(letter, letter) for letter in plain) or "?"


def ascii_code(source: str) -> str:
    """The source of a function in ASCII, for a verbatim environment: Greek letters by their
    names."""
    lines = source.replace("\t", "    ").replace(r"\end{verbatim}", "(end of verbatim)")
    spelt = (each if each.isascii() else _greek(each) or _ascii(each) for each in lines)
    return "".join(spelt)


def _ascii(each: str) -> str:
    if each in CODE:
        return CODE[each]
    return unicodedata.normalize("NFKD", each).encode("ascii", "ignore").decode() or "?"


def number(value: float, digits: int = 4) -> str:
    r"""A number in a text: 0.25, or $1.2 \times 10^{-3}$ if it is below 0.01 or has many digits."""
    if np.isnan(value):
        return "--"
    if np.isinf(value):
        return r"$\infty$" if value > 0 else r"$-\infty$"
    text = f"{value:.{digits}g}"
    if value and ("e" in text or abs(value) < 0.01):
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        factor = {"1": "", "-1": "-"}.get(mantissa, rf"{mantissa} \times ")
        return f"${factor}10^{{{int(exponent)}}}$"
    return f"${text}$" if text.startswith("-") else text


def cell(value: Any, digits: int = 4) -> str:
    """A value of a table."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return number(value, digits)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"${value}$" if value < 0 else str(value)
    return escaped(shown(value))


def heading(name: str) -> str:
    """The name of a column: a symbol such as sigma_h or F0 as a formula, anything else as a
    text."""
    base = name.partition("_")[0].rstrip("0123456789")
    is_symbol = bool(re.fullmatch(r"[A-Za-z]\w*", name)) and (len(base) == 1 or base in SMALL)
    return f"${symbol(name)}$" if is_symbol else escaped(name)


class Column(NamedTuple):
    """A column of a table: its heading and cells as LaTeX code, and whether it is aligned to the
    right."""

    heading: str
    cells: Sequence[str]
    right: bool

    @property
    def padded(self) -> list[str]:
        """Heading and cells, all of one width."""
        texts = [self.heading, *self.cells]
        width = max(map(len, texts))
        return [text.rjust(width) if self.right else text.ljust(width) for text in texts]


def booktabs(columns: Sequence[Column], *, caption: str = "", label: str = "") -> str:
    r"""Columns as a tabular with the rules of booktabs; with a caption or a label in a table
    environment.

    Args:
        columns: The columns.
        caption: The caption, in LaTeX.
        label: The name for \ref.

    Returns:
        The code.
    """
    alignment = "".join("r" if column.right else "l" for column in columns)
    head, *rows = (
        " & ".join(row) + r" \\" for row in zip(*(c.padded for c in columns), strict=True)
    )
    lines = [rf"\begin{{tabular}}{{{alignment}}}", r"  \toprule", f"  {head}", r"  \midrule"]
    lines += [*(f"  {row}" for row in rows), r"  \bottomrule", r"\end{tabular}"]
    if not caption and not label:
        return "\n".join(lines)
    return "\n".join([r"\begin{table}", *_float(caption, label, lines), r"\end{table}"])


def _float(caption: str, label: str, lines: Sequence[str]) -> Iterator[str]:
    yield r"  \centering"
    if caption:
        yield rf"  \caption{{{caption}}}"
    if label:
        yield rf"  \label{{{label}}}"
    yield from (f"  {line}" for line in lines)
