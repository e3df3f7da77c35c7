"""Code shared by all certificates: comparison of stated and measured constants, f by quadrature,
bias and μ over points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Kind
from auxtheory.errors import Checks
from auxtheory.problems.base import Certificate, Check, Gradients, Pair
from auxtheory.problems.certificate_helpers import measure_helpers
from auxtheory.progress import Work, working
from auxtheory.typing import FloatArray

GRADIENT_ROUNDING = 1e-12  # relative rounding error of a zero difference of gradients


def certificate(
    measure: Callable[[Any, int, int, Work], Iterator[Check]],
    pair: Pair,
    samples: int,
    seed: int,
    progress: Callable[[int, int], object] | None = None,
) -> Certificate:
    """The certificate from a measurement at `samples` random points; InputError if samples, seed or
    progress is invalid."""
    checks = Checks()
    samples = checks.whole("samples", samples)
    seed = checks.whole("seed", seed, low=0)
    if progress is not None:
        checks.function("progress", progress, "(done, total)")
    checks.done()
    notes: tuple[str, ...] = ()
    if not pair.infimum_known:
        above = float(np.max(pair.gap(np.broadcast_to(pair.x_star, (len(pair.x0), 1, pair.dim)))))
        notes = (
            f"x* is the lowest point that a search found, at most {above:.6g} above inf f; F₀ is "
            "an upper bound",
        )
    with working("certify", progress) as work:
        work.begin("computing the constants that are stated", 1)
        checks_of_pair = tuple(measure(pair, samples, seed, work))
        if pair.helpers is not None:
            checks_of_pair += tuple(measure_helpers(pair, seed, work))
    return Certificate(checks_of_pair, notes)


def compared(
    stated: Constants, values: Mapping[str, FloatArray], sizes: Mapping[str, FloatArray]
) -> Iterator[Check]:
    """Checks that compare the measured values of all configurations, shape (C,), with the stated
    ones; errors are relative to these, or to `sizes` where they are larger."""
    count = len(next(iter(values.values())))
    columns = []
    for name, measured in values.items():
        of_pair = np.broadcast_to(np.asarray(getattr(stated, name), dtype=float), (count,))
        scale = np.where(np.isfinite(of_pair), np.abs(of_pair), 0.0)
        scale = np.fmax(scale, sizes.get(name, 0.0))
        kind: Kind = "certified" if name == "beta" else stated.kinds[name]
        columns.append(
            (name, kind, of_pair.tolist(), np.asarray(measured).tolist(), scale.tolist())
        )
    for i in range(count):
        for name, kind, of_pair, measured, scale in columns:
            yield Check(name, i, of_pair[i], measured[i], kind, scale[i])


def covered(beta: FloatArray | float, lengths: FloatArray) -> FloatArray:
    """β‖∇f‖² from ‖∇f‖²; 0 where ‖∇f‖² is 0, even at β = ∞."""
    zero = lengths == 0
    return np.where(zero, 0.0, beta * np.where(zero, 1.0, lengths))


def heights(
    g: Gradients, x: FloatArray, centre: FloatArray, panel_length: float = np.pi
) -> FloatArray:
    """f(x) − f(x*) by Gauss–Legendre quadrature of ∇f along the line from x*, with 16 points in a
    panel."""
    v = x - centre
    panels = max(1, int(np.ceil(np.max(np.abs(v)) / panel_length)))
    nodes, weights = np.polynomial.legendre.leggauss(16)
    total = np.zeros(x.shape[:2])
    for panel in range(panels):
        for node, weight in zip(nodes, weights, strict=True):
            slope = g.f(centre + (panel + (1 + node) / 2) / panels * v)
            total += weight / (2 * panels) * np.sum(slope * v, axis=-1)
    return total


def excess_floor(
    squares: FloatArray, cover: FloatArray, missed: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """ζ, the root of the largest excess of ‖∇r‖² over β‖∇f‖², and 10⁹ times its error, from
    rounding and from `missed`, what the excess loses because the worst point is rounded."""
    noise = 1e-14 * (squares + cover)
    excess = squares - cover - noise
    best = np.argmax(excess, axis=-1)[:, None]
    excess, noise = (np.take_along_axis(v, best, axis=-1)[:, 0] for v in (excess, noise))
    zeta = np.sqrt(np.maximum(excess, 0.0))
    return zeta, np.divide(1e9 * (noise + missed), zeta, out=np.zeros_like(zeta), where=zeta > 0)


def needed(squares: FloatArray, lengths: FloatArray, zeta: FloatArray) -> FloatArray:
    """The least β ≥ 0 with ‖∇r‖² ≤ β‖∇f‖² + ζ² at every point."""
    above = squares - zeta**2 - 1e-14 * (squares + zeta**2)
    ratio = np.divide(above, lengths, out=np.where(above > 0, np.inf, 0.0), where=lengths > 0)
    return np.asarray(np.maximum(np.max(ratio, axis=-1), 0.0))


def least_share(lengths: FloatArray, rises: FloatArray) -> FloatArray:
    """The least ½‖∇f‖²/(f − f*) over the points that lie above the minimum by more than
    rounding."""
    above = rises > 1e-6 * np.max(rises, axis=-1, keepdims=True)
    return np.asarray(
        np.min(np.divide(lengths / 2, rises, out=np.full_like(rises, np.inf), where=above), axis=-1)
    )
