"""
Where SGD on components is stable
=================================

SGD with one component a step, on quadratics ½(aᵀx)² of three kinds, all of tr H = 2. The line is
the spectral radius of the map of E xxᵀ, the markers are runs of the exact engine. 2/tr H is the
threshold for equal norms alone.
"""

from auxtheory.analysis import threshold_table, thresholds

table = threshold_table()
figure = thresholds(table)
figure
