"""Theorems in LaTeX: what is printed has the value of the expressions, and can be compiled."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from latex_check import complaints
from typeset_cases import VALUES, formulas_of, sides
from typeset_check import latex_value

import auxtheory as at
from auxtheory.bounds.constants import lambda_K
from auxtheory.bounds.typeset import latex
from auxtheory.theorems import ALL, Theorem
from auxtheory.theorems.definition import steps_of
from auxtheory.theorems.rule import rule_of
from auxtheory.theorems.statement import Display, Source, Text, formula, statement

L, F0, eta, T = at.symbols("L F0 eta T")
NUMBERS = VALUES | {"pi": math.pi, "e": math.e}
HEAD = r"""\documentclass{article}
\usepackage{amsmath,amssymb,amsthm,booktabs}
\newtheorem{theorem}{Theorem}
\begin{document}
"""


def halved(c: Any, s: Any) -> float:
    # σ² in place of σ: at most ½ of it
    return float(0.5 * c.L * c.F0 / s.T)


def simple(c: Any, K: Any, T: Any, B: Any) -> Any:
    return np.minimum(1 / c.L, 0.5 / c.L), 0.25


def branching(c: Any, K: Any, T: Any, B: Any) -> Any:
    return (0.1 if c.L > 1 else 1 / c.L), None


def wrong_away_from_symbols(c: Any, K: Any, T: Any, B: Any) -> Any:
    return 1 / c.L if hasattr(c.L, "terms") else 2 / c.L


def my_step(x: Any, state: Any, round: Any, *, eta: float) -> Any:
    return x, state


class Odd(at.Theorem):
    """A theorem with a label of special characters.

    Source: Jürgen & Łukasz, p. 3_a, 100 % sure.
    """

    label = "my [own] #1 & 2"
    method = at.methods.SGD
    assumptions = at.symbols("sigma_f") <= 0
    step_range = L * eta <= 1
    bound = 2 * at.symbol("odd_theta", glyph="Θ", unit="F/X^2") * F0 / (eta * T * L)


def claims() -> list[Theorem]:
    SGD, method = at.theorems.SGD(), at.methods.SGD
    measures = at.measures
    return [
        Odd(),
        at.claim(halved, like=SGD, check_units=False),
        at.claim(halved, like=SGD, steps=SGD, check_units=False),
        at.claim(0.25, like=SGD),
        at.claim(float("inf"), like=SGD, steps=simple),
        at.claim(2 * L * F0 / T, method=method, steps=branching, name="Über"),
        at.claim(2 * L * F0 / T, method=method, steps=lambda c, K, T, B: branching(c, K, T, B)),
        at.claim(2 * F0 * at.exp(-eta * L * T), method=method, measure=measures.gap_last),
        at.claim(2 * F0, method=method, measure=measures.gap(over="rounds", weights=np.sqrt)),
        at.claim(2 * F0 / L, method=method, measure=measures.distance(over="local")),
        at.claim(2 * L * F0, method=my_step),
    ]


def everything() -> list[Theorem]:
    return [*(kind() for kind in ALL), *claims()]


EACH = pytest.mark.parametrize("theorem", everything(), ids=lambda theorem: theorem.name)


def on_one_line(code: str) -> str:
    """The code without what breaks lines."""
    code = re.sub(r"\\(begin|end)\{aligned\}|\{\}&|& \{\}|\\\\|&|,?\\;|\\biggl|\\biggr", " ", code)
    return re.sub(r"\\left|\\right|[\s,]+", "", code)


@EACH
def test_statements_are_latex(theorem: Theorem) -> None:
    code = theorem.to_latex()
    assert complaints(code) == []
    assert complaints(f"${formula(theorem)}$") == []
    assert code.startswith(r"\begin{theorem}[") and code.endswith(r"\end{theorem}")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.label)
def test_every_formula_of_a_theorem_is_in_its_statement_and_has_its_value(
    kind: type[Theorem],
) -> None:
    code = on_one_line(kind().to_latex())
    for expression in formulas_of(kind):
        text = latex(expression.layout(exact=True))
        wanted = pytest.approx(sides(expression), rel=1e-9)
        assert latex_value(text, NUMBERS) == wanted
        shown = {r"K \le 1": "K = 1", r"\sigma_{h} \le 0": r"\sigma_{h} = 0"}.get(text, text)
        assert on_one_line(shown) in code, text


def test_a_wrong_coefficient_is_seen() -> None:
    """The comparison itself can fail."""
    bound = at.theorems.AuxMVR().bound
    text = latex(bound.layout(exact=True))
    assert "8 a" in text
    changed = latex_value(text.replace("8 a", "9 a"), NUMBERS)
    assert changed != pytest.approx(sides(bound), rel=1e-9)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.label)
@pytest.mark.parametrize("quiet", [False, True])
def test_the_prescribed_steps_are_those_of_the_rule(kind: type[Theorem], quiet: bool) -> None:
    """Otherwise the statement prints other steps than `tune` gives."""
    theorem = kind()
    rng = np.random.default_rng(1)
    rule = rule_of(theorem)
    assert rule is not None
    for _ in range(50):
        numbers = {name: float(10 ** rng.uniform(-2, 1)) for name in at.Constants.names()}
        numbers |= {"beta": 0.3, "mu": 0.1 * numbers["L"]} | ({"sigma_r": 0.0} if quiet else {})
        K = 1 if theorem.method.single_step else int(rng.integers(1, 30))
        lengths = {"K": K, "T": int(rng.integers(1, 10_000)), "B": float(rng.integers(1, 100))}
        chosen = steps_of(theorem, at.Constants(**numbers), *lengths.values())
        case = "" if "" in rule else "σ_r = 0" if quiet else "σ_r > 0"
        values = numbers | lengths | {"lambda_K": lambda_K(K)}
        for name, expression in rule[case].items():
            values[name] = float(expression.value(values))
            assert values[name] == pytest.approx(float(chosen[name]), rel=1e-12), name


def test_a_rule_is_read_off_a_function_only_if_it_has_its_values() -> None:
    bound, method = 2 * L * F0 / T, at.methods.SGD

    def rule(steps: Callable[..., Any] | Theorem) -> Any:
        return rule_of(at.claim(bound, method=method, steps=steps))

    read = rule(simple)
    assert {name: str(v) for name, v in read[""].items()} == {"eta": "min{1/L, 0.5/L}", "a": "0.25"}
    assert rule(branching) is None and rule(wrong_away_from_symbols) is None
    assert rule(at.theorems.SGD()) == at.theorems.SGD.prescribed


def test_steps_of_another_rule_are_not_those_of_the_class_above() -> None:
    class Halved(at.theorems.SGD):
        """Half of the steps."""

        def step_sizes(self, c: Any, K: Any, T: Any, B: Any) -> Any:
            return 0.5 / c.L

    (steps,) = rule_of(Halved()).values()  # type: ignore[union-attr]
    assert str(steps["eta"]) == "0.5/L"


def test_a_bound_that_is_a_function_is_printed_as_code() -> None:
    parts = statement(at.claim(halved, like=at.theorems.SGD(), check_units=False))
    (code,) = (part.code for part in parts if isinstance(part, Source))
    assert code.startswith("def halved(c: Any, s: Any)")
    assert Display(r"G \le \mathrm{halved(c, s)}") in parts
    text = at.claim(halved, like=at.theorems.SGD(), check_units=False).to_latex()
    assert "# sigma2 in place of sigma: at most 1" in text


def test_what_a_statement_says() -> None:
    lines = [part.text for part in statement(at.theorems.ExactCorrectionPL()) if type(part) is Text]
    assert "; $\\nabla r$ is $\\delta$-Lipschitz" in lines[0]
    assert "The bound holds at these steps." in lines
    assert lines[-1] == "Source: arXiv 2206.00395 treats the general case; statement derived here."
    assert (
        r"\[" + "\n  \\mathbb{E}f(x^{T})-\\inf f \\le" in at.theorems.ExactCorrectionPL().to_latex()
    )
    assert "Prescribed steps, for $\\sigma_{r} > 0$:" in at.theorems.AuxMVR().to_latex()
    assert "no helper" in at.theorems.MVR().to_latex()
    notebook = at.theorems.AuxMOM()._repr_latex_()
    assert notebook.startswith("$$") and notebook.endswith("$$")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_everything_compiles(tmp_path: Path) -> None:
    table = at.Table(({"sigma_h": 1e-5, "why": "50 % of λ_K & σ_r ≤ 10^3, \\{}~ ‖x‖²"},))
    parts = [theorem.to_latex() for theorem in everything()]
    parts += [rf"\[{formula(theorem)}\]" for theorem in everything()]
    parts += [rf"\[{method.to_latex()}\]" for method in at.methods.LIBRARY]
    parts += [table.to_latex(), table.to_latex(caption="A caption", label="tab")]
    (tmp_path / "all.tex").write_text(HEAD + "\n\n".join(parts) + "\n\\end{document}\n")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
