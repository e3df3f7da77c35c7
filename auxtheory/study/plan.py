"""Cutting a grid into batches: consecutive cells worth about half a second of an engine's time,
found one by one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from auxtheory.defaults import AUTO
from auxtheory.engines.exact.engine import CALL
from auxtheory.problems import Pair
from auxtheory.study.grid import Block

if TYPE_CHECKING:
    from auxtheory.study.design import Design

WORTH = 0.5  # seconds, roughly: what a kill may lose, and what keeping a result must not outweigh
LOADING = 1.0  # seconds, what loading compiled code costs
# seconds for a coordinate of one round; of one local step of one replica
EXACT = 2e-9
SAMPLED = 3e-9
# Coordinates at once, of all configurations (and replicas), so that memory stays bounded.
LARGEST = 2**21
MOST = 2**15  # cells of a batch, unless a single configuration has more


def batches(study: Design) -> Iterator[range]:
    """All cells, as ranges in ascending order that cut no configuration; the same for the same
    study."""
    start = here = 0
    load = 0.0
    for block in _blocks(study):
        base, each, at_once = cost(study, block)
        at_once = min(int((WORTH - base) / each), at_once, MOST // len(block.rounds))
        for cells in _chunks(block, max(1, at_once)):
            price = base + each * len(cells) / len(block.rounds)
            full = load + price > WORTH or cells.stop - start > MOST
            # Parts of a block are not run at once.
            if here > start and (full or cells.start > block.start):
                yield range(start, here)
                start = here
                load = 0.0
            here = cells.stop
            load = load + price
    if here > start:
        yield range(start, here)


@lru_cache(maxsize=16)
def long(study: Design) -> bool:
    """Whether the whole study is worth the loading of compiled code."""
    total = 0.0
    for block in _blocks(study):
        base, each, _ = cost(study, block)
        total += base + each * block.configurations
        if total > LOADING:
            return True
    return False


def _blocks(study: Design) -> Iterator[Block]:
    """All blocks in the order of their cells, one at a time."""
    grid = study.grid
    for theorem in range(len(study.theorems)):
        for i in range(grid.blocks(theorem)):
            yield grid.block(theorem, i)


def _chunks(block: Block, configurations: int) -> Iterator[range]:
    """A block's cells in even parts of at most so many configurations."""
    parts = -(-block.configurations // configurations)
    ends = (
        block.start + len(block.rounds) * (block.configurations * i // parts)
        for i in range(parts + 1)
    )
    return (range(low, high) for low, high in pairwise(ends))


def cost(study: Design, block: Block) -> tuple[float, float, int]:
    """Seconds of a call, and for each configuration of it, as estimated; how many configurations
    fit into memory."""
    fixed = block.fixed
    T = max(block.rounds)
    d = int(fixed.get("dim") or _dimension(study))
    if study.target.exact and fixed["engine"] in (AUTO, "exact"):
        dense = (
            getattr(study.target, "rotation", None) is not None
            or study.helper.get("rotation") is not None
        )
        width = d * d if dense else d
        return T * CALL * EXACT, T * width * EXACT, max(1, LARGEST // width)
    width = d * study.replicas
    return (
        T * fixed["K"] * CALL * SAMPLED,
        T * fixed["K"] * width * SAMPLED,
        max(1, LARGEST // width),
    )


def _dimension(study: Design) -> int:
    target = study.target
    return target.dim if isinstance(target, Pair) else target.coordinates
