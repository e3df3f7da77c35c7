"""What is printed is short, no wider than a screen, and code where it can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from printed_cases import NOISE, large, long

import auxtheory as at
from auxtheory import certify, printing
from auxtheory.conformance import Case, check_method, follow
from auxtheory.data import Dataset
from auxtheory.study import Results
from auxtheory.testing import Configuration, falsify
from auxtheory.validation.parsing import parse

STEPS = at.Steps(eta=0.1, a=0.5, K=2, T=20)


def grid(count: int) -> Any:
    return at.Quadratic(L=1.0, dim=4).with_helper(delta=np.geomspace(1e-3, 1.0, count))


def many_terms(count: int) -> Any:
    L, F0, T = at.symbols("L F0 T")
    return sum((L * F0 / T**i for i in range(2, count)), L * F0 / T)


def wavy() -> at.Study:
    target = at.Cosine(L=1.0, dim=4)
    return at.Study(
        [at.theorems.AuxMOM()],
        target,
        NOISE,
        delta=[0.1, 0.2],
        K=2,
        T=[5, 9],
        replicas=8,
        engine="auto",
    )


def auxmom(x: Any, m: Any, round: Any) -> Any:
    diff = round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)
    m = diff if m is None else (1 - round.a) * m + round.a * diff
    y = x
    for key in round.local:
        y = y - round.eta * (round.grad_h(y, key) + m)
    return y, m


PRINTED: dict[str, Any] = {
    "pair of 1,000": lambda: long(1000),
    "pair of 100,000": lambda: long(100_000),
    "target of 100,000": lambda: at.Quadratic(spectrum=np.linspace(1.0, 0.1, 100_000)),
    "cosine of 1,000": lambda: at.Cosine(spectrum=np.linspace(1.0, 0.1, 1000)).with_helper(
        delta=0.1
    ),
    "grid of pairs": lambda: grid(1000),
    "logistic": lambda: at.Logistic(
        features=np.arange(1.0, 61).reshape(20, 3) / 60, labels=np.arange(20) % 2, l2=0.1
    ),
    "noise of a grid": lambda: at.Gaussian(sigma_f=np.linspace(0, 1, 1000)),
    "steps of a grid": lambda: at.Steps(eta=np.linspace(0.1, 0.2, 1000), K=2, T=20),
    "constants": lambda: long(10).constants(),
    "constants of a grid": lambda: grid(1000).constants(),
    "trace": lambda: at.run(at.methods.AuxMOM, long(1000), NOISE, STEPS, record=range(1, 21)),
    "trace by sampling": lambda: at.run(
        at.methods.AuxMOM, long(10), NOISE, STEPS, engine="numpy", replicas=4
    ),
    "trace of a grid": lambda: at.run(at.methods.AuxMOM, grid(1000), NOISE, STEPS),
    "certificate": lambda: long(8).certify(samples=4),
    "certificate of a grid": lambda: grid(30).certify(samples=2),
    "estimate of a grid": lambda: at.estimate_delta(grid(40), samples=0),
    "verdict": lambda: at.validate(at.theorems.AuxMOM(), long(1000), NOISE, K=8, T=[10, 100]),
    "verdict of 100,000": lambda: at.validate(at.theorems.SGD(), long(100_000), NOISE, T=2),
    "verdict of a grid": lambda: at.validate(
        at.theorems.AuxMVR(), grid(1000), NOISE, K=8, T=[10, 100]
    ),
    "along": lambda: at.along(at.Cosine(L=1.0, dim=4).with_helper(delta=0.1), np.zeros((3, 4))),
    "study": lambda: at.Study(
        [at.theorems.AuxMOM()],
        at.Quadratic(spectrum=np.linspace(1, 0.1, 1000)),
        NOISE,
        delta=np.geomspace(1e-3, 1, 5000),
        K=[1, 2],
        T=5,
    ),
    "results": large,
    "results by sampling": lambda: wavy().run(),
    "proof": lambda: certify.stored()[0].proof,
    "check of a proof": lambda: certify.stored()[0].proof.verify(),
    "stored proof": lambda: certify.stored()[0],
    "stored proofs": certify.stored_table,
    "certified case": lambda: certify.cells()[0],
    "conformance": lambda: check_method(auxmom, like=at.methods.AuxMOM),
    "property": lambda: check_method(auxmom, like=at.methods.AuxMOM)["fixed point"],
    "iterates": lambda: follow(auxmom, Case(pairs=[long(20)], noise=NOISE, steps=STEPS)),
    "tightest": lambda: falsify(at.theorems.SGD(), examples=50),
    "configuration": lambda: Configuration(at.theorems.AuxMOM(), long(1000), NOISE, STEPS),
    "glossary": lambda: at.GLOSSARY,
    "claim": lambda: at.claim(lambda c, s: c.L, like=at.theorems.AuxMVR(), check_units=False),
    "long claim": lambda: at.claim(many_terms(30), like=at.theorems.SGD()),
    "corollary": lambda: at.theorems.AuxMOM.corollaries[0],
    "data": lambda: Dataset("mine", np.zeros((1000, 3)), np.arange(1000) % 2),
}


@pytest.mark.parametrize("name", PRINTED)
def test_it_prints_short(name: str) -> None:
    """Otherwise a title has 23,162 letters, or a trace fills the screen with arrays."""
    lines = str(PRINTED[name]()).splitlines()
    # A formula or the name of a case is not broken.
    width = printing.WIDEST if len(lines) == 1 else printing.WIDTH
    assert max(map(len, lines)) <= width, max(lines, key=len)
    assert len(lines) <= 70 and not any("array(" in line for line in lines)


@pytest.mark.parametrize(
    "name", ["pair of 1,000", "grid of pairs", "noise of a grid", "target of 100,000"]
)
def test_a_repr_still_rebuilds_what_it_shows(name: str) -> None:
    """Otherwise a counterexample's file, or a script, no longer brings it back."""
    made = PRINTED[name]()
    again = parse(repr(made))
    assert repr(again) == repr(made) and str(again) == str(made) != repr(made)
    for field in ("x0", "sigma_f", "spectrum"):
        assert np.array_equal(
            np.asarray(getattr(made, field, 0)), np.asarray(getattr(again, field, 0))
        )


def test_long_lists_show_their_ends_and_their_length() -> None:
    assert printing.brief(list(range(8))) == "[0, 1, 2, 3, 4, 5, 6, 7]"
    assert printing.brief(list(range(9))) == "[0, 1, …, 8] (9 values)"
    assert printing.brief([[1.5] * 3] * 1000) == "[[1.5, 1.5, 1.5], …] (1,000 values)"
    assert printing.brief([1 / 3] * 2000) == "[0.333333, 0.333333, …, 0.333333] (2,000 values)"
    assert (
        " ".join(str(long(1000)).split())
        == "at.Quadratic(spectrum=[1.0, 0.999, …, 0.001] (1,000 values)).with_helper(delta=0.05)"
    )
    assert printing.brief("f(x)[0]") == "f(x)[0]"


def test_a_verdict_prints_its_own_numbers() -> None:
    verdict = at.validate(
        at.theorems.AuxMOM(), long(10), NOISE, K=8, T=[10, 100], engine="numpy", replicas=16
    )
    said = str(verdict).splitlines()
    assert (
        f"engine numpy: {verdict.status} (16 replicas, false alarms 0.0001 over the table)"
        in " ".join(str(verdict).split())
    )
    head = next(line for line in said if line.split()[:1] == ["T"]).split()
    for row, line in zip(verdict.table, said[-2:], strict=True):
        shown = dict(zip(head, line.split(), strict=True))
        for name in ("T", "eta", "a", "measured", "se", "bound", "ratio"):
            assert float(shown[name]) == pytest.approx(row[name], rel=1e-3)
    assert (
        "replicas" not in head
        and "dominant" not in head
        and verdict.table["dominant"][0] in str(verdict)
    )


def test_a_trace_prints_its_own_numbers() -> None:
    trace = at.run(at.methods.AuxMOM, long(10), NOISE, STEPS, record=[5, 20])
    first, head, *rows = str(trace).splitlines()
    assert first == "trace of engine exact (exact): T = 5, 20" and repr(trace) == str(trace)
    for i, line in enumerate(rows):
        shown = dict(zip(head.split(), line.split(), strict=True))
        for name in ("G", "gap", "grad_sq"):
            assert float(shown[name]) == pytest.approx(getattr(trace, name)[i, 0], rel=1e-3)
        assert (float(shown["calls_r"]), float(shown["calls_h"])) == (
            trace.costs[i].calls_r,
            trace.costs[i].calls_h,
        )
    noisy = at.run(at.methods.AuxMOM, at.Cosine(L=1.0, dim=3), NOISE, STEPS, replicas=4)
    assert "4 replicas" in str(noisy) and f"engine passed over: {noisy.passed_over[0]}" in str(
        noisy
    )


def test_a_certificate_of_a_grid_counts_what_fails() -> None:
    """A line a constant, whatever the number of configurations; each failure is told with its
    numbers."""
    made = grid(30).certify(samples=2)
    lines = [line for line in str(made).splitlines() if not line.startswith("    ")]
    assert len(lines) == 7 and "δ   holds in all 30: stated 0.001 … 1 (30 values)" in str(made)
    wrong = [
        replace(check, stated=9.0) if (check.name, check.configuration) == ("delta", 7) else check
        for check in made.checks
    ]
    told = str(type(made)(tuple(wrong)))
    assert (
        "✗ δ   fails in 1 of 30" in told
        and "  δ of configuration 7: stated 9.0, measured 0.00529" in told
    )


def test_a_study_says_what_it_is() -> None:
    study = at.Study(
        [at.theorems.AuxMOM(), at.theorems.SGD()],
        at.Quadratic(L=1.0, dim=8),
        NOISE,
        title="Mine",
        delta=np.geomspace(1e-3, 1, 25),
        K=[1, 3],
        T=5,
    )
    said = str(study)
    assert said.startswith(f"Mine: {study.grid.size} cells\n  theorems: AuxMOM (S3), SGD (S0)\n")
    assert (
        "target: at.Quadratic(L=1.0, dim=8)" in said
        and "sigma_h=0.3" in said
        and repr(study) == said
    )
    assert "delta = 0.001, 0.00133352, …, 1 (25 values); K = 1, 3; T = 5" in " ".join(said.split())


def test_results_say_why_cells_failed_and_which_engines_were_passed_over(tmp_path: Any) -> None:
    """Also after they were kept in a file, and in every format."""
    found = wavy().run(tmp_path / "a.study")
    reason = "engine passed over: exact needs a quadratic pair, and CosinePair is not one"
    assert reason in str(found).splitlines() and found.totals.passed_over == (reason,)
    assert reason in str(Results.open(tmp_path / "a.study").sel(delta=0.1))
    failing = at.Study(
        [at.theorems.SGD()], at.Quadratic(L=1.0, mu=0.1, dim=3), mu=[0.1, 2.0], K=1, T=5
    ).run()
    assert "1 cell failed: mu = [2." in str(failing) and "passed over" not in str(failing)
