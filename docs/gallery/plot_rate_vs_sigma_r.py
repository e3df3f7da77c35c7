r"""
Rate over the noise
===================

Each method under its bound over :math:`\sigma_r`, the noise of a sample of :math:`\nabla(f-h)`;
SGD is drawn over :math:`\sigma_f`, the noise of its samples. With little noise the deterministic
terms of the bounds dominate, and the curves are level.
"""

import numpy as np

import auxtheory as at
from auxtheory.analysis import rate_vs_sigma_r

study = at.Study(
    [at.theorems.AuxMOM(), at.theorems.AuxMVR(), at.theorems.SGD()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    delta=0.05,
    sigma_f=np.geomspace(1e-3, 10, 13),
    K=10,
    T=1_000,
)
results = study.run()
figure = rate_vs_sigma_r(results)
figure

# %%
# Into axes of your own, next to another figure. The legend above serves both:

from matplotlib.figure import Figure

from auxtheory.analysis import rate_vs_delta

over_delta = at.Study(
    [at.theorems.AuxMOM(), at.theorems.AuxMVR(), at.theorems.SGD()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    at.Gaussian(sigma_f=1.0),
    delta=np.geomspace(1e-3, 1, 13),
    K=10,
    T=1_000,
)
page = Figure(figsize=(7, 3), layout="constrained")
left, right = page.subplots(1, 2)
rate_vs_sigma_r(results, ax=left, titled=False, legend="none")
rate_vs_delta(over_delta.run(), ax=right, titled=False, legend="none")
right.set_ylabel("")
page

# sphinx_gallery_thumbnail_number = 2
