"""The directive `{theorem} S3`: the statement of a theorem of the library, from its class."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from auxtheory.theorems import LIBRARY, Theorem
from auxtheory.theorems.definition import label_and_name
from auxtheory.theorems.statement import Display, Part, Text, statement

# The width of a line of a formula, in digits: so that most formulas fit on a phone.
ROOM = 30.0


def inline(text: str) -> list[nodes.Node]:
    """A sentence with formulas between dollars."""
    pieces = re.split(r"\$([^$]*)\$", text)
    return [
        nodes.math(piece, piece) if i % 2 else nodes.Text(piece)
        for i, piece in enumerate(pieces)
        if piece
    ]


def node_of(part: Part) -> nodes.Node:
    if isinstance(part, Text):
        return nodes.paragraph(part.text, "", *inline(part.text))
    if isinstance(part, Display):
        attributes = {"nowrap": False, "no-wrap": False, "number": None, "label": None}
        return nodes.math_block(part.formula, part.formula, **attributes)
    return nodes.literal_block(part.code, part.code, language="python")


class OfTheorem(SphinxDirective):
    """A directive with the label of a theorem; its content is what a reader of the plain page sees
    in its place, a command."""

    required_arguments = 1
    has_content = True
    command: str

    def theorem(self) -> Theorem:
        """The theorem with this label; an error unless the content is its command."""
        label = self.arguments[0]
        kinds = {kind.label: kind for kind in LIBRARY}
        if label not in kinds:
            raise self.error(f"{label!r} is not a label of a theorem: {', '.join(kinds)}")
        command = self.command.format(label)
        if [line for line in self.content if line.strip()] != [command]:
            raise self.error(f"the content must be: {command}")
        # What is shown changes without this page.
        self.env.note_reread()
        return kinds[label]()


class TheoremDirective(OfTheorem):
    """`{theorem} LABEL`: the statement, made from the class."""

    command = "auxtheory show {} --latex"

    def run(self) -> list[nodes.Node]:
        theorem = self.theorem()
        title = f"Theorem {label_and_name(theorem)}"
        box = nodes.container(classes=["theorem"])
        box += nodes.paragraph("", "", nodes.strong("", title))
        box += [node_of(part) for part in statement(theorem, ROOM)]
        return [box]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("theorem", TheoremDirective)
    return {"parallel_read_safe": True}
