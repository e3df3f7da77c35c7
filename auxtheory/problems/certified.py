"""The outcome of `certify`: a check for every constant that a pair states."""

from __future__ import annotations

from dataclasses import dataclass

from auxtheory.bounds.constants import Kind
from auxtheory.bounds.glossary import lookup
from auxtheory.printing import ROWS, numbers, wrapped


@dataclass(frozen=True)
class Check:
    """One stated constant and its independent measurement, for one configuration.

    Args:
        name: The name of the constant, such as "delta".
        configuration: The index of the configuration.
        stated: The stated value.
        measured: The measured value.
        kind: "exact", "certified" or "estimate".
        scale: What an error is relative to, in the unit of the constant.
    """

    name: str
    configuration: int
    stated: float
    measured: float
    kind: Kind
    scale: float

    @property
    def holds(self) -> bool:
        """Exact: equal up to rounding. Certified: at least the measured value. Estimate: always."""
        if self.kind == "estimate":
            return True
        rounding = 1e-9 * self.scale
        if self.kind == "certified":
            low, high = (
                (self.stated, self.measured) if self.name == "mu" else (self.measured, self.stated)
            )
            return low <= high + rounding  # μ is bounded from below, all others from above
        return self.measured == self.stated or abs(self.measured - self.stated) <= rounding


@dataclass(frozen=True, repr=False)
class Certificate:
    """The outcome of `pair.certify()`: every constant measured; true if all agree.

    Args:
        checks: One check for each constant and configuration.
        notes: Which constants are only bounds.

    Example:
        >>> import auxtheory as at
        >>> certificate = at.toy(delta=0.1, zeta=0.5).certify()
        >>> certificate.holds, [check.name for check in certificate.checks][:3]
        (True, ['L', 'mu', 'delta'])
    """

    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        configurations = len({check.configuration for check in self.checks})
        return "\n".join(
            self._of_grid(configurations) if configurations > 1 else [*self._of_one(), *self.notes]
        )

    def _of_grid(self, configurations: int) -> list[str]:
        """A line for each constant, then the first checks that fail."""
        lines = [f"{configurations:,} configurations"]
        for name in dict.fromkeys(check.name for check in self.checks):
            checks = [check for check in self.checks if check.name == name]
            failed = sum(not check.holds for check in checks)
            outcome = (
                f"fails in {failed:,} of {len(checks):,}"
                if failed
                else f"holds in all {len(checks):,}"
            )
            stated, measured = (
                numbers([getattr(c, which) for c in checks]) for which in ("stated", "measured")
            )
            line = (
                f"{'✗' if failed else '✓'} {_glyph(name):<4}{outcome}: stated {stated}, "
                f"measured {measured}"
            )
            lines.append(wrapped(f"{line}; {checks[0].kind}", indent="      "))
        wrong = [check for check in self.checks if not check.holds]
        for c in wrong[:ROWS]:
            glyph = _glyph(c.name)
            lines.append(
                f"  {glyph} of configuration {c.configuration}: stated {c.stated!r}, measured "
                f"{c.measured!r}"
            )
        more = [f"  … and {len(wrong) - ROWS:,} more that fail"] if len(wrong) > ROWS else []
        return [*lines, *more, *self.notes]

    def _of_one(self) -> list[str]:
        rows = [f"{'':2}{'':4}{'stated':>24} {'measured':>24}  kind"]
        for c in self.checks:
            mark = "✓" if c.holds else "✗"
            rows.append(
                f"{mark} {_glyph(c.name):<4}{c.stated:>24.16g} {c.measured:>24.16g}  {c.kind}"
            )
        return rows


def _glyph(name: str) -> str:
    """How a constant is printed."""
    known = lookup(name)
    return name if known is None else known.glyph
