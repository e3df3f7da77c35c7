"""Links of pages: those of the Markdown files as they stand in the repository, and the checks of the
built site."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from built_site import complaints
from prose import DOCS, FENCE, ROOT

LINK = re.compile(r"\]\(([^()\s]+)\)")
# Fenced blocks, code spans and formulas have no links.
CODE = re.compile(rf"{FENCE.pattern}|`[^`\n]+`|\$[^$\n]+\$", re.MULTILINE | re.DOTALL)
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(path for path in DOCS.rglob("*.md") if "_generated" not in path.parts),
]


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a Markdown page, as repositories and MyST make them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ +(.*?) *$", text, re.MULTILINE)
    plain = [re.sub(r"`|\[([^\]]*)\]\([^)]*\)", r"\1", title).strip().lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(page: Path) -> None:
    """Otherwise a reader, in the repository or on the site, is sent to what is not there."""
    wrong = []
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        parts = urlsplit(link)
        if parts.scheme:
            if parts.scheme not in ("http", "https", "mailto") or not (parts.netloc or parts.path):
                wrong.append(link)
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        known = not parts.fragment or target.suffix != ".md" or parts.fragment in anchors(target)
        if not target.exists() or not known:
            wrong.append(link)
    assert not wrong


def test_the_checks_of_a_site_see_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<html><head><script src="https://cdn.example.org/x.js"></script>\n'
        '<link rel="canonical" href="https://example.org/a.html">\n'
        '<link rel="stylesheet" href="_static/a.css"></head><body id="top">\n'
        '<a href="b.html#there">b</a><a href="b.html#not">b</a><a href="c.html">c</a>\n'
        '<a href="#top">a</a><a href="#">a</a><img src="missing.png">\n'
        '<a href="https://arxiv.org/abs/2206.00395">p</a><a href="http:/x">x</a>\n'
        '<a href="../outside.html">o</a></body></html>'
    )
    (tmp_path / "b.html").write_text('<h1 id="there">b</h1>')
    (tmp_path.parent / "outside.html").write_text("")
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "a.css").write_text("")
    assert list(complaints(tmp_path)) == [
        "a.html:4: there is no anchor b.html#not",
        "a.html:4: there is no c.html",
        "a.html:6: http:/x is not an address",
        "a.html:7: there is no ../outside.html",
        "a.html:1: loads https://cdn.example.org/x.js from the network",
        "a.html:5: there is no missing.png",
    ]
