"""Which half of a client and server is wrong, which term of a step, and by which factor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.conformance import Federated, NonConforming, Round, check_method
from auxtheory.conformance.factors import Factor, Setting, settings
from auxtheory.conformance.linear import solved
from auxtheory.conformance.messages import filled, vectors
from auxtheory.conformance.subject import as_subject
from auxtheory.conformance.swap import Swap
from auxtheory.conformance.variants_federated import wrong_scaffolds

AuxMOM = at.methods.AuxMOM
AuxMVR = at.methods.AuxMVR


def cause(
    implementation: Any, like: Any = None, name: str = "equals the reference", xp: Any = np
) -> str:
    with pytest.raises(NonConforming) as error:
        check_method(implementation, like=like, xp=xp)
    return error.value.report[name].cause


# --- factors by themselves ---

EXPRESSIONS: dict[str, Callable[[Setting], float]] = {
    "|S|/N": lambda s: s.S / s.N,
    "1/(η K)": lambda s: 1 / (s.eta * s.K),
    "−1": lambda s: -1.0,
    "0.1": lambda s: 0.1,
    "√K": lambda s: s.K**0.5,
    "η²": lambda s: s.eta**2,
    "a/(1 − a)": lambda s: s.a / (1 - s.a),
    "(1 + a)": lambda s: 1 + s.a,
    "2 η": lambda s: 2 * s.eta,
    "N/(N − 1)": lambda s: s.N / (s.N - 1),
    "3/|S|": lambda s: 3 / s.S,
    "1/d": lambda s: 1 / s.d,
    "√K/√d": lambda s: (s.K / s.d) ** 0.5,
    "−η (1 − a)": lambda s: -s.eta * (1 - s.a),
}


@pytest.mark.parametrize(("text", "rule"), EXPRESSIONS.items(), ids=EXPRESSIONS)
def test_a_factor_is_named_by_its_expression(text: str, rule: Callable[[Setting], float]) -> None:
    own = settings()
    assert str(Factor(np.array([rule(s) for s in own]), own)) == text


def test_a_factor_that_is_no_expression_tells_what_it_changes_with() -> None:
    own = settings()
    text = str(Factor(np.array([1 + s.eta * s.K for s in own]), own))
    assert text.startswith(
        "1.93 (at η = 0.31, a = 0.2, K = 3, N = 5, |S| = 3, d = 47; it changes with η, K;"
    )


def test_settings_ask_for_what_is_meant_to_work() -> None:
    assert all(s.K == 1 for s in settings(single_step=True))
    assert all(s.S == s.N for s in settings(partial=False))
    assert all(s.S < s.N for s in settings())


def test_what_is_no_combination_has_no_coefficients() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 20))
    found = solved(2 * x - 0.5 * y, {"x": x, "y": y}, 1e-7)
    assert found == pytest.approx({"x": 2.0, "y": -0.5}, rel=1e-9)
    assert solved(np.clip(x, -0.5, 0.5), {"x": x, "y": y}, 1e-7) is None


# --- client and server ---


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
    found = cause(Federated(client=own, server=server()))
    assert found.startswith("the client is wrong: with the reference's in its place all is right; ")
    assert expected in found and "the server" not in found.replace("the server's control c", "")


@pytest.mark.parametrize(("own", "expected"), SERVERS.values(), ids=SERVERS)
def test_a_wrong_server_is_distinguished_from_its_client(own: Any, expected: str) -> None:
    found = cause(Federated(client=client(), server=own))
    assert found.startswith("the server is wrong: with the reference's in its place all is right; ")
    assert expected in found and "the client is" not in found
    assert "the numbers differ first in round 1, there by " in found


def test_two_wrong_halves_are_both_named() -> None:
    found = cause(
        Federated(client=CLIENTS["half the correction"][0], server=SERVERS["half the step of x"][0])
    )
    assert found.startswith("in client and server; ")
    assert (
        "the client: in the local steps, the correction c − c_i is off by the factor 0.5" in found
    )
    assert "the server: in its new x, the mean of y − x is off by the factor 0.5" in found


def test_a_server_that_exchanges_the_two_differences() -> None:
    found = cause(
        Federated(
            client=client(), server=lambda x, c, sent, N: server()(x, c, [s[::-1] for s in sent], N)
        )
    )
    assert "the client sends c_i⁺ − c_i, and the server takes it for y − x" in found
    assert "the client sends y − x, and the server takes it for c_i⁺ − c_i" in found


def test_halves_that_do_not_agree_are_both_right() -> None:
    away = client(sent=lambda x, y, c_i, new, eta, K: (x - y, new - c_i))
    found = cause(Federated(client=away, server=server()))
    assert found.startswith(
        "client and server do not agree on what is sent; the client sends x − y, and the server "
    )
    assert "takes it for y − x" in found


@dataclass
class Message:
    weights: Any
    control: Any
    K: int


def half(value: Any) -> Any:
    return value / 2


def same(value: Any) -> Any:
    return value


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
    found = cause(styled(style, correction=half))
    assert "the correction c − c_i is off by the factor 0.5" in found and "server" not in found
    found = cause(styled(style, moved=half))
    assert (
        "in its new x, the mean of y − x is off by the factor 0.5" in found
        and "the client" not in found
    )
    found = cause(styled(style, renewed=half))
    assert (
        "|S|/N times the mean of c_i⁺ − c_i is off by the factor 0.5" in found
        and "the client" not in found
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

    found = cause(Federated(client=own, server=server(), option="I"))
    assert "in its new control, the gradient with sample K is off by the factor 0.5" in found


def test_where_the_gradient_of_option_one_is_taken_is_named() -> None:
    def own(x: Any, c: Any, c_i: Any, grad: Any, eta: float, K: int) -> Any:
        (dx, _), _ = client()(x, c, c_i, grad, eta, K)
        new = grad(x + dx, K)
        return (dx, new - c_i), new

    found = cause(Federated(client=own, server=server(), option="I"))
    assert found.startswith("the client is wrong")
    assert "at the point of the gradient with sample K, x is left out" in found


def test_full_participation_alone_is_asked_for_alone() -> None:
    own = server(x=lambda x, dx, S, N: x + dx / S**2, c=lambda c, dc, S, N: c + dc / S)
    found = cause(Federated(client=client(), server=own, partial=False))
    assert "the mean of y − x is off by the factor 1/N" in found


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


# --- steps ---


def diff(x: Any, round: Round) -> Any:
    return round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)


def stepped(
    *,
    refresh: Callable[..., Any] = lambda m, d, a: (1 - a) * m + a * d,
    first: Callable[[Any], Any] = same,
    local: Callable[..., Any] = lambda y, g, m, round, k: y - round.eta * (g + m),
    end: Callable[..., Any] = lambda x, y, round: y,
    difference: Callable[..., Any] = diff,
    ahead: float = 0.0,
) -> Any:
    def step(x: Any, m: Any, round: Round) -> Any:
        d = difference(x, round)
        m = first(d) if m is None else refresh(m, d, round.a)
        y = x
        for k, key in enumerate(round.local):
            y = local(y, round.grad_h(y - ahead * m, key), m, round, k)
        return end(x, y, round), m

    return step


def auxmvr(refresh: Callable[..., Any]) -> Any:
    def step(x: Any, state: Any, round: Round) -> Any:
        d = diff(x, round)
        m = d if state is None else refresh(state[0], d, diff(state[1], round), round.a)
        y = x
        for key in round.local:
            y = y - round.eta * (round.grad_h(y, key) + m)
        return y, (m, x)

    return step


def stateless(step: Any) -> Any:
    return lambda x, state, round: (step(x, None, round)[0], None)


def momentum(rule: Callable[..., Any]) -> Any:
    def step(x: Any, m: Any, round: Round) -> Any:
        g = round.grad_f(x, round.refresh)
        m = g if m is None else (1 - round.a) * m + round.a * g
        return rule(x, m, round), m

    return step


STEPS: dict[str, tuple[Any, Any, str]] = {
    "a²": (
        stepped(refresh=lambda m, d, a: (1 - a) * m + a**2 * d),
        AuxMOM,
        "in round 2, the new difference g_f − g_h at x is off by the factor a",
    ),
    "half the new difference": (
        stepped(refresh=lambda m, d, a: (1 - a) * m + a * d / 2),
        AuxMOM,
        "in round 2, the new difference g_f − g_h at x is off by the factor 0.5",
    ),
    "1 − a²": (
        stepped(refresh=lambda m, d, a: (1 - a**2) * m + a * d),
        AuxMOM,
        "in round 2, the old buffer m is off by the factor (1 + a)",
    ),
    "m twice": (
        stepped(local=lambda y, g, m, round, k: y - round.eta * (g + 2 * m)),
        AuxMOM,
        "in every round, the correction m is off by the factor 2",
    ),
    "m/K": (
        stepped(local=lambda y, g, m, round, k: y - round.eta * (g + m / round.K)),
        AuxMOM,
        "in every round, the correction m is off by the factor 1/K",
    ),
    "η²": (
        stepped(local=lambda y, g, m, round, k: y - round.eta**2 * (g + m)),
        AuxMOM,
        "in every round, the whole step is off by the factor η",
    ),
    "ascent": (
        stepped(local=lambda y, g, m, round, k: y - round.eta * (m - g)),
        AuxMOM,
        "in every round, the gradient in the local steps has the wrong sign",
    ),
    "half the first buffer": (
        stepped(first=half),
        AuxMOM,
        "in round 1, the correction m is off by the factor 0.5",
    ),
    "2 g_h": (
        stepped(difference=lambda x, r: r.grad_f(x, r.refresh) - 2 * r.grad_h(x, r.refresh)),
        AuxMOM,
        "g_h(x) with round.refresh of round 1 is off by the factor 2",
    ),
    "weight decay": (
        stepped(end=lambda x, y, round: y - 0.01 * x),
        AuxMOM,
        "in every round, the old x is off by the factor 0.99",
    ),
    "mean of x and y": (
        stepped(end=lambda x, y, round: (x + y) / 2),
        AuxMOM,
        "in every round, the whole step is off by the factor 0.5",
    ),
    "decaying η": (
        stepped(end=lambda x, y, round: x + (y - x) / round.refresh.round),
        AuxMOM,
        "in round 2, the whole step is off by the factor 0.5 (in round 3 0.333333)",
    ),
    "look ahead": (
        stepped(ahead=0.1),
        AuxMOM,
        "g_h(y) with round.local[0] of round 1 is taken at another point",
    ),
    "1/d in the local steps": (
        stepped(local=lambda y, g, m, round, k: y - round.eta * (g / len(y) + m)),
        AuxMOM,
        "in every round, the gradient in the local steps is off by the factor 1/d",
    ),
    "0.9 η after the first": (
        stepped(local=lambda y, g, m, round, k: y - (0.9 + 0.1 * (k == 0)) * round.eta * (g + m)),
        AuxMOM,
        "the gradient in the local steps after the first is off by the factor 0.9",
    ),
    "a constant": (
        stepped(end=lambda x, y, round: y + 0.001),
        AuxMOM,
        "it has a term that must not be there, 0.001 times a vector of ones",
    ),
    "clipped": (
        stepped(end=lambda x, y, round: x + np.clip(y - x, -0.1, 0.1)),
        AuxMOM,
        "x is not a linear combination of the old x and the gradients: look for a clip",
    ),
    "a on x_prev": (
        auxmvr(lambda m, d, p, a: d + (1 - a) * m - a * p),
        AuxMVR,
        "in round 2, the difference g_f − g_h at x_prev is off by the factor a/(1 − a)",
    ),
    "x_prev without 1 − a": (
        auxmvr(lambda m, d, p, a: d + (1 - a) * m - p),
        AuxMVR,
        "in round 2, the difference g_f − g_h at x_prev is off by the factor 1/(1 − a)",
    ),
    "1 − a on all": (
        auxmvr(lambda m, d, p, a: (1 - a) * (d + m - p)),
        AuxMVR,
        "in round 2, the new difference g_f − g_h at x is off by the factor (1 − a)",
    ),
    "exact, m/2": (
        stateless(stepped(local=lambda y, g, m, round, k: y - round.eta * (g + m / 2))),
        at.methods.ExactCorrection,
        "in every round, the correction m is off by the factor 0.5",
    ),
    "naive, η/K": (
        stateless(stepped(local=lambda y, g, m, round, k: y - round.eta / round.K * g)),
        at.methods.Naive,
        "in every round, the whole step is off by the factor 1/K",
    ),
    "SGD, 2 η": (
        lambda x, state, round: (x - 2 * round.eta * round.grad_f(x, round.local[0]), None),
        at.methods.SGD,
        "in every round, the whole step is off by the factor 2",
    ),
    "momentum/(1 − a)": (
        momentum(lambda x, m, round: x - round.eta / (1 - round.a) * m),
        at.methods.SGDMomentum,
        "in every round, the correction m is off by the factor 1/(1 − a)",
    ),
}


@pytest.mark.parametrize(("step", "like", "expected"), STEPS.values(), ids=STEPS)
def test_a_wrong_term_of_a_step_is_named_with_its_factor(
    step: Any, like: Any, expected: str
) -> None:
    found = cause(step, like)
    assert expected in found
    assert "the numbers differ first in round " in found


def test_a_state_may_hold_the_buffer_in_any_scale() -> None:
    def step(x: Any, state: Any, round: Round) -> Any:
        y, m = stepped()(x, None if state is None else -state[0] / 3, round)
        return y, (-3 * m,)

    assert not check_method(step, like=AuxMOM).failed


def test_factors_are_found_in_single_precision_and_in_other_libraries() -> None:
    wrong, _, expected = STEPS["a²"]
    assert expected in cause(lambda x, m, round: wrong(x.astype(np.float32), m, round), AuxMOM)
    torch = pytest.importorskip("torch")
    assert expected in cause(wrong, AuxMOM, xp=torch)
    assert CLIENTS["correction over K"][1] in cause(
        Federated(client=CLIENTS["correction over K"][0], server=server()), xp=torch
    )
