"""The page of a study: sound HTML that loads nothing and says what the study says."""

from __future__ import annotations

import html
import itertools
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from page_cases import (
    HOSTILE,
    NAN,
    NOISE,
    TARGET,
    Standin,
    every_status,
    results,
    row,
    said,
    small,
)
from page_structure import Page

from auxtheory import study
from auxtheory.analysis import page
from auxtheory.analysis.page import base, cards, cells, markup, summary
from auxtheory.cli.parser import main
from auxtheory.theorems import SGD, AuxMOM, AuxMVR, claim
from auxtheory.theorems.definition import statement_of


def test_the_structure(plain: str, mixed: str) -> None:
    for text in (plain, mixed):
        found = Page(text)
        assert not found.wrong
        assert found.all("html")[0]["lang"] == "en"
        assert any(meta.get("name") == "viewport" for meta in found.all("meta"))
        assert all(cell.get("scope") in ("col", "row") for cell in found.all("th"))
        assert len(found.all("caption")) == len(found.all("table"))
        levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        regions = [
            attributes
            for _, attributes in found.tags
            if "scroll" in (attributes.get("class") or "").split()
        ]
        named = [{"aria-labelledby", "aria-label"} & attributes.keys() for attributes in regions]
        assert (
            regions
            and all(named)
            and all(a["tabindex"] == "0" and a["role"] == "region" for a in regions)
        )


def test_wrong_structure_is_seen() -> None:
    assert (
        Page("<p><b></p></b>").wrong
        and Page("<a href='#x'></a>").wrong
        and Page("<i id=a></i><i id=a></i>").wrong
    )
    assert not Page("<table><tr><td>1<td>2<tr><th scope=row>3</table>").wrong


def test_nothing_is_loaded(mixed: str) -> None:
    """The policy forbids it, and nothing asks for it; the only addresses are links to papers."""
    found = Page(mixed)
    assert not found.all("link") and not found.all("img") and not found.all("iframe")
    attributes = [(key, str(value)) for _, own in found.tags for key, value in own.items()]
    assert not [
        key for key, _ in attributes if key.startswith("on") or key in ("src", "srcset", "action")
    ]
    assert "@import" not in mixed and not re.search(r"url\((?!#)", mixed)
    assert set(re.findall(r"https?://[^/\"<]+", mixed)) == {"https://arxiv.org"}
    assert all("href" in link for link in found.all("a"))
    (script,) = re.findall(r"<script>(.*?)</script>", mixed, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = found.all("meta")[1]["content"]
    assert policy is not None and f"'sha256-{digest}'" in policy and "default-src 'none'" in policy


def test_figures_say_what_they_show(plain: str) -> None:
    svgs = Page(plain).all("svg")
    assert len(svgs) == 12 and all(svg["role"] == "img" and svg["aria-labelledby"] for svg in svgs)
    assert plain.count("<title id=") == plain.count("<desc id=") == 12
    assert "AuxMOM over δ, at σ_f" in plain
    assert (
        plain.count("clip-path=") > 0
        and "xlink" not in plain
        and not re.search(r'd="[^"]*\.\d{4}', plain)
    )


def slopes_of(found: Standin, axis: str) -> list[str]:
    """The texts of the row of slopes over one axis."""
    text = page.build(found, name="my.study")
    table = text[text.index("Slopes of log(value)") :]
    (own,) = re.findall(
        rf'<th scope="row">{axis}</th>(.*?)</tr>', table[: table.index("</table>")], flags=re.DOTALL
    )
    return [cell.strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", own)]


def test_slopes_stand_beside_those_of_the_bound() -> None:
    """Over the same cells, with an interval only where something was sampled; what ends the window
    is said."""
    exact = results([AuxMOM()], delta=np.geomspace(1e-3, 1, 9).tolist())
    straight = [
        {**r, "measured": 0.1 * r["delta"] ** 0.5, "bound": r["delta"] ** 0.5} for r in exact
    ]
    found = slopes_of(replace(exact, rows=tuple(straight)), "δ")
    window = "0.001 … 0.07499 (δ ≤ L/K; without that limit 0.5)"
    assert found == ["0.5", "–", "0.5", "1/2", window, "6", "–"]
    sampled = [{**r, "se": 0.03 * r["measured"], "replicas": 1000} for r in straight]
    measured, between, *others = slopes_of(replace(exact, rows=tuple(sampled)), "δ")
    assert others == found[2:]
    low, high = map(float, between.split(" … "))
    assert low < 0.5 < high == pytest.approx(1 - low, abs=2e-3) and measured == "0.5"


def test_everything_is_escaped() -> None:
    """Whatever the data says stays text: one script, no image, no attribute of its own."""
    bad = said(AuxMOM()) | {
        key: HOSTILE for key in ("name", "label", "method", "measure", "statement", "bound")
    }
    bad |= {
        "assumptions": [HOSTILE],
        "step_range": [HOSTILE],
        "corollaries": [{"case": HOSTILE, "bound": HOSTILE}],
    }
    rows = [
        {**r, "theorem": HOSTILE, "dominant": HOSTILE, "engine": HOSTILE} for r in every_status()
    ]
    hostile = Standin(tuple(rows), HOSTILE, {HOSTILE: HOSTILE, "created": HOSTILE}, [bad], HOSTILE)
    text = page.build(hostile, name=HOSTILE)
    found = Page(text)
    assert not found.wrong and len(found.all("script")) == 1 and not found.all("img")
    assert found.text.count(HOSTILE) >= 3 * len(rows) / 4
    assert "alert(2)" in text and "onerror" not in {
        key for _, attributes in found.tags for key in attributes
    }


def test_the_same_study_gives_the_same_bytes(plain: str) -> None:
    assert page.build(small(), name="my.study") == plain


def test_what_is_said_first(plain: str, mixed: str) -> None:
    found = Page(mixed).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "2 cells violate the theorem’s bound" in found
    assert (
        "216 cells: 209 pass, 2 violated, 1 undecided, 2 outside, 1 failed, 1 missing; the "
        "largest measured/bound "
        "is ∞, of AuxMOM at δ = 0.001, σf = 0.1, K = 1, T = 100."
    ) in found
    assert "No bound is violated" in plain and "216 cells: 216 pass, 0 violated" in plain


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"pass": 3}, "No bound is violated"),
        ({"pass": 3, "outside": 2}, "No bound is violated"),
        ({"pass": 3, "failed": 1}, "No bound is violated, but 1 cell is open"),
        ({"pass": 3, "missing": 1, "undecided": 1}, "No bound is violated, but 2 cells are open"),
        ({"outside": 3, "missing": 1}, "No cell was judged"),
        ({"pass": 3, "violated": 1, "missing": 5}, "1 cell violates the theorem’s bound"),
    ],
)
def test_the_headline(counts: dict[str, int], words: str) -> None:
    assert summary.headline(dict.fromkeys(summary.MENTIONED, 0) | counts)[1] == words


def test_no_cell_without_its_row_in_the_table(mixed: str) -> None:
    """Worst first; what is no number is a dash, what diverged is ∞."""
    body = mixed[mixed.index('<table id="cells-table"') :]
    rows = re.findall(r"<tr><th scope=row>(\d+)<td>(\w+)<td class=(\w+)>(\w+)<td>(.*)", body)
    assert len(rows) == 216 and all(mark == status for *_, mark, status, _ in rows)
    order = [(cell, status) for cell, _, status, *_ in rows]
    assert order[:4] == [("0", "violated"), ("1", "violated"), ("4", "failed"), ("2", "undecided")]
    assert [status for _, status in order[-3:]] == ["missing", "outside", "outside"] and order[-2][
        0
    ] == "6"
    values = {cell: rest.split("<td>") for cell, *_, rest in rows}
    keys = re.findall(r'data-key="(\w+)"', body)[3:]
    first = dict(zip(keys, values["0"], strict=True))
    assert first["measured"] == first["ratio"] == "∞" and first["diverged"] == "1"
    assert dict(zip(keys, values["3"], strict=True)) | {"eta": "–", "a": "–", "bound": "–"} == dict(
        zip(keys, ["0.001", "0.1", "10", "1000", *["–"] * 4, "1", "0", "–", "–", ""], strict=True)
    )
    passing = [
        float(values[cell][keys.index("ratio")]) for cell, status in order if status == "pass"
    ]
    assert passing == sorted(passing, reverse=True)
    assert "nan" not in Page(mixed).text.lower().split()


def test_axes_that_differ_little_are_told_apart() -> None:
    near = base.axis(Standin(tuple({"delta": v} for v in (0.100001, 0.1, NAN, 0.1))), "delta")
    assert near.texts == ("0.1", "0.100001") and near.codes.tolist() == [1, 0, -1, 0]
    assert [near.text(code) for code in (1, -1)] == ["0.100001", "–"]
    assert [
        base.text(value)
        for value in (None, NAN, np.inf, -np.inf, 12345678, 1e-12, np.float64(0.5), True)
    ] == ["–", "–", "∞", "-∞", "12345678", "1e-12", "0.5", "True"]
    found = base.View(small()).axes
    assert list(found) == ["delta", "sigma_f", "K", "T"], "tuned steps are no axes"
    given = Standin(tuple({**r, "mode": "theorem"} for r in small()))
    assert list(base.View(given).axes) == ["delta", "sigma_f", "K", "T", "eta"]


def test_ratios_count_only_where_something_is_promised() -> None:
    view = base.View(every_status())
    judged = summary.tightness(view, view.all[2:])
    assert float(judged.largest) <= 0.5
    empty = summary.tightness(view, view.all[3:4])
    assert (empty.largest, empty.median, empty.where) == ("–", "–", "")
    assert (
        summary.sentence(empty)[0].endswith("; no measured/bound.")
        and not summary.sentence(empty)[1]
    )


def test_a_statement_is_parsed() -> None:
    statement, proof = cards.parsed(statement_of(AuxMVR))
    assert any(block.formula for block in statement) and not any(
        "Proof" in block.lines[0] for block in statement
    )
    assert proof[0].lines[0].startswith("Proof.") and "Source: arXiv" in proof[-1].lines[0]
    assert ">>>" in str(AuxMVR.__doc__) and ">>>" not in proof[-1].lines[0]
    assert cards.parsed("One line.") == ((cards.Block(formula=False, lines=("One line.",)),), ())
    assert cards.parsed("") == ((), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2F₀σ_h²/T", "2F₀σ<sub>h</sub>²/T"),
        ("w_{t,s} = a(1−a)^{t−s}", "w<sub>t,s</sub> = a(1−a)<sup>t−s</sup>"),
        ("g_r(x_prev)", "g<sub>r</sub>(x<sub>prev</sub>)"),
        ("step_range of a < b", "step_range of a &lt; b"),
    ],
)
def test_formulas_are_set(text: str, expected: str) -> None:
    assert str(markup.mathematics(text)) == expected
    assert "arxiv.org/abs/2206.00395" in markup.prose("Source: arXiv 2206.00395, eq. 3")


def test_a_large_study_stays_small() -> None:
    """5,000 cells in less than 5 MB (less than 1 MB, in fact)."""
    large = results(
        [AuxMOM(), AuxMVR()],
        delta=np.geomspace(1e-3, 1, 25),
        sigma_f=[0.1, 1.0, 3.0, 10.0],
        K=[1, 2, 4, 8, 16],
        T=[10, 100, 1000, 10_000, 100_000],
    )
    text = page.build(large, name="large.study")
    assert (
        len(large) == 5000
        and text.count("<th scope=row>") == 5000
        and len(text.encode()) < 1_000_000
    )


def test_of_too_many_cells_the_worst_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MAX_ROWS", 3)
    text = page.build(every_status(), name="my.study")
    assert re.findall(r"<th scope=row>(\d+)", text) == ["0", "1", "4"]
    assert (
        "Only the first 3 of 216 cells are listed" in text
        and "auxtheory study export my.study" in text
    )
    assert "216 cells: 209 pass" in text


def test_odd_studies_have_pages_too() -> None:
    """No rows, one row, no theorem of the row's name, an axis of many values, no second value of
    any axis."""
    one = Standin((row(0, "AuxMOM"),), theorems=[said(AuxMOM())])
    many, two = (
        results([AuxMOM()], **axis)
        for axis in ({"seed": range(cells.MAX_CHOICES + 1)}, {"delta": [0.0, 0.1]})
    )
    for odd in (Standin((), provenance={}), one, Standin((row(0, "Mine"),)), many, two):
        assert not Page(page.build(odd, name="odd.study")).wrong


def test_where_the_file_does_not_hold_the_study_a_cell_runs_again_in_python(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = claim(lambda c, s: 10.0, like=SGD(), check_units=False, name="Mine")
    mine = study.Study([own], TARGET, NOISE, eta=[0.01, 0.1], K=1, T=3)
    mine.run("my.study")
    text = page.build(study.Results.open("my.study"), name="my.study")
    assert "auxtheory study cell" not in text
    codes = [html.unescape(code) for code in re.findall(r"<code[^>]*>(.*?)</code>", text)]
    lines = [code for code in codes if code.startswith("print(")][:1]
    assert (
        "The file does not hold the theorem Mine: a cell runs again only in Python, after your "
        "own script" in text
    )
    exec("\n".join(lines), {"study": mine})
    assert "Mine" in (said := capsys.readouterr().out) and "the same bits" in said


def test_colours_can_be_read() -> None:
    """WCAG AA: 4.5 to 1 for every text on both grounds, in both schemes."""
    style = (files("auxtheory.analysis.page") / "style.css").read_text(encoding="utf-8")
    for scheme in re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]:
        colours = dict(re.findall(r"--(\w+): (#\w{6});", scheme))
        for ground, name in itertools.product(
            ("ground", "surface"), set(colours) - {"ground", "surface", "line"}
        ):
            dark, light = sorted(luminance(colours[key]) for key in (ground, name))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ground, name)


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_the_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: str
) -> None:
    class Opened:
        @staticmethod
        def open(path: Path) -> Standin:
            return every_status() if path.stem == "bad" else small()

    monkeypatch.setattr(study, "Results", Opened, raising=False)
    assert main(["report", str(tmp_path / "my.study")]) == 0
    assert (
        tmp_path / "my.html"
    ).read_bytes() == plain.encode() and "wrote" in capsys.readouterr().out
    assert main(["report", str(tmp_path / "bad.study"), "--out", str(tmp_path / "x.html")]) == 1
    assert main(["report", "my.study", "--out", str(tmp_path / "none" / "x.html")]) == 2
    assert main(["report", "my.study", "--out", "my.study"]) == 2
    assert "must be another file" in capsys.readouterr().err
