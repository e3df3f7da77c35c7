"""How the rows of data are split over clients: at random, by label, by a Dirichlet law, by
groups or by sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.errors import Checks, whole
from auxtheory.typing import Array

ALLOWED = (
    "must be 'iid', 'label', at.Dirichlet(alpha), the client of each of the {n} rows, or the "
    "clients' sizes, whole numbers of at least 1 that sum to {n}"
)


@dataclass(frozen=True)
class Dirichlet:
    """Shares of each class that N clients get, drawn from the symmetric Dirichlet law.

    A small α gives each class to few clients, a large one splits it evenly.

    Args:
        alpha: α, without unit, above 0.

    Raises:
        InputError: α is not a finite number above 0.

    Example:
        >>> import auxtheory as at
        >>> f = at.Logistic(features=[[1.0], [2.0], [3.0], [-1.0]], labels=[0, 1, 1, 0], l2=0.1)
        >>> f.split(N=2, by=at.Dirichlet(10.0), seed=1).helpers.N
        2
    """

    alpha: float

    def __post_init__(self) -> None:
        checks = Checks()
        checks.number("alpha", self.alpha, above=True)
        if np.ndim(self.alpha):
            checks.complain("alpha", self.alpha, "must be one number")
        checks.done()
        object.__setattr__(self, "alpha", float(self.alpha))

    def __repr__(self) -> str:
        return f"at.Dirichlet({self.alpha!r})"


def clients_of_rows(checks: Checks, N: Any, by: Any, seed: Any, labels: Array) -> Array | None:
    """The client of each row, numbered by their first rows, shape (n,); None after a complaint."""
    before = len(checks.complaints)
    n = len(labels)
    checks.whole("seed", seed, low=0)
    named = isinstance(by, str | Dirichlet)
    if isinstance(by, str):
        checks.member("by", by, ("iid", "label"))
    if named or N is not None:
        checks.whole("N", N, low=1, high=n)
    if len(checks.complaints) > before:
        return None
    random = np.random.default_rng(whole(seed))
    if not named:
        of_row = _listed(checks, by, n, random)
        count = 0 if of_row is None else int(np.max(of_row)) + 1
        if of_row is not None and N is not None and count != whole(N):
            checks.complain("N", N, f"must be left out or be the number of clients in by, {count}")
    elif isinstance(by, Dirichlet):
        of_row = _dirichlet(checks, whole(N), by, labels, random)
    elif by == "label":
        of_row = _by_label(checks, whole(N), labels, random)
    else:
        of_row = _in_sizes(_even(n, whole(N)), random)
    if of_row is None or len(checks.complaints) > before:
        return None
    # Clients are numbered by their first rows, whatever they were called.
    _, first, numbers = np.unique(of_row, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[numbers.reshape(-1)]


def _even(n: int, N: int) -> Array:
    return np.full(N, n // N) + (np.arange(N) < n % N)


def _in_sizes(sizes: Array, random: np.random.Generator) -> Array:
    """Clients of these sizes, with rows at random."""
    of_row = np.empty(int(np.sum(sizes)), dtype=int)
    of_row[random.permutation(len(of_row))] = np.repeat(np.arange(len(sizes)), sizes)
    return of_row


def _listed(checks: Checks, by: Any, n: int, random: np.random.Generator) -> Array | None:
    """The clients that a list gives for each row, or their sizes."""
    try:
        listed = np.asarray(by)
    except Exception:  # a ragged list, or an object that imitates an array
        listed = np.zeros(0)
    allowed = ALLOWED.format(n=n)
    if listed.ndim != 1 or not listed.size or listed.dtype.kind not in "iufUb":
        checks.complain("by", by, allowed)
        return None
    ones = len(listed) == n and listed.dtype.kind in "iuf" and bool(np.all(listed == 1))
    if len(listed) == n and not ones:
        return np.unique(listed, return_inverse=True)[1].reshape(-1)
    sizes = [whole(v) for v in listed.tolist()]
    valid = all(isinstance(v, int) and not isinstance(v, bool) and v >= 0 for v in sizes)
    if not valid or sum(sizes) != n:
        checks.complain("by", by, allowed)
        return None
    empty = [i for i, v in enumerate(sizes) if v == 0]
    if empty:
        text = f"must give each client a row: {_numbered(empty)} would have none"
        checks.complain("by", by, text)
        return None
    return _in_sizes(np.array(sizes), random)


def _by_label(checks: Checks, N: int, labels: Array, random: np.random.Generator) -> Array | None:
    """Each client has whole classes, if there are as many classes as clients, otherwise a part of
    one class."""
    classes, of_class = np.unique(labels, return_inverse=True)
    count = len(classes)
    if count >= N:
        return np.asarray(of_class.reshape(-1) % N)
    of_row = np.empty(len(labels), dtype=int)
    for c in range(count):
        rows = random.permutation(np.flatnonzero(of_class == c))
        members = np.arange(c, N, count)
        if len(rows) < len(members):
            lacking = members[len(rows) :].tolist()
            checks.complain(
                "N",
                N,
                f"must leave each client a row of its class: {_numbered(lacking)} would have none, "
                f"since class {classes[c]} has {len(rows)} rows for {len(members)} clients",
            )
            continue
        of_row[rows] = np.repeat(members, _even(len(rows), len(members)))
    return of_row


def _dirichlet(
    checks: Checks, N: int, law: Dirichlet, labels: Array, random: np.random.Generator
) -> Array | None:
    """The rows of each class cut by shares that the law draws."""
    of_row = np.empty(len(labels), dtype=int)
    for c in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == c))
        # Gamma variables of a small α may all be 0.
        logs = _log_gamma(law.alpha, N, random)
        shares = np.exp(logs - np.max(logs))
        ends = np.round(np.cumsum(shares) / np.sum(shares) * len(rows)).astype(int)
        ends[-1] = len(rows)
        of_row[rows] = np.repeat(np.arange(N), np.diff(ends, prepend=0))
    lacking = np.setdiff1d(np.arange(N), of_row).tolist()
    if lacking:
        checks.complain(
            "by",
            law,
            f"must leave each client a row: {_numbered(lacking)} would have none of any class; "
            "take a larger alpha, another seed or fewer clients",
        )
        return None
    return of_row


def _log_gamma(alpha: float, N: int, random: np.random.Generator) -> Any:
    """Logarithms of N gamma variables, of which exp(log) of a small α would be 0: Γ_α has the law
    of Γ_{α+1} U^{1/α}."""
    return np.log(random.gamma(alpha + 1, size=N)) + np.log(random.uniform(size=N)) / alpha


def _numbered(clients: list[int]) -> str:
    listed = ", ".join(map(str, clients[:8])) + (", …" if len(clients) > 8 else "")
    return f"client{'s' if len(clients) > 1 else ''} {listed}"
