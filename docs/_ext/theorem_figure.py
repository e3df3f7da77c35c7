"""The directive `{theorem-figure} S3`: what a theorem's example measures, and its bounds."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import Any

from docutils import nodes
from figure_scraper import alternative
from theorem import OfTheorem

from auxtheory.analysis import theorem as figure_of
from auxtheory.analysis.style import save
from auxtheory.fingerprint import fingerprint
from auxtheory.theorems import Theorem

# In the sources, next to what the galleries generate; Sphinx copies the images of pages from there.
FOLDER = Path("_generated", "theorems")
# What draws and what computes, besides the class itself.
CODE = ("auxtheory.analysis.figures.theorem", "auxtheory.engines")


def digest(theorem: Theorem) -> str:
    """What the figure depends on: the class with the classes that it derives from, and the code
    that runs and draws it."""
    bases = [kind for kind in type(theorem).__mro__ if kind is not object]
    files = sorted({inspect.getfile(kind) for kind in bases if kind.__module__ != "abc"})
    text = [Path(file).read_text(encoding="utf-8") for file in files]
    return hashlib.sha256("\0".join([*text, fingerprint(*CODE)]).encode()).hexdigest()


def drawn(theorem: Theorem, folder: Path) -> tuple[Path, str]:
    """The file of a theorem's figure, and its text for readers who cannot see it; drawn unless it
    is there already."""
    stem = folder / theorem.label.lower()
    image, text, stamp = (stem.with_suffix(end) for end in (".svg", ".txt", ".digest"))
    key = digest(theorem)
    if not (image.is_file() and text.is_file() and stamp.is_file()) or stamp.read_text() != key:
        folder.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        figure = figure_of(theorem)
        save(figure, stem, ("svg",))
        text.write_text(alternative(figure), encoding="utf-8")
        stamp.write_text(key)
    return image, text.read_text(encoding="utf-8")


class TheoremFigureDirective(OfTheorem):
    """`{theorem-figure} LABEL`: the figure of the theorem's example."""

    command = "auxtheory plot theorem {}"

    def run(self) -> list[nodes.Node]:
        image, text = drawn(self.theorem(), Path(self.env.srcdir) / FOLDER)
        return [nodes.image(uri=f"/{FOLDER.as_posix()}/{image.name}", alt=text)]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("theorem-figure", TheoremFigureDirective)
    return {"parallel_read_safe": True}
