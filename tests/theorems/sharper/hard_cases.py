"""The problems of the tests of the sharper theorems."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import auxtheory as at

# A start at the minimiser is refused, since F₀ must be positive.
AT_REST = 1e-6


def pair(curvature: float = 1.0, gap: float = 0.0, x0: float = AT_REST, **helper: Any) -> Any:
    """f = ½λx² and r″ = gap."""
    target = at.Quadratic(spectrum=[curvature], x0=[x0])
    return target.with_helper(delta=abs(gap), gap=[gap], **helper)


def alone(curvature: float = 1.0, x0: float = AT_REST) -> Any:
    """f = ½λx² without a helper."""
    return at.Quadratic(spectrum=[curvature], x0=[x0]).with_helper()


def rank_one(
    c: float, momentum: float, step: float, angles: tuple[float, float] | None = None
) -> tuple[Any, Any]:
    """The pair and the noise that attain S3-quiet: f of rank one, an r that does not commute with it
    and noise along one direction, at angles that are the best in the limit a ≪ Lη ≪ 1."""
    best = math.acos((1 - math.sqrt(1 - c)) / math.sqrt(c))
    psi, phi = (best, best) if angles is None else angles
    A = np.diag([1.0, 0.0])
    turned = np.array([[-math.cos(psi), math.sin(psi)], [math.sin(psi), math.cos(psi)]])
    R = math.sqrt(c * (1 - step)) * momentum / step * turned
    along = np.array([math.sin(phi), math.cos(phi)])
    return (
        at.Quadratic.from_matrices(A, A - R, [0.0, 0.0], x0=[1e-4, 0.0]),
        at.Gaussian(sigma_f=1.0, shape=np.outer(along, along)),
    )
