"""The benchmark: engines against NumPy, JAX and PyTorch, each checked against exact means before it
is timed.

Within one run rows take turns, and what counts are medians and ratios. `lane` says how threads are
counted.
"""

from auxtheory.bench.report import Report, names, run
from auxtheory.bench.sizes import FULL, QUICK, Size, Sizes
from auxtheory.machine import machine

__all__ = ["FULL", "QUICK", "Report", "Size", "Sizes", "machine", "names", "run"]
