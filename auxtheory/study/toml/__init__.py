"""Studies as TOML files."""

from typing import TYPE_CHECKING, Any

from auxtheory import renamed
from auxtheory.study.toml.reader import StudyFile, read

if TYPE_CHECKING:
    Given = StudyFile

__all__ = ["StudyFile", "read"]


def __getattr__(name: str) -> Any:
    if name != "Given":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    renamed.warn("auxtheory.study.toml.Given", "auxtheory.study.toml.StudyFile", stacklevel=2)
    return StudyFile
