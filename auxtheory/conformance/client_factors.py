"""A wrong factor in a client or a server: the value in the text that, multiplied by one number,
gives the implementation's iterates, and that number as an expression in η, K, N and S."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TypeAlias

import numpy as np

from auxtheory.conformance.client_text import Text
from auxtheory.conformance.drive import walk
from auxtheory.conformance.factors import Factor, Setting, settings
from auxtheory.conformance.rewriting import PLACES, leaves, named, rewritten, scaled
from auxtheory.conformance.sizes import Size
from auxtheory.conformance.subject import Subject
from auxtheory.implementations.exchange import Broken
from auxtheory.methods.expression import Node, combined
from auxtheory.methods.program import Hook
from auxtheory.typing import FloatArray

# A text whose value at this place is multiplied by a number.
Place: TypeAlias = Callable[[float], Text]

ROUNDS = 3
STEPS = 12  # of Newton's method
FITS = 1e-8  # relative error of iterates that a factor must reproduce
PRECISION = 1e-5  # of a factor
STARTS = (0.35, -0.8)  # besides the right one, 1 or 0


@dataclass(frozen=True, eq=False)
class ClientFactors:
    """The wrong factor of one implementation, found by fitting it at settings that differ in every
    number."""

    subject: Subject

    @property
    def text(self) -> str:
        """Which value is off by which factor; empty if no single one is."""
        found = []
        for name, right, place in _places(self._text):
            factor = self._fitted(place, right)
            if factor is None:
                continue
            words = _worded(name, right, factor)
            if "no product" not in words:
                return words
            found.append(words)
        return found[0] if found else ""

    @property
    def _text(self) -> Text:
        assert self.subject.like is not None
        return Text.of(self.subject.like)

    @cached_property
    def _at(self) -> tuple[Setting, ...]:
        like, federated = self.subject.like, self.subject.federated
        single = like is not None and like.single_step
        some = federated is None or federated.partial
        chosen = settings(single_step=single, partial=some)
        return tuple(dict.fromkeys(replace(s, d=3) for s in chosen))

    @cached_property
    def _runs(self) -> list[tuple[Setting, Size, FloatArray]]:
        """The iterates of the implementation at each setting; empty if it does not run there."""
        runs = []
        for s in self._at:
            # Three rounds show what is kept from one to the next.
            size = self.subject.base.with_(
                noisy=True, d=s.d, K=s.K, T=ROUNDS, N=s.N, S=0 if s.S == s.N else s.S, eta=s.eta
            )
            try:
                runs.append((s, size, self.subject.walk(size.case()).x))
            except Broken:
                return []
        return runs

    def _fitted(self, place: Place, right: float) -> Factor | None:
        """The factor at all settings; None if one has none."""
        values = []
        for s, size, wanted in self._runs:
            value = _solved(place, size, wanted, (right, *STARTS))
            if value is None:
                return None
            values.append((s, value))
        if not values or all(abs(value - right) <= PRECISION for _, value in values):
            return None
        at, numbers = zip(*values, strict=True)
        return Factor(np.array(numbers), at, PRECISION)


def _solved(
    place: Place, size: Size, wanted: FloatArray, starts: tuple[float, ...]
) -> float | None:
    """The number at which a text has these iterates, by Newton's method from several starts."""
    case = size.case()
    scale = max(1.0, float(np.max(np.abs(wanted))))

    def off(value: float) -> FloatArray:
        with np.errstate(all="ignore"):
            path = walk(place(value), case).x - wanted
        return np.ravel(path)[len(path[0]) :]

    for start in starts:
        value = _newton(off, start, scale)
        if value is not None:
            return value
    return None


def _newton(off: Callable[[float], FloatArray], value: float, scale: float) -> float | None:
    """A zero of a function with several values of one number; None if none is found."""
    try:
        here = off(value)
        for _ in range(STEPS):
            size = float(np.max(np.abs(here)))
            if size <= FITS * scale:
                return value
            step = 1e-6 * max(1.0, abs(value))
            slope = (off(value + step) - off(value - step)) / (2 * step)
            square = float(slope @ slope)
            if not np.isfinite(square) or square <= 1e-20:
                return None
            move = float(slope @ here) / square
            # Where even the best number leaves half of the difference, this is not the place.
            left = float(np.linalg.norm(here - move * slope))
            if left > 0.9 * float(np.linalg.norm(here)):
                return None
            value -= move
            here = off(value)
    except Broken:
        return None
    return None


def _worded(name: str, right: float, factor: Factor) -> str:
    if right == 0.0:
        return name.format(factor)
    if factor.near(0.0):
        return f"{name} is left out"
    return f"{name} is off by the factor {factor}"


def _places(text: Text) -> Iterator[tuple[str, float, Place]]:
    """The places of a text: its name, the right number there, and the text with another."""
    for name, hook in text.hooks.items():
        for what, old, new in _updates(text, name, hook):
            yield (
                f"{PLACES[name]}, {what}",
                1.0,
                partial(_with_step, text, hook, old, new),
            )
    for name, hook in text.hooks.items():
        for node in leaves(hook) if name in PLACES else ():
            if node.vector or node.op == "parameter":
                yield (
                    f"{PLACES[name]}, {named(node)}",
                    1.0,
                    partial(_with_factor, text, hook, node),
                )
    yield (
        "the local steps have momentum: y moves further by {} times its last step",
        0.0,
        lambda v: text.with_habits(momentum=v),
    )
    yield (
        "the local steps have weight decay: they add {} times y",
        0.0,
        lambda v: text.with_habits(decay=v),
    )


def _updates(text: Text, name: str, hook: Hook) -> Iterator[tuple[str, Node, int]]:
    """What a hook changes: its name, the old value, and which output is the new one."""
    exchange = text.exchange
    state = text.method.program.state
    outputs = {
        "collect": state,
        "server": state,
        "refresh": exchange.state,
        "report": (*(None for _ in exchange.reported), *exchange.state),
        "send": (*(None for _ in exchange.sent), *exchange.state),
        "local": ("y",),
    }.get(name, ())
    for j, what in enumerate(outputs):
        new = hook.outputs[j]
        if what is None or (new.op == "state" and new.data == what):
            continue
        words = "the whole local step" if name == "local" else f"the change of {what}"
        yield words, Node("state", data=what, vector=True), j


def _with_factor(text: Text, hook: Hook, node: Node, value: float) -> Text:
    """A text with a value of a hook multiplied by a number."""
    return text.with_hook(hook.name, rewritten(hook, node, scaled(float(value))))


def _with_step(text: Text, hook: Hook, old: Node, j: int, value: float) -> Text:
    """A text in which output j of a hook moves by another multiple of its change."""
    change = combined("multiply", combined("subtract", hook.outputs[j], old), float(value))
    outputs = list(hook.outputs)
    outputs[j] = combined("add", old, change)
    return text.with_hook(hook.name, replace(hook, outputs=tuple(outputs)))
