r"""
An experiment on real data
==========================

:math:`f`, :math:`\|\nabla f\|^2` and held-out accuracy of several methods, a column for each
helper, with bands of 95 % intervals over the replicas. Here the helper has the data of :math:`f`
with some labels changed; each method runs at the best of the steps that were tried. A fifth of the
samples is held out. The second table that is printed says what it takes to reach 95 % and 99 % of
the best accuracy.
"""

from auxtheory import experiments
from auxtheory.analysis.figures.experiment import experiment

settings = experiments.settings("mislabelled")
settings = settings.replace(
    cases=settings.cases[:2],
    methods=("Naive", "AuxMOM", "SGD"),
    T=30,
    replicas=16,
    tuning_replicas=8,
    etas=(0.1, 0.5),
    momenta=(0.1, 0.3),
)
result = experiments.run(settings)
print(result)
figure = experiment(result)
figure
