"""Studies: theorems compared with measurements on a grid of constants, stored in batches that
survive a crash."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from auxtheory.errors import StudyError
from auxtheory.study.results.results import Results
from auxtheory.study.study import Study

if TYPE_CHECKING:
    from auxtheory.study.rerun import cell_again as cell_again
    from auxtheory.study.storage.file import reading as reading

# Imported on first use, since they import everything that computes a cell.
_HOME = {"cell_again": "auxtheory.study.rerun", "reading": "auxtheory.study.storage.file"}

__all__ = ["Results", "Study", "StudyError", "cell_again", "reading"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
