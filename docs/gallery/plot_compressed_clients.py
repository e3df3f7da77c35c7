"""
Clients with compressed helpers
===============================

Ten clients take their local steps on a copy of their function, rounded to few bits or sketched to a
low rank, so that the mean of the helpers is not f. Exact correction with copies of 2 bits is below
FedAvg and SCAFFOLD on the functions themselves, and 3 bits lose nothing. Dashes: each theorem's
bound.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["compressed-clients"]
figure = over_axis(drawing, drawing.make())
figure
