"""The scripts of the tutorial and the gallery: the build of the site runs them; here is what it does
not see."""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from layers import ROOT
from matplotlib.figure import Figure

from auxtheory import analysis

DOCS = ROOT / "docs"
SCRIPTS = sorted(DOCS.glob("*/plot_*.py"))
# Figures that are drawn from no study.
FURTHER = (
    "bench",
    "cheapest",
    "costs",
    "couplings",
    "delta_prediction",
    "experiment",
    "thresholds",
    "similarity",
    "toy",
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_compiles_and_shows_its_figures(script: Path) -> None:
    """Otherwise a notebook made of it stops, or shows no figure: each figure is the last expression
    of a block."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "sphinx-gallery takes the title from the docstring"
    ends = {
        statement.value.id
        for statement in tree.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name)
    }
    functions = {name.replace("-", "_") for name in analysis.FIGURES}
    functions |= {*FURTHER, "over_axis", "Figure"}
    drawn = {
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") in functions
    }
    assert drawn <= ends
    assert drawn or script.parent.name != "gallery"


def test_the_gallery_draws_every_figure() -> None:
    names = {path.stem.removeprefix("plot_") for path in SCRIPTS if path.parent.name == "gallery"}
    drawn = [name.replace("-", "_") for name in (*analysis.FIGURES, *analysis.CATALOGUE)]
    assert {*drawn, *FURTHER} <= names


@cache
def scraper() -> ModuleType:
    pytest.importorskip("sphinx_gallery", reason="pip install '.[docs]'")
    path = DOCS / "_ext" / "figure_scraper.py"
    spec = importlib.util.spec_from_file_location("figure_scraper", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Paths:
    """sphinx-gallery's iterator over paths of images."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def next(self) -> str:
        self.count += 1
        return str(self.folder / f"image_{self.count:03}.png")


def drawn() -> Figure:
    figure = Figure(figsize=(2, 1))
    figure.subplots().set(xlabel="similarity $δ$", ylabel='a "gap" < 1')
    return figure


def test_a_figure_is_saved_once_under_the_name_that_it_got(tmp_path: Path) -> None:
    """Otherwise a page shows a figure twice, or lacks it: by name, as last expression, again."""
    names: dict[str, Any] = {"first": drawn(), "number": 1}
    block_vars = {"image_path_iterator": Paths(tmp_path), "example_globals": names}
    settings = {"src_dir": str(tmp_path)}
    scrape = scraper().FigureScraper()
    shown = scrape(None, block_vars, settings)
    assert shown.count("image-sg::") == 1
    names |= {"___": names["first"], "again": names["first"], "_private": drawn()}
    assert scrape(None, block_vars, settings) == ""
    names |= {"___": drawn(), "first": drawn()}
    assert scrape(None, block_vars, settings).count("image-sg::") == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"image_{i:03}{end}.png" for i in (1, 2, 3) for end in ("", "_2_00x")
    ]


def test_a_figure_has_two_sizes_and_a_text_in_its_place(tmp_path: Path) -> None:
    """Otherwise it is blurred on a phone, and nothing to a screen reader."""
    block_vars = {"image_path_iterator": Paths(tmp_path), "example_globals": {"one": drawn()}}
    shown = scraper().FigureScraper()(None, block_vars, {"src_dir": str(tmp_path)})
    assert re.search(r":srcset: \S*image_001\.png, \S*image_001_2_00x\.png 2\.00x", shown)
    assert ":alt: a &quot;gap&quot; &lt; 1 over similarity δ\n" in shown
    sizes = [
        tuple(
            int.from_bytes((tmp_path / f"image_001{end}.png").read_bytes()[i : i + 4])
            for i in (16, 20)
        )
        for end in ("", "_2_00x")
    ]
    assert sizes == [(200, 100), (400, 200)]
