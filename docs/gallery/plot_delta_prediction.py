r"""
Does an estimated δ predict the rate?
=====================================

On pairs made of real data, the rate that S1 predicts from the :math:`\delta` along a run is
compared with the measured one (left), and that :math:`\delta` with the one certified for all
:math:`x` (right). Grey crosses are predictions from the :math:`\delta` of another pair; here
there are two pairs of each of six kinds, from scikit-learn's digits.
"""

from auxtheory.analysis.figures.delta_prediction import agreement, delta_prediction, delta_table

table = delta_table(count=2, samples=100, T=10)
for name, value in agreement(table).items():
    print(f"{name}: {value:.4g}")
figure = delta_prediction(table)
figure

# %%
# At the width of a column, the panels stand below each other:

column = delta_prediction(table, width=3.4, titled=False)
column
