"""Which half of a client and server is wrong, and by which factor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from factor_cases import CLIENTS, cause, client, half, same, server

from auxtheory.conformance import Federated, check_method
from auxtheory.conformance.messages import filled, vectors
from auxtheory.conformance.subject import as_subject
from auxtheory.conformance.swap import Swap
from auxtheory.conformance.variants_federated import wrong_scaffolds

SERVERS: dict[str, tuple[Any, str]] = {
    "half the step of x": (
        server(x=lambda x, dx, S, N: x + dx / (2 * S)),
        "in its new x, the mean of y − x is off by the factor 0.5",
    ),
    "x with its own step size": (
        server(x=lambda x, dx, S, N: x + dx / S**2),
        "in its new x, the mean of y − x is off by the factor 1/|S|",
    ),
    "x decays": (
        server(x=lambda x, dx, S, N: 0.99 * x + dx / S),
        "in its new x, the old x is off by the factor 0.99",
    ),
    "c by 1/N²": (
        server(c=lambda c, dc, S, N: c + dc / N**2),
        "in its new c, |S|/N times the mean of c_i⁺ − c_i is off by the factor 1/N",
    ),
    "c by 1/(|S| N)": (
        server(c=lambda c, dc, S, N: c + dc / (S * N)),
        "in its new c, |S|/N times the mean of c_i⁺ − c_i is off by the factor 1/|S|",
    ),
    "c by 1/(N − 1)": (
        server(c=lambda c, dc, S, N: c + dc / (N - 1)),
        "in its new c, |S|/N times the mean of c_i⁺ − c_i is off by the factor N/(N − 1)",
    ),
    "c decays": (
        server(c=lambda c, dc, S, N: 0.9 * c + dc / N),
        "in its new c, the old c is off by the factor 0.9",
    ),
    "c is in x": (
        lambda x, c, sent, N: (server()(x, c, sent, N)[0] - 0.1 * c, server()(x, c, sent, N)[1]),
        "in its new x, it has a term that must not be there, −0.1 times c",
    ),
    "only the last client": (
        lambda x, c, sent, N: (x + sent[-1][0], server()(x, c, sent, N)[1]),
        "in its new x, the 3 clients do not weigh the same: 0, 0, 1",
    ),
    "clipped": (
        server(x=lambda x, dx, S, N: x + np.clip(dx / S, -0.1, 0.1)),
        "its new x is not a linear combination of x, c and the means of what is sent: look for a clip",
    ),
}


@pytest.mark.parametrize(("own", "expected"), CLIENTS.values(), ids=CLIENTS)
def test_a_wrong_client_is_distinguished_from_its_server(own: Any, expected: str) -> None:
    reported = cause(Federated(client=own, server=server()))
    assert reported.startswith(
        "the client is wrong: with the reference's in its place all is right; "
    )
    assert expected in reported and "the server" not in reported.replace(
        "the server's control c", ""
    )


@pytest.mark.parametrize(("own", "expected"), SERVERS.values(), ids=SERVERS)
def test_a_wrong_server_is_distinguished_from_its_client(own: Any, expected: str) -> None:
    reported = cause(Federated(client=client(), server=own))
    assert reported.startswith(
        "the server is wrong: with the reference's in its place all is right; "
    )
    assert expected in reported and "the client is" not in reported
    assert "the numbers differ first in round 1, there by " in reported


def test_two_wrong_halves_are_both_named() -> None:
    reported = cause(
        Federated(client=CLIENTS["half the correction"][0], server=SERVERS["half the step of x"][0])
    )
    assert reported.startswith("in client and server; ")
    assert (
        "the client: in the local steps, the correction c − c_i is off by the factor 0.5"
        in reported
    )
    assert "the server: in its new x, the mean of y − x is off by the factor 0.5" in reported


def test_a_server_that_exchanges_the_two_differences() -> None:
    reported = cause(
        Federated(
            client=client(), server=lambda x, c, sent, N: server()(x, c, [s[::-1] for s in sent], N)
        )
    )
    assert "the client sends c_i⁺ − c_i, and the server takes it for y − x" in reported
    assert "the client sends y − x, and the server takes it for c_i⁺ − c_i" in reported


def test_halves_that_do_not_agree_are_both_right() -> None:
    away = client(sent=lambda x, y, c_i, new, eta, K: (x - y, new - c_i))
    reported = cause(Federated(client=away, server=server()))
    assert reported.startswith(
        "client and server do not agree on what is sent; the client sends x − y, and the server "
    )
    assert "takes it for y − x" in reported


@dataclass
class Message:
    weights: Any
    control: Any
    K: int


# What a client sends, and how the server reads it: all are SCAFFOLD.
STYLES: dict[str, tuple[Callable[..., Any], Callable[..., tuple[Any, Any]]]] = {
    "differences": (lambda x, y, c_i, new, eta, K: (y - x, new - c_i), lambda m, x: m),
    "stacked": (
        lambda x, y, c_i, new, eta, K: np.stack([y - x, new - c_i]),
        lambda m, x: (m[0], m[1]),
    ),
    "joined": (
        lambda x, y, c_i, new, eta, K: np.concatenate([y, new - c_i]),
        lambda m, x: (m[: len(x)] - x, m[len(x) :]),
    ),
    "models": (
        lambda x, y, c_i, new, eta, K: Message(y, new - c_i, K),
        lambda m, x: (m.weights - x, m.control),
    ),
    "away": (
        lambda x, y, c_i, new, eta, K: {"control": c_i - new, "model": x - y},
        lambda m, x: (-m["model"], -m["control"]),
    ),
    "scaled": (
        lambda x, y, c_i, new, eta, K: ((x - y) / (eta * K), new - c_i, eta, K),
        lambda m, x: (-m[0] * m[2] * m[3], m[1]),
    ),
    "old and new": (
        lambda x, y, c_i, new, eta, K: [y, x, new, c_i],
        lambda m, x: (m[0] - m[1], m[2] - m[3]),
    ),
    "weighed": (
        lambda x, y, c_i, new, eta, K: (2.0 * (y - x), 2.0 * (new - c_i), np.array(2.0)),
        lambda m, x: (m[0] / m[2], m[1] / m[2]),
    ),
}


def styled(
    style: str, *, correction: Any = same, moved: Any = same, renewed: Any = same
) -> Federated:
    send, read = STYLES[style]

    def own(x: Any, c: Any, sent: Any, N: int) -> Any:
        read_ = [read(message, x) for message in sent]
        return x + moved(sum(dx for dx, _ in read_) / len(sent)), c + renewed(
            sum(dc for _, dc in read_) / N
        )

    rule = client(step=lambda y, g, c, c_i, eta, K: y - eta * (g + correction(c - c_i)), sent=send)
    return Federated(client=rule, server=own)


@pytest.mark.parametrize("style", STYLES)
def test_what_is_sent_is_the_halves_own_matter(style: str) -> None:
    assert not check_method(styled(style)).failed
    reported = cause(styled(style, correction=half))
    assert (
        "the correction c − c_i is off by the factor 0.5" in reported and "server" not in reported
    )
    reported = cause(styled(style, moved=half))
    assert (
        "in its new x, the mean of y − x is off by the factor 0.5" in reported
        and "the client" not in reported
    )
    reported = cause(styled(style, renewed=half))
    assert (
        "|S|/N times the mean of c_i⁺ − c_i is off by the factor 0.5" in reported
        and "the client" not in reported
    )


def test_other_ways_to_write_scaffold_conform() -> None:
    def from_gradients(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        """Option II as the mean of the local gradients."""
        y = x
        seen = []
        for k in range(K):
            seen.append(grad(y, k))
            y = y - eta * (seen[-1] - c_i + c)
        new = sum(seen) / K
        return (y - x, new - c_i), new

    class Server:
        def __call__(self, x: Any, c: Any, sent: Any, N: int) -> Any:
            dx, dc = (np.mean(part, axis=0) for part in zip(*sent, strict=True))
            return x + dx, c + len(sent) / N * dc

    assert not check_method(Federated(client=from_gradients, server=Server())).failed


def test_the_option_by_a_gradient_has_its_factor() -> None:
    def own(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        (dx, _), _ = client()(x, c, c_i, grad, eta, K)
        new = grad(x, K) / 2
        return (dx, new - c_i), new

    reported = cause(Federated(client=own, server=server(), option="I"))
    assert "in its new control, the gradient with sample K is off by the factor 0.5" in reported


def test_where_the_gradient_of_option_one_is_taken_is_named() -> None:
    def own(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        (dx, _), _ = client()(x, c, c_i, grad, eta, K)
        new = grad(x + dx, K)
        return (dx, new - c_i), new

    reported = cause(Federated(client=own, server=server(), option="I"))
    assert reported.startswith("the client is wrong")
    assert "at the point of the gradient with sample K, x is left out" in reported


def test_full_participation_alone_is_asked_for_alone() -> None:
    own = server(x=lambda x, dx, S, N: x + dx / S**2, c=lambda c, dc, S, N: c + dc / S)
    reported = cause(Federated(client=client(), server=own, partial=False))
    assert "the mean of y − x is off by the factor 1/N" in reported


def test_the_swap_agrees_with_the_known_mistakes() -> None:
    """Of each known mistake of a server the client is right; of each of a client, the client is
    not."""
    servers = (
        "the server takes",
        "the server subtracts",
        "the server forgets",
        "the server scales",
        "adds the sum",
    )
    clients = ("the correction", "the local steps", "the control update")
    for text, step in wrong_scaffolds("II"):
        pair = step.pair  # type: ignore[attr-defined]
        swap = Swap(as_subject(Federated(client=pair.client, server=pair.server), None, np))
        if any(part in text for part in servers):
            assert swap.client_is_right, text
        if text.startswith(clients):
            assert swap.server_is_right and not swap.client_is_right, text


def test_messages_are_read_and_filled_whatever_they_are_packed_in() -> None:
    inner = Message(np.ones(3), [np.zeros(3)], 2)
    message = {"a": np.arange(6.0).reshape(2, 3), "n": 5, "m": inner, "w": np.array(2.0)}
    found = vectors(message, 3)
    assert [row.tolist() for row in found] == [[0, 1, 2], [3, 4, 5], [1, 1, 1], [0, 0, 0]]
    again = filled(message, [row + 1 for row in found], 3, np)
    assert [row.tolist() for row in vectors(again, 3)] == [
        [1, 2, 3],
        [4, 5, 6],
        [2, 2, 2],
        [1, 1, 1],
    ]
    assert again["n"] == 5 and vectors(message, 3)[0].tolist() == [0, 1, 2]
