"""What `auxtheory validate` says: theorems by name, the default set or one pair, as text and as JSON."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from auxtheory import __version__, suite, theorems
from auxtheory.errors import Checks
from auxtheory.noise import Gaussian
from auxtheory.problems import Quadratic
from auxtheory.result import Table, Verdict
from auxtheory.suite import LOCAL_STEPS, ROUNDS, Case
from auxtheory.theorems import Theorem

TARGET = ("L", "mu", "dim", "spectrum", "F0", "rotation")
HELPER = ("delta", "zeta")
NOISE = ("sigma_f", "sigma_h", "correlation", "s")
DEFAULTS = {"L": 1.0, "dim": 32, "delta": 0.05}
Results = list[tuple[Theorem, str, Verdict]]


def theorems_named(names: Sequence[str] | None) -> tuple[type[Theorem], ...]:
    """The theorems of these names or labels (all for None); InputError naming every unknown one."""
    if not names:
        return theorems.ALL
    known = {key: kind for kind in theorems.ALL for key in (kind.__name__, kind.label)}
    folded = {key.casefold(): key for key in known}
    checks = Checks()
    for name in names:
        checks.member("theorem", folded.get(name.casefold(), name), known)
    checks.done()
    return tuple(dict.fromkeys(known[folded[name.casefold()]] for name in names))


def statements(kinds: Sequence[type[Theorem]]) -> str:
    """The docstrings of theorems: statement, proof, source."""
    return "\n\n".join(f"{kind.label}  {kind.__name__}\n\n{inspect.getdoc(kind)}" for kind in kinds)


def validate_all(
    kinds: Sequence[type[Theorem]],
    problem: dict[str, Any],
    lengths: dict[str, Any],
    settings: dict[str, Any],
    *,
    explicit: bool,
) -> Results:
    """Run the default set, or the one problem given. Theorems whose assumptions the problem breaks are left out,
    unless they were asked for by name, which is then an AssumptionError."""
    lengths = dict(lengths)
    rounds, K = lengths.pop("T", None), lengths.pop("K", None)
    if problem:
        planned = _planned(kinds, _case(problem, rounds, K), explicit, unsafe=lengths.get("mode") == "unsafe")
    else:
        changed = {"T": tuple(rounds)} if rounds else {}
        planned = suite.plan(kinds, K=K, **changed)
    results: Results = []
    with progress_bar(len(planned), "cases") as bar:
        for theorem, case, verdict in suite.run(planned, **settings, **lengths):
            results.append((theorem, case.name, verdict))
            bar.update()
    return results


def _case(problem: dict[str, Any], rounds: Any, K: Any) -> Case:
    given = {**DEFAULTS, **problem}
    if "mu" not in problem and isinstance(given["L"], int | float) and given["dim"] != 1:
        given["mu"] = 0.1 * given["L"]
    target = Quadratic(**{name: given[name] for name in TARGET if name in given})
    pair = target.with_helper(**{name: given[name] for name in HELPER if name in given})
    noise = Gaussian(**{name: given[name] for name in NOISE if name in given})
    return Case("given", pair, noise, LOCAL_STEPS if K is None else K, tuple(rounds or ROUNDS))


def _planned(
    kinds: Sequence[type[Theorem]], case: Case, explicit: bool, unsafe: bool
) -> list[tuple[Theorem, Case]]:
    planned = []
    for kind in kinds:
        theorem = kind()
        constants = theorem.constants(case.pair, case.noise)
        if explicit and not unsafe:
            theorem.require(constants)
        if unsafe or not theorem.unmet(constants):
            planned.append((theorem, case))
    return planned


def table(results: Results) -> Table:
    """One row per theorem, case and T."""
    columns = ("T", "eta", "a", "measured", "se", "bound", "ratio", "slope", "predicted", "status")
    return Table(tuple(
        {"theorem": theorem.name, "label": theorem.label, "case": case, "measure": theorem.measure}
        | {name: row[name] for name in columns}
        for theorem, case, verdict in results for row in verdict.table
    ))  # fmt: skip


def text(results: Results) -> str:
    """A table per theorem, then one line of summary."""
    parts = []
    for theorem in dict.fromkeys(theorem for theorem, *_ in results):
        own = [result for result in results if result[0] is theorem]
        kept = table(own).drop(["theorem", "label", "measure"])
        engines = ", ".join(sorted({verdict.engine for *_, verdict in own}))
        head = f"{theorem.label} {theorem.name}: {theorem.measure} ≤ {theorem.corollaries[0].bound}"
        hidden = [name for name in ("se", "a") if not any(row[name] for row in kept)]
        parts.append(f"{head}\n(engine {engines})\n{kept.drop(hidden)}\n")
    return "\n".join([*parts, _summary(results)])


def _summary(results: Results) -> str:
    counts = {status: sum(v.status == status for *_, v in results) for status in ("pass", "violated", "undecided")}
    kinds = len({theorem.label for theorem, *_ in results})
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count or status != "undecided")
    largest = max((v.ratio for *_, v in results), default=float("nan"))
    return f"{kinds} theorems, {len(results)} cases: {told}; largest measured/bound {largest:.4g}"


def to_json(results: Results) -> str:
    """Everything, with the pair, the noise and the provenance of each case."""
    verdicts = [
        {"theorem": t.name, "label": t.label, "case": case, "measure": t.measure, **json.loads(v.to_json())}
        for t, case, v in results
    ]
    return json.dumps({"auxtheory": __version__, "verdicts": verdicts}, indent=1, ensure_ascii=False)


def exit_status(results: Results) -> int:
    """1 if a bound is violated, else 0."""
    return int(any(verdict.status == "violated" for *_, verdict in results))


@contextmanager
def progress_bar(total: int, unit: str) -> Iterator[Any]:
    """A bar on standard error, silent when that is not a terminal."""
    from tqdm import tqdm

    with tqdm(total=total, unit=f" {unit}", disable=None, leave=False) as bar:
        yield bar

