"""The instructions by which the compiled loop runs a phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Numbers:
    """The number of a hook in each round and local step; −1 for one that changes nothing."""

    first: int = -1
    per_round: int = 0
    per_step: int = 0

    def at(self, t: int, k: int = 0) -> int:
        """The number in round t and local step k, both from 0 on."""
        return self.first + t * self.per_round + k * self.per_step


@dataclass(frozen=True, kw_only=True)
class Round:
    """What makes up a round.

    Args:
        refresh: the numbers of this hook.
        finish: the numbers of this hook.
        step: those of a local step.
        K: the number of local steps.
        T: the number of rounds.
        begins: whether the first of them is that of the phase, without a refresh.
        followed: at how many points of a round E‖x − x*‖² is read: 0, 1 or K.
        local: the number of readings summed over the points from which local steps start.
        summed: whether any reading is summed over rounds.
        equal: whether all weights of these sums are 1.
    """

    refresh: Numbers
    finish: Numbers
    step: Numbers
    K: int
    T: int
    begins: bool
    followed: int
    local: int
    summed: bool
    equal: bool


@dataclass
class Instructions:
    """A list of instructions, and the slots of operators that are free."""

    round: Round
    listed: list[tuple[int, ...]] = field(default_factory=list)
    slots: int = 0

    def add(self, what: int, *numbers: int) -> None:
        """Add an instruction."""
        self.listed.append((what, *numbers, *(-1,) * (4 - len(numbers))))

    def slot(self) -> int:
        """A new slot; slot 0 is room of the loop."""
        self.slots += 1
        return self.slots

    def hook(self, number: int, rows: int = 0, into: int | None = None) -> int:
        """The operator of a hook, with the first readings as rows; its slot."""
        from auxtheory.kernels.cpu.affine import BUILD, FORM

        slot = self.slot() if into is None else into
        self.add(BUILD, slot, number)
        for q in range(rows):
            self.add(FORM, slot, q, q)
        return slot

    def composed(self, then: int, first: int, into: int) -> int:
        """The steps of one slot followed by those of another; their slot."""
        from auxtheory.kernels.cpu.affine import COMPOSE

        self.add(COMPOSE, into, then, first)
        return into

    def power(self, base: int, times: int, rooms: tuple[int, int]) -> int:
        """Some steps repeated, by doubling, in one of two slots; the slot."""
        at = base
        for digit in f"{times:b}"[1:]:
            at = self.composed(at, at, rooms[at == rooms[0]])
            if digit == "1":
                at = self.composed(base, at, rooms[at == rooms[0]])
        return at


def instructions_of(
    round_: Round, marks: Sequence[int], size: int
) -> tuple[NDArray[np.int64], int]:
    """The instructions of all rounds of a phase.

    Args:
        round_: what makes up a round.
        marks: the rounds to record, the last of all among them.
        size: the number of rows of an operator, for what doubling costs.

    Returns:
        An array of one row for each instruction, and the number of slots.
    """
    out = Instructions(round_)
    varies = any(h.per_round for h in (round_.refresh, round_.step, round_.finish))
    (_stepwise if varies or round_.followed > 1 else _roundwise)(out, marks, size)
    return np.array(out.listed, dtype=np.int64), out.slots + 1


def _after(out: Instructions, t: int, number: int | None) -> None:
    """What is read after round t, which is recorded if it has a number."""
    from auxtheory.kernels.cpu.affine import READ, RECORD

    if out.round.summed:
        out.add(READ, t)
    if number is not None:
        out.add(RECORD, number)


def _stepwise(out: Instructions, marks: Sequence[int], size: int) -> None:
    """Rounds that differ, or in which E‖x − x*‖² is read before each local step: hook by hook."""
    from auxtheory.kernels.cpu.affine import RUN

    round_ = out.round
    due = {mark - 1: number for number, mark in enumerate(marks)}
    hooks = {name: _Hook(out, getattr(round_, name), 0) for name in ("refresh", "finish")}
    step = _Hook(out, round_.step, round_.local)
    rooms = out.slot(), out.slot()
    K, rows = round_.K, round_.local
    together = round_.followed < 2 and not round_.step.per_step and K > 4 * size * K.bit_length()
    for t in range(round_.T):
        if round_.refresh.first >= 0 and not (t == 0 and round_.begins):
            out.add(RUN, hooks["refresh"].ready(t, 0), 0, t)
        for k in range(1 if together else K):
            slot = step.ready(t, k)
            if together:
                slot = step.together(K, rooms)
            followed = round_.followed > 1 or (round_.followed and k == 0)
            point = t * round_.followed + (k if round_.followed > 1 else 0)
            out.add(RUN, slot, rows, t, point if followed else -1)
        if round_.finish.first >= 0:
            out.add(RUN, hooks["finish"].ready(t, 0), 0, t)
        _after(out, t, due.get(t))


class _Hook:
    """The slots in which a hook is, by number."""

    def __init__(self, out: Instructions, numbers: Numbers, rows: int) -> None:
        self.out = out
        self.numbers = numbers
        self.rows = rows
        self.slots: dict[int, int] = {}
        self.powers: dict[int, int] = {}

    def ready(self, t: int, k: int) -> int:
        """The slot of the hook in this round and step, ready to run."""
        from auxtheory.kernels.cpu.affine import FORM, LIST

        number = self.numbers.at(t, k)
        self.at = number
        if number not in self.slots:
            slot = None
            if self.numbers.per_round and self.slots:
                # Those of earlier rounds are not needed any more.
                _, slot = self.slots.popitem()
            slot = self.out.hook(number, self.rows, into=slot)
            if self.rows and self.out.round.followed:
                self.out.add(FORM, slot, self.rows, self.rows)
            self.out.add(LIST, slot)
            self.slots[number] = slot
        return self.slots[number]

    def together(self, K: int, rooms: tuple[int, int]) -> int:
        """K of the steps that are ready as one, in which E‖x − x*‖² is read but at the start."""
        from auxtheory.kernels.cpu.affine import BUILD, FORM, LIST

        if self.at in self.powers:
            return self.powers[self.at]
        base = self.slots[self.at]
        self.out.add(BUILD, base, self.at)
        for q in range(self.rows):
            self.out.add(FORM, base, q, q)
        slot = self.out.power(base, K, rooms)
        if self.out.round.followed:
            self.out.add(FORM, slot, self.rows, self.rows)
        self.out.add(LIST, slot)
        self.powers = {self.at: slot}
        return slot


def _roundwise(out: Instructions, marks: Sequence[int], size: int) -> None:
    """Each round as one operator, and rounds between records too if there are many."""
    from auxtheory.kernels.cpu.affine import FORM, LIST, RUN

    round_ = out.round
    rows = round_.local
    at = base = out.hook(round_.step.at(0), rows)
    rooms = out.slot(), out.slot()
    if not round_.step.per_step:
        at = out.power(base, round_.K, rooms)
    else:
        other = out.slot()
        for k in range(1, round_.K):
            out.hook(round_.step.at(0, k), rows, into=other)
            at = out.composed(other, at, rooms[at == rooms[0]])
    if round_.followed:
        out.add(FORM, at, rows, rows)
    if round_.finish.first >= 0:
        at = out.composed(out.hook(round_.finish.at(0)), at, out.slot())
    first = later = at
    if round_.refresh.first >= 0:
        later = out.composed(first, out.hook(round_.refresh.at(0)), out.slot())
    out.add(LIST, first)
    if later != first:
        out.add(LIST, later)
    free = [slot for slot in (base, *rooms, out.slot(), out.slot()) if slot not in (first, later)]
    known = 0
    t = 0
    for number, mark in enumerate(marks):
        while t < mark:
            apart = mark - t
            together = t > 0 and round_.equal and not round_.summed and not round_.followed
            if together and apart > 4 * size * apart.bit_length():
                if known != apart:
                    long = out.power(later, apart, (free[0], free[1]))
                    out.add(LIST, long)
                    known = apart
                out.add(RUN, long, rows, t)
                t = mark
            else:
                slot = later if t else first
                out.add(RUN, slot, rows, t, t if round_.followed else -1)
                t += 1
            _after(out, t - 1, number if t == mark else None)
