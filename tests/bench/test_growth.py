"""`auxtheory bench growth`: exponents, what is missed, and that every public operation has a row."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from commands import COMMANDS

import auxtheory as at
from auxtheory.bench import growth
from auxtheory.bench.growth import report
from auxtheory.bench.growth.child import measured
from auxtheory.bench.growth.exponents import Cost, exponent, least_exponent
from auxtheory.bench.growth.operation import Operation
from auxtheory.errors import InputError
from auxtheory.machine import peak_megabytes

SIZES = (100, 1_000, 10_000)


# What has no row, and why.
WITHOUT_ROW = {
    "errors": ("AssumptionError", "AuxtheoryError", "InputError", "RefusedError", "UnitError"),
    "an error too": ("StudyError",),
    "functions of a number": ("sqrt", "exp", "log", "minimum", "maximum"),
    "names and letters": ("__version__", "GLOSSARY", "symbol", "Corollary", "per_round_bound"),
    "the base of laws that have one": ("Noise",),
    "of a fixed size": ("toy", "Exponential"),
    "modules whose functions have one": (
        *("engines", "measures", "methods", "problems", "strategies", "testing"),
    ),
    "commands of a fixed size": (
        *("plot theorem", "plot toy", "plot delta-prediction", "plot hybrids", "plot schedules"),
        *("plot growth", "plot clients", "plot client-bias", "plot sampled-clients", "plot knee"),
        *("plot scaffold-range", "plot compressed-clients", "plot all", "completion"),
    ),
    "commands that measure": ("bench", "bench growth"),
}


def made(cost: Callable[[int], float], **more: Any) -> Operation:
    """An operation whose seconds are a function of its size, for `measure`."""
    fields = {"name": "sums", "group": "Made up", "along": "n", "sizes": SIZES} | more
    return Operation(prepare=lambda size: lambda: cost(size), **fields)


def measure(operation: Operation, size: int) -> dict[str, Any]:
    """What the made-up operation says it costs, stopped like a process is."""
    seconds: Any = operation.prepare(size)()
    if seconds > operation.seconds:
        return {"status": "slow"}
    warm: Any = operation.prepare(operation.warm_size)()
    return {
        "status": "ok",
        "seconds": seconds,
        "warm size": operation.warm_size,
        "warm s": warm,
        "first s": warm,
        "added MB": 1e-3 * size,
        "peak MB": 100 + 1e-3 * size,
    }


def measured_growth(*operations: Operation, **more: Any) -> growth.Growth:
    return growth.run(operations=operations, **{"measure": measure, **more})


@pytest.mark.parametrize("p", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_exponent_is_that_of_a_power(p: float) -> None:
    costs = [Cost(n, 1e-3 * n**p) for n in SIZES]
    assert exponent(costs, least=0.005) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("fixed", [0.0, 0.1, 3.0])
def test_fixed_cost_does_not_change_the_exponent(fixed: float) -> None:
    """A large fixed cost would otherwise hide that seconds grow."""
    costs = [Cost(n, fixed + 1e-3 * n, 10, fixed + 0.01) for n in SIZES]
    assert exponent(costs, least=0.005) == pytest.approx(1.0, abs=1e-9)
    squares = [Cost(n, fixed + 1e-5 * n**2, 10, fixed + 1e-3) for n in SIZES]
    assert 1.9 < exponent(squares, least=0.005) < 2.1 + 0.6 * bool(fixed)


def test_no_exponent_of_what_is_too_short_to_measure() -> None:
    assert isnan(exponent([Cost(n, 1e-6 * n) for n in SIZES], least=0.005))
    assert isnan(exponent([Cost(100, 5.0)], least=0.005))


def test_a_stopped_call_has_a_least_exponent() -> None:
    assert least_exponent(Cost(10, 0.2), Cost(100, 20.0)) == pytest.approx(2.0)


def test_a_linear_operation_misses_nothing() -> None:
    (row,) = measured_growth(made(lambda n: 0.2 + 1e-4 * n)).summary
    assert row["missed"] == ""
    assert row["exponent"] == pytest.approx(1.0, abs=1e-6)
    assert row["seconds"] == "0.21 · 0.3 · 1.2"


def test_growth_seconds_and_memory_are_missed() -> None:
    square = made(lambda n: 1e-7 * n**2, wanted=5.0, megabytes=9.0)
    (row,) = measured_growth(square).summary
    for text in ("grows like n^2.00", "10 s, wanted 5 s", "10 MB, wanted 9 MB"):
        assert text in row["missed"]
    (row,) = measured_growth(made(lambda n: 1e-7 * n**2, excepted="dense linear algebra")).summary
    assert row["missed"] == ""
    assert "dense linear algebra" in row["wanted"]


def test_a_call_that_is_stopped_is_missed_and_ends_its_row() -> None:
    slow = made(lambda n: 1e-5 * n**2, seconds=2.0)
    result = measured_growth(slow)
    assert result.table["status"].tolist() == ["ok", "slow", "skipped"]
    (row,) = result.summary
    assert "n = 1,000 not in 2 s, so that it grows at least like n^1.30" in row["missed"]
    assert "> 2" in row["seconds"]
    assert "sums over n: n = 1,000 not in 2 s" in str(result)


def test_a_failure_is_missed_with_its_message() -> None:
    def failing(operation: Operation, size: int) -> dict[str, Any]:
        return {"status": "failed", "note": "InputError: no"}

    (row,) = measured_growth(made(float), measure=failing).summary
    assert row["missed"] == "n = 100 failed: InputError: no"


def test_json_round_trip(tmp_path: Path) -> None:
    result = measured_growth(made(lambda n: 1e-4 * n), made(lambda n: 1e-5 * n**2, name="slow"))
    path = tmp_path / "growth.json"
    path.write_text(result.to_json(), encoding="utf-8")
    again = growth.Growth.read(path)
    assert str(again) == str(result)
    path.write_text('{"rows": 3}', encoding="utf-8")
    with pytest.raises(InputError, match="must be a file that auxtheory bench growth wrote"):
        growth.Growth.read(path)


def test_resuming_measures_only_what_is_missing() -> None:
    """Also after a run that had no time left, and only where the machine is the same."""
    calls: list[tuple[str, int]] = []

    def counted(operation: Operation, size: int) -> dict[str, Any]:
        calls.append((operation.name, size))
        return measure(operation, size)

    one, two = (made(lambda n: 1e-4 * n, name=name) for name in ("one", "two"))
    first = measured_growth(one, measure=counted)
    both = measured_growth(one, two, measure=counted, known=first, resume=True)
    assert calls == [("one", n) for n in SIZES] + [("two", n) for n in SIZES]
    assert both.table["operation"].tolist() == ["one"] * 3 + ["two"] * 3
    kept = measured_growth(two, measure=counted, known=first)
    assert set(kept.table["operation"].tolist()) == {"one", "two"}
    late = measured_growth(one, seconds=1e-9)
    assert set(late.table["note"].tolist()) == {report.NO_TIME}
    calls.clear()
    measured_growth(one, measure=counted, known=late, resume=True)
    assert len(calls) == 3
    calls.clear()
    elsewhere = growth.Growth(first.machine | {"processor": "another"}, first.table)
    measured_growth(one, measure=counted, known=elsewhere, resume=True)
    assert len(calls) == 3


def test_a_name_that_does_not_exist_is_one_error() -> None:
    with pytest.raises(InputError, match="sums over n"):
        measured_growth(made(float), only=["no such operation"])


def test_costs_are_those_of_the_call_and_not_of_its_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The memory of a call on an input that is larger than what the call adds."""
    # Otherwise the system ends the process of the tests after its processor time.
    monkeypatch.setattr("auxtheory.bench.growth.child.allow", lambda seconds: None)
    inputs: list[bytes] = []

    def prepare(size: int) -> Callable[[], object]:
        inputs.append(b"x" * 3 * size)
        return lambda: b"x" * 2 * size

    operation = Operation(
        name="x", group="y", along="n", sizes=(10,), prepare=prepare, seconds=1e4, warm=10
    )
    cost = measured(operation, 40_000_000)
    assert cost["status"] == "ok"
    assert cost["warm size"] == 10
    if not isnan(peak_megabytes()):
        assert 75 < cost["added MB"] < 100


def test_an_endless_call_is_stopped_in_its_process() -> None:
    """A process apart; the system ends it after its processor time."""
    from auxtheory.bench.growth.operations import keyed

    operation = keyed("lower bound of SGD over T")
    assert report.measured_apart(operation, 100)["status"] == "ok"
    ended = report.measured_apart(operation, 0)
    assert ended["status"] == "failed"
    assert "T = 0" in ended["note"]


def test_every_public_name_and_command_has_a_row() -> None:
    """Or a reason; an exception that has a row, or does not exist, is none."""
    covered = {name for operation in growth.ALL for name in operation.covers}
    exceptions = {name for names in WITHOUT_ROW.values() for name in names}
    public = {*at.__all__, *COMMANDS}
    assert public - covered - exceptions == set()
    assert exceptions <= public
    assert not exceptions & covered & public


def test_sizes_are_a_decade_apart_and_keys_differ() -> None:
    keys = [operation.key for operation in growth.ALL]
    assert len(set(keys)) == len(keys)
    for operation in growth.ALL:
        small, middle, large = operation.sizes
        assert operation.warm_size < middle
        assert operation.excepted or (middle, large) == (10 * small, 10 * middle), operation.key


# The small sizes of these take seconds: they compile a loop, search or solve.
LONG = ("cpu, ", "falsify", "validate on minibatches", "certify a grid", "an experiment", "report")


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(
            each,
            id=each.key,
            marks=pytest.mark.slow if each.key.startswith(LONG) else (),
        )
        for each in growth.ALL
    ],
)
def test_every_operation_runs_at_a_small_size(
    operation: Operation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise its row fails once something that it calls is renamed."""
    monkeypatch.chdir(tmp_path)
    operation.prepare(operation.warm_size)()
