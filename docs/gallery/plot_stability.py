r"""
Inside and outside the range of the steps
=========================================

Measured values over the step size :math:`\eta` and the momentum parameter :math:`a`, a panel for
each theorem. The line surrounds the steps for which the theorem promises its bound; hatched cells
diverged.
"""

import numpy as np

import auxtheory as at
from auxtheory.analysis import stability

study = at.Study(
    [at.theorems.AuxMOM(), at.theorems.AuxMVR()],
    at.Quadratic(L=1.0, mu=0.1, dim=8),
    at.Gaussian(sigma_f=0.3),
    delta=0.3,
    K=5,
    T=300,
    eta=np.geomspace(1e-2, 3, 21),
    a=np.geomspace(1e-3, 1, 21),
    mode="unsafe",
)
results = study.run()
figure = stability(results)
figure

# %%
# One theorem at the width of a column:

column = stability(results.sel(theorem=["AuxMOM"]), width=3.4, titled=False)
column
