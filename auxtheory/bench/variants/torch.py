"""Monte Carlo in PyTorch, with every operation in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auxtheory.bench.case import ETA, MOMENTUM, SEED, BenchCase, summary
from auxtheory.bench.measure import Outcome

NUMBERS_AT_ONCE = 16_384  # numbers in one array, which then stays in a core's cache


def library(threads: int = 1) -> Any:
    """PyTorch, set to this number of threads."""
    import torch

    torch.set_num_threads(threads)
    return torch


def in_place(case: BenchCase, precision: str) -> Callable[[], Outcome]:
    """All replicas in blocks that fit into the cache, with noise of a precision ("float64",
    "float32") on float64 state."""

    def once() -> Outcome:
        torch = library()
        size = case.size
        rows = min(size.R, max(1, NUMBERS_AT_ONCE // size.d))
        x = torch.empty((size.R, size.d), dtype=torch.float64)
        generator = torch.Generator().manual_seed(SEED)
        parts = [
            _block(torch, case, generator, part, getattr(torch, precision))
            for part in x.split(rows)
        ]
        return summary(case, torch.cat(parts), x)

    return once


def _block(torch: Any, case: BenchCase, generator: Any, x: Any, precision: Any) -> Any:
    """Run the replicas whose state is x, from the start to the end; their energies."""
    A, R, b, start = (torch.tensor(vector) for vector in case.vectors)
    scale_f, scale_h = case.scales
    size = case.size
    keep = 1 - ETA * (A - R)
    x.copy_(start.expand_as(x))
    m = (R * start + b).repeat(len(x), 1)
    previous = x.clone()
    squares = torch.zeros_like(x)
    work = torch.empty_like(x)
    shift = torch.empty_like(x)
    noise = torch.empty(x.shape, dtype=precision)
    for t in range(size.T):
        if t > 0:
            m.mul_(1 - MOMENTUM).add_(b, alpha=MOMENTUM)
            m.add_(noise.normal_(generator=generator), alpha=MOMENTUM * scale_f)
            m.add_(noise.normal_(generator=generator), alpha=-MOMENTUM * scale_h)
            if case.variance_reduced:
                m.addcmul_(R, previous.mul_(MOMENTUM - 1).add_(x))
            else:
                m.addcmul_(R, x, value=MOMENTUM)
        previous.copy_(x)
        torch.sub(b, m, out=shift).mul_(ETA)
        for _ in range(size.K):
            torch.mul(A, x, out=work)
            squares.addcmul_(work, work)
            x.mul_(keep).add_(shift).add_(noise.normal_(generator=generator), alpha=-ETA * scale_h)
    return squares.sum(-1)


def drawing(case: BenchCase, precision: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Two functions: one draws as many normals as the case needs into an array that stays in cache,
    the other returns an array to check."""
    torch = library()
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.empty(NUMBERS_AT_ONCE, dtype=getattr(torch, precision))
    times = max(1, round(case.size.draws / NUMBERS_AT_ONCE))

    def run() -> None:
        for _ in range(times):
            noise.normal_(generator=generator)

    return run, lambda: torch.empty(1_000_000, dtype=noise.dtype).normal_(generator=generator)
