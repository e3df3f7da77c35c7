"""The sizes of the benchmark's cases: full, quick, or smaller ones for tests."""

from __future__ import annotations

from dataclasses import dataclass

from auxtheory.renamed import old_names


@dataclass(frozen=True, kw_only=True)
class Size:
    """The size of a case.

    Args:
        R: The number of replicas.
        d: The number of coordinates.
        K: The number of local steps in a round.
        T: The number of rounds.
        C: The number of configurations.

    Example:
        >>> from auxtheory.bench import Size
        >>> Size(R=10, d=4, T=5).work
        2000.0
    """

    R: int
    d: int
    K: int = 10
    T: int
    C: int = 1

    @property
    def work(self) -> float:
        """The number of coordinate-steps of a run, R·C·d·K·T."""
        return float(self.R * self.C * self.d * self.K * self.T)

    @property
    def draws(self) -> float:
        """The number of random numbers of a run: R·d times K in each round and, from the second
        round on, 2 more; configurations share their samples.
        """
        return float(self.R * self.d * (self.K * self.T + 2 * (self.T - 1)))

    def __str__(self) -> str:
        values = {"C": self.C, "R": self.R, "d": self.d, "K": self.K, "T": self.T}
        return ", ".join(
            f"{name} = {value:,}" for name, value in values.items() if value != 1 or name == "T"
        )


@old_names(least="min_seconds", most="max_seconds")
@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sizes of all cases of one benchmark, and how often each row is timed.

    Args:
        main: The size of the main groups.
        small: The size of a small case.
        large: The size of a large case.
        grid: The size of a grid of configurations.
        logistic: The size of logistic regression.
        scaled: The size of which one length at a time is varied.
        axes: The lengths that are varied, each with its values.
        repeats: The number of rounds of timings; fewer, but at least five, if a group would
            otherwise take longer than `max_seconds`.
        min_seconds: The shortest time of one timing, in seconds.
        max_seconds: The longest time of a group, in seconds.
        fresh: Whether new processes time a first result and measure memory.
        few: The number of replicas of a small minibatch case.
        dense: The sizes of exact runs on Hessians that do not commute.
        device: The sizes on a GPU.
        verdicts: Commands of `auxtheory` that are timed in new processes, each with its name.
        starts: How often such a command is started with an empty cache.

    Example:
        >>> from auxtheory.bench import FULL, QUICK
        >>> QUICK.repeats < FULL.repeats
        True
    """

    main: Size
    small: Size
    large: Size
    grid: Size
    logistic: Size
    scaled: Size
    axes: tuple[tuple[str, tuple[int, ...]], ...]
    repeats: int
    min_seconds: float
    max_seconds: float
    fresh: bool
    few: int = 64
    dense: tuple[Size, ...] = ()
    device: tuple[Size, ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    starts: int = 3


# One theorem, in each of the two ways in which a verdict is reached.
ONE = "validate S3 --delta 0.05 --sigma-f 1 --K 8 --T 100 1000"
VERDICTS = (
    ("validate S3 on cpu", f"{ONE} --engine cpu"),
    ("validate S3 on exact", f"{ONE} --engine exact"),
    ("falsify S3", "falsify S3"),
    ("the study of rates against δ", "study run flagship.toml --out rates.study"),
    ("certify one cell", "certify --theorem S3 --K 2 --T 2 --delta 0.3 --eta-points 1"),
)

FULL = Sizes(
    main=Size(R=1_024, d=256, T=20),
    small=Size(R=64, d=16, T=100),
    large=Size(R=8_192, d=1_024, T=2),
    grid=Size(R=1, C=1_000, d=256, T=1_000),
    logistic=Size(R=256, d=100, T=100),
    scaled=Size(R=256, d=256, T=10),
    axes=(
        ("d", (16, 64, 256, 1_024, 4_096)),
        ("R", (16, 64, 256, 1_024, 4_096)),
        ("K", (1, 4, 16, 64)),
        ("T", (2, 8, 32, 128)),
        ("C", (1, 4, 16, 64)),
    ),
    repeats=9,
    min_seconds=0.2,
    max_seconds=200.0,
    fresh=True,
    dense=(Size(R=1, d=50, T=300), Size(R=1, d=50, T=3_000), Size(R=1, d=500, T=30)),
    device=(Size(R=1_024, d=256, T=20), Size(R=16_384, d=1_024, T=20)),
    verdicts=VERDICTS,
)
QUICK = Sizes(
    main=Size(R=256, d=256, T=10),
    small=Size(R=64, d=16, T=100),
    large=Size(R=512, d=1_024, T=2),
    grid=Size(R=1, C=200, d=256, T=200),
    logistic=Size(R=64, d=100, T=20),
    scaled=Size(R=64, d=64, T=20),
    axes=(
        ("d", (16, 256)),
        ("R", (16, 256)),
        ("K", (1, 16)),
        ("T", (2, 32)),
        ("C", (1, 16)),
    ),
    repeats=6,
    min_seconds=0.02,
    max_seconds=8.0,
    fresh=False,
    few=16,
    dense=(Size(R=1, d=10, T=300),),
    device=(Size(R=1_024, d=256, T=20),),
    verdicts=(
        *VERDICTS[:2],
        ("falsify S3, 2,000 cases", "falsify S3 --examples 2000"),
        VERDICTS[4],
    ),
    starts=1,
)
