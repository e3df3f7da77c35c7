"""The glossary, and the frozen records of constants and steps that refuse nonsense, all of it at
once."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxtheory.bounds.constants import Constants, Steps, lambda_K
from auxtheory.bounds.glossary import GLOSSARY, symbols
from auxtheory.bounds.posynomial import Unit
from auxtheory.errors import InputError

SOUND: dict[str, Any] = {
    "L": 2.0,
    "F0": 1.0,
    "mu": 0.5,
    "delta": 0.3,
    "beta": 0.1,
    "zeta": 4.0,
    "sigma_r": 0.2,
}


def unit(f: int, x: int) -> Unit:
    return Unit(Fraction(f), Fraction(x))


def test_units_are_those_of_the_theory() -> None:
    """Otherwise the unit check of every bound checks against something else; the table of theory.md,
    copied by hand."""
    curvature = unit(1, -2)
    gradient = unit(1, -1)
    none = unit(0, 0)
    expected = dict.fromkeys(("L", "mu", "delta"), curvature) | dict.fromkeys(
        ("zeta", "sigma_f", "sigma_h", "sigma_r"), gradient
    )
    expected |= dict.fromkeys(("beta", "a", "K", "T", "B", "lambda_K"), none)
    expected |= {"F0": unit(1, 0), "eta": unit(-1, 2), "eta_x": unit(0, 1)}
    assert {name: q.unit for name, q in GLOSSARY.items()} == expected
    assert {name: q.symbol.unit for name, q in GLOSSARY.items()} == expected


def test_the_glossary_is_complete_and_cannot_be_changed() -> None:
    """Otherwise a constant has no glyph or meaning, or one module redefines a symbol for all others."""
    steps = {"eta", "eta_x", "a", "K", "T", "B", "lambda_K"}
    assert set(Constants.names()) | steps == set(GLOSSARY)
    assert all(q.name == name and q.glyph and q.meaning for name, q in GLOSSARY.items())
    assert len({q.glyph for q in GLOSSARY.values()}) == len(GLOSSARY)
    with pytest.raises(TypeError):
        GLOSSARY["L"] = GLOSSARY["mu"]  # type: ignore[index]
    eta, B = symbols("eta B")
    assert (str(eta), str(B), eta.names) == ("η", "B", {"eta"})


def test_constants_hold_what_was_given() -> None:
    """Otherwise a bound is evaluated at other numbers than were asked for."""
    c = Constants(**SOUND)
    assert c.values() == {**dict.fromkeys(("sigma_f", "sigma_h"), 0.0), **SOUND}
    assert c.replace(delta=7.0).values() == {**c.values(), "delta": 7.0}
    assert c.delta == 0.3
    with pytest.raises(dataclasses.FrozenInstanceError):
        c.L = 3.0  # type: ignore[misc]


def test_the_kinds_of_constants() -> None:
    """Otherwise an estimate is sold as exact."""
    c = Constants(**SOUND, kinds={"delta": "certified", "mu": "estimate"})
    assert dict(c.kinds) == {
        **dict.fromkeys(Constants.names(), "exact"),
        "delta": "certified",
        "mu": "estimate",
    }
    assert "δ = 0.3  (certified)" in str(c) and "L = 2.0  (exact)" in str(c)
    assert dict(c.replace(L=3.0).kinds) == dict(c.kinds)
    with pytest.raises(TypeError):
        c.kinds["L"] = "estimate"  # type: ignore[index]
    with pytest.raises(
        InputError,
        match=r"(?s)2 bad inputs.*kinds\['L'\] = 'exat': .*did you mean 'exact'.*'Delta'",
    ):
        Constants(**SOUND, kinds={"L": "exat", "Delta": "exact"})


BAD = [math.nan, -1.0, -math.inf, "1", None, True, 1j, [], [1.0, math.nan]]


@pytest.mark.parametrize("bad", [*BAD, math.inf], ids=repr)
@pytest.mark.parametrize("name", Constants.names())
def test_a_bad_constant_is_named_with_its_range(name: str, bad: Any) -> None:
    """Otherwise nonsense enters a bound and comes out as a number."""
    if name == "beta" and bad == math.inf:
        # No finite β exists for some pairs.
        assert Constants(**{**SOUND, name: bad}).beta == math.inf
        return
    with pytest.raises(InputError, match=rf"1 bad input:\n  {name} = .*: must "):
        Constants(**{**SOUND, name: bad})


@pytest.mark.parametrize("name", ["L", "F0"])
def test_zero_is_not_a_smoothness_or_an_initial_gap(name: str) -> None:
    """Otherwise a step size divides by zero."""
    with pytest.raises(
        InputError, match=rf"{name} = 0.0: must be a finite number in \[1e-100, 1e\+100\]"
    ):
        Constants(**{**SOUND, name: 0.0, "mu": 0.0})


def test_all_bad_constants_are_listed_at_once() -> None:
    """Otherwise a user mends them one run at a time."""
    with pytest.raises(InputError) as caught:
        Constants(L=-1.0, F0=math.nan, delta=math.inf, sigma_r="2", zeta=-0.5)  # type: ignore[arg-type]
    message = str(caught.value)
    assert message.startswith("5 bad inputs:\n")
    assert all(f"\n  {name} = " in message for name in ("L", "F0", "delta", "sigma_r", "zeta"))
    assert len(caught.value.complaints) == 5


def test_constants_that_do_not_go_together() -> None:
    """Otherwise a PŁ constant above the smoothness, or two grids of different length, pass unseen."""
    with pytest.raises(InputError, match=r"mu = 3.0: must be at most L = 2.0"):
        Constants(**{**SOUND, "mu": 3.0})
    Constants(**{**SOUND, "mu": 2.0})
    Constants(**{**SOUND, "L": np.array([1.0, 2.0]), "mu": 0.5, "delta": np.array([0.1, 0.2])})
    with pytest.raises(InputError, match=r"mu = .*: must be at most"):
        Constants(**{**SOUND, "L": np.array([1.0, 0.4]), "mu": 0.5})
    with pytest.raises(
        InputError, match=r"shapes of delta, zeta = \(\(2,\), \(3,\)\): must be numbers"
    ):
        Constants(**{**SOUND, "delta": np.ones(2), "zeta": np.ones(3)})


def test_steps_hold_what_was_given() -> None:
    """Otherwise a run has other step sizes than were asked for."""
    s = Steps(eta=0.1, K=4, T=10, a=0.3, B=5, mode="tuned")
    assert s.values() == {"eta": 0.1, "a": 0.3, "K": 4, "T": 10, "B": 5, "lambda_K": lambda_K(4)}
    assert s.replace(T=3).T == 3 and s.T == 10
    assert (
        Steps(eta=0.1, K=1, T=1).a,
        Steps(eta=0.1, K=1, T=1).B,
        Steps(eta=0.1, K=1, T=1).mode,
    ) == (
        None,
        math.inf,
        "unsafe",
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("eta", [*BAD, math.inf, 0.0]),
        ("a", [math.nan, -1.0, 0.0, 1.5, math.inf, "1", True, [0.5, 2.0]]),
        ("K", [0, -1, 2.5, math.inf, math.nan, "3", None, True]),
        ("T", [0, -1, 2.5, math.inf, math.nan, "3", None, True]),
        ("B", [0, -1, 2.5, math.nan, -math.inf, "3", None, True]),
        ("mode", ["Tuned!", "safe", None]),
    ],
)
def test_a_bad_step_is_named(name: str, values: list[Any]) -> None:
    """Otherwise a run starts with lengths or step sizes that mean nothing."""
    sound: dict[str, Any] = {"eta": 0.1, "K": 2, "T": 3, "a": 0.5, "B": 1}
    for bad in values:
        with pytest.raises(InputError, match=rf"1 bad input:\n  {name} = .*: must "):
            Steps(**{**sound, name: bad})
    with pytest.raises(
        InputError, match=r"(?s)3 bad inputs.*eta.*K.*a = 2.0: must be a finite number in \(0, 1\]"
    ):
        Steps(eta=0.0, K=0, T=3, a=2.0)


def test_numpy_integers_are_whole_numbers() -> None:
    """Otherwise lengths taken from an array are refused."""
    s = Steps(eta=np.float64(0.1), K=np.int64(2), T=np.int32(3), B=np.int64(4))
    assert (s.K, s.T, s.B) == (2, 3, 4)


@given(K=st.integers(1, 60))
def test_lambda_is_the_norm_of_the_triangle_of_ones(K: int) -> None:
    """Otherwise the step condition of S1 uses another constant than its proof."""
    norm = np.linalg.norm(np.tril(np.ones((K, K)), -1), ord=2) ** 2
    assert lambda_K(K) == pytest.approx(norm, rel=1e-11)
    assert lambda_K(K) <= K * (K - 1) / 2 + 1e-12 and lambda_K(K) <= (2 * K / math.pi) ** 2
    assert lambda_K(1) == 0


@pytest.mark.parametrize("K", [0, -3])
def test_lambda_needs_a_step(K: int) -> None:
    """Otherwise the formula is evaluated at its pole."""
    with pytest.raises(InputError, match=f"K = {K}: must be a whole number of at least 1"):
        lambda_K(K)
