"""Where the variables of server and clients are in a state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auxtheory.engines.exact.clients.products import laid
from auxtheory.engines.exact.repeated import Moments
from auxtheory.typing import FloatArray


@dataclass(frozen=True)
class Layout:
    """The state Z = (server, c̄_1, …, c̄_g) of s + g c variables, and u = (server, c_j) of a client.

    Args:
        s: the number of variables of the server.
        c: that of each client.
        g: the number of groups.
        b: the numbers in one variable: 1 where coordinates are apart, otherwise d.
        lead: the axes before those of a state, (C, d) or (C,).
        x: the place of x among the variables of the server.
    """

    s: int
    c: int
    g: int
    b: int
    lead: tuple[int, ...]
    x: int

    @property
    def numbers(self) -> int:
        """The numbers of a state."""
        return (self.s + self.g * self.c) * self.b

    @property
    def of_u(self) -> int:
        """The numbers of u."""
        return (self.s + self.c) * self.b

    @property
    def of_server(self) -> int:
        return self.s * self.b

    @property
    def of_client(self) -> int:
        return self.c * self.b

    def place(self, variable: int) -> slice:
        """The numbers of a variable of the server."""
        return slice(variable * self.b, (variable + 1) * self.b)

    def group(self, j: int) -> slice:
        """The numbers of c̄_j in Z."""
        first = self.of_server + j * self.of_client
        return slice(first, first + self.of_client)

    def zeros(self, rows: int, columns: int, size: int, *, groups: bool = False) -> FloatArray:
        """Matrices of 0 for states of `size` numbers."""
        lead = (self.g, *self.lead) if groups else self.lead
        return laid(np.zeros((*lead, rows, columns)), size)

    def embedded(self, rows: FloatArray) -> FloatArray:
        """Maps of ũ, (g, …, r, u + 1), as maps of Z̃, (g, …, r, Z + 1)."""
        s = self.of_server
        out = laid(np.zeros((*rows.shape[:-1], self.numbers + 1)), self.numbers)
        out[..., :s] = rows[..., :s]
        out[..., -1] = rows[..., -1]
        for j in range(self.g):
            out[j, ..., self.group(j)] = rows[j, ..., s:-1]
        return out

    def of_clients(self, state: State) -> Moments:
        """The moments of u for a client of each group, (g, …, u)."""
        s = self.of_server
        mean = np.zeros((self.g, *self.lead, self.of_u))
        cov = self.zeros(self.of_u, self.of_u, self.of_u, groups=True)
        mean[..., :s] = state.mean[..., :s]
        cov[..., :s, :s] = state.cov[..., :s, :s]
        for j in range(self.g):
            own = self.group(j)
            mean[j, ..., s:] = state.mean[..., own]
            cov[j, ..., :s, s:] = state.cov[..., :s, own]
            cov[j, ..., s:, :s] = state.cov[..., own, :s]
            cov[j, ..., s:, s:] = state.cov[..., own, own]
        cov[..., s:, s:] += state.spread
        return Moments(mean, cov)


@dataclass(frozen=True, eq=False)
class State:
    """The moments of a round.

    Args:
        mean: of Z, (…, Z).
        cov: of Z, (…, Z, Z).
        spread: V_j = E e_i e_iᵀ of each group, (g, …, c, c).
    """

    mean: FloatArray
    cov: FloatArray
    spread: FloatArray
