"""The command `auxtheory validate`: run theorems by name on the default set or on one pair, and
write the results as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auxtheory import theorems
from auxtheory.bounds.constants import MODES, check_step_parameter
from auxtheory.bounds.glossary import HELPER
from auxtheory.bounds.schedules import per_round
from auxtheory.cli import parameters
from auxtheory.defaults import (
    AUTO,
    FALSE_ALARM,
    LOCAL_STEPS,
    MU_SHARE,
    PROBLEM,
    REPLICAS,
    ROUNDS,
    SEED,
)
from auxtheory.engines import ENGINES, check_settings
from auxtheory.errors import LARGEST, Checks
from auxtheory.noise.laws import LEVELS, Gaussian, Noise
from auxtheory.problems import Pair, Quadratic, Target
from auxtheory.progress import progress_bar
from auxtheory.table import status_code
from auxtheory.theorems import Theorem
from auxtheory.theorems.definition import label_and_name, statement_of
from auxtheory.theorems.lookup import all_named, family_named, target_of
from auxtheory.theorems.measured import measure_name
from auxtheory.validation import default_cases
from auxtheory.validation.default_cases import DefaultCase
from auxtheory.validation.error_control import together
from auxtheory.validation.verdict import Verdict

RUN = ("engine", "replicas", "seed", "rao_blackwell")
OPTIONS = (*RUN, "theorem", "verbose", "json", "mode", "family")
TARGET = ("L", "mu", "dim", "spectrum", "F0", "rotation")
Results = list[tuple[Theorem, DefaultCase, Verdict]]


def statements(theorems: Sequence[Theorem]) -> str:
    """The docstrings of theorems: statement, proof, source."""
    return "\n\n".join(
        f"{label_and_name(theorem, '  ')}\n\n{statement_of(type(theorem))}" for theorem in theorems
    )


def statement(theorem: Theorem) -> dict[str, str]:
    """The name and the docstring of a theorem for JSON."""
    text = statement_of(type(theorem))
    return {"label": theorem.label, "name": theorem.name, "statement": text}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to validate: theorems by name, the given values of the problem and the steps, how
    to run."""

    names: Sequence[str] | None
    problem: Mapping[str, Any]
    lengths: Mapping[str, Any]
    engine: str
    replicas: Any
    seed: Any
    rao_blackwell: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> dict[str, Any]:
        """The options of `at.validate` for the steps, without T and K."""
        lengths = {name: value for name, value in self.lengths.items() if name not in ("T", "K")}
        return {
            name: per_round(value) if isinstance(value, str) and name != "mode" else value
            for name, value in {**lengths, **self.parameters}.items()
        }

    def command(self, labels: Sequence[str]) -> str:
        """The command that prints every row of these theorems, or of all; a user's theorems are
        named as in the request."""
        words = ["auxtheory", "validate", "--verbose"]
        user_theorems = any(":" in name for name in self.names or ())
        for label in self.names or () if user_theorems else labels or self.names or ():
            words += ["--theorem", label]
        for name, value in {**self.problem, **self.lengths, **self.parameters}.items():
            values = value if isinstance(value, list | tuple) else [value]
            words += [f"--{name.replace('_', '-')}", *map(str, values)]
        for name, default in (("engine", AUTO), ("replicas", REPLICAS), ("seed", SEED)):
            words += (
                [f"--{name}", str(getattr(self, name))] if getattr(self, name) != default else []
            )
        words += ["--rao-blackwell"] if self.rao_blackwell else []
        return shlex.join(words)

    def left_out(self, results: Results) -> list[tuple[Theorem, str]]:
        """The theorems that do not apply to the given pair, each with the first assumption that the
        pair breaks."""
        if self.names or not self.problem or self.lengths.get("mode") == "unsafe":
            return []
        checks = Checks()
        pair, noise = self._problem(checks)
        checks.done()
        ran = {theorem.label for theorem, *_ in results}
        broken_by = []
        for theorem in (kind() for kind in theorems.ALL if kind.label not in ran):
            if pair is not None and noise is not None:
                broken_by += [
                    (theorem, str(broken))
                    for broken in theorem.unmet(theorem.constants(pair, noise))[:1]
                ]
        return broken_by

    def planned(self) -> list[tuple[Theorem, DefaultCase]]:
        """The cases to run; InputError listing everything that is wrong with the request."""
        checks = Checks()
        named = checks.attempt(all_named, self.names)
        check_settings(checks, self.engine, self.replicas, self.seed)
        self._check_lengths(checks)
        parameters.check(checks, self.parameters, named or (), OPTIONS)
        pair, noise = self._problem(checks) if self.problem else (None, None)
        rounds = self.lengths.get("T")
        K = self.lengths.get("K")
        for theorem in named or () if self.names else ():
            if theorem.method.single_step and K not in (None, 1):
                checks.complain("K", K, f"must be 1 for {theorem.name}")
        checks.done()
        if named is None or pair is None or noise is None:
            defaults = default_cases.plan(
                named or theorems.ALL, K=K, T=None if rounds is None else tuple(rounds)
            )
            return [(each, case) for each, case in defaults if self._takes(case)]
        case = DefaultCase(
            "given", pair, noise, LOCAL_STEPS if K is None else K, tuple(rounds or ROUNDS)
        )
        planned = _planned(
            named,
            case,
            explicit=self.names is not None,
            unsafe=self.lengths.get("mode") == "unsafe",
        )
        if K is not None:
            return planned
        return [(each, default_cases.with_usual_steps(each, case)) for each, case in planned]

    def _takes(self, case: DefaultCase) -> bool:
        """Whether a default case is run: where local steps are drawn at once, diagonal ones."""
        engine = ENGINES.get(self.engine)
        at_once = self.rao_blackwell and engine and "rao_blackwell" in engine.OPTIONS
        return not at_once or getattr(case.pair, "diagonal", False)

    def _check_lengths(self, checks: Checks) -> None:
        lengths = self.lengths
        for T in lengths.get("T", ()):
            checks.whole("T", T)
        if "K" in lengths:
            checks.whole("K", lengths["K"])
        if "B" in lengths:
            checks.whole("B", lengths["B"], infinite=True)
        steps = {name: lengths[name] for name in ("eta", "a") if name in lengths}
        for name, value in {**steps, **self.parameters}.items():
            if isinstance(value, str):
                _check_schedule(checks, name, value)
            else:
                check_step_parameter(checks, name, value)
        if "mode" in lengths:
            checks.member("mode", lengths["mode"], MODES)

    def _problem(self, checks: Checks) -> tuple[Pair | None, Noise | None]:
        """The pair and the noise; None for one that the given values do not define."""
        values = {**PROBLEM, **self.problem}
        family = checks.attempt(family_named, values.get("family", Quadratic.__name__)) or Quadratic
        L = values["L"]
        if (
            "mu" not in values
            and isinstance(L, int | float)
            and 0 < L <= LARGEST
            and values["dim"] != 1
        ):
            values["mu"] = MU_SHARE * L
        noise = checks.attempt(
            Gaussian, **{name: values[name] for name in LEVELS if name in values}
        )
        target = self._target(checks, family, values)
        helper = {name: values[name] for name in HELPER if name in values}
        # An invalid target must not hide errors in its helper.
        pair = checks.attempt((target or Quadratic(L=1.0, dim=2)).with_helper, **helper)
        return pair, noise

    def _target(
        self, checks: Checks, family: type[Target] | Target, requested: Mapping[str, Any]
    ) -> Target | None:
        """The target with the values that its family takes; None if they are invalid."""
        known = family.arguments() if isinstance(family, type) else ()
        name = self.problem.get("family", Quadratic.__name__)
        # Defaults apply where the family has such an argument.
        values = {
            key: requested[key]
            for key in TARGET
            if key in self.problem or (key in requested and key in known)
        }
        return target_of(checks, family, name, values)


def _check_schedule(checks: Checks, name: str, text: str) -> None:
    """Check a text that stands for a schedule."""
    trial = Checks()
    trial.attempt(per_round, text)
    for complaint in trial.complaints:
        why = complaint.partition(": ")[2]
        checks.complain(name, text, f"must be a number, or a schedule; {why}")


def validate_all(request: Request) -> Results:
    """Run the default set, or the given problem. Theorems whose assumptions the problem breaks are
    left out; if such a theorem was requested by name, an AssumptionError is raised. The false-alarm
    rate is that of all rows together."""
    planned = request.planned()
    settings = {name: getattr(request, name) for name in RUN}
    of_all = {name: v for name, v in request.steps.items() if name not in request.parameters}
    further = {name: request.steps[name] for name in request.parameters}
    results: Results = []
    with progress_bar(len(planned), "cases") as bar:
        for theorem, case, verdict in default_cases.run_cases(
            planned, further, **settings, **of_all
        ):
            results.append((theorem, case, verdict))
            bar.update()
    verdicts = together([verdict for *_, verdict in results], FALSE_ALARM)
    return [
        (theorem, case, verdict)
        for (theorem, case, _), verdict in zip(results, verdicts, strict=True)
    ]


def _planned(
    theorems: Sequence[Theorem], case: DefaultCase, *, explicit: bool, unsafe: bool
) -> list[tuple[Theorem, DefaultCase]]:
    planned = []
    for theorem in theorems:
        constants = theorem.constants(case.pair, case.noise)
        if explicit and not unsafe:
            theorem.require(constants)
        if unsafe or not theorem.unmet(constants):
            planned.append((theorem, case))
    return planned


def verdicts(results: Results) -> list[dict[str, Any]]:
    """All results for JSON, with the pair, the noise and the provenance of each case."""
    return [
        {
            "theorem": t.name,
            "label": t.label,
            "case": case.name,
            "measure": measure_name(t),
            **json.loads(v.to_json()),
        }
        for t, case, v in results
    ]


def exit_status(results: Results) -> int:
    """0 if every row passed, 1 if a bound is violated, otherwise 3: a row is undecided or outside
    its theorem."""
    return status_code((verdict.status for *_, verdict in results), harmless=("pass",))
