"""Every theorem of the catalogue: units, its example, its tightest case, a short search, its page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.testing import falsify
from auxtheory.theorems import ALL, CATALOGUE, LIBRARY, SUBJECTS, Theorem
from auxtheory.theorems.definition import statement_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference" / "theorems"
EACH = pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.label)
# What a page and a docstring say about the tightest case known.
RATIO = re.compile(r"[Ll]argest\s+measured/bound\s+known:\s+(\d(?:\.\d+)?)")


def folder(kind: type[Theorem]) -> str:
    """The folder of a theorem of the catalogue, which is its subject."""
    return kind.__module__.split(".")[2]


def ratio(kind: type[Theorem], case: Any) -> float:
    """The largest measured/bound of a case."""
    theorem = kind()
    verdict = at.validate(theorem, case.pair, case.noise, **case.arguments)
    assert verdict.status == "pass", str(verdict)
    return float(np.max(verdict.table["ratio"]))


def test_names_and_labels_are_unique_and_safe() -> None:
    """Labels are file names and words of a command line, and no two texts name two theorems."""
    texts = [text.casefold() for kind in LIBRARY for text in {kind.label, kind.__name__}]
    assert len(set(texts)) == len(texts)
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", kind.label) for kind in LIBRARY)
    assert LIBRARY[: len(ALL)] == ALL
    for kind in CATALOGUE:
        assert getattr(at.theorems, kind.__name__) is kind and kind.__name__ in at.theorems.__all__


@EACH
def test_its_example_passes(kind: type[Theorem]) -> None:
    """The example is within the theorem, and not so far below the bound that it shows nothing."""
    case = kind().example()
    assert case is not None and len(case.T) > 1
    assert 1e-3 < ratio(kind, case) <= 1 + 1e-9


@EACH
def test_its_tightest_case_is_as_tight_as_stated(kind: type[Theorem]) -> None:
    """The docstring states the ratio of the tightest case, which no search of the tests exceeds."""
    case = kind().tightest()
    assert case is not None and len(case.T) == 1
    stated = RATIO.search(" ".join(statement_of(kind).split()))
    assert stated is not None, "its docstring must say: Largest measured/bound known: NUMBER"
    digits = len(stated[1].partition(".")[2])
    assert ratio(kind, case) == pytest.approx(float(stated[1]), abs=0.6 * 10**-digits + 1e-9)


@EACH
def test_a_short_search_refutes_nothing(kind: type[Theorem]) -> None:
    found = falsify(kind(), examples=300)
    assert found.ratio <= 1 + 1e-9, found


@EACH
def test_it_has_a_page(kind: type[Theorem]) -> None:
    """The page has the statement, a proof, the tightest case, and the command that runs it; the index
    of its folder lists it."""
    page = (PAGES / folder(kind) / f"{kind.label.lower()}.md").read_text(encoding="utf-8")
    for part in (f"```{{theorem}} {kind.label}\n", "\n## Proof", "\n## Tightness", "\n## Run it"):
        assert part in page, part
    figure = f"```{{theorem-figure}} {kind.label}\nauxtheory plot theorem {kind.label}\n```"
    assert figure in page
    index = (PAGES / folder(kind) / "index.md").read_text(encoding="utf-8")
    assert f"[{kind.label}]({kind.label.lower()}.md)" in index and f"`{kind.__name__}`" in index


def test_every_folder_is_a_subject() -> None:
    names = [module.__name__.rpartition(".")[2] for module in SUBJECTS]
    folders = sorted(p.parent.name for p in (ROOT / "auxtheory/theorems").glob("*/__init__.py"))
    assert sorted(names) == folders
