"""The position of a sample in the counter: seed, replica, round, step and oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# The last two words of the counter hold (round, step · 8 + oracle); the first two (block of
# coordinates, replica).
F_SAMPLE, H_SAMPLE, LOCAL, CURVATURE_R, CURVATURE_LOCAL = range(5)
# Random choices have the number 5. Two kinds of samples that never meet share the number 6.
# The local steps of minibatch runs at which ‖∇f‖² is computed, and samples from which it is
# estimated; no method sees them.
OFFSET, OWN = 6, 7
# Collapsed local steps on quadratic pairs take one sample a round for each direction of their
# noise; the step is then the number of the direction.
COLLAPSED = 6


MAX_STEP = 2**29


@dataclass(frozen=True)
class Index:
    """The index of samples to draw: 64-bit seed, replica numbers, round, and step within the round.

    Args:
        seed: A whole number in [0, 2⁶⁴); or, where replicas have several samples each, those of
            different clients, an array of a seed for each sample, for all replicas in turns.
        start: The first replica.
        stop: One past the last replica.
        round: The round t, from 0 on.
        step: The local step k within the round, from 0 on.
    """

    seed: Any
    start: int
    stop: int
    round: int
    step: int


def _counter(index: Index, oracle: int) -> tuple[int, int, int, int]:
    return index.start, index.stop, index.round, index.step * 8 + oracle
