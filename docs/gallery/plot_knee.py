"""
More local steps help up to L/δ
===============================

SCAFFOLD at its best of 24 step sizes: G falls as 1/K until K ≈ L/δ, and then no further.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["knee"]
figure = over_axis(drawing, drawing.make())
figure
