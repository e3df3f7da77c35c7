"""Heavy ball and Nesterov's method on quadratics and on strongly convex f."""

from auxtheory.theorems.accelerated.heavy_ball import HeavyBallQuadratic, HeavyBallShortSteps
from auxtheory.theorems.accelerated.heavy_ball_noise import HeavyBallNoise
from auxtheory.theorems.accelerated.nesterov import NesterovGap, NesterovQuadratic
from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = (
    HeavyBallQuadratic,
    HeavyBallShortSteps,
    HeavyBallNoise,
    NesterovQuadratic,
    NesterovGap,
)

__all__ = [
    "ALL",
    "HeavyBallNoise",
    "HeavyBallQuadratic",
    "HeavyBallShortSteps",
    "NesterovGap",
    "NesterovQuadratic",
]
