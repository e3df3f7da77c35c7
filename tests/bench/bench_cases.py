"""Small benchmarks, and rows without a clock."""

from __future__ import annotations

from auxtheory.bench.sizes import Size, Sizes

TINY = Sizes(
    main=Size(R=32, d=8, K=3, T=3),
    small=Size(R=16, d=4, K=2, T=2),
    large=Size(R=48, d=16, K=2, T=2),
    grid=Size(R=1, C=60, d=6, K=3, T=4),
    logistic=Size(R=16, d=3, K=2, T=3),
    scaled=Size(R=16, d=4, K=2, T=2),
    axes=(("d", (4, 6)), ("R", (16, 18)), ("K", (1, 2)), ("T", (2, 3)), ("C", (1, 3))),
    repeats=2,
    min_seconds=0.0,
    max_seconds=0.0,
    fresh=False,
    few=8,
    dense=(Size(R=1, d=4, K=3, T=4),),
    device=(Size(R=16, d=4, K=2, T=2),),
    starts=1,
)
