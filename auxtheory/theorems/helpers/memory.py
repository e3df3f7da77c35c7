"""The numbers behind the starred forms of AuxMOM: what the best potential makes of the noise of the
buffers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from auxtheory.theorems.sharper.potential import least
from auxtheory.theorems.sharper.supremum import weights_between

NEAR = 1e-12  # by how much steps at the edge of the range may round to beyond it


@dataclass(frozen=True)
class Buffers:
    """The buffers of a run.

    Args:
        a: the momentum parameter.
        share: p, the share of the buffers that a round refreshes.
        drift: (δηK)², by which the memory moves for a step of length 1.
        length: ℓ = δ_m η √λ_K, what the local steps add.
        fresh: the variance of a refresh's sample.
        first: the variance of the first estimate.
        T: the rounds.
    """

    a: float
    share: float
    drift: float
    length: float
    fresh: float
    first: float
    T: float

    @property
    def kept(self) -> float:
        """g = (1−a)²."""
        return (1 - self.a) ** 2

    @property
    def loss(self) -> float:
        """θ = pa(2−a)."""
        return self.share * self.a * (2 - self.a)

    @property
    def memory(self) -> float:
        """(1−a)/(1 − √(1−θ)), by which the memory multiplies the drift."""
        # 1 − √(1 − θ) without cancellation.
        root = math.sqrt(max(1 - self.loss, 0.0))
        return (1 - self.a) * (1 + root) / self.loss

    def stored(self, kappa: float) -> float:
        """q, the weight of a stored error in the potential, for the weight κ of the drift."""
        g, theta = self.kept, self.loss
        if g == 0:
            return 0.0
        u = g / kappa
        root = 2 * math.sqrt(u)
        # The two factors of (θ − u)² − 4(1−θ)u.
        square = max(theta + u - root, 0.0) * (theta + u + root)
        below = theta - u + math.sqrt(square)
        return 2 * g / below if below > 0 else math.inf

    def noise(self, kappa: float) -> float:
        """The mean of the squared errors of the buffers, for the weight κ of their drift."""
        q = self.stored(kappa)
        # An infinite weight of a start or of later rounds that are 0 would be no number.
        if q == math.inf:
            return math.inf
        each = self.a**2 * (1 + self.share * q) * self.fresh
        return (each * (self.T - 1) + max(each, (1 + q) * self.first)) / self.T

    def error(self, left: float, factor: float = 1.0) -> float:
        """The least value over φ of factor·(noise)/φ.

        Args:
            left: ω = 1 − Lη.
            factor: 1 + ε.

        Returns:
            The value; ∞ outside the range.
        """
        square = factor * self.length**2
        least_kappa = self.memory**2 * self.drift
        if left < 0:
            return math.inf
        reach = math.sqrt(factor) * (self.length + self.memory * math.sqrt(self.drift))
        if reach > math.sqrt(left) * (1 + NEAR):
            return math.inf
        if self.fresh == self.first == 0:
            return 0.0
        if self.drift == 0 or self.kept == 0:
            # The buffers forget at once, or do not drift.
            high = 1.0 if square == 0 else (1 - square / left if left > 0 else 0.0)
            return factor * self.noise(math.inf) / high if high > 0 else math.inf
        v = factor * least_kappa
        low, high = weights_between(left, v, square)

        def split(phi: float) -> float:
            if phi <= 0:
                return math.inf
            rest = 0.0 if square == 0 else square / (1 - phi) if phi < 1 else math.inf
            kappa = max(phi * (left - rest), v) / (factor * self.drift)
            return self.noise(kappa) / phi

        return factor * min(least(split, low, min(high, 1.0)), split(min(high, 1.0)))


def with_step_noise(buffers: Buffers, left: float, moved: float) -> float:
    """The least value over ε of (1+ε)(noise)/φ + (1 + 1/ε)·moved, where moved is what the noise of
    the local steps adds."""
    if moved == 0:
        return buffers.error(left)

    def split(log: float) -> float:
        epsilon = math.exp(log)
        return buffers.error(left, 1 + epsilon) + (1 + 1 / epsilon) * moved

    return least(split, -25.0, 25.0)
