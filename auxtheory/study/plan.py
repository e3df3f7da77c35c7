"""Splitting a grid into batches of consecutive cells that take an engine about half a second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from auxtheory.defaults import AUTO
from auxtheory.engines.exact.engine import CALL
from auxtheory.problems import Pair
from auxtheory.study.clients import several
from auxtheory.study.grid import Block

if TYPE_CHECKING:
    from auxtheory.study.design import Design

# Roughly, in seconds: a crash loses no more than this, and storing a batch takes much less.
BATCH_SECONDS = 0.5
LOADING_SECONDS = 1.0  # seconds to load compiled code
# Seconds for one coordinate in one round (exact), or in one local step of one replica (sampled).
EXACT_SECONDS = 2e-9
SAMPLED_SECONDS = 3e-9
# Coordinates of all configurations (and replicas) in a call, so that memory stays bounded.
MAX_COORDINATES = 2**21
MAX_CELLS = 2**15  # largest number of cells in a batch, unless a single configuration has more


def batches(study: Design) -> Iterator[range]:
    """All cells, as ranges in ascending order that split no configuration; they depend on the study
    alone."""
    start = stop = 0
    load = 0.0
    for block in _blocks(study):
        base, each, at_once = cost(study, block)
        at_once = min(int((BATCH_SECONDS - base) / each), at_once, MAX_CELLS // len(block.rounds))
        for cells in _chunks(block, max(1, at_once)):
            seconds = base + each * len(cells) / len(block.rounds)
            full = load + seconds > BATCH_SECONDS or cells.stop - start > MAX_CELLS
            # Parts of one block are separate batches.
            if stop > start and (full or cells.start > block.start):
                yield range(start, stop)
                start = stop
                load = 0.0
            stop = cells.stop
            load = load + seconds
    if stop > start:
        yield range(start, stop)


@lru_cache(maxsize=16)
def takes_long(study: Design) -> bool:
    """Whether a study takes so long that loading compiled code pays off."""
    total = 0.0
    for block in _blocks(study):
        base, each, _ = cost(study, block)
        total += base + each * block.configurations
        if total > LOADING_SECONDS:
            return True
    return False


def _blocks(study: Design) -> Iterator[Block]:
    """All blocks in the order of their cells, one at a time."""
    grid = study.grid
    for theorem in range(len(study.theorems)):
        for i in range(grid.blocks(theorem)):
            yield grid.block(theorem, i)


def _chunks(block: Block, configurations: int) -> Iterator[range]:
    """The cells of a block in equal parts of at most this number of configurations."""
    parts = -(-block.configurations // configurations)
    ends = (
        block.start + len(block.rounds) * (block.configurations * i // parts)
        for i in range(parts + 1)
    )
    return (range(low, high) for low, high in pairwise(ends))


def _of_several(study: Design) -> Mapping[str, Any]:
    """The arguments of clients or of several helpers."""
    arguments: Mapping[str, Any] = study.helper.get(several(study.helper) or "", {})
    return arguments


def _groups(study: Design, fixed: Mapping[str, Any]) -> int:
    """The number of groups of clients or helpers, 1 if there is one helper."""
    arguments = _of_several(study)
    groups = arguments.get("groups")
    if groups is not None:
        return len(groups) if np.ndim(groups) else int(groups)
    return int(fixed.get("N", arguments.get("N") or 1))


def cost(study: Design, block: Block) -> tuple[float, float, int]:
    """The estimated seconds of a call and of each configuration in it, and the number of
    configurations that fit into memory."""
    fixed = block.fixed
    T = max(block.rounds)
    d = int(fixed.get("dim") or _dimension(study))
    if study.target.exact and fixed["engine"] in (AUTO, "exact"):
        dense = (
            getattr(study.target, "rotation", None) is not None
            or study.helper.get("rotation") is not None
            or _of_several(study).get("rotation") is not None
        )
        width = (d * d if dense else d) * _groups(study, fixed)
        return T * CALL * EXACT_SECONDS, T * width * EXACT_SECONDS, max(1, MAX_COORDINATES // width)
    width = d * study.replicas
    return (
        T * fixed["K"] * CALL * SAMPLED_SECONDS,
        T * fixed["K"] * width * SAMPLED_SECONDS,
        max(1, MAX_COORDINATES // width),
    )


def _dimension(study: Design) -> int:
    target = study.target
    return target.dim if isinstance(target, Pair) else target.coordinates
