"""The Monte Carlo options of cases that the engine `exact` refuses."""

from __future__ import annotations

from typing import Any

from auxtheory.engines import sampler_of
from auxtheory.theorems import Theorem


def sampled_options(theorem: Theorem) -> dict[str, Any]:
    """The options of `at.validate` for a case of a theorem."""
    return {"engine": sampler_of(theorem.method), "replicas": 64, "false_alarm": 1e-6}
