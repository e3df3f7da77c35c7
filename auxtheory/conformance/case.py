"""The small problems on which implementations are checked: a pair (or one for each client), a noise
and a few rounds."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.conformance.exchange import as_is, foreign, is_array, on_host
from auxtheory.errors import InputError, shown
from auxtheory.noise.laws import Noise
from auxtheory.problems import Gradients, Pair
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

    The same key means the same sample, for f as well as for h. `refresh` is exact in the first
    round (B = ∞), and in every round of a method whose refresh is exact. AuxMOM, with its buffer as
    the state, is written as in the example of `check_method`.

    Args:
        eta: the step size η.
        a: the momentum parameter a.
        K: the number of local steps.
        refresh: the key of the refresh.
        local: the keys of the K local steps.
        grad_f: grad_f(x, key), a stochastic gradient of f; x and the result of shape (d,).
        grad_h: grad_h(x, key), a stochastic gradient of h; x and the result of shape (d,).

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


@dataclass(frozen=True, kw_only=True, eq=False)
class FederatedRound:
    """The data of one round for client and server.

    Args:
        eta: the step size η.
        K: the number of local steps.
        participants: the clients that take part, from 0 on.
        grads: for each client i, grads[i](y, k): its stochastic gradient with its sample k.
    """

    eta: float
    K: int
    participants: tuple[int, ...]
    grads: tuple[Callable[..., Array], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One small problem for `follow`: a pair, or one for each client, a noise and the steps.

    Its repr is the code that makes it.

    Args:
        pairs: a single pair; for client and server one per client, client i with the loss f_i = h
            of pair i, all with one f, the mean of the f_i.
        noise: the noise.
        steps: the steps, whose T is the number of rounds.
        start: x⁰, shape (d,); by default that of the pair.
        exact: whether every refresh is exact.
        partial: whether only the clients i with i + t even take part in round t, counted from 0,
            instead of all.
        seed: of the noise; the samples of each seed are others.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.conformance import Case
        >>> pair = at.Quadratic(L=1.0, dim=1).with_helper(0.4)
        >>> Case(pairs=[pair], noise=at.Gaussian(), steps=at.Steps(eta=0.3, K=2, T=1)).x0
        array([1.41421356])
    """

    pairs: Sequence[Pair]
    noise: Noise
    steps: Steps
    start: Sequence[float] | None = None
    exact: bool = False
    partial: bool = False
    seed: int = 0

    @property
    def x0(self) -> FloatArray:
        """The start, shape (d,)."""
        return np.array(self.pairs[0].x0[0] if self.start is None else self.start, dtype=float)

    @property
    def x_star(self) -> FloatArray:
        """The minimiser of f, shape (d,)."""
        return np.array(self.pairs[0].x_star, dtype=float)

    def round(self, t: int, xp: Any = np) -> Round:
        """Return what a step function may use in one round.

        Args:
            t: the round, from 1 on.
            xp: the namespace of the arrays that the gradients take and return.

        Returns:
            The round.
        """
        pair = self.pairs[0]
        steps = self.steps
        gradients = gradients_of(pair, xp)
        return Round(
            eta=float(steps.eta),
            a=float(steps.momentum),
            K=steps.K,
            refresh=Key(t, 0, "exact" if t == 1 or self.exact else "refresh"),
            local=tuple(Key(t, k, "local") for k in range(steps.K)),
            grad_f=oracle("f", gradients.f, pair, self.noise, xp, seed=self.seed),
            grad_h=oracle("h", gradients.h, pair, self.noise, xp, seed=self.seed),
        )

    def federated_round(self, t: int, xp: Any = np) -> FederatedRound:
        """Return what client and server may use in one round.

        Args:
            t: as of `round`.
            xp: as of `round`.

        Returns:
            The round of all clients.
        """

        def grad(i: int) -> Callable[..., Array]:
            gradient = oracle(
                "h",
                gradients_of(self.pairs[i], xp).h,
                self.pairs[i],
                self.noise,
                xp,
                seed=i + CLIENTS * self.seed,
            )
            return lambda y, k=None: gradient(
                y, Key(t, 0, "exact") if k is None else Key(t, numbered(k), "local")
            )

        clients = range(len(self.pairs))
        chosen = tuple(i for i in clients if not self.partial or (i + t) % 2 == 0)
        return FederatedRound(
            eta=float(self.steps.eta),
            K=self.steps.K,
            participants=chosen,
            grads=tuple(grad(i) for i in clients),
        )

    def until(self, t: int) -> Case:
        """Return the same case with another number of rounds.

        Args:
            t: the number of rounds.

        Returns:
            The case.
        """
        return replace(self, steps=self.steps.replace(T=t))

    def arguments(self) -> list[str]:
        """Return the arguments that make this case, as code.

        Returns:
            One line per argument, such as "partial=True".
        """
        s = self.steps
        a = "" if s.a is None else f", a={s.a!r}"
        steps = f"at.Steps(eta={s.eta!r}{a}, K={s.K}, T={s.T})"
        start = [] if self.start is None else [f"start={[float(value) for value in self.start]!r}"]
        seed = [f"seed={self.seed}"] if self.seed else []
        more = [f"{name}=True" for name in ("exact", "partial") if getattr(self, name)]
        return [
            f"pairs={list(self.pairs)!r}",
            f"noise={self.noise!r}",
            f"steps={steps}",
            *start,
            *more,
            *seed,
        ]

    def __repr__(self) -> str:
        return f"Case({', '.join(self.arguments())})"


def gradients_of(pair: Pair, xp: Any) -> Gradients:
    """A pair's gradients, without PyTorch's warning that the pair's arrays are read-only."""
    if xp is np:
        return _on_numpy(pair)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return pair.gradients(xp)


@lru_cache(maxsize=256)
def _on_numpy(pair: Pair) -> Gradients:
    # Other libraries have settings, such as a device or JAX's precision, that may change.
    return pair.gradients()


def oracle(
    which: Literal["f", "h"],
    gradient: Callable[[Array], Array],
    pair: Pair,
    noise: Noise,
    xp: Any,
    seed: int = 0,
) -> Callable[[Array, Key], Array]:
    """∇f or ∇h of one pair with the noise of a key, from and to arrays of shape (d,) in the
    precision of x."""

    def grad(x: Array, key: Key) -> Array:
        if not isinstance(key, Key):
            raise InputError.listing(
                [f"key = {key!r}: must be round.refresh or one of round.local"]
            )
        if not is_array(x) or math.prod(x.shape) != pair.dim:
            raise InputError.listing([f"x = {shown(x)}: must be an array of shape ({pair.dim},)"])
        if foreign(x, xp):
            raise InputError.listing([f"x = {shown(x)}: {foreign(x, xp)}"])
        additive, factor = sample(noise, which, key, pair.dim, seed)
        y = on_host(x)
        value = xp.reshape(gradient(xp.reshape(y, (1, 1, pair.dim))), (pair.dim,))
        if additive is not None:
            value = value + xp.asarray(additive.copy())
        if factor is not None:
            value = value + xp.asarray(factor.copy()) * (y - xp.asarray(pair.x_star.copy()))
        return as_is(value, x, xp)

    return grad


def numbered(k: Any) -> int:
    """The number of a client's sample as an int; a loop that JAX traces has no such number."""
    try:
        if int(k) == k:
            return int(k)
    except (TypeError, ValueError, OverflowError):
        pass
    text = (
        f"k = {shown(k)}: must be a whole number; a traced one (of jax.lax.scan, say) names no "
        "sample"
    )
    raise InputError.listing([text])


@lru_cache(maxsize=4096)  # the same few samples are needed many times
def sample(
    noise: Noise, which: Literal["f", "h"], key: Key, dim: int, seed: int
) -> tuple[FloatArray | None, FloatArray | None]:
    """The additive part of a gradient's noise and the factor of its x − x*, shape (d,) each; None
    where there is none.

    It is drawn as in the engines: g_r = g_f − g_h at one index, a local step at another.
    """
    if key.kind == "exact":
        return None, None
    index = Index(seed, 0, 1, key.round, key.step)
    if key.kind == "local":
        additive, factor = noise.local(index, "f" if which == "f" else "h", dim)
    else:
        additive, factor = noise.refresh(index, "none", dim)
        if which == "h":
            additive = additive - noise.refresh(index, "h", dim)[0]
            factor = None
    shaped = [None if part is None else np.reshape(part, (dim,)) for part in (additive, factor)]
    return shaped[0], shaped[1]
