"""Laws of noise, and minibatches: what a stochastic gradient adds to the exact one."""
