r"""
Rate over the initial gap
=========================

Each method under its bound over :math:`F_0=f(x^0)-\inf f`. Where noise dominates, the bound of
AuxMOM grows as :math:`\sqrt{F_0}`, that of AuxMVR as :math:`F_0^{2/3}`.
"""

import numpy as np

import auxtheory as at
from auxtheory.analysis import rate_vs_F0

study = at.Study(
    [at.theorems.AuxMOM(), at.theorems.AuxMVR(), at.theorems.SGD()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    at.Gaussian(sigma_f=1.0),
    delta=0.05,
    F0=np.geomspace(1e-3, 1e3, 13),
    K=10,
    T=1_000,
)
results = study.run()
figure = rate_vs_F0(results)
figure

# %%
# At the width of a column, in grey, for a printer without colours; markers and dashes still
# differ:

greys = {"AuxMOM": "#000000", "AuxMVR": "#666666", "SGD": "#999999"}
column = rate_vs_F0(results, width=3.4, height=3.2, titled=False, colours=greys)
column

# sphinx_gallery_thumbnail_number = 2
