"""Factors: a number is named by its expression."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from auxtheory.conformance.factors import Factor, Setting, settings
from auxtheory.conformance.linear import solved

EXPRESSIONS: dict[str, Callable[[Setting], float]] = {
    "|S|/N": lambda s: s.S / s.N,
    "1/(η K)": lambda s: 1 / (s.eta * s.K),
    "−1": lambda s: -1.0,
    "0.1": lambda s: 0.1,
    "√K": lambda s: s.K**0.5,
    "η²": lambda s: s.eta**2,
    "a/(1 − a)": lambda s: s.a / (1 - s.a),
    "(1 + a)": lambda s: 1 + s.a,
    "2 η": lambda s: 2 * s.eta,
    "N/(N − 1)": lambda s: s.N / (s.N - 1),
    "3/|S|": lambda s: 3 / s.S,
    "1/d": lambda s: 1 / s.d,
    "√K/√d": lambda s: (s.K / s.d) ** 0.5,
    "−η (1 − a)": lambda s: -s.eta * (1 - s.a),
}


@pytest.mark.parametrize(("text", "rule"), EXPRESSIONS.items(), ids=EXPRESSIONS)
def test_a_factor_is_named_by_its_expression(text: str, rule: Callable[[Setting], float]) -> None:
    own = settings()
    assert str(Factor(np.array([rule(s) for s in own]), own)) == text


def test_a_factor_that_is_no_expression_tells_what_it_changes_with() -> None:
    own = settings()
    text = str(Factor(np.array([1 + s.eta * s.K for s in own]), own))
    assert text.startswith(
        "1.93 (at η = 0.31, a = 0.2, K = 3, N = 5, |S| = 3, d = 47; it changes with η, K;"
    )


def test_settings_ask_for_what_is_meant_to_work() -> None:
    assert all(s.K == 1 for s in settings(single_step=True))
    assert all(s.S == s.N for s in settings(partial=False))
    assert all(s.S < s.N for s in settings())


def test_what_is_no_combination_has_no_coefficients() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 20))
    found = solved(2 * x - 0.5 * y, {"x": x, "y": y}, 1e-7)
    assert found == pytest.approx({"x": 2.0, "y": -0.5}, rel=1e-9)
    assert solved(np.clip(x, -0.5, 0.5), {"x": x, "y": y}, 1e-7) is None
