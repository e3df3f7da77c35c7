"""Methods as pseudocode: what is printed means what the program does."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.methods.description import described
from auxtheory.methods.pseudocode import calls, latex, pseudocode


class Nesterov(at.Method):
    """Nesterov's method with noise."""

    state = "x v"

    def start(o, x):
        return x, 0 * x

    def step(o, x, v, *, eta, beta=0.5):
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


class Loopless(at.Method):
    """Loopless SVRG: a coin decides when the reference point moves."""

    state = "x w g"

    def start(o, x):
        return x, x, o.f(x, exact=True)

    def step(o, x, w, g, *, eta, p):
        d, d_w = o.f(x, w)
        coin = o.coin(p)
        g_new = o.where(coin, o.f(x, exact=True), g)
        return x - eta * (d - d_w + g), o.where(coin, x, w), g_new


class Swap(at.Method):
    """Two variables that change places: neither may be assigned first."""

    state = "x y"

    def start(o, x):
        return x, 2 * x

    def step(o, x, y, *, eta):
        return y - eta * o.f(y), x


class Odd(at.Method):
    """Powers, quotients, roots, signs of numbers that bind differently."""

    units: ClassVar = {"c": "F/X"}

    def step(o, x, *, eta, c, p=2.0):
        g = o.f(x)
        size = o.norm(g) / (c - c / 2) - (1 - p)
        return x - eta * g / (1 + size ** (1 + p)) * o.minimum(1, o.sqrt(size)) - (x - x)


@pytest.mark.parametrize("method", methods.ALL)
def test_each_line_of_the_papers_methods_is_the_papers(method: at.methods.MethodType) -> None:
    rule = {
        "Naive": "K times   x ← x − η g_h(x)",
        "SGD": "K times   x ← x − η g_f(x)",
        "ExactCorrection": "each later round   m ← ∇r(x)",
        "AuxMOM": "each later round   m ← (1 − a) m + a g_r(x)",
        "AuxMVR": "each later round   m ← g_r(x; ξ) + (1 − a) (m − g_r(x_prev; ξ));  x_prev ← x",
        "SGDMomentum": "K times            x ← x − η m",
        "MVR": "each later round   m ← g_f(x; ξ) + (1 − a) (m − g_f(x_prev; ξ));  x_prev ← x",
    }
    assert rule[method.name] in pseudocode(method).splitlines()


def test_shared_values_have_a_name_and_each_variable_changes_after_it_was_read() -> None:
    assert pseudocode(Nesterov).splitlines() == [
        "start     v ← 0",
        "K times   v⁺ ← β v − η g_f(x + β v);  x ← x + v⁺;  v ← v⁺",
    ]
    lines = pseudocode(Loopless).splitlines()[1].split(";  ")
    assert lines[0].endswith("c ← coin(p)")
    assert lines.index("w ← {x if c, otherwise w}") < lines.index("x ← x⁺")
    assert pseudocode(Swap).splitlines()[1] == "K times   x⁺ ← y − η g_f(y);  y ← x;  x ← x⁺"


def test_parentheses_stand_where_they_are_needed() -> None:
    text = pseudocode(Odd)
    assert "‖u‖/(c − c/2) − (1 − p)" in text
    assert "^(1 + p)" in text
    assert text.count("(") == text.count(")")


@pytest.mark.parametrize("method", [*methods.ALL, Nesterov, Loopless, Swap, Odd])
def test_latex_is_balanced(method: at.methods.MethodType) -> None:
    code = latex(method)
    assert code.count("{") == code.count("}")
    assert len(re.findall(r"\\left\b", code)) == len(re.findall(r"\\right\b", code))
    assert len(re.findall(r"\\begin", code)) == len(re.findall(r"\\end", code))
    assert not set(code) & set("∇ξ←−ηβ")


def test_calls_are_those_of_the_program_with_the_helper_that_the_method_sees() -> None:
    rows = [(row["hook"], row["oracle"], row["points"], row["sample"]) for row in calls(Loopless)]
    assert rows == [
        ("start", "f", 1, "exact"),
        ("step", "f", 2, "one sample"),
        ("step", "f", 1, "exact"),
    ]
    assert [row["oracle"] for row in calls(methods.SGDMomentum)] == ["f", "f", "0"]
    assert [row["oracle"] for row in calls(methods.SGD)] == ["f"]


def test_the_page_says_what_is_read_off_the_text() -> None:
    page = described(Odd)
    assert "c [F·X^-1]" in page
    assert "p [1] = 2" in page
    assert "affine      no: Odd.step is not affine: norm in line" in page
    assert "elementwise no: Odd.step needs all coordinates" in page
    assert "noise       σ_r, σ_h; one sample at two points" in described(methods.AuxMVR)
    assert "memory      w, g besides x" in described(Loopless)
