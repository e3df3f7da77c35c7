"""The figures of a script of the gallery: every matplotlib `Figure` that a block leaves as a
variable, as a PNG."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst


class FigureScraper:
    """A scraper for figures that are made without pyplot; each is shown once."""

    def __init__(self) -> None:
        self.shown: set[int] = set()

    def __repr__(self) -> str:
        return "FigureScraper()"

    def __call__(
        self, block: tuple[Any, ...], block_vars: dict[str, Any], gallery_conf: dict[str, Any]
    ) -> str:
        paths = []
        for value in list(block_vars["example_globals"].values()):
            if isinstance(value, Figure) and id(value) not in self.shown:
                self.shown.add(id(value))
                path = str(next(block_vars["image_path_iterator"]))
                value.savefig(path, dpi=150)
                paths.append(path)
        return str(figure_rst(paths, gallery_conf["src_dir"]))
