"""One visit of a client on a tile: its parameters, samples and variables, and what is added up
over clients."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from auxtheory.kernels.cpu.draw import CALLS, NEVER, OF_A_CALL
from auxtheory.kernels.cpu.tile import TILE, Drawing, Q, S, X, repeat
from auxtheory.kernels.jit import known
from auxtheory.random.philox import HALF_WORD, MASK

NOWHERE, SAMPLED, INDEPENDENT, EVERYWHERE = range(4)


class ClientPlan(NamedTuple):
    """The integers that describe one phase: those of `Plan`; S, and the clients whose variables are
    kept; where `refresh` and `report` run, and from which round on; whether variables begin at the
    clients at work, at those of the run, or everywhere; whether iterates are averaged."""

    K: int
    T: int
    before: int
    follow: int
    sums: int
    S: int
    refreshed: int
    reporting: int
    reports_from: int
    starting: int
    averaged: int


class ClientNumbers(NamedTuple):
    """The `Values` of each hook, and levels, rows that are drawn and weights as in `Numbers`."""

    start: Any
    client_start: Any
    refresh: Any
    report: Any
    collect: Any
    steps: Any
    send: Any
    server: Any
    levels: Any
    drawn: Any
    weights: Any


class Chosen(NamedTuple):
    """The clients of each round and replica and where their variables are kept, shape (T, R, S);
    with R = 1 all replicas visit the same, and with T = 1 in all rounds."""

    clients: Any
    places: Any


class Clients(NamedTuple):
    """The pair and its clients: arrays as in `PairArrays`; R_i and b_i of each group, shape (C, g,
    d), and the group of each client; which clients work, report, and exist; the seeds of the
    server's calls and choices, and what a client adds to them; and the places in a tile of the
    server's x, of the variables of a client, and of messages and their totals."""

    parameters: Any
    centre: Any
    constants: Any
    R: Any
    b: Any
    groups: Any
    working: Chosen
    reporting: Chosen
    everyone: Chosen
    calls: Any
    choices: Any
    of_client: Any
    server: int
    variables: Any
    reported: Any
    sent: Any


class ClientWork(NamedTuple):
    """Working arrays of one thread: those of `Workspace`; the variables of clients, shape (C,
    places, variables · TILE), and the sums of their iterates, shape (C, K or 0, TILE)."""

    tiles: Any
    samples: Any
    drawing: Drawing
    tables: Any
    iterates: Any


def aim_seeds(lanes: Any, seeds: Any, shift: Any) -> None:
    """Set the keys of all calls to their seeds and what is added to them."""
    call = np.int64(lanes[CALLS])
    for number in range(seeds.size):
        seed = seeds[number] + shift
        lanes[call] = seed & MASK
        lanes[call + 1] = seed >> HALF_WORD
        lanes[call + 2] = NEVER
        call += OF_A_CALL


def aim_at(drawing: Any, clients: Any, shift: Any) -> None:
    """Draw the samples of the server, or of the client whose seeds are shifted so."""
    aim_seeds(drawing.lanes, clients.calls, shift)
    aim_seeds(drawing.lanes_second, clients.calls, shift)
    for number in range(clients.choices.size):
        seed = clients.choices[number] + shift
        drawing.keys[number, 0] = seed & MASK
        drawing.keys[number, 1] = seed >> HALF_WORD


def at_server(tiles: Any, drawing: Any, clients: Any, block: Any) -> None:
    """The parameters of the pair, and the samples of the server."""
    for c in range(tiles.shape[0]):
        repeat(tiles[c], Q, clients.parameters[1, block.c0 + c], block)
        repeat(tiles[c], S, clients.parameters[2, block.c0 + c], block)
    aim_at(drawing, clients, np.uint64(0))


def copied(to: Any, source: Any) -> None:
    """Copy numbers."""
    for j in range(to.size):
        to[j] = source[j]


def at_client(
    work: Any, drawing: Any, clients: Any, block: Any, client: Any, place: Any, n: int
) -> None:
    """The parameters, samples and variables of a client."""
    group = clients.groups[client]
    for c in range(work.tiles.shape[0]):
        tile = work.tiles[c]
        repeat(tile, Q, clients.R[block.c0 + c, group], block)
        repeat(tile, S, clients.b[block.c0 + c, group], block)
        for v in range(clients.variables.size):
            start = clients.variables[v]
            copied(tile[start : start + n], work.tables[c, place, v * TILE : v * TILE + n])
    aim_at(drawing, clients, np.uint64(client) * clients.of_client)


def leave(work: Any, clients: Any, place: Any, n: int) -> None:
    """Keep the variables of a client."""
    for c in range(work.tiles.shape[0]):
        tile = work.tiles[c]
        for v in range(clients.variables.size):
            start = clients.variables[v]
            copied(work.tables[c, place, v * TILE : v * TILE + n], tile[start : start + n])


def add_messages(tiles: Any, rows: Any, n: int, first: bool) -> None:
    """Add the messages of a client to their totals; rows (messages, 2) of both."""
    for c in range(tiles.shape[0]):
        for m in range(rows.shape[0]):
            sent = tiles[c, rows[m, 0] : rows[m, 0] + n]
            total = tiles[c, rows[m, 1] : rows[m, 1] + n]
            if first:
                copied(total, sent)
            else:
                for j in range(n):
                    total[j] = total[j] + sent[j]


def mean_messages(tiles: Any, rows: Any, n: int, count: int) -> None:
    """Put the means of messages where a client's stood."""
    for c in range(tiles.shape[0]):
        for m in range(rows.shape[0]):
            sent = tiles[c, rows[m, 0] : rows[m, 0] + n]
            total = tiles[c, rows[m, 1] : rows[m, 1] + n]
            for j in range(n):
                sent[j] = total[j] / float(count)


def of_round(chosen: Any, t: int, row: int) -> Any:
    """The clients of a round and a replica, and their places."""
    t = min(t, chosen.clients.shape[0]) - 1
    row = min(row, chosen.clients.shape[1] - 1)
    return chosen.clients[t, row], chosen.places[t, row]


def add_iterates(work: Any, k: int, n: int, first: bool) -> None:
    """Add a client's iterate to the sum of those of the same step."""
    for c in range(work.tiles.shape[0]):
        x = work.tiles[c, X : X + n]
        total = work.iterates[c, k, :n]
        if first:
            copied(total, x)
        else:
            for j in range(n):
                total[j] = total[j] + x[j]


def mean_iterates(work: Any, k: int, n: int, count: int) -> None:
    """Put the mean of the clients' iterates of a step in the place of x."""
    for c in range(work.tiles.shape[0]):
        x = work.tiles[c, X : X + n]
        total = work.iterates[c, k, :n]
        for j in range(n):
            x[j] = total[j] / float(count)


for _piece in (
    aim_seeds,
    aim_at,
    at_server,
    copied,
    at_client,
    leave,
    add_messages,
    mean_messages,
    of_round,
    add_iterates,
    mean_iterates,
):
    known(_piece, inline=False)
