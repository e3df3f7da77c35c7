"""What a user's implementation is given in a round of a run: for one replica, vectors; for all of
them at once, arrays of shape (C, R, d)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from auxtheory.engines.monte_carlo.client_sets import REPORTING, WORKING
from auxtheory.engines.monte_carlo.interpreter import CHOICE, STRIDE
from auxtheory.implementations.calling import Checked, Step, vector, with_parameters
from auxtheory.implementations.exchange import Broken
from auxtheory.implementations.pooled import AtOnce, Pooled, at_gradients
from auxtheory.implementations.rounds import (
    FederatedRound,
    Key,
    Parts,
    Round,
    client_oracle,
    client_seed,
    noise_of,
    oracle,
)
from auxtheory.methods import Phase
from auxtheory.methods.client_runs import at_work
from auxtheory.random.subsets import subsets
from auxtheory.typing import Array, FloatArray

# A configuration and a replica; None for all of them at once.
Place: TypeAlias = tuple[int, int] | None
FIRST = (0, 0)  # the replica whose calls are counted


class Oracles(ABC):
    """The oracles of one phase, of a chunk of replicas.

    calls: the calls of g_r and of g_h of one replica. points: the point at which each local step of
    the present round took its sample.
    """

    def __init__(self, chunk: Any, phase: Phase) -> None:
        self.chunk = chunk
        self.phase = phase
        self.method = phase.method
        self.xp = self.method.xp or np
        self.calls = np.zeros(2)
        self.points: dict[int, FloatArray] = {}

    @abstractmethod
    def step(self, place: Place) -> Step:
        """The implementation as a step function, with its parameters."""

    @abstractmethod
    def round(self, place: Place) -> Any:
        """What the step function is given."""

    def start(self, t: int, round_: int) -> None:
        """Forget the samples of the round before."""
        self.drawn: dict[Any, Parts] = {}
        self.asked: set[Key] = set()
        self.t = t
        self.round_ = round_

    def value(self, name: str, place: Place) -> Any:
        """A step parameter of a configuration; of all, an array of shape (C, 1, 1)."""
        values = np.ravel(self.phase.at_round(name, self.t))
        if values.size == 1:
            return float(values[0])
        return values.reshape(-1, 1, 1) if place is None else float(values[place[0]])

    def counts(self, place: Place) -> bool:
        """Whether the calls of these replicas are counted."""
        return place in (None, FIRST)

    def sampled(self, gradient: Callable[[Array], Array], what: Any, place: Place) -> Any:
        """A stochastic gradient; `what` names its noise."""
        centre = np.array(self.chunk.pair.x_star)
        draw = partial(self._noise, what, place)
        if place is None:
            return on_arrays(gradient, draw, centre, self.chunk.x.shape)
        return oracle(self._single(gradient, place[0]), draw, centre, self.xp)

    def _noise(self, what: Any, place: Place, key: Key) -> Parts:
        """The noise of a key; it is drawn for all replicas at once."""
        chunk = self.chunk
        if (what, key) not in self.drawn:
            # A client, a client's sample of f, or f or h of a step function.
            client = what[0] if isinstance(what, tuple) else what
            which: Any = "f" if isinstance(what, tuple) else "h" if isinstance(what, int) else what
            first = self.t == 1 and key.kind == "refresh"
            self.drawn[what, key] = noise_of(
                chunk.noise,
                which,
                key,
                chunk.pair.dim,
                seed=client_seed(client, chunk.seed) if isinstance(client, int) else chunk.seed,
                replicas=(chunk.start, chunk.stop),
                batch=self.phase.first_samples if first else 1,
            )
        parts = self.drawn[what, key]
        if place is None:
            return parts
        additive, factor = (None if p is None else _at(p, *place) for p in parts)
        return additive, factor

    def _single(self, gradient: Callable[[Array], Array], c: int) -> Callable[[Array], Array]:
        """The gradient of one configuration, of x of shape (1, 1, d)."""
        count = self.chunk.x.shape[0]
        if count == 1 or self.chunk.pair.single:
            return gradient

        def of(x: Array) -> Array:
            value = gradient(np.broadcast_to(np.asarray(x), (count, 1, x.shape[-1])))
            return value[c : c + 1]

        return of


class StepOracles(Oracles):
    """The oracles of a step function: f and h at the samples of a round."""

    def step(self, place: Place) -> Step:
        """The step function, which reads its parameters off the round."""
        function = self.method.implementation
        if place is None:
            return lambda x, state, round: with_parameters(function, round)(x, state, round)
        return Checked(function, self.method.name)

    def round(self, place: Place) -> Round:
        """What the step function is given."""
        steps = self.phase.steps
        gradients = self.chunk.gradients
        exact = self.t == 1 and steps.exact_start
        others = [name for name in self.method.parameters if name not in ("eta", "a")]
        replica = () if place is None else (self.chunk.seed, self.chunk.start + place[1])
        return Round(
            eta=self.value("eta", place),
            a=self.value("a", place),
            K=steps.K,
            refresh=Key(self.round_, 0, "exact" if exact else "refresh"),
            local=tuple(Key(self.round_, k, "local") for k in range(steps.K)),
            grad_f=self._noted("f", place, self.sampled(gradients.f, "f", place)),
            grad_h=self._noted("h", place, self.sampled(gradients.h, "h", place)),
            parameters={name: self.value(name, place) for name in others},
            entropy=(*replica, self.round_) if replica else (),
        )

    def _noted(self, which: str, place: Place, grad: Callable[[Any, Key], Any]) -> Any:
        """An oracle that keeps the points of local samples and counts calls."""

        def noted(x: Any, key: Key) -> Any:
            value = grad(x, key)
            if key.kind == "local" and key.round == self.round_:
                point = np.array(x) if place is None else vector("step", "x", x, x.shape[0])
                self.points.setdefault(key.step, np.array(point))
            if self.counts(place):
                self._count(which, key)
            return value

        return noted

    def _count(self, which: str, key: Key) -> None:
        """Count a call; f and h with one sample are a gradient of f − h."""
        if which == "f":
            self.asked.add(key)
        if which == "f" or key not in self.asked:
            batch = self.phase.first_samples if self.t == 1 and key.kind == "refresh" else 1
            self.calls[int(which == "h")] += batch


class ClientOracles(Oracles):
    """The oracles of a client and a server: each client has a helper of the pair, or a component
    of f."""

    def __init__(self, chunk: Any, phase: Phase) -> None:
        super().__init__(chunk, phase)
        helpers = chunk.pair.helpers
        self.N = chunk.components.N if helpers is None else helpers.N
        self.groups = None if helpers is None else helpers.group_of
        equal = helpers is None or helpers.equal_weights
        self.weights = () if equal else tuple(helpers.weights[self.groups].tolist())
        self.S = at_work(phase, self.N)

    def start(self, t: int, round_: int) -> None:
        super().start(t, round_)
        self.sets = {site: self._drawn(site) for site in (WORKING, REPORTING)}

    def _drawn(self, site: int) -> FloatArray:
        """The clients of each replica, as the engines on arrays of replicas draw them."""
        replicas = self.chunk.start, self.chunk.stop
        seed = (self.chunk.seed + STRIDE * site) % 2**64
        return subsets(replicas, self.round_, CHOICE, seed, self.S, self.N)

    def step(self, place: Place) -> Step:
        """The client and the server as a step function."""
        kind = AtOnce if place is None else Pooled
        return kind(self.method.implementation, first=at_gradients)

    def round(self, place: Place) -> FederatedRound:
        """What client and server are given."""
        everyone = tuple(range(self.N))
        if place is None and self.S < self.N:
            raise Broken("other clients work in each replica")
        if place is None or self.S == self.N:
            working = reporting = everyone
        else:
            chosen = (self.sets[site][place[1]].tolist() for site in (WORKING, REPORTING))
            working, reporting = map(tuple, chosen)
        others = [name for name in self.method.parameters if name not in ("eta", "S")]
        return FederatedRound(
            eta=self.value("eta", place),
            K=self.phase.steps.K,
            participants=working,
            others=reporting,
            grads=Each(self.N, partial(self._oracle, "h", place)),
            grads_f=Each(self.N, partial(self._oracle, "f", place)),
            t=self.t,
            T=self.phase.steps.T,
            weights=self.weights,
            parameters={name: self.value(name, place) for name in others},
        )

    def _oracle(self, which: str, place: Place, i: int) -> Any:
        return client_oracle(self._grad(i, which, place), self.round_)

    def _grad(self, i: int, which: str, place: Place) -> Any:
        """The stochastic gradient of a client, or of f with the samples of a client."""
        chunk = self.chunk
        if which == "f":
            gradient = chunk.gradients.f
        elif self.groups is not None:
            gradient = partial(self._of_helper, self.groups[i : i + 1])
        else:
            chosen = np.array([[i]])
            gradient = lambda x: chunk.components.gradient(chosen, x, self.xp)  # noqa: E731
        grad = self.sampled(gradient, i if which == "h" else (i, "f"), place)

        def counted(x: Any, key: Key) -> Any:
            if self.counts(place) and which == "h":
                self.calls[0] += 1 / self.N
            return grad(x, key)

        return counted

    def _of_helper(self, group: FloatArray, x: Array) -> Array:
        return self.chunk.pair.helpers.gradient(np.repeat(group, x.shape[1]), x, self.xp)


class Each(Sequence[Any]):
    """One value for each of N clients, made when it is read: few of them work in a round."""

    def __init__(self, N: int, make: Callable[[int], Any]) -> None:
        self._clients = range(N)
        self._make = make

    def __len__(self) -> int:
        return len(self._clients)

    def __getitem__(self, i: Any) -> Any:
        return self._make(self._clients[i])


def on_arrays(
    gradient: Callable[[Array], Array],
    draw: Callable[[Key], Parts],
    centre: FloatArray,
    shape: tuple[int, ...],
) -> Callable[[Array, Key], Array]:
    """A stochastic gradient of all replicas at once; Broken if x has another shape."""

    def grad(x: Array, key: Key) -> Array:
        if np.shape(x) != shape:
            raise Broken(f"x has shape {np.shape(x)}")
        additive, factor = draw(key)
        value = gradient(x)
        if additive is not None:
            value = value + additive
        if factor is not None:
            value = value + factor * (x - centre)
        return value

    return grad


def _at(part: FloatArray, c: int, r: int) -> FloatArray:
    """One vector of an array of shape (C, R, d) or (R, d), in which C and R may be 1 for all."""
    vectors = part.reshape(-1, *part.shape[-2:])
    return vectors[c if len(vectors) > 1 else 0, r if vectors.shape[1] > 1 else 0]
