"""Formulas as MathML and as LaTeX, from the same structure as their plain text."""

from __future__ import annotations

import html
from fractions import Fraction

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
    Root,
    Sum,
)
from auxtheory.latex import letter, word

SUBSCRIPT = "₀₁₂₃₄₅₆₇₈₉"
TIMES = "<mo>&#x2062;</mo>"  # invisible; read by screen readers
APPLY = "<mo>&#x2061;</mo>"  # invisible, between a function and its arguments
SIGNS = {"≤": r"\le", "≥": r"\ge", "≠": r"\ne"}


def split(glyph: str) -> tuple[str, str]:
    """A symbol's letter and its index: σ_h is σ with h, F₀ is F with 0, and L has none."""
    base, _, index = glyph.partition("_")
    if base and index:
        return base, index[1:-1] if index.startswith("{") and index.endswith("}") else index
    base = glyph.rstrip(SUBSCRIPT)
    digits = "".join(str(SUBSCRIPT.index(digit)) for digit in glyph[len(base) :])
    return (base, digits) if base and digits else (glyph, "")


def _inner(node: Node) -> Node:
    """The node without its group, since a formula between bars or under a root needs no
    brackets."""
    return node.body if isinstance(node, Group) else node


def _raisable(base: Node) -> Node:
    """The base of a power, in brackets unless it is a symbol."""
    inner = _inner(base)
    return inner if isinstance(inner, Letter) and split(inner.glyph)[0].isalpha() else Group(inner)


def _brackets(node: Function) -> tuple[str, str]:
    """The brackets around the arguments of a function."""
    return ("{", "}") if node.name in ("min", "max") else ("(", ")")


# -- MathML
# -----------------------------------------------------------------------------------------------


def mathml(node: Node) -> str:
    """The elements inside <math>, with all texts escaped."""
    match node:
        case Number():
            return _mathml_number(node.text)
        case Code():
            return f"<mtext>{html.escape(node.text)}</mtext>"
        case Letter():
            base, index = _mathml_letter(node)
            return f"<msub>{base}{index}</msub>" if index else base
        case Group():
            return f"<mrow><mo>(</mo>{mathml(node.body)}<mo>)</mo></mrow>"
        case Product():
            return _mathml_product(node)
        case Quotient():
            above, below = (mathml(_inner(part)) for part in (node.above, node.below))
            return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"
        case Power():
            return _mathml_power(node)
        case Root():
            return f"<msqrt>{mathml(_inner(node.body))}</msqrt>"
        case Function():
            left, right = _brackets(node)
            listed = "<mo>,</mo>".join(map(mathml, node.arguments))
            inside = f"<mo>{left}</mo>{listed}<mo>{right}</mo>"
            return f"<mrow><mi>{node.name}</mi>{APPLY}<mrow>{inside}</mrow></mrow>"
        case Sum():
            (minus, first), *rest = node.terms
            tail = (f"<mo>{'−' if less else '+'}</mo>{mathml(term)}" for less, term in rest)
            return f"<mrow>{'<mo>−</mo>' if minus else ''}{mathml(first)}{''.join(tail)}</mrow>"
    return f"<mrow>{mathml(node.left)}<mo>{html.escape(node.sign)}</mo>{mathml(node.right)}</mrow>"


def _mathml_number(text: str) -> str:
    if text == "inf":
        return "<mi>∞</mi>"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return f"<mn>{html.escape(mantissa)}</mn>"
    sign = "<mo>−</mo>" if exponent.startswith("-") else ""
    digits = html.escape(exponent.lstrip("+-").lstrip("0"))
    power = f"<msup><mn>10</mn><mrow>{sign}<mn>{digits}</mn></mrow></msup>"
    return f"<mrow><mn>{html.escape(mantissa)}</mn><mo>×</mo>{power}</mrow>"


def _mathml_letter(node: Letter) -> tuple[str, str]:
    base, index = split(node.glyph)
    kind = "mn" if index.isdecimal() else "mi"
    return (
        f"<mi>{html.escape(base)}</mi>",
        f"<{kind}>{html.escape(index)}</{kind}>" if index else "",
    )


def _mathml_product(node: Product) -> str:
    parts = [mathml(node.factors[0])]
    for before, factor in zip(node.factors, node.factors[1:], strict=False):
        parts += ["<mo>·</mo>" if _long(before) or _long(factor) else TIMES, mathml(factor)]
    return f"<mrow>{''.join(parts)}</mrow>"


def _long(node: Node) -> bool:
    """Whether a node is a function or a symbol of several letters, which would run into its
    neighbours."""
    base = node.base if isinstance(node, Power) else node
    return isinstance(base, Function) or (
        isinstance(base, Letter) and len(split(base.glyph)[0]) > 1
    )


def _mathml_power(node: Power) -> str:
    power = node.exponent
    if not isinstance(power, Fraction):
        raised = f"<mrow>{mathml(power)}</mrow>"
    elif power.denominator == 1:
        raised = f"<mn>{power}</mn>"
    else:
        raised = f"<mrow><mn>{power.numerator}</mn><mo>/</mo><mn>{power.denominator}</mn></mrow>"
    base = _raisable(node.base)
    if isinstance(base, Letter):
        letter, index = _mathml_letter(base)
        return (
            f"<msubsup>{letter}{index}{raised}</msubsup>"
            if index
            else f"<msup>{letter}{raised}</msup>"
        )
    return f"<msup>{mathml(base)}{raised}</msup>"


# -- LaTeX
# ------------------------------------------------------------------------------------------------


def latex(node: Node) -> str:
    r"""The LaTeX code between dollar signs: 2 \sqrt{\frac{F_{0} L}{T}}."""
    match node:
        case Number():
            if node.text == "inf":
                return r"\infty"
            mantissa, _, exponent = node.text.partition("e")
            return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa
        case Code():
            return word(node.text)
        case Letter():
            base, index = split(node.glyph)
            return f"{_latex_name(base)}_{{{_latex_name(index)}}}" if index else _latex_name(base)
        case Group():
            return rf"\left({latex(node.body)}\right)"
        case Product():
            return " ".join(map(latex, node.factors))
        case Quotient():
            return rf"\frac{{{latex(_inner(node.above))}}}{{{latex(_inner(node.below))}}}"
        case Power():
            power = (
                str(node.exponent) if isinstance(node.exponent, Fraction) else latex(node.exponent)
            )
            return f"{latex(_raisable(node.base))}^{{{power}}}"
        case Root():
            return rf"\sqrt{{{latex(_inner(node.body))}}}"
        case Function():
            left, right = (rf"\{end}" if end in "{}" else end for end in _brackets(node))
            listed = ", ".join(map(latex, node.arguments))
            return rf"\{node.name}\left{left}{listed}\right{right}"
        case Sum():
            (minus, first), *rest = node.terms
            tail = (f" - {latex(term)}" if less else f" + {latex(term)}" for less, term in rest)
            return ("-" if minus else "") + latex(first) + "".join(tail)
    return f"{latex(node.left)} {SIGNS.get(node.sign, node.sign)} {latex(node.right)}"


def _latex_name(text: str) -> str:
    """A letter, a number or a word."""
    return letter(text) if len(text) == 1 else text if text.isdecimal() else word(text)
