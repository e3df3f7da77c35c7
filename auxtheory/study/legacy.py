"""How studies were identified before they were by public names: by the files in which classes
stood, and by the code of the functions of the library. Files of those days are known by it.

Nothing here may change, wherever the classes move and however the functions are written by then.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np

from auxtheory.errors import InputError
from auxtheory.theorems import Theorem

# The classes of the library that a study can hold: the name that identifies each, which is its
# public one or, of one that is not public, `auxtheory:` and its own, and where it stood.
CLASSES = {
    "at.Constants": "auxtheory.constants.Constants",
    "at.Corollary": "auxtheory.theorems.corollary.Corollary",
    "at.Cosine": "auxtheory.problems.cosine.Cosine",
    "at.Gaussian": "auxtheory.noise.Gaussian",
    "at.Logistic": "auxtheory.problems.logistic.Logistic",
    "at.Method": "auxtheory.methods.base.Method",
    "at.Minibatch": "auxtheory.minibatch.Minibatch",
    "at.Noise": "auxtheory.noise.Noise",
    "at.Pair": "auxtheory.problems.base.Pair",
    "at.Posynomial": "auxtheory.posynomial.Posynomial",
    "at.Quadratic": "auxtheory.problems.quadratic.Quadratic",
    "at.RandomSign": "auxtheory.noise.RandomSign",
    "at.Steps": "auxtheory.constants.Steps",
    "at.Theorem": "auxtheory.theorems.base.Theorem",
    "at.methods.Schedule": "auxtheory.methods.base.Schedule",
    "at.problems.CosinePair": "auxtheory.problems.cosine_pair.CosinePair",
    "at.problems.LogisticPair": "auxtheory.problems.logistic_pair.LogisticPair",
    "at.problems.QuadraticPair": "auxtheory.problems.quadratic_pair.QuadraticPair",
    "at.theorems.AuxMOM": "auxtheory.theorems.auxmom.AuxMOM",
    "at.theorems.AuxMVR": "auxtheory.theorems.auxmvr.AuxMVR",
    "at.theorems.ExactCorrection": "auxtheory.theorems.exact_correction.ExactCorrection",
    "at.theorems.ExactCorrectionNoise": (
        "auxtheory.theorems.exact_correction_noise.ExactCorrectionNoise"
    ),
    "at.theorems.ExactCorrectionPL": "auxtheory.theorems.exact_correction_pl.ExactCorrectionPL",
    "at.theorems.MVR": "auxtheory.theorems.auxmvr.MVR",
    "at.theorems.Naive": "auxtheory.theorems.naive.Naive",
    "at.theorems.SGD": "auxtheory.theorems.sgd.SGD",
    "at.theorems.SGDMomentum": "auxtheory.theorems.auxmom.SGDMomentum",
    "auxtheory:BlackBox": "auxtheory.theorems.black_box.BlackBox",
    "auxtheory:Compared": "auxtheory.conditions.Compared",
    "auxtheory:Condition": "auxtheory.conditions.Condition",
    "auxtheory:LogisticLoss": "auxtheory.problems.logistic_loss.LogisticLoss",
    "auxtheory:Monomial": "auxtheory.posynomial.Monomial",
    "auxtheory:Quantity": "auxtheory.glossary.Quantity",
    "auxtheory:Single": "auxtheory.posynomial.Single",
    "auxtheory:Symbol": "auxtheory.units.Symbol",
    "auxtheory:Unit": "auxtheory.units.Unit",
}
CLAIMS = "auxtheory.theorems.claims"  # where at.claim made the classes of its theorems
# Of these classes, fields that were renamed: the name now, and the one in identities.
FIELDS = {"at.Method": {"calls_r": "dear_calls", "local_is_r": "local_is_dear"}}


def code_of(name: str) -> CodeType | None:
    """The code that one of the library's functions had, by the name that identifies it; None of any
    other function."""
    function = FUNCTIONS.get(name)
    return None if function is None else function.__code__


def text_of_helper(description: str, target: str) -> str:
    """How a pair of `at.helpers` was written when its text was no call: TARGET.NAME(…)."""
    name, found, rest = description.partition(f"({target}, ")
    if not found or not name.startswith("at.helpers."):
        return description
    arguments = "labels=…)" if rest.startswith("labels=") else rest
    return f"{target}.{name.removeprefix('at.helpers.')}({arguments}"


# Copies of functions, word for word, since their texts, names and docstrings are in the digests.


def _none(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← 0."""
    return 0 * diff


def _last(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← diff."""
    return diff


def _average(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← (1 − a) m + a diff."""
    return (1 - a) * m + a * diff


def _difference(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    """m ← diff + (1 − a) (m − diff_prev)."""
    return diff + (1 - a) * (m - diff_prev)


def _local_step(y: Any, grad_helper: Any, m: Any, eta: Any) -> Any:
    """y ← y − η (g_h(y) + m), the local step of every method of the paper."""
    return y - eta * (grad_helper + m)


def _everywhere(values: Any) -> Any:
    """The case of a corollary that needs no case."""
    return np.asarray(True)


def _step_sizes(name: str, steps: Any) -> Callable[..., Any]:
    def step_sizes(self: Any, c: Any, K: int, T: int, B: float) -> Any:
        if steps is None:
            raise InputError.listing(
                [f"eta = None: must be given, since {name} prescribes no steps"]
            )
        return steps.step_sizes(c, K, T, B) if isinstance(steps, Theorem) else steps(c, K, T, B)

    return step_sizes


def _constant(number: float) -> Callable[[Any, Any], float]:
    """A bound that is the same number everywhere."""

    def bound(c: Any, s: Any) -> float:
        return number

    return bound


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "at.methods.Naive.refresh": _none,
    "at.methods.Naive.local_step": _local_step,
    "at.methods.ExactCorrection.refresh": _last,
    "at.methods.AuxMOM.refresh": _average,
    "at.methods.AuxMVR.refresh": _difference,
    "auxtheory:everywhere": _everywhere,
    "auxtheory:_step_sizes.<locals>.step_sizes": _step_sizes("", None),
    "auxtheory:_constant.<locals>.bound": _constant(0.0),
}
