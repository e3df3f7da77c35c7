"""One round of the compiled recursion on all lanes of a tile: a refresh, the sums, K local
steps."""

from __future__ import annotations

from typing import Any

from auxtheory.kernels import propagation
from auxtheory.kernels.cpu.lanes import Part, Spread
from auxtheory.kernels.jit import compiled, known

refreshed, refreshed_remembering, mean_refreshed, multiplicative, moved, weighed, next_point = map(
    known,
    (
        propagation.refreshed,
        propagation.refreshed_remembering,
        propagation.mean_refreshed,
        propagation.multiplicative,
        propagation.moved,
        propagation.weighed,
        propagation.next_point,
    ),
)


@compiled
def plain_round(t: Any, lanes: int) -> None:
    """One round of a recursion without x_prev and without means on all lanes: a refresh, the sums,
    K local steps."""
    for i in range(lanes):
        zz = t.zz[i]
        zw, ww = refreshed(t.m[i], t.r[i], t.n[i], zz, t.zw[i], t.ww[i])
        t.sum_zz[i] += zz
        t.sum_zw[i] += zw
        t.sum_ww[i] += ww
        _, t.zw[i], t.zz[i] = moved(t.P[i], t.S[i], t.noise[i], zz, zw, ww)
        t.ww[i] = ww


@compiled
def remembering_round(t: Any, lanes: int) -> None:
    """`plain_round` with x_prev."""
    for i in range(lanes):
        zz = t.zz[i]
        zw, ww, _ = refreshed_remembering(
            t.m[i], t.r[i], t.q[i], t.n[i], zz, t.zw[i], t.ww[i], (t.zp[i], t.pp[i], t.pw[i])
        )
        t.sum_zz[i] += zz
        t.sum_zw[i] += zw
        t.sum_ww[i] += ww
        t.zp[i], t.zw[i], t.zz[i] = moved(t.P[i], t.S[i], t.noise[i], zz, zw, ww)
        t.pp[i] = zz
        t.pw[i] = zw
        t.ww[i] = ww


@known
def full_lane(t: Any, i: int) -> Any:
    """One round of one lane with x_prev, means, and multiplicative noise, up to the local steps;
    returns (E z², E z w, E w²)."""
    z = t.z[i]
    p = t.p[i]
    zz = t.zz[i]
    zp = t.zp[i]
    pp = t.pp[i]
    zw, ww, _ = refreshed_remembering(
        t.m[i], t.r[i], t.q[i], t.n[i], zz, t.zw[i], t.ww[i], (zp, pp, t.pw[i])
    )
    ww += multiplicative(t.s_z[i], t.s_p[i], zz + z * z, zp + z * p, pp + p * p)
    w = mean_refreshed(t.m[i], t.r[i], t.q[i], t.drift[i], z, t.w[i], p)
    v = w + t.constant[i]
    square = zz + z * z
    product = zw + z * v
    other = ww + v * v
    t.sum_zz[i] += square
    t.sum_zw[i] += product
    t.sum_ww[i] += other
    crossed, after, moved_zz = moved(t.P[i], t.S[i], t.noise[i], zz, zw, ww)
    t.zz[i] = moved_zz + weighed(t.more_zz[i], t.more_zw[i], t.more_ww[i], square, product, other)
    t.zp[i], t.zw[i], t.ww[i] = crossed, after, ww
    t.pp[i], t.pw[i] = zz, zw
    t.z[i], t.p[i], t.w[i] = t.P[i] * z + t.S[i] * v, z, w
    return square, product, other


@compiled
def full_round(t: Any, lanes: int) -> None:
    """One round of the full recursion on all lanes."""
    for i in range(lanes):
        full_lane(t, i)


@compiled
def followed_round(t: Any, lanes: int) -> None:
    """`full_round`, which also stores the second moments at the first point of the local steps."""
    for i in range(lanes):
        t.yy[i], t.yw[i], t.vv[i] = full_lane(t, i)


@known
def advance(t: Any, lanes: int) -> None:
    """Compute the second moments at the next point of the local steps."""
    for i in range(lanes):
        t.yy[i], t.yw[i] = next_point(
            t.alpha[i], t.epsilon[i], t.variance[i], t.yy[i], t.yw[i], t.vv[i]
        )


@known
def spread_at(t: Any, part: Part, row: int) -> Any:
    """E‖x − x*‖² over the coordinates of the tile's `row`-th configuration at the current point."""
    total = 0.0
    for k in range(part.columns):
        total += t.yy[row * part.columns + k]
    return total


@compiled
def follow_spread(t: Any, part: Part, spread: Spread, lanes: int) -> None:
    """Follow E‖x − x*‖² through the points of a round."""
    for k in range(spread.points):
        if k:
            advance(t, lanes)
        for row in range(part.rows):
            j = part.row + row
            spread.largest[j] = max(spread.largest[j], spread_at(t, part, row))


@compiled
def add_spreads(
    t: Any, part: Part, spread: Spread, first: int, begin: int, end: int, lanes: int
) -> None:
    """Add some coordinates' share of one configuration's E‖x − x*‖² at the points [begin, end) of a
    round to `sums`, where the first of them has index `first`."""
    for k in range(begin, end):
        if k:
            advance(t, lanes)
        spread.sums[first + k - begin] += spread_at(t, part, 0)
