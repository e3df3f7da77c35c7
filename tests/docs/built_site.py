"""Checks the site as it was built: `python tests/docs/built_site.py build/site`.

Every internal link leads to a page and an anchor, every image is there, external links are well
formed (nothing is looked up), pages load nothing from a network, no page is an orphan, and the
inventory has every public name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a page loads, by tag.
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
# Links that are read, not loaded.
READ = {"canonical", "license", "author", "help", "search", "next", "prev", "index", "alternate"}
VOID = ("javascript:", "data:", "mailto:")


@dataclass
class Page(HTMLParser):
    """The anchors of a page, and what it links to and loads, each with its line."""

    path: Path
    anchors: set[str] = field(default_factory=set)
    links: list[tuple[int, str]] = field(default_factory=list)
    loads: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        line = self.getpos()[0]
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and "href" in found:
            self.links.append((line, found["href"]))
        elif tag in LOADED and found.get(LOADED[tag]):
            read = READ & set(found.get("rel", "").split())
            (self.links if read else self.loads).append((line, found[LOADED[tag]]))


def complaints(site: Path) -> Iterator[str]:
    """Everything that is wrong with the links of a site."""
    site = site.resolve()

    @cache
    def page(path: Path) -> Page:
        return Page(path)

    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site)
        # Templates of the theme.
        if name.parts[0] == "_static":
            continue
        one = page(path)
        for line, target in (*one.links, *one.loads):
            loaded = (line, target) in one.loads
            if target.startswith(VOID) or target in ("", "#"):
                continue
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                if loaded:
                    yield f"{name}:{line}: loads {target} from the network"
                elif parts.scheme not in ("http", "https") or "." not in parts.netloc:
                    yield f"{name}:{line}: {target} is not an address"
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if file.is_dir():
                file /= "index.html"
            if not file.is_relative_to(site) or not file.is_file():
                yield f"{name}:{line}: there is no {target}"
            elif parts.fragment and file.suffix == ".html":
                anchors = page(file).anchors
                if unquote(parts.fragment) not in anchors and parts.fragment not in anchors:
                    yield f"{name}:{line}: there is no anchor {target}"


def unlisted(site: Path) -> Iterator[str]:
    """Public names without an entry in the inventory, which other sites link by."""
    from sphinx.util.inventory import InventoryFile

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "_ext"))
    from public_names import public

    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    entries = {name for kind in inventory.data.values() for name in kind}
    for module, names in public().items():
        for name in names:
            if f"{module}.{name}" not in entries:
                yield f"the reference has no entry for {module}.{name}"


def main(site: Path) -> int:
    """Print what is wrong, and the size of the site."""
    found = [*complaints(site), *unlisted(site)]
    print("\n".join(found))
    pages = len(list(site.rglob("*.html")))
    size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    print(f"{pages} pages, {size / 1e6:.1f} MB, {len(found)} complaints")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
