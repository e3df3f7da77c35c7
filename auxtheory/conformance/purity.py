"""Properties of a function without side effects: it changes nothing in place, remembers nothing and
draws no random numbers."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pickle import dumps
from typing import Any

import numpy as np

from auxtheory.conformance.drive import rounds, walk
from auxtheory.conformance.sizes import Size
from auxtheory.conformance.subject import Failure, Subject, close
from auxtheory.errors import shown
from auxtheory.implementations.exchange import handed, leaves, to_numpy


def short(subject: Subject) -> Iterator[Size]:
    """A few sizes, since a side effect shows in any size with a second round."""
    return (size for size in subject.sizes() if size.d * size.K * size.T <= 4)


def unchanged(subject: Subject) -> Failure | None:
    """x and the state stay unchanged."""
    for size in short(subject):
        walk(subject.strict, size.case(), subject.xp)
    return None


def repeatable(subject: Subject) -> Failure | None:
    """The same call, made twice in each round, returns the same values."""
    for size in short(subject):
        case = size.case()
        x = subject.xp.asarray(case.x0)
        state = None
        for t in range(1, case.steps.T + 1):
            round_ = (
                case.federated_round(t, subject.xp)
                if subject.clients
                else case.round(t, subject.xp)
            )
            (once, after), (repeated, after_repeated) = (
                subject.step(x, state, round_) for _ in range(2)
            )
            if not agree((once, after), (repeated, after_repeated)):
                what = "return another state"
                if not agree(once, repeated):
                    what = f"return x = {shown(to_numpy(once))} and {shown(to_numpy(repeated))}"
                return Failure(f"two equal calls in round {t} {what}", case.until(t))
            x = handed(once, subject.xp)
            state = after
    return None


def no_hidden_state(subject: Subject) -> Failure | None:
    """A second run is the same, and so is a run interleaved with another one."""
    for size in short(subject):
        case = size.case()
        other = size.with_(shift=1.0, delta=0.1, zeta=2.1).case()
        alone = [x for x, *_ in rounds(subject.step, case, subject.xp)]
        repeated = [x for x, *_ in rounds(subject.step, case, subject.xp)]
        interleaved = zip(
            rounds(subject.step, case, subject.xp),
            rounds(subject.step, other, subject.xp),
            strict=True,
        )
        interleaved_path = [x for (x, *_), _ in interleaved]
        for what, iterates in (
            ("a second run", repeated),
            ("a run interleaved with another one", interleaved_path),
        ):
            for t, (x, y) in enumerate(zip(alone, iterates, strict=True), 1):
                if not close(y, x, 1e-12):
                    return Failure(
                        f"{what} has x = {y} after round {t}, the first run {x}", case.until(t)
                    )
    return None


def global_random_state(subject: Subject) -> Failure | None:
    """The states of the global generators of random, NumPy and PyTorch do not change.

    The kit restores them.
    """
    for size in short(subject):
        case = size.case()
        with kept_generators() as states:
            before = states()
            subject.walk(case)
            moved = [
                name for name, state in states().items() if frozen(state) != frozen(before[name])
            ]
            if moved:
                return Failure(f"it draws from the global generator of {' and '.join(moved)}", case)
    return None


def generators() -> dict[str, Any]:
    """The states of the global random generators."""
    states: dict[str, Any] = {"random": random.getstate(), "numpy.random": np.random.get_state()}
    torch = sys.modules.get("torch")
    return states | ({"torch": torch.get_rng_state()} if torch is not None else {})


def frozen(state: Any) -> bytes:
    """A generator's state as bytes, which are equal if the states are."""
    return dumps(state.numpy().tobytes() if hasattr(state, "numpy") else state)


@contextmanager
def kept_generators() -> Iterator[Any]:
    """`generators`, whose states are restored at the end."""
    before = generators()
    try:
        yield generators
    finally:
        random.setstate(before["random"])
        np.random.set_state(before["numpy.random"])
        if "torch" in before:
            sys.modules["torch"].set_rng_state(before["torch"])


def agree(one: Any, other: Any) -> bool:
    """Whether two nested values hold the same numbers, up to the rounding of a parallel sum."""
    first = list(leaves(one))
    second = list(leaves(other))
    return len(first) == len(second) and all(
        (np.shape(a) == np.shape(b) and close(a, b, 1e-12))
        if np.asarray(a).dtype.kind in "fiub"
        else a == b
        for a, b in zip(first, second, strict=True)
    )
