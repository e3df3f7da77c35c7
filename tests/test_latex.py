"""Names, numbers, texts and tables in LaTeX."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from latex_check import complaints

import auxtheory as at
from auxtheory.bounds.numerals import numeral
from auxtheory.bounds.typeset import latex
from auxtheory.latex import cell, escaped, heading, number, symbol

finite = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)


@given(value=finite, digits=st.integers(1, 17))
def test_a_number_is_read_back(value: float, digits: int) -> None:
    code = number(value, digits)
    match = re.fullmatch(r"\$?(-?[\d.]+(?: \\times )?)?(-?10\^\{(-?\d+)\})?\$?", code)
    assert match, code
    head = (match[1] or "").removesuffix(r" \times ")
    power = float(f"1e{match[3]}") if match[3] and abs(int(match[3])) < 300 else None
    if match[3] and power is None:
        return
    sign = -1.0 if (match[2] or "").startswith("-") else 1.0
    read = (float(head) if head else 1.0) * (power or 1.0) * sign
    assert read == pytest.approx(float(f"{value:.{digits}g}"), rel=1e-14)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0.00123, r"$1.23 \times 10^{-3}$"),
        (0.0123, "0.0123"),
        (1e-9, "$10^{-9}$"),
        (99999.6, "$10^{5}$"),
        (-0.5, "$-0.5$"),
        (math.inf, r"$\infty$"),
        (math.nan, "--"),
        (0.0, "0"),
        (-3, "$-3$"),
        (10_000, "10000"),
        (True, "True"),
        (None, ""),
        ("50 % of λ_K & σ_r ≤ x²", r"50 \% of $\lambda_{K}$ \& $\sigma_{r}$ $\le$ x$^{2}$"),
    ],
)
def test_cells(value: object, code: str) -> None:
    assert cell(value) == code


@given(st.text())
def test_any_text_is_latex_in_ascii(text: str) -> None:
    code = escaped(text)
    assert code.isascii()
    assert complaints(re.sub(r"[\x00-\x1f\x7f]", " ", code)) == []


def test_symbols_and_headings() -> None:
    names = {
        "sigma_h": r"\sigma_{h}",
        "F0": "F_{0}",
        "x_prev": r"x_{\mathrm{prev}}",
        "x_a_b_c": r"x_{\mathrm{a\_b\_c}}",
        "omicron": r"\mathrm{omicron}",
        "Alpha": r"\mathrm{Alpha}",
        "Gamma": r"\Gamma",
        "lambda_K": r"\lambda_{K}",
        "beta1": r"\beta_{1}",
    }
    assert {name: symbol(name) for name in names} == names
    assert [heading(name) for name in ("T", "eta", "calls_r", "tight/bound", "F0 bounds")] == [
        "$T$",
        r"$\eta$",
        r"calls\_r",
        "tight/bound",
        "F0 bounds",
    ]


TABLE = at.Table(
    ({"sigma_h": 0.5, "G": 0.00123, "why": "a_b"}, {"sigma_h": 1.0, "G": -1e9, "why": "50 %"})
)


def test_a_table_has_its_columns_rows_and_alignment() -> None:
    code = TABLE.to_latex(columns=["why", "G"], caption=r"Of $\sigma_h$", label="tab:x", digits=2)
    assert complaints(code) == []
    assert code.splitlines()[1:4] == [
        r"  \centering",
        r"  \caption{Of $\sigma_h$}",
        r"  \label{tab:x}",
    ]
    assert r"\begin{tabular}{lr}" in code
    rows = [
        re.split(r" *& *| *\\\\", line.strip())[:2] for line in code.splitlines() if "&" in line
    ]
    assert rows == [["why", "$G$"], [r"a\_b", r"$1.2 \times 10^{-3}$"], [r"50 \%", r"$-10^{9}$"]]


def test_two_columns_of_one_heading_stay_two() -> None:
    code = at.Table(({"x1": 1, "x_1": 2},)).to_latex()
    assert r"\begin{tabular}{rr}" in code and r"1 &       2" in code


def test_bad_input_is_listed() -> None:
    with pytest.raises(at.InputError) as error:
        TABLE.to_latex(columns=["G", "H"], digits=0, caption=3)  # type: ignore[arg-type]
    assert len(error.value.complaints) == 3


def test_verdicts_and_results_have_the_columns_that_they_print() -> None:
    pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
    verdict = at.validate(at.theorems.ExactCorrection(), pair, K=2, T=[2, 4])
    code = verdict.to_latex(caption="S1")
    assert complaints(code) == []
    assert [heading in code for heading in ("$T$", r"$\eta$", "ratio", "status")] == [True] * 4
    assert "dominant" not in code and "calls" not in code and "$a$" not in code
    assert "dominant" in verdict.to_latex(columns=["T", "dominant"])
    study = at.Study([at.theorems.ExactCorrection()], at.Quadratic(L=1.0, dim=2), K=2, T=[2, 4])
    code = study.run().to_latex()
    assert complaints(code) == [] and code.count(r"\\") == 3 and "dominant" not in code


@pytest.mark.parametrize(
    ("coefficient", "root", "text"),
    [
        (8 / 3, 1, "8 | 3 |"),
        (2 * math.sqrt(2), 1, r"2 \sqrt{2} | |"),
        (2 * math.sqrt(2), 2, "2 | | 2"),
        (8 / math.sqrt(3), 2, "8 | | 3^-1"),
        (2 * math.sqrt(2 * math.sqrt(2)), 2, r"2 | | 2 \sqrt{2}"),
        (14 * math.sqrt(2) / 3, 1, r"14 \sqrt{2} | 3 |"),
        (4 / math.pi, 1, r"4 | \pi |"),
        (math.e / 2, 1, "e | 2 |"),
        (32 ** (-1 / 3), 3, "| | 32^-1"),
        (8.47, 1, "8.47 | |"),
        (0.3333333, 1, "0.333333 | |"),
        (1e-5, 1, r"1 \times 10^{-5} | |"),
        (1.0, 1, "| |"),
    ],
)
def test_coefficients_are_written_as_by_hand(coefficient: float, root: int, text: str) -> None:
    above, below, under = numeral(coefficient, root)
    raised = [latex(node) + ("" if power == 1 else "^-1") for node, power in under]
    sides = " | ".join(" ".join(map(latex, part)) for part in (above, below))
    assert re.sub(r" +", " ", f"{sides} | {' '.join(raised)}").strip() == text


def test_the_latex_of_expressions_for_notebooks() -> None:
    L, T = at.symbols("L T")
    assert ((8 * L / (3 * T)) ** Fraction(1, 2))._repr_latex_() == (
        r"$\displaystyle 2 \sqrt{\frac{2 L}{3 T}}$"
    )
    assert (L <= T * L)._repr_latex_() == r"$\displaystyle L \le T L$"
    corollary = at.Corollary(lambda c, s: 1.0)
    assert corollary._repr_latex_() == r"$\mathrm{bound(c, s)}$"
