"""The engine cuda runs any elementwise program, sample by sample as the engine numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from cpu_cases import loud, quadratic
from cuda_cases import assert_same, small_blocks, squares
from generated_cases import (
    MEASURES,
    METHODS,
    ROUNDED,
    Averaged,
    Chosen,
    Nesterov,
    Normalised,
    case,
)

import auxtheory as at
from auxtheory.engines.monte_carlo import cuda, layout

LIBRARY = [
    method
    for method in at.methods.LIBRARY
    if not method.not_elementwise and not method.program.components
]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)


def of(name: str, C: int = 1, **lengths: int) -> Any:
    return case(name, C, **{"K": 3, "B": 2, **lengths})


@pytest.mark.parametrize("name", [*METHODS, *ROUNDED])
def test_every_program_has_the_state_of_the_reference(name: str) -> None:
    """Otherwise generated source computes something else than the text on a GPU: every variable
    after a round, of three replicas."""
    what = of(name, T=6 if name == "HeavyBall" else 3)
    assert_same(what, squares(what[0]), rtol=1e-11 if name in ROUNDED else 1e-13)


@pytest.mark.parametrize("method", LIBRARY, ids=lambda method: method.name)
def test_every_method_of_the_library_has_the_state_of_the_reference(method: Any) -> None:
    """Otherwise a method of the library is another one on a GPU."""
    needed = [name for name, value in method.program.parameters.items() if value is None]
    K = 1 if method.single_step else 2
    values = {name: 1.0 if name in method.whole else 0.3 for name in needed}
    steps = at.Steps(**{"K": K, "T": 2, "B": 2, **values})
    assert_same((method, quadratic(5), loud("gaussian"), steps), squares(method))


@pytest.mark.parametrize("name", ["Averaged", "Signs"])
def test_several_steps_a_pass_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the second step of a pass takes the samples or the numbers of another: three are a
    pass of two and a single one."""
    monkeypatch.setattr(layout, "DEVICE_STEPS", 2)
    what = of(name, T=2)
    assert_same(what, squares(what[0]))


@pytest.mark.parametrize("name", ["Signs", "Adaptive"])
def test_configurations_have_parameters_and_noise_of_their_own(name: str) -> None:
    """Otherwise a thread takes another configuration's step, level or chance."""
    what = of(name, 3, T=2)
    assert_same(what, squares(what[0]), replicas=2)


def test_every_measure_agrees_with_the_reference() -> None:
    """Otherwise a measure is of another variable, at another point, or of another weight."""
    assert_same(of("Finished", T=3), MEASURES, record=[1, 3], replicas=2)


def test_measures_and_rounds_go_on_through_phases() -> None:
    """Otherwise a sum begins anew where another method begins, or takes its weights from round 1."""
    schedule = at.methods.Schedule(
        name="Two", methods=(at.methods.Naive, Averaged), rounds=(2,), etas=(None, 0.05)
    )
    measures = (
        at.measures.distance(over="rounds", weights=lambda t: t),
        at.measures.gap(over="local"),
    )
    what = schedule, quadratic(5), loud("gaussian"), at.Steps(eta=0.1, K=2, T=4)
    assert_same(what, measures, record=[1, 2, 4], replicas=2)


def test_an_exact_start_and_batches_of_a_schedule() -> None:
    """Otherwise an infinite batch is a sample, or a batch's size is that of another round."""
    method, pair, noise, steps = of("Batched", B=math.inf, T=3)
    steps = steps.replace(n=at.per_round([1, 3, 2]))
    assert_same((method, pair, noise, steps), squares(method))


def test_no_noise_is_no_samples() -> None:
    """Otherwise what is left in a thread's samples counts as noise."""
    method, pair, _, steps = of("Nesterov", T=3)
    assert_same((method, pair, at.Gaussian(), steps), squares(method))


def test_samples_that_are_not_drawn_are_zero() -> None:
    """Otherwise a hook reads, where its law needs no sample, one that another hook has drawn."""
    method, pair, _, steps = of("Finished", T=3)
    noise = at.RandomSign(sigma_f=0.7, sigma_h=0.4, correlation=1.0)
    assert_same((method, pair, noise, steps), squares(method))


@pytest.mark.parametrize(
    ("what", "measures", "reason"),
    [
        ((Normalised, {"c": 1.0}), (), "Normalised.step needs all coordinates: norm in line"),
        ((Chosen, {}), (), "cuda needs batches of one size, and Chosen chooses them"),
        ((at.methods.LSVRG, {"p": 0.5}), (), "cuda does not run gradients of components"),
        ((Nesterov, {"beta": 0.5}), (at.measures.quadratic(np.eye(5)),), "sums over coordinates"),
    ],
)
def test_what_has_no_kernel_is_refused(what: Any, measures: Any, reason: str) -> None:
    """Otherwise a run fails within the compiler, or is wrong."""
    method, parameters = what
    steps = at.Steps(eta=0.1, K=2, T=2, **parameters)
    pair = at.Quadratic(L=1.0, mu=0.1, dim=5).with_components(3, 0.1, 0.1)
    task = at.Task(method=method, pair=pair, noise=loud("gaussian"), steps=steps, measures=measures)
    assert reason in str(cuda.refuses(task))
    with pytest.raises(at.RefusedError, match=reason):
        cuda.run(task)


def test_a_gradient_that_no_device_takes_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a user's np.sqrt, which the compiler for CPUs takes, is an error within that of the
    GPU; `compile_check` asks the compiler itself."""
    from auxtheory.kernels.cuda import device

    method, pair, noise, steps = of("Nesterov")
    task = at.Task(method=method, pair=pair, noise=noise, steps=steps)
    assert cuda.refuses(task) is None
    monkeypatch.setattr(cuda, "ours", lambda function: False)
    monkeypatch.setattr(device, "complaint", lambda function, arguments: "it has no np.sqrt")
    reason = cuda.refuses(task)
    assert reason is not None and reason.endswith(": it has no np.sqrt")
    assert reason.startswith("cuda cannot use")
