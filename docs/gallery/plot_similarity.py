r"""
Other measures of similarity
============================

On each pair the theorem with :math:`\delta` is compared with one that takes another measure of how
alike :math:`f` and :math:`h` are: along the run, of each coordinate, relative to the curvature of
:math:`f`, relative to that of :math:`h`. Lines are bounds, markers measured values.
"""

from auxtheory.analysis import similarity, similarity_table

figure = similarity(similarity_table())
figure
