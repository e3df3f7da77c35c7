r"""
All theorems over one axis
==========================

The bound of every theorem of a study as a line, the largest measured value as a marker, over any
axis of the study. Where the library has a lower bound on the method, a thin line shows it; the band
from there to the theorem's bound is what a better proof could gain.
"""

import numpy as np

import auxtheory as at
from auxtheory.analysis import comparison

study = at.Study(
    [
        at.theorems.SGD(),
        at.theorems.SGDMomentum(),
        at.theorems.MVR(),
        at.theorems.AuxMOM(),
        at.theorems.AuxMVR(),
    ],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    at.Gaussian(sigma_f=1.0),
    delta=0.02,
    K=10,
    T=np.unique(np.geomspace(10, 10_000, 7).astype(int)),
)
results = study.run()
figure = comparison(results, "T")
figure

# %%
# A panel for each theorem, with the other bounds in light grey:

panels = comparison(results, "T", panels=True)
panels
