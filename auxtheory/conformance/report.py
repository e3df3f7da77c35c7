"""The result of a check: an outcome for each property, and the error that describes the failed
ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from auxtheory.columns import table
from auxtheory.conformance.case import Case
from auxtheory.printing import brief, wrapped
from auxtheory.table import Table

Status: TypeAlias = Literal["passed", "failed", "does not apply"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Outcome:
    """The result for one property.

    Args:
        name: the name of the property.
        says: what the property says, in a few words.
        status: "passed", "failed" or "does not apply".
        text: what differs, or why the property does not apply.
        case: the smallest case in which it fails.
        cause: the likely cause of the failure.
        error: the error that the implementation raised, if any.

    Example:
        >>> import auxtheory as at
        >>> at.testing.check_method(at.methods.AuxMOM)["units"].status
        'passed'
    """

    name: str
    says: str
    status: Status
    text: str = ""
    case: Case | None = None
    cause: str = ""
    error: BaseException | None = None

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [
            f"{self.name}, {self.status}: {self.says}",
            *([f"  {self.text}"] if self.text else []),
        ]
        lines += [f"  likely cause: {self.cause}"] if self.cause else []
        lines += [f"  {brief(self.case)}"] if self.case is not None else []
        return "\n".join(map(wrapped, lines))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Report:
    """The outcome of every property for one implementation; prints as a table.

    Args:
        implementation: the name of the implementation.
        like: the name of the method that it claims to be, "" if none.
        outcomes: one per property, in order.
        namespace: the name of the namespace of its arrays.

    Example:
        >>> import auxtheory as at
        >>> at.testing.check_method(at.methods.AuxMOM).title
        'AuxMOM as AuxMOM'
    """

    implementation: str
    like: str
    outcomes: tuple[Outcome, ...]
    namespace: str = "numpy"

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes that failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "failed")

    def __getitem__(self, name: str) -> Outcome:
        """The outcome of the property of this name."""
        return {outcome.name: outcome for outcome in self.outcomes}[name]

    @property
    def title(self) -> str:
        """The name of the implementation, and of the method that it claims to be."""
        return f"{self.implementation} as {self.like}" if self.like else self.implementation

    @property
    def table(self) -> Table:
        """One row per property: `property`, `status` and `what`."""
        return Table(
            tuple(
                {"property": o.name, "status": o.status, "what": o.text or o.says}
                for o in self.outcomes
            )
        )

    def __str__(self) -> str:
        outcomes = self.table
        return f"{self.title}\n{table(outcomes.rows, outcomes.columns, same=())}"

    def __repr__(self) -> str:
        return str(self)


class NonConforming(AssertionError):
    """An implementation that lacks a property.

    The message is a script that shows each failure in its smallest case, with the likely cause.
    `report` has the outcome of every property.

    Example:
        >>> import auxtheory as at
        >>> class AuxMOM(at.methods.AuxMOM):
        ...     def step(o, x, m, *, eta):
        ...         return x - eta * o.h(x), m
        >>> wrong = AuxMOM
        >>> try:
        ...     at.testing.check_method(wrong)
        ... except at.testing.NonConforming as error:
        ...     print(error.report.failed[0].name)
        fixed point
    """

    def __init__(self, report: Report) -> None:
        count = len(report.failed)
        of = sum(o.status != "does not apply" for o in report.outcomes)
        head = f"{report.title}: {count} of {of} properties {'fails' if count == 1 else 'fail'}"
        other = report.namespace != "numpy"
        imports = ["import auxtheory as at", *([f"import {report.namespace}"] if other else [])]
        imports.append("from auxtheory.conformance import Case, follow")
        call = (
            f"print(follow({report.implementation}, "
            f"case{f', xp={report.namespace}' if other else ''}))"
        )
        blocks = ["\n".join([head, *imports])]
        for number, outcome in enumerate(report.failed):
            same_cause = number > 0 and outcome.cause == report.failed[number - 1].cause
            blocks.append("\n".join([*described(outcome, same_cause), *script(outcome, call)]))
        super().__init__("\n\n".join(blocks))
        self.report = report


def described(outcome: Outcome, same_cause: bool) -> list[str]:
    """The failed property, what differs and, unless it is the same as before, the likely cause, as
    comments."""
    cause = "as above" if same_cause else outcome.cause
    return [
        f"# {outcome.name}: {outcome.says}",
        f"#   {outcome.text}",
        f"#   likely cause: {cause}",
    ]


def script(outcome: Outcome, call: str) -> list[str]:
    """The smallest case, as code."""
    if outcome.case is None:
        return []
    return [
        "case = Case(",
        *(f"    {argument}," for argument in outcome.case.arguments()),
        ")",
        call,
    ]
