"""Verdicts that came out wrong in use, with their right values: σ along a run, statuses, functions,
heavy tails."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.cli.parser import main
from auxtheory.errors import AssumptionError, InputError, RefusedError
from auxtheory.methods import Method
from auxtheory.testing import falsify
from auxtheory.testing.strategies import Budget
from auxtheory.validation import rows

L, F0, mu, delta, sigma_f, sigma_h, sigma_r, eta, a, K, T, B, beta = at.symbols(
    "L F0 mu delta sigma_f sigma_h sigma_r eta a K T B beta"
)
ONE = at.Quadratic(L=1.0, dim=1, F0=1.0).with_helper(delta=0.0)
TWO = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.0)
DESCENT = at.claim(
    2 * F0 / (eta * T), method=at.methods.SGD, assumptions=[sigma_f <= 0], step_range=[L * eta <= 1]
)
LAST = at.claim(
    (1 - eta * mu) ** T * F0 + eta * L * sigma_f**2 / (2 * mu),
    method=at.methods.SGD,
    measure="gap",
    step_range=[L * eta <= 1, K <= 1],
    assumptions=[0 < mu],
)


# -- the σ² of multiplicative noise
# ---------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["exact", "numpy"])
def test_a_last_iterate_takes_the_largest_variance_along_the_run(engine: str) -> None:
    """E‖noise‖² is 3 and 4 at the two steps: the bound is 2, attained, where the mean 3.5 would
    make it 1.75."""
    options: dict[str, Any] = {"T": 2, "eta": 1.0, "engine": engine, "replicas": 20_000}
    verdict = at.validate(LAST, ONE, at.Gaussian(sigma_f=1.0, s=1.0), **options)
    tolerance = 1e-12 if engine == "exact" else 0.1
    assert verdict.table["measured"][0] == pytest.approx(2.0, rel=tolerance)
    assert (
        verdict.table["bound"][0] == pytest.approx(2.0, rel=tolerance)
        and verdict.status != "violated"
    )
    assert "the largest E‖noise‖² along the run" in str(verdict)


def test_a_claim_of_ones_own_takes_the_largest_and_the_library_the_mean() -> None:
    """G = 3.5 over two steps of SGD at ηL = 1 where S0's bound is 2F₀/T + mean σ²; a claim like it
    has more room."""
    noise = at.Gaussian(sigma_f=1.0, s=1.0)
    options = {"T": 2, "eta": 1.0}
    mean = at.validate(theorems.SGD(), ONE, noise, **options).table["bound"][0]
    largest = at.validate(
        at.claim(theorems.SGD.bound, like=theorems.SGD()), ONE, noise, **options
    ).table["bound"][0]
    said = at.claim(theorems.SGD.bound, like=theorems.SGD(), variance="mean")
    assert (mean, largest) == (pytest.approx(1 + 3.5), pytest.approx(1 + 4.0))
    assert at.validate(said, ONE, noise, **options).table["bound"][0] == mean

    class Own(theorems.SGD):
        corollaries = (at.Corollary(theorems.SGD.corollaries[0].bound),)

    assert (Own.variance, theorems.SGD.variance, said.variance) == ("largest", "mean", "mean")
    assert "variance='mean'" in repr(said) and "variance" not in repr(
        at.claim(1.0, method=at.methods.SGD)
    )
    with pytest.raises(InputError, match="variance = 'mean': must be 'largest' for a last iterate"):
        at.claim(LAST.bound, method=at.methods.SGD, measure="gap", variance="mean")


def test_sigma_f_is_that_of_the_samples() -> None:
    """S3-SGDm word for word in σ_f: without the multiplicative part a claim would be violated by
    2."""
    claim = at.claim(
        2 * F0 / (eta * T) + sigma_f**2 * (a + 1 / (a * B * T)), like=theorems.SGDMomentum()
    )
    noise = at.Gaussian(s=1.0)
    verdict = at.validate(claim, ONE, noise, T=[1, 2, 3], eta=1.0, a=1.0)
    assert verdict.status == "pass"
    plain = at.validate(
        at.claim(theorems.SGDMomentum.bound, like=theorems.SGDMomentum()),
        ONE,
        noise,
        T=[1, 2, 3],
        eta=1.0,
        a=1.0,
    )
    assert verdict.table["bound"].tolist() == plain.table["bound"].tolist()
    # G_f = ∇f + s ε ∘ (x − x*) with a helper, too.
    for method in (at.methods.AuxMOM, at.methods.AuxMVR):
        own = at.claim(sigma_f**2, method=method)
        bound = at.validate(own, TWO, noise, K=1, T=1, eta=1.0, a=1.0).table["bound"][0]
        assert bound == pytest.approx(float(np.sum((TWO.x0 - TWO.x_star) ** 2)))


@pytest.mark.parametrize("engine", ["exact", "numpy"])
def test_assumptions_are_on_the_noise_of_the_run(engine: str) -> None:
    """Gradient descent assumes σ_f = 0, which multiplicative noise breaks: the claim says nothing,
    and is not false."""
    verdict = at.validate(DESCENT, ONE, at.Gaussian(s=1.0), T=[1, 2], eta=1.0, engine=engine)
    assert verdict.status == "outside" and not verdict and np.isnan(verdict.ratio)
    assert "outside the theorem: σ_f ≤ 0: the left side is 1.41" in str(verdict)
    assert at.validate(DESCENT, ONE, T=[1, 2], eta=1.0, engine=engine).status == "pass"
    with pytest.raises(AssumptionError, match="σ_f ≤ 0"):
        falsify(DESCENT, ONE, at.Gaussian(s=1.0), Budget(K=1, T=2), eta=1.0, engine=engine)
    results = at.Study(
        [DESCENT], at.Quadratic(L=1.0, dim=1), s=[0.0, 1.0], T=2, K=1, eta=1.0, engine=engine
    ).run()
    assert results.counts == {"pass": 1, "outside": 1} and bool(results)


def test_prescribed_steps_promise_nothing_at_other_noise() -> None:
    """The steps are those for σ_f = 0; for the σ_f of the run the rule would choose less."""
    corollary = theorems.SGD.corollaries[0].bound
    claim = at.claim(corollary, method=at.methods.SGD, steps=theorems.SGD())
    verdict = at.validate(claim, ONE, at.Gaussian(s=1.0), T=100)
    assert verdict.table["ratio"][0] > 1 and verdict.status == "outside"
    assert "not those that it prescribes" in str(verdict)
    assert at.validate(claim, ONE, at.Gaussian(sigma_f=1.0), T=100).status == "pass"


def test_delta_is_the_gap_of_the_hessians_unless_samples_are_compared() -> None:
    """S3 covers R = 0, s = 1, K = 4, η = 0.2, a = 0.1: the left side is Lη = 0.2."""
    noise = at.Gaussian(s=1.0)
    options = {"K": 4, "T": 5, "eta": 0.2, "a": 0.1}
    assert at.validate(theorems.AuxMOM(), TWO, noise, **options).status == "pass"
    deltas = {
        kind.label: kind().constants(TWO, noise).delta
        for kind in theorems.ALL
        if not kind.method.single_step
    }
    assert deltas == {"S1": 0.0, "S1-noise": 0.0, "S1-PL": 0.0, "S2": 0.0, "S3": 0.0, "S4": 1.0}
    assert theorems.MVR().constants(TWO, noise).delta == pytest.approx(np.sqrt(2))
    for method, squared in (
        (at.methods.AuxMOM, False),
        (at.methods.AuxMVR, True),
        (at.methods.Naive, False),
    ):
        assert at.claim(1.0, method=method).mean_square is squared
        assert at.claim(1.0, method=method, mean_square=not squared).mean_square is not squared


def test_noise_of_local_steps_is_not_followed_between_them_by_sampling() -> None:
    """With h := f, K > 1 and growing noise the σ² of a run is that at all local steps, which only
    `exact` follows."""
    many = Method(name="Many", refresh=at.methods.SGD.refresh, helper="f", exact_refresh=True)
    claim = at.claim(
        2 * F0 / (eta * K * T) + L * eta * sigma_f**2, method=many, step_range=[L * eta <= 1]
    )
    options: dict[str, Any] = {"K": 3, "T": 2, "eta": 1.0}
    with pytest.raises(RefusedError, match="give K = 1 and T = 6"):
        at.validate(claim, ONE, at.Gaussian(sigma_f=1.0, s=0.9), engine="numpy", **options)
    one = at.validate(claim, ONE, at.Gaussian(sigma_f=1.0, s=0.9), K=1, T=6, eta=1.0)
    assert at.validate(claim, ONE, at.Gaussian(sigma_f=1.0, s=0.9), **options).table["bound"][
        0
    ] == pytest.approx(one.table["bound"][0], rel=1e-12)


# -- conditions, ranges, statuses
# -------------------------------------------------------------------------


CHAINED: dict[str, Callable[[], Any]] = {
    "chain": lambda: 0.5 <= L * eta <= 1,
    "min": lambda: min(L * eta, 1),
    "max": lambda: max(L, mu),
    "and": lambda: (L * eta <= 1) and (K <= 1),
    "or": lambda: (L * eta <= 1) or (K <= 1),
    "not": lambda: not (L * eta <= 1),
    "if": lambda: 1 if L * eta <= 1 else 2,
    "expression": lambda: L and mu,
    "sorted": lambda: sorted([L, mu]),
    "np.minimum": lambda: np.minimum(L * eta, 1),
    "equality": lambda: 1 if K == 1 else 2,
    "membership": lambda: K in (1, 2),
    "inequality": lambda: sigma_f != 0,
    "any": lambda: any([L * eta <= 1]),
    "numpy": lambda: np.float64(0.5) <= L * eta <= 1,
}


@pytest.mark.parametrize("what", CHAINED)
def test_a_condition_is_neither_true_nor_false(what: str) -> None:
    """Else half of what is written is dropped without a word."""
    with pytest.raises(
        InputError, match=r"neither true nor false.*\[0.5 <= L \* eta, L \* eta <= 1\]"
    ):
        CHAINED[what]()


def test_conditions_of_a_class_are_conditions() -> None:
    with pytest.raises(InputError, match=r"Bad.step_range = .*False.*must be conditions"):

        class Bad(theorems.SGD):
            step_range = (L * eta <= 1, False)  # type: ignore[assignment]

    class One(theorems.SGD):
        step_range = L * eta <= 1  # type: ignore[assignment]

    assert len(One.step_range) == 1


@pytest.mark.parametrize("engine", ["exact", "numpy"])
def test_outside_its_range_a_theorem_is_neither_violated_nor_held(
    engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same status in `validate`, on the command line and in a `Study`; the broken assumption is
    printed."""
    options: dict[str, Any] = {"T": [10, 2000], "engine": engine, "replicas": 4}
    verdict = at.validate(
        theorems.SGD(), TWO, at.Gaussian(sigma_f=1.0), eta=50.0, mode="unsafe", **options
    )
    assert (
        verdict.status == "outside" and set(verdict.table["status"]) == {"outside"} and not verdict
    )
    assert "outside the theorem: Lη ≤ 1: the left side is 50, must be at most 1" in str(verdict)
    assert '"status": "outside"' in verdict.to_json()
    target = at.Quadratic(L=1.0, dim=2)
    study = at.Study(
        [theorems.SGD()],
        target,
        at.Gaussian(sigma_f=1.0),
        eta=[0.5, 50.0],
        mode="unsafe",
        K=1,
        **options,
    )
    results = study.run() if engine == "exact" else None
    assert results is None or results.counts["outside"] == 2
    grid = at.validate(
        theorems.SGD(), TWO, at.Gaussian(sigma_f=1.0), eta=[0.5, 50.0], mode="unsafe", **options
    )
    assert grid.table["status"].tolist() == ["pass", "outside"] * 2 or engine == "numpy"
    line = (
        f"validate --theorem S0 --dim 2 --eta 50 --mode unsafe --T 10 --engine {engine} "
        "--replicas 4"
    )
    assert main(line.split()) == 3
    assert "Lη ≤ 1: the left side is 50" in (out := capsys.readouterr().out) and "1 outside" in out


def test_undecided_has_an_exit_status_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    line = "validate --theorem S0 --dim 1 --F0 1e-3 --sigma-f 1 --T 9 --engine numpy --replicas 2"
    assert main(line.split()) == 3
    assert "1 undecided" in capsys.readouterr().out
    assert main(["validate", "--theorem", "S0", "--dim", "1", "--T", "9"]) == 0


def test_results_with_a_violation_are_false() -> None:
    wrong = at.claim(0.1 * theorems.SGD.bound, like=theorems.SGD(), name="Wrong")
    target = at.Quadratic(L=1.0, dim=1)
    noise = at.Gaussian(sigma_f=1.0)
    results = at.Study([wrong], target, noise, eta=[1.0], T=[1, 2], K=1).run()
    assert results.counts == {"violated": 2} and not results and len(results) == 2
    assert at.Study([theorems.SGD()], target, noise, T=[1, 2], K=1).run()


def test_the_engine_passed_over_is_named() -> None:
    pair = at.Cosine(L=1.0, dim=2).with_helper(delta=0.1)
    verdict = at.validate(theorems.AuxMOM(), pair, K=1, T=3, replicas=2)
    assert "engine passed over: exact needs a quadratic pair, and CosinePair is not one" in str(
        verdict
    )
    assert any("passed over" in note for note in verdict.notes)
    assert "passed over" not in str(at.validate(theorems.AuxMOM(), TWO, K=1, T=3))
    assert "passed over" not in str(
        at.validate(theorems.AuxMOM(), pair, K=1, T=3, replicas=2, engine="cpu")
    )


# -- whole numbers
# -----------------------------------------------------------------------------------------


def test_whole_floats_are_whole_numbers() -> None:
    expected = at.validate(theorems.AuxMOM(), TWO, K=2, T=[10, 100, 1000], B=4, seed=1)
    found = at.validate(theorems.AuxMOM(), TWO, K=2.0, T=np.logspace(1, 3, 3), B=4.0, seed=1.0)  # type: ignore[arg-type]
    assert str(found) == str(expected)
    assert at.Steps(eta=1.0, K=np.float64(2), T=10.000000000000002).T == 10  # type: ignore[arg-type]
    assert at.Quadratic(L=1.0, dim=4.0, rotation=1.0).with_helper(0.1).dim == 4  # type: ignore[arg-type]
    assert Budget(2.0, 1e3) == Budget(2, 1000)  # type: ignore[arg-type]
    study = at.Study(
        [theorems.SGD()], at.Quadratic(L=1.0, dim=1), T=np.logspace(0, 1, 2), K=1.0, seed=[0.0]
    )
    assert study.run()["T"].tolist() == [1, 10]
    for bad in (10.5, "10", True, None, np.nan, np.inf, -3.0, 0.0, 1 + 1e-9):
        with pytest.raises(InputError, match=r"T = .*must be a whole number"):
            at.validate(theorems.AuxMOM(), TWO, K=2, T=bad)


def test_the_command_line_takes_them(capsys: pytest.CaptureFixture[str]) -> None:
    line = "validate --theorem S0 --dim 2 --T 1e3 --K 1.0 --seed 0.0"
    assert main(line.split()) == 0
    assert "1000" in capsys.readouterr().out


def test_a_momentum_that_rounds_above_1_is_1() -> None:
    a_hair = 1.0000000000000002
    assert at.Steps(eta=0.1, a=a_hair, K=1, T=1).a == 1.0
    rule = at.claim(
        1e9 * F0 * L, method=at.methods.AuxMOM, steps=lambda c, K, T, B: (0.1 / c.L, a_hair)
    )
    assert at.validate(rule, TWO, K=1, T=3).table["a"].tolist() == [1.0]
    with pytest.raises(InputError, match=r"a = 1.00000001: must be a finite number in \(0, 1\]"):
        at.Steps(eta=0.1, a=1.00000001, K=1, T=1)


# -- bounds that are functions
# -------------------------------------------------------------------------------


def test_a_function_is_called_within_its_theorem_only() -> None:
    """S2's own bound as a function has no value at β ≥ 1, and is not asked for one."""

    def bound(c: Any, s: Any) -> float:
        assert c.beta < 1 and s.eta * c.L <= 1 + 1e-12 and s.T == int(s.T)
        value: float = (2 * c.F0 / (s.eta * s.K * s.T) + c.L * s.eta * c.sigma_h**2 + c.zeta**2) / (
            1 - c.beta
        )
        return value

    claim = at.claim(bound, like=theorems.Naive())
    assert falsify(claim, examples=3_000).ratio > 0.9
    far = at.Quadratic(L=1.0, mu=0.01, dim=2).with_helper(delta=0.9, gap=[0.9, 0.1])
    assert claim.constants(far, at.Gaussian()).beta > 1
    verdict = at.validate(claim, far, K=2, T=3, eta=0.5, mode="unsafe")
    assert verdict.status == "outside" and np.isnan(verdict.table["bound"][0])
    grid = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=np.array([0.1, 5.0]))
    verdict = at.validate(claim, grid, K=2, T=[1, 3], eta=0.5, mode="unsafe")
    assert verdict.table["status"].tolist() == ["pass", "outside"] * 2


def test_the_slope_of_a_function_is_taken_over_whole_numbers() -> None:
    claim = at.claim(lambda c, s: 5 / int(s.T), method=at.methods.SGD, check_units=False)
    verdict = at.validate(claim, TWO, T=1, eta=0.5)
    assert verdict.status == "pass" and verdict.table["predicted"][0] == pytest.approx(-1.0)
    only = at.claim(lambda c, s: {10: 1.0}[s.T], method=at.methods.SGD, check_units=False)
    assert np.isnan(at.validate(only, TWO, T=10, eta=0.5).table["predicted"][0])


def test_the_unit_of_a_function_is_read_within_its_theorem() -> None:
    def picky(c: Any, s: Any) -> float:
        assert c.sigma_h == 0 and s.K == 1 and 0.9 <= c.L * s.eta <= 1
        value: float = 2 * c.F0 / (s.eta * s.T)
        return value

    conditions: dict[str, Any] = {
        "assumptions": [sigma_h <= 0],
        "step_range": [0.9 <= L * eta, L * eta <= 1],
    }
    claim = at.claim(picky, method=at.methods.SGD, **conditions)
    assert at.validate(claim, ONE, T=3, eta=1.0).status == "pass"
    with pytest.raises(at.UnitError, match="for want of a case within the theorem"):
        at.claim(picky, method=at.methods.SGD, assumptions=[2 * L <= mu])


# -- counts of work
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [[10], [10, 20]])
def test_the_bound_of_a_grid_is_evaluated_at_once(
    rounds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not once for each configuration, where a single T asks the bound for its slope."""
    calls = [0]
    original = theorems.Theorem.candidates

    def counted(self: Any, *args: Any, **more: Any) -> Any:
        calls[0] += 1
        return original(self, *args, **more)

    monkeypatch.setattr(theorems.Theorem, "candidates", counted)
    pair = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=np.geomspace(1e-3, 0.3, 300))
    verdict = at.validate(theorems.AuxMOM(), pair, at.Gaussian(sigma_f=1.0), K=2, T=rounds)
    assert len(verdict.table) == 300 * len(rounds) and calls[0] <= 4
    one = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=1e-3)
    alone = at.validate(theorems.AuxMOM(), one, at.Gaussian(sigma_f=1.0), K=2, T=rounds)
    assert alone.table["predicted"][0] == pytest.approx(verdict.table["predicted"][0], rel=1e-9)


def test_holm_is_that_of_statsmodels(monkeypatch: pytest.MonkeyPatch) -> None:
    from statsmodels.stats.multitest import multipletests

    monkeypatch.setattr(gc, "collect", lambda *generation: 0)  # which it calls each time, for 50 ms
    rng = np.random.default_rng(0)
    for size in (1, 2, 5, 40):
        for _ in range(20):
            p = np.clip(rng.random(size) ** 6, 1e-12, 1 - 1e-12)
            expected = multipletests(p, alpha=0.05, method="holm")[0]
            assert rows.rejected(p, 0.05).tolist() == expected.tolist()
    assert rows.rejected(np.array([]), 0.05).tolist() == []


def test_a_close_verdict_by_sampling_loads_no_statistics_package() -> None:
    code = (
        "import sys, auxtheory as at\n"
        "pair = at.Quadratic(L=1.0, dim=1).with_helper()\n"
        "at.validate(at.theorems.SGD(), pair, at.Gaussian(sigma_f=1.0), T=5, engine='numpy', "
        "replicas=8)\n"
        "print('statsmodels' in sys.modules)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "False\n"
    )


# -- means that few replicas carry
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(("replicas", "seeds"), [(16, 20), (64, 20), (256, 20), (1024, 5)])
def test_growing_noise_supports_no_pass(replicas: int, seeds: int) -> None:
    """SGD at ηL = 1, s = 1.2, T = 30: the truth is ten times the bound, which nine sweeps of ten
    used to pass."""
    noise = at.Gaussian(sigma_f=1.0, s=1.2)
    truth = float(at.run(at.methods.SGD, ONE, noise, at.Steps(eta=1.0, K=1, T=30)).G[0, 0])
    claim = at.claim(truth / 10, method=at.methods.SGD)
    options: dict[str, Any] = {"T": 30, "eta": 1.0, "engine": "numpy", "replicas": replicas}
    verdicts = [at.validate(claim, ONE, noise, seed=seed, **options) for seed in range(seeds)]
    assert "pass" not in {verdict.status for verdict in verdicts}
    assert any("few replicas carry the mean" in str(verdict) for verdict in verdicts)
    mild = at.validate(
        at.claim(10.0, method=at.methods.SGD), ONE, at.Gaussian(sigma_f=1.0, s=0.3), **options
    )
    assert mild.status == "pass" or replicas < 64


def test_what_would_settle_an_undecided_row_is_said_and_does() -> None:
    options: dict[str, Any] = {"T": 30, "eta": 1.0, "engine": "numpy", "replicas": 64}
    noise = at.Gaussian(sigma_f=1.0)
    truth = float(at.run(at.methods.SGD, ONE, noise, at.Steps(eta=1.0, K=1, T=30)).G[0, 0])
    claim = at.claim(1.1 * truth, method=at.methods.SGD)
    verdict = at.validate(claim, ONE, noise, **options)
    assert verdict.status == "undecided"
    (note,) = (note for note in verdict.notes if note.startswith("undecided"))
    error = float(note.split("error=")[1].split(" ")[0])
    assert (
        1e-3 < error < 0.1
        and at.validate(claim, ONE, noise, error=error / 2, **options).status == "pass"
    )
    hopeless = at.validate(
        at.claim(truth * (1 + 1e-6), method=at.methods.SGD), ONE, noise, **options
    )
    assert (
        hopeless.status != "undecided" or "more than" in str(hopeless) or "error=" in str(hopeless)
    )


# -- lengths, steps and noise of a run
# ---------------------------------------------------------------------


def test_a_range_that_depends_on_the_rounds_is_tested_at_each_of_them() -> None:
    """At T = 10 the cell is in range, at T = 100 it is not: neither hides the other."""
    claim = at.claim(
        0.1 * F0 / (eta * T), method=at.methods.SGD, step_range=[L**2 * eta**2 * T <= 1]
    )
    target = at.Quadratic(L=1.0, dim=1)
    options = {"K": 1, "eta": [0.3]}
    for lengths, expected in (
        ([10], ["violated"]),
        ([10, 100], ["violated", "outside"]),
        ([100], ["outside"]),
    ):
        for mode in (None, "unsafe"):
            results = at.Study([claim], target, T=lengths, mode=mode, **options).run()  # type: ignore[arg-type]
            assert results["status"].tolist() == expected
        verdict = at.validate(claim, ONE, T=lengths, eta=0.3, mode="unsafe")
        assert verdict.table["status"].tolist() == expected
    with pytest.raises(AssumptionError, match="L²η²T ≤ 1: the left side is 9"):
        at.validate(claim, ONE, T=[10, 100], eta=0.3)


def test_a_claim_at_prescribed_steps_says_nothing_of_others() -> None:
    assumed: dict[str, Any] = {"method": at.methods.SGD, "assumptions": [sigma_f <= 0]}
    claim = at.claim(2 * L * F0 / T, steps=lambda c, K, T, B: 1 / c.L, **assumed)
    assert at.validate(claim, ONE, T=10).status == "pass"
    assert at.validate(claim, ONE, T=10, eta=1.0).status == "pass"
    verdict = at.validate(claim, ONE, T=10, eta=1e-3)
    assert verdict.status == "outside" and "not those that it prescribes" in str(verdict)
    results = at.Study([claim], at.Quadratic(L=1.0, dim=1), K=1, T=10, eta=[1e-3, 1.0]).run()
    assert results["status"].tolist() == ["outside", "pass"]
    with pytest.raises(AssumptionError, match="not those that it prescribes"):
        falsify(claim, ONE, at.Gaussian(), Budget(K=1, T=10), eta=1e-3)


def test_only_the_run_decides_on_conditions_of_growing_noise() -> None:
    """σ_f ≥ … holds of the noise of the run, which additive noise of 0 does not tell beforehand."""
    claim = at.claim(
        100 * F0 / (eta * T) + 10 * L * eta * sigma_f**2,
        method=at.methods.SGD,
        assumptions=[1e-6 * L * F0 <= sigma_f**2],
    )
    for mode in (None, "unsafe"):
        assert at.validate(claim, ONE, at.Gaussian(s=1.0), T=5, eta=0.5, mode=mode).status == "pass"  # type: ignore[arg-type]
        results = at.Study(
            [claim], at.Quadratic(L=1.0, dim=1), T=5, K=1, s=[0.0, 1.0], eta=[0.5], mode=mode
        ).run()  # type: ignore[arg-type]
        assert results["status"].tolist() == ["outside", "pass"]
    with pytest.raises(AssumptionError, match="σ_f²"):
        at.validate(claim, ONE, T=5, eta=0.5)


def test_the_largest_spread_is_one_or_is_not_known() -> None:
    noise = at.Gaussian(sigma_f=1.0, s=1.2)
    steps = at.Steps(eta=1.0, K=1, T=4)
    exact = at.run(at.methods.SGD, ONE, noise, steps)
    assert exact.largest_spread[0, 0] > exact.spread[0, 0]
    few = at.run(at.methods.SGD, ONE, noise, steps, engine="numpy", replicas=4)
    assert np.isnan(few.largest_spread[0, 0])
    all_ = at.run(at.methods.SGD, ONE, noise, steps, engine="numpy", replicas=4, record=range(1, 5))
    assert np.all(np.diff(all_.largest_spread[:, 0]) >= 0) and np.all(
        all_.largest_spread >= all_.spread * (1 - 1e-12)
    )
    still = at.run(at.methods.SGD, ONE, at.Gaussian(sigma_f=1.0), steps, engine="numpy", replicas=4)
    assert still.largest_spread[0, 0] == still.spread[0, 0] == still.start[0]


def test_enough_replicas_may_pass_however_uneven_they_are() -> None:
    """Some hundreds of effective replicas tell a mean, whatever their share."""
    claim = at.claim(100.0, method=at.methods.SGD, measure="gap")
    options: dict[str, Any] = {"T": 2, "eta": 1.0, "engine": "numpy"}
    assert (
        at.validate(claim, ONE, at.Gaussian(s=1.0), replicas=256, **options).status == "undecided"
    )
    assert at.validate(claim, ONE, at.Gaussian(s=1.0), replicas=20_000, **options).status == "pass"


def test_nothing_negative_is_shown_as_a_bound() -> None:
    verdict = at.validate(theorems.SGD(), ONE, T=3, eta=5.0, mode="unsafe")
    assert (
        verdict.status == "outside"
        and np.isnan(verdict.table["bound"][0])
        and np.isnan(verdict.ratio)
    )
    assert "multiplicative" not in str(
        at.validate(theorems.ExactCorrection(), ONE, at.Gaussian(s=1.0), T=3, K=1)
    )


def test_a_class_that_changes_what_is_proved_is_read_with_care() -> None:
    class Other(theorems.SGDMomentum):
        method = at.methods.MVR

    class Fewer(theorems.SGD):
        assumptions = (sigma_f**2 <= L * F0,)

    assert (Other.variance, Other.mean_square, Fewer.variance) == ("largest", True, "largest")


def test_cases_of_corollaries_are_conditions_or_functions() -> None:
    bound = 2 * L * F0 / T
    values = {"L": np.ones(2), "F0": 1.0, "T": 2, "K": np.array([1, 3])}
    assert at.Corollary(bound, "K = 1", K <= 1).value(values).tolist() == [1.0, np.inf]
    with pytest.raises(InputError, match="applies = 3: must be a condition"):
        at.Corollary(bound, "three", 3)  # type: ignore[arg-type]
    both = at.Corollary(bound, "both", lambda v: v["K"] <= 1 and v["T"] > 1)
    with pytest.raises(
        InputError, match=r"case 'both' of a corollary raised ValueError.*np.logical_and"
    ):
        both.value(values)


def test_a_value_of_ones_own_is_asked_for_within_the_theorem_only() -> None:
    class Own(theorems.Naive):
        def value(self, constants: Any, steps: Any) -> Any:  # type: ignore[override]
            assert np.all(np.asarray(constants.beta) < 1)
            return super().value(constants, steps)

    grid = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=np.array([0.1, 5.0]))
    verdict = at.validate(Own(), grid, K=2, T=3, eta=0.5, mode="unsafe")
    assert verdict.table["status"].tolist() == ["pass", "outside"]
    assert falsify(Own(), examples=2_000).ratio > 0.5


@pytest.mark.parametrize("rounds", [[10], [10, 20]])
def test_a_function_is_called_twice_for_each_configuration(rounds: list[int]) -> None:
    calls = [0]

    def bound(c: Any, s: Any) -> float:
        calls[0] += 1
        value: float = 2 * c.F0 / (s.eta * s.K * s.T) + c.L * s.eta * c.sigma_h**2
        return value

    claim = at.claim(bound, method=at.methods.Naive)
    calls[0] = 0
    pair = at.Quadratic(L=1.0, mu=0.5, dim=2).with_helper(delta=np.geomspace(1e-3, 0.3, 50))
    at.validate(claim, pair, K=2, T=rounds, eta=0.5)
    assert calls[0] == 100


def test_a_step_within_a_rounding_of_1_is_taken_in_studies_too() -> None:
    claim = at.claim(1e9 * F0 * L, method=at.methods.AuxMOM)
    results = at.Study(
        [claim], at.Quadratic(L=1.0, dim=1), T=5, K=1, eta=[0.5], a=[1.0000000000000002]
    ).run()
    assert results.counts == {"pass": 1}
    assert at.Steps(eta=1.0, K=1, T=1, B=np.float32(np.inf)).B == np.inf
