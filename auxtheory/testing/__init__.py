"""Testing tools: searching for a case that violates a theorem, or for a fault in an
implementation."""

from auxtheory.conformance import (
    Federated,
    NonConforming,
    check_method,
    checks_of,
    parametrize_with_checks,
)
from auxtheory.testing.search.falsify import Counterexample, Tightest, falsify
from auxtheory.validation.configuration import Configuration

__all__ = [
    "Configuration",
    "Counterexample",
    "Federated",
    "NonConforming",
    "Tightest",
    "check_method",
    "checks_of",
    "falsify",
    "parametrize_with_checks",
]
