r"""
What it costs
=============

The processor time of operations at three sizes of their input, a decade apart; where costs grow
like the work, the dots of a row are a decade apart too. The numbers are those of
``auxtheory bench growth`` that the repository keeps in ``analysis/results/bench-growth.json``.
"""

from pathlib import Path

from auxtheory.analysis.figures.costs import costs
from auxtheory.bench.growth import Growth

# The root of the repository, from a script in docs/gallery or from the current folder.
folders = [Path.cwd(), *Path.cwd().parents]
name = "analysis/results/bench-growth.json"
stored = next(path for f in folders if (path := f / name).exists())
figure = costs(Growth.read(stored).table)
figure
