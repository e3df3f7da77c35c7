"""
Where SCAFFOLD diverges
=======================

The largest stable δηK with two clients. One coordinate and Lη → 0: 2 at K = 2, and 1.5434 as K
grows. With f of rank one and clients that do not commute with it, 1.008 at K = 100: a search over
diagonal clients does not see it. Dashes: the proved range.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["scaffold-range"]
figure = over_axis(drawing, drawing.make())
figure
