"""The small problems on which implementations are checked: a pair (or one for each client), a noise
and a few rounds."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Steps
from auxtheory.bounds.schedules import PerRound
from auxtheory.implementations.rounds import (
    FederatedRound,
    Key,
    Parts,
    Round,
    Which,
    client_oracle,
    client_seed,
    noise_of,
    oracle,
)
from auxtheory.noise.laws import Noise
from auxtheory.problems import Gradients, Pair
from auxtheory.typing import FloatArray


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
            instead of all; for SCAFFOLD without S.
        weights: the weight of each client in f, which add up to 1; () if all are equal.
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
    weights: Sequence[float] = ()

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
        first = t == 1 and steps.exact_start
        batch = int(steps.B) if t == 1 and not steps.exact_start else 1

        def grad(which: Which, gradient: Any) -> Any:
            draw = partial(_sample, self.noise, which, self.seed, pair.dim, batch)
            return oracle(gradient, draw, self.x_star, xp)

        return Round(
            eta=self._number("eta", steps.eta, t),
            a=self._number("a", steps.momentum, t),
            K=steps.K,
            refresh=Key(t, 0, "exact" if first or self.exact else "refresh"),
            local=tuple(Key(t, k, "local") for k in range(steps.K)),
            grad_f=grad("f", gradients.f),
            grad_h=grad("h", gradients.h),
            parameters={n: self._number(n, v, t) for n, v in steps.parameters.items()},
            entropy=(self.seed, t),
        )

    def _number(self, name: str, value: Any, t: int) -> float:
        """A step parameter in a round."""
        return float(
            value.over(name, self.steps.T)[t - 1] if isinstance(value, PerRound) else value
        )

    def federated_round(self, t: int, xp: Any = np) -> FederatedRound:
        """Return what client and server may use in one round.

        Args:
            t: as of `round`.
            xp: as of `round`.

        Returns:
            The round of all clients.
        """

        def grad(i: int, which: Which) -> Any:
            gradients = gradients_of(self.pairs[i], xp)
            gradient = gradients.f if which == "f" else gradients.h
            seed = client_seed(i, self.seed)
            draw = partial(_sample, self.noise, which, seed, self.pairs[i].dim, 1)
            return client_oracle(oracle(gradient, draw, np.array(self.pairs[i].x_star), xp), t)

        clients = range(len(self.pairs))
        values = {n: self._number(n, v, t) for n, v in self.steps.parameters.items()}
        S = min(int(min(values.pop("S", np.inf), len(clients))), len(clients))
        chosen = tuple(i for i in clients if not self.partial or (i + t) % 2 == 0)
        return FederatedRound(
            eta=self._number("eta", self.steps.eta, t),
            K=self.steps.K,
            participants=chosen if S == len(clients) else self._turn(t, S),
            grads=tuple(grad(i, "h") for i in clients),
            t=t,
            T=self.steps.T,
            others=self._turn(t, S, 1),
            weights=tuple(self.weights),
            grads_f=tuple(grad(i, "f") for i in clients),
            parameters={"a": self._number("a", self.steps.momentum, t), **values},
        )

    def _turn(self, t: int, S: int, later: int = 0) -> tuple[int, ...]:
        """S clients in turn, from another first one in each round."""
        first = (t - 1) * S + later
        return tuple(sorted((first + j) % len(self.pairs) for j in range(S)))

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
        more = "".join(f", {name}={value!r}" for name, value in s.parameters.items())
        B = "" if s.exact_start else f", B={int(s.B)}"
        steps = f"at.Steps(eta={s.eta!r}{a}, K={s.K}, T={s.T}{B}{more})"
        start = [] if self.start is None else [f"start={[float(value) for value in self.start]!r}"]
        seed = [f"seed={self.seed}"] if self.seed else []
        weights = [f"weights={[float(w) for w in self.weights]!r}"] if self.weights else []
        flags = [f"{name}=True" for name in ("exact", "partial") if getattr(self, name)]
        return [
            f"pairs={list(self.pairs)!r}",
            f"noise={self.noise!r}",
            f"steps={steps}",
            *start,
            *flags,
            *weights,
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


@lru_cache(maxsize=4096)  # the same few samples are needed many times
def _sample(noise: Noise, which: Which, seed: int, dim: int, batch: int, key: Key) -> Parts:
    """The noise of a key, parts of shape (d,)."""
    additive, factor = noise_of(noise, which, key, dim, seed=seed, batch=batch)
    return tuple(None if p is None else np.reshape(p, (dim,)) for p in (additive, factor))  # type: ignore[return-value]
