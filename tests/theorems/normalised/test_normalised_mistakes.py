"""Wrong variants of the theorems about normalised methods are refuted, by the stated ratios."""

from __future__ import annotations

import pytest
from normalised_mistakes import HELPLESS, JUMPS, MISTAKES, normalised

import auxtheory as at
from auxtheory import theorems
from auxtheory.testing import Counterexample, falsify
from auxtheory.theorems.normalised import ALL


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_variant_is_refuted(name: str) -> None:
    """Otherwise a constant could be that much smaller, or a condition weaker."""
    mistake = MISTAKES[name]
    run = {"K": 1, **mistake.steps}
    verdict = at.validate(mistake.claim(), mistake.pair, mistake.noise, **run)
    assert verdict.status == "violated"
    assert verdict.ratio == pytest.approx(mistake.ratio, rel=0.01)


def test_every_theorem_has_two_wrong_variants() -> None:
    """Otherwise the tests could not tell a theorem from a weaker one."""
    for kind in ALL:
        assert sum(mistake.kind is kind for mistake in MISTAKES.values()) >= 2, kind.label


@pytest.mark.parametrize("name", ["clipped-GD: F0/T", "AdaGrad-projected: LD²/(4T)"])
def test_a_search_finds_wrong_variants(name: str) -> None:
    """Otherwise the falsifier cannot search what its engines only sample."""
    with pytest.raises(Counterexample):
        falsify(MISTAKES[name].claim(), examples=300)


def test_the_proved_form_passes_where_the_wrong_ones_fail() -> None:
    """Otherwise the instances would refute anything."""
    claim = at.claim(normalised(), like=theorems.NormalisedAuxMOM())
    verdict = at.validate(claim, HELPLESS, K=1, a=1.0, **JUMPS)
    assert verdict.status == "pass" and verdict.ratio > 0.98
