"""The rows of the benchmark do the work that they state, and their results are right."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench_cases import TINY

from auxtheory import bench
from auxtheory.bench import startup, verdicts
from auxtheory.bench.case import BenchCase, outcome
from auxtheory.bench.features import FEATURES, NAME, restricted
from auxtheory.bench.groups import drawing, moments, monte_carlo
from auxtheory.bench.measure import check
from auxtheory.bench.processes import Apart, Here, environment
from auxtheory.engines import ENGINES, Sampling
from auxtheory.engines.foreign import REPLICAS
from auxtheory.errors import AuxtheoryError
from auxtheory.methods import AuxMOM, AuxMVR
from auxtheory.noise.laws import Gaussian
from auxtheory.table import Table

FOREIGN = ("jax", "torch")


@pytest.mark.parametrize("method", [AuxMOM, AuxMVR])
def test_work_is_counted_as_the_engine_does_it(method: Any) -> None:
    """Draws by an engine whose law counts its own."""
    drawn = []

    class Counting(Gaussian):
        def standard(self, index: Any, oracle: int, dim: int, xp: Any = np) -> Any:
            found = super().standard(index, oracle, dim, xp)
            if index.stop - index.start > REPLICAS:  # else a law of one's own is being tried
                drawn.append(found.size)
            return found

    case = BenchCase(method, replace(TINY.main, C=3))
    task = case.task(Counting(**case.levels))
    trace: Any = ENGINES["numpy"].run(task, Sampling(replicas=case.size.R))
    assert sum(drawn) == case.size.draws and outcome(trace).mean.shape == case.expected.shape == (
        9,
    )
    assert case.size.work == 32 * 3 * 8 * 3 * 3


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("method", [AuxMOM, AuxMVR])
@pytest.mark.filterwarnings("default")
def test_other_libraries_agree_with_the_exact_mean(method: Any, name: str) -> None:
    """Their Monte Carlo, their drawing and their exact recursion, wherever they are installed."""
    pytest.importorskip(name)
    case = BenchCase(method, replace(TINY.main, R=256))
    found = [
        *monte_carlo.in_jax(case),
        *monte_carlo.in_jax(case, 2),
        *moments.group(TINY, method, 1).variants,
    ]
    if name == "torch":
        found = list(monte_carlo.in_torch(case))
    label = {"jax": "JAX", "torch": "PyTorch"}[name]
    own = {
        row.name: check(row, 0.0) for row in [*found, *drawing.variants(case)] if label in row.name
    }
    assert len(own) >= 4 and {each.status for each in own.values()} == {"ok"}, own


def test_lanes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows from processes that are started and ended for it; one that dies is an error in
    words."""
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    result = bench.run(sizes=TINY, only=["moments-AuxMOM"])
    assert (
        set(result.table["status"]) <= {"ok", "absent"} and moments.LOOP in result.table["variant"]
    )
    lane = Apart(1, TINY, 1)
    lane.process.kill()
    with pytest.raises(AuxtheoryError, match="has ended, with status -9"):
        lane.prepare("small")
    lane.close()


@pytest.mark.skipif("cpu" not in ENGINES, reason="there is no such engine")
def test_compiled_rows_agree_with_the_exact_mean() -> None:
    """The real engine, and the generator that it draws from."""
    pytest.importorskip("numba")
    case = BenchCase(AuxMOM, TINY.main)
    found = [monte_carlo.by_engine(case, "cpu", "Gaussian")]
    found += [row for row in drawing.variants(case) if "compiled" in row.name]
    assert {row.name: check(row, 0.0).status for row in found} == {
        row.name: "ok" for row in found
    } and len(found) == 4


def test_a_first_result_from_a_fresh_process(
    alone: pytest.MonkeyPatch, report: bench.Report
) -> None:
    """Seconds and memory of a row that runs; the reason of one that does not. Engines would compile
    for long."""
    alone.setattr(monte_carlo, "simulators", lambda: ())
    found = {row["variant"]: row for row in startup.rows(TINY)}
    row = found[monte_carlo.IN_PLACE]
    assert (
        row["status"] == "ok" and min(row["seconds cold"], row["seconds warm"], row["peak MB"]) > 0
    )
    assert found[monte_carlo.USER]["note"] == "pip install jax"
    text = str(bench.Report(report.machine, Table(tuple(found.values()))))
    assert "peak MB" in text and "(pip install torch):" in text


def test_time_to_a_verdict(report: bench.Report) -> None:
    """Of a command that runs; a command that fails says why, and none starts without time left."""
    commands = (("table", "show S3"), ("nonsense", "validate NoSuchTheorem"))
    sizes = replace(TINY, verdicts=commands)
    right, wrong = verdicts.rows(sizes)
    assert right["status"] == "ok" and right["command"] == "auxtheory show S3"
    assert min(right["seconds cold"], right["CPU s cold"], right["peak MB"]) > 0
    # A process waits too, but computes no longer than it takes on all its cores.
    assert right["CPU s warm"] <= right["seconds warm"] * right["threads"] + 0.1
    assert wrong["status"] == "failed" and "exit status 2" in wrong["note"]
    skipped = list(verdicts.rows(sizes, until=0.0))
    assert {row["status"] for row in skipped} == {"skipped"}
    text = str(bench.Report(report.machine, Table((right, wrong))))
    assert "CPU s warm" in text and "failed (AuxtheoryError: exit status 2" in text


def test_study_files_of_verdicts_exist() -> None:
    files = [word for _, words in bench.FULL.verdicts for word in words.split() if "toml" in word]
    assert files and all((verdicts.EXAMPLES / name).exists() for name in files)


def test_an_end_of_time_skips_rows_and_keeps_what_was_timed(alone: pytest.MonkeyPatch) -> None:
    """Nothing starts after it; each group is handed over when it is finished."""
    kept: list[bench.Report] = []
    result = bench.run(
        sizes=TINY, only=["small", "large"], lane=Here, seconds=1e-9, keep=kept.append
    )
    assert set(result.table["status"]) == {"skipped", "absent"}
    assert "skipped (no time left): " in str(result)
    assert [report.names for report in kept] == [
        ["small, AuxMOM"],
        ["small, AuxMOM", "large, AuxMOM"],
    ]


@pytest.mark.skipif("cpu" not in ENGINES, reason="there is no such engine")
def test_restricted_features_reach_every_library(tmp_path: Path) -> None:
    """NumPy, Numba and JAX of a new process use no AVX-512, nor do this project's wide loops, and
    compiled code is kept apart."""
    code = """
import numpy as np
from auxtheory.kernels.cpu import traced
from numba.core.registry import cpu_target
print(*np.show_config(mode="dicts")["SIMD Extensions"].get("found", []), sep=",")
print(traced.AS_WIDE)
print(cpu_target.target_context.codegen().magic_tuple()[1:])
"""
    command = [sys.executable, "-W", "error", "-c", code]
    lines = {}
    for name in FEATURES:
        environ = environment(**restricted(name))
        done = subprocess.run(command, capture_output=True, text=True, env=environ, check=True)
        lines[name] = done.stdout.splitlines()
    found, wide, target = lines["avx2"]
    assert "AVX512" not in found and "X86_V4" not in found and wide == "False"
    assert NAME in target and "+avx512" not in target and "+avx2" in target
    # Part of the key under which Numba's cache keeps a compiled loop.
    assert target != lines["all"][2]
