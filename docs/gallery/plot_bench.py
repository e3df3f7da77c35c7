r"""
The benchmark
=============

The speed of the engines relative to NumPy, JAX and PyTorch, a panel for each task; longer bars to
the right are faster. The numbers are those of ``auxtheory bench`` that the repository keeps in
``analysis/results/bench.json``.
"""

import json
from pathlib import Path

from auxtheory.analysis.figures.bench import bench
from auxtheory.table import Table

# The root of the repository, from a script in docs/gallery or from the current folder.
folders = [Path.cwd(), *Path.cwd().parents]
stored = next(path for f in folders if (path := f / "analysis/results/bench.json").exists())
rows = json.loads(stored.read_text(encoding="utf-8"))["rows"]
figure = bench(Table(tuple(rows)))
figure

# %%
# One group alone:

name = rows[0]["group"]
one = bench(Table(tuple(row for row in rows if row["group"] == name)))
one
