"""Coefficients of the values that a client and a server return, solved for from one separate call
of each.

Instead of gradients they get random vectors, one for each sample and point. A linear combination of
these has coefficients that one least-squares problem gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auxtheory.conformance.factors import Setting
from auxtheory.conformance.linear import CONSTANT, Terms, solved
from auxtheory.conformance.messages import filled, vectors
from auxtheory.implementations.calling import call
from auxtheory.implementations.exchange import as_is, to_numpy
from auxtheory.implementations.federated import Federated
from auxtheory.typing import FloatArray

GRADIENT = "the gradient"
Y = "the y that it starts from"


@dataclass(eq=False)
class Answers:
    """Random gradients, the same for the same sample at the same point; `asked` keeps label, point
    and answer."""

    draws: np.random.Generator
    xp: Any
    asked: list[tuple[Any, FloatArray | None, FloatArray]] = field(default_factory=list)

    def __call__(self, label: Any, x: Any) -> Any:
        try:
            point = to_numpy(x).astype(float).reshape(-1)
        except Exception:  # in a traced function a point has no value
            point = None
        known = (a for other, before, a in self.asked if other == label and _near(point, before))
        answer = next(known, None)
        if answer is None:
            answer = self.draws.normal(size=x.shape[-1])
            self.asked.append((label, point, answer))
        return as_is(self.xp.asarray(answer.copy()), x, self.xp)


def _near(one: FloatArray | None, other: FloatArray | None) -> bool:
    """Whether two points are the same up to rounding; an unknown point equals any other."""
    return one is None or other is None or np.allclose(one, other, rtol=1e-5, atol=1e-5)


@dataclass(frozen=True, kw_only=True)
class Client:
    """One client's round: whether its points are unknown, the samples it uses, the point of the
    first gradient, each local step, the point of the gradient with sample K, its new control in
    terms of c_i, c and x − y or (raw) of the gradients, and the vectors it sends; None for a vector
    that is not a linear combination."""

    traced: bool
    samples: tuple[Any, ...]
    first: Terms | None
    steps: tuple[Terms | None, ...]
    extra: Terms | None
    control: Terms | None
    raw: Terms | None
    sent: tuple[Terms | None, ...]
    message: Any


def precision_of(array: Any) -> float:
    return 1e-7 if array.dtype.itemsize >= 8 else 1e-3


def ask_client(pair: Federated, s: Setting, xp: Any, seed: int = 0) -> Client:
    """The result of one call of the client with random x, c, c_i and gradients."""
    draws = np.random.default_rng(seed)
    x, c, c_i = draws.normal(size=(3, s.d))
    answers = Answers(draws, xp)
    arguments = {name: xp.asarray(v.copy()) for name, v in (("x", x), ("c", c), ("c_i", c_i))}
    rest = lambda y, k=None: answers(k if k is None else int(k), y), s.eta, s.K
    message, returned = call(pair.client, "client", arguments, rest, ("message", "c_i"))
    new = to_numpy(returned).astype(float)
    eps = precision_of(to_numpy(returned))
    known: dict[str, FloatArray] = {"x": x, "c": c, "c_i": c_i}
    local = [(point, a) for label, point, a in answers.asked if label in range(s.K)]
    points = [p for p, _ in local if p is not None]
    gradients = [a for _, a in local]
    steps, y = (
        _steps(points, gradients, known, vectors(message, s.d), eps)
        if len(points) == len(local)
        else ((), None)
    )
    extra = [p for label, p, _ in answers.asked if label == s.K and p is not None]
    samples = [(label, a) for label, _, a in answers.asked if label not in range(s.K)]
    others = {
        f"the gradient with sample {'K' if label == s.K else label}": a for label, a in samples
    }
    # It may be sent although another control is kept.
    right = [] if y is None else [c_i - c + (x - y) / (s.K * s.eta)]
    more = {"x": x, CONSTANT: np.ones(s.d)}
    ended = {} if y is None else {"x − y": x - y}
    return Client(
        traced=len(points) < len(local),
        samples=tuple(sorted((label for label, *_ in answers.asked), key=str)),
        first=solved(points[0], known, eps) if points else None,
        steps=steps,
        extra=solved(extra[0], known | ({} if y is None else {"y": y}), eps) if extra else None,
        control=solved(new, {"c_i": c_i, "c": c, **ended, **others, **more}, eps)
        if ended
        else None,
        raw=solved(
            new, known | {f"gradient {k + 1}": a for k, a in enumerate(gradients)} | others, eps
        ),
        sent=tuple(_read(row, known, y, (new, *right), eps) for row in vectors(message, s.d)),
        message=message,
    )


def _steps(
    points: list[FloatArray],
    gradients: list[FloatArray],
    known: dict[str, FloatArray],
    sent: list[FloatArray],
    eps: float,
) -> tuple[tuple[Terms | None, ...], FloatArray | None]:
    """Each local step, and y after the last one, from the message; without it the last step is
    assumed to equal the one before."""
    if not points:
        return (), None
    bases = [
        {Y: y, GRADIENT: g, CONSTANT: np.ones_like(y)}
        | {n: v for n, v in known.items() if n != "x" or k > 0}
        for k, (y, g) in enumerate(zip(points, gradients, strict=True))
    ]
    steps = [solved(y, basis, eps) for y, basis in zip(points[1:], bases[:-1], strict=True)]
    x = known["x"]
    before = steps[-1] if steps else {Y: 1.0}
    if before is None:
        return tuple(steps), None
    for y in (y for row in sent for y in (row, x + row, x - row)):
        # Otherwise y − x would be taken for y.
        last = solved(y, {name: v for name, v in bases[-1].items() if name != "x"}, eps)
        if last is not None and last[GRADIENT] and abs(last[Y] - before[Y]) <= 1e-3:
            return (*steps, last), y
    if not steps:
        return (), None
    return tuple(steps), np.sum(
        [before.get(name, 0.0) * v for name, v in bases[-1].items()], axis=0
    )


def _read(
    row: FloatArray,
    known: dict[str, FloatArray],
    y: FloatArray | None,
    controls: Sequence[FloatArray],
    eps: float,
) -> Terms | None:
    """The coefficients of one vector of a message, in sums and differences if these suffice;
    controls: the possible values of c_i⁺."""
    ends = {} if y is None else {"y": y, "x": known["x"]}
    moved = [new for new in controls if float(np.max(np.abs(new - known["c_i"]))) > eps]
    tries = [ends, {"c_i": known["c_i"]}, *({"c_i⁺": new, "c_i": known["c_i"]} for new in moved)]
    few = [terms for basis in tries if basis and (terms := solved(row, basis, eps)) is not None]
    mixed = [] if few else [{"c_i⁺": new, "c": known["c"], "c_i": known["c_i"]} for new in moved]
    several = [terms for basis in mixed if (terms := solved(row, basis, eps)) is not None]
    every = solved(row, known | ends, eps)
    integral = (
        t
        for t in (*few, *several)
        if all(min(abs(v), abs(abs(v) - 1)) <= 100 * eps for v in t.values())
    )
    return next(integral, few[0] if few else every)


@dataclass(frozen=True, kw_only=True)
class Served:
    """The coefficients of the server's x or c in x, c and the means of the messages, or else the
    weight of each client."""

    terms: Terms | None
    weights: tuple[float, ...] = ()


def ask_server(pair: Federated, s: Setting, xp: Any) -> tuple[Served, Served]:
    """x and c after one call of the server with random x and c, and random vectors in the messages
    of the implementation's client."""
    draws = np.random.default_rng(1)
    x, c = draws.normal(size=(2, s.d))
    messages = [ask_client(pair, s, xp, seed=2 + i).message for i in range(s.S)]
    rows = [[draws.normal(size=s.d) for _ in vectors(message, s.d)] for message in messages]
    sent = [
        filled(message, client_rows, s.d, xp)
        for message, client_rows in zip(messages, rows, strict=True)
    ]
    arguments = {"x": xp.asarray(x.copy()), "c": xp.asarray(c.copy()), "sent": sent}
    results = call(pair.server, "server", arguments, (s.N,), ("x", "c"))
    old = {"x": x, "c": c, CONSTANT: np.ones(s.d)}
    means = {
        f"sent {j}": np.mean([client_rows[j] for client_rows in rows], axis=0)
        for j in range(len(rows[0]))
    }
    each = {f"{i} {j}": v for i, client_rows in enumerate(rows) for j, v in enumerate(client_rows)}
    outputs = []
    for value in results:
        array = to_numpy(value).astype(float)
        eps = precision_of(to_numpy(value))
        terms = solved(array, old | means, eps)
        parts = None if terms is not None else solved(array, old | each, eps)
        weights = (
            [sum(parts[f"{i} {j}"] for j in range(len(rows[0]))) for i in range(s.S)]
            if parts
            else []
        )
        outputs.append(Served(terms=terms, weights=tuple(weights)))
    return outputs[0], outputs[1]
