"""The figures of SGD's stability and of coupled samples: their numbers, and what they draw."""

from __future__ import annotations

import numpy as np
import pytest

from auxtheory import analysis
from auxtheory.errors import InputError


def test_runs_lie_on_the_spectral_radius_and_cross_one_at_the_exact_threshold() -> None:
    table = analysis.threshold_table(points=8, T=200)
    for name in ("equal norms", "Gaussian norms", "orthogonal"):
        rows = table.where(components=name)
        stable = rows["eta"] < rows["exact"]
        assert np.array_equal(stable, rows["factor"] < 1)
        assert set(stable.tolist()) == {True, False}
        np.testing.assert_allclose(rows["measured"], rows["factor"], rtol=0.03)
        assert rows["trace"][0] == pytest.approx(1.0)
    assert rows["exact"][0] < 0.4, "2/tr H is far from the threshold of orthogonal features"
    figure = analysis.thresholds(table)
    assert [axes.get_title() for axes in figure.axes] == [
        "equal norms",
        "Gaussian norms",
        "orthogonal",
    ]
    assert all(len(axes.lines) == 7 for axes in figure.axes)


def test_the_ratio_of_couplings_over_the_share_of_wrong_labels() -> None:
    """About 2p at x = 0; the closed form is the measured value to all digits."""
    table = analysis.coupling_table(shares=[0.1, 0.4], n=400, d=5)
    np.testing.assert_allclose(table["same"], table["closed form"], rtol=1e-11)
    at_zero = table.where(point="at 0")
    np.testing.assert_allclose(at_zero["ratio"], 2 * at_zero["share"], rtol=0.2)
    assert np.array_equal(table["ratio"] < 1, table["covariance"] > 0)
    clear = table.where(data="clear labels", point="at x*", share=0.4)
    assert clear["ratio"][0] > 1, "p < ½ does not suffice where f fits well"
    (axes,) = analysis.couplings(table).axes
    assert len(axes.lines) == 5


def test_bad_arguments_and_tables_are_refused() -> None:
    with pytest.raises(InputError, match="points"):
        analysis.threshold_table(points=1)
    with pytest.raises(InputError) as caught:
        analysis.coupling_table(shares=[2.0], n=3)
    assert "shares" in str(caught.value) and "n = 3" in str(caught.value)
    with pytest.raises(InputError, match="coupling_table returns"):
        analysis.couplings(analysis.threshold_table(points=2, T=2))
