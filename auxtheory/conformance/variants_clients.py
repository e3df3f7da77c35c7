"""Known mistakes of clients and servers, each a method's text with one mistake in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from auxtheory.conformance.client_text import Text, unreadable_clients
from auxtheory.conformance.rewriting import wrong_values
from auxtheory.methods import CLIENTS, MethodType


def wrong_texts(method: MethodType) -> Iterator[tuple[str, Text]]:
    """Each mistake in words, with the text that has it; the likeliest come first."""
    text = Text.of(method)
    yield from _server(text)
    yield from _client(text)
    yield from _exchanges(text)
    yield from wrong_values(text)
    for other in CLIENTS:
        if other is not method and _comparable(other, method):
            yield f"this is {other.name}, not {method.name}", Text.of(other)


def _comparable(other: MethodType, method: MethodType) -> bool:
    return (
        other.program.clients is not None
        and unreadable_clients(other) is None
        and set(other.parameters) - {"a"} <= set(method.parameters)
    )


def total(values: Sequence[Any], weights: Sequence[float], S: int, N: int) -> Any:
    """The sum in place of the mean."""
    return sum(values[1:], values[0])


def over_all(values: Sequence[Any], weights: Sequence[float], S: int, N: int) -> Any:
    """The sum over those at work divided by the number of all clients."""
    return sum(values[1:], values[0]) / N


def of_all(values: Sequence[Any], weights: Sequence[float], S: int, N: int) -> Any:
    """Weights that add up to one over all clients, not over those at work."""
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def plain_mean(values: Sequence[Any], weights: Sequence[float], S: int, N: int) -> Any:
    """The mean without weights."""
    return sum(values[1:], values[0]) / len(values)


def twice(values: Sequence[Any], weights: Sequence[float], S: int, N: int) -> Any:
    """The mean, with weights and divided by the number of clients too."""
    mean = sum(weight * value for weight, value in zip(weights, values, strict=True))
    return mean / sum(weights) / S


def last(values: Sequence[Any], weights: Sequence[float], S: int, N: int) -> Any:
    """What the last client sent."""
    return values[-1]


MEANS = (
    ("takes the sum, not the mean, of what the clients at work send", total),
    ("divides by the number N of all clients, not by that of those at work, S", over_all),
    ("weighs by p_i without dividing by the sum of the p_i of those at work", of_all),
    ("ignores the weights of the clients", plain_mean),
    ("divides the weighted mean by the number of clients once more", twice),
    ("takes what the last client sent, not the mean", last),
)


def _server(text: Text) -> Iterator[tuple[str, Text]]:
    """Mistakes of the server, in its means above all."""
    for words, mean in MEANS:
        yield f"the server {words}", text.with_habits(sent_as=mean)
        if any(text.models):
            yield f"the server {words}", text.with_habits(sent_as=mean, moved=True)
        for name in text.exchange.sent if len(text.exchange.sent) > 1 else ():
            one = text.with_habits(sent_as=mean, only=name)
            yield f"the server {words}, of {name} alone", one
            yield f"the server {words}, of {name} alone", one.with_habits(moved=True)
        if "report" in text.hooks:
            words = f"the server {words}, before the local steps"
            yield words, text.with_habits(reported_as=mean)
            yield (
                f"{words} and after them",
                text.with_habits(sent_as=mean, reported_as=mean),
            )
    for ours in text.method.program.state:
        for theirs in text.exchange.state if ours != "x" else ():
            yield (
                f"the server's {ours} becomes the mean of {theirs} over the clients at work alone; "
                "those of the absent clients belong to it too",
                text.with_habits(averaged=(ours, theirs)),
            )
    if "collect" in text.hooks:
        words = "the server does not use what is sent before the local steps"
        yield words, text.with_habits(without=frozenset({"collect"}))


def _client(text: Text) -> Iterator[tuple[str, Text]]:
    """Mistakes of a client: its local steps, its samples, what it keeps."""
    yield "a local step too many is done: K + 1, not K", text.with_habits(steps=1)
    yield "a local step is missing: K − 1, not K", text.with_habits(steps=-1)
    yield (
        "all local steps take the first one's sample, not the sample k",
        text.with_habits(sample=lambda k: 0),
    )
    yield (
        "the local steps take their samples from k = 1 on, not from 0",
        text.with_habits(sample=lambda k: k + 1),
    )
    yield "the local steps take gradients without noise", text.with_habits(sample=lambda k: None)
    for name in ("report", "refresh"):
        if name in text.hooks:
            yield (
                f"the local steps take the sample {name!r}, not the sample k",
                text.with_habits(sample=lambda k, name=name: name),
            )
    if text.exchange.state:
        kept = ", ".join(text.exchange.state)
        yield f"a client does not keep its new {kept}", text.with_habits(keeps=False)
        yield f"a client is given the {kept} of another client", text.with_habits(neighbour=-1)
        yield f"a client is given the {kept} of another client", text.with_habits(neighbour=1)
        yield (
            f"a client updates its {kept} before the local steps, which use the new value",
            text.with_habits(early=True),
        )
    if "refresh" in text.hooks:
        yield (
            "no client refreshes its variables after the first round",
            text.with_habits(without=frozenset({"refresh"})),
        )


def _exchanges(text: Text) -> Iterator[tuple[str, Text]]:
    """Mistakes in who refreshes and who reports."""
    exchange = text.exchange
    if "refresh" in text.hooks:
        other = "sampled" if exchange.refreshed == "all" else "all"
        who = {"all": "all clients refresh", "sampled": "only the clients at work refresh"}
        yield (
            f"{who[other]}; say Federated(refreshed={exchange.refreshed!r})",
            text.with_habits(clients={"refreshed": other}),
        )
    if "report" in text.hooks:
        for other in ("sampled", "independent", "all"):
            if other != exchange.reporting:
                yield (
                    f"the clients that report are {other!r}; say "
                    f"Federated(reporting={exchange.reporting!r})",
                    text.with_habits(clients={"reporting": other}),
                )
        for first in (1, 2):
            if first != exchange.reports_from:
                yield (
                    f"clients report from round {first} on, not from round "
                    f"{exchange.reports_from}; say "
                    f"Federated(reports_from={exchange.reports_from})",
                    text.with_habits(clients={"reports_from": first}),
                )
