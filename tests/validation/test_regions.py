"""Theorems judged with the constants of a region, and runs that leave it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from own_family import LogCosh

import auxtheory as at
from auxtheory import engines
from auxtheory.problems import LogisticPair
from auxtheory.validation import visited
from auxtheory.validation.regions import BEYOND, constants_on, looks_beyond
from auxtheory.validation.visited import VISITED


def pair(classes: int = 2, **more: Any) -> LogisticPair:
    rng = np.random.default_rng(0)
    A = rng.normal(size=(40, 4)) + 0.5
    labels = rng.permutation(np.arange(40) % classes)
    f = at.Logistic(features=A, labels=labels, l2=0.05, **more)
    return at.helpers.rotated(f, 15.0)


PAIR = pair()
NOISE = at.Minibatch(pair=PAIR, batch=8)
AUXMOM = at.theorems.AuxMOM()
LENGTHS: dict[str, Any] = {"K": 3, "T": 6, "replicas": 16, "engine": "numpy"}


def test_a_theorem_is_judged_with_the_constants_of_the_region() -> None:
    """Otherwise a theorem is compared with a δ that no point of the run has."""
    region = at.Ball(PAIR.x0[0], 0.5)
    everywhere = at.validate(AUXMOM, PAIR, NOISE, **LENGTHS)
    verdict = at.validate(AUXMOM, PAIR, NOISE, **LENGTHS, region=region)
    c = PAIR.constants(region=region)
    steps = AUXMOM.tune(AUXMOM.constants(PAIR, NOISE, region), 3, 6)
    assert verdict.table["eta"][0] == steps.eta > everywhere.table["eta"][0]
    assert verdict.status == "pass" and verdict.engine == "numpy"
    assert verdict.table["bound"][0] < everywhere.table["bound"][0]
    notes = " ".join(verdict.notes)
    assert f"δ = {c.delta:.6g} (at all x {PAIR.constants().delta:.6g})" in notes
    assert "none of 16 replicas leaves it" in notes and "at most 0.17" in notes
    assert "passed over" not in notes


def test_a_run_that_leaves_the_region_is_undecided() -> None:
    """Otherwise a verdict rests on constants that do not hold where the run was."""
    region = at.Ball(PAIR.x0[0], 0.02)
    verdict = at.validate(AUXMOM, PAIR, NOISE, **LENGTHS, region=region)
    assert verdict.status == "undecided"
    assert "undecided at T = 6: the run leaves the region" in verdict.notes
    assert "16 of 16 replicas leave it" in " ".join(verdict.notes)
    assert not any("no σ bounds" in note for note in verdict.notes)
    lengths = LENGTHS | {"T": [1, 6]}
    some = at.validate(AUXMOM, PAIR, NOISE, **lengths, region=at.Ball(PAIR.x0[0], 0.12))
    assert some.table["status"].tolist() == ["pass", "undecided"]
    assert "undecided at T = 6: the run leaves the region" in some.notes


def test_one_configuration_that_leaves_leaves_the_others_alone() -> None:
    """Otherwise one large step takes the verdict off a whole grid."""
    verdict = at.validate(
        AUXMOM,
        PAIR,
        at.Gaussian(),
        **LENGTHS,
        eta=np.array([0.01, 0.3]),
        a=1.0,
        region=at.Ball(PAIR.x0[0], 0.2),
    )
    assert verdict.table["status"].tolist() == ["pass", "undecided"]


@pytest.mark.parametrize("method", [at.methods.AuxMOM, at.methods.Nesterov, at.methods.SGD])
def test_every_point_of_a_gradient_is_watched(method: Any) -> None:
    """Otherwise a run leaves the region between two records, or at an extrapolated point."""
    target = pair(4)
    points: list[Any] = []

    class Recording(at.Ball):
        def reach(self, x: Any) -> Any:
            points.append(np.array(x))
            return super().reach(x)

    K = 1 if method.single_step else 3
    a = 0.5 if method.uses_a else None
    more = {"beta": 0.9} if "beta" in method.parameters else {}
    task = at.Task(
        method=method,
        pair=target,
        noise=at.Gaussian(),
        steps=at.Steps(eta=0.2, a=a, K=K, T=4, **more),
        record=range(1, 5),
        region=Recording(target.x0[0], 1.0),
    )
    del points[:]
    trace = engines.run_task(task, "numpy", at.Sampling(replicas=2, keep_paths=True))
    assert trace.farthest is not None and trace.farthest.shape == (1, 2)
    seen = np.stack([np.broadcast_to(p, (1, 2, target.dim)) for p in points])
    far = np.linalg.norm(seen - target.x0[0], axis=-1).max(axis=0)
    assert np.array_equal(trace.farthest, far)
    # x⁰, the local steps and x^t, and for Nesterov's method the points of its gradients.
    distinct = np.unique(seen[:, 0, 0].round(12), axis=0)
    assert len(distinct) == 1 + 4 * K * (2 if method is at.methods.Nesterov else 1) - (
        1 if method is at.methods.Nesterov else 0
    )
    for x in trace.paths[:, 0, 0]:
        assert np.min(np.linalg.norm(distinct - x, axis=1)) < 1e-9


def test_regions_of_pilot_runs_hold_other_runs() -> None:
    """Otherwise the automatic region is left at once."""
    for target in (pair(), pair(4)):
        noise = at.Minibatch(pair=target, batch=8)
        verdict = at.validate(AUXMOM, target, noise, **LENGTHS, region=VISITED)
        assert verdict.status == "pass", verdict
        assert (
            verdict.table["bound"][0]
            < at.validate(AUXMOM, target, noise, **LENGTHS).table["bound"][0]
        )
        given = at.validate(
            AUXMOM, target, noise, **LENGTHS, region=VISITED, eta=0.05, a=0.5, mode="unsafe"
        )
        assert "none of 16 replicas" in " ".join(given.notes)


def test_pilot_runs_that_find_no_region_are_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the search for a region does not end."""
    monkeypatch.setattr(visited, "MOST", -1.0)
    with pytest.raises(at.InputError, match="every one of 8 pilot runs left the region"):
        at.validate(AUXMOM, PAIR, NOISE, **LENGTHS, region=VISITED)
    monkeypatch.undo()
    steep = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
    with pytest.raises(at.InputError, match="a pilot run diverges"):
        at.validate(
            AUXMOM, steep, None, K=1, T=3000, eta=10.0, a=1.0, mode="unsafe", region=VISITED
        )


def test_wrong_regions_are_one_error_each() -> None:
    """Otherwise a slip gives a verdict about nothing."""
    far = PAIR.x0[0] + 5.0
    wrong: list[Callable[[], Any]] = [
        lambda: at.validate(AUXMOM, PAIR, NOISE, **LENGTHS, region=at.Ball(far, 1.0)),
        lambda: at.validate(AUXMOM, PAIR, NOISE, **LENGTHS, region=at.Ball([0.0], 1.0)),
        lambda: at.validate(AUXMOM, PAIR, NOISE, **LENGTHS, region="somewhere"),  # type: ignore[arg-type]
        lambda: at.validate(AUXMOM, PAIR, NOISE, **LENGTHS, region=2.0),  # type: ignore[arg-type]
        lambda: at.validate(AUXMOM, PAIR, NOISE, **LENGTHS, region=pair(4).region(np.eye(16))),
    ]
    for make in wrong:
        with pytest.raises(at.InputError) as caught:
            make()
        assert len(caught.value.complaints) == 1 and "region" in caught.value.complaints[0]
    with pytest.raises(at.InputError, match="must contain x0, which is 10 from its centre"):
        wrong[0]()
    with pytest.raises(at.RefusedError, match="cpu does not follow a run in a region"):
        lengths = LENGTHS | {"engine": "cpu"}
        at.validate(AUXMOM, PAIR, NOISE, **lengths, region=at.Ball(PAIR.x0[0], 1.0))


def test_theorems_that_look_beyond_the_run_keep_their_constants() -> None:
    """Otherwise co-coercivity is used with an L, or x* with a δ, that does not hold where the proof
    goes."""
    theorem = at.theorems.convex.ALL[0]()
    assert looks_beyond(theorem) and not looks_beyond(AUXMOM)
    homes = {kind.__module__ for kind in at.theorems.LIBRARY}
    assert all(any(home.startswith(folder) for home in homes) for folder in BEYOND)
    target = pair(4)
    region = at.Ball(target.x0[0], 0.1)
    similar = next(t() for t in at.theorems.similarity.ALL if t().method.helper == "h")
    everywhere = target.constants()
    for one in (theorem, similar):
        kept, known = (constants_on(one, target, at.Gaussian(), r) for r in (region, None))
        assert (kept.L, kept.delta, kept.zeta) == (known.L, known.delta, known.zeta)
    on_region = constants_on(AUXMOM, target, at.Gaussian(), region)
    assert on_region.L < everywhere.L and on_region.delta < everywhere.delta


def test_a_pair_that_takes_no_region_keeps_its_constants() -> None:
    """Otherwise a pair of a user's own ends in a TypeError."""
    own = LogCosh(L=1.0, dim=4).with_helper(delta=0.1, zeta=0.0)
    region = at.Ball(own.x0[0], 10.0)
    with_region = at.validate(AUXMOM, own, None, K=2, T=3, region=region)
    everywhere = at.validate(AUXMOM, own, None, K=2, T=3)
    assert with_region.table["bound"].tolist() == everywhere.table["bound"].tolist()


def test_pairs_of_constant_curvature_can_be_validated_in_a_region() -> None:
    """Otherwise the same script does not run on a quadratic pair."""
    quadratic = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
    region = at.Ball(quadratic.x0[0], 10.0)
    verdict = at.validate(AUXMOM, quadratic, None, K=2, T=3, region=region)
    assert verdict.status == "pass" and verdict.engine == "numpy"
    assert "passed over" not in " ".join(verdict.notes)
