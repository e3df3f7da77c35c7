"""The cells of a study in the order of measured/bound: the tightest ones, and quantiles by
theorem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from auxtheory.study.results.parts import Parts
from auxtheory.table import Row

BLOCK = 2**16  # cells that are looked at together


def tightest(parts: Parts, count: int) -> NDArray[np.intp]:
    """The rows of the largest measured/bound inside the theorems, the largest first."""
    rows = np.zeros(0, dtype=np.intp)
    ratios = np.zeros(0)
    for start in range(0, parts.rows, BLOCK):
        block = parts.at("ratio", slice(start, start + BLOCK))
        places = np.flatnonzero(_inside(parts, start, block))
        if len(places) > count:  # all that are not smaller than the last of the largest
            least = np.partition(block[places], -count)[-count]
            places = places[block[places] >= least]
        rows = np.concatenate([rows, start + places])
        ratios = np.concatenate([ratios, block[places]])
        order = np.argsort(-ratios, kind="stable")[:count]
        rows, ratios = rows[order], ratios[order]
    return rows


def quantiles(parts: Parts, shares: Sequence[float]) -> Iterator[Row]:
    """For each theorem the number of cells inside it, and quantiles of measured/bound in these."""
    for name, low, high in zip(
        parts.theorems, parts.starts[:-1].tolist(), parts.starts[1:].tolist(), strict=True
    ):
        blocks = [np.zeros(0)]
        for start in range(low, high, BLOCK):
            block = parts.at("ratio", slice(start, min(start + BLOCK, high)))
            blocks.append(block[_inside(parts, start, block)])
        ratios = np.concatenate(blocks)
        values = (
            np.quantile(ratios, [*shares, 1.0], method="inverted_cdf")
            if len(ratios)
            else np.full(len(shares) + 1, np.nan)
        )
        shown = dict(zip([*(f"{share:g}" for share in shares), "largest"], values, strict=True))
        yield {"theorem": name, "cells": len(ratios), **{n: float(v) for n, v in shown.items()}}


def _inside(parts: Parts, start: int, ratios: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the cells from a row on are inside their theorems and have a ratio."""
    status = parts.at("status", slice(start, start + len(ratios)))
    return np.asarray((status != "outside") & ~np.isnan(ratios))
