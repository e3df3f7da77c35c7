"""Studies: theorems against a grid of constants, in batches that survive anything, labelled and
drawn."""

from auxtheory.study.definition import Study, StudyError
from auxtheory.study.results import Results

__all__ = ["Results", "Study", "StudyError"]
