"""Finding out whether the client or the server is wrong: each runs with the other half of the
reference.

The implementation decides what the two send each other. A half is correct if it gives the
reference's numbers with the other half of the reference in one of the usual ways to send the
differences of model and control.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations, product
from typing import Any

from auxtheory.conformance.drive import Path, walk
from auxtheory.conformance.messages import CONTROL, MODEL, Form, filled, vectors
from auxtheory.conformance.scaffold import Scaffold
from auxtheory.conformance.sizes import Size
from auxtheory.conformance.subject import Subject, close
from auxtheory.implementations.exchange import Broken, copied
from auxtheory.implementations.federated import Federated
from auxtheory.implementations.pooled import Pooled

MOST_VECTORS = 4  # the most vectors in a message, of which every pair is tried


@dataclass(frozen=True)
class Way:
    """The vectors of a message that belong to the model and to the control, and their forms."""

    at: tuple[int, int]
    model: Form
    control: Form


@dataclass(frozen=True, eq=False)
class Swap:
    """Both halves of one implementation, each run with the reference's other half."""

    subject: Subject

    @cached_property
    def client_is_right(self) -> bool:
        """Whether the client is correct with the reference's server."""
        return any(self._agrees(self._reading(way)) for way in self._ways)

    @cached_property
    def server_is_right(self) -> bool:
        """Whether the server is correct with the reference's client."""
        return any(self._agrees(self._writing(way)) for way in self._ways)

    @property
    def pair(self) -> Federated:
        assert self.subject.federated is not None
        return self.subject.federated

    @cached_property
    def _cases(self) -> list[tuple[Size, Path]]:
        reference = self.subject.reference
        assert reference is not None
        # Otherwise any number would be a vector.
        chosen = (s for s in self.subject.sizes(noise=True, partial=True) if s.d > 1)
        return [(size, reference.walk(size.case())) for size in chosen]

    @cached_property
    def _ways(self) -> list[Way]:
        size, _ = self._cases[0]
        case = size.case()
        xp = self.subject.xp
        round_ = case.federated_round(1, xp)
        x = xp.asarray(case.x0)
        try:
            sent, _ = self.pair.client(x, 0 * x, 0 * x, round_.grads[0], round_.eta, round_.K)
        except Exception:  # a client that does not run is reported elsewhere
            return []
        places = permutations(range(min(len(vectors(sent, size.d)), MOST_VECTORS)), 2)
        return [Way(at, *forms) for at, *forms in _flat(places)]

    def _reading(self, way: Way) -> Federated:
        """The client of the implementation, whose message is decoded for the reference's server."""

        def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
            copies = copied({"x": x, "c": c, "c_i": c_i}, "that client is given")
            sent, new = self.pair.client(*copies, grad, eta, K)
            rows = [self.subject.xp.asarray(row.copy()) for row in vectors(sent, len(x))]
            return (way.model[2](rows[way.at[0]], x), way.control[2](rows[way.at[1]], c_i)), new

        return replace(self._reference, client=client)

    def _writing(self, way: Way) -> Federated:
        """The reference's client, whose differences are encoded as in its messages."""

        def client(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
            copies = copied({"x": x, "c": c, "c_i": c_i}, "that client is given")
            sent, _ = self.pair.client(*copies, grad, eta, K)
            (dx, dc), new = self._reference.client(x, c, c_i, grad, eta, K)
            rows: list[Any] = vectors(sent, len(x))
            for place, value in zip(
                way.at, (way.model[1](dx, x), way.control[1](dc, c_i)), strict=True
            ):
                (rows[place],) = vectors([value], len(x))
            return filled(sent, rows, len(x), self.subject.xp), new

        return replace(self.pair, client=client)

    @property
    def _reference(self) -> Federated:
        return Scaffold(self.pair.option).pair()

    def _agrees(self, pair: Federated) -> bool:
        """Whether a pair has the reference's numbers in all cases."""
        try:
            paths = (
                (walk(Pooled(pair), size.case(), self.subject.xp), right)
                for size, right in self._cases
            )
            return all(close(path.x, right.x, path.tolerance) for path, right in paths)
        except (Broken, IndexError, ValueError):
            return False


def _flat(places: Iterator[tuple[int, ...]]) -> Iterator[tuple[Any, Form, Form]]:
    for place, (model, control) in product(places, product(MODEL, CONTROL)):
        yield place, model, control
