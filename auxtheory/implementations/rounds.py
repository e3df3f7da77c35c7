"""What an implementation is given in a round: the steps, names of samples, and oracles."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from auxtheory.errors import InputError, shown
from auxtheory.implementations.exchange import Broken, as_is, foreign, is_array, on_host
from auxtheory.random.counter import Index
from auxtheory.typing import Array, FloatArray


@dataclass(frozen=True)
class Key:
    """The name of one sample: of a round's refresh, or of one of its local steps.

    Args:
        round: the round, from 1 on.
        step: the local step, from 0 on; 0 for a refresh.
        kind: "refresh", "local", or "exact", which stands for no noise at all.

    Example:
        >>> from auxtheory.conformance import Key
        >>> Key(3, 1, "local")
        Key(round=3, step=1, kind='local')
    """

    round: int
    step: int = 0
    kind: Literal["refresh", "local", "exact"] = "refresh"


CLIENTS = 2**12  # seeds of the clients of one run


@dataclass(frozen=True, kw_only=True, eq=False)
class Round:
    """The data of one round for a step function.

    The same key means the same sample, for f as well as for h. In the first round `refresh` is the
    mean of B samples, exact if B = ∞; it is exact in every round of a method whose refresh is
    exact. AuxMOM, with its buffer as the state, is written as in the example of `check_method`.

    Args:
        eta: the step size η.
        a: the momentum parameter a.
        K: the number of local steps.
        refresh: the key of the refresh.
        local: the keys of the K local steps.
        grad_f: grad_f(x, key), a stochastic gradient of f; x and the result of shape (d,).
        grad_h: grad_h(x, key), a stochastic gradient of h; x and the result of shape (d,).
        parameters: the further step parameters by name; the function's arguments after * get them.
        entropy: the seed of `random`; () if the arrays hold all replicas of a run.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.conformance import Case
        >>> pair = at.Quadratic(L=1.0, dim=1).with_helper(0.4)
        >>> case = Case(pairs=[pair], noise=at.Gaussian(), steps=at.Steps(eta=0.3, K=2, T=1))
        >>> round = case.round(1)
        >>> round.local
        (Key(round=1, step=0, kind='local'), Key(round=1, step=1, kind='local'))
        >>> round.grad_f(case.x0, round.refresh).shape
        (1,)
    """

    eta: float
    a: float
    K: int
    refresh: Key
    local: tuple[Key, ...]
    grad_f: Callable[[Array, Key], Array]
    grad_h: Callable[[Array, Key], Array]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    entropy: tuple[int, ...] = (0,)

    @cached_property
    def random(self) -> np.random.Generator:
        """A generator of random numbers for choices such as a coin: others in each round of each
        run, and the same whenever the run is repeated."""
        if not self.entropy:
            raise Broken("all replicas at once have no generator")
        return np.random.default_rng(self.entropy)


@dataclass(frozen=True, kw_only=True, eq=False)
class FederatedRound:
    """The data of one round for client and server.

    Args:
        eta: the step size η.
        K: the number of local steps.
        participants: the clients that take part, from 0 on.
        grads: for each client i, grads[i](y, k): its stochastic gradient with its sample k.
        t: the number of the round, from 1 on.
        T: the number of rounds.
        others: as many clients, chosen independently of the participants.
        weights: the weight of each client in f; () if all are equal.
        grads_f: for each client i, grads_f[i](y, k): a stochastic gradient of f with its sample k.
        parameters: the step parameters besides η by name.
    """

    eta: float
    K: int
    participants: tuple[int, ...]
    grads: Sequence[Callable[..., Array]]
    t: int = 1
    T: int = 1
    others: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    grads_f: Sequence[Callable[..., Array]] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def N(self) -> int:
        """The number of clients."""
        return len(self.grads)

    def weight(self, i: int) -> float:
        """The weight of a client."""
        return self.weights[i] if self.weights else 1 / self.N

    def chosen(self, which: str) -> tuple[int, ...]:
        """The clients of an exchange: the "sampled" ones, "independent" others or "all"."""
        several = {"sampled": self.participants, "independent": self.others}
        return several.get(which) or tuple(range(self.N))


Parts: TypeAlias = tuple[FloatArray | None, FloatArray | None]
Which: TypeAlias = Literal["f", "h"]


class Law(Protocol):
    """What is needed of a law of noise."""

    def refresh(self, index: Index, helper: Any, dim: int) -> Parts:
        """The noise of a refresh: additive, and the factor of x − x*."""

    def local(self, index: Index, helper: Any, dim: int) -> Parts:
        """The noise of a local step: additive, and the factor of x − x*."""


def oracle(
    gradient: Callable[[Array], Array],
    draw: Callable[[Key], Parts],
    centre: FloatArray,
    xp: Any,
) -> Callable[[Array, Key], Array]:
    """A stochastic gradient, from and to arrays of shape (d,) in the precision of x.

    gradient: of x of shape (1, 1, d). draw: the noise of a key. centre: x*, shape (d,).
    """
    dim = centre.size

    def grad(x: Array, key: Key) -> Array:
        if not isinstance(key, Key):
            raise InputError.listing(
                [f"key = {key!r}: must be round.refresh or one of round.local"]
            )
        if not is_array(x) or math.prod(x.shape) != dim:
            raise InputError.listing([f"x = {shown(x)}: must be an array of shape ({dim},)"])
        if foreign(x, xp):
            raise InputError.listing([f"x = {shown(x)}: {foreign(x, xp)}"])
        additive, factor = draw(key)
        y = on_host(x)
        value = xp.reshape(gradient(xp.reshape(y, (1, 1, dim))), (dim,))
        if additive is not None:
            value = value + xp.asarray(additive.copy())
        if factor is not None:
            value = value + xp.asarray(factor.copy()) * (y - xp.asarray(centre.copy()))
        return as_is(value, x, xp)

    return grad


# Numbers of samples that stay free for local steps, and between the further samples of one name.
APART = 2**16
NAMED = {"refresh": 0, "report": 1, "start": 2}


def client_oracle(grad: Callable[[Array, Key], Array], t: int) -> Callable[..., Array]:
    """A client's gradient grad(y, k) in round t with its sample of that name; grad(y) has no
    noise."""
    return lambda y, k=None: grad(y, client_key(t, k))


def client_key(t: int, k: Any) -> Key:
    """The key of a client's sample k in round t: a number, "refresh" or "report", or a pair (k, n)
    for the further ones of that name; None for no noise."""
    if k is None:
        return Key(t, 0, "exact")
    name, further = k if isinstance(k, tuple) and len(k) == 2 else (k, 0)
    step = APART * numbered(further)
    if isinstance(name, str) and name in NAMED:
        return Key(t, step + APART // 2 * NAMED[name], "refresh")
    return Key(t, step + numbered(name), "local")


def client_seed(client: int, seed: int) -> int:
    """The seed of a client's samples."""
    return (client + CLIENTS * seed) % 2**64


def numbered(k: Any) -> int:
    """The number of a client's sample as an int; a loop that JAX traces has no such number."""
    try:
        if int(k) == k:
            return int(k)
    except (TypeError, ValueError, OverflowError):
        pass
    allowed = "must be a whole number"
    if isinstance(k, str):
        text = f"k = {shown(k)}: {allowed}, 'refresh' or 'report'"
    else:
        text = f"k = {shown(k)}: {allowed}; a traced one (of jax.lax.scan, say) names no sample"
    raise InputError.listing([text])


def noise_of(
    noise: Law,
    which: Which,
    key: Key,
    dim: int,
    *,
    seed: int,
    replicas: tuple[int, int] = (0, 1),
    batch: int = 1,
) -> Parts:
    """The additive part of a gradient's noise and the factor of its x − x*, shape (C, R, d) each;
    None where there is none.

    It is drawn as in the engines: g_r = g_f − g_h at one index, a local step at another. replicas:
    the first, and one past the last. batch: the number of samples of a refresh of which the mean is
    taken.
    """
    if key.kind == "exact":
        return None, None
    if key.kind == "local":
        index = Index(seed, *replicas, key.round, key.step)
        return noise.local(index, "f" if which == "f" else "h", dim)
    drawn = [
        _refresh(noise, which, Index(seed, *replicas, key.round, key.step + b), dim)
        for b in range(batch)
    ]
    return _mean([additive for additive, _ in drawn]), _mean([factor for _, factor in drawn])


def _refresh(noise: Law, which: Which, index: Index, dim: int) -> Parts:
    additive, factor = noise.refresh(index, "none", dim)
    if which == "f":
        return additive, factor
    of_r, _ = noise.refresh(index, "h", dim)
    return (None if additive is None or of_r is None else additive - of_r), None


def _mean(parts: list[FloatArray | None]) -> FloatArray | None:
    present = [part for part in parts if part is not None]
    return sum(present[1:], present[0]) / len(parts) if present else None
