"""
Some of the clients at work
===========================

S of 32 clients work in a round. Without variance reduction the sampling of unlike clients is
noise; lagged SCAFFOLD pays for controls that are out of date, whatever ζ.
"""

from auxtheory.analysis import CATALOGUE, over_axis

drawing = CATALOGUE["sampled-clients"]
figure = over_axis(drawing, drawing.make())
figure
