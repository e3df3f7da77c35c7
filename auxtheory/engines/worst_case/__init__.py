"""Engine `worst_case`: tight worst cases over all f and h of a class, and their proofs."""

from auxtheory.engines.worst_case.engine import WorstCase, name, refuses, worst_case
from auxtheory.engines.worst_case.proof import Proof

__all__ = ["Proof", "WorstCase", "name", "refuses", "worst_case"]
