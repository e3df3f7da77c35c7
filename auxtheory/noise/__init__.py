"""Laws of noise, and minibatches: what a stochastic gradient adds to the exact one."""

from auxtheory.noise.laws import LEVELS, Gaussian, Levels, Noise, RandomSign
from auxtheory.noise.minibatch import Minibatch

__all__ = ["LEVELS", "Gaussian", "Levels", "Minibatch", "Noise", "RandomSign"]
