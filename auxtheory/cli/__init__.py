"""The command line, one file a command; `auxtheory.cli:main` is the program."""

from auxtheory.cli.parser import main

__all__ = ["main"]
