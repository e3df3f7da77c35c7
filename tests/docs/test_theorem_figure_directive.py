"""The directive that draws a theorem's example on a page of the site."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("myst_parser")
pytest.importorskip("sphinx_gallery")

import small_site

PAGE = "# A page\n\n```{theorem-figure} %s\nauxtheory plot theorem %s\n```\n"


def built(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    return small_site.built(text, folder, monkeypatch, "theorem_figure")


def test_a_page_shows_the_figure_which_is_drawn_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image has a text for readers who cannot see it, and is drawn again only if its class or
    what runs it has changed."""
    page, warnings = built(PAGE % ("S0", "S0"), tmp_path, monkeypatch)
    assert not warnings
    assert 'alt="S0 SGD: largest measured/bound 0.' in page and 'src="_images/s0.svg"' in page
    assert (tmp_path / "html" / "_images" / "s0.svg").stat().st_size > 1000
    made = tmp_path / "source" / "_generated" / "theorems" / "s0.svg"
    made.write_text("<svg/>", encoding="utf-8")
    built(PAGE % ("S0", "S0"), tmp_path, monkeypatch)
    assert made.read_text(encoding="utf-8") == "<svg/>"
    made.with_suffix(".digest").write_text("of another class", encoding="utf-8")
    built(PAGE % ("S0", "S0"), tmp_path, monkeypatch)
    assert made.stat().st_size > 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAGE % ("S9", "S9"), "'S9' is not a label of a theorem: S0, S1"),
        (PAGE % ("S0", "S1"), "the content must be: auxtheory plot theorem S0"),
    ],
)
def test_a_wrong_use_is_a_warning(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert message in built(text, tmp_path, monkeypatch)[1]
