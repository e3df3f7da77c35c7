"""Last iterates under the Polyak–Łojasiewicz inequality."""

from auxtheory.theorems.base import Theorem

ALL: tuple[type[Theorem], ...] = ()
