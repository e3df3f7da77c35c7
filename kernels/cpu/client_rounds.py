"""Whole trajectories of a method with clients on a separable pair: a tile of replicas × coordinates
stays in cache for all rounds, and meets the parameters, samples and variables of one client after
the other.

The replicas of a tile visit the same clients: where each draws its own, a tile holds one replica.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cpu.client_visits import (
    EVERYWHERE,
    NOWHERE,
    SAMPLED,
    add_iterates,
    add_messages,
    at_client,
    at_server,
    copied,
    leave,
    mean_iterates,
    mean_messages,
    of_round,
)
from auxtheory.kernels.cpu.draw import aim
from auxtheory.kernels.cpu.tile import TILE, Block, Drawing, X, add_spread
from auxtheory.kernels.cpu.trajectory import apart, at_round, begin, end, keep_paths, measure
from auxtheory.kernels.jit import compiled, known


class ClientHooks(NamedTuple):
    """The functions of one phase on a tile: the hooks, the sums of the measures at the mean of the
    clients' iterates and at the start of a round, and the measures of a record; None: there is
    none."""

    start: Callable[..., Any]
    client_start: Callable[..., Any] | None
    refresh: Callable[..., Any] | None
    report: Callable[..., Any] | None
    collect: Callable[..., Any] | None
    steps: Callable[..., Any]
    send: Callable[..., Any]
    server: Callable[..., Any]
    average: Callable[..., Any] | None
    starts: Callable[..., Any] | None
    measured: Callable[..., Any]


def no_visits(
    plan: Any, numbers: Any, clients: Any, work: Any, drawing: Any, block: Any, t: int
) -> None:
    """In place of a part of the round that there is not."""


def no_sums(tiles: Any, n: int, weights: Any) -> None:
    """In place of measures that there are not."""


known(no_visits)
known(no_sums)


def starting_of(hooks: ClientHooks, label: str) -> Any:
    """The function that gives the variables of clients their first values."""
    client_start = hooks.client_start
    if client_start is None:
        return no_visits

    def starting(
        plan: Any, numbers: Any, clients: Any, work: Any, drawing: Any, block: Any, t: int
    ) -> None:
        n = block.rows * block.width
        round_ = plan.before + 1
        weights = numbers.weights[round_ - 1]
        chosen = clients.working if plan.starting == SAMPLED else clients.everyone
        visited, places = of_round(chosen, 1, block.row0)
        values, batches = at_round(numbers.client_start, 1)
        for j in range(visited.size):
            at_client(work, drawing, clients, block, visited[j], places[j], n)
            client_start(
                work.tiles, work.samples, drawing, numbers.drawn, n, values, batches,
                numbers.levels, round_, weights,
            )  # fmt: skip
            leave(work, clients, places[j], n)

    return apart(starting, label)


def refreshing_of(hooks: ClientHooks, label: str) -> Any:
    """The function that refreshes the variables of clients."""
    refresh = hooks.refresh
    if refresh is None:
        return no_visits

    def refreshing(
        plan: Any, numbers: Any, clients: Any, work: Any, drawing: Any, block: Any, t: int
    ) -> None:
        n = block.rows * block.width
        round_ = plan.before + t
        chosen = clients.working if plan.refreshed == SAMPLED else clients.everyone
        visited, places = of_round(chosen, t, block.row0)
        values, batches = at_round(numbers.refresh, t)
        for j in range(visited.size):
            at_client(work, drawing, clients, block, visited[j], places[j], n)
            refresh(
                work.tiles, work.samples, drawing, numbers.drawn, n, values, batches,
                numbers.levels, round_, numbers.weights[round_ - 1],
            )  # fmt: skip
            leave(work, clients, places[j], n)

    return apart(refreshing, label)


def reporting_of(hooks: ClientHooks, label: str) -> Any:
    """The function of what clients report before the local steps."""
    report, collect = hooks.report, hooks.collect
    if report is None or collect is None:
        return no_visits

    def reporting(
        plan: Any, numbers: Any, clients: Any, work: Any, drawing: Any, block: Any, t: int
    ) -> None:
        n = block.rows * block.width
        round_ = plan.before + t
        weights = numbers.weights[round_ - 1]
        chosen = clients.working if plan.reporting == SAMPLED else clients.reporting
        visited, places = of_round(
            clients.everyone if plan.reporting == EVERYWHERE else chosen, t, block.row0
        )
        values, batches = at_round(numbers.report, t)
        for j in range(visited.size):
            at_client(work, drawing, clients, block, visited[j], places[j], n)
            report(
                work.tiles, work.samples, drawing, numbers.drawn, n, values, batches,
                numbers.levels, round_, weights,
            )  # fmt: skip
            leave(work, clients, places[j], n)
            add_messages(work.tiles, clients.reported, n, j == 0)
        mean_messages(work.tiles, clients.reported, n, visited.size)
        at_server(work.tiles, drawing, clients, block)
        values, batches = at_round(numbers.collect, t)
        collect(
            work.tiles, work.samples, drawing, numbers.drawn, n, values, batches, numbers.levels,
            round_, weights,
        )  # fmt: skip

    return apart(reporting, label)


def working_of(hooks: ClientHooks, label: str) -> Any:
    """The function of the local steps of all clients at work, and of what they send."""
    steps, send = hooks.steps, hooks.send

    def working(
        plan: Any, numbers: Any, clients: Any, work: Any, drawing: Any, block: Any, t: int,
        local: Any,
    ) -> None:  # fmt: skip
        n = block.rows * block.width
        round_ = plan.before + t
        weights = numbers.weights[round_ - 1]
        visited, places = of_round(clients.working, t, block.row0)
        values, batches = at_round(numbers.steps, t)
        of_send, batches_of_send = at_round(numbers.send, t)
        for j in range(visited.size):
            at_client(work, drawing, clients, block, visited[j], places[j], n)
            for c in range(work.tiles.shape[0]):
                x = work.tiles[c, clients.server : clients.server + n]
                copied(work.tiles[c, X : X + n], x)
            if plan.averaged:
                for k in range(plan.K):
                    add_iterates(work, k, n, j == 0)
                    # One step of the numbers of step k.
                    steps(
                        work.tiles, work.samples, drawing, numbers.drawn, n, values, batches,
                        numbers.levels, round_, weights, k, k + 1, local, block,
                    )  # fmt: skip
            else:
                steps(
                    work.tiles, work.samples, drawing, numbers.drawn, n, values, batches,
                    numbers.levels, round_, weights, 0, plan.K, local, block,
                )  # fmt: skip
            send(
                work.tiles, work.samples, drawing, numbers.drawn, n, of_send, batches_of_send,
                numbers.levels, round_, weights,
            )  # fmt: skip
            leave(work, clients, places[j], n)
            add_messages(work.tiles, clients.sent, n, j == 0)

    return apart(working, label)


def ending_of(hooks: ClientHooks, label: str) -> Any:
    """The function of the server after the local steps."""
    server, average = hooks.server, hooks.average or no_sums

    def ending(
        plan: Any, numbers: Any, clients: Any, work: Any, drawing: Any, block: Any, t: int
    ) -> None:
        n = block.rows * block.width
        round_ = plan.before + t
        weights = numbers.weights[round_ - 1]
        for k in range(plan.K if plan.averaged else 0):
            mean_iterates(work, k, n, plan.S)
            average(work.tiles, n, weights)
        mean_messages(work.tiles, clients.sent, n, plan.S)
        at_server(work.tiles, drawing, clients, block)
        values, batches = at_round(numbers.server, t)
        server(
            work.tiles, work.samples, drawing, numbers.drawn, n, values, batches, numbers.levels,
            round_, weights,
        )  # fmt: skip

    return apart(ending, label)


def rounds_of_clients(hooks: ClientHooks, label: str) -> Any:
    """The function that runs all rounds of one phase on one tile."""
    starting, refreshing, reporting, working, ending = (
        made(hooks, label)
        for made in (starting_of, refreshing_of, reporting_of, working_of, ending_of)
    )
    start, measured, starts = hooks.start, hooks.measured, hooks.starts or no_sums

    def over_rounds(
        plan: Any, numbers: Any, clients: Any, records: Any, work: Any, drawing: Any, block: Any
    ) -> None:
        tiles = work.tiles
        record = 0
        n = block.rows * block.width
        rows = slice(block.row0, block.row0 + block.rows)
        some = slice(block.c0, block.c0 + tiles.shape[0])
        for t in range(1, plan.T + 1):
            round_ = plan.before + t
            weights = numbers.weights[round_ - 1]
            at_server(tiles, drawing, clients, block)
            if t == 1:
                values, batches = at_round(numbers.start, t)
                start(
                    tiles, work.samples, drawing, numbers.drawn, n, values, batches,
                    numbers.levels, round_, weights,
                )  # fmt: skip
                starting(plan, numbers, clients, work, drawing, block, t)
            starts(tiles, n, weights)
            if plan.follow or round_ == 1:
                for c in range(tiles.shape[0]):
                    add_spread(tiles[c], n)
            if t > 1 and plan.refreshed != NOWHERE:
                refreshing(plan, numbers, clients, work, drawing, block, t)
            if plan.reporting != NOWHERE and t >= plan.reports_from:
                reporting(plan, numbers, clients, work, drawing, block, t)
            due = record < records.rounds.size and records.rounds[record] == round_
            at = records.first + record
            local = records.local[at if due else 0, : plan.K if due else 0, some, rows]
            working(plan, numbers, clients, work, drawing, block, t, local)
            ending(plan, numbers, clients, work, drawing, block, t)
            if due:
                measure(measured, tiles, records.further, records.sums[:, at, some, rows], block)
                if records.paths.shape[0]:
                    keep_paths(records.paths[at], tiles, block)
                record += 1

    return apart(over_rounds, label)


def client_trajectory(hooks: ClientHooks, sizes: list[int], label: str, *, keep: bool) -> Any:
    """The compiled loop of one phase with clients, with the arguments of `trajectory`."""
    per_block, per_second = sizes
    over_rounds = rounds_of_clients(hooks, label)

    def client_phase(
        plan: Any, numbers: Any, clients: Any, state: Any, records: Any, work: Any, place: Any
    ) -> None:
        dim = clients.centre.size
        for j0 in range(0, dim, TILE):
            width = min(TILE, dim - j0)
            most = max(1, TILE // width) if clients.working.clients.shape[1] == 1 else 1
            for row0 in range(place.r0, place.r1, most):
                rows = min(most, place.r1 - row0)
                block = Block(place.c0, row0, rows, j0, width)
                number = np.uint64(place.first_replica + row0)
                source = work.drawing
                aim(source.lanes, per_block, j0, width, number, rows)
                aim(source.lanes_second, per_second, j0, width, number, rows)
                drawing = Drawing(source.lanes, source.lanes_second, source.keys, number)
                begin(work.tiles, state, plan, block, clients)
                for c in range(work.tiles.shape[0]):
                    x = work.tiles[c, X : X + rows * width]
                    copied(work.tiles[c, clients.server : clients.server + rows * width], x)
                over_rounds(plan, numbers, clients, records, work, drawing, block)
                end(work.tiles, state, block)

    client_phase.__qualname__ = f"{client_phase.__qualname__}_{label}"
    return compiled(client_phase, keep=keep)
