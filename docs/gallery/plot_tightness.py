r"""
How tight each theorem is
=========================

Histograms of measured/bound over all cells of a study, one for each theorem, with the largest
value marked. A theorem with a value above 1 is false; one whose values are all far below 1 could
have a better constant, or the problems of the study are not its worst.
"""

import auxtheory as at
from auxtheory.analysis import tightness

study = at.Study(
    [at.theorems.SGD(), at.theorems.Naive(), at.theorems.AuxMOM(), at.theorems.AuxMVR()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    delta=[0.0, 0.01, 0.03, 0.1, 0.3],
    zeta=[0.0, 0.1],
    sigma_f=[0.0, 0.1, 1.0],
    sigma_h=[0.0, 0.1, 1.0],
    K=[1, 3, 10],
    T=[1, 10, 100, 300],
)
results = study.run()
figure = tightness(results)
figure

# %%
# Two theorems alone, at the width of a column:

column = tightness(results.sel(theorem=["AuxMOM", "AuxMVR"]), width=3.4, titled=False)
column
