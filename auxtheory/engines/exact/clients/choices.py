"""Rounds in which the state after depends on the clients at work in another way than through sums:
the mean over how many of each group they are.

Given these numbers, each group is one that works and one that does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import comb, prod
from typing import Any

import numpy as np

from auxtheory.engines.exact.clients.layout import Layout, State
from auxtheory.engines.exact.clients.products import outer, symmetric
from auxtheory.typing import FloatArray


def count_of_choices(counts: FloatArray, S: int) -> int:
    """How many choices of S clients differ in the numbers of each group."""
    ways = [1] + [0] * S
    for count in counts:
        most = int(min(count, S))
        ways = [sum(ways[max(0, n - most) : n + 1]) for n in range(S + 1)]
    return ways[S]


def choices(counts: FloatArray, S: int) -> Iterator[tuple[float, tuple[int, ...]]]:
    """The numbers of clients of each group among S of all, each with its probability."""
    whole = [int(count) for count in counts]
    total = comb(sum(whole), S)

    def numbers(j: int, left: int) -> Iterator[tuple[int, ...]]:
        if j == len(whole):
            if left == 0:
                yield ()
            return
        for n in range(min(left, whole[j]) + 1):
            for rest in numbers(j + 1, left - n):
                yield (n, *rest)

    for chosen in numbers(0, S):
        ways = prod(comb(N, n) for N, n in zip(whole, chosen, strict=True))
        yield ways / total, chosen


@dataclass(frozen=True, eq=False)
class Split:
    """Groups of which some clients work, each as two groups.

    Args:
        layout: where variables are before.
        after: where they are after.
        which: the group before of each group after.
        works: whether it works.
        counts: the number of its clients.
        before: the number of clients of each group before.
    """

    layout: Layout
    after: Layout
    which: tuple[int, ...]
    works: tuple[bool, ...]
    counts: FloatArray
    before: FloatArray

    @classmethod
    def of(cls, layout: Layout, counts: FloatArray, chosen: Sequence[int]) -> Split:
        """The split for these numbers of clients at work."""
        parts = []
        for j, (N, n) in enumerate(zip(counts, chosen, strict=True)):
            if n:
                parts.append((j, True, float(n)))
            if N - n:
                parts.append((j, False, float(N - n)))
        which, works, sizes = zip(*parts, strict=True)
        after = replace(layout, g=len(parts))
        return cls(layout, after, which, works, np.array(sizes), counts)

    def split(self, state: State) -> State:
        """The moments of the parts of all groups."""
        layout, after = self.layout, self.after
        if not layout.c:
            return replace(state, spread=np.zeros((after.g, *state.spread.shape[1:])))
        s = layout.of_server
        places = np.concatenate(
            [np.arange(s), *(np.arange(layout.numbers)[layout.group(j)] for j in self.which)]
        )
        cov = state.cov[..., places, :][..., places]
        spread: list[FloatArray] = []
        for i, j in enumerate(self.which):
            n, N = self.counts[i], self.before[j]
            # The mean square of a deviation, as an estimate from a sample has it.
            V = state.spread[j] * (N / (N - 1) if N > 1 else 0.0)
            spread.append((1 - 1 / n) * V)
            for k in range(after.g):
                if self.which[k] == j and n < N:
                    share = (1 / n if i == k else 0.0) - 1 / N
                    cov[..., after.group(i), after.group(k)] += share * V
        return State(state.mean[..., places], cov, np.stack(spread))

    def merged(self, state: State) -> State:
        """The moments of whole groups."""
        layout, after = self.layout, self.after
        if not layout.c:
            return replace(state, spread=np.zeros((layout.g, *state.spread.shape[1:])))
        s = layout.of_server
        M = np.zeros((layout.numbers, after.numbers))
        M[:s, :s] = np.eye(s)
        spread: Any = [0.0] * layout.g
        for i, j in enumerate(self.which):
            share = self.counts[i] / self.before[j]
            M[layout.group(j), after.group(i)] = share * np.eye(layout.of_client)
            spread[j] = spread[j] + share * state.spread[i]
            other = [k for k in range(i) if self.which[k] == j]
            for k in other:
                a, b = after.group(i), after.group(k)
                apart = state.mean[..., a] - state.mean[..., b]
                cov = state.cov[..., a, a] + state.cov[..., b, b]
                cov = cov - state.cov[..., a, b] - state.cov[..., b, a] + outer(apart, apart)
                spread[j] = spread[j] + share * self.counts[k] / self.before[j] * cov
        mean = (M @ state.mean[..., None])[..., 0]
        return State(mean, symmetric(M @ state.cov @ M.T), np.stack(spread))


def mixed(states: Sequence[tuple[float, State]]) -> State:
    """The moments after one of several choices."""
    mean = np.asarray(sum(p * state.mean for p, state in states))
    cov: Any = 0.0
    for p, state in states:
        off = state.mean - mean
        cov = cov + p * (state.cov + outer(off, off))
    spread = np.asarray(sum(p * state.spread for p, state in states))
    return State(mean, cov, spread)
