"""The output of `auxtheory validate`: a line per theorem, the reasons why rows are not `pass`, and
the cases; or all tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import numpy as np

from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.cli.validate import Request, Results
from auxtheory.columns import table
from auxtheory.printing import brief, listed, number, wrapped
from auxtheory.table import Status, Table, parameter_column, schedule_column
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import label_and_name
from auxtheory.theorems.measured import measure_name
from auxtheory.validation.default_cases import DefaultCase
from auxtheory.validation.verdict import Verdict

MAX_LISTED = 20  # violated rows, and reasons why others are not `pass`, that are printed
NUMBER = re.compile(r"\d[\d.,e+-]*")
COLUMNS = ("T", "eta", "a", "measured", "se", "bound", "ratio", "slope", "predicted", "status")


def text(results: Results, request: Request, *, verbose: bool = False) -> str:
    """The output: all tables if `verbose` or if there is one theorem and one pair, otherwise an
    overview on one screen."""
    tables = verbose or (len(results) == 1 and bool(request.problem))
    parts = []
    if tables:
        parts += [_full(theorem, _of(results, theorem)) for theorem in _theorems(results)]
    elif results:
        parts.append(_overview(results))
    parts += [
        "\n".join(lines)
        for lines in (list(_reasons(results, request)), _legend(results, request))
        if lines
    ]
    open_ = list(
        dict.fromkeys(theorem.label for theorem, _, verdict in results if verdict.status != "pass")
    )
    more = [] if tables else [f"every row: {request.command(open_ if len(open_) <= 2 else ())}"]
    return "\n\n".join([*parts, "\n".join([*more, wrapped(_summary(results))])])


def _theorems(results: Results) -> list[Theorem]:
    return list(dict.fromkeys(theorem for theorem, *_ in results))


def _of(results: Results, theorem: Theorem) -> Results:
    return [result for result in results if result[0] is theorem]


def results_table(results: Results) -> Table:
    """One row per theorem, case and T."""
    return Table(
        tuple(
            {
                "theorem": theorem.name,
                "label": theorem.label,
                "case": case.name,
                "measure": measure_name(theorem),
            }
            | {name: row[name] for name in _columns(theorem, row)}
            for theorem, case, verdict in results
            for row in verdict.table
        )
    )


def _columns(theorem: Theorem, row: Mapping[str, Any]) -> list[str]:
    """The columns of a row that are printed, those of the steps that it has among them."""
    steps = [parameter_column(name) for name in theorem.method.parameters]
    every = [name for step in ("eta", "a", *steps) for name in (step, schedule_column(step))]
    hidden = {step for step in steps if schedule_column(step) in row}
    names = dict.fromkeys((COLUMNS[0], *every, *COLUMNS[1:]))
    return [name for name in names if name in row and name not in hidden]


def _full(theorem: Theorem, results: Results) -> str:
    """All rows of a theorem as text."""
    lone = ["case"] if len(results) == 1 else []
    columns = results_table(results).drop(["theorem", "label", "measure", *lone])
    head = wrapped(
        f"{label_and_name(theorem)}: {measure_name(theorem)} ≤ {theorem.corollaries[0].bound}"
    )
    hidden = [name for name in ("se", "a") if not any(row[name] for row in columns)]
    return f"{head}\n({_engines(results)})\n{columns.drop(hidden).text(most=None)}"


def _engines(results: Results) -> str:
    engines = sorted({verdict.engine for *_, verdict in results})
    return f"engine{'s' if len(engines) > 1 else ''} {', '.join(engines)}"


def _overview(results: Results) -> str:
    """A table with a line for each theorem or, for a single theorem, for each case."""
    theorems = _theorems(results)
    if len(theorems) > 1:
        lines = [
            {"": _label(theorem), "theorem": theorem.name, **_line(_of(results, theorem))}
            for theorem in theorems
        ]
    else:
        lines = [
            {
                "": _label(theorem),
                "theorem": theorem.name,
                "case": result[1].name,
                **_line([result]),
            }
            for result in results
            for theorem in theorems
        ]
    hidden = ["in"] if len(theorems) == 1 else []
    columns = [
        name
        for name in lines[0]
        if name in ("", "status") or (name not in hidden and any(line[name] for line in lines))
    ]
    return table(lines, columns, same=())


def _label(theorem: Theorem) -> str:
    """The label of a theorem, where it is not its name."""
    return theorem.label if theorem.label != theorem.name else ""


def _line(results: Results) -> dict[str, Any]:
    """`pass`, or the rows of each other status; the cases that passed of all; the largest
    measured/bound, and where."""
    row_statuses = [row["status"] for *_, verdict in results for row in verdict.table]
    statuses = [verdict.status for *_, verdict in results]
    counts = {status: row_statuses.count(status) for status in get_args(Status) if status != "pass"}
    open_ = ", ".join(f"{status} {count}" for status, count in counts.items() if count)
    ratio, T, where = _largest(results)
    return {
        "status": open_ or "pass",
        "cases": f"{statuses.count('pass')}/{len(results)}",
        "ratio": ratio,
        "at T": T,
        "in": where,
    }


def _largest(results: Results) -> tuple[float, Any, str]:
    """The largest measured/bound of rows inside their theorem, with its T and its case."""
    best = np.nan
    T = ""
    where = ""
    for _, case, verdict in results:
        for row in verdict.table:
            if row["status"] != "outside" and not np.isnan(row["p"]) and not row["ratio"] <= best:
                best = row["ratio"]
                T = row["T"]
                where = case.name
    return float(best), T, where


def _reasons(results: Results, request: Request) -> Iterator[str]:
    """Every violated row, the reasons why others are not `pass` or a slower engine ran, and the
    theorems that were left out."""
    wrong = [
        (theorem, case, verdict, row)
        for theorem, case, verdict in results
        for row in verdict.table
        if row["status"] == "violated"
    ]
    for theorem, case, verdict, row in wrong[:MAX_LISTED]:
        yield wrapped(_violated(theorem, case, verdict, row))
    if len(wrong) > MAX_LISTED:
        yield f"… and {len(wrong) - MAX_LISTED} more violated rows"
    alike: dict[str, list[tuple[str, str]]] = {}
    for theorem, case, verdict in results:
        for note in filter(_worth, verdict.notes):
            reason = note.partition("; error=")[0]
            alike.setdefault(NUMBER.sub("", reason), []).append(
                (reason, f"{theorem.label} in {case.name}")
            )
    for notes in list(alike.values())[:MAX_LISTED]:
        more = f", and {len(notes) - 1} more like it" if len(notes) > 1 else ""
        yield wrapped(f"{notes[0][0]} ({notes[0][1]}{more})")
    for theorem, broken in request.left_out(results):
        yield wrapped(f"left out: {label_and_name(theorem)}, which assumes {broken}")


def _violated(theorem: Theorem, case: DefaultCase, verdict: Verdict, row: Mapping[str, Any]) -> str:
    steps = ", ".join(_steps(theorem, row))
    sampled = (
        f", standard error {row['se']:.4g} of {row['replicas']} replicas"
        if verdict.false_alarm
        else ""
    )
    return (
        f"violated: {label_and_name(theorem)} in {case.name}, T = {row['T']}, {steps} "
        f"({verdict.mode}): "
        f"measured {row['measured']:.6g} > bound {row['bound']:.6g}, ratio "
        f"{row['ratio']:.6g}{sampled}; "
        f"largest term {row['dominant']}"
    )


def _steps(theorem: Theorem, row: Mapping[str, Any]) -> Iterator[str]:
    """The step parameters of a row, each as NAME = VALUE."""
    for name in dict.fromkeys(("eta", "a", *theorem.method.parameters)):
        column = parameter_column(name)
        value = row.get(schedule_column(column), row.get(column))
        if value is not None:
            text = value if isinstance(value, str) else number(value)
            yield f"{'η' if name == 'eta' else name} = {text}"


def _worth(note: str) -> bool:
    """Whether a note says why a row is not `pass`, or why a slower engine ran."""
    return note.startswith(("engine passed over", "outside", "undecided"))


def _legend(results: Results, request: Request) -> list[str]:
    """The legend of the cases: each pair once, with a letter; noise, K and T of each case; the
    constants if there is only one pair."""
    # Theorems that allow K = 1 alone are exceptions, unless all are.
    ordered = sorted(results, key=lambda result: result[1].K)
    by_name = {case.name: case for _, case, _ in ordered}
    cases = [by_name[name] for name in dict.fromkeys(case.name for _, case, _ in results)]
    if not cases:
        return []
    runs = [(f"K = {case.K}", f"T = {listed(_usual(results, case.name))}") for case in cases]
    if len(cases) == 1:
        (case,) = cases
        description = (
            f"{case.name}: {brief(case.pair)},\n  {brief(case.noise)}, {', '.join(runs[0])}"
        )
        return [wrapped(description), *_constants(case), *_exceptions(results, request)]
    usual = [max(column, key=column.count) for column in zip(*runs, strict=True)]
    pairs = list(dict.fromkeys(repr(case.pair) for case in cases))
    letters = {code: chr(ord("A") + i) for i, code in enumerate(pairs)}
    pad = max(len(case.name) for case in cases)
    lines = [f"cases ({', '.join(usual)}, unless a line says otherwise)"]
    for case, lengths in zip(cases, runs, strict=True):
        description = ", ".join(
            [brief(case.noise), *(text for text in lengths if text not in usual)]
        )
        lines.append(
            wrapped(
                f"  {case.name.ljust(pad)}  pair {letters[repr(case.pair)]}, {description}",
                indent=" " * (pad - 2),
            )
        )
    lines += [wrapped(f"  {letters[code]} = {brief(code)}", indent="      ") for code in pairs]
    return [*lines, *_exceptions(results, request)]


def _usual(results: Results, name: str) -> Sequence[int]:
    """The values of T at which most theorems run a case."""
    every = [case.T for _, case, _ in results if case.name == name]
    return max(every, key=every.count)


def _constants(case: DefaultCase) -> list[str]:
    """The constants of a pair and its noise."""
    known = case.noise.constants(case.pair.constants())
    values = ", ".join(
        f"{GLOSSARY[name].glyph} = {number(value)}" for name, value in known.values().items()
    )
    return [wrapped(f"  {values}", indent="")]


def _exceptions(results: Results, request: Request) -> list[str]:
    """How cases differ from the legend for single steps, for rates of the last iterate, and for
    steps given by the user."""
    lines = []
    single = list(dict.fromkeys(theorem.label for theorem, case, _ in results if case.K == 1))
    if single and len(single) < len(_theorems(results)):
        lines.append(f"K = 1 in {', '.join(single)}, which allow no other")
    other: dict[str, str] = {}
    for theorem, case, _ in results:
        if tuple(case.T) != tuple(_usual(results, case.name)):
            other[theorem.label] = listed(case.T)
    lines += [f"T = {T} in {label}" for label, T in other.items()]
    names = {"B": "B", "eta": "η", "a": "a", "mode": "mode"}
    names |= {name: name for name in request.parameters}
    given = {**request.lengths, **request.parameters}
    if fixed := [f"{names[n]} = {value}" for n, value in given.items() if n in names]:
        lines.append(f"everywhere {', '.join(fixed)}")
    return [wrapped("  " + "; ".join(lines), indent="")] if lines else []


def _summary(results: Results) -> str:
    counts = {
        status: sum(v.status == status for *_, v in results)
        for status in reversed(get_args(Status))
    }
    kinds = len({theorem.label for theorem, *_ in results})
    counted = ", ".join(
        f"{count} {name}" for name, count in counts.items() if count or name in ("pass", "violated")
    )
    ratios = [v.ratio for *_, v in results if not np.isnan(v.ratio)]
    largest = f"; largest measured/bound {max(ratios):.4g}" if ratios else ""
    engines = f"; {_engines(results)}" if results else ""
    theorems = "1 theorem" if kinds == 1 else f"{kinds} theorems"
    cases = "1 case" if len(results) == 1 else f"{len(results)} cases"
    rows = sum(len(verdict.table) for *_, verdict in results)
    return f"{theorems}, {cases}, {rows} row{'' if rows == 1 else 's'}{engines}{largest}: {counted}"
