"""How large the benchmark's cases are: full, quick, or as small as a test wants them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """R replicas of C configurations of d coordinates, K local steps in each of T rounds."""

    R: int
    d: int
    K: int = 10
    T: int
    C: int = 1

    @property
    def work(self) -> float:
        """Coordinate-steps of a whole run, R·C·d·K·T."""
        return float(self.R * self.C * self.d * self.K * self.T)

    @property
    def draws(self) -> float:
        """Numbers drawn for it: K local ones in a round and, from the second round on, one each for
        f and h.

        Configurations share their samples.
        """
        return float(self.R * self.d * (self.K * self.T + 2 * (self.T - 1)))

    def __str__(self) -> str:
        values = {"C": self.C, "R": self.R, "d": self.d, "K": self.K, "T": self.T}
        return ", ".join(
            f"{name} = {value:,}" for name, value in values.items() if value != 1 or name == "T"
        )


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """All cases of one benchmark.

    axes: the values of one length of `scaled` at a time, the others as they stand. repeats: timings
    of each row, each of at least `least` seconds; fewer, but three at the least, where a group
    would else take longer than `most`.
    fresh: whether to start processes that time a first result and measure memory.
    """

    main: Size
    small: Size
    large: Size
    grid: Size
    logistic: Size
    scaled: Size
    axes: tuple[tuple[str, tuple[int, ...]], ...]
    repeats: int
    least: float
    most: float
    fresh: bool


FULL = Sizes(
    main=Size(R=1_024, d=256, T=20),
    small=Size(R=64, d=16, T=400),
    large=Size(R=8_192, d=1_024, T=2),
    grid=Size(R=1, C=1_000, d=256, T=1_000),
    logistic=Size(R=256, d=100, T=100),
    scaled=Size(R=256, d=256, T=10),
    axes=(
        ("d", (16, 64, 256, 1_024, 4_096)),
        ("R", (16, 64, 256, 1_024, 4_096)),
        ("C", (1, 4, 16, 64)),
    ),
    repeats=7,
    least=0.2,
    most=150.0,
    fresh=True,
)
QUICK = Sizes(
    main=Size(R=256, d=256, T=10),
    small=Size(R=64, d=16, T=100),
    large=Size(R=512, d=1_024, T=2),
    grid=Size(R=1, C=200, d=256, T=200),
    logistic=Size(R=64, d=100, T=20),
    scaled=Size(R=64, d=64, T=20),
    axes=(("d", (16, 256)), ("R", (16, 256)), ("C", (1, 16))),
    repeats=3,
    least=0.05,
    most=15.0,
    fresh=False,
)
