"""Noise of stochastic gradients: additive and multiplicative laws, and minibatches."""

from auxtheory.noise.laws import LEVELS, Gaussian, Levels, Noise, RandomSign
from auxtheory.noise.minibatch import Minibatch

__all__ = ["LEVELS", "Gaussian", "Levels", "Minibatch", "Noise", "RandomSign"]
