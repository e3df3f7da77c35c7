"""Building the page: the templates filled with the results of a study."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from auxtheory.analysis.page.base import Results, View, text
from auxtheory.analysis.page.cards import cards
from auxtheory.analysis.page.cells import cells
from auxtheory.analysis.page.commands import commands_of
from auxtheory.analysis.page.comparisons import comparisons_of
from auxtheory.analysis.page.markup import formula, mathematics, prose
from auxtheory.analysis.page.packed import packed
from auxtheory.analysis.page.summary import constant, failures, headline, sentence, tightness
from auxtheory.analysis.selection import glyph

if TYPE_CHECKING:
    from jinja2 import Environment


def build(results: Results, *, name: str) -> str:
    """Build the page of a study.

    The same results give the same text, bit for bit. The page loads nothing from elsewhere.

    Args:
        results: the results of a study.
        name: the name of the study's file, as the printed commands use it.

    Returns:
        The HTML text.

    Raises:
        ImportError: jinja2 is not installed.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.analysis import page
        >>> target = at.Quadratic(L=1.0, mu=0.5, dim=4)
        >>> theorems = [at.theorems.AuxMOM()]
        >>> study = at.Study(theorems, target, at.Gaussian(), delta=0.05, K=4, T=[10, 100])
        >>> page.build(study.run(), name="my.study").startswith("<!DOCTYPE html>")
        True
    """
    environment = _environment()
    from matplotlib import style

    with style.context("default"):  # independent of the caller's settings
        return _filled(environment, results, name)


def _filled(environment: Environment, results: Results, name: str) -> str:
    from markupsafe import Markup

    from auxtheory.analysis.page.svg import element

    view = View(results)
    whole = tightness(view, view.all)
    commands = commands_of(results, name, whole.worst[0] if whole.worst else 0)
    outcome, words = headline(whole.counts)
    table = cells(view)
    theorem_cards = cards(view, spread=table.left_out > 0)
    every = packed(view) if table.left_out else ""
    script = (_file("whole.js") if every else "") + _file("script.js")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return environment.get_template("page.html.jinja").render(
        results=results,
        name=name,
        commands=commands,
        outcome=outcome,
        headline=words,
        sentence=sentence(whole),
        whole=whole,
        cards=theorem_cards,
        comparisons=[
            (drawing, Markup(element(drawing, f"comparison-{i}")))
            for i, drawing in enumerate(comparisons_of(view), start=1)
        ],
        constant=constant(view),
        cells=table,
        packed=every,
        drawings={
            card.number: [
                (drawing, Markup(element(drawing, f"figure-{card.number}-{i}")))
                for i, drawing in enumerate(card.figures, start=1)
            ]
            for card in theorem_cards
        },
        failures=failures(view),
        style=Markup(_file("style.css")),
        script=Markup(script),
        digest=digest,
    )


def _environment() -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError as error:
        raise ImportError("the page needs jinja2: pip install 'jinja2>=3.1'") from error
    environment = Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "text": text,
        "glyph": glyph,
        "mathematics": mathematics,
        "prose": prose,
        "formula": formula,
    }
    return environment


def _file(name: str) -> str:
    return (files("auxtheory.analysis.page") / name).read_text(encoding="utf-8")
