"""What travels together is one value: a task and its sampling, and the keywords that make them."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from engine_input import engine_input, task_of

import auxtheory as at
from auxtheory.engines import ENGINES, exact
from auxtheory.engines.monte_carlo import numpy as numpy_engine
from auxtheory.engines.task import ENGINE_ONLY, SAMPLING, SamplingOptions
from auxtheory.errors import Checks, InputError
from auxtheory.testing import falsify

ROOT = Path(__file__).resolve().parents[2]
PAIR = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
NOISE = at.Gaussian(sigma_f=1.0)
STEPS = at.Steps(eta=0.1, a=0.5, K=2, T=4)
CASE = at.methods.AuxMOM, PAIR, NOISE, STEPS
# Functions that a user calls, with the keywords that have always been theirs: 10 parameters.
PUBLIC = {
    ("validate.py", "validate"),
    ("design.py", "__init__"),
    ("engine.py", "worst_case"),
    ("target.py", "with_clients"),
    ("target.py", "with_helpers"),
    ("pair.py", "with_clients"),
    ("pair.py", "with_helpers"),
}
FORMULAS = {("propagation.py", "refreshed_remembering")}  # compiled as it stands


def test_the_keywords_of_run_are_the_fields_of_sampling() -> None:
    """Otherwise a field cannot be reached, or a keyword ends in a TypeError from within."""
    public = {field.name for field in fields(at.Sampling)} - set(ENGINE_ONLY)
    assert set(SamplingOptions.__annotations__) == public
    kinds = get_type_hints(at.Sampling)
    assert get_type_hints(SamplingOptions) == {name: kinds[name] for name in public}
    for engine in ENGINES.values():
        assert set(engine.OPTIONS) <= set(SAMPLING), engine.name


def functions() -> Iterator[tuple[str, str, int]]:
    """File, name and number of parameters of every function outside kernels/."""
    for folder, _, files in os.walk(ROOT / "auxtheory"):
        for path in (Path(folder, file) for file in files if file.endswith(".py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    a = node.args
                    names = [each.arg for each in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
                    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
                    count = len(names) + bool(a.vararg) + bool(a.kwarg)
                    yield path.name, node.name, count


def test_no_function_takes_more_than_it_should() -> None:
    found = [each for each in functions() if each[:2] not in FORMULAS]
    assert len(found) > 1000
    long = [each for each in found if each[2] > (10 if each[:2] in PUBLIC else 8)]
    assert long == []


def test_a_misspelt_keyword_is_named_with_the_nearest() -> None:
    """Otherwise it is a TypeError that lists nothing, or, worse, ignored."""
    theorem = at.theorems.AuxMOM()
    calls: list[tuple[Any, str]] = [
        (lambda **more: at.run(*CASE, **more), "replicas"),
        (lambda **more: at.validate(theorem, PAIR, NOISE, K=2, T=3, **more), "replicas"),
        (lambda **more: at.claim(1.0, like=theorem, **more), "variance"),
        (lambda **more: falsify(theorem, examples=10, **more), "examples"),
    ]
    for call, name in calls:
        message = rf"option = '{name[:-1]}': must be one of .*{name}.*; did you mean '{name}'"
        with pytest.raises(InputError, match=message):
            call(**{name[:-1]: 3})
    with pytest.raises(InputError, match=r"(?s)2 bad inputs.*option = 'seeds'.*replicas = 1: "):
        at.run(*CASE, replicas=1, seeds=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("engine", ["exact", "numpy"])
def test_the_keywords_of_run_reach_the_engine(engine: str) -> None:
    sampling = {"replicas": 3, "seed": 5}
    flat = at.run(*CASE, engine=engine, record=[1, 4], **sampling)  # type: ignore[arg-type]
    direct = ENGINES[engine].run(*engine_input(*CASE, record=[1, 4], **sampling))
    np.testing.assert_array_equal(flat.gap, direct.gap)
    assert flat.rounds == (1, 4)
    assert engine == "exact" or (flat.replicas, flat.provenance["seed"]) == (3, 5)


def test_engines_take_their_old_arguments_for_one_release() -> None:
    """With a warning that says what to write; the same numbers."""
    old: Any = numpy_engine.run
    with pytest.warns(
        DeprecationWarning, match=r"write at\.engines\.ENGINES\['numpy'\]\.run\(at\.Task\(method=…"
    ):
        trace = old(*CASE, record=[2, 4], replicas=3, keep_paths=True)
    new = numpy_engine.run(*engine_input(*CASE, record=[2, 4], replicas=3, keep_paths=True))
    np.testing.assert_array_equal(trace.paths, new.paths)
    refuses: Any = exact.refuses
    with pytest.warns(DeprecationWarning, match=r"ENGINES\['exact'\]\.refuses\(at\.Task\("):
        assert refuses(*CASE) is None
    assert "sampling" in signature(exact.run).parameters


def test_choosing_takes_its_old_arguments_for_one_release() -> None:
    with pytest.warns(DeprecationWarning, match=r"choose\(engine, at\.Task\("):
        assert at.engines.choose("auto", *CASE, "float32") == "cpu"
    parts = dict(zip(("method", "pair", "noise", "steps"), CASE, strict=True))
    with pytest.warns(DeprecationWarning, match=r"choose\(engine, at\.Task\("):
        assert at.engines.choose(engine="numpy", **parts) == "numpy"
    assert at.engines.check_settings(Checks(), "cpu", 64.0, 3) == (64, 3)


def test_anything_but_a_task_is_refused() -> None:
    """Otherwise an AttributeError from within is all that is said."""
    calls: list[Callable[[Any], Any]] = [
        numpy_engine.run,
        exact.refuses,
        lambda task: at.engines.choose("auto", task),
        at.engines.run_task,
    ]
    for call in calls:
        with pytest.raises(InputError, match=r"task = 5: must be at\.Task\("):
            call(5)
    with pytest.raises(InputError, match=r"task = 5.*\n.*sampling = 6: must be at\.Sampling"):
        numpy_engine.run(5, 6)  # type: ignore[arg-type]


def test_a_task_lists_wrong_rounds_with_its_other_parts() -> None:
    with pytest.raises(InputError, match=r"2 bad inputs:\n  pair = 2.*\n  record = 5: must be at"):
        at.Task(method=CASE[0], pair=2, noise=NOISE, steps=STEPS, record=[5])  # type: ignore[arg-type]


def test_a_task_checks_its_parts() -> None:
    with pytest.raises(
        InputError, match=r"(?s)4 bad inputs.*method = 1.*steps = 4.*pair = 2.*noise"
    ):
        task_of(1, 2, 3, 4)
    with pytest.raises(InputError, match="record = 5: must be at most T = 4"):
        _ = task_of(*CASE, record=[5]).rounds
    with pytest.raises(InputError, match=r"(?s)keep_paths = True.*the engine exact"):
        exact.run(task_of(*CASE), at.Sampling(keep_paths=True))


def test_sampling_checks_itself() -> None:
    with pytest.raises(
        InputError, match=r"first_replica \+ replicas = 4294967297: must be at most"
    ):
        at.Sampling(replicas=2**32 - 2**31 + 1, first_replica=2**31)
    with pytest.raises(InputError, match=r"(?s)keep_local = 1: .*compiled = 'yes': must be True"):
        at.Sampling(keep_local=1, compiled="yes")  # type: ignore[arg-type]
    whole: Any = at.Sampling(replicas=8.0, seed=np.int64(3))  # type: ignore[arg-type]
    assert (type(whole.replicas), type(whole.seed)) == (int, int)


def test_a_weighted_mean_has_no_value_before_its_first_weight() -> None:
    """Otherwise it is 0/0."""
    pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
    steps = at.Steps(eta=0.1, K=2, T=6)
    measure = at.measures.gap(over="rounds", weights=lambda t: t > 3)
    with pytest.raises(InputError, match=r"at least 4: .* has the weight 0 before round 4"):
        at.Task(
            method=at.methods.SGD,
            pair=pair,
            noise=at.Gaussian(),
            steps=steps.replace(K=1),
            record=(3, 6),
            measures=(measure,),
        )
    for engine in ("exact", "numpy"):
        trace = at.run(
            at.methods.HeavyBall,
            pair,
            None,
            steps.replace(beta=0.5),
            record=(4, 6),
            measures=[measure],
            engine=engine,
            replicas=2,
        )
        value = trace.measure(measure)[0][:, 0]
        assert np.all(np.isfinite(value)) and value[0] == pytest.approx(trace.gap[0, 0])


@pytest.mark.parametrize("name", ["distance", "gap", "grad", "quadratic"])
def test_a_measure_of_points_at_a_buffer_is_refused(name: str) -> None:
    """Otherwise ‖m − x*‖², a difference of unlike things, is a number."""
    make = getattr(at.measures, name)
    arguments = (np.ones(2),) if name == "quadratic" else ()
    make_task = lambda of: at.Task(  # noqa: E731
        method=at.methods.AuxMVR,
        pair=at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1),
        noise=at.Gaussian(),
        steps=at.Steps(eta=0.1, a=0.5, K=2, T=6),
        measures=(make(*arguments, of=of),),
    )
    with pytest.raises(InputError, match=r"must be of a point, but m of AuxMVR has the unit"):
        make_task("m")
    assert make_task("x_prev").measures[0].of == "x_prev"
