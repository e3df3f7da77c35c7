"""Benchmark of Monte Carlo: the engines against NumPy, JAX and PyTorch on one case, at several
sizes, and as lengths grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from auxtheory import methods
from auxtheory.bench.case import SEED, BenchCase, jax_on_gpu, outcome, package, variant
from auxtheory.bench.groups import drawing, second_core
from auxtheory.bench.measure import Group, Variant, lazily
from auxtheory.bench.sizes import Size, Sizes
from auxtheory.bench.variants import (
    jax as with_jax,
)
from auxtheory.bench.variants import (
    jax_expert as expert,
)
from auxtheory.bench.variants import (
    numpy as plain,
)
from auxtheory.bench.variants import (
    torch as with_torch,
)
from auxtheory.engines import ENGINES, Sampling
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Gaussian, Noise, RandomSign

USER = "JAX, as a user writes it"
USER_SIGNS = "JAX, random signs"
OWN_HASH = "JAX, own hash, float32 normals"
LOOP = "NumPy, a replica at a time"
IN_PLACE = "NumPy, in place"
REFERENCES = (USER, IN_PLACE)
LIMIT = "loop in cache"
FEWEST = 16  # replicas of the loop, whose mean needs a standard error
LAWS: dict[str, Callable[..., Noise]] = {
    "Gaussian": Gaussian,
    "Gaussian, 24 bits": partial(Gaussian, bits=24),
    "random signs": RandomSign,
}
# The rows of JAX that draw the same law.
SAME_LAW = {"Gaussian": USER, "Gaussian, 24 bits": OWN_HASH, "random signs": USER_SIGNS}
# Further ways to sample, as fields of `Sampling`; a row appears where the version has the field.
MODES: dict[str, dict[str, Any]] = {"Rao–Blackwell": {"rao_blackwell": True}}
ON_DEVICE = ("cuda", "cupy")
MAIN_ROWS = {"numpy": ("Gaussian", "random signs")}  # other engines have all laws


def main(sizes: Sizes, method: MethodType) -> Group:
    """The group of every variant, and of every generator alone."""
    case = BenchCase(method, sizes.main)
    rows = [*without_library(case), *in_jax(case), *in_torch(case)]
    for engine in simulators():
        rows += [by_engine(case, engine, law) for law in MAIN_ROWS.get(engine, LAWS)]
    return Group(
        f"Monte Carlo, {method.name}", str(sizes.main), (*rows, *drawing.variants(case)), REFERENCES
    )


def other_size(title: str, size: Size) -> Group:
    """The main variants on a small or a large case."""
    case = BenchCase(methods.AuxMOM, size)
    rows = [*list(without_library(case))[1:], *in_jax(case)]
    for engine in simulators():
        rows += [by_engine(case, engine, law) for law in MAIN_ROWS.get(engine, LAWS)]
    return Group(f"{title}, AuxMOM", str(size), tuple(rows), REFERENCES)


def same_law(sizes: Sizes) -> Group:
    """Each law on the fastest engines against the JAX variant with the same law: 24 bits against an
    expert's own generator."""
    case = BenchCase(methods.AuxMOM, sizes.main)
    rows = list(in_jax(case))
    for engine in simulators():
        if engine not in MAIN_ROWS:
            rows += [
                replace(by_engine(case, engine, law), against=base)
                for law, base in SAME_LAW.items()
            ]
    rows = [replace(row, against=row.against or row.name, limit="") for row in rows]
    return Group("same law, AuxMOM", str(case.size), tuple(rows), ratio="JAX with the same law")


def small_share(sizes: Sizes) -> Group:
    """The rate of each engine and law on the small case, relative to that on the main one."""
    rows: list[Variant] = []
    for engine in simulators():
        for law in MAIN_ROWS.get(engine, LAWS):
            small, main = (
                replace(row, name=f"{row.name}, {name}", limit="")
                for name, size in (("small", sizes.small), ("main", sizes.main))
                for row in [by_engine(BenchCase(methods.AuxMOM, size), engine, law)]
            )
            rows += [replace(small, against=main.name), replace(main, against=main.name)]
    small_size, main_size = (
        f"R = {size.R:,}, d = {size.d:,}" for size in (sizes.small, sizes.main)
    )
    size = f"{small_size} against {main_size}"
    return Group(
        "rate of the small case, AuxMOM", size, tuple(rows), ratio="the same on the main case"
    )


def on_gpu(sizes: Sizes, cores: int) -> Group:
    """The engines on a GPU at sizes that fill it, against JAX, which uses the GPU if its plugin is
    installed, and against `cpu` on all cores; without a GPU no row runs."""
    rows: list[Variant] = []
    for size in sizes.device:
        case = BenchCase(methods.AuxMOM, size)
        some = [row for row in in_jax(case) if row.name != OWN_HASH]
        if "cpu" in simulators():
            some += [by_engine(case, "cpu", law, cores) for law in LAWS]
        # Where no engine finds a device, there is nothing to compare with.
        some = [replace(row, missing=partial(_either, row, case)) for row in some]
        some += [by_engine(case, name, law) for name in devices() for law in LAWS]
        rows += [
            replace(row, name=f"{row.name}, {size}", against=f"{USER}, {size}", limit="")
            for row in some
        ]
    ratio = "JAX, as a user writes it, at the same size"
    return Group("on a GPU, AuxMOM", "sizes in the rows", tuple(rows), ratio=ratio)


def devices() -> tuple[str, ...]:
    """The engines that run on a GPU."""
    return tuple(name for name in simulators() if name in ON_DEVICE)


def _either(row: Variant, case: BenchCase) -> str | None:
    """Why no engine can use a GPU, otherwise why the row cannot run."""
    task = case.task(Gaussian(**case.levels))
    reasons = [ENGINES[name].refuses(task) for name in devices()]
    return row.missing() if not all(reasons) else f"no GPU to compare with: {reasons[0]}"


def modes(sizes: Sizes) -> Group:
    """Further ways to sample: seconds to a given standard error of G."""
    case = BenchCase(methods.AuxMOM, sizes.main)
    rows: list[Variant] = []
    for engine in ("cpu", "numpy"):
        if engine in simulators():
            plain = by_engine(case, engine, "Gaussian")
            rows.append(replace(plain, against=plain.name, limit=""))
            for mode, fields in MODES.items():
                if set(fields) <= set(ENGINES[engine].OPTIONS):
                    row = by_engine(case, engine, "Gaussian", **fields)
                    name = f"{row.name}, {mode}"
                    rows.append(replace(row, name=name, against=plain.name, limit=""))
    return Group(
        "sampling modes, AuxMOM",
        str(case.size),
        tuple(rows),
        ratio="the plain mode, to the same error",
        accuracy=True,
    )


def scaling(sizes: Sizes, axis: str, values: tuple[int, ...]) -> Group:
    """Each engine as one length grows; ratios are to its own first row."""
    rows: list[Variant] = []
    for engine in simulators():
        names = [f"engine {engine}, {axis} = {value:,}" for value in values]
        for name, value in zip(names, values, strict=True):
            case = BenchCase(methods.AuxMOM, replace(sizes.scaled, **{axis: value}))
            rows.append(
                replace(
                    by_engine(case, engine, "Gaussian"),
                    name=name,
                    against=names[0],
                    limit="",
                    at=float(value),
                )
            )
    rest = replace(sizes.scaled, **{axis: 1})
    return Group(
        f"scaling in {axis}, AuxMOM",
        str(rest),
        tuple(rows),
        ratio="the engine's first row",
        axis=axis,
    )


def threads(sizes: Sizes, cores: int) -> Group:
    """The effect of more than one thread; ratios are to the same variant on one thread, and are
    compared with that of a loop that stays in a core's nearest cache."""
    case = BenchCase(methods.AuxMOM, sizes.main)
    rows: list[Variant] = []
    for count in dict.fromkeys((1, cores)):
        rows.append(replace(second_core.row(count), name=_on(LIMIT, count), against=_on(LIMIT, 1)))
        some = [row for row in in_jax(case, count) if row.name != USER_SIGNS]
        if "cpu" in ENGINES:
            some += [by_engine(case, "cpu", law, count) for law in LAWS]
        rows += [
            replace(
                row,
                name=_on(row.name, count),
                against=_on(row.name, 1),
                limit="",
                ceiling=_on(LIMIT, count) if count > 1 else "",
            )
            for row in some
        ]
    return Group("threads, AuxMOM", str(case.size), tuple(rows), ratio="the same on one thread")


def _on(name: str, count: int) -> str:
    return f"{name}, {count} thread{'s' if count > 1 else ''}"


def simulators() -> tuple[str, ...]:
    """The engines that draw samples of a method's text."""
    return tuple(
        name
        for name, engine in ENGINES.items()
        if "replicas" in engine.OPTIONS and name != "python"
    )


def without_library(case: BenchCase) -> Iterator[Variant]:
    """Variants in plain NumPy; the loop is timed on some of the replicas."""
    few = min(case.size.R, max(FEWEST, case.size.R // 32))
    part = replace(case.size, R=few)
    loop = partial(plain.replica_by_replica, case, few)
    limit = drawing.GENERATOR
    yield variant(case, LOOP, loop, work=part.work, draws=part.draws, limit=limit)
    yield variant(case, IN_PLACE, lambda: plain.in_place(case), limit=limit)


def in_jax(case: BenchCase, count: int = 1) -> Iterator[Variant]:
    """Variants in JAX as a user writes them, with normals and with signs, and with an expert's
    generator."""
    for name, make, limit in (
        (USER, partial(with_jax.as_a_user, case, with_jax.normal), drawing.THREEFRY),
        (USER_SIGNS, partial(with_jax.as_a_user, case, with_jax.sign), ""),
        (OWN_HASH, partial(expert.in_pieces, case, count), drawing.HASH),
    ):
        yield variant(
            case,
            name,
            lazily(make),
            limit=limit,
            threads=count,
            device=jax_on_gpu(),
            missing=package("jax"),
        )


def in_torch(case: BenchCase) -> Iterator[Variant]:
    """PyTorch with noise in either precision."""
    for precision in ("float64", "float32"):
        run = lazily(partial(with_torch.in_place, case, precision))
        name = f"PyTorch, in place, {precision} normals"
        limit = drawing.in_torch(precision)
        yield variant(case, name, run, limit=limit, missing=package("torch"))


def by_engine(case: BenchCase, name: str, law: str, count: int = 1, **fields: Any) -> Variant:
    """An engine of this library under a law of noise."""
    engine: Any = ENGINES[name]
    noise = LAWS[law](**case.levels)
    kind = list(drawing.KINDS)[list(LAWS).index(law)]
    task = case.task(noise)
    threads = count if "threads" in engine.OPTIONS else None
    sampling = Sampling(replicas=case.size.R, seed=SEED, threads=threads, **fields)
    limits = {"numpy": drawing.in_numpy(kind), "cpu": drawing.in_compiled(kind)}
    return variant(
        case,
        f"engine {name}, {law}",
        lambda: outcome(engine.run(task, sampling)),
        limit=limits.get(name, ""),
        threads=count,
        device=name in ON_DEVICE,
        missing=lambda: engine.refuses(task),
    )
