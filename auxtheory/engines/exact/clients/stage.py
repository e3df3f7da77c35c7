"""A part of a round, in which clients of some set work on their own and the server takes the means
of what they send."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from auxtheory.engines.exact.clients.layout import Layout, State
from auxtheory.engines.exact.clients.path import Visit
from auxtheory.engines.exact.clients.products import (
    T,
    acting,
    folded,
    laid,
    of_each,
    outer,
    product,
    symmetric,
    triangular,
)
from auxtheory.engines.exact.program.maps import Map
from auxtheory.typing import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class AtWork:
    """Which clients work, in numbers of each group, (g,).

    Args:
        share: the weight of a group in the means over the clients at work; their sum is 1.
        chance: the probability that a client of the group works.
        noise: Σ over the clients at work of the squared weight of one in the means.
        with_own: the weight of one client in the means times its weight in the mean of its group,
            times the number of clients that work.
        own: the squared weight of one client in the mean of its group, times that number.
        counts: the number of clients.
        drawn: S and N, of S of N clients drawn without replacement; None where those at work are
            known.
    """

    share: FloatArray
    chance: FloatArray
    noise: FloatArray
    with_own: FloatArray
    own: FloatArray
    counts: FloatArray
    drawn: tuple[int, int] | None = None

    @classmethod
    def known(cls, counts: FloatArray, share: FloatArray) -> AtWork:
        """All clients of the groups of positive share."""
        at_work = (share > 0).astype(float)
        return cls(
            share=share,
            chance=at_work,
            noise=share**2 / counts,
            with_own=share / counts,
            own=at_work / counts,
            counts=counts,
        )

    @classmethod
    def of(cls, counts: FloatArray, S: int) -> AtWork:
        """S of all clients, of equal weights."""
        N = int(np.sum(counts))
        share = counts / N
        if S == N:
            return cls.known(counts, share)
        p = S / N
        return cls(
            share=share,
            chance=np.full(len(counts), p),
            noise=share / S,
            with_own=np.full(len(counts), 1 / N),
            own=p / counts,
            counts=counts,
            drawn=(S, N),
        )

    @property
    def spread(self) -> float:
        """E‖mean over those at work − mean over all‖², in units of the mean square of the
        deviations of the clients."""
        if self.drawn is None:
            return 0.0
        S, N = self.drawn
        return (N - S) / (S * (N - 1))


class Stage:
    """The moments after a part of a round as a function of those before.

    Args:
        layout: where variables are before.
        visit: what a client of each group sends and keeps.
        at_work: the clients that work.
        server: what the server makes of its variables and the means; None: both, one after the
            other.
    """

    def __init__(self, layout: Layout, visit: Visit, at_work: AtWork, server: Map | None) -> None:
        self.layout = layout
        self.at_work = at_work
        self.server = server
        s, sent = layout.of_server, visit.sent.shape[-2]
        size = s + sent
        if server is None:
            H, h, Q = np.eye(size), np.zeros(size), np.zeros((size, size))
        else:
            H, h, Q = laid(server.M, layout.numbers), server.c, server.Q
        self.H_sent = H[..., s:]
        self.of_server = Q
        self.after = replace(layout, s=H.shape[-2] // layout.b)
        self.new = visit.kept[..., s:-1]
        self.change = self.new - np.eye(layout.of_client)
        whole = layout.embedded(visit.sent)
        mean = _weighted(at_work.share, whole)
        self.M = self._map(H[..., :s], h, mean, visit.kept)
        if at_work.drawn is not None:
            self.apart = product(self.H_sent, whole - mean)
            self.scattered = self._scattered()
            self.of_own = product(self.H_sent, visit.sent[..., s:-1])
            moved = visit.kept.copy(order="K")
            own = np.arange(layout.of_client)
            moved[..., own, s + own] -= 1.0
            self.moved = layout.embedded(moved)
        self.with_noise(visit)

    def _map(self, H: FloatArray, h: FloatArray, mean: FloatArray, kept: FloatArray) -> FloatArray:
        """The map of Z̃ to the mean of the state after, given Z."""
        layout, after = self.layout, self.after
        s = layout.of_server
        M = layout.zeros(after.numbers, layout.numbers + 1, layout.numbers)
        if mean.shape[-2]:
            M[..., : after.of_server, :] = product(self.H_sent, mean)
        M[..., : after.of_server, :s] += H
        M[..., : after.of_server, -1] += h
        for j, p in enumerate(self.at_work.chance):
            rows, own = after.group(j), layout.group(j)
            M[..., rows, :s] = p * kept[j, ..., :s]
            M[..., rows, -1] = p * kept[j, ..., -1]
            stays = (1 - p) * np.eye(layout.of_client)
            M[..., rows, own] = stays + p * kept[j, ..., s:-1]
        return M

    def _scattered(self) -> FloatArray | None:
        """Where the state after is one number, a root of what the groups scatter it by."""
        if self.layout.c or self.after.numbers > 1:
            return None
        return triangular(_stacked(of_each(np.sqrt(self.at_work.counts), self.apart)))

    def with_noise(self, visit: Visit) -> None:
        """Take the noise of a visit."""
        layout, after, at_work = self.layout, self.after, self.at_work
        m = visit.sent.shape[-2]
        noise = visit.noise
        H = self.H_sent
        Q = after.zeros(after.numbers, after.numbers, layout.numbers)
        s = after.of_server
        Q[..., :s, :s] = self.of_server
        if m:
            of_means = _weighted(at_work.noise, noise[..., :m, :m])
            Q[..., :s, :s] += product(product(H, of_means), T(H))
        for j in range(layout.g) if layout.c else ():
            own = after.group(j)
            Q[..., own, own] = at_work.own[j] * noise[j, ..., m:, m:]
            if m:
                Q[..., :s, own] = at_work.with_own[j] * product(H, noise[j, ..., :m, m:])
                Q[..., own, :s] = T(Q[..., :s, own])
        self.Q = Q
        self.of_client = noise[..., m:, m:]

    def __call__(self, state: State) -> State:
        """The moments after the part."""
        M = self.M[..., :-1]
        mean = acting(M, state.mean) + self.M[..., -1]
        cov = product(product(M, state.cov), T(M)) + self.Q
        if self.at_work.drawn is not None:
            self._sampled(cov, state)
        return State(mean, symmetric(cov), self._spread(state))

    def _sampled(self, cov: FloatArray, state: State) -> None:
        """Add what the choice of clients adds to the covariance."""
        assert self.at_work.drawn is not None
        S, N = self.at_work.drawn
        counts = self.at_work.counts
        tau = S * (N - S) / (N * (N - 1))
        layout, after = self.layout, self.after
        s, V = after.of_server, state.spread
        F = self.apart
        if self.scattered is not None:
            through, at_mean = self._second(self.scattered, state)
            value = folded(folded(through * self.scattered[..., :-1])) + folded(at_mean**2)
            cov[..., 0, 0] += tau / S**2 * value
            return
        through, at_mean = self._second(F, state)
        square = product(through, T(F[..., :-1])) + outer(at_mean, at_mean)
        if layout.c:
            from_own = product(self.of_own, V)
            square += product(from_own, T(self.of_own))
        cov[..., :s, :s] += _weighted(tau / S**2 * counts, square)
        if not layout.c:
            return
        D = self.moved
        moved, moved_mean = self._second(D, state)
        with_server = product(through, T(D[..., :-1])) + outer(at_mean, moved_mean)
        with_server += product(from_own, T(self.change))
        of_own = product(product(self.change, V), T(self.change))
        of_group = product(moved, T(D[..., :-1])) + outer(moved_mean, moved_mean)
        rows, at_rows = (_stacked(v) for v in (moved, moved_mean[..., None]))
        both = product(rows, T(_stacked(D[..., :-1]))) + product(at_rows, T(at_rows))
        for j, count in enumerate(counts):
            own = after.group(j)
            cov[..., :s, own] += tau / S * with_server[j]
            cov[..., own, :s] += tau / S * T(with_server[j])
            cov[..., own, own] += tau / count * of_own[j]
            # A single group loses nothing to rounding here, since its factor is 0.
            cov[..., own, own] += tau * (1 / count - 1 / N) * of_group[j]
            at = slice(own.start - s, own.stop - s)
            both[..., at, at] = 0.0
        cov[..., s:, s:] -= tau / N * both

    def _second(self, rows: FloatArray, state: State) -> tuple[FloatArray, FloatArray]:
        """Rows times the covariance, and times the mean."""
        M = rows[..., :-1]
        return product(M, state.cov), acting(M, state.mean) + rows[..., -1]

    def _spread(self, state: State) -> FloatArray:
        """V_j of each group."""
        at_work = self.at_work
        counts = at_work.counts
        V = state.spread
        if not self.layout.c or not np.any(counts > 1):
            return V
        within = 1 - 1 / counts
        drawn = at_work.drawn
        p = at_work.chance
        if drawn is None:
            new = product(product(self.new, V), T(self.new)) + of_each(within, self.of_client)
            return of_each(p, new) + of_each(1 - p, V)
        S, N = drawn
        of_two = S * (S - 1) / (N * (N - 1))
        mixed = np.eye(self.layout.of_client) + of_each(p, self.change)
        apart = p - p**2 - (p - of_two) / counts
        after = product(product(mixed, V), T(mixed))
        after += of_each(apart, product(product(self.change, V), T(self.change)))
        through, at_mean = self._second(self.moved, state)
        square = product(through, T(self.moved[..., :-1])) + outer(at_mean, at_mean)
        after += of_each(within * (p - of_two), square) + of_each(within * p, self.of_client)
        # One client alone is the mean of its group; rounding says otherwise.
        return of_each((counts > 1).astype(float), after)


def _stacked(rows: FloatArray) -> FloatArray:
    """Rows of all groups below each other: (g, …, r, n) as (…, g r, n)."""
    return np.concatenate(list(rows), axis=-2)


def _weighted(weights: FloatArray, values: FloatArray) -> FloatArray:
    """The sum over groups of a weight times a value."""
    total = weights[0] * values[0]
    for j in range(1, len(weights)):
        total = total + weights[j] * values[j]
    return np.asarray(total)
