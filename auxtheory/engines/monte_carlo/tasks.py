"""How many replicas of a run one task of a thread takes."""

from __future__ import annotations

TASKS_PER_THREAD = 4


def replicas_of_a_task(replicas: int, dim: int, threads: int) -> int:
    """How many replicas one task takes: several tasks for each thread, but no less than fills a
    tile, in which small problems stand side by side."""
    from auxtheory.kernels.cpu.tile import TILE

    tiles = replicas * dim // TILE
    tasks = threads * max(1, min(TASKS_PER_THREAD, tiles // threads))
    return max(1, -(-replicas // tasks))
