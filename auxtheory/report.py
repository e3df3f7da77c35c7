"""What `auxtheory validate` says: theorems by name, the default set or one pair, as text and as JSON."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from auxtheory import __version__, suite, theorems
from auxtheory.constants import check_quantity
from auxtheory.engines import check_settings
from auxtheory.errors import LARGEST, Checks
from auxtheory.judgement import together
from auxtheory.naming import theorems_named
from auxtheory.noise import Gaussian, Noise
from auxtheory.problems import Quadratic, QuadraticPair
from auxtheory.result import Status, Table, Verdict, status_code
from auxtheory.suite import LOCAL_STEPS, ROUNDS, Case
from auxtheory.theorems import Theorem

TARGET = ("L", "mu", "dim", "spectrum", "F0", "rotation")
HELPER = ("delta", "zeta")
NOISE = ("sigma_f", "sigma_h", "correlation", "s")
DEFAULTS = {"L": 1.0, "dim": 32, "delta": 0.05}
FALSE_ALARM = 1e-4
Results = list[tuple[Theorem, str, Verdict]]


def statements(kinds: Sequence[type[Theorem]]) -> str:
    """The docstrings of theorems: statement, proof, source."""
    return "\n\n".join(f"{kind.label}  {kind.__name__}\n\n{inspect.getdoc(kind)}" for kind in kinds)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for: theorems by name, the problem's and the steps' given values, and how to run."""

    names: Sequence[str] | None
    problem: Mapping[str, Any]
    lengths: Mapping[str, Any]
    engine: str
    replicas: Any
    seed: Any

    def planned(self) -> list[tuple[Theorem, Case]]:
        """The cases to run; InputError listing everything that is wrong with the request."""
        checks = Checks()
        kinds = checks.attempt(theorems_named, self.names)
        check_settings(checks, self.engine, self.replicas, self.seed)
        self._check_lengths(checks)
        pair, noise = (self._problem(checks) if self.problem else (None, None))
        rounds, K = self.lengths.get("T"), self.lengths.get("K")
        for kind in kinds or () if self.names else ():
            if kind.method.single_step and K not in (None, 1):
                checks.complain("K", K, f"must be 1 for {kind.__name__}")
        checks.done()
        if kinds is None or pair is None or noise is None:
            return list(suite.plan(kinds or theorems.ALL, K=K, T=None if rounds is None else tuple(rounds)))
        case = Case("given", pair, noise, LOCAL_STEPS if K is None else K, tuple(rounds or ROUNDS))
        return _planned(kinds, case, explicit=self.names is not None, unsafe=self.lengths.get("mode") == "unsafe")

    def _check_lengths(self, checks: Checks) -> None:
        lengths = self.lengths
        for T in lengths.get("T", ()):
            checks.whole("T", T)
        if "K" in lengths:
            checks.whole("K", lengths["K"])
        if "B" in lengths:
            checks.whole("B", lengths["B"], infinite=True)
        for name in ("eta", "a"):
            if name in lengths:
                check_quantity(checks, name, lengths[name])
        if "mode" in lengths:
            checks.member("mode", lengths["mode"], ("tuned", "theorem", "unsafe"))

    def _problem(self, checks: Checks) -> tuple[QuadraticPair | None, Noise | None]:
        """The pair and the noise, None where the given values do not make one."""
        given = {**DEFAULTS, **self.problem}
        L = given["L"]
        if "mu" not in given and isinstance(L, int | float) and 0 < L <= LARGEST and given["dim"] != 1:
            given["mu"] = 0.1 * L
        noise = checks.attempt(Gaussian, **{name: given[name] for name in NOISE if name in given})
        target = checks.attempt(Quadratic, **{name: given[name] for name in TARGET if name in given})
        helper = {name: given[name] for name in HELPER if name in given}
        # A target that could not be made must not hide what is wrong with its helper.
        pair = checks.attempt((target or Quadratic(L=1.0, dim=2)).with_helper, **helper)
        return pair, noise


def validate_all(request: Request) -> Results:
    """Run the default set, or the one problem given. Theorems whose assumptions the problem breaks are left out,
    unless they were asked for by name, which is then an AssumptionError. False alarms are controlled over all."""
    planned = request.planned()
    settings = {"engine": request.engine, "replicas": request.replicas, "seed": request.seed}
    steps = {name: value for name, value in request.lengths.items() if name not in ("T", "K")}
    results: Results = []
    with progress_bar(len(planned), "cases") as bar:
        for theorem, case, verdict in suite.run(planned, **settings, **steps):
            results.append((theorem, case.name, verdict))
            bar.update()
    verdicts = together([verdict for *_, verdict in results], FALSE_ALARM)
    return [(theorem, name, verdict) for (theorem, name, _), verdict in zip(results, verdicts, strict=True)]


def _planned(
    kinds: Sequence[type[Theorem]], case: Case, *, explicit: bool, unsafe: bool
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
        notes = dict.fromkeys(f"  {note}\n" for *_, verdict in own for note in verdict.notes if _worth(note))
        parts.append(f"{head}\n(engine {engines})\n{''.join(notes)}{kept.drop(hidden)}\n")
    return "\n".join([*parts, _summary(results)])


def _worth(note: str) -> bool:
    """Whether a note says why a row is no `pass`, or why a slower engine ran."""
    return note.startswith(("engine passed over", "outside", "undecided"))


def _summary(results: Results) -> str:
    counts = {status: sum(v.status == status for *_, v in results) for status in reversed(get_args(Status))}
    kinds = len({theorem.label for theorem, *_ in results})
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count or name in ("pass", "violated"))
    ratios = [v.ratio for *_, v in results if not np.isnan(v.ratio)]
    largest = f"; largest measured/bound {max(ratios):.4g}" if ratios else ""
    return f"{kinds} theorems, {len(results)} cases: {said}{largest}"


def to_json(results: Results) -> str:
    """Everything, with the pair, the noise and the provenance of each case."""
    verdicts = [
        {"theorem": t.name, "label": t.label, "case": case, "measure": t.measure, **json.loads(v.to_json())}
        for t, case, v in results
    ]
    return json.dumps({"auxtheory": __version__, "verdicts": verdicts}, indent=1, ensure_ascii=False)


def exit_status(results: Results) -> int:
    """0 if every row passed, 1 if a bound is violated, else 3: a row is undecided or outside its theorem."""
    return status_code((verdict.status for *_, verdict in results), fine=("pass",))


@contextmanager
def progress_bar(total: int, unit: str) -> Iterator[Any]:
    """A bar on standard error, silent when that is not a terminal."""
    from tqdm import tqdm

    with tqdm(total=total, unit=f" {unit}", disable=None, leave=False) as bar:
        yield bar
