"""The cause that the kit reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from auxtheory.conformance import NonConforming, check_method


def cause(
    implementation: Any, like: Any = None, name: str = "equals the reference", xp: Any = np
) -> str:
    with pytest.raises(NonConforming) as error:
        check_method(implementation, like=like, xp=xp)
    return error.value.report[name].cause


def client(
    *,
    step: Callable[..., Any] = lambda y, g, c, c_i, eta, K: y - eta * (g + c - c_i),
    last: Callable[..., Any] | None = None,
    new: Callable[..., Any] = lambda x, y, c, c_i, eta, K: c_i - c + (x - y) / (K * eta),
    sent: Callable[..., Any] = lambda x, y, c_i, new, eta, K: (y - x, new - c_i),
    kept: Callable[..., Any] = lambda c_i, new: new,
    sample: Callable[[int], int] = lambda k: k,
    at_x: bool = False,
) -> Any:
    def own(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        y = x
        for k in range(K):
            rule = last if last is not None and k == K - 1 else step
            y = rule(y, grad(x if at_x else y, sample(k)), c, c_i, eta, K)
        control = new(x, y, c, c_i, eta, K)
        return sent(x, y, c_i, control, eta, K), kept(c_i, control)

    return own


def server(
    *,
    x: Callable[..., Any] = lambda x, dx, S, N: x + dx / S,
    c: Callable[..., Any] = lambda c, dc, S, N: c + dc / N,
) -> Any:
    def own(x_old: Any, c_old: Any, sent: Any, N: int) -> Any:
        S = len(sent)
        return x(x_old, sum(dx for dx, _ in sent), S, N), c(c_old, sum(dc for _, dc in sent), S, N)

    return own


CLIENTS: dict[str, tuple[Any, str]] = {
    "step by η²": (
        client(step=lambda y, g, c, c_i, eta, K: y - eta**2 * (g + c - c_i)),
        "in the local steps, the whole local step is off by the factor η",
    ),
    "step by η/K": (
        client(step=lambda y, g, c, c_i, eta, K: y - eta / K * (g + c - c_i)),
        "in the local steps, the whole local step is off by the factor 1/K",
    ),
    "half the correction": (
        client(step=lambda y, g, c, c_i, eta, K: y - eta * (g + (c - c_i) / 2)),
        "in the local steps, the correction c − c_i is off by the factor 0.5",
    ),
    "correction without η": (
        client(step=lambda y, g, c, c_i, eta, K: y - eta * g - (c - c_i)),
        "in the local steps, the correction c − c_i is off by the factor 1/η",
    ),
    "correction over K": (
        client(step=lambda y, g, c, c_i, eta, K: y - eta * (g + (c - c_i) / K)),
        "in the local steps, the correction c − c_i is off by the factor 1/K",
    ),
    "own control twice": (
        client(step=lambda y, g, c, c_i, eta, K: y - eta * (g + c - 2 * c_i)),
        "in the local steps, the client's control c_i is off by the factor 2",
    ),
    "ascent": (
        client(step=lambda y, g, c, c_i, eta, K: y - eta * (c - c_i - g)),
        "in the local steps, the gradient has the wrong sign",
    ),
    "weight decay": (
        client(step=lambda y, g, c, c_i, eta, K: 0.99 * y - eta * (g + c - c_i)),
        "in the local steps, the y that it starts from is off by the factor 0.99",
    ),
    "last step": (
        client(last=lambda y, g, c, c_i, eta, K: y - eta * (g + 2 * (c - c_i))),
        "in the last local step, the correction c − c_i is off by the factor 2",
    ),
    "control over K²": (
        client(new=lambda x, y, c, c_i, eta, K: c_i - c + (x - y) / (K**2 * eta)),
        "in its new control, (x − y)/(K η) is off by the factor 1/K",
    ),
    "control over η²": (
        client(new=lambda x, y, c, c_i, eta, K: c_i - c + (x - y) / (K * eta**2)),
        "in its new control, (x − y)/(K η) is off by the factor 1/η",
    ),
    "control over K + 1": (
        client(new=lambda x, y, c, c_i, eta, K: c_i - c + (x - y) / ((K + 1) * eta)),
        "in its new control, (x − y)/(K η) is off by the factor K/(K + 1)",
    ),
    "half of the old control": (
        client(new=lambda x, y, c, c_i, eta, K: c_i / 2 - c + (x - y) / (K * eta)),
        "in its new control, c_i is off by the factor 0.5",
    ),
    "keeps the mean of old and new": (
        client(kept=lambda c_i, new: (c_i + new) / 2),
        "(x − y)/(K η) is off by the factor 0.5; in its new control, c is off by the factor 0.5; "
        "the numbers differ",
    ),
    "adds a constant": (
        client(step=lambda y, g, c, c_i, eta, K: y - eta * (g + c - c_i) + 0.01),
        "in the local steps, it has a term that must not be there, 0.01 times a vector of ones",
    ),
    "sends η (y − x)": (
        client(sent=lambda x, y, c_i, new, eta, K: (eta * (y - x), new - c_i)),
        "in what it sends, y − x is off by the factor η",
    ),
    "sends (c_i⁺ − c_i)/K": (
        client(sent=lambda x, y, c_i, new, eta, K: (y - x, (new - c_i) / K)),
        "in what it sends, c_i⁺ − c_i is off by the factor 1/K",
    ),
    "one sample": (
        client(sample=lambda k: 0),
        "gradients with the samples k = 0, 0, 0, and must with 0, 1, 2",
    ),
    "gradients at x": (client(at_x=True), "its gradients are all taken at x, not at y"),
    "clipped": (
        client(step=lambda y, g, c, c_i, eta, K: y - np.clip(eta * (g + c - c_i), -0.05, 0.05)),
        "in the local steps, the result is not a linear combination of y, the gradient, c and c_i: "
        "look for a clip",
    ),
}


def half(value: Any) -> Any:
    return value / 2


def same(value: Any) -> Any:
    return value
