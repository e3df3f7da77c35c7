"""Schedules split the rounds."""

from __future__ import annotations

import pytest

from auxtheory import methods
from auxtheory.bounds.constants import Steps
from auxtheory.errors import InputError
from auxtheory.methods import Schedule


def test_a_schedule_splits_the_rounds() -> None:
    """Otherwise fine-tuning trains on h for another number of rounds, or with another step, than was
    said."""
    steps = Steps(eta=0.1, a=0.5, K=4, T=7, B=3)
    schedule = methods.fine_tuning(5, then=methods.SGDMomentum, eta_f=0.01)
    first, second = schedule.phases(steps)
    assert (first.method, first.steps.T, first.steps.K, first.steps.eta) == (
        methods.Naive,
        5,
        4,
        0.1,
    )
    assert (second.method, second.steps.T, second.steps.K, second.steps.eta) == (
        methods.SGDMomentum,
        2,
        1,
        0.01,
    )
    assert second.steps.a == 0.5 and second.steps.B == 3 and schedule.uses_a
    assert (
        methods.fine_tuning(5).phases(steps)[1].steps.eta == 0.1
        and not methods.fine_tuning(5).uses_a
    )
    assert [p.method for p in schedule.phases(steps.replace(T=5))] == [methods.Naive]
    assert [p.method for p in methods.fine_tuning(0).phases(steps)] == [methods.SGD]


def test_schedules_refuse_what_makes_no_sense() -> None:
    """Otherwise rounds are lost, or momentum after fine-tuning runs without its parameter."""
    with pytest.raises(InputError, match="rounds = -1: must be a whole number of at least 0"):
        methods.fine_tuning(-1)
    with pytest.raises(InputError, match=r"rounds = 1\.5"):
        methods.fine_tuning(1.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="one entry per method"):
        Schedule(name="x", methods=(methods.Naive, methods.SGD), rounds=(1, 2), etas=(None, None))
    with pytest.raises(InputError, match="one entry per method"):
        Schedule(name="x", methods=(methods.Naive, methods.SGD), rounds=(1,), etas=(None,))
    with pytest.raises(InputError, match=r"a = None: must be in \(0, 1\] for SGDMomentum"):
        methods.fine_tuning(1, then=methods.SGDMomentum).phases(Steps(eta=0.1, K=1, T=2))
