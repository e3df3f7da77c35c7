r"""
Rate over the rounds T, and a violated bound
============================================

Each method under its bound over the number of rounds; the slopes in the legend are fitted where
one term supplies at least 80 % of the bound. The second figure adds a claim with too small a
constant: where the measured value is above it, the point has a ring.
"""

import numpy as np

import auxtheory as at
from auxtheory.analysis import rate_vs_T

theorems = [at.theorems.AuxMOM(), at.theorems.AuxMVR(), at.theorems.SGD()]
target = at.Quadratic(L=1.0, mu=0.5, dim=16)
noise = at.Gaussian(sigma_f=1.0)
T = np.unique(np.geomspace(10, 10_000, 10).astype(int))
figure = rate_vs_T(at.Study(theorems, target, noise, delta=0.02, K=10, T=T).run())
figure

# %%
# A claim of your own, at the steps of S3, in a column of a paper:

F0, delta, sigma_r, rounds = at.symbols("F0 delta sigma_r T")
S3 = at.theorems.AuxMOM()
bold = at.claim(at.sqrt(delta * F0 * sigma_r**2 / rounds), like=S3, steps=S3, name="Bold")
results = at.Study([S3, bold], target, noise, delta=0.02, K=10, T=T).run()
column = rate_vs_T(results, width=3.4, height=3.2, titled=False, colours={"Bold": "#D55E00"})
column

# sphinx_gallery_thumbnail_number = 2
