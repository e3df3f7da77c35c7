"""Studies as TOML files."""

from auxtheory.study.toml.reader import Given, read

__all__ = ["Given", "read"]
