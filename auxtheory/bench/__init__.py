"""The benchmark: engines against NumPy, JAX and PyTorch, each checked against exact means before it
is timed.

Within one run rows take turns, and the results are medians and ratios. `processes` explains how
threads are counted.
"""

from auxtheory.bench.report import Report, names, run
from auxtheory.bench.sizes import FULL, QUICK, Size, Sizes
from auxtheory.machine import machine

__all__ = ["FULL", "QUICK", "Report", "Size", "Sizes", "machine", "names", "run"]
