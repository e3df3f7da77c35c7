r"""
Where curvature grows with the gradient
=======================================

On an exponential function the curvature at the start is :math:`L`, that at the minimum
:math:`L_0`. Steps that are safe at the start are :math:`L/L_0` times too short at the end; a step
of given length is not. Bounds with :math:`L` (dashed) grow with it faster than those with
:math:`L_0, L_1`.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["growth"]
table = drawing.make()
figure = over_axis(drawing, table)
figure

# %%
# At the width of a column of a paper:

narrow = over_axis(drawing, table, width=3.4)
narrow
