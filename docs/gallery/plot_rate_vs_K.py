r"""
Rate over the local steps K
===========================

More local steps help until :math:`K=L/\delta`, which is marked: from there on :math:`\delta`, not
:math:`L`, decides what a round achieves. There is no noise here; SGD has no local steps and is a
level line.
"""

import auxtheory as at
from auxtheory.analysis import rate_vs_K

study = at.Study(
    [at.theorems.AuxMOM(), at.theorems.AuxMVR(), at.theorems.SGD()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    delta=0.005,
    K=[2**i for i in range(11)],
    T=100,
)
results = study.run()
figure = rate_vs_K(results)
figure

# %%
# Two of the methods, at the width of a column:

column = rate_vs_K(results.sel(theorem=["AuxMOM", "SGD"]), width=3.4, height=3.2, titled=False)
column

# sphinx_gallery_thumbnail_number = 2
