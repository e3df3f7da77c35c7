"""Studies of a user's own theorems, in a folder of their own."""

from __future__ import annotations

import html
import re
import sys

import pytest

MINE = """
import auxtheory as at
L, F0, T, delta = at.symbols("L F0 T delta")

class MyTheorem(at.theorems.AuxMOM):
    '''Mine.'''
    corollaries = tuple(at.Corollary(c.bound * 2, case=c.case) for c in at.theorems.AuxMOM.corollaries)

def rate(c, s):
    return 4 * c.L * c.F0 / s.T

mine = at.claim(rate, like=at.theorems.SGD(), steps=at.theorems.SGD(), name="Mine")
"""
TOML = """
theorems = [{theorems}]
[target]
L = 1.0
mu = 0.2
dim = 4
[axes]
delta = [0.01, 0.1]
K = [2, 5]
T = [10, 20]
"""
OWN = '"mine.py:MyTheorem", "mine.py:mine", "SGD"'


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process of its own: no module of the user's is there."""
    for name in ("mine", "pack", "pack.mine"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def codes(page: str) -> list[str]:
    """What a page prints as commands."""
    return [html.unescape(code) for code in re.findall(r"<code[^>]*>(.*?)</code>", page)]


THEIRS = '''
import auxtheory as at

FACTOR = 2

class Theirs(at.theorems.AuxMOM):
    """Defined in a file that no worker can import."""
    corollaries = tuple(at.Corollary(c.bound * FACTOR, case=c.case) for c in at.theorems.AuxMOM.corollaries)
    factor = property(lambda self: FACTOR)
'''
