"""The cases of the kit, smallest first, and the twin of a case in other coordinates or units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.bounds.units import Unit
from auxtheory.conformance.case import Case
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Pair, Quadratic
from auxtheory.problems.spectra import orthogonal
from auxtheory.typing import FloatArray

# (K, T), by dimension; failures cut T short.
ETA = 0.3  # the step size in the units of the size
LENGTHS = {1: ((1, 2), (2, 2), (1, 6), (4, 3)), 2: ((1, 2), (3, 3))}
QUIET = Gaussian()
NOISY = Gaussian(sigma_f=0.5, sigma_h=0.3)
OF_H = Gaussian(sigma_h=0.3)
OF_F = Gaussian(sigma_f=0.5)


@dataclass(frozen=True, kw_only=True)
class Size:
    """A case by its sizes and options; with N > 0 clients, or with a single pair.

    by_x, by_f: the units of x and f; rotation: the seed of an orthogonal basis; plain: h = 0;
    parameters: step parameters besides a, each with its name, value and unit; S: how many clients
    work in a round, 0 for all; weighted: whether they have other weights; mean: of the ∇r_i, in
    units of the largest, not 0 for helpers; eta: the step size in the units of the size.
    """

    d: int = 1
    K: int = 1
    T: int = 1
    N: int = 0
    partial: bool = False
    noisy: bool = False
    delta: float = 0.4
    zeta: float = 0.7
    rotation: int | None = None
    shift: float = 0.0
    by_x: float = 1.0
    by_f: float = 1.0
    plain: bool = False
    exact: bool = False
    at_minimiser: bool = False
    parameters: tuple[tuple[str, float, Unit], ...] = ()
    S: int = 0
    weighted: bool = False
    mean: float = 0.0
    eta: float = ETA

    @lru_cache(maxsize=1024)  # noqa: B019, a value of few numbers
    def case(self) -> Case:
        """The case of this size."""
        further = {
            name: (self.eta if name == "eta" else value) * self._unit(unit)
            for name, value, unit in self.parameters
        }
        eta = self.eta * self.by_x**2 / self.by_f
        of_all = {"S": self.S} if self.S else {}
        values: dict[str, Any] = {"eta": eta, "a": 0.2, **further, **of_all}
        steps = Steps(**values, K=self.K, T=self.T)
        weights = np.linspace(1.0, -1.0, self.N)
        shares: tuple[float, ...] = ()
        if self.weighted:
            shares = tuple(np.arange(1.0, self.N + 1) / (self.N * (self.N + 1) / 2))
            weights = weights - np.dot(shares, weights)
        weights = weights + self.mean if self.mean else weights
        return Case(
            pairs=tuple(self.client(float(w)) for w in weights) or (self.pair(),),
            noise=self.noise,
            steps=steps,
            start=[self.shift] * self.d if self.at_minimiser else None,
            exact=self.exact,
            partial=self.partial,
            weights=shares,
        )

    def _unit(self, unit: Unit) -> float:
        """A unit in those of this size."""
        return self.by_f ** float(unit.f) * self.by_x ** float(unit.x)

    @property
    def noise(self) -> Gaussian:
        """The noise of f and h; clients see only that of h = f_i."""
        if not self.noisy:
            return QUIET
        clients = OF_H if not self.mean else NOISY
        return clients if self.N else OF_F if self.plain else NOISY

    @property
    def target(self) -> Quadratic:
        L = self.by_f / self.by_x**2
        more: dict[str, Any] = {} if self.d == 1 else {"mu": 0.5 * L}
        more |= {"F0": self.by_f} if self.by_f != 1 else {}
        return Quadratic(L=L, **more, dim=self.d, x_star=self.shift, rotation=self.rotation)

    def pair(self) -> Pair:
        target = self.target
        if self.plain:
            eigenvalues = target.eigenvalues[0]
            return target.with_helper(float(np.max(eigenvalues)), gap=eigenvalues)
        return target.with_helper(*self.delta_and_zeta())

    def delta_and_zeta(self, weight: float = 1.0) -> tuple[float, float]:
        """δ and ζ in this size's units."""
        weight = abs(weight)
        return (
            weight * self.delta * self.by_f / self.by_x**2,
            weight * self.zeta * self.by_f / self.by_x,
        )

    def client(self, weight: float) -> Pair:
        """The pair of f and f_i = f − weight·r; the weights add up to 0."""
        delta, zeta = self.delta_and_zeta(weight)
        sign = np.sign(weight) or 1.0
        direction = np.zeros(self.d)
        direction[-1] = sign
        direction = direction if self.basis is None else self.basis @ direction
        hessian_gap = np.zeros(self.d)
        hessian_gap[0] = -sign * delta
        return self.target.with_helper(delta, zeta, gap=hessian_gap, bias=direction)

    @property
    def turned(self) -> FloatArray:
        """Q transposed, which rotates rows of coordinates."""
        return np.eye(self.d) if self.basis is None else self.basis.T

    @property
    def basis(self) -> FloatArray | None:
        return None if self.rotation is None else orthogonal(self.d, self.rotation)

    def with_(self, **changes: Any) -> Size:
        return replace(self, **changes)


def sizes(
    base: Size, *, single_step: bool, partial: bool = False, noise: bool = False
) -> Iterator[Size]:
    """Sizes like `base`, smallest first; if requested, each also with some of the clients and with
    noise."""
    for d, lengths in LENGTHS.items():
        for K, T in lengths:
            if K > 1 and single_step:
                continue
            size = base.with_(d=d, K=K, T=T, N=3 if base.N and d == 2 else base.N)
            yield size
            if partial:
                yield size.with_(partial=True)
            if noise:
                yield size.with_(noisy=True)


# (d, K, T, N, S) of methods with clients.
OF_CLIENTS = (
    (1, 1, 2, 2, 2),
    (1, 1, 3, 2, 1),
    (1, 2, 2, 2, 2),
    (1, 3, 3, 3, 2),
    (2, 2, 4, 3, 2),
    (3, 3, 5, 4, 3),
    (5, 7, 12, 5, 3),
)


def sizes_of_clients(
    base: Size, *, single_step: bool, partial: bool = False, noise: bool = False
) -> Iterator[Size]:
    """Sizes like `base` of a method with clients, smallest first: from N = 3 on with weights; if
    requested, with some of the clients, and each also with noise."""
    for d, K, T, N, S in OF_CLIENTS:
        if (K > 1 and single_step) or (S < N and not partial and N == 2):
            continue
        size = base.with_(d=d, K=K, T=T, N=N, S=S if partial else 0, weighted=N > 2 and d > 1)
        yield size
        if noise:
            yield size.with_(noisy=True)
