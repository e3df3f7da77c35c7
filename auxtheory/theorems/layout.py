r"""Long formulas on several lines, for a column of a page."""

from __future__ import annotations

import re

from auxtheory.bounds.tree import (
    Code,
    Function,
    Group,
    Letter,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
)
from auxtheory.bounds.typeset import SIGNS, latex, split

LINE = 44.0  # width of a line, in digits


def width(node: Node) -> float:
    """About how wide a formula is, in digits."""
    match node:
        case Number():
            return len(node.text)
        case Code():
            return 1.0 * len(node.text)
        case Letter():
            base, index = split(node.glyph)
            return len(base) + 0.7 * len(index)
        case Group():
            return 1.5 + width(node.body)
        case Product():
            return sum(map(width, node.factors))
        case Quotient():
            return 0.5 + max(width(node.above), width(node.below))
        case Power():
            power = node.exponent
            raised = 0.7 * (width(power) if not hasattr(power, "numerator") else len(str(power)))
            return width(node.base) + raised
        case Root():
            return 1.5 + width(node.body)
        case Function():
            return len(node.name) + 2 + sum(1.5 + width(each) for each in node.arguments)
        case Sum():
            return sum(2.5 + width(term) for _, term in node.terms)
    return width(node.left) + 2.5 + width(node.right)


def display(left: str, sign: str, right: Node, room: float = LINE) -> str:
    """`left sign right`, a sum or a list of min and max broken where a line is full."""
    start = len(re.sub(r"\\mathbb|\\frac|\\[lr]Vert|\\(sum|inf)|[{}^_\\]", "", left)) + 1.0
    head = f"{left} {SIGNS.get(sign, sign)} "
    if isinstance(right, Sum) and start + width(right) > room:
        pieces = [
            (("-" if minus else "+" if i else ""), latex(term), width(term) + 2.5)
            for i, (minus, term) in enumerate(right.terms)
        ]
        lines = _filled(pieces, room, start)
        # An empty pair of braces keeps the space around the sign of the next line.
        texts = [" ".join(f"{mark} {text}".strip() for mark, text in line) for line in lines]
        return _aligned(rf"{head}{{}}& {texts[0]}", [rf"& {{}} {text}" for text in texts[1:]])
    if isinstance(right, Function) and len(right.arguments) > 1 and start + width(right) > room:
        pieces = [("", latex(each), width(each) + 1.5) for each in right.arguments]
        lines = _filled(pieces, room, start + len(right.name) + 1)
        texts = [r",\; ".join(text for _, text in line) for line in lines]
        texts = [f"{text}," for text in texts[:-1]] + [rf"{texts[-1]}\biggr\}}"]
        first = rf"{head}\{right.name}\biggl\{{& {texts[0]}"
        return _aligned(first, [rf"& {text}" for text in texts[1:]])
    return head + latex(right)


def relation(node: Node, room: float = LINE) -> str:
    """A condition; one whose left side is a long sum is broken there."""
    if not isinstance(node, Relation):
        return latex(node)
    if isinstance(node.left, Sum) and width(node) > room:
        turned = {"≤": r"\ge", "<": ">"}.get(node.sign, node.sign)
        return display(latex(node.right), turned, node.left, room)
    return latex(node)


def _filled(
    pieces: list[tuple[str, str, float]], room: float, start: float
) -> list[list[tuple[str, str]]]:
    lines: list[list[tuple[str, str]]] = [[]]
    used = start
    for mark, text, size in pieces:
        if lines[-1] and used + size > room:
            lines.append([])
            used = start
        lines[-1].append((mark, text))
        used += size
    return lines


def _aligned(first: str, rest: list[str]) -> str:
    if not rest:
        return first.replace("{}&", "", 1).replace("&", "", 1)
    return "\\begin{aligned}\n" + " \\\\\n".join([first, *rest]) + "\n\\end{aligned}"
