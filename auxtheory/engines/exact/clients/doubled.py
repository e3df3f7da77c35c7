"""Equal rounds whose state is one number of each coordinate, by doubling: the cost grows like
log T."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from auxtheory.engines.exact.clients.blocks import Prepared
from auxtheory.engines.exact.clients.forms import QuadraticForm
from auxtheory.engines.exact.clients.layout import State
from auxtheory.engines.exact.clients.products import acting, folded, laid, product
from auxtheory.typing import FloatArray

FEWEST = 16  # rounds that are worth combining
SIZE = 4  # variance, squared mean, mean and 1


def fits(prepared: Prepared) -> bool:
    """Whether a round is one linear map of (variance, squared mean, mean, 1)."""
    one = prepared.layout.numbers == 1
    return one and not prepared.apart and not prepared.path.depends


def along(
    prepared: Prepared, before: Sequence[QuadraticForm], marks: Sequence[int], state: State
) -> Iterator[tuple[State, FloatArray]]:
    """The moments after so many rounds, and the sums so far of forms of the states before each
    round, (forms, …), at each of `marks`.

    Args:
        prepared: the round.
        before: the forms.
        marks: numbers of rounds, ascending.
        state: the moments before the first round.
    """
    v, m = state.cov[..., 0, 0], state.mean[..., 0]
    w = np.stack([v, m**2, m, np.ones_like(m)], axis=-1)
    gaps = np.diff(np.concatenate([[0], marks]))
    maps = [(_round(prepared, w.shape), _rows(before, w.shape))]
    for _ in range(int(np.max(gaps)).bit_length() - 1):
        P, L = maps[-1]
        maps.append((product(P, P), L + product(L, P)))
    sums = np.zeros((*m.shape, len(before)))
    for gap in gaps:
        for k, (P, L) in enumerate(maps):
            if int(gap) >> k & 1:
                sums = sums + acting(L, w)
                w = acting(P, w)
        yield State(w[..., 2:3], w[..., :1, None], state.spread), np.moveaxis(sums, -1, 0)


def _round(prepared: Prepared, shape: tuple[int, ...]) -> FloatArray:
    """A round as a matrix (…, 4, 4)."""
    stage = prepared.ready()
    a, c = stage.M[..., 0, 0], stage.M[..., 0, 1]
    P = laid(np.zeros((*shape, SIZE)), SIZE)
    P[..., 0, 0] = a**2
    P[..., 0, 3] = stage.Q[..., 0, 0]
    if stage.at_work.drawn is not None:
        S, N = stage.at_work.drawn
        assert stage.scattered is not None
        share = (N - S) / (S * N * (N - 1))
        P[..., 0, :] += share * _row(stage.scattered, shape)
    P[..., 1, 1], P[..., 1, 2], P[..., 1, 3] = a**2, 2 * a * c, c**2
    P[..., 2, 2], P[..., 2, 3], P[..., 3, 3] = a, c, 1.0
    return P


def _rows(forms: Sequence[QuadraticForm], shape: tuple[int, ...]) -> FloatArray:
    """Forms as rows (…, forms, 4)."""
    rows = laid(np.zeros((*shape[:-1], len(forms), SIZE)), SIZE)
    for i, form in enumerate(forms):
        rows[..., i, :] = _row(form.root, shape)
        rows[..., i, 3] += form.noise
    return rows


def _row(root: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """E‖root (z, 1)‖² as a row of the variance, the squared mean, the mean and 1."""
    of_z, constant = root[..., 0], root[..., 1]
    row = np.zeros(shape)
    row[..., 0] = row[..., 1] = folded(of_z**2)
    row[..., 2] = 2 * folded(of_z * constant)
    row[..., 3] = folded(constant**2)
    return row
