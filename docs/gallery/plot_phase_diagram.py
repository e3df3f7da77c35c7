r"""
Which method is best
====================

The colour of a cell is the method with the least measured value at equal price, over
:math:`\delta/L` and the noise; it is stronger the further the second best is behind. The price
counts gradients of :math:`f-h`, and gradients of :math:`h` at a small fraction of that.
"""

import numpy as np

import auxtheory as at
from auxtheory.analysis import phase_diagram

study = at.Study(
    [at.theorems.AuxMOM(), at.theorems.AuxMVR(), at.theorems.SGD(), at.theorems.Naive()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    delta=np.geomspace(1e-3, 1, 13),
    zeta=0.1,
    sigma_f=np.geomspace(1e-3, 10, 11),
    K=10,
    T=[30, 100, 300, 1_000],
)
results = study.run()
figure = phase_diagram(results)
figure

# %%
# If a gradient of :math:`h` costs half as much as one of :math:`f-h`, SGD is best in more cells:

expensive = phase_diagram(results, c_h=0.5)
expensive
