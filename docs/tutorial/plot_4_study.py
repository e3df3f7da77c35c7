r"""
4. A study and its figures
==========================

One verdict is about one problem. This part runs two theorems on a grid of 1,500 problems,
interrupts the run and resumes it, reads the results as a table and as an xarray Dataset, fits
slopes, draws the figure for a paper, and writes a page to share. Then it leaves the range of the
steps, and in the end the problems whose expectations are known exactly.

The message to be checked is the paper's "L becomes δ": the noise term of SGD is
:math:`\sqrt{LF_0\sigma^2/T}`, that of AuxMOM :math:`\sqrt{\delta F_0\sigma^2/T}`, up to constants
and up to the noise of :math:`h`. The symbols are those of :doc:`part 1 <plot_1_toy>`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure

import auxtheory as at
from auxtheory.analysis import page, rate_vs_delta, slopes

# %%
# A grid
# ------
#
# A study validates theorems in every cell of a grid, the product of all arguments that have
# several values:

S3 = at.theorems.AuxMOM()
target = at.Quadratic(L=1.0, mu=0.5, dim=64)
study = at.Study(
    [S3, at.theorems.SGD()],
    target,
    at.Gaussian(sigma_h=0.01),
    title="Rates against δ",
    delta=np.geomspace(1e-3, 1, 25),
    sigma_f=[0.1, 0.3, 1.0, 3.0, 10.0],
    K=[1, 10, 100],
    T=[100, 1_000, 10_000],
)

# %%
# SGD does not use :math:`h` and has no local steps, so it is run once for all :math:`K`. That
# leaves :math:`25\cdot5\cdot3\cdot3+25\cdot5\cdot3=1500` cells. With a file, each batch of cells
# is stored as soon as it is done. Here we stop after the first batch, as Ctrl-C would:

folder = TemporaryDirectory()
file = Path(folder.name) / "rates.study"


def interrupt(done: int, cells: int) -> None:
    if done > 0:
        raise KeyboardInterrupt


try:
    study.run(file, progress=interrupt)
except KeyboardInterrupt:
    print(at.Results.open(file).counts)

# %%
# The same call resumes where it was stopped, and the result is the same bit for bit; a third call
# would have nothing to do. (From the shell: ``auxtheory study run``, ``status`` and ``resume``,
# and ``--processes`` to use several cores.)

results = study.run(file)
print(results.summary)
assert results.counts == {"pass": 1500} and abs(results.totals.largest - 0.867) < 0.005

# %%
# Not one of these cells is above its bound. In the tightest, measured/bound is 0.87: there, the
# bound is a seventh larger than what was measured.
#
# A table, and an array with names
# --------------------------------
#
# ``results`` is a table with a row for each cell; ``results["ratio"]`` is a column,
# ``results.to_pandas()`` a data frame. ``results.dataset`` holds the same cells as an
# `xarray <https://docs.xarray.dev>`_ Dataset, whose dimensions have names, and units as
# attributes. How close AuxMOM comes to its bound for each :math:`K` and :math:`T`, the largest
# over :math:`\delta`:

ratio = results.dataset["ratio"].sel(theorem="AuxMOM", sigma_f=1.0).max("delta")
print(ratio.dims, ratio.shape)
print(np.round(ratio.values, 3))

# %%
# Which part of the bound matters? ``dominant`` is its largest term, and ``share`` the share of
# the bound that this term supplies. ``results.sel`` selects by label, ``isel`` by position, as in
# xarray. With little noise and few rounds, three terms dominate in turn as :math:`\delta` grows:

few = results.sel(theorem="AuxMOM", sigma_f=0.1, K=10, T=100).isel(delta=slice(0, None, 8))
for row in few:
    print(f"δ = {row['delta']:<5g} measured/bound = {row['ratio']:.2f}", end="  ")
    print(f"{row['share']:.0%} of the bound: {row['dominant']}")
assert len(set(few["dominant"])) == 3

# %%
# Slopes
# ------
#
# Does AuxMOM really depend on :math:`\delta` as :math:`\sqrt\delta`? A slope on logarithmic axes
# means something only where one term of the bound supplies nearly all of it. ``slopes`` fits
# where that share is at least 80 % (and, over :math:`\delta`, where :math:`\delta\le L/K`): to
# the measured values, to the bound at the same cells, and to that term alone, its *exponent*.

cut = results.sel(sigma_f=1.0, K=10, T=10_000)
fitted = slopes(cut, "delta")
for row in fitted:
    print(f"{row['theorem']:7s} measured {row['slope']:.3f}, bound {row['bound']:.3f}", end=", ")
    print(f"exponent {row['exponent']:.3f}  ({row['start']:.2g} ≤ δ ≤ {row['end']:.2g})")
by_theorem = {row["theorem"]: row for row in fitted}
assert abs(by_theorem["AuxMOM"]["slope"] - 0.5) < 0.06
assert abs(by_theorem["AuxMOM"]["exponent"] - 0.5) < 0.01
assert abs(by_theorem["SGD"]["slope"]) < 1e-6

# %%
# In theory the slope is ½ for AuxMOM and 0 for SGD. A theorem bounds values, not slopes: a
# measured slope that differs from the bound's refutes nothing, but it says that this family of
# problems does not show the rate.
#
# The figure for the paper
# ------------------------
#
# A point is what was measured, a line is a bound, and the broad part of a line is where the slope
# was fitted. A column of a paper is 3.4 inches wide; ``savefig`` writes PDF, SVG or PNG.

figure = rate_vs_delta(cut, width=3.4, height=3.2)
figure.savefig(Path(folder.name) / "rates.pdf")
figure

# %%
# A page to share
# ---------------
#
# One HTML file holds verdicts, figures, slopes, and all cells with filters, and for each cell the
# command that runs it again. It loads nothing from the network. (From the shell:
# ``auxtheory report rates.study``.)

report = file.with_suffix(".html")
report.write_text(page.build(results, name=file.name), encoding="utf-8")
print(*sorted(path.name for path in Path(folder.name).glob("rates.*")))
folder.cleanup()

# %%
# Outside the range of the steps
# ------------------------------
#
# So far the theorem chose :math:`\eta` and :math:`a`. It allows more: all steps with
# :math:`L\eta+2(\delta\eta K/a)^2\le1` and :math:`a\le1`. Steps that you choose are checked
# against that range, and refused outside it:

wide = target.with_helper(delta=0.6)
noise = at.Gaussian(sigma_f=1.0, sigma_h=0.1)
try:
    at.validate(S3, wide, noise, K=10, T=1_000, eta=0.05, a=0.1)
except at.AssumptionError as error:
    print(error)
else:
    raise AssertionError("these steps must be refused")

# %%
# ``mode="unsafe"`` runs them nevertheless. A theorem promises nothing there, so such cells have
# the status *outside*, whatever is measured. Here :math:`\delta=0.6` is more than
# :math:`\mu=0.5`, so that :math:`h` is not convex: a difficult helper.

unsafe = at.Study(
    [S3],
    target,
    noise,
    delta=0.6,
    K=10,
    T=1_000,
    mode="unsafe",
    eta=np.geomspace(1e-3, 1, 61),
    a=[0.1, 1.0],
).run()

steps = Figure(figsize=(6, 3.4), layout="constrained")
axes = steps.subplots()
limits = {}
for a, colour, marker in [(0.1, "#0072B2", "o"), (1.0, "#D55E00", "^")]:
    rows = unsafe.where(a=a)
    eta, measured, inside = rows["eta"], rows["measured"], rows["status"] != "outside"
    shown = measured < 1e6
    axes.plot(eta[shown], measured[shown], marker, color=colour, ms=4, label=f"measured, a = {a:g}")
    axes.plot(eta[inside], rows["bound"][inside], color=colour, label=f"bound, a = {a:g}")
    limits[a] = eta[inside].max(), eta[~shown].min()
    print(
        f"a = {a:3g}: promised up to η = {limits[a][0]:.3f}, above 10⁶ from η = {limits[a][1]:.3f}"
    )
axes.set(xscale="log", yscale="log", ylim=(1e-2, 1e6))
axes.set(xlabel="step size η", ylabel="mean squared gradient G, in F²/X²")
axes.legend(fontsize="small")
steps

# %%
# Beyond the range the method works for a while, and then it diverges. The gap has two causes: the
# theorem promises something for *all* :math:`f` and :math:`h` with these constants, and its proof
# may be loose. To find out whether the range could be larger, claim a larger one
# (``step_range=``) and search it, as in :doc:`part 2 <plot_2_theorem>`.

assert all(3 < diverges / promised < 15 for promised, diverges in limits.values())

# %%
# Without an exact expectation
# ----------------------------
#
# The function :math:`f=\sum_i l\,(1-\cos z_i)` is not convex, and no formula gives the moments of
# the iterates. The constants of such a pair are exact nevertheless, and the expectation is
# estimated from sampled trajectories, here 64. (By default ``validate`` takes the fastest engine
# that can run the case, which here is compiled on first use, for some seconds; this example
# is small, so we ask for NumPy. The samples are the same on every engine.)

wavy = at.Cosine(L=1.0, dim=8).with_helper(delta=0.05, zeta=0.5)
signs = at.RandomSign(sigma_f=1.0, sigma_h=0.1)
sampling = {"K": 4, "T": 300, "replicas": 64, "engine": "numpy"}
verdict = at.validate(S3, wavy, signs, **sampling)
print(verdict)
assert verdict.status == "pass"

# %%
# ``measured`` now has a standard error, ``se``, and the verdict a rate of false alarms: the
# probability of any wrong *violated*, and likewise of any wrong *pass*, is at most
# :math:`10^{-4}` over all rows of the table together (Student's t, corrected for skewness, and
# Holm's procedure). What is too close to decide is *undecided*, and needs more ``replicas``, or
# ``error=0.001``, a relative standard error. Claims of plain numbers around the measured value
# show all three:

measured = verdict.table["measured"][0]
statuses = []
for factor in (0.9, 0.99, 1.01, 1.1):
    claim = at.claim(factor * measured, method=at.methods.AuxMOM, steps=S3)
    row = at.validate(claim, wavy, signs, **sampling).table.rows[0]
    statuses.append(row["status"])
    print(f"bound = {factor:4g} × measured: {row['status']:9s}  p = {row['p']:.3f}")
assert statuses == ["violated", "undecided", "undecided", "pass"]

# %%
# ``p`` is the probability of a mean as large as the measured one if the bound were just attained.
# A value near 0 is evidence against the bound, a value near 1 evidence for it.
#
# Where to go next
# ----------------
#
# * Studies as TOML files, for the shell and for a cluster: :doc:`/how-to/sweep`,
#   :doc:`/how-to/cluster`.
# * Every figure with the code that draws it: the gallery. Sizes, labels and colours:
#   :doc:`/how-to/figures`.
# * The worst case over all :math:`f` and :math:`h`, with a proof: :doc:`/how-to/worst-case`. Real
#   data: :doc:`/how-to/real-data`. Many helpers: :doc:`/how-to/many-helpers`.
# * How exact expectations work, and what error control promises:
#   :doc:`/explanation/exact-expectations`, :doc:`/explanation/error-control`.
# * To add a method, a theorem, a family of problems, an engine or a figure to the library:
#   ``CONTRIBUTING.md`` in the repository.
