"""The instructions by which the compiled loop runs a phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Round:
    """What makes up a round.

    Args:
        refresh: the number of this hook, or −1.
        finish: the number of this hook, or −1.
        steps: those of the local steps in order, or one that is repeated; −1 changes nothing.
        K: the number of local steps.
        T: the number of rounds.
        followed: at how many points of a round E‖x − x*‖² is read: 0, 1 or K.
        local: the number of readings summed over the points from which local steps start.
        summed: whether any reading is summed over rounds.
        equal: whether all weights of these sums are 1.
    """

    refresh: int
    finish: int
    steps: tuple[int, ...]
    K: int
    T: int
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
    (_stepwise if round_.followed > 1 else _roundwise)(out, marks, size)
    return np.array(out.listed, dtype=np.int64), out.slots + 1


def _after(out: Instructions, t: int, number: int | None) -> None:
    """What is read after round t, which is recorded if it has a number."""
    from auxtheory.kernels.cpu.affine import READ, RECORD

    if out.round.summed:
        out.add(READ, t)
    if number is not None:
        out.add(RECORD, number)


def _stepwise(out: Instructions, marks: Sequence[int], size: int) -> None:
    """Local steps one by one, since E‖x − x*‖² is read before each of them."""
    from auxtheory.kernels.cpu.affine import FORM, LIST, RUN

    round_ = out.round
    rows = round_.local
    refresh, finish = (out.hook(number) for number in (round_.refresh, round_.finish))
    steps = [out.hook(number, rows) for number in round_.steps]
    for slot in steps:
        out.add(FORM, slot, rows, rows)
    for slot in (refresh, finish, *steps):
        out.add(LIST, slot)
    for t in range(round_.T):
        if t and round_.refresh >= 0:
            out.add(RUN, refresh, 0, t)
        for k in range(round_.K):
            out.add(RUN, steps[k % len(steps)], rows, t, t * round_.K + k)
        if round_.finish >= 0:
            out.add(RUN, finish, 0, t)
        _after(out, t, marks.index(t + 1) if t + 1 in marks else None)


def _roundwise(out: Instructions, marks: Sequence[int], size: int) -> None:
    """Each round as one operator, and rounds between records too if there are many."""
    from auxtheory.kernels.cpu.affine import FORM, LIST, RUN

    round_ = out.round
    rows = round_.local
    at = base = out.hook(round_.steps[0], rows)
    rooms = out.slot(), out.slot()
    if len(round_.steps) == 1:
        at = out.power(base, round_.K, rooms)
    elif round_.steps:
        other = out.slot()
        for number in round_.steps[1:]:
            out.hook(number, rows, into=other)
            at = out.composed(other, at, rooms[at == rooms[0]])
    if round_.followed:
        out.add(FORM, at, rows, rows)
    if round_.finish >= 0:
        at = out.composed(out.hook(round_.finish), at, out.slot())
    first = later = at
    if round_.refresh >= 0:
        later = out.composed(first, out.hook(round_.refresh), out.slot())
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
