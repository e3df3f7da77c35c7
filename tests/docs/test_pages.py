"""Every page of the documentation does what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
import running_pages

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [
    DOCS / "index.md",
    *sorted(path for path in DOCS.glob("*/**/*.md") if not path.parents[0].name.startswith("_")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_code_of_a_page_prints_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a reader who copies it gets an error, or something else than is shown."""
    (empty := tmp_path / "empty").mkdir()
    (sources := tmp_path / "sources").mkdir()
    monkeypatch.chdir(empty)
    running_pages.run_page(page, sources)
