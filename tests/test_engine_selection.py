"""Which engine runs a case and why another does not; and where compiled code is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cosines import Cosines

import auxtheory as at
from auxtheory import engines, methods
from auxtheory.engines import choose, cpu, exact, monte_carlo
from auxtheory.errors import InputError, RefusedError
from auxtheory.methods import Method
from auxtheory.noise import Gaussian, Noise, RandomSign
from auxtheory.problems import Certificate, Cosine, Gradients, Pair, Quadratic, Separable

ROOT = Path(__file__).resolve().parent.parent
NOISE = Gaussian(sigma_f=0.7, sigma_h=0.3)
QUADRATIC = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.3, 0.5)
DENSE = Quadratic(L=1.0, mu=0.1, dim=3, rotation=1).with_helper(0.3, 0.5)
COSINE = Cosine(L=1.0, dim=3).with_helper(0.3, 0.5)
STEPS = at.Steps(eta=0.1, a=0.5, K=2, T=3)


@pytest.fixture(autouse=True)
def without_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine with a GPU "auto" would take it; what is tested here is what happens without."""
    monkeypatch.setattr(engines, "ENGINES", {engine.name: engine for engine in (exact, cpu, monte_carlo)})


class Seen(Pair):
    """A pair that is not quadratic to anybody who asks for its type, coming apart as told."""

    def __init__(self, **changes: Any) -> None:
        self.inner = COSINE
        self.parts = replace(COSINE.separable, **changes)

    dim = property(lambda self: self.inner.dim)
    x0 = property(lambda self: self.inner.x0)
    x_star = property(lambda self: self.inner.x_star)

    @property
    def separable(self) -> Separable:
        return self.parts

    def constants(self, helper: Any = "h") -> at.Constants:
        return self.inner.constants(helper)

    def gradients(self, xp: Any = np) -> Gradients:
        return self.inner.gradients(xp)

    def gap(self, x: Any, xp: Any = np) -> Any:
        return self.inner.gap(x, xp)

    def certify(self, *, samples: int = 64, seed: int = 0) -> Certificate:
        return self.inner.certify(samples=samples, seed=seed)


class Loud(Gaussian):
    """A law of one's own made of the library's: nobody but `standard` knows how it is drawn."""

    def standard(self, index: Any, oracle: int, dim: int, xp: Any = np) -> Any:
        return 0.0 * super().standard(index, oracle, dim, xp) + 1.0


class Own(Noise):
    """A law of one's own from scratch."""

    def standard(self, index: Any, oracle: int, dim: int, xp: Any = np) -> Any:
        return RandomSign().standard(index, oracle, dim, xp)

    def partner(self, first: Any, index: Any, dim: int, xp: Any = np) -> Any:
        return first


# -- rules of one's own; none is affine ---------------------------------------------------------------


def clipped(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return np.minimum(np.maximum(diff, -1.0), 1.0)


def normed(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return abs(m) / (1.0 + np.sum(np.atleast_1d(m * m), axis=-1, keepdims=True)) + abs(diff)


def interpolated(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return np.interp(diff, xp=[-1.0, 1.0], fp=[0.0, 1.0], period=None)


def looked_up(m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return {"scale": 2.0, "name": "x"}["scale"] * abs(diff)


def scaled(c: float, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
    return c * abs(diff)


class Rule:
    """Rules that are no functions: an object that can be called, and its method."""

    def __call__(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return abs(diff)

    def rule(self, m: Any, diff: Any, diff_prev: Any, a: Any) -> Any:
        return abs(diff)


def ruled(refresh: Callable[..., Any], **more: Any) -> Method:
    return Method(name="Mine", refresh=refresh, **more)


CPU_REFUSES: dict[str, tuple[Any, Pair, Noise, str]] = {
    "a law of its own": (methods.AuxMOM, COSINE, Own(sigma_f=1.0), "does not know how to draw Own"),
    "norm": (ruled(normed), COSINE, NOISE, "rule of Mine, 'normed': it is not elementwise"),
    "interp": (ruled(interpolated), COSINE, NOISE, "rule of Mine, 'interpolated': Numba cannot compile it"),
    "dict": (ruled(looked_up), COSINE, NOISE, "rule of Mine, 'looked_up': Numba cannot compile it"),
    "local step": (ruled(clipped, local_step=normed), COSINE, NOISE, "rule of Mine, 'normed': it is not elementwise"),
    "gradient": (methods.AuxMOM, Seen(h=normed), NOISE, "the gradient, 'normed': it is not elementwise"),
    "value": (methods.AuxMOM, Seen(value=interpolated), NOISE, "'interpolated': Numba cannot compile it"),
}
NO_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "object": Rule(), "method": Rule().rule, "partial": partial(scaled, 2.0),
    "vectorised": np.vectorize(clipped, otypes=[float]),
}  # fmt: skip


@pytest.mark.parametrize("case", CPU_REFUSES)
def test_what_cannot_be_compiled_runs_on_numpy_and_says_why(case: str) -> None:
    """Else a run fails in a compiler, or gives other numbers than the rule's, or a user cannot tell why it is slow."""
    method, pair, noise, reason = CPU_REFUSES[case]
    assert choose("auto", method, pair, noise, STEPS) == "numpy"
    with pytest.raises(RefusedError, match=reason):
        at.run(method, pair, noise, STEPS, engine="cpu")
    with pytest.raises(RefusedError, match=reason):
        cpu.run(method, pair, noise, STEPS)


@pytest.mark.parametrize("kind", NO_FUNCTIONS)
def test_a_rule_that_is_no_function_runs_on_numpy(kind: str) -> None:
    """Else "auto" fails on a rule that an engine can run."""
    method = ruled(NO_FUNCTIONS[kind])
    assert choose("auto", method, COSINE, NOISE, STEPS) == "numpy"
    with pytest.raises(RefusedError, match="cannot use the rule of Mine"):
        choose("cpu", method, COSINE, NOISE, STEPS)


def test_a_law_made_of_another_is_not_drawn_as_the_other() -> None:
    """Else a subclass that draws other numbers runs, without a word, on its parent's."""
    noise = Loud(sigma_f=1.0)
    truth = monte_carlo.run(methods.AuxMOM, QUADRATIC, noise, STEPS, replicas=2)
    assert np.all(truth.G_se <= 1e-12 * truth.G)
    assert choose("auto", methods.AuxMOM, COSINE, noise, STEPS) == "numpy"


def test_the_fastest_engine_that_can_is_taken() -> None:
    """Else a quadratic pair is sampled that need not be, or a separable one runs ten times as slowly as it could."""
    chosen = partial(choose, "auto", noise=NOISE, steps=STEPS)
    for pair in (QUADRATIC, DENSE):
        assert chosen(methods.AuxMOM, pair) == "exact"
    for method in (methods.AuxMVR, methods.fine_tuning(2), ruled(clipped), ruled(lambda m, d, p, a: abs(d))):
        assert chosen(method, COSINE) == "cpu", method
    assert chosen(ruled(clipped), QUADRATIC) == "cpu"
    assert chosen(methods.AuxMOM, QUADRATIC, dtype="float32") == "cpu"
    assert chosen(methods.AuxMOM, Seen()) == "cpu"
    trace = at.run(methods.AuxMVR, COSINE, NOISE, STEPS, replicas=3, seed=4, threads=1)
    assert (trace.engine, trace.replicas, trace.provenance["seed"]) == ("cpu", 3, 4)


def test_a_pair_that_does_not_come_apart() -> None:
    """Else the compiled loop over coordinates runs where a gradient mixes them, or single precision is not single."""
    for pair in (Cosines(), DENSE):
        assert choose("auto", ruled(clipped), pair, NOISE, STEPS) == "cpu"
        for method, noise, reason in (
            (ruled(normed), NOISE, "rule of Mine, 'normed': it is not elementwise"),
            (ruled(interpolated), NOISE, "rule of Mine, 'interpolated': Numba cannot compile it"),
            (ruled(clipped), Own(sigma_f=1.0), "does not know how to draw Own"),
        ):
            assert choose("auto", method, pair, noise, STEPS) == "numpy"
            with pytest.raises(RefusedError, match=reason):
                at.run(method, pair, noise, STEPS, engine="cpu")
        reason = f"float32 only for a separable pair, .* {type(pair).__name__} is not one"
        for engine in ("auto", "cpu"):
            with pytest.raises(RefusedError, match=reason):
                at.run(ruled(clipped), pair, NOISE, STEPS, engine=engine, dtype="float32")


def test_what_is_wrong_is_said_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a long run ends in an error, or a precision or a number of threads is silently another."""
    for engine in (exact, cpu, monte_carlo):
        monkeypatch.setattr(engine, "run", lambda *args, **options: pytest.fail("it ran"))
    run = partial(at.run, methods.AuxMOM, QUADRATIC, NOISE, STEPS)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"dtype": "float16"}, "dtype = 'float16': must be one of float64, float32; did you mean 'float"),
        ({"dtype": np.float32}, "dtype = <class 'numpy.float32'>: must be one of float64, float32"),
        ({"engine": "cpy"}, "engine = 'cpy': must be one of auto, exact, cpu, numpy; did you mean 'cpu'"),
        ({"threads": 0}, "threads = 0: must be a whole number of at least 1"),
        ({"threads": 0, "engine": "numpy"}, "threads = 0: must be a whole number of at least 1"),
        ({"threads": 1.5}, "threads = 1.5: must be a whole number"),
        ({"threads": True, "seed": -1}, "(?s)seed = -1.*threads = True: must be a whole number"),
    ]
    for options, message in bad:
        with pytest.raises(InputError, match=message):
            run(**options)
    for name in ("exact", "numpy"):
        with pytest.raises(RefusedError, match=f"{name} computes in float64 only"):
            run(engine=name, dtype="float32")
    with pytest.raises(RefusedError, match=r"(?s)exact computes in float64.*draw Own.*numpy computes in float64"):
        at.run(methods.AuxMOM, QUADRATIC, Own(sigma_f=1.0), STEPS, dtype="float32")
    with pytest.raises(RefusedError, match=r"cpu counts local steps .* up to 536870912, and 536870912 were"):
        at.run(methods.AuxMOM, QUADRATIC, NOISE, STEPS.replace(B=2**29), engine="cpu")


def test_the_engine_checks_for_itself() -> None:
    """Else who calls it directly gets a traceback from Numba."""
    run = partial(cpu.run, methods.AuxMOM, QUADRATIC, NOISE, STEPS)
    with pytest.raises(InputError, match=r"(?s)5 bad inputs.*replicas = 1.*first_.*seed = -5.*'float3'.*threads = 0"):
        run(replicas=1, first_replica=-1, seed=-5, dtype="float3", threads=0)
    with pytest.raises(InputError, match="record = 9: must be at most T = 3"):
        run(record=[9])


# -- where compiled code is kept ----------------------------------------------------------------------

SMALLEST = """
import auxtheory as at
from auxtheory.kernels.jit import cache_folder
pair, steps = at.Quadratic(L=1.0, dim=2).with_helper(0.1), at.Steps(eta=0.1, K=2, T=2)
trace = at.run(at.methods.Naive, pair, at.RandomSign(sigma_h=1.0), steps, engine="cpu", replicas=3)
print(trace.G[0, 0].hex(), cache_folder())
"""
OWN_RULE = """
import auxtheory as at, mine
from auxtheory.engines import cpu, monte_carlo
pair, steps = at.Quadratic(L=1.0, dim=2).with_helper(0.1), at.Steps(eta=0.1, a=0.5, K=2, T=4)
case = at.Method(name="Mine", refresh=mine.refresh), pair, at.RandomSign(sigma_f=1.0, sigma_h=0.5), steps
for engine in (cpu, monte_carlo):
    print(engine.run(*case, replicas=3, keep_paths=True).paths.tobytes().hex())
"""
RULE = """
import numpy as np
def refresh(m, diff, diff_prev, a):
    return a * np.minimum(np.abs(m), {limit}) + diff
"""


def python(code: str, folder: Path, *, path: Path = ROOT, **environment: Path | str) -> list[str]:
    """What a new process prints, word by word."""
    usual = {"PYTHONPATH": f"{path}{os.pathsep}{folder}", "PYTHONDONTWRITEBYTECODE": "1"}
    told = os.environ | usual | {name: str(value) for name, value in environment.items()}
    done = subprocess.run([sys.executable, "-c", code], env=told, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def in_process() -> str:
    """What SMALLEST prints first."""
    pair, steps = Quadratic(L=1.0, dim=2).with_helper(0.1), at.Steps(eta=0.1, K=2, T=2)
    return cpu.run(methods.Naive, pair, RandomSign(sigma_h=1.0), steps, replicas=3).G[0, 0].hex()


def files(folder: Path) -> dict[Path, int]:
    """Every file below, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_second_process_finds_what_the_first_compiled(tmp_path: Path) -> None:
    """Else every process compiles for seconds; nothing is written a second time."""
    cache = tmp_path / "cache"
    first = python(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache)
    written = files(cache)
    assert any(path.suffix == ".nbc" and "trajectory" in path.name for path in written)
    assert [path for path in written if not path.is_relative_to(first[1])] == []
    assert Path(first[1]).is_relative_to(cache)
    assert python(SMALLEST, tmp_path, NUMBA_CACHE_DIR=cache) == first and files(cache) == written
    assert first[0] == in_process()


def test_without_a_place_to_keep_it_all_is_compiled_anew(tmp_path: Path) -> None:
    """Else the library does not run where nothing can be written; root may write anywhere but below a file."""
    (tmp_path / "file").write_text("")
    assert python(SMALLEST, tmp_path, NUMBA_CACHE_DIR=tmp_path / "file" / "below") == [in_process(), "None"]


def test_where_the_cache_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else code lands where nobody said: below NUMBA_CACHE_DIR, else XDG_CACHE_HOME, else ~/.cache, else nowhere."""
    from auxtheory.kernels import jit

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    places = [tmp_path / "home" / ".cache"]
    found = [jit.cache_folder.__wrapped__()]
    for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
        places.append(tmp_path / name)
        found.append(jit.cache_folder.__wrapped__())
    assert [folder.parent for folder in found] == [place / "auxtheory" for place in places]
    assert len({folder.name for folder in found}) == 1 and not any(files(place) for place in places)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert jit.cache_folder.__wrapped__() is None


def test_any_change_of_the_sources_is_another_folder(tmp_path: Path) -> None:
    """Else new sources run old code: any file of the package or of kernels/, which is a link, changes the name."""
    for name in ("auxtheory", "kernels", "analysis"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    code = """
from pathlib import Path
from auxtheory.kernels.jit import cache_folder
def name(): print(cache_folder.__wrapped__().name)
name()
for file in ("kernels/tile.py", "auxtheory/noise.py", "auxtheory/methods/naive.py"):
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "# changed", encoding="utf-8")
    name()
    path.write_text(text, encoding="utf-8")
name()
"""
    usual, *changed, again = python(code, tmp_path, path=tmp_path, NUMBA_CACHE_DIR=tmp_path / "cache")
    assert usual == again and len({usual, *changed}) == 4


def test_a_rule_of_ones_own_is_never_kept(tmp_path: Path) -> None:
    """Else who edits a rule runs the old one: the library's sources, which name the cache, have not changed."""
    paths = []
    for limit in (0.01, 0.02):
        (tmp_path / "mine.py").write_text(RULE.format(limit=limit), encoding="utf-8")
        compiled, reference = python(OWN_RULE, tmp_path, NUMBA_CACHE_DIR=tmp_path / "cache")
        assert compiled == reference
        paths.append(compiled)
    assert paths[0] != paths[1]
    assert not [path for path in files(tmp_path / "cache") if "trajectory" in path.name]


def test_engines_load_without_a_compiler() -> None:
    """Else whoever looks at a table of results waits for Numba."""
    code = "import auxtheory.engines, auxtheory.validation, sys; print('numba' in sys.modules)"
    assert python(code, ROOT) == ["False"]
