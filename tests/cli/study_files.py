"""A study as a TOML file."""

from __future__ import annotations

TOML = """
title = "Small"
theorems = ["AuxMOM", "SGD"]
[target]
L = 1.0
mu = 0.2
dim = 4
[noise]
sigma_f = 1.0
[axes]
delta = { from = 0.01, to = 1.0, points = 3 }
K = [2, 5]
T = [10, 20]
"""
