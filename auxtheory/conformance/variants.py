"""Known wrong variants of a method, each the reference with one mistake in it, to compare a user's
numbers with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from auxtheory.conformance.drive import Stepped
from auxtheory.implementations.calling import Step
from auxtheory.implementations.rounds import Key, Round
from auxtheory.methods import ALL, MethodType
from auxtheory.methods.correction import correction_of
from auxtheory.methods.two_rules import TwoRules, rules_of


class StartsAtZero(Stepped):
    def buffer(self, x: Any, state: Any, round: Round) -> Any:
        return super().buffer(x, (0 * x, x) if state is None else state, round)


class Late(Stepped):
    """The local steps use the buffer as it was before its refresh."""

    def __call__(self, x: Any, state: Any, round: Round) -> tuple[Any, Any]:
        m = self.buffer(x, state, round)
        return self.descend(x, m if state is None else state[0], round), (m, x)


class AtPrevious(Stepped):
    def buffer(self, x: Any, state: Any, round: Round) -> Any:
        return super().buffer(x if state is None else state[1], state, round)


@dataclass(frozen=True)
class OtherSample(Stepped):
    """The refresh at x_prev uses the sample of the previous round or of a local step, or no
    noise."""

    which: str = "previous"

    def buffer(self, x: Any, state: Any, round: Round) -> Any:
        if state is None:
            return super().buffer(x, state, round)
        t = round.refresh.round - 1
        keys = {"first": round.local[0], "last": round.local[-1], "none": Key(t + 1, 0, "exact")}
        keys["previous"] = Key(t, 0, "exact" if t == 1 else "refresh")
        m, x_prev = state
        diff = self.diff(x, round, round.refresh)
        diff_prev = self.diff(x_prev, round, keys[self.which])
        return self.rules.refresh(m, diff, diff_prev, round.a)


class TwoSamples(Stepped):
    """g_f and g_h of one refresh use different samples."""

    def diff(self, x: Any, round: Round, key: Any) -> Any:
        return round.grad_f(x, key) - round.grad_h(x, round.local[0])


class Exchanged(Stepped):
    """f and h are exchanged everywhere."""

    def diff(self, x: Any, round: Round, key: Any) -> Any:
        return round.grad_h(x, key) - round.grad_f(x, key)

    def local(self, y: Any, round: Round, key: Any) -> Any:
        return round.grad_f(y, key)


class RefreshOfF(Stepped):
    def diff(self, x: Any, round: Round, key: Any) -> Any:
        return round.grad_f(x, key)


@dataclass(frozen=True)
class Once(Stepped):
    """The correction is applied once rather than in each local step."""

    where: str = "first"

    def descend(self, x: Any, m: Any, round: Round) -> Any:
        y = x - round.eta * m if self.where == "before" else x
        for k, key in enumerate(round.local):
            correction = m if (self.where, k) in (("first", 0), ("last", round.K - 1)) else 0 * m
            y = self.rules.local_step(y, self.local(y, round, key), correction, round.eta)
        return y - round.eta * m if self.where == "after" else y


@dataclass(frozen=True)
class LocalSample(Stepped):
    """All local steps use one sample, that of the refresh or of the first step, or no noise."""

    which: str = "refresh"

    def local(self, y: Any, round: Round, key: Any) -> Any:
        keys = {
            "refresh": round.refresh,
            "first": round.local[0],
            "none": Key(key.round, 0, "exact"),
        }
        return super().local(y, round, keys[self.which])


class Stuck(Stepped):
    """The local gradient is taken at x, not at y."""

    def descend(self, x: Any, m: Any, round: Round) -> Any:
        y = x
        for key in round.local:
            y = self.rules.local_step(y, self.local(x, round, key), m, round.eta)
        return y


@dataclass(frozen=True)
class OtherLength(Stepped):
    first: int = 0
    last: int = 0

    def descend(self, x: Any, m: Any, round: Round) -> Any:
        local = round.local[self.first : round.K + self.last] + (
            Key(round.refresh.round, round.K, "local"),
        ) * (self.last > 0)
        return super().descend(x, m, replace(round, local=local))


class LocalF(Stepped):
    def local(self, y: Any, round: Round, key: Any) -> Any:
        return round.grad_f(y, key)


def wrong_methods(method: MethodType) -> Iterator[tuple[str, Step]]:
    """Each known mistake in words, with the method that makes it."""
    if correction_of(method.program) is None:
        return
    rules = rules_of(method)
    yield from _wrong_rules(rules)
    yield from _wrong_refreshes(rules)
    yield from _wrong_local_steps(rules)
    for other in ALL:
        if other.name != method.name and other.exact_refresh <= method.exact_refresh:
            yield f"this is {other.name}, not {method.name}", Stepped(rules_of(other))


def _wrong_rules(method: TwoRules) -> Iterator[tuple[str, Step]]:
    """Mistakes in the formulas of a step and of the buffer."""

    def rules(**changes: Any) -> Stepped:
        return Stepped(replace(method, **changes))

    step = method.local_step
    refresh = method.refresh
    yield (
        "the correction m has the wrong sign",
        rules(local_step=lambda y, g, m, eta: step(y, g, -m, eta)),
    )
    yield (
        "the local steps leave out the correction m",
        rules(local_step=lambda y, g, m, eta: step(y, g, 0 * m, eta)),
    )
    yield (
        "the correction m is not multiplied by η",
        rules(local_step=lambda y, g, m, eta: step(y, g, 0 * m, eta) - m),
    )
    yield (
        "the local steps leave out the gradient of h",
        rules(local_step=lambda y, g, m, eta: step(y, 0 * g, m, eta)),
    )
    yield (
        "the buffer is not refreshed after the first round",
        rules(refresh=lambda m, d, p, a: m if a != 1 else d),
    )
    yield (
        "a and 1 − a are exchanged",
        rules(refresh=lambda m, d, p, a: refresh(m, d, p, 1 - a if a != 1 else a)),
    )
    yield (
        "the new difference is not multiplied by a",
        rules(refresh=lambda m, d, p, a: d + (a != 1) * (1 - a) * m),
    )
    yield (
        "the old buffer is not multiplied by 1 − a",
        rules(refresh=lambda m, d, p, a: m + a * d if a != 1 else d),
    )
    yield (
        "a is ignored: the buffer is the newest difference alone",
        rules(refresh=lambda m, d, p, a: d),
    )
    yield (
        "the difference at x_prev is added, not subtracted",
        rules(refresh=lambda m, d, p, a: refresh(m, d, -p, a)),
    )


def _wrong_refreshes(method: TwoRules) -> Iterator[tuple[str, Step]]:
    """Mistakes in when, where and with which samples the buffer is refreshed."""
    yield "the first buffer is zero, not the difference g_f − g_h at x⁰", StartsAtZero(method)
    yield "the local steps use the buffer from before its refresh", Late(method)
    yield "the refresh takes its gradients at x_prev, not at x", AtPrevious(method)
    previous = (
        "the gradients at x_prev have another sample than those at x (%s); both must use "
        "round.refresh"
    )
    yield previous % "they were kept from the previous round", OtherSample(method)
    yield previous % "a fresh one", OtherSample(method, "first")
    yield previous % "a fresh one", OtherSample(method, "last")
    yield previous % "one without noise", OtherSample(method, "none")
    yield (
        "g_f and g_h of the refresh have different samples; both must use round.refresh",
        TwoSamples(method),
    )
    yield "the refresh takes g_f instead of g_f − g_h", RefreshOfF(method)
    yield "g_f and g_h are exchanged, in the refresh and in the local steps", Exchanged(method)


def _wrong_local_steps(method: TwoRules) -> Iterator[tuple[str, Step]]:
    """Mistakes in the loop of the local steps."""
    yield (
        "the correction is applied once a round (before the local steps), not in each of them",
        Once(method, "before"),
    )
    yield (
        "the correction is applied once a round (in the first local step), not in each of them",
        Once(method),
    )
    yield (
        "the correction is applied once a round (in the last local step), not in each of them",
        Once(method, "last"),
    )
    yield (
        "the correction is applied once a round (after the local steps), not in each of them",
        Once(method, "after"),
    )
    yield "the local steps use the refresh's sample, not round.local[k]", LocalSample(method)
    yield (
        "all local steps use the first one's sample, not round.local[k]",
        LocalSample(method, "first"),
    )
    yield "the local steps take the gradient at x, not at y", Stuck(method)
    yield "K − 1 local steps are done, not K", OtherLength(method, 0, -1)
    yield "K − 1 local steps are done, not K", OtherLength(method, 1)
    yield "the local steps take the gradient of f, not of h", LocalF(method)
