"""Operators on the moments of lanes: made from maps, multiplied, raised to powers.

An operator takes x = (Σ_ab for a ≤ b, μ̃_a μ̃_b for a ≤ b) to that of the next state. It has a row
for each entry of x, and rows of sums over the states that its steps start from. Entries that are 0
on all lanes are left out everywhere.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from auxtheory.kernels.jit import compiled


class Layout(NamedTuple):
    """Where the parts of x are, for n variables.

    cov: of Σ_ab, (n, n); product: of μ̃_a μ̃_b, (n + 1, n + 1); covs: of Σ_aa; means: of μ_a; one: of
    the constant 1; places: the entries that are the state itself, Σ and then μ.
    """

    cov: Any
    product: Any
    covs: Any
    means: Any
    one: int
    places: Any


class Tile(NamedTuple):
    """Room for some lanes.

    states: two states x; rows: the sums of some steps; totals: those so far; A, R: operators by
    slot, and their rows of sums; used: which entries of A are not 0, and R_used of R; lists: the
    columns of the used entries of the state's rows and of the sums' rows, and counts: how many; M,
    off: a map, and its deviation from the mean of all outcomes, (n, n + 1, lanes), with M_used and
    off_used.
    """

    states: Any
    rows: Any
    totals: Any
    A: Any
    R: Any
    used: Any
    R_used: Any
    lists: Any
    counts: Any
    M: Any
    off: Any
    M_used: Any
    off_used: Any


@compiled
def row_times(y: Any, values: Any, columns: Any, count: int, x: Any, lanes: int) -> None:
    """y = the entries of a row in some columns times x, on the lanes of a tile.

    Sums are from left to right, so that a 0 that only other lanes need changes no bit.
    """
    whole = count // 3 * 3
    if whole == 0:
        for i in range(lanes):
            y[i] = 0.0
    for e in range(0, whole, 3):
        v0 = values[columns[e]]
        z0 = x[columns[e]]
        v1 = values[columns[e + 1]]
        z1 = x[columns[e + 1]]
        v2 = values[columns[e + 2]]
        z2 = x[columns[e + 2]]
        if e == 0:
            for i in range(lanes):
                y[i] = v0[i] * z0[i] + v1[i] * z1[i] + v2[i] * z2[i]
        else:
            for i in range(lanes):
                y[i] = y[i] + v0[i] * z0[i] + v1[i] * z1[i] + v2[i] * z2[i]
    for e in range(whole, count):
        v0 = values[columns[e]]
        z0 = x[columns[e]]
        for i in range(lanes):
            y[i] = y[i] + v0[i] * z0[i]


@compiled
def fill_products(x: Any, layout: Layout, lanes: int) -> None:
    """Set the products of means in a state."""
    n = len(layout.means)
    for a in range(n):
        left = x[layout.means[a]]
        for b in range(a, n):
            right = x[layout.means[b]]
            product = x[layout.product[a, b]]
            for i in range(lanes):
                product[i] = left[i] * right[i]


@compiled
def clear(tile: Tile, slot: int, layout: Layout) -> None:
    """Make an operator 0."""
    size = layout.one + 1
    for r in range(size):
        for c in range(size):
            tile.used[slot, r, c] = False
    for r in range(tile.R_used.shape[1]):
        for c in range(size):
            tile.R_used[slot, r, c] = False


@compiled
def begin(values: Any, used: Any, c: int, lanes: int) -> None:
    """Make an entry that is to be added to 0 if it is new."""
    if not used[c]:
        used[c] = True
        out = values[c]
        for i in range(lanes):
            out[i] = 0.0


@compiled
def add_product(out: Any, p: Any, left: Any, right: Any, lanes: int) -> None:
    """out += p · left · right."""
    for i in range(lanes):
        out[i] += p[i] * (left[i] * right[i])


@compiled
def add_products(
    tile: Tile, slot: int, p: Any, M: Any, M_used: Any, layout: Layout, kind: int, lanes: int
) -> None:
    """Add p M ⊗ M to the rows of Σ: to the columns of Σ (kind 0), or to those of μ̃ (kind 1)."""
    n = len(layout.means)
    places = layout.product if kind else layout.cov
    m = n + kind
    for a in range(n):
        for c in range(a, n):
            r = layout.cov[a, c]
            for b in range(m):
                for d in range(m):
                    if M_used[a, b] and M_used[c, d]:
                        begin(tile.A[slot, r], tile.used[slot, r], places[b, d], lanes)
                        out = tile.A[slot, r][places[b, d]]
                        add_product(out, p, M[a, b], M[c, d], lanes)


@compiled
def fill_mean_products(tile: Tile, slot: int, layout: Layout, lanes: int) -> None:
    """Set the rows of μ_a μ_c from those of μ_a and μ_c."""
    n = len(layout.means)
    A = tile.A[slot]
    used = tile.used[slot]
    for a in range(n):
        for c in range(a, n):
            r = layout.product[a, c]
            for k in range(layout.one + 1):
                used[r, k] = False
            for b in range(n + 1):
                for d in range(n + 1):
                    left = layout.product[b, n]
                    right = layout.product[d, n]
                    if used[layout.means[a], left] and used[layout.means[c], right]:
                        begin(A[r], used[r], layout.product[b, d], lanes)
                        out = A[r][layout.product[b, d]]
                        v = A[layout.means[a], left]
                        w = A[layout.means[c], right]
                        for i in range(lanes):
                            out[i] += v[i] * w[i]
    begin(A[layout.one], used[layout.one], layout.one, lanes)
    out = A[layout.one][layout.one]
    for i in range(lanes):
        out[i] = 1.0


@compiled
def build(
    tile: Tile, slot: int, hook: int, hooks: Any, low: int, layout: Layout, lanes: int
) -> None:
    """The operator of a hook, without sums; hook −1 changes nothing."""
    clear(tile, slot, layout)
    n = len(layout.means)
    A = tile.A[slot]
    used = tile.used[slot]
    if hook < 0:
        for r in range(layout.one + 1):
            begin(A[r], used[r], r, lanes)
            for i in range(lanes):
                A[r, r, i] = 1.0
        return
    first = hooks.first[hook]
    end = hooks.first[hook + 1]
    choices = 0
    for branch in range(first, end):
        choices += not hooks.draw[branch]
        if not hooks.draw[branch]:
            for a in range(n):
                for b in range(n + 1):
                    if hooks.used[branch, a, b]:
                        r = layout.means[a]
                        begin(A[r], used[r], layout.product[b, n], lanes)
                        out = A[r][layout.product[b, n]]
                        M = hooks.M[branch, a, b, low : low + lanes]
                        p = hooks.p[branch, low : low + lanes]
                        for i in range(lanes):
                            out[i] += p[i] * M[i]
    for branch in range(first, end):
        add_branch(tile, slot, branch, hooks, low, layout, choices > 1, lanes)
    for a in range(n):
        for c in range(a, n):
            r = layout.cov[a, c]
            if hooks.noisy[hook, r]:
                begin(A[r], used[r], layout.one, lanes)
                out = A[r][layout.one]
                noise = hooks.noise[hook, r, low : low + lanes]
                for i in range(lanes):
                    out[i] += noise[i]
    fill_mean_products(tile, slot, layout, lanes)


@compiled
def add_branch(
    tile: Tile,
    slot: int,
    branch: int,
    hooks: Any,
    low: int,
    layout: Layout,
    mixed: bool,
    lanes: int,
) -> None:
    """Add what one outcome, of a mixture or alone, or one draw adds to the covariance."""
    n = len(layout.means)
    p = hooks.p[branch, low : low + lanes]
    draw = hooks.draw[branch]
    for a in range(n):
        for b in range(n + 1):
            place = layout.product[b, n]
            mean_used = not draw and tile.used[slot, layout.means[a], place]
            M_used = hooks.used[branch, a, b]
            tile.M_used[a, b] = M_used
            tile.off_used[a, b] = M_used or mean_used
            M = hooks.M[branch, a, b, low : low + lanes]
            mean = tile.A[slot, layout.means[a], place]
            room = tile.M[a, b]
            off = tile.off[a, b]
            for i in range(lanes):
                room[i] = M[i]
            if mean_used:
                for i in range(lanes):
                    off[i] = M[i] - mean[i]
            else:
                for i in range(lanes):
                    off[i] = M[i]
    add_products(tile, slot, p, tile.M, tile.M_used, layout, 0, lanes)
    if draw or mixed:
        add_products(tile, slot, p, tile.off, tile.off_used, layout, 1, lanes)


@compiled
def add_form(
    tile: Tile, slot: int, q: int, readings: Any, number: int, low: int, layout: Layout, lanes: int
) -> None:
    """Add a reading of the states that the steps start from to the sums of an operator."""
    variable = readings.variables[number]
    n = len(layout.means)
    w = readings.weights[number, low : low + lanes]
    o = readings.offsets[number, low : low + lanes]
    R = tile.R[slot, q]
    used = tile.R_used[slot, q]
    begin(R, used, layout.covs[variable], lanes)
    of_cov = R[layout.covs[variable]]
    begin(R, used, layout.product[variable, variable], lanes)
    square = R[layout.product[variable, variable]]
    begin(R, used, layout.product[variable, n], lanes)
    linear = R[layout.product[variable, n]]
    begin(R, used, layout.one, lanes)
    constant = R[layout.one]
    for i in range(lanes):
        of_cov[i] += w[i]
    for i in range(lanes):
        square[i] += w[i]
    for i in range(lanes):
        linear[i] += 2.0 * w[i] * o[i]
    for i in range(lanes):
        constant[i] += w[i] * o[i] * o[i]


@compiled
def multiply(
    out: Any, out_used: Any, c: int, row: Any, row_used: Any, slot: int, tile: Tile, lanes: int
) -> None:
    """Entry c of a row times the operator of a slot."""
    A = tile.A[slot]
    used = tile.used[slot]
    columns = tile.lists[0, 0]
    count = 0
    for k in range(len(row_used)):
        if row_used[k] and used[k, c]:
            columns[count] = k
            count += 1
    out_used[c] = count > 0
    y = out[c]
    for e in range(0, count - 1, 2):
        v0 = row[columns[e]]
        z0 = A[columns[e], c]
        v1 = row[columns[e + 1]]
        z1 = A[columns[e + 1], c]
        if e == 0:
            for i in range(lanes):
                y[i] = v0[i] * z0[i] + v1[i] * z1[i]
        else:
            for i in range(lanes):
                y[i] = y[i] + v0[i] * z0[i] + v1[i] * z1[i]
    if count % 2:
        v0 = row[columns[count - 1]]
        z0 = A[columns[count - 1], c]
        if count == 1:
            for i in range(lanes):
                y[i] = v0[i] * z0[i]
        else:
            for i in range(lanes):
                y[i] = y[i] + v0[i] * z0[i]


@compiled
def compose(tile: Tile, to: int, then: int, first: int, layout: Layout, lanes: int) -> None:
    """The steps of `first`, followed by those of `then`, with the sums of both; `to` is another."""
    size = layout.one + 1
    for at in range(len(layout.places)):
        r = layout.places[at]
        for c in range(size):
            row = tile.A[then, r]
            row_used = tile.used[then, r]
            multiply(tile.A[to, r], tile.used[to, r], c, row, row_used, first, tile, lanes)
    fill_mean_products(tile, to, layout, lanes)
    for r in range(tile.R_used.shape[1]):
        R = tile.R[to, r]
        R_used = tile.R_used[to, r]
        for c in range(size):
            multiply(R, R_used, c, tile.R[then, r], tile.R_used[then, r], first, tile, lanes)
            if tile.R_used[first, r, c]:
                begin(R, R_used, c, lanes)
                out = R[c]
                before = tile.R[first, r, c]
                for i in range(lanes):
                    out[i] += before[i]


@compiled
def list_entries(tile: Tile, slot: int, layout: Layout) -> None:
    """List the entries of an operator's rows that are used."""
    for r in range(len(layout.places)):
        count = 0
        for c in range(layout.one + 1):
            if tile.used[slot, layout.places[r], c]:
                tile.lists[slot, r, count] = c
                count += 1
        tile.counts[slot, r] = count
    for q in range(tile.R_used.shape[1]):
        r = len(layout.places) + q
        count = 0
        for c in range(layout.one + 1):
            if tile.R_used[slot, q, c]:
                tile.lists[slot, r, count] = c
                count += 1
        tile.counts[slot, r] = count
