"""The conformance kit: checks whether an implementation of a method is correct, and reports which
property fails, in which case, and the likely cause.

    from auxtheory.conformance import check_method
    print(check_method(my_step, like=at.methods.AuxMOM))
"""

from auxtheory.conformance.case import Case
from auxtheory.conformance.check import check_method, checks_of, follow, parametrize_with_checks
from auxtheory.conformance.drive import Path
from auxtheory.conformance.report import NonConforming, Outcome, Report
from auxtheory.conformance.samples import samples_of
from auxtheory.implementations.federated import Federated
from auxtheory.implementations.rounds import Key, Round

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
    "samples_of",
]
