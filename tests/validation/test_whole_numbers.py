"""Whole floats are whole numbers."""

from __future__ import annotations

import numpy as np
import pytest

import auxtheory as at
from auxtheory import theorems
from auxtheory.cli.parser import main
from auxtheory.errors import InputError
from auxtheory.testing.strategies import Budget

L, F0 = at.symbols("L F0")
TWO = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.0)


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
