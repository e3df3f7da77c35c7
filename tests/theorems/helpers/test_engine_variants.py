"""The library's engine refutes each plausible mistake at its instance, with the ratio of the
enumeration."""

from __future__ import annotations

import pytest
from engine_variants import CASES

import auxtheory as at


@pytest.mark.parametrize("name", CASES)
def test_it_is_refuted_by_its_case(name: str) -> None:
    case = CASES[name]
    verdict = at.validate(case.claim, case.pair, case.noise, **case.arguments)
    assert verdict.status == "violated", verdict
    assert verdict.ratio == pytest.approx(case.ratio, rel=0.01), verdict.ratio
