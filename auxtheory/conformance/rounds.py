"""The coefficients of each round's x in a step function's gradients, solved for and compared with
the correct ones.

Instead of gradients the step function gets random vectors, one for each sample and point; the
coefficients of the first round that is wrong name the part and the factor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from auxtheory.conformance.factors import Setting, settings
from auxtheory.conformance.linear import BY, CONSTANT, Deviation, Terms, deviations, solved, worded
from auxtheory.conformance.probe import Answers, precision_of
from auxtheory.conformance.subject import Subject
from auxtheory.implementations.calling import Step
from auxtheory.implementations.exchange import Broken, handed, to_numpy
from auxtheory.implementations.rounds import Key, Round
from auxtheory.typing import FloatArray

ROUNDS = 3
X = "the old x"
ROUNDING = 1e-5


@dataclass(frozen=True, kw_only=True, eq=False)
class Coefficients:
    """The coefficients of one run: those of each round's x and of the points of its gradients; None
    where x is not a combination."""

    x: tuple[Terms | None, ...]
    points: tuple[Mapping[str, Terms | None], ...]


class Asked:
    """The gradients of one run, by names that give the function, the round, and the point of the
    run."""

    def __init__(self, s: Setting, xp: Any, parameters: Mapping[str, float]) -> None:
        self.parameters = parameters
        self.answers = Answers(np.random.default_rng(0), xp)
        self.past: list[FloatArray] = []
        self.s = s

    def round(self, t: int, exact: bool) -> Round:
        def asked(which: str) -> Any:
            return lambda x, key: self.answers((which, key), x)

        return Round(
            eta=self.s.eta,
            a=self.s.a,
            K=self.s.K,
            refresh=Key(t, 0, "exact" if exact or t == 1 else "refresh"),
            local=tuple(Key(t, k, "local") for k in range(self.s.K)),
            grad_f=asked("g_f"),
            grad_h=asked("g_h"),
            parameters=self.parameters,
        )

    def basis(self) -> dict[str, FloatArray]:
        """All vectors returned so far, by name."""
        answers: dict[str, FloatArray] = {}
        for label, point, answer in self.answers.asked:
            name = self.name(label, point)
            answers[f"{name}, once more" if name in answers else name] = answer
        return answers

    def name(self, label: Any, point: FloatArray | None) -> str:
        which, key = label
        sample = f"round.local[{key.step}]" if key.kind == "local" else "round.refresh"
        at = "y" if key.kind == "local" else self.place(point, key.round)
        return f"{which}({at}) with {sample} of round {key.round}"

    def place(self, point: FloatArray | None, t: int) -> str:
        """A point of round t: its x, the x of the round before, or another."""
        if point is None:
            return "x"
        near = [
            i for i, x in enumerate(self.past[:t], 1) if np.allclose(point, x, rtol=1e-5, atol=1e-5)
        ]
        names = {t: "x", t - 1: "x_prev"}
        return names.get(near[-1], "an older x") if near else "another point"


def coefficients_of(
    step: Step, s: Setting, xp: Any, exact: bool, parameters: Mapping[str, float]
) -> Coefficients:
    """The coefficients of a few rounds with random gradients."""
    asked = Asked(s, xp, parameters)
    x = xp.asarray(np.random.default_rng(1).normal(size=s.d))
    state = None
    made: list[Terms | None] = []
    points: list[Mapping[str, Terms | None]] = []
    for t in range(1, ROUNDS + 1):
        asked.past.append(to_numpy(x).astype(float))
        x, state = step(x, state, asked.round(t, exact))
        array = to_numpy(x)
        x = handed(x, xp)
        basis = {X: asked.past[-1], CONSTANT: np.ones(s.d)} | asked.basis()
        eps = precision_of(array)
        made.append(solved(array.astype(float), basis, eps))
        in_round = [
            (label, point)
            for label, point, _ in asked.answers.asked
            if label[1].round == t and point is not None
        ]
        points.append(
            {asked.name(label, point): solved(point, basis, eps) for label, point in in_round}
        )
    return Coefficients(x=tuple(made), points=tuple(points))


@dataclass(frozen=True, eq=False)
class Rounds:
    """A step function's first rounds compared with those of the method that it claims to be."""

    subject: Subject

    @cached_property
    def at(self) -> tuple[Setting, ...]:
        single = self.subject.traits is not None and self.subject.traits.single_step
        return tuple(
            dict.fromkeys(
                Setting(eta=s.eta, a=s.a, K=s.K, d=s.d) for s in settings(single_step=single)
            )
        )

    @property
    def text(self) -> str:
        """The first wrong round and the wrong part in it; empty if the first rounds are correct or
        do not run."""
        if self.subject.reference is None:
            return ""
        exact = self.subject.base.exact
        parameters = {
            name: value for name, value, _ in self.subject.base.parameters if name != "eta"
        }
        try:
            actual, right = (
                [coefficients_of(subject.step, s, subject.xp, exact, parameters) for s in self.at]
                for subject in (self.subject, self.subject.reference)
            )
        except (Broken, ValueError, np.linalg.LinAlgError):
            return ""
        by_round = [self._of_round(t, actual, right) for t in range(ROUNDS)]
        t = next((t for t, lines in enumerate(by_round) if lines), None)
        if t is None:
            return ""
        always = t + 1 < ROUNDS and by_round[t] == by_round[t + 1]
        when = (
            "in every round"
            if always and t == 0
            else f"from round {t + 1} on"
            if always
            else f"in round {t + 1}"
        )
        return f"{when}, {'; '.join(by_round[t])}{_later(t, by_round)}"

    def _of_round(
        self, t: int, actual: Sequence[Coefficients], right: Sequence[Coefficients]
    ) -> list[str]:
        """What is wrong in round t + 1: in its x or, if that is correct, in the points of its
        gradients."""
        coefficients, wanted = ([one.x[t] for one in runs] for runs in (actual, right))
        if any(terms is None for terms in coefficients):
            return [
                "x is not a linear combination of the old x and the gradients: look for a clip, a "
                "sign or a norm"
            ]
        off = self._off(coefficients, wanted)
        if off:
            return worded(
                off,
                groups(
                    t + 1, {d.term for d in off} | {n for n, v in (wanted[0] or {}).items() if v}
                ),
            )
        for name in right[0].points[t]:
            if not all(name in one.points[t] for one in (*actual, *right)):
                continue  # not requested at some setting, or in a traced function
            pair = [[one.points[t][name] for one in runs] for runs in (actual, right)]
            if None in pair[1]:
                continue
            if None in pair[0] or self._off(*pair):
                return [f"{name} is taken at another point than the method's"]
        return []

    def _off(
        self, actual: Sequence[Terms | None], wanted: Sequence[Terms | None]
    ) -> list[Deviation]:
        return deviations(
            [terms or {} for terms in actual], [terms or {} for terms in wanted], self.at, ROUNDING
        )


def _later(t: int, by_round: Sequence[list[str]]) -> str:
    """The next round's factor of the same part if it differs, since the factor then changes with
    the round."""
    if t + 1 == len(by_round) or len(by_round[t]) != 1 or len(by_round[t + 1]) != 1:
        return ""
    (part, *_), (other, between, factor) = (
        by_round[t][0].partition(BY),
        by_round[t + 1][0].partition(BY),
    )
    return (
        f" (in round {t + 2} {factor})"
        if between and part == other and by_round[t] != by_round[t + 1]
        else ""
    )


def groups(t: int, terms: set[str]) -> dict[str, tuple[str, ...]]:
    """The parts of round t's step by name, the largest first, each with the terms that it is made
    of."""
    local = tuple(sorted(name for name in terms if "round.local" in name))
    other = tuple(sorted(name for name in terms if "round.refresh" in name))
    now = tuple(name for name in other if name.endswith(f"of round {t}"))
    at_x, before = (tuple(n for n in now if f"({at_})" in n) for at_ in ("x", "x_prev"))
    old = tuple(name for name in other if name not in now)
    what = (
        "difference g_f − g_h" if any(name.startswith("g_h") for name in other) else "gradient g_f"
    )
    parts = {
        "the whole step": local + other if local else (),
        "the correction m": other,
        "the gradient in the local steps": local,
        "the gradient in the local steps after the first": local[1:],
        "what a round adds to the buffer": now if before else (),
        f"the new {what} at x": at_x,
        f"the {what} at x_prev": before,
        "the old buffer m": old,
    }
    return {name: names for name, names in parts.items() if names}
