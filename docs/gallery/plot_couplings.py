"""
Samples with the same index
===========================

The noise of f − h if both draw the same samples, over that of independent ones, for a helper with
wrong labels. Below 1 the coupling helps: at x = 0 for p < ½, at a minimiser that fits well up to a
smaller share.
"""

from auxtheory.analysis import coupling_table, couplings

table = coupling_table()
figure = couplings(table)
figure
