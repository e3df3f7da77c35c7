"""The default set of cases: every theorem in every noise regime that it covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auxtheory import theorems
from auxtheory.defaults import LOCAL_STEPS, ROUNDS
from auxtheory.noise.laws import Gaussian, Noise, RandomSign
from auxtheory.problems import Pair, Quadratic, toy
from auxtheory.theorems import Theorem
from auxtheory.validation.validate import validate
from auxtheory.validation.verdict import Verdict


@dataclass(frozen=True, eq=False)
class Case:
    """A named pair under a named noise."""

    name: str
    pair: Pair
    noise: Noise
    K: int = LOCAL_STEPS
    T: tuple[int, ...] = ROUNDS


def cases() -> tuple[Case, ...]:
    """No noise, noise of f, of the helper, of both (independent and correlated), multiplicative;
    diagonal and dense."""
    diagonal = Quadratic(L=1.0, mu=0.1, dim=32).with_helper(delta=0.05, zeta=0.5)
    slow = Quadratic(L=1.0, mu=1e-3, dim=32, spectrum="geometric").with_helper(delta=0.05)
    dense = Quadratic(L=1.0, mu=0.1, dim=6, rotation=0).with_helper(
        delta=0.05, zeta=0.5, rotation=1
    )
    short = (10, 100, 1_000)
    return (
        Case("no noise", diagonal, Gaussian()),
        Case("no noise, ill-conditioned", slow, Gaussian()),
        Case("no noise, dense", dense, Gaussian(), T=short),
        Case("noise of f", diagonal, Gaussian(sigma_f=1.0)),
        Case("noise of h", diagonal, Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=1.0)),
        Case("independent noise", diagonal, Gaussian(sigma_f=1.0, sigma_h=0.5)),
        Case("correlated noise", diagonal, Gaussian(sigma_f=1.0, sigma_h=1.0, correlation=0.9)),
        Case("multiplicative noise", diagonal, Gaussian(sigma_f=0.1, s=0.05)),
        Case("independent noise, dense", dense, RandomSign(sigma_f=1.0, sigma_h=0.5), T=short),
        Case("toy", toy(delta=0.5, zeta=1.0), Gaussian(sigma_f=0.3, sigma_h=0.1), K=10),
    )


def plan(
    kinds: Sequence[Theorem | type[Theorem]] = theorems.ALL,
    *,
    K: int | None = None,
    T: tuple[int, ...] | None = None,
) -> tuple[tuple[Theorem, Case], ...]:
    """The theorems with the cases that meet their assumptions; K and T replace the cases' own."""
    changes = {name: value for name, value in (("K", K), ("T", T)) if value is not None}
    made = tuple(replace(case, **changes) for case in cases())  # type: ignore[arg-type]
    given = [kind() if isinstance(kind, type) else kind for kind in kinds]
    chosen = [(theorem, case) for theorem in given for case in made]
    return tuple(
        (t, _suited(t, case))
        for t, case in chosen
        if not t.unmet(t.constants(case.pair, case.noise))
    )


def _suited(theorem: Theorem, case: Case) -> Case:
    """A linear rate is seen early: by round 100 both sides of it are below anything a number can
    hold."""
    return replace(case, T=(1, 3, 10)) if theorem.measure == "gap" and max(case.T) > 100 else case


def run(
    planned: Sequence[tuple[Theorem, Case]], **options: Any
) -> Iterator[tuple[Theorem, Case, Verdict]]:
    """Validate each planned case; options go to `validate`."""
    for theorem, case in planned:
        K = 1 if theorem.method.single_step else case.K
        yield theorem, case, validate(theorem, case.pair, case.noise, K=K, T=case.T, **options)
