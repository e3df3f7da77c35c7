"""The parts of a round: who works, which hooks clients run, and what the server then runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from auxtheory.engines.exact.clients.forms import Gathered, Part, QuadraticForm
from auxtheory.engines.exact.clients.hooks import ClientHooks, Maps
from auxtheory.engines.exact.clients.layout import Layout, State
from auxtheory.engines.exact.clients.path import ClientPath, Values
from auxtheory.engines.exact.clients.stage import AtWork, Stage
from auxtheory.engines.exact.program.maps import Map, Point, mixture
from auxtheory.engines.exact.repeated import Moments
from auxtheory.methods.expression import Node, ordered
from auxtheory.methods.program import Program
from auxtheory.problems.clients import Helpers
from auxtheory.typing import FloatArray

Who: TypeAlias = Literal["all", "work", "other"]


@dataclass(frozen=True)
class Block:
    """A part of a round.

    Args:
        who: all clients, those at work, or another choice of as many.
        names: the hooks that they run.
        server: the hook of the server after these, or None.
    """

    who: Who
    names: tuple[str, ...]
    server: str | None

    @property
    def local(self) -> bool:
        """Whether it has the local steps."""
        return "local" in self.names


def blocks_of(program: Program, t: int, everyone: bool) -> list[Block]:
    """The parts of round t; everyone: whether all clients work."""
    exchange = program.clients
    assert exchange is not None
    work: Who = "all" if everyone else "work"
    found: list[Block] = []
    waiting: tuple[str, ...] = ()
    refreshed: Who = "all" if exchange.refreshed == "all" else work
    if t > 1 and "refresh" in program.hooks:
        waiting = ("refresh",)
    if "report" in program.hooks and t >= exchange.reports_from:
        who: Who = {"sampled": work, "independent": "other", "all": "all"}[exchange.reporting]
        who = "all" if everyone else who
        if waiting and refreshed != who and not _may_wait(program):
            found.append(Block(refreshed, waiting, None))
            waiting = ()
        together = waiting if refreshed == who else ()
        found.append(Block(who, (*together, "report"), "collect"))
        waiting = waiting[len(together) :]
    if waiting and refreshed != work:
        found.append(Block(refreshed, waiting, None))
        waiting = ()
    return [*found, Block(work, (*waiting, "local", "send"), "server")]


def needs_choices(helpers: Helpers, S: int, blocks: Sequence[Block]) -> bool:
    """Whether a round is a mean over the numbers of clients of each group that work: where clients
    work both before and after the server, or their weights differ."""
    works = [block for block in blocks if block.who == "work"]
    return len(works) > 1 or bool(works and not helpers.equal_weights and S < helpers.N)


def _may_wait(program: Program) -> bool:
    """Whether clients may refresh after `report` and `collect` as well as before: neither reads
    what the other changes."""
    exchange = program.clients
    assert exchange is not None
    report, collect, refresh = (program.hooks[name] for name in ("report", "collect", "refresh"))
    sent = len(exchange.reported)
    read = {node.data for node in ordered(report.outputs[:sent]) if node.op == "state"}
    return (
        not read & set(exchange.state)
        and _same(report.outputs[sent:], exchange.state)
        and all(
            _same((output,), (name,))
            for name, output in zip(program.state, collect.outputs, strict=True)
            if any(node.op == "state" and node.data == name for node in refresh.nodes)
        )
    )


def _same(outputs: Sequence[Node], names: Sequence[str]) -> bool:
    """Whether these variables stay as they are."""
    return all(o.op == "state" and o.data == n for o, n in zip(outputs, names, strict=True))


class Prepared:
    """A block with its maps, ready to run on states.

    Args:
        block: the block.
        hooks: the method's hooks.
        layout: where variables are.
        at_work: which clients work.
        parts: the parts of measures over the local steps.
        where: the number of the round, and the group of clients that each group of the layout is.
        follow: the part that is E‖y − x*‖², where the largest is followed; otherwise None.
    """

    def __init__(
        self,
        block: Block,
        hooks: ClientHooks,
        layout: Layout,
        at_work: AtWork,
        parts: Sequence[Part],
        where: tuple[int, Sequence[int]],
        follow: Part | None,
    ) -> None:
        self.block = block
        self.layout = layout
        self.at_work = at_work
        self.parts = parts if block.local else ()
        self.follow = follow if block.local else None
        t, which = where
        self.path = ClientPath(hooks, layout, block.names, t, which)
        maps = None if block.server is None else hooks.of_the_server(block.server, t)
        self.apart = maps is not None and (len(maps) > 1 or bool(maps[0][1].draws))
        self.maps: Maps = maps if maps is not None and self.apart else []
        self.stage: Stage | None = None
        self.server = None if maps is None or self.apart else maps[0][1]
        self.forms: list[QuadraticForm] = []
        self.followed: list[FloatArray] = []

    def __call__(self, state: State) -> State:
        """The moments after the block; `forms` are then those of the parts."""
        if self.stage is None or self.path.depends:
            self._prepare(state)
        assert self.stage is not None
        after = self.stage(state)
        return self._at_server(after) if self.apart else after

    def ready(self) -> Stage:
        """The stage, of a block whose noise does not depend on the state."""
        if self.stage is None:
            assert not self.path.depends
            self._prepare(None)
        assert self.stage is not None
        return self.stage

    def _prepare(self, state: State | None) -> None:
        """Walk the path of a client, where the noise depends on the state for this state."""
        first = self.stage is None
        gathered = [Gathered(part, self.layout, self.at_work, first) for part in self.parts]
        followed: list[FloatArray] = []

        def look(k: int, y: Values, moments: Moments | None) -> None:
            for each in gathered:
                each.look(k, y, moments)
            if self.follow is not None and moments is not None:
                followed.append(self._size(self.follow, moments))

        u = self.layout.of_clients(state) if state is not None and self.path.depends else None
        visit = self.path.run(u, look)
        if first:
            self.stage = Stage(self.layout, visit, self.at_work, self.server)
            self.forms = [each.form() for each in gathered]
        else:
            assert self.stage is not None
            self.stage.with_noise(visit)
            self.forms = [
                replace(form, noise=each.noise)
                for form, each in zip(self.forms, gathered, strict=True)
            ]
        self.followed = followed

    def _size(self, part: Part, y: Moments) -> FloatArray:
        """E‖y − x*‖² over the clients at work, coordinate by coordinate where they are apart."""
        square = np.sum((y.mean + part.constant[..., -self.layout.b :]) ** 2, axis=-1)
        each = square + np.einsum("...ii->...", y.cov)
        return np.asarray(np.tensordot(self.at_work.share, each, axes=1))

    def _at_server(self, state: State) -> State:
        """What the server's choices and draws make of its variables and the means."""
        assert self.stage is not None
        before = self.stage.after
        padded = [(p, _with_clients(map_, before)) for p, map_ in self.maps]
        after = mixture(padded, Moments(state.mean, state.cov))
        return State(after.mean, after.cov, state.spread)


def _with_clients(map_: Map, layout: Layout) -> Map:
    """A map of the variables of the server as one of the whole state."""
    before, s = layout.numbers, layout.of_server
    rest = before - s
    rows = map_.M.shape[-2]

    def padded(matrix: FloatArray, below: int, after: int) -> FloatArray:
        """Rows and columns of 0 for the clients; one column may stay behind."""
        out = np.zeros((*matrix.shape[:-2], matrix.shape[-2] + below, matrix.shape[-1] + after))
        out[..., : matrix.shape[-2], :s] = matrix[..., :s]
        out[..., : matrix.shape[-2], s + after :] = matrix[..., s:]
        return out

    M = padded(map_.M, rest, rest)
    M[..., rows:, s:] = np.eye(rest)
    c = np.concatenate([map_.c, np.zeros((*map_.c.shape[:-1], rest))], axis=-1)
    Q = np.zeros((*c.shape, c.shape[-1]))
    Q[..., :rows, :rows] = map_.Q

    def point(p: Point) -> Point:
        L = np.zeros((*p.L.shape[:-2], rows + rest, p.L.shape[-1]))
        L[..., :rows, :] = p.L
        return Point(L, padded(p.R, 0, rest), p.variance)

    draws = tuple(tuple(point(p) for p in points) for points in map_.draws)
    return Map(M, c, Q, draws)
