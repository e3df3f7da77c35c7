"""The samples of which clients take gradients, compared with those of a method's text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

import numpy as np

from auxtheory.conformance.case import Case
from auxtheory.conformance.drive import walk
from auxtheory.conformance.subject import Subject
from auxtheory.errors import InputError
from auxtheory.implementations.calling import Step
from auxtheory.implementations.exchange import Broken
from auxtheory.implementations.rounds import FederatedRound

# The client and its sample in a round.
Asked = set[tuple[int, int, str]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Watched(Case):
    """A case that remembers round, client and sample of each gradient."""

    asked: Asked = field(default_factory=set)

    def federated_round(self, t: int, xp: Any = np) -> FederatedRound:
        """The round, with gradients that are remembered."""
        round_ = super().federated_round(t, xp)
        both = (round_.grads, round_.grads_f)
        grads, grads_f = (
            tuple(partial(self._noted, t, i, grad) for i, grad in enumerate(each)) for each in both
        )
        return replace(round_, grads=grads, grads_f=grads_f)

    def _noted(self, t: int, i: int, grad: Callable[..., Any], y: Any, k: Any = None) -> Any:
        if k is not None:
            self.asked.add((t, i, str(k)))
        return grad(y, k)


def wrong_samples(subject: Subject) -> str:
    """The first client whose samples are not those of the text; empty if there is none."""
    reference = subject.reference
    assert reference is not None
    for size in subject.sizes(partial=True):
        case = size.case()
        actual, wanted = (_asked(each.step, case, each.xp) for each in (subject, reference))
        if actual != wanted:
            t, i = min((t, i) for t, i, _ in actual ^ wanted)
            names = [
                ", ".join(sorted(k for t_, i_, k in each if (t_, i_) == (t, i))) or "none"
                for each in (actual, wanted)
            ]
            return (
                f"in round {t} client {i} takes gradients with the samples {names[0]}, and must "
                f"with {names[1]}"
            )
    return ""


def _asked(step: Step, case: Case, xp: Any) -> Asked:
    """The samples of a run."""
    watched = Watched(**{f.name: getattr(case, f.name) for f in fields(case)})
    try:
        walk(step, watched, xp)
    except (Broken, InputError):
        return set()
    return watched.asked
