r"""
1. The toy, and one theorem on one pair
=======================================

Some gradients are expensive, others are cheap. You want to minimise :math:`f`, whose gradient is
expensive: it needs all of the data, or messages between many clients. You also have a helper
:math:`h`, whose gradient is cheap: a smaller data set, a coarser simulation, the data of one
client. *Optimization with Access to Auxiliary Information*
(`arXiv 2206.00395 <https://arxiv.org/abs/2206.00395>`_) asks how much the helper can save.

A **round** takes one expensive gradient and :math:`K` **local steps** with the cheap one; there
are :math:`T` rounds. How similar :math:`f` and :math:`h` are is measured by two numbers:

* :math:`\delta`, the similarity of the Hessians: :math:`\nabla(f-h)` is :math:`\delta`-Lipschitz,
  whereas :math:`\nabla f` is :math:`L`-Lipschitz;
* :math:`\zeta`, the bias of the gradient: how long :math:`\nabla h` is where :math:`\nabla f`
  vanishes.

This part shows what these four symbols mean on a problem in one dimension, where everything can
be checked by hand. Then it tests one theorem on one problem, and explains how to read the
verdict.
"""

import numpy as np
from matplotlib.figure import Figure

import auxtheory as at
from auxtheory.analysis import toy, toy_table

# %%
# Two parabolas
# -------------
#
# Let :math:`f(x)=\tfrac12x^2`, so that :math:`L=1`, and
# :math:`h(x)=\tfrac12(1+\delta)x^2-\zeta x`. The curvatures differ by :math:`\delta`. At
# :math:`x=0`, the minimiser of :math:`f`, the gradient of :math:`h` is :math:`-\zeta`. The
# minimiser of :math:`h` is elsewhere, at :math:`\zeta/(1+\delta)`:

delta, zeta = 1.0, 1.0
x = np.linspace(-1.5, 1.5, 200)

parabolas = Figure(figsize=(6, 3.2), layout="constrained")
axes = parabolas.subplots()
axes.plot(x, x**2 / 2, color="#0072B2", label="f")
axes.plot(x, (1 + delta) * x**2 / 2 - zeta * x, "--", color="#D55E00", label="h")
axes.plot(0, 0, "o", color="#0072B2")
axes.plot(zeta / (1 + delta), -(zeta**2) / (2 * (1 + delta)), "o", color="#D55E00")
axes.set(xlabel="x", ylabel="value", title=f"f and its helper h at δ = {delta:g}, ζ = {zeta:g}")
axes.legend()
parabolas

# %%
# In the library, :math:`f` with its helper is a **pair**. It knows its constants exactly: ``F0``
# is :math:`F_0=f(x^0)-\inf f`, here :math:`\tfrac12` since the start is :math:`x^0=1`.

pair = at.problems.toy(delta=delta, zeta=zeta)
known = pair.constants()
print(f"L = {known.L}, δ = {known.delta}, F₀ = {known.F0}")

# %%
# Three methods
# -------------
#
# The step size is :math:`\eta`.
#
# * *Naive* makes all of its steps with :math:`\nabla h`.
# * *FineTuning* (``at.methods.fine_tuning``) does the same for half of the rounds, and then uses
#   :math:`\nabla f` alone.
# * *AuxMOM* adds a correction to each gradient of :math:`h`: a running mean :math:`m` of samples
#   of :math:`\nabla(f-h)`, one for each round, in which the newest has the weight :math:`a`.
#
# The text of a method can be printed. In it, :math:`g_r` is a sample of :math:`\nabla(f-h)` and
# :math:`g_h` one of :math:`\nabla h`; here neither has noise.

for method in (at.methods.Naive, at.methods.AuxMOM):
    print(f"{method.name}: {method.__doc__}")

# %%
# The figure runs all three for three values of :math:`\delta` and three of :math:`\zeta`; it is
# Figure 1 of the paper. A colour is a method and a line style is a :math:`\zeta`; the y axis is
# :math:`f(x)-f^*` over the rounds.

table = toy_table()
figure = toy(table)
figure

# %%
# Naive stops at a floor, because it reaches the minimiser of :math:`h`, and
# :math:`f-f^*=\tfrac12\bigl(\zeta/(1+\delta)\bigr)^2` there. FineTuning leaves that floor as soon
# as it uses :math:`\nabla f`. AuxMOM has no floor, and its three lines coincide: its speed
# depends on :math:`\delta`, not on :math:`\zeta`. The values after the last round show both:

for row in table.where(method="Naive", round=120):
    delta, zeta = row["delta"], row["zeta"]
    floor = 0.5 * (zeta / (1 + delta)) ** 2
    aux = table.where(method="AuxMOM", round=120, delta=delta, zeta=zeta)["gap"][0]
    reached = f"{aux:.3e}" if aux > 1e-9 else "below 1e-9"
    naive = f"Naive {row['gap']:.3e} (floor {floor:.3e})"
    print(f"δ = {delta:<4g} ζ = {zeta:<4g} {naive}  AuxMOM {reached}")
    assert abs(row["gap"] / floor - 1) < 1e-3

curves = [table.where(method="AuxMOM", delta=1.0, zeta=zeta)["gap"] for zeta in (0.1, 1.0, 10.0)]
assert np.allclose(curves[0], curves[1]) and np.allclose(curves[1], curves[2])

# %%
# Why K, and how large?
# ---------------------
#
# Local steps are cheap, so one would like many of them in a round. How many are useful? The
# correction :math:`m` is right at the point where it was computed, and wrong by at most
# :math:`\delta` times the distance from there. So a round may go far if :math:`\delta` is small.
# To see it, take a problem on which plain gradient descent is slow, a quadratic in 16 dimensions
# whose eigenvalues run from :math:`\mu=0.01` to :math:`L=1`, and count the rounds until
# :math:`f-f^*\le10^{-3}`. The method is exact correction, which is AuxMOM with :math:`a=1` and
# without noise, at the step size that its theorem prescribes.

S1 = at.theorems.ExactCorrection()
Ks = [1, 3, 10, 30, 100, 300]


def rounds_needed(delta: float, K: int) -> int:
    """The first round after which f − f* is at most 10⁻³."""
    pair = at.Quadratic(L=1.0, mu=0.01, dim=16).with_helper(delta=delta, zeta=1.0)
    steps = S1.tune(pair.constants(), K=K, T=300)
    trace = at.run(S1.method, pair, at.Gaussian(), steps, record=range(1, 301), engine="exact")
    return int(np.argmax(trace.gap[:, 0] <= 1e-3)) + 1


needed = {delta: [rounds_needed(delta, K) for K in Ks] for delta in (0.01, 0.1, 1.0)}
print("K =     ", *(f"{K:4d}" for K in Ks))
for delta, counts in needed.items():
    print(f"δ = {delta:<4g}", *(f"{count:4d}" for count in counts))

# %%
# At :math:`K=1` the helper does not matter: this is gradient descent on :math:`f`. With
# :math:`\delta=L` more local steps never help. With smaller :math:`\delta` they do, up to about
# :math:`K=L/\delta`, and hardly beyond: then :math:`\delta` and not :math:`L` decides how many
# rounds are needed. The helper's bias :math:`\zeta` is 1 throughout, and plays no role.

assert len({counts[0] for counts in needed.values()}) == 1
assert min(needed[1.0]) == needed[1.0][0]
assert needed[0.1][Ks.index(10)] <= 1.5 * needed[0.1][-1] < 0.3 * needed[0.1][0]
assert needed[0.01][Ks.index(100)] <= 1.5 * needed[0.01][-1] < 0.1 * needed[0.01][0]

# %%
# One theorem on one pair
# -----------------------
#
# Now with noise, and with a theorem. This :math:`f` is a quadratic in 64 dimensions; you set its
# constants, and they are exact. ``certify`` measures each of them again, from values and
# gradients at points, independently of how the pair was made. (:math:`\beta` belongs to
# :math:`\zeta`: :math:`\|\nabla f-\nabla h\|^2\le\beta\|\nabla f\|^2+\zeta^2` everywhere.)

pair = at.Quadratic(L=1.0, mu=0.5, dim=64).with_helper(delta=0.05, zeta=0.5)
print(pair.certify())

# %%
# The theorem is called S3: it holds the method (AuxMOM), its assumptions, the range of its steps,
# and the bound, with all constants written out. It bounds :math:`G`, the mean of
# :math:`\mathbb E\|\nabla f\|^2` over all local iterates of all rounds. A sample of
# :math:`\nabla f` has noise of variance :math:`\sigma_f^2`, one of :math:`\nabla h` has
# :math:`\sigma_h^2`, and one of :math:`\nabla(f-h)` therefore
# :math:`\sigma_r^2=\sigma_f^2+\sigma_h^2` if the two are independent.

S3 = at.theorems.AuxMOM()
noise = at.Gaussian(sigma_f=1.0, sigma_h=0.1)
verdict = at.validate(S3, pair, noise, K=10, T=[100, 1_000, 10_000])
print(verdict)

# %%
# ``validate`` ran the method at the :math:`\eta` and :math:`a` that the theorem prescribes for
# each :math:`T` (*tuned steps*), and compared. How to read the verdict:
#
# * *engine exact*: ``measured`` is the expectation itself, computed from the mean and the
#   covariance of the iterates. There is no seed and no error bar, so that a single row with
#   measured > bound would refute the theorem.
# * ``ratio`` is measured/bound. The bound holds here, and is about 2.5 times as large as it would
#   have to be on this pair. That says nothing about other pairs.
# * ``dominant`` is the largest term of the bound at these numbers. Here it is the noise,
#   proportional to :math:`1/\sqrt T`.
# * ``slope`` is that of :math:`\log` measured over :math:`\log T` at this :math:`T`, and
#   ``predicted`` is that of the bound. Where they differ, this pair does not show the rate of the
#   bound.
# * ``status`` is *pass* or *violated*; *outside* where the theorem promises nothing (part 4), and
#   *undecided* where samples do not suffice (part 4 as well).

assert verdict.status == "pass" and verdict.engine == "exact"
assert all(2.2 < 1 / ratio < 3 for ratio in verdict.table["ratio"])
assert np.abs(verdict.table["slope"] + 0.5).max() < 0.03

# %%
# What a row consists of
# ----------------------
#
# A row is a dict, and the verdict of a program is its truth value. The bound is a formula whose
# terms you can print; at these steps it is the smallest of the *corollaries*, the bounds after
# tuning:

if not verdict:
    raise SystemExit("a bound is violated, undecided or outside of its range")
row = verdict.table.rows[0]
print({name: row[name] for name in ("T", "eta", "a", "measured", "bound", "status")})
print("bound at any steps:  ", S3.bound)
for corollary in S3.corollaries:
    print("at prescribed steps: ", corollary)

# %%
# The statement with its assumptions, proof and source is the theorem's docstring,
# ``help(at.theorems.AuxMOM)``; from the shell, ``auxtheory show S3``. All theorems of the
# library, with their proofs: :doc:`/reference/theorems/index`; all symbols:
# :doc:`/reference/symbols`.
#
# In the next part the theorem is yours.

# sphinx_gallery_thumbnail_number = 2
