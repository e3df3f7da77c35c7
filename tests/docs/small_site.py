"""A site of one page, built with some of the extensions."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

EXTENSIONS = Path(__file__).resolve().parents[2] / "docs" / "_ext"


def built(
    text: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *extensions: str
) -> tuple[str, str]:
    """The page in HTML, and the warnings."""
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    (source := folder / "source").mkdir(exist_ok=True)
    (source / "index.md").write_text(text, encoding="utf-8")
    warnings = io.StringIO()
    # Other sites that this process has built registered their nodes and directives.
    with docutils_namespace():
        app = Sphinx(
            source,
            None,
            folder / "html",
            folder / "doctrees",
            "html",
            confoverrides={"extensions": ["myst_parser", *extensions], "html_theme": "basic"},
            status=None,
            warning=warnings,
        )
        app.build()
    return (folder / "html" / "index.html").read_text(encoding="utf-8"), warnings.getvalue()
