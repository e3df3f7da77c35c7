r"""
The floor over the bias ζ
=========================

Naive trusts the helper, and its measured value has a floor that grows with :math:`\zeta^2`, the
squared bias of the helper's gradient. AuxMOM and AuxMVR correct the bias, and their values do not
depend on :math:`\zeta`.
"""

import numpy as np

import auxtheory as at
from auxtheory.analysis import floor_vs_zeta

study = at.Study(
    [at.theorems.Naive(), at.theorems.AuxMOM(), at.theorems.AuxMVR()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    at.Gaussian(sigma_f=0.1, sigma_h=0.1),
    delta=0.05,
    zeta=np.geomspace(1e-3, 10, 13),
    K=10,
    T=1_000,
)
results = study.run()
figure = floor_vs_zeta(results)
figure

# %%
# At the width of a column, with another name for naive:

column = floor_vs_zeta(results, width=3.4, height=3.2, titled=False, labels={"Naive": "SGD on $h$"})
column

# sphinx_gallery_thumbnail_number = 2
