"""Studies as TOML files."""

from auxtheory.study_files.files import Given, read

__all__ = ["Given", "read"]
