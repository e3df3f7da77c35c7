"""The directive that prints a theorem on a page of the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("myst_parser")

import small_site

PAGE = "# A page\n\n```{theorem} %s\nauxtheory show %s --latex\n```\n"


def built(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    return small_site.built(text, folder, monkeypatch, "sphinx.ext.mathjax", "theorem")


def test_a_page_has_the_statement_of_the_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, warnings = built(PAGE % ("S3", "S3"), tmp_path, monkeypatch)
    assert not warnings
    assert "Theorem S3 AuxMOM" in page and r"m \gets g_r\left(x; B\text{ samples}\right)" in page
    assert r"\frac{2 \delta^{2} \eta^{2} K^{2}}{a^{2}} \le 1, \qquad a \le 1" in page
    assert len(re.findall(r"G \\le", page)) == 3
    assert "Source: arXiv 2206.00395, theorem on AuxMOM; constants derived here." in page


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAGE % ("S9", "S9"), "'S9' is not a label of a theorem: S0, S1"),
        (PAGE % ("S3", "S4"), "the content must be: auxtheory show S3 --latex"),
    ],
)
def test_a_wrong_use_is_a_warning(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert message in built(text, tmp_path, monkeypatch)[1]
