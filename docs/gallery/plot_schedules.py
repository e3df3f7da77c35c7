r"""
Momentum that starts as a mean
==============================

From a first buffer of one sample, a constant momentum parameter a forgets the noise of that sample
slowly, or keeps too much of the noise of later ones. With :math:`a_t = \max\{a, 1/t\}` the
buffer is the mean of all samples at first, and forgets later.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["schedules"]
table = drawing.make()
figure = over_axis(drawing, table)
figure

# %%
# At the width of a column of a paper:

narrow = over_axis(drawing, table, width=3.4)
narrow
