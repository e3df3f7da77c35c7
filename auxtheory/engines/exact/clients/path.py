"""What one client of each group does in a round, given the server and its variables at the start.

With u = (variables of the server, of the client), the client's values are an affine map of ũ =
(u, 1) and noise, whose covariance depends on the moments of u where draws are multiplicative or a
hook makes choices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from auxtheory.engines.exact.clients.hooks import ClientHooks, Maps
from auxtheory.engines.exact.clients.layout import Layout
from auxtheory.engines.exact.clients.products import T, acting, laid, outer, product
from auxtheory.engines.exact.program.maps import Map, Point, multiplicative
from auxtheory.engines.exact.repeated import Moments
from auxtheory.typing import FloatArray


@dataclass(frozen=True, eq=False)
class Values:
    """Some values of a client of each group: an affine map of ũ, (g, …, r, u + 1), and the
    covariance of their noise, (g, …, r, r)."""

    mean: FloatArray
    cov: FloatArray

    def last(self, rows: int) -> Values:
        """The last rows."""
        first = self.mean.shape[-2] - rows
        return Values(self.mean[..., first:, :], self.cov[..., first:, first:])


@dataclass(frozen=True, eq=False)
class Visit:
    """What a client of each group sends, and what its variables become.

    Args:
        sent: the messages, (g, …, m, u + 1).
        kept: its variables, (g, …, c, u + 1).
        noise: the covariance of the noise of both, (g, …, m + c, m + c).
    """

    sent: FloatArray
    kept: FloatArray
    noise: FloatArray


Look: TypeAlias = Callable[[int, Values, Moments | None], None]


class ClientPath:
    """The hooks that a client of each group runs one after the other.

    Args:
        hooks: the method's hooks.
        layout: where variables are.
        names: the hooks to run, of "refresh", "report", "local" and "send".
        t: the number of the round.
        which: the group of clients that each group of the layout is.
    """

    def __init__(
        self,
        hooks: ClientHooks,
        layout: Layout,
        names: Sequence[str],
        t: int,
        which: Sequence[int],
    ) -> None:
        self.which = None if list(which) == list(range(hooks.groups)) else list(which)
        self.layout = layout
        self.names = names
        self.K = hooks.phase.steps.K
        self.maps: dict[tuple[str, int], Maps] = {}
        for name in names:
            several = name == "local" and hooks.program.hooks["local"].reads("k")
            for k in range(self.K if several else 1):
                maps = hooks.of_a_client(name, t, k)
                self.maps[name, k] = [(self._chosen(p), self._laid(map_)) for p, map_ in maps]

    @property
    def depends(self) -> bool:
        """Whether the noise depends on the moments of u."""
        return any(len(maps) > 1 or maps[0][1].draws for maps in self.maps.values())

    def _laid(self, map_: Map) -> Map:
        size = self.layout.of_u
        M, c, Q = (self._chosen(v) for v in (map_.M, map_.c, map_.Q))
        draws = tuple(
            tuple(Point(*map(self._chosen, (p.L, p.R, p.variance))) for p in points)
            for points in map_.draws
        )
        return Map(laid(M, size), c, laid(Q, size), draws)

    def _chosen(self, value: Any) -> Any:
        """Values of the groups of the layout."""
        grouped = np.ndim(value) > 1 and self.which is not None
        return value[self.which] if grouped else value

    def run(self, u: Moments | None, look: Look) -> Visit:
        """All hooks.

        Args:
            u: the moments of u, (g, …, u), where the noise depends on them.
            look: is given k, the values y_k and, with u, their moments.

        Returns:
            What is sent and what is kept.
        """
        layout = self.layout
        width, own = layout.of_u, layout.of_client
        rows = Values(*(layout.zeros(0, n, width, groups=True) for n in (width + 1, 0)))
        for name in self.names:
            if name == "local":
                rows = self._local_steps(rows, u, look)
            else:
                rows = self._after(self.maps[name, 0], rows, 0, u)
        sent = rows.mean.shape[-2] - own
        return Visit(rows.mean[..., :sent, :], rows.mean[..., sent:, :], rows.cov)

    def _local_steps(self, rows: Values, u: Moments | None, look: Look) -> Values:
        layout = self.layout
        b, keep = layout.b, rows.mean.shape[-2]
        mean = layout.zeros(keep + b, layout.of_u + 1, layout.of_u, groups=True)
        cov = layout.zeros(keep + b, keep + b, layout.of_u, groups=True)
        mean[..., :keep, :], cov[..., :keep, :keep] = rows.mean, rows.cov
        mean[..., keep:, layout.place(layout.x)] = np.eye(b)
        rows = Values(mean, cov)
        for k in range(self.K):
            y = rows.last(b)
            look(k, y, None if u is None else _moments(y, u))
            maps = self.maps["local", k if ("local", k) in self.maps else 0]
            rows = self._after(maps, rows, keep, u)
        return rows

    def _after(self, maps: Maps, rows: Values, keep: int, u: Moments | None) -> Values:
        """The first `keep` rows as they are, then what a hook makes of u and the rows."""
        fixed = maps[0][1].M.shape[-1] - rows.mean.shape[-2]
        found = [(_weight(p, map_.M.ndim), map_) for p, map_ in maps]
        means = [_mean_after(map_, rows, fixed, keep) for _, map_ in found]
        covs = [self._cov_after(map_, rows, (fixed, keep), u) for _, map_ in found]
        if len(found) == 1:
            return Values(means[0], covs[0])
        assert u is not None
        mean = np.asarray(sum(p * m for (p, _), m in zip(found, means, strict=True)))
        total: Any = 0.0
        for (p, _), one, cov in zip(found, means, covs, strict=True):
            off = _moments(Values(one - mean, cov), u)
            total = total + p * (off.cov + outer(off.mean, off.mean))
        return Values(mean, total)

    def _cov_after(
        self, map_: Map, rows: Values, places: tuple[int, int], u: Moments | None
    ) -> FloatArray:
        fixed, keep = places
        M = map_.M[..., fixed:]
        Q = map_.Q
        if map_.draws:
            assert u is not None
            Q = Q + self._drawn(map_, rows, fixed, u)
        through = product(M, rows.cov)
        new = product(through, T(M)) + Q
        if not keep:
            return new
        size = keep + new.shape[-1]
        cov = self.layout.zeros(size, size, self.layout.of_u, groups=True)
        cov[..., :keep, :keep] = rows.cov[..., :keep, :keep]
        cov[..., keep:, :keep] = through[..., :, :keep]
        cov[..., :keep, keep:] = T(through[..., :, :keep])
        cov[..., keep:, keep:] = new
        return cov

    def _drawn(self, map_: Map, rows: Values, fixed: int, u: Moments) -> FloatArray:
        """The covariance that multiplicative draws add."""
        layout = self.layout
        before = fixed + rows.mean.shape[-2]
        whole = layout.zeros(before, layout.of_u + 1, layout.of_u, groups=True)
        whole[..., :fixed, :fixed] = np.eye(fixed)
        whole[..., fixed:, :] = rows.mean
        noise = layout.zeros(before, before, layout.of_u, groups=True)
        noise[..., fixed:, fixed:] = rows.cov
        state = _moments(Values(whole, noise), u)
        return np.asarray(sum(multiplicative(points, state) for points in map_.draws))


def _mean_after(map_: Map, rows: Values, fixed: int, keep: int) -> FloatArray:
    new = product(map_.M[..., fixed:], rows.mean)
    new[..., :fixed] += map_.M[..., :fixed]
    new[..., -1] += map_.c
    return np.concatenate([rows.mean[..., :keep, :], new], axis=-2) if keep else new


def _moments(values: Values, u: Moments) -> Moments:
    """The moments of values, from those of u."""
    M = values.mean[..., :-1]
    mean = acting(M, u.mean) + values.mean[..., -1]
    return Moments(mean, product(product(M, u.cov), T(M)) + values.cov)


def _weight(p: Any, axes: int) -> Any:
    """A probability, or one for each group and configuration, as a factor of matrices."""
    value = np.asarray(p, dtype=float)
    return value.reshape(value.shape + (1,) * (axes - value.ndim)) if value.ndim == 2 else p
