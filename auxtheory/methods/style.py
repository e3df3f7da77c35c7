"""How formulas of a method are written, in Unicode or in LaTeX."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from auxtheory.latex import symbol

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Style:
    """How formulas are written.

    Args:
        latex: whether in LaTeX; otherwise in Unicode.
    """

    latex: bool

    def name(self, text: str) -> str:
        """A variable or a parameter: Greek letters by their names, an index after the first _."""
        if self.latex:
            return symbol(text)
        base, _, index = text.partition("_")
        digits = base.rstrip("0123456789")
        if digits and digits != base and not index:
            base, index = digits, base[len(digits) :]
        letter = greek(base)
        if index.isdecimal():
            return letter + index.translate(SUBSCRIPTS)
        return f"{letter}_{index}" if index else letter

    def call(self, function: str, argument: str) -> str:
        """A function of an argument."""
        return rf"{function}\left({argument}\right)" if self.latex else f"{function}({argument})"

    def group(self, text: str) -> str:
        """A part in parentheses."""
        return rf"\left({text}\right)" if self.latex else f"({text})"

    def fraction(self, above: str, below: str) -> str:
        """A quotient; in Unicode the parts come in parentheses where needed."""
        return rf"\frac{{{above}}}{{{below}}}" if self.latex else f"{above}/{below}"

    def number(self, value: float) -> str:
        """A number in at most six digits."""
        text = f"{value:.6g}"
        mantissa, _, exponent = text.partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent and self.latex else text

    def __getitem__(self, key: str) -> str:
        return WORDS[key][self.latex]


WORDS: Mapping[str, tuple[str, str]] = {
    "minus": ("−", "-"),
    "gradient": ("∇", r"\nabla "),
    "sample": ("ξ", r"\xi"),
    "arrow": ("←", r"\gets"),
    "times": (" ", r"\,"),
    "infinity": ("∞", r"\infty"),
}


def greek(name: str) -> str:
    """The Greek letter of this name; the name itself if there is none."""
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return name
