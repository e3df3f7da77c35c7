"""The settings of an experiment, read from TOML: what is compared, on which data, for how long."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from typing import Any

from auxtheory import methods
from auxtheory.data import ZeroBased, check_layout
from auxtheory.errors import Checks, InputError
from auxtheory.files import read_text

KINDS = (
    "relabelled",
    "pseudo_labelled",
    "rotated",
    "noisy",
    "coreset",
    "quantised",
    "sketched",
    "transfer",
    "buffer",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One experiment: cases of one kind of helper, all methods on each.

    cases: each a label and the arguments of the helper (`auxtheory.helpers`), or the classes of
    another task (transfer), or the size of the batches (buffer). data, zero_based, n_features: as
    for `auxtheory.data.load`. task: "parity" (odd against even classes; two classes as they are),
    "all", or a list of the classes to tell apart, by their values in the data. etas, momenta: what
    η L and a are tuned over, on replicas of their own; a grid is made wider while the best lies on
    its edge (`tuning`), one of a single value is not. c_h: the price of a cheap gradient, where an
    expensive one costs 1. Ks, Bs, budget (buffer): local steps and first batches to compare at one
    price;
    share: of wrong labels there.
    """

    title: str
    kind: str
    cases: tuple[dict[str, Any], ...]
    methods: tuple[str, ...]
    data: str = "digits"
    zero_based: ZeroBased = "auto"
    n_features: int | None = None
    task: Any = "parity"
    l2: float = 1e-3
    nonconvex: float = 0.0
    K: int = 10
    T: int = 60
    B: float = 4
    batch: int | None = 16
    coupling: str = "same"
    etas: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    momenta: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0)
    c_h: float = 0.1
    replicas: int = 64
    tuning_replicas: int = 64
    records: int = 30
    seed: int = 0
    Ks: tuple[int, ...] = (1, 3, 10, 30)
    Bs: tuple[int, ...] = (1, 16, 128)
    budget: float = 200.0
    share: float = 0.1

    def __post_init__(self) -> None:
        checks = Checks()
        checks.member("kind", self.kind, KINDS)
        known = {m.name for m in methods.ALL} | {"FineTuning"}
        for name in self.methods:
            checks.member("method", name, sorted(known))
        for name in ("K", "T", "replicas", "tuning_replicas", "records"):
            number = checks.whole(name, getattr(self, name), low=2 if "replicas" in name else 1)
            object.__setattr__(self, name, number)
        for name in ("Ks", "Bs"):
            object.__setattr__(
                self, name, tuple(checks.whole(name, value) for value in getattr(self, name))
            )
        object.__setattr__(
            self, "n_features", check_layout(checks, self.zero_based, self.n_features)
        )
        if self.task not in ("parity", "all") and not (
            isinstance(self.task, list | tuple) and len(self.task) >= 2
        ):
            checks.complain(
                "task", self.task, "must be 'parity', 'all' or a list of two classes or more"
            )
        object.__setattr__(self, "seed", checks.whole("seed", self.seed, low=0))
        if self.batch is not None:
            object.__setattr__(self, "batch", checks.whole("batch", self.batch))
        for name in ("etas", "momenta"):
            checks.number(name, list(getattr(self, name)), above=True)
        for name in ("l2", "nonconvex", "c_h"):
            checks.number(name, getattr(self, name))
        needed = "label", *{"transfer": ("classes",), "buffer": ("batch",)}.get(self.kind, ())
        if not self.cases or any(name not in case for case in self.cases for name in needed):
            checks.complain(
                "cases", self.cases, f"must be tables, each with {' and '.join(needed)}"
            )
        checks.done()

    def replace(self, **changes: Any) -> Settings:
        """A copy with some settings changed."""
        return replace(self, **changes)


def names() -> list[str]:
    """The experiments there are."""
    every = (path.name for path in files(__package__).iterdir())
    return sorted(name.removesuffix(".toml") for name in every if name.endswith(".toml"))


def settings(name: str) -> Settings:
    """The settings of a named experiment, or of a TOML file; InputError lists every unknown or
    missing entry."""
    checks = Checks()
    if not str(name).endswith(".toml"):
        checks.member("experiment", name, names())
        checks.done()
        text = (files(__package__) / f"{name}.toml").read_text(encoding="utf-8")
    else:
        text = read_text("experiment", name)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError.listing([f"experiment = {name!r}: is no TOML ({error})"]) from error
    known = [entry.name for entry in fields(Settings)]
    missing = [n for n in ("title", "kind", "cases", "methods") if n not in table]
    wrong = [
        f"{n} = {table[n]!r}: must be one of {', '.join(known)}" for n in table if n not in known
    ]
    wrong += [f"{n} = None: must be given" for n in missing]
    if wrong:
        raise InputError.listing(wrong)
    entries: dict[str, Any] = {
        n: tuple(v) if isinstance(v, list) and n != "task" else v for n, v in table.items()
    }
    return Settings(**entries)
