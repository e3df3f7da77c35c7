"""`python -m auxtheory`: the command line, where its program is not on the path."""

import sys

from auxtheory.cli import main

if __name__ == "__main__":
    sys.exit(main())
