"""The pairs of a logistic objective with clients: `Logistic.split` and `Logistic.with_labels`."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import scipy

from auxtheory.errors import Checks
from auxtheory.problems.checks import arguments
from auxtheory.problems.groups import check_sizes
from auxtheory.problems.logistic.clients import LogisticClients
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.split import Dirichlet, clients_of_rows
from auxtheory.typing import Array, FloatArray

Loss = TypeVar("Loss", bound=LogisticLoss)


def split_parts(f: Loss, N: Any, by: Any, weights: Any, seed: Any) -> tuple[Loss, LogisticClients]:
    """f with the weights that make it the mean of its clients, and the clients."""
    checks = Checks()
    checks.member("weights", weights, ("sizes", "equal"))
    of_row = clients_of_rows(checks, N, by, seed, np.asarray(f.labels))
    checks.done()
    assert of_row is not None
    total = float(np.sum(f.weights))
    shares = np.bincount(of_row, weights=f.weights) / total
    if not np.all(shares > 0):
        empty = np.flatnonzero(shares == 0).tolist()
        text = f"must leave each client a row of weight above 0: {empty} have none"
        checks.complain("by", by, text)
        checks.done()
    inside = f.weights / shares[of_row]
    if weights == "equal":
        shares = np.full(len(shares), 1 / len(shares))
        f = f.replace(weights=inside * shares[of_row])
    parts = []
    for i in range(len(shares)):
        rows = np.flatnonzero(of_row == i)
        parts.append(
            LogisticLoss(
                features=f.features[rows],
                labels=np.asarray(f.labels)[rows],
                weights=inside[rows],
                l2=f.l2,
                nonconvex=f.nonconvex,
                classes=f.classes,
            )
        )
    clients = LogisticClients(
        f=f,
        counts=np.ones(len(parts)),
        weights=_even(shares),
        parts=tuple(parts),
    )
    return f, clients


def _even(shares: FloatArray) -> FloatArray:
    """Weights, equal to the last digit if they are up to rounding."""
    N = len(shares)
    even = np.full(N, 1 / N)
    return even if np.allclose(shares, even, rtol=1e-14, atol=0) else shares


def split_text(N: Any, by: Any, weights: Any, seed: Any) -> str:
    """The call of `split` as code; a long list is shown as its length."""
    if isinstance(by, Dirichlet):
        listed = [f"by={by!r}"]
    elif isinstance(by, str):
        listed = [f"by={by!r}"] if by != "iid" else []
    else:
        values = np.asarray(by).tolist()
        listed = [f"by={values!r}" if len(values) <= 64 else f"by=<{len(values)} clients>"]
    first = [] if N is None else [f"N={int(N)}"]
    rest = arguments({"weights": weights, "seed": seed}, {"weights": "sizes", "seed": 0})
    return f"split({', '.join([*first, *listed, *([rest] if rest else [])])})"


def labelled_parts(f: Loss, labels: Any, weights: Any) -> tuple[Loss, LogisticClients]:
    """The mean of clients with other labels on the rows of f, and the clients."""
    checks = Checks()
    n = len(f.labels)
    rows = np.asarray(labels)
    if rows.ndim != 2 or not len(rows) or rows.shape[1] != n:
        text = f"must be of shape (N, {n}), N ≥ 1, one row for each client"
        checks.complain("labels", labels, text)
        checks.done()
    N = len(rows)
    shares = np.full(N, 1 / N) if weights is None else np.asarray(weights, dtype=float)
    check_sizes(checks, np.ones(N), shares)
    made = [
        checks.attempt(
            LogisticLoss,
            features=f.features,
            labels=row,
            weights=f.weights,
            l2=f.l2,
            nonconvex=f.nonconvex,
            classes=f.classes,
        )
        for row in rows
    ]
    checks.done()
    parts = [part for part in made if part is not None]
    order = sorted(range(N), key=lambda i: (np.asarray(parts[i].labels).tobytes(), shares[i]))
    parts = [parts[i] for i in order]
    shares = shares[order]
    marks = np.stack([np.asarray(part.labels) for part in parts])
    chances = np.stack([shares @ (marks == c) for c in range(f.classes or 2)])  # (classes, n)
    used = [np.flatnonzero(chance > 0) for chance in chances]
    place = np.concatenate(used)
    mean = f.replace(
        features=_stacked([f.features[some] for some in used]),
        labels=np.repeat(np.arange(len(used)), [len(some) for some in used]),
        weights=f.weights[place]
        * np.concatenate([chance[some] for chance, some in zip(chances, used, strict=True)]),
    )
    clients = LogisticClients(
        f=mean,
        counts=np.ones(N),
        weights=shares,
        parts=tuple(parts),
        same=True,
        order=np.argsort(order),
    )
    return mean, clients


def _stacked(blocks: list[Any]) -> Any:
    if scipy.sparse.issparse(blocks[0]):
        return scipy.sparse.csr_array(scipy.sparse.vstack(blocks))
    return np.vstack(blocks)


def labels_text(labels: Array, weights: Any) -> str:
    """The call of `with_labels` as code; many labels are shown as their shape."""
    rows = np.asarray(labels)
    text = repr(rows.tolist()) if rows.size <= 64 else f"<labels of shape {rows.shape}>"
    more = "" if weights is None else f", weights={np.asarray(weights).tolist()}"
    return f"with_labels({text}{more})"
