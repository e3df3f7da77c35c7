"""The tags, ids and references of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"meta", "br", "input", "link", "img", "hr"}


class Page(HTMLParser):
    """What a page consists of; `wrong` lists where tags do not match or a referred id is
    missing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        self.wrong += [f"{tag} is left open" for tag in self.open]
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        self.wrong += [f"id {name} twice" for name in {name for name in ids if ids.count(name) > 1}]
        self.wrong += [f"no id {name}" for name in self.references() if name not in ids]

    def references(self) -> Iterator[str]:
        for _, attributes in self.tags:
            for key in ("for", "aria-labelledby", "aria-describedby"):
                yield from (attributes.get(key) or "").split()
            if (attributes.get("href") or "").startswith("#"):
                yield str(attributes["href"])[1:]
            yield from (
                name
                for value in attributes.values()
                for name in re.findall(r"url\(#([^)]+)\)", value or "")
            )

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th", "tr"):
            self.imply("td", "th", *(["tr"] if tag == "tr" else []))
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("tr", "tbody", "thead", "table"):
            self.imply("td", "th", *(["tr"] if tag != "tr" else []))
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()} closes {self.open[-1:]}")
        else:
            self.open.pop()

    def imply(self, *tags: str) -> None:
        """Close what HTML lets one leave open."""
        while self.open[-1] in tags:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
