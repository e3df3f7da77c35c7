r"""
Measured values against bounds
==============================

All cells of a study at once: the measured value over the bound, on logarithmic axes. A cell above
the diagonal would refute its theorem; the distance below it says how much the bound gives away.
"""

import auxtheory as at
from auxtheory.analysis import measured_vs_predicted

study = at.Study(
    [at.theorems.SGD(), at.theorems.Naive(), at.theorems.AuxMOM(), at.theorems.AuxMVR()],
    at.Quadratic(L=1.0, mu=0.5, dim=16),
    delta=[0.0, 0.01, 0.1],
    zeta=[0.0, 0.1],
    sigma_f=[0.0, 0.1, 1.0],
    sigma_h=[0.0, 0.1],
    K=[1, 10],
    T=[1, 10, 100, 1_000],
)
results = study.run()
figure = measured_vs_predicted(results)
figure
