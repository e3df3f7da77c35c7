"""The page of a study works in a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from browser import LOOK, chromium, dom, driven, framed
from page_cases import (
    HOSTILE,
    STUDY,
    named,
)
from page_structure import Page

from auxtheory.analysis import page
from auxtheory.study.description import definition


@pytest.fixture(scope="module")
def long() -> str:
    return page.build(
        named("a name of words and of more than fifty-four letters, all told", 177 * "n"),
        name="a.study",
    )


@chromium
def test_the_page_as_it_is_has_no_error(plain: str, tmp_path: Path) -> None:
    """Its own policy lets its script run: the filters have appeared, and rows are in pieces."""
    after, console = dom(plain, tmp_path)
    assert not console
    forms = Page(after).all("form")
    assert "hidden" not in forms[0] and "216 of 216 cells, the first 200 shown." in after


@chromium
def test_filters_and_sorting_work(mixed: str, tmp_path: Path) -> None:
    script = (
        LOOK
        + """
    const out = {shown: rows().length};
    choose("theorem", "SGD"); out.theorem = [...new Set(values("theorem"))]; out.count = id("count").textContent;
    choose("K", "10"); out.both = [rows().length, ...new Set(values("K"))]; out.hash = location.hash;
    press("measured"); out.up = values("measured").map(Number); out.sort = head("measured").ariaSort;
    press("measured"); out.down = values("measured").map(Number); out.hash2 = location.hash;
    out.other = head("bound").ariaSort; out.message = id("count").getAttribute("aria-live");
    choose("theorem", ""); choose("K", ""); press("ratio");
    id("more").click(); out.all = rows().length; out.ends = [values("ratio")[0], ...values("ratio").slice(-4)];
    out.more = id("more").offsetHeight;
    choose("status", "failed"); out.failed = rows().map((row) => row.at(-1));
    id("cells-table").tBodies[0].querySelector("button").click(); out.command = id("command").textContent;
    document.querySelector("form button").click();
    setTimeout(() => { out.reset = rows().length; out.hash3 = location.hash; out.said = id("copied").textContent;
                       seen(out); }, 300);
    """
    )
    out = driven(mixed, script, tmp_path)
    assert out["shown"] == 200 and out["theorem"] == ["SGD"] and out["count"] == "108 of 216 cells."
    assert (
        out["both"] == [54, "10"]
        and out["hash"] == "#theorem=SGD&K=10"
        and out["message"] == "polite"
    )
    assert out["up"] == sorted(out["up"]) and out["sort"] == "ascending"
    assert (
        out["down"] == sorted(out["up"], reverse=True)
        and out["hash2"] == "#theorem=SGD&K=10&sort=-measured"
    )
    assert out["other"] == "none" and out["all"] == 216 and out["more"] == 0
    assert float(out["ends"][0]) < 0.2 and out["ends"][1:] == ["∞", "–", "–", "–"]
    assert out["failed"] == [f"ValueError: {HOSTILE}"]
    assert out["command"] == 'auxtheory study cell "my study.study" 4' and out["said"]
    assert out["reset"] == 200 and out["hash3"] == ""


@chromium
def test_a_name_with_two_blanks_is_found(tmp_path: Path) -> None:
    """And where a cell runs again in Python, the whole line is copied."""
    blanks = replace(named("two  blanks", "one"), definition="at.Study([mine])")
    out = driven(
        page.build(blanks, name="my.study"),
        LOOK
        + """
    id("filter-theorem").selectedIndex = 1;
    id("filter-theorem").dispatchEvent(new Event("change", {bubbles: true}));
    id("cells-table").tBodies[0].querySelector("button").click();
    seen([id("count").textContent, ...new Set(values("theorem")), id("command").textContent]);
    """,
        tmp_path,
    )
    line = "print(study.cell('my.study', 2))"
    assert out == ["3 of 6 cells.", "two  blanks", line]


@chromium
def test_a_filtered_view_can_be_linked(mixed: str, tmp_path: Path) -> None:
    out = driven(
        mixed,
        LOOK
        + """
    const out = [[...new Set(values("T"))], [...new Set(values("theorem"))], values("ratio").map(Number)];
    location.hash = "#theorem=none&T=100";
    const later = () => [[...new Set(values("theorem"))], id("filter-theorem").selectedIndex];
    setTimeout(() => seen([...out, ...later()]), 300);
    """,
        tmp_path,
        "#theorem=SGD&T=1000&sort=-ratio&nonsense=1",
    )
    T, theorem, ratios, both, unknown = out
    assert T == ["1000"] and theorem == ["SGD"] and ratios == sorted(ratios, reverse=True)
    assert sorted(both) == ["AuxMOM", "SGD"] and unknown == 0


@chromium
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_no_page_scrolls_sideways(mixed: str, tmp_path: Path, width: int) -> None:
    out = framed(mixed, width, tmp_path)
    assert out["width"] == out["needed"] == width
    assert len(out["svgs"]) == 12 and all(w >= 300 and h >= 200 for w, h in out["svgs"])
    assert out["form"] > 0
    if width < 500:
        assert out["table"][1] > out["table"][0], "the table scrolls in its own box"


@chromium
@pytest.mark.parametrize("what", ["mixed", "long"])
def test_print_fits_the_paper(mixed: str, long: str, tmp_path: Path, what: str) -> None:
    """18 cm between the margins, whatever the names and the definition; no control is printed."""
    assert max(map(len, definition(STUDY).splitlines())) > 400
    text = {"mixed": mixed, "long": long}[what]
    out = framed(text.replace("@media print", "@media all"), 680, tmp_path)
    assert out["needed"] == 680 and out["form"] == 0
    assert out["table"][0] == out["table"][1]


@chromium
def test_long_names_fit_a_telephone(long: str, tmp_path: Path) -> None:
    out = framed(long, 360, tmp_path)
    assert out["needed"] == 360 and out["form"] > 0


@chromium
def test_it_can_be_read_without_scripts(mixed: str, tmp_path: Path) -> None:
    """All rows are there, and no control that would do nothing."""
    text = re.sub(r"<script>.*?</script>", "", mixed, flags=re.DOTALL)
    out = framed(text, 390, tmp_path, 'sandbox="allow-same-origin"')
    assert (
        out["rows"] == 216
        and out["form"] == 0
        and out["buttons"] == 0
        and out["width"] == out["needed"]
    )
