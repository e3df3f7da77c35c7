r"""
Rate over the similarity δ
==========================

Each method under its bound over :math:`\delta`, which says how similar the Hessians of :math:`f`
and :math:`h` are. The measured values (points) of AuxMOM and AuxMVR fall with :math:`\delta`, as
their bounds (lines) do; SGD, which does not use :math:`h`, stays where it is.
"""

import numpy as np

import auxtheory as at
from auxtheory.analysis import rate_vs_delta

study = at.Study(
    [at.theorems.AuxMOM(), at.theorems.AuxMVR(), at.theorems.SGD()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    at.Gaussian(sigma_f=1.0),
    delta=np.geomspace(1e-3, 1, 13),
    K=10,
    T=10_000,
)
results = study.run()
figure = rate_vs_delta(results)
figure

# %%
# At the width of a column, 3.4 inches, with your own labels and order:

column = rate_vs_delta(
    results,
    width=3.4,
    height=3.2,
    titled=False,
    labels={"AuxMOM": "momentum", "AuxMVR": "variance reduction"},
    order=["SGD"],
)
column

# sphinx_gallery_thumbnail_number = 2
