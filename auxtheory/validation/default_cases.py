"""The default cases of `auxtheory validate`: every theorem in every noise regime that it covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from auxtheory import theorems
from auxtheory.defaults import AUTO, LOCAL_STEPS, ROUNDS
from auxtheory.measures import gap_last
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Pair, Quadratic, toy
from auxtheory.theorems import Theorem
from auxtheory.theorems.measured import measure_of
from auxtheory.theorems.step_range import NO_PARAMETERS, usual_steps
from auxtheory.validation.validate import validate
from auxtheory.validation.verdict import Verdict


@dataclass(frozen=True, eq=False)
class DefaultCase:
    """A named problem, with the numbers of local steps and of rounds at which it is run."""

    name: str
    pair: Pair
    noise: Noise
    K: int = LOCAL_STEPS
    T: tuple[int, ...] = ROUNDS
    B: float = np.inf
    parameters: Mapping[str, Any] = field(default_factory=dict)
    engine: str | None = None


def cases() -> tuple[DefaultCase, ...]:
    """The default cases: no noise; noise of f, of the helper, of both (independent and correlated);
    multiplicative noise; diagonal and dense matrices."""
    diagonal = Quadratic(L=1.0, mu=0.1, dim=32).with_helper(delta=0.05, zeta=0.5)
    slow = Quadratic(L=1.0, mu=1e-3, dim=32, spectrum="geometric").with_helper(delta=0.05)
    dense = Quadratic(L=1.0, mu=0.1, dim=6, rotation=0).with_helper(
        delta=0.05, zeta=0.5, rotation=1
    )
    short = (10, 100, 1_000)
    return (
        DefaultCase("no noise", diagonal, Gaussian()),
        DefaultCase("no noise, ill-conditioned", slow, Gaussian()),
        DefaultCase("no noise, dense", dense, Gaussian(), T=short),
        DefaultCase("noise of f", diagonal, Gaussian(sigma_f=1.0)),
        DefaultCase("noise of h", diagonal, Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=1.0)),
        DefaultCase("independent noise", diagonal, Gaussian(sigma_f=1.0, sigma_h=0.5)),
        DefaultCase(
            "correlated noise", diagonal, Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=0.9)
        ),
        DefaultCase("multiplicative noise", diagonal, Gaussian(sigma_f=0.1, s=0.05)),
        DefaultCase(
            "independent noise, dense", dense, RandomSign(sigma_f=1.0, sigma_h=0.5), T=short
        ),
        DefaultCase("toy", toy(delta=0.5, zeta=1.0), Gaussian(sigma_f=0.3, sigma_h=0.1), K=10),
    )


def plan(
    kinds: Sequence[Theorem | type[Theorem]] = theorems.ALL,
    *,
    K: int | None = None,
    T: tuple[int, ...] | None = None,
) -> tuple[tuple[Theorem, DefaultCase], ...]:
    """The theorems with their examples, and the cases that meet their assumptions; K and T replace
    those of the cases."""
    changes = {name: value for name, value in (("K", K), ("T", T)) if value is not None}
    changed = [replace(case, **changes) for case in cases()]  # type: ignore[arg-type]
    instances = [kind() if isinstance(kind, type) else kind for kind in kinds]
    return tuple(
        (theorem, case)
        for theorem in instances
        for case in (
            *(replace(case, **changes) for case in _examples(theorem)),  # type: ignore[arg-type]
            *_applying(theorem, changed, K),
        )
    )


def _examples(theorem: Theorem) -> Iterator[DefaultCase]:
    case = theorem.example()
    if case is not None:
        yield DefaultCase(
            "example",
            case.pair,
            case.noise,
            case.K,
            case.T,
            B=case.B,
            parameters=case.parameters,
            engine=case.engine,
        )


def _applying(
    theorem: Theorem, changed: Sequence[DefaultCase], K: int | None
) -> Iterator[DefaultCase]:
    """The cases that meet the assumptions of a theorem; none if it has an example of its own."""
    if theorem.example() is not None:
        return
    for case in changed:
        if not theorem.unmet(theorem.constants(case.pair, case.noise)):
            yield _shortened(theorem, case if K is not None else with_usual_steps(theorem, case))


def with_usual_steps(theorem: Theorem, case: DefaultCase) -> DefaultCase:
    """The case at K = 1 if the theorem does not allow its K."""
    return replace(case, K=usual_steps(theorem, case.K))


def _shortened(theorem: Theorem, case: DefaultCase) -> DefaultCase:
    """The case with few rounds for a linear rate, both sides of which underflow by round 100."""
    return (
        replace(case, T=(1, 3, 10))
        if measure_of(theorem).key == gap_last.key and max(case.T) > 100
        else case
    )


def run_cases(
    planned: Sequence[tuple[Theorem, DefaultCase]],
    parameters: Mapping[str, Any] = NO_PARAMETERS,
    **options: Any,
) -> Iterator[tuple[Theorem, DefaultCase, Verdict]]:
    """Validate each planned case; options are those of `validate`, and of the step parameters each
    method gets those that it takes."""
    for theorem, case in planned:
        K = 1 if theorem.method.single_step else case.K
        taken = {name: v for name, v in parameters.items() if name in theorem.method.parameters}
        lengths: dict[str, Any] = {"K": K, "T": case.T, "B": case.B}
        arguments = {**lengths, **case.parameters, **taken, **options}
        if case.engine is not None and options.get("engine", AUTO) == AUTO:
            arguments["engine"] = case.engine
        verdict = validate(theorem, case.pair, case.noise, **arguments)
        yield theorem, case, verdict
