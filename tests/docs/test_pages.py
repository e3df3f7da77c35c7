"""Every page of the documentation does what it shows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import running_pages

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [
    DOCS / "index.md",
    *sorted(path for path in DOCS.glob("*/**/*.md") if not path.parents[0].name.startswith("_")),
]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, the current one, from which a page imports the files that it writes;
    another page may write files of the same names."""
    (folder := tmp_path / "empty").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    for name in ("mine", "test_mine", "test_bound"):
        monkeypatch.delitem(sys.modules, name, raising=False)  # of another test
    yield folder
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(folder)):
            del sys.modules[name]


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_code_of_a_page_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    """Otherwise a reader who copies it gets an error, or something else than is shown."""
    (sources := tmp_path / "sources").mkdir()
    running_pages.run_page(page, sources)
