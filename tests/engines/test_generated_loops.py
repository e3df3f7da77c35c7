"""The engine cpu runs any elementwise program, sample by sample as the engine numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from cpu_cases import assert_bitwise, loud, quadratic
from generated_cases import MEASURES, METHODS, Averaged, Chosen, Nesterov, Normalised, case

import auxtheory as at
from auxtheory.engines.base import Trace
from auxtheory.engines.monte_carlo import cpu, generated
from auxtheory.engines.monte_carlo import numpy as numpy_engine

USUAL = "G", "gap", "grad_sq", "spread", "local_sq"


def run(engine: Any, what: Any, measures: Any = (), **sampling: Any) -> Trace:
    method, pair, noise, steps = what
    record = sampling.pop("record", range(1, steps.T + 1))
    task = at.Task(
        method=method, pair=pair, noise=noise, steps=steps, record=record, measures=measures
    )
    settings = {"replicas": 60, "seed": 2**40 + 11, "keep_paths": True, "keep_local": True}
    return engine.run(task, at.Sampling(**settings | sampling))


def assert_same(what: Any, measures: Any = (), **sampling: Any) -> Trace:
    """Paths bit for bit, measures up to the order of a sum of terms ≥ 0."""
    got = run(cpu, what, measures, **sampling)
    wanted = run(numpy_engine, what, measures, **sampling)
    assert_bitwise(got.paths, wanted.paths)
    for name in USUAL if wanted.local_sq is not None else USUAL[:-1]:
        np.testing.assert_allclose(
            getattr(got, name), getattr(wanted, name), rtol=1e-12, err_msg=name
        )
    for measure in measures:
        for one, two in zip(got.measure(measure), wanted.measure(measure), strict=True):
            scale = np.max(np.abs(wanted.measure(measure)[0]))
            np.testing.assert_allclose(one, two, atol=1e-12 * scale, err_msg=measure.name)
    return got


@pytest.mark.parametrize("name", METHODS)
def test_every_program_has_the_paths_of_the_reference(name: str) -> None:
    """Otherwise generated source computes something else than the text: one pair and a grid, within
    one tile and across tiles."""
    got = assert_same(case(name))
    assert np.std(got.paths[-1, 0, :, 0]) > 0
    assert_same(case(name, 3, K=4))
    if name != "Shifted":  # its constants have five coordinates
        assert_same(case(name, 3, K=1, T=6, d=1100), replicas=3)


@pytest.mark.parametrize("name", ["Nesterov", "Signs", "Batched", "Adaptive"])
def test_loops_on_vectors_equal_those_over_coordinates(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are compiled from the same lines: not a bit of a path may differ, nor may the loop
    that texts and gradients without a vector form need go untested."""
    wanted = run(cpu, case(name, 3, K=3))
    monkeypatch.setattr(generated, "runs_on_vectors", lambda program, functions: False)
    got = run(cpu, case(name, 3, K=3))
    assert_bitwise(got.paths, wanted.paths)
    for field in USUAL:
        np.testing.assert_allclose(getattr(got, field), getattr(wanted, field), rtol=1e-13)


def bent(z: Any, a: Any, b: Any, c: Any) -> Any:
    """A gradient with a branch."""
    return a * z if z > 0.0 else 0.5 * a * z


def test_a_gradient_with_a_branch_runs_over_coordinates() -> None:
    """It has no vector form, and its loop takes one coordinate after another."""
    _, pair, noise, _ = case("Nesterov")
    separable = pair.separable
    assert separable is not None
    functions = (bent, separable.h, separable.r, separable.value, noise.draws.correlate)
    assert not generated.runs_on_vectors(Nesterov.program, functions)
    assert generated.runs_on_vectors(Nesterov.program, (separable.f, *functions[1:]))


def test_an_exact_start_and_batches_of_a_schedule() -> None:
    """Otherwise an infinite batch is a sample, or a batch's size is that of another round."""
    method, pair, noise, steps = case("Batched", B=math.inf)
    sizes = at.per_round([1, 2, 5, 4, 1, 3])
    assert_same((method, pair, noise, steps.replace(n=sizes)))


def test_samples_that_are_not_drawn_are_zero() -> None:
    """Otherwise a hook reads, where its law needs no sample, one that another hook has drawn."""
    steps = at.Steps(eta=0.1, a=0.3, K=3, T=3)
    noise = at.RandomSign(sigma_f=0.7, sigma_h=0.4, correlation=1.0)
    assert_same((at.methods.AuxMOM, quadratic(5), noise, steps), keep_local=False)


def test_every_measure_agrees_with_the_reference() -> None:
    """Otherwise a measure is of another variable, at another point, or of another weight."""
    assert_same(case("Finished"), MEASURES)
    assert_same(case("Finished", 3), MEASURES, keep_local=False)


def test_measures_go_on_through_phases() -> None:
    """Otherwise a sum begins anew where another method begins, or takes its weights from round 1."""
    _, pair, noise, _ = case("Nesterov")
    schedule = at.methods.Schedule(
        name="Two", methods=(at.methods.Naive, Averaged), rounds=(2,), etas=(None, 0.05)
    )
    measures = (
        at.measures.distance(over="rounds", weights=lambda t: t),
        at.measures.gap(over="local"),
    )
    steps = at.Steps(eta=0.1, K=3, T=6)
    assert_same((schedule, pair, noise, steps), measures)
    assert_same((schedule, pair, noise, steps), measures, record=[1, 4])


@pytest.mark.parametrize("name", ["Signs", "Batched"])
def test_no_result_depends_on_how_work_is_split(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise another machine gives other numbers: not a bit may change."""
    wanted = run(cpu, case(name, 3), threads=1)
    for attribute, value in (("NUMBERS_AT_ONCE", 100), ("CONFIGURATIONS_AT_ONCE", 2)):
        with monkeypatch.context() as patch:
            patch.setattr(cpu, attribute, value)
            got = run(cpu, case(name, 3), threads=2)
        assert_bitwise(got.paths, wanted.paths)
        for field in USUAL:
            assert_bitwise(getattr(got, field), getattr(wanted, field), field)


def test_single_precision_is_off_by_its_roundings() -> None:
    """Otherwise several steps a pass keep a state of double precision."""
    single = run(cpu, case("Nesterov"), dtype="float32").paths
    double = run(cpu, case("Nesterov")).paths
    assert_bitwise(single, single.astype(np.float32).astype(float))
    assert 0 < np.max(np.abs(single - double)) < 1e-4


# -- refusals


@pytest.mark.parametrize(
    ("what", "measures", "reason"),
    [
        ((Normalised, {"c": 1.0}), (), "Normalised.step needs all coordinates: norm in line"),
        ((Chosen, {}), (), "needs batches of one size, and Chosen chooses them"),
        ((Nesterov, {"beta": 0.5}), (at.measures.quadratic(np.eye(5)),), "sums over coordinates"),
        (
            (METHODS["Batched"][0], {"n": np.array([1.0, 2.0])}),
            (),
            "batches of the same size in all configurations",
        ),
    ],
)
def test_what_cannot_be_compiled_is_refused(what: Any, measures: Any, reason: str) -> None:
    """Otherwise a run fails within the compiler, or is wrong."""
    method, parameters = what
    steps = at.Steps(eta=0.1, K=2, T=2, **parameters)
    task = at.Task(
        method=method, pair=quadratic(5), noise=loud("gaussian"), steps=steps, measures=measures
    )
    with pytest.raises(at.RefusedError, match=reason):
        cpu.run(task)
