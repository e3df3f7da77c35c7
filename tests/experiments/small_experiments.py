"""Experiments of a few samples and rounds."""

from __future__ import annotations

from typing import Any

import pytest

from auxtheory import experiments
from auxtheory.experiments.settings import Settings

NAMES = [
    "buffer-error",
    "coreset",
    "federated",
    "federated-breast-cancer",
    "mislabelled",
    "rotated",
    "semi-supervised",
    "transfer",
]
each = pytest.mark.parametrize("name", NAMES)


def quick(name: str, small: str, **more: Any) -> Settings:
    """An experiment's settings, cut down to that file."""
    given = experiments.settings(name)
    cases: list[dict[str, Any]] = [dict(case) for case in given.cases[:2]]
    for case in cases:
        case |= {"size": 10} if "size" in case else {"classes": [2, 3]} if "classes" in case else {}
        case |= {"share": 0.5} if name == "semi-supervised" else {}
        case |= {"alpha": 100.0} if "alpha" in case else {}
    task = [0, 1] if isinstance(given.task, list) else given.task
    sizes: dict[str, Any] = {
        "T": 6,
        "K": 3,
        "replicas": 4,
        "tuning_replicas": 2,
        "records": 3,
        "batch": 4,
    }
    sizes |= {"N": 2, "S": 1} if given.kind == "clients" else {}
    few: dict[str, Any] = {
        "etas": (0.1, 0.5),
        "momenta": (0.3, 1.0),
        "Ks": (1, 3),
        "Bs": (1, 4),
        "budget": 9.0,
    }
    return given.replace(
        data=small, cases=tuple(cases), task=task, l2=0.05, **{**sizes, **few, **more}
    )
