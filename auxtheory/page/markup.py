"""Plain text as markup: everything escaped, then indices lowered, exponents raised and papers linked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

# An index follows one letter (σ_h, x_prev, w_{t,s}), so that a name such as step_range stays as it is.
INDEX = re.compile(r"(?<=[^\W\d_])(?<![A-Za-z][A-Za-z])_(?:\{([^{}]*)\}|([A-Za-z0-9]+))")
EXPONENT = re.compile(r"\^\{([^{}]*)\}|\^([A-Za-z0-9]+)")
PAPER = re.compile(r"\barXiv (\d{4}\.\d{4,5})\b")


def mathematics(text: str) -> Markup:
    """A formula, or a text with letters of formulas in it: σ_h with a lowered h, (1−a)^{t} with a raised t."""
    from markupsafe import Markup, escape

    lowered = INDEX.sub(lambda found: f"<sub>{found[1] or found[2]}</sub>", str(escape(text)))
    return Markup(EXPONENT.sub(lambda found: f"<sup>{found[1] or found[2]}</sup>", lowered))


def prose(text: str) -> Markup:
    """A paragraph of a docstring: as `mathematics`, and arXiv numbers are links."""
    from markupsafe import Markup

    link = r'<a href="https://arxiv.org/abs/\1" rel="noreferrer">arXiv \1</a>'
    return Markup(PAPER.sub(link, str(mathematics(text))))
