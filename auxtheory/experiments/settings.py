"""The settings of an experiment, read from TOML: cases, methods, data and lengths."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from typing import Any

from auxtheory import methods
from auxtheory.data import ZeroBased, check_layout
from auxtheory.data.dataset import check_share
from auxtheory.defaults import PRICE_H, SEED
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
    "clients",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One experiment: cases of one kind of helper, and the methods that are run on each.

    Args:
        title: the title of the figure.
        kind: the kind of helper, a function of `auxtheory.helpers`, or "transfer", "buffer" or
            "clients".
        cases: for each case a label and the arguments of the helper, or the classes of another task
            (transfer), or the size of the batches (buffer), or how rows are split over clients
            (clients): by = "iid" or "label", or alpha, of a Dirichlet distribution.
        methods: the names of the methods.
        data: as for `auxtheory.data.load`.
        zero_based: as for `auxtheory.data.load`.
        n_features: as for `auxtheory.data.load`.
        task: "parity" (odd against even classes; two classes as they are), "all", or a list of
            classes by their values in the data.
        l2: the coefficient of ‖x‖²/2 in the objective.
        nonconvex: the coefficient of the nonconvex regulariser.
        K: the number of local steps.
        T: the number of rounds.
        B: the batch of the first buffer.
        batch: the size of a minibatch; None for no noise.
        coupling: how the minibatches of f and h are coupled.
        etas: the values of ηL that are tried. The grid is widened while the best value lies at its
            end; a grid of one value is not.
        momenta: the values of a that are tried, likewise.
        c_h: the price of a gradient of h, where one of f − h costs 1.
        replicas: the number of runs for means and intervals.
        tuning_replicas: the number of other runs with which the best η and a are chosen, those with
            the lowest mean of f at the end; a quarter of them chooses the quarter of the grid that
            all are spent on.
        records: the number of recorded rounds, which are closer together in the beginning.
        seed: the seed of the noise, and of the choice of the samples that are held out.
        held_out: the share of the samples of each class that are held out.
        Ks: the numbers of local steps that are compared (buffer).
        Bs: the sizes of the first batch that are compared (buffer).
        budget: the price at which they are compared (buffer).
        share: the share of wrong labels (buffer).
        N: the number of clients (clients).
        S: the number of clients at work in a round (clients); None for all.

    Raises:
        InputError: lists every setting that is out of range.

    Example:
        >>> from auxtheory import experiments
        >>> experiments.settings("mislabelled").replace(T=30).T
        30
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
    c_h: float = PRICE_H
    replicas: int = 64
    tuning_replicas: int = 32
    records: int = 30
    seed: int = SEED
    Ks: tuple[int, ...] = (1, 3, 10, 30)
    Bs: tuple[int, ...] = (1, 16, 128)
    budget: float = 200.0
    share: float = 0.1
    N: int = 10
    S: int | None = None
    held_out: float = 0.2

    def __post_init__(self) -> None:
        checks = Checks()
        checks.member("kind", self.kind, KINDS)
        every = methods.EVERY if self.kind == "clients" else methods.ALL
        known = {m.name for m in every} | {"FineTuning"}
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
        check_share(checks, self.held_out)
        for name in ("etas", "momenta"):
            checks.number(name, list(getattr(self, name)), above=True)
        for name in ("l2", "nonconvex", "c_h"):
            checks.number(name, getattr(self, name))
        object.__setattr__(self, "N", checks.whole("N", self.N))
        if self.S is not None:
            object.__setattr__(self, "S", checks.whole("S", self.S, high=self.N))
        needed = "label", *{"transfer": ("classes",), "buffer": ("batch",)}.get(self.kind, ())
        if self.kind == "clients":
            for case in self.cases:
                if ("by" in case) == ("alpha" in case):
                    checks.complain("cases", case, "must have one of by and alpha")
        if not self.cases or any(name not in case for case in self.cases for name in needed):
            checks.complain(
                "cases", self.cases, f"must be tables, each with {' and '.join(needed)}"
            )
        checks.done()

    def replace(self, **changes: Any) -> Settings:
        """Return a copy with some settings changed.

        Args:
            **changes: the new values by name.

        Returns:
            The copy.
        """
        return replace(self, **changes)


def names() -> list[str]:
    """Return the names of the experiments.

    Returns:
        The names in alphabetical order.

    Example:
        >>> from auxtheory import experiments
        >>> "mislabelled" in experiments.names()
        True
    """
    every = (path.name for path in files(__package__).iterdir())
    return sorted(name.removesuffix(".toml") for name in every if name.endswith(".toml"))


def settings(name: str) -> Settings:
    """Return the settings of an experiment.

    Args:
        name: one of `names`, or the path of a TOML file.

    Returns:
        The settings.

    Raises:
        InputError: lists every unknown or missing entry.

    Example:
        >>> from auxtheory import experiments
        >>> experiments.settings("mislabelled").data
        'digits'
    """
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
        raise InputError.listing([f"experiment = {name!r}: is not valid TOML ({error})"]) from error
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
