"""A theorem that says no more than a bound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from definitions import BOUND, PAIR, RULE, made

import auxtheory as at
from auxtheory import methods
from auxtheory.cli.parser import main
from auxtheory.testing import Counterexample, falsify, strategies

L, F0, T = at.symbols("L, F0, T")


def test_a_bound_alone_is_a_theorem() -> None:
    """As `at.claim` makes it of the same bound; without a rule it needs steps, and says so."""
    theorem = made()()
    twin = at.claim(BOUND, like=made()(), name="Mine")
    assert theorem.regimes == ("theorem",) and theorem.label == "Mine"
    verdict, other = (at.validate(one, PAIR, T=[5, 10], eta=0.5) for one in (theorem, twin))
    assert verdict and verdict.table["bound"].tolist() == other.table["bound"].tolist()
    assert not at.validate(made(bound=0.5 * BOUND)(), PAIR, T=5, eta=1.0)
    with pytest.raises(at.AssumptionError, match="Lη ≤ 1"):
        at.validate(theorem, PAIR, T=5, eta=2.0)
    for call in (
        lambda: at.validate(theorem, PAIR, T=5),
        lambda: at.Study([theorem], at.Quadratic(L=1.0, dim=2), K=1, T=5, delta=0.1),
        lambda: theorem.tune(theorem.constants(PAIR, at.Gaussian()), 1, 5),
    ):
        with pytest.raises(
            at.InputError, match=r"eta = None: must be .*, since Mine prescribes no steps"
        ):
            call()


def test_a_bound_at_prescribed_steps_holds_within_its_range_alone() -> None:
    """A rule may leave the range, where the bound says nothing; nobody wrote a corollary for
    that."""

    def outside(self: Any, c: at.Constants, K: int, T: int, B: float) -> Any:
        return 2 / c.L

    inside = made(**RULE)()
    beyond = made(step_sizes=outside)()
    assert inside.regimes == beyond.regimes == ("tuned", "theorem")
    assert at.validate(inside, PAIR, T=[5, 10]).status == "pass"
    verdict = at.validate(beyond, PAIR, T=[5, 10])
    assert verdict.status == "outside" and any("Lη ≤ 1" in text for text in verdict.unmet)
    study = at.Study([beyond], at.Quadratic(L=1.0, dim=2), K=1, T=[5, 10], delta=0.1)
    assert study.run()["status"].tolist() == ["outside", "outside"]
    assert not at.validate(made(bound=0.5 * BOUND, **RULE)(), PAIR, T=5)


def test_a_bound_alone_is_searched_studied_and_drawn(tmp_path: Path) -> None:
    from auxtheory.analysis import measured_vs_predicted, page, rate_vs_T

    sound = made()()
    false = made(bound=0.5 * BOUND)()
    assert falsify(sound, examples=500).configuration is not None
    with pytest.raises(Counterexample, match=r"measured/bound = ") as caught:
        falsify(false, examples=500)
    (tmp_path / "c.json").write_text(caught.value.to_json())
    assert main(["replay", str(tmp_path / "c.json")]) == 1
    study = at.Study(
        [sound, at.theorems.SGD()],
        at.Quadratic(L=1.0, dim=2),
        K=1,
        T=[5, 10, 20],
        delta=0.1,
        eta=0.5,
    )
    results = study.run(tmp_path / "a.study")
    assert results and results.counts == {"pass": 6}
    assert rate_vs_T(results) and measured_vs_predicted(results)
    assert "Mine" in page.build(results, name="a.study")


def test_a_bound_alone_is_taken_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("alone_in_a_file.py").write_text(
        "import auxtheory as at\nF0, eta, K, T = at.symbols('F0, eta, K, T')\n"
        "class Mine(at.Theorem):\n    method = at.methods.ExactCorrection\n    bound = 2 * F0 / "
        "(eta * K * T)\n"
        "    step_range = at.theorems.ExactCorrection.step_range\n"
        "    assumptions = at.theorems.ExactCorrection.assumptions\n"
    )
    target = '[target]\nfamily = "Quadratic"\nL = 1.0\ndim = 2\n'
    text = f'theorems = ["alone_in_a_file.py:Mine"]\n{target}[axes]\ndelta = 0.1\nK = 2\nT = 5\n'
    Path("a.toml").write_text(text + "eta = 0.3\n")
    Path("b.toml").write_text(text)
    assert main(["study", "run", "a.toml"]) == 0
    assert main(["falsify", "alone_in_a_file.py:Mine", "--examples", "200"]) == 0
    with pytest.raises(
        at.InputError, match=r"axes.eta.*must be given, since Mine prescribes no steps"
    ):
        from auxtheory.study.toml import read

        read("b.toml")


def test_strategies_draw_steps_for_a_bound_alone() -> None:
    from hypothesis import given, settings

    theorem = made()()

    @settings(max_examples=5, deadline=None, database=None)
    @given(strategies.configurations(theorem))
    def holds(case: Any) -> None:
        assert theorem.unmet(theorem.constants(case.pair, case.noise), case.steps) == []

    holds()


def test_a_bound_that_is_none_is_told_all_that_would_do() -> None:
    wrongs: tuple[Any, ...] = (None, "4 * L", [1.0], L <= 2 * L, at.Corollary(L * F0 / T))
    for wrong in wrongs:
        with pytest.raises(
            at.InputError,
            match=r"bound = .*an expression of at.symbols.*function of .*, or a number",
        ):
            at.claim(wrong, method=methods.SGD)
