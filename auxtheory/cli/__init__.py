"""The command line, with one file per command; `auxtheory.cli:main` is the program."""

from auxtheory.cli.parser import main

__all__ = ["main"]
