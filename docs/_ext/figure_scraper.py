"""A scraper for sphinx-gallery: it saves the matplotlib figures that a script makes without
pyplot."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

# The value of a block's last expression, as sphinx-gallery names it.
LAST = "___"
DPI = 100
# Screens of phones and many laptops have twice as many pixels.
SCALE = 2


class FigureScraper:
    """Saves every `Figure` that a code block leaves as its last expression or assigns to a new
    name, as PNG at one and two pixels a point of the screen."""

    def __call__(self, block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
        """Save the figures that are new since the last block; the rST that shows them."""
        saved: list[Figure] = block_vars.setdefault("saved_figures", [])
        shown = []
        for figure in figures(block_vars["example_globals"]):
            if any(figure is known for known in saved):
                continue
            saved.append(figure)
            shown.append(self._saved(figure, block_vars, gallery_conf))
        return "".join(shown)

    def __repr__(self) -> str:
        # Sphinx compares settings by their text, to decide whether pages are up to date.
        return f"{type(self).__name__}()"

    def _saved(
        self, figure: Figure, block_vars: dict[str, Any], gallery_conf: dict[str, Any]
    ) -> str:
        path = Path(block_vars["image_path_iterator"].next())
        sharp = path.with_name(f"{path.stem}_{SCALE}_00x{path.suffix}")
        figure.savefig(path, dpi=DPI)
        figure.savefig(sharp, dpi=DPI * SCALE)
        return figure_rst(
            [path],
            gallery_conf["src_dir"],
            alternative(figure),
            srcsetpaths=[{0: path, float(SCALE): sharp}],
        )


def figures(names: dict[str, Any]) -> list[Figure]:
    """The figures among the values of a script's names, each once."""
    found: list[Figure] = []
    for name, value in names.items():
        public = not name.startswith("_") or name == LAST
        if public and isinstance(value, Figure) and not any(value is other for other in found):
            found.append(value)
    return found


def alternative(figure: Figure) -> str:
    """The text that replaces the figure where it cannot be seen: its title and its axes."""
    label = str(figure.get_label()) or (figure.get_suptitle() if figure.get_suptitle() else "")
    parts = [label] if label else []
    for axes in figure.axes:
        x, y = axes.get_xlabel(), axes.get_ylabel()
        parts += [f"{axes.get_title()}: {y} over {x}".removeprefix(": ")] if x and y else []
    text = "; ".join(dict.fromkeys(parts)) or "Figure"
    # Mathematical type as plain text; sphinx-gallery copies the text into HTML as it stands.
    return html.escape(re.sub(r"[${}\\]", "", " ".join(text.split())))
