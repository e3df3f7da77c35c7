"""`python -m auxtheory`: the command line, for when the program `auxtheory` is not on the path."""

import sys

from auxtheory.cli import main

if __name__ == "__main__":
    sys.exit(main())
