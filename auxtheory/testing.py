"""For test suites of one's own: hold a theorem against a case, and fail with a counterexample one can run."""

from __future__ import annotations

from typing import Any

from hypothesis import currently_in_test_context, reject

from auxtheory.errors import AssumptionError
from auxtheory.noise import Noise
from auxtheory.problems import Pair
from auxtheory.result import Verdict
from auxtheory.strategies import Budget
from auxtheory.theorems import Theorem
from auxtheory.validation import validate


class Counterexample(AssertionError):
    """A case in which the measured value exceeds the bound; the message is a script that shows it."""

    def __init__(self, verdict: Verdict, snippet: str) -> None:
        super().__init__(f"the bound is violated, measured/bound = {verdict.ratio:.6g}\n\n{snippet}\n\n{verdict}")
        self.verdict = verdict
        self.snippet = snippet


def falsify(theorem: Theorem, pair: Pair, noise: Noise, budget: Budget, **options: Any) -> Verdict:
    """Validate the theorem on one case; raise Counterexample if its bound is violated.

    Inside a Hypothesis test a case outside the theorem's assumptions is rejected (elsewhere: AssumptionError), so
    that Hypothesis shrinks to the smallest counterexample within them. options go to `at.validate`.
    """
    K = 1 if theorem.method.single_step else budget.K
    try:
        verdict = validate(theorem, pair, noise, K=K, T=budget.T, B=budget.B, **options)
    except AssumptionError:
        if currently_in_test_context():
            reject()
        raise
    if verdict.status == "violated":
        raise Counterexample(verdict, _snippet(theorem, pair, noise, K, budget, options))
    return verdict


def _snippet(theorem: Theorem, pair: Pair, noise: Noise, K: int, budget: Budget, options: dict[str, Any]) -> str:
    name = type(theorem).__name__
    ours = type(theorem).__module__.startswith("auxtheory.")
    lines = ["import auxtheory as at", "" if ours else f"# {name}: as defined in {type(theorem).__module__}"]
    B = "" if budget.B == float("inf") else f", B={budget.B}"
    more = "".join(f", {key}={value!r}" for key, value in options.items())
    call = f"{repr(theorem) if ours else name + '()'}, pair, noise, K={K}, T={budget.T}{B}{more}"
    lines += [f"pair = {pair!r}", f"noise = {noise!r}", f"print(at.validate({call}))"]
    return "\n".join(line for line in lines if line)
