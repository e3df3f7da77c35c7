"""The paper's experiments (section 6) on real data: each a settings file, a table and a figure.

from auxtheory import experiments
result = experiments.run(experiments.settings("mislabelled"))
print(result)                 # result.summary and result.table hold the numbers
"""

from auxtheory.experiments.result import Result
from auxtheory.experiments.run import run
from auxtheory.experiments.settings import Settings, names, settings

__all__ = ["Result", "Settings", "names", "run", "settings"]
