"""The page on the architecture shows the floors that the code has."""

from __future__ import annotations

import re

from layers import FLOORS, ROOT

PAGE = ROOT / "docs" / "explanation" / "architecture.md"


def test_the_picture_shows_every_floor() -> None:
    """Otherwise a reader looks for a folder that is not there, or misses one."""
    page = PAGE.read_text(encoding="utf-8")
    lines = re.findall(r"^(\d)  (\S+(?: · \S+)*)  +\S", page, re.MULTILINE)
    shown = {int(rank): tuple(names.split(" · ")) for rank, names in lines}
    assert shown == dict(enumerate(FLOORS, start=1))
