"""Every theorem of the catalogue: units, its example, its tightest case, a short search, its page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.bounds.glossary import lookup
from auxtheory.testing import falsify
from auxtheory.testing.search.adversary import Adversary
from auxtheory.testing.strategies import Budget
from auxtheory.theorems import ALL, CATALOGUE, LIBRARY, SUBJECTS, Theorem
from auxtheory.theorems.along import before_run
from auxtheory.theorems.definition import statement_of
from auxtheory.theorems.measured import measure_of, scheduled
from auxtheory.theorems.step_range import usual_steps

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
def test_no_run_of_one_length_is_above_the_bound(kind: type[Theorem]) -> None:
    theorem = kind()
    adversary = Adversary(theorem, budget=Budget(K=usual_steps(theorem, 2), T=3))
    ratios = [adversary.search(cell, 3).ratio for cell in adversary.listed_cells()]
    assert max(ratios, default=0.0) <= 1 + 1e-9, ratios


@pytest.mark.slow
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


def in_other_units(c: at.Constants, f: float, x: float) -> at.Constants:
    """The same constants where f is measured in units f times as small, and x in units x times."""
    factor = {name: scale(lookup(name).unit, f, x) for name in c.values()}
    more = {name: value * factor[name] for name, value in c.more.items()}
    return c.replace(**{name: getattr(c, name) * factor[name] for name in c.names()}, more=more)


def scale(unit: Any, f: float, x: float) -> float:
    return float(f ** float(unit.f) * x ** float(unit.x))


@pytest.mark.parametrize(("f", "x"), [(7.0, 1.0), (1.0, 0.3)])
@EACH
def test_prescribed_steps_and_bounds_scale_as_their_units_say(
    kind: type[Theorem], f: float, x: float
) -> None:
    """Otherwise a theorem holds in some units of f and x alone."""
    theorem, case = kind(), kind().example()
    assert case is not None
    if "tuned" not in theorem.regimes:
        pytest.skip("the theorem prescribes no steps")
    c = before_run(theorem, theorem.constants(case.pair, case.noise))
    other = in_other_units(c, f, x)
    first, second = (theorem.tune(v, case.K, case.T[0], case.B) for v in (c, other))
    units = {"eta": kind.method.parameter_units["eta"], **kind.method.parameter_units}
    for name, unit in units.items():
        if first.parameter(name) is None:  # at its default
            continue
        one, two = (
            np.asarray(
                s.parameter(name).over(name, s.T)
                if scheduled(s.parameter(name))
                else s.parameter(name),
                dtype=float,
            )
            for s in (first, second)
        )
        assert two == pytest.approx(one * scale(unit, f, x), rel=1e-6), name
    bound = theorem.value(c, first)
    expected = bound * scale(measure_of(kind).unit, f, x)
    assert theorem.value(other, second) == pytest.approx(expected, rel=1e-6)
