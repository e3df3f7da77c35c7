"""The value of a formula as it is set: MathML and LaTeX read back, with a number for each
symbol."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

# A letter and its index, as they stand on the page, and the name under which a bound looks its
# value up.
NAMES = {
    "L": "L",
    "μ": "mu",
    "δ": "delta",
    "β": "beta",
    "ζ": "zeta",
    "σ_f": "sigma_f",
    "σ_h": "sigma_h",
    "σ_r": "sigma_r",
    "F_0": "F0",
    "η": "eta",
    "a": "a",
    "K": "K",
    "T": "T",
    "B": "B",
    "λ_K": "lambda_K",
    "σ_max": "sigma_max",
    "rate": "rate",
    "x_12": "x12",
    "π": "pi",
    "e": "e",
}
SIGNS = {
    "−": "-",
    "×": "*",
    "·": "*",
    "\N{INVISIBLE TIMES}": "*",
    "\N{FUNCTION APPLICATION}": "",
    "∞": "inf",
    "≤": "<=",
    "≠": "=",
    "{": "(",
    "}": ")",
    "": "",
}
FUNCTIONS = {"exp": math.exp, "log": math.log, "min": min, "max": max}
NAMESPACE = {"inf": math.inf, **FUNCTIONS}
SIDES = r"<=|\\le\b|\\ne\b|<|="
GREEK = {
    r"\mu": "μ",
    r"\delta": "δ",
    r"\beta": "β",
    r"\zeta": "ζ",
    r"\sigma": "σ",
    r"\eta": "η",
    r"\lambda": "λ",
    r"\pi": "π",
}


def value(markup: str, values: Mapping[str, float]) -> list[float]:
    """The value of a formula's markup, of each of its sides if it is a relation; brackets are those
    that are seen."""
    code = _code(ElementTree.fromstring(f"<all>{markup}</all>"), values)
    return [float(eval(side, NAMESPACE)) for side in re.split(SIDES, code)]


def _code(element: ElementTree.Element, values: Mapping[str, float]) -> str:
    if element.tag in ("msub", "msubsup"):
        raised = "".join(f"**({_code(child, values)})" for child in element[2:])
        return _number(f"{element[0].text}_{element[1].text}", values) + raised
    parts = [_code(child, values) + _text(child.tail) for child in element]
    match element.tag:
        case "mi":
            if element.text in FUNCTIONS:
                return str(element.text)
            return "inf" if element.text == "∞" else _number(element.text or "", values)
        case "mn" | "mo":
            return _text(element.text)
        case "msup":
            return f"{parts[0]}**({parts[1]})"
        case "mfrac":
            return f"(({parts[0]})/({parts[1]}))"
        case "msqrt":
            return f"({''.join(parts)})**0.5"
        case "all" | "math" | "mrow" | "span":
            return _text(element.text) + "".join(parts)
    raise AssertionError(f"no element of a formula: {element.tag}")


def _number(glyph: str, values: Mapping[str, float]) -> str:
    return f"({float(values[NAMES[glyph]])!r})"


def _text(text: str | None) -> str:
    stripped = html.unescape((text or "").strip())
    return SIGNS.get(stripped, stripped)


def latex_value(text: str, values: Mapping[str, float]) -> list[float]:
    """The value of LaTeX, of each side."""
    return [float(eval(_latex(side, values), NAMESPACE)) for side in re.split(SIDES, text)]


def _latex(text: str, values: Mapping[str, float]) -> str:
    """As Python, with a * wherever two factors stand side by side."""
    found = ""
    operand = False
    for piece, opens, closes in _pieces(text, values):
        found += ("*" if operand and opens else "") + piece
        operand = closes
    return found


def _pieces(text: str, values: Mapping[str, float]) -> Iterator[tuple[str, bool, bool]]:
    """The pieces, and for each whether it may begin and end a factor."""
    i = 0
    while i < len(text):
        match = re.compile(r"\\left\\?[({]|\\right\\?[)}]|\\mathrm|\\[a-z]+|\d+\.?\d*|.").match(
            text, i
        )
        assert match is not None
        word = match[0]
        i = match.end()
        if word == " ":
            continue
        if word.startswith((r"\left", r"\right")):
            yield SIGNS.get(word[-1], word[-1]), word.startswith(r"\left"), word[-1] in ")}"
        elif word[1:] in FUNCTIONS:
            yield word[1:], True, False
        elif word in (r"\frac", r"\sqrt", "^"):
            inner, i = _braces(text, i)
            if word == r"\frac":
                below, i = _braces(text, i)
                yield f"(({_latex(inner, values)})/({_latex(below, values)}))", True, True
            else:
                power = f"({_latex(inner, values)})"
                yield (
                    (f"{power}**0.5", True, True)
                    if word == r"\sqrt"
                    else (f"**{power}", False, True)
                )
        elif word == r"\mathrm" or word in GREEK or word.isalpha():
            base, i = _braces(text, i) if word == r"\mathrm" else (GREEK.get(word, word), i)
            if text[i : i + 1] == "_":
                index, i = _braces(text, i + 1)
                base += "_" + index.removeprefix(r"\mathrm{").removesuffix("}")
            yield _number(base, values), True, True
        else:
            number = word[0].isdecimal()
            yield (
                {r"\times": "*", r"\infty": "inf"}.get(word, word),
                number or word == r"\infty",
                number,
            )


def _braces(text: str, i: int) -> tuple[str, int]:
    """What stands in the braces that open at i, and where they end."""
    depth = 0
    for j in range(i, len(text)):
        depth += (text[j] == "{") - (text[j] == "}")
        if not depth:
            return text[i + 1 : j], j + 1
    raise AssertionError(f"no closing brace: {text[i:]}")
