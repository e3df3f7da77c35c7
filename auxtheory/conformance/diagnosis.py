"""The likely cause of a failure: a known mistake that reproduces the numbers, otherwise where
the numbers first differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from auxtheory.conformance.client_factors import ClientFactors
from auxtheory.conformance.client_samples import wrong_samples
from auxtheory.conformance.client_text import Text
from auxtheory.conformance.drive import Path, walk
from auxtheory.conformance.halves import Halves
from auxtheory.conformance.rounds import Rounds
from auxtheory.conformance.sizes import Size
from auxtheory.conformance.subject import Subject, close, on
from auxtheory.conformance.variants import wrong_methods
from auxtheory.conformance.variants_clients import wrong_texts
from auxtheory.conformance.variants_federated import wrong_scaffolds
from auxtheory.implementations.calling import Step
from auxtheory.implementations.exchange import Broken, leaves
from auxtheory.implementations.pooled import Pooled
from auxtheory.methods import AuxMOM, AuxMVR, ExactCorrection
from auxtheory.typing import FloatArray

BASIC = {
    "returns": "the docstrings of Round and Federated say what is passed (state is None in the "
    "first round) and what must be returned",
    "inputs unchanged": "an operation in place, such as x -= … or out=x, works on the caller's "
    "array",
    "same call, same "
    "answer": "something is drawn or counted outside of x, the state and the round's keys",
    "no hidden state": "a buffer lives outside of the state: in the object, a closure or a module",
    "global random "
    "state": "samples must come from round.grad_f and round.grad_h by their keys; a new torch.nn "
    "layer "
    "draws its weights",
    "initial "
    "controls": "start all controls at zero, or c_i at client i's gradient and c at their mean",
}
AGAIN = (
    "it has run in all of these cases before: a buffer outlives a run, in the object, a "
    "closure or a module"
)
HINTS = {
    "fixed point": "the correction is not ∇f − ∇h at the round's start",
    "independent of "
    "zeta": "the correction is not a difference g_f − g_h, or is not in every local step",
    "depends on zeta": "a correction is applied, and this method has none",
}
COORDINATES = {
    "rotation": "something is done coordinate by coordinate, such as a sign, a clip or an "
    "adaptive step",
    "translation": "something depends on x itself, such as weight decay",
    "units": "a constant with a unit is built in, such as a clipping threshold, an ε or a fixed "
    "step size",
}
FIRST_STEP = (
    "wrong from the first local step on: y − η(g_h(y) + m), or the first buffer m = "
    "g_f(x⁰) − g_h(x⁰)"
)
FIRST_MEAN = (
    "wrong from the first round on: y − η(g_i(y) + c − c_i), the control update, or the "
    "server's means"
)
FIRST_ROUND = "wrong from the first round on: the local steps, what is sent, or the server's means"
SINGLE = "single precision inside: the numbers are right to 1e-5, but returned in double precision"


@dataclass(frozen=True, eq=False)
class Print:
    """An implementation's numbers in one case: a row for each round, its x and, of client and
    server, its controls."""

    size: Size
    rows: FloatArray
    tolerance: float

    @classmethod
    def of(cls, size: Size, path: Path, controls: bool = True) -> Print:
        # Another method may keep its variables in a way of its own.
        seen = bool(size.N) and controls
        rows = [np.ravel(list(leaves(state)) if seen else []) for state in path.states]
        return cls(size, np.column_stack([path.x[1:], np.array(rows, dtype=float)]), path.tolerance)

    def equals(self, other: Print, tolerance: float | None = None) -> bool:
        """Whether another run has the same numbers, by default up to this one's precision."""
        return self.first_off(other, tolerance) == 0

    def first_off(self, other: Print, tolerance: float | None = None) -> int:
        """The first round whose numbers differ, 0 if none."""
        tolerance = self.tolerance if tolerance is None else tolerance
        rows = enumerate(zip(self.rows, other.rows, strict=True), 1)
        return next((t for t, (one, two) in rows if not close(one, two, tolerance)), 0)


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The causes of the failures of one implementation; its numbers are computed and compared
    once."""

    subject: Subject

    def cause(self, failed: str, before: Sequence[str] = ()) -> str:
        """The likely cause of the failure of this property, after those that failed before it."""
        if failed in BASIC:
            return BASIC[failed]
        impure = [name for name in before if name in BASIC]
        follows = f"most likely it follows from {impure[0]!r}" if impure else ""
        known = self.known_mistake or follows or COORDINATES.get(failed)
        return known or self.deviation or HINTS.get(failed, "not found")

    @property
    def deviation(self) -> str:
        """Which part is wrong, by which factor and where; empty if that is not clear."""
        if self.place in (SINGLE, ""):
            return self.place
        general = self.place in (FIRST_STEP, FIRST_MEAN, FIRST_ROUND)
        if self.solved:
            parts = [self.solved, "" if general else self.place, self.size]
        else:
            parts = [self.place if general else f"no known mistake, but {self.place}", self.size]
        return "; ".join(filter(None, parts))

    @cached_property
    def solved(self) -> str:
        """Which part is wrong and by which factor, from solved coefficients; empty if that is not
        clear."""
        if not self.off:
            return ""
        if self.subject.of_clients is not None:
            return wrong_samples(self.subject) or ClientFactors(self.subject).text
        return (
            Halves(self.subject).text
            if self.subject.federated is not None
            else Rounds(self.subject).text
        )

    @cached_property
    def prints(self) -> list[Print]:
        """The numbers in all cases by which mistakes are distinguished; empty if the implementation
        breaks in one."""
        sizes = self.subject.sizes(noise=True, partial=True)
        try:
            return [self._print(size, self.subject.step, self.subject.xp) for size in sizes]
        except Broken:
            return []

    @cached_property
    def known_mistake(self) -> str:
        """The known mistakes that reproduce the implementation's numbers in all cases; empty if
        there are none."""
        matches: dict[str, list[str]] = {}
        if not self.off:
            return ""
        if self._right_but_for_its_start:
            return "start returns other values than those of the method: without it all is right"
        for into, text, step in self._mistakes():
            if self._reproduced(step):
                matches.setdefault(into, []).append(text)
        for into, texts in matches.items():
            which = "; or ".join(dict.fromkeys(texts))
            return (
                f"{which} (put into {into}, this reproduces the numbers of all "
                f"{len(self.prints)} cases)"
            )
        return ""

    def _print(self, size: Size, step: Step, xp: Any = np) -> Print:
        """The numbers of a step function in one case."""
        return Print.of(size, walk(step, size.case(), xp), self.subject.of_clients is None)

    @property
    def _right_but_for_its_start(self) -> bool:
        """Whether a client and a server, started as the text is, are right."""
        pair, like = self.subject.federated, self.subject.of_clients
        if pair is None or like is None or pair.start is None:
            return False
        step = Pooled(replace(pair, start=None), first=on(Text.of(like), self.subject.xp))
        try:
            sizes = [one.size for one, _ in self.off]
            right = [other for _, other in self.off]
            runs = (self._print(size, step, self.subject.xp) for size in sizes)
            return all(run.equals(other) for run, other in zip(runs, right, strict=True))
        except Broken:
            return False

    def _reproduced(self, step: Step) -> bool:
        """Whether a step function has the implementation's numbers in all cases."""
        try:
            return all(one.equals(self._print(one.size, step)) for one in self._telling)
        except Broken:
            return False

    @cached_property
    def _telling(self) -> list[Print]:
        """The numbers of all cases, those first that differ from the reference's."""
        wrong = [one for one, other in self.off if not one.equals(other)]
        return wrong + [one for one in self.prints if one not in wrong]

    def _mistakes(self) -> Iterator[tuple[str, str, Step]]:
        """Known mistakes, each in words and as a step."""
        if self.subject.of_clients is not None:
            method = self.subject.of_clients
            yield from ((method.name, *wrong) for wrong in wrong_texts(method))
            return
        if self.subject.federated is not None:
            yield from (
                ("SCAFFOLD", *wrong) for wrong in wrong_scaffolds(self.subject.federated.option)
            )
            return
        for method in (
            (self.subject.like,)
            if self.subject.like is not None
            else (AuxMOM, AuxMVR, ExactCorrection)
        ):
            yield from ((method.name, *wrong) for wrong in wrong_methods(method))

    @cached_property
    def off(self) -> list[tuple[Print, Print]]:
        """The numbers of each case with those of the reference (without a reference, with
        themselves), if any differ."""
        reference = self.subject.reference
        if reference is None:
            return [(one, one) for one in self.prints]
        pairs = [(one, self._print(one.size, reference.step)) for one in self.prints]
        return [] if all(one.equals(other) for one, other in pairs) else pairs

    @cached_property
    def place(self) -> str:
        """What the sizes in which the numbers differ from the reference's have in common; empty if
        none differ."""
        off = [(one.size, one.first_off(other)) for one, other in self.off if not one.equals(other)]
        if not off:
            return ""
        if all(one.equals(other, 1e-5) for one, other in self.off):
            return SINGLE
        t = min(t for _, t in off)
        K = min(size.K for size, _ in off)
        conditions = [
            (
                all(size.noisy for size, _ in off),
                "without noise: look at which key each gradient is given",
            ),
            (
                all(size.partial or size.S not in (0, size.N) for size, _ in off),
                "with all clients: look at the weight |S|/N",
            ),
            (
                all(size.weighted for size, _ in off),
                "with equal weights: look at the means at the server",
            ),
            (t > 1, f"before round {t}: look at what is carried from one round to the next"),
            (K > 1, f"with fewer than {K} local steps: look at their loop"),
        ]
        shared = [text for holds, text in conditions if holds]
        if not shared:
            if self.subject.of_clients is not None:
                return FIRST_ROUND
            return FIRST_STEP if self.subject.federated is None else FIRST_MEAN
        return f"all is right {', and '.join(shared)}"

    @cached_property
    def size(self) -> str:
        """The first round in which the numbers differ, and their relative difference; empty if none
        differ."""
        off = [(t, one, other) for one, other in self.off if (t := one.first_off(other))]
        if not off:
            return ""
        t, one, other = min(off, key=lambda item: item[0])
        largest, scale = (
            float(np.max(np.abs(rows)))
            for rows in (one.rows[t - 1] - other.rows[t - 1], other.rows[t - 1])
        )
        return (
            f"the numbers differ first in round {t}, there by {largest / (scale or 1.0):.2g} of "
            "their size"
        )
