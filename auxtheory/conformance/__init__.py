"""The conformance kit: is an implementation of a method right, and if not, which property fails,
where, and why?

    from auxtheory.conformance import check_method
    print(check_method(my_step, like=at.methods.AuxMOM))
"""

from auxtheory.conformance.case import Case, Key, Round
from auxtheory.conformance.check import check_method, checks_of, follow, parametrize_with_checks
from auxtheory.conformance.drive import Path
from auxtheory.conformance.federated import Federated
from auxtheory.conformance.report import NonConforming, Outcome, Report

__all__ = [
    "Case",
    "Federated",
    "Key",
    "NonConforming",
    "Outcome",
    "Path",
    "Report",
    "Round",
    "check_method",
    "checks_of",
    "follow",
    "parametrize_with_checks",
]
