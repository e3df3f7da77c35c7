"""`auxtheory bench growth`: what every public operation costs as its input grows.

An operation is declared with one length of its input and three values of it, a decade apart. Each
is measured in a new process: seconds of processor time, memory, and the exponent with which the
seconds grow over the last decade.
"""

from auxtheory.bench.growth.operation import Operation, operation
from auxtheory.bench.growth.operations import ALL
from auxtheory.bench.growth.report import Growth, names, run

__all__ = ["ALL", "Growth", "Operation", "names", "operation", "run"]
