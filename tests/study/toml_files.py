"""Study files, and what is reported of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from auxtheory.errors import InputError
from auxtheory.study.toml import read

HEAD = 'theorems = ["AuxMOM"]\n[target]\nL = 1.0\ndim = 4\n'
LENGTHS = "K = 1\nT = 2\n"
GOOD = f"{HEAD}[axes]\n{LENGTHS}"


def told(path: Path) -> list[str]:
    """The complaints about a file, as they stand below the head of the one message."""
    with pytest.raises(InputError) as caught:
        read(path)
    head, *lines = str(caught.value).split("\n  ")
    assert head == f"{len(lines)} bad input{'s' if len(lines) > 1 else ''} in {path}:"
    assert lines == list(caught.value.complaints) and not any("\n" in line for line in lines)
    return lines


OWN = """
import auxtheory as at
F0, eta, K, T = at.symbols('F0 eta K T')
Mine = at.claim(2 * F0 / (eta * K * T), like=at.theorems.ExactCorrection(), name='Mine',
                steps=at.theorems.ExactCorrection())
class Other(at.theorems.AuxMOM):
    "Mine."
class Needy(at.theorems.AuxMOM):
    "Not to be made without x."
    def __init__(self, x): self.x = x
number = 3
"""
