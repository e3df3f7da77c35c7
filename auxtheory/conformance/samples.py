"""Samples of a measure from a user's implementation: independent runs of a step function, or of
client and server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from auxtheory.conformance.case import Case
from auxtheory.conformance.drive import rounds
from auxtheory.conformance.subject import as_subject
from auxtheory.errors import Checks, InputError
from auxtheory.implementations.exchange import Broken
from auxtheory.measures import Measure, gap_last, named, quantity
from auxtheory.typing import FloatArray

FORMS = "gap", "grad", "norm", "distance", "quadratic"


def samples_of(
    implementation: Any,
    case: Case,
    *,
    measure: Measure | str = gap_last,
    replicas: int = 64,
    seed: int = 0,
    xp: Any = np,
) -> FloatArray:
    """A measure of independent runs of an implementation, for `at.judge`.

    A run of T rounds starts at x⁰; in replica i every sample of the noise is another one.

    Args:
        implementation: a method, a step function or a `Federated`, as of `check_method`.
        case: the problem, the noise and the steps.
        measure: of x: its form "gap", "grad", "norm", "distance" or "quadratic", over "last" or
            "rounds".
        replicas: the number of runs, from 2 to 10⁵.
        seed: a whole number from 0 to 2³² − 1; runs of different seeds are independent.
        xp: the namespace of its arrays.

    Returns:
        One number for each run, shape (replicas,); ∞ where it diverged.

    Raises:
        InputError: lists every argument that is wrong, or the implementation does not run.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.conformance import Case, samples_of
        >>> def descent(x, state, round):
        ...     return x - round.eta * round.grad_f(x, round.local[0]), state
        >>> pair = at.Quadratic(L=1.0, dim=2, F0=1.0).with_helper(0.0)
        >>> steps = at.Steps(eta=0.5, K=1, T=10)
        >>> case = Case(pairs=[pair], noise=at.Gaussian(sigma_f=0.1), steps=steps)
        >>> at.judge(samples_of(descent, case), 2 * 1.0 / (0.5 * 10)).status
        'pass'
    """
    subject = as_subject(implementation, None, xp)
    checks = Checks()
    checks.instance("case", case, Case, "a Case(pairs=…, noise=…, steps=…)")
    what = named(measure)
    if what is None or what.of != "x" or what.form not in FORMS or what.over == "local":
        checks.complain("measure", measure, f"must be of x: {', '.join(FORMS)}, last or rounds")
    replicas = checks.whole("replicas", replicas, low=2, high=100_000)
    seed = checks.whole("seed", seed, low=0, high=2**32 - 1)
    checks.done()
    assert what is not None
    return np.array([_run(subject.step, case, what, seed * 2**20 + i, xp) for i in range(replicas)])


def _run(step: Any, case: Case, measure: Measure, replica: int, xp: Any) -> float:
    """The measure of one run."""
    T = case.steps.T
    weights = measure.weights_of(T)
    total = last = 0.0
    try:
        with np.errstate(all="ignore"):
            for t, (x, _, _) in enumerate(rounds(step, replace(case, seed=replica), xp)):
                if measure.over == "rounds" or t == T - 1:
                    last = float(quantity(measure, x[None, None], case.pairs[0], np)[0, 0])
                total += weights[t] * last
    except Broken as error:
        if "must be finite" in str(error):
            return float("inf")
        raise InputError.listing([str(error)]) from error.__cause__
    value = last if measure.over == "last" else total / float(np.sum(weights))
    return value if np.isfinite(value) else float("inf")
