r"""
Naive first, then a correction
==============================

Naive rounds take large steps until the bias :math:`\zeta` of the helper matters, exact correction
has no floor but smaller steps as :math:`\delta` grows. The hybrid switches from one to the other in
the round for which its bound is smallest.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["hybrids"]
table = drawing.make()
figure = over_axis(drawing, table)
figure

# %%
# At the width of a column of a paper:

narrow = over_axis(drawing, table, width=3.4)
narrow
