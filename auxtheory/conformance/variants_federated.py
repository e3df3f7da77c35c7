"""Known wrong variants of SCAFFOLD, each the reference with one mistake in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from auxtheory.conformance.scaffold import Scaffold, mean
from auxtheory.implementations.calling import Step
from auxtheory.implementations.pooled import Pooled


@dataclass(frozen=True, kw_only=True)
class Corrected(Scaffold):
    """The local steps use another correction."""

    rule: Callable[[Any, Any], Any]

    def correction(self, c: Any, c_i: Any) -> Any:
        return self.rule(c, c_i)


@dataclass(frozen=True, kw_only=True)
class Renewed(Scaffold):
    """The control update is another function of (c_i, c, (x − y)/η, K)."""

    rule: Callable[[Any, Any, Any, int], Any]

    def control(self, x: Any, y: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        return self.rule(c_i, c, (x - y) / eta, K)


class WithoutEta(Scaffold):
    def control(self, x: Any, y: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        return c_i - c + (x - y) / K


@dataclass(frozen=True)
class Sent(Scaffold):
    """The message is different: the control or the model instead of its change, or no change of the
    control."""

    what: Literal["control", "model", "nothing"] = "control"

    def message(self, x: Any, y: Any, c_i: Any, new: Any) -> tuple[Any, Any]:
        if self.what == "nothing":
            return y - x, 0 * c_i
        return (y, new - c_i) if self.what == "model" else (y - x, new)


@dataclass(frozen=True)
class Dropped(Scaffold):
    """The client keeps its old control; its message has the new one or, if silent, no change."""

    silent: bool = False

    def stored_control(self, c_i: Any, new: Any) -> Any:
        return c_i

    def message(self, x: Any, y: Any, c_i: Any, new: Any) -> tuple[Any, Any]:
        return y - x, (0 if self.silent else 1) * (new - c_i)


class Uncontrolled(Scaffold):
    """FedAvg: the controls keep their initial values, and no step uses them."""

    def correction(self, c: Any, c_i: Any) -> Any:
        return 0 * c

    def stored_control(self, c_i: Any, new: Any) -> Any:
        return c_i

    def message(self, x: Any, y: Any, c_i: Any, new: Any) -> tuple[Any, Any]:
        return y - x, 0 * c_i


@dataclass(frozen=True, kw_only=True)
class Served(Scaffold):
    """The server is another function of (x, c, mean of y − x, mean of c_i⁺ − c_i, |S|, N)."""

    rule: Callable[[Any, Any, Any, Any, int, int], tuple[Any, Any]]

    def server(self, x: Any, c: Any, sent: Sequence[tuple[Any, Any]], N: int) -> tuple[Any, Any]:
        return self.rule(
            x, c, mean([dx for dx, _ in sent]), mean([dc for _, dc in sent]), len(sent), N
        )


def by_epochs(E: int, c_i: Any, c: Any, moved: Any, K: int) -> Any:
    """The control update with a fixed number instead of K."""
    return c_i - c + moved / E


def wrong_scaffolds(option: Literal["I", "II"]) -> Iterator[tuple[str, Step]]:
    """Each mistake in words, with the SCAFFOLD that has it."""
    for text, scaffold in _clients(option):
        yield text, Pooled(scaffold.pair())
    for text, scaffold in _servers(option):
        yield text, Pooled(scaffold.pair())


def _clients(option: Literal["I", "II"]) -> Iterator[tuple[str, Scaffold]]:
    other: Literal["I", "II"] = "I" if option == "II" else "II"
    yield (
        f"the controls are renewed as in option {other}; say Federated(option={other!r})",
        Scaffold(other),
    )
    for text, correction in CORRECTIONS:
        yield text, Corrected(option=option, rule=correction)
    for E in (1, 2, 3, 4, 5, 10):
        text = (
            f"the control update divides by η times the number of epochs ({E}), not times that "
            "of local steps K"
        )
        yield text, Renewed(option=option, rule=partial(by_epochs, E))
    for text, renewal in RENEWALS:
        yield text, Renewed(option=option, rule=renewal)
    yield "the control update does not divide by η", WithoutEta(option)
    yield (
        "this is FedAvg: no local step is corrected, and no control is ever updated",
        Uncontrolled(option),
    )
    yield "the client's own control is never updated", Dropped(option)
    yield "the client's own control is never updated", Dropped(option, silent=True)


def _servers(option: Literal["I", "II"]) -> Iterator[tuple[str, Scaffold]]:
    value = "the new control c_i⁺ itself"
    difference = "the difference c_i⁺ − c_i"
    yield f"the server adds {value} to c, where it must add {difference}", Sent(option, "control")
    yield (
        "the server adds the new model y itself to x, where it must add the difference y − x",
        Sent(option, "model"),
    )
    yield "the server never updates its control c", Sent(option, "nothing")
    for text, rule in SERVERS:
        yield text, Served(option=option, rule=rule)


CORRECTIONS: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("the correction has the wrong sign: c_i − c, not c − c_i", lambda c, c_i: c_i - c),
    ("the local steps leave out the correction c − c_i", lambda c, c_i: 0 * c),
    ("the local steps leave out the client's control: c, not c − c_i", lambda c, c_i: c),
    ("the local steps leave out the server's control: −c_i, not c − c_i", lambda c, c_i: -c_i),
)
RENEWALS: tuple[tuple[str, Callable[[Any, Any, Any, int], Any]], ...] = (
    ("the control update leaves out −c", lambda c_i, c, moved, K: c_i + moved / K),
    ("the control update leaves out c_i", lambda c_i, c, moved, K: moved / K - c),
    ("the control update leaves out c_i − c", lambda c_i, c, moved, K: moved / K),
    ("the control update takes y − x, not x − y", lambda c_i, c, moved, K: c_i - c - moved / K),
    ("the control update takes c − c_i, not c_i − c", lambda c_i, c, moved, K: c - c_i + moved / K),
)
SERVERS: tuple[tuple[str, Callable[[Any, Any, Any, Any, int, int], tuple[Any, Any]]], ...] = (
    (
        "the server takes the difference c_i⁺ − c_i for the value: c becomes the mean of the "
        "differences",
        lambda x, c, dx, dc, S, N: (x + dx, dc),
    ),
    (
        "the server takes the difference y − x for the new model",
        lambda x, c, dx, dc, S, N: (dx, c + S / N * dc),
    ),
    ("the server returns (c, x), not (x, c)", lambda x, c, dx, dc, S, N: (c + S / N * dc, x + dx)),
    (
        "the server subtracts the differences of the controls",
        lambda x, c, dx, dc, S, N: (x + dx, c - S / N * dc),
    ),
    (
        "the server forgets |S|/N: with some of the clients c moves as far as with all (if all "
        "always take part, say "
        "partial=False)",
        lambda x, c, dx, dc, S, N: (x + dx, c + dc),
    ),
    (
        "the server scales the step of x by |S|/N, not that of c alone",
        lambda x, c, dx, dc, S, N: (x + S / N * dx, c + S / N * dc),
    ),
    (
        "the server adds the sum, not the mean, of the differences of x",
        lambda x, c, dx, dc, S, N: (x + S * dx, c + S / N * dc),
    ),
    (
        "the server adds the sum, not the mean, of the differences of the controls",
        lambda x, c, dx, dc, S, N: (x + dx, c + S * dc),
    ),
)
