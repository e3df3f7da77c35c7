"""
FedAvg and SCAFFOLD over the similarity of clients
==================================================

Ten clients, all at work, K = 10 local steps: FedAvg is held back by the clients' differences,
SCAFFOLD and exact correction by δ alone, gradient descent by neither. Markers are exact
expectations at each theorem's own steps, dashes its bound.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["clients"]
figure = over_axis(drawing, drawing.make())
figure
