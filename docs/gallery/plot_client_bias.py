"""
FedAvg and SCAFFOLD over the dissimilarity of clients
=====================================================

The same methods over ζ, the size of the clients' gradients at x*: it enters FedAvg alone.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["client-bias"]
figure = over_axis(drawing, drawing.make())
figure
