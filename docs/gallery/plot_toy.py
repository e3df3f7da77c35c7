r"""
The toy of the paper
====================

Naive, AuxMOM and fine-tuning on :math:`f=\tfrac12x^2` with :math:`\nabla h(x)=(1+\delta)x-\zeta`,
as in Figure 1 of the paper. Naive stops at a floor of height
:math:`\tfrac12(\zeta/(1+\delta))^2`; AuxMOM has none, and its speed depends on :math:`\delta`
alone.
"""

from auxtheory.analysis import toy, toy_table

figure = toy(toy_table())
figure

# %%
# Other values of :math:`\delta` and :math:`\zeta`, at the width of a page:

wider = toy(toy_table(deltas=[0.5, 2.0], zetas=[0.3, 3.0], T=60), width=7.0)
wider
