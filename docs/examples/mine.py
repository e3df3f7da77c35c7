"""A method, written as its pseudocode, and a bound on its rate, which is false."""

import auxtheory as at

L, mu, F0, sigma_f, eta, K, T = at.symbols("L mu F0 sigma_f eta K T")


class Nesterov(at.Method):
    state = "x v"

    def start(o, x):
        return x, 0 * x

    def step(o, x, v, *, eta, beta=0.6):
        v = beta * v - eta * o.f(x + beta * v)
        return x + v, v


class Rate(at.Theorem):
    method = Nesterov
    measure = at.measures.gap_last
    step_range = (L * eta <= 1, K == 1)
    bound = 2 * at.exp(-mu * eta * T / 2) * F0 + eta * sigma_f**2
