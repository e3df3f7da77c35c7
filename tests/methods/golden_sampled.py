"""Random configurations of the engines `numpy` and `cpu`: pairs of several kinds, all laws of
noise, and every setting of sampling.

Paths of separable pairs are made of + − × ÷ √ alone (start and bias too), so they have the same
bits on every machine. Those of other pairs hang on matrix products and exponentials, whose last
bits are the processor's.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from golden_cases import METHODS, SINGLE, Case, Chooser, costs, largest_deviation

import auxtheory as at

SEED = 17
NUMBER = 60
KINDS = 2 * ("quadratic", "cosine", "dense", "quadratic", "minibatch")
KINDS = (*KINDS[:-1], "logistic")
SEPARABLE = "quadratic", "cosine"
MEASURES = "G", "gap", "grad_sq"
ERRORS = "G_se", "gap_se", "grad_sq_se"
NUMBERS = (*MEASURES, *ERRORS, "spread", "local_sq", "x")


@dataclass(frozen=True, kw_only=True)
class SampledCase(Case):
    """What to run, and how it is sampled."""

    kind: str
    sampling: at.Sampling
    engines: tuple[str, ...]


def sampled_case(number: int) -> SampledCase:
    """The configuration of this number, or a grid of up to three."""
    choose = Chooser(SEED, number)
    kind = KINDS[number % len(KINDS)]
    name = [*METHODS][number % len(METHODS)]
    wide = kind in SEPARABLE and number % 7 == 0
    d = choose.among((130, 300)) if wide else choose.whole(1 if kind in SEPARABLE else 2, 12)
    count = 1 if kind == "minibatch" else choose.among((1, 1, 3))
    classes = 3 if kind in ("minibatch", "logistic") and choose.chance(0.3) else 2
    pair = _pair(choose, kind, d, count, classes)
    noise = _minibatch(choose, pair) if kind == "minibatch" else _noise(choose, count)
    eta = choose.level(count, 0.01, 0.5)
    local = choose.among((1, 2, 3, 5, 9))
    T = choose.whole(3, 8 if wide else 16)
    steps = at.Steps(
        eta=1e12 * eta if choose.chance(0.05) else eta,
        a=choose.level(count, 0.05, 1.0),
        K=1 if name in SINGLE else local,
        T=T,
        B=choose.among((1, 3, 17, math.inf)),
    )
    return SampledCase(
        method=METHODS[name],
        pair=pair,
        noise=noise,
        steps=steps,
        record=sorted({1, -(-T // 2), T}),
        kind=kind,
        sampling=_sampling(choose, number, kind, wide),
        engines=_engines(number, kind, classes),
    )


def _engines(number: int, kind: str, classes: int) -> tuple[str, ...]:
    """The engines that take a configuration."""
    if is_single_precision(number):
        return ("cpu",)
    return ("numpy",) if kind == "minibatch" and classes > 2 else ("numpy", "cpu")


def is_single_precision(number: int) -> bool:
    """Whether the state of a quadratic pair is held in single precision."""
    return number % 20 == 3


def _pair(choose: Chooser, kind: str, d: int, count: int, classes: int) -> Any:
    delta = choose.level(count, 0.0, 0.8)
    zeta = choose.level(count, 0.0, 1.5)
    x_star = choose.among((0.0, -1.5, choose.reals(d, -3.0, 3.0)))
    x0 = choose.reals(d, -2.0, 2.0)
    if kind in ("minibatch", "logistic"):
        return _logistic(choose, kind, d, delta, zeta, classes)
    if kind == "cosine":
        return at.Cosine(L=1.0, dim=d, x0=x0, x_star=x_star).with_helper(delta, zeta)
    dense = kind == "dense"
    target = at.Quadratic(
        L=choose.real(0.5, 2.0),
        mu=None if d == 1 else choose.among((0.0, 0.1)),
        dim=d,
        spectrum="uniform" if d == 1 else choose.among(("uniform", "two-cluster")),
        x0=x0 if choose.chance(0.5) else None,
        x_star=x_star,
        rotation=choose.among((None, 1)) if dense else None,
    )
    return target.with_helper(delta, zeta, rotation=2 if dense else None)


def _logistic(choose: Chooser, kind: str, d: int, delta: Any, zeta: Any, classes: int) -> Any:
    """Logistic regression on few samples with rounded features."""
    n = choose.whole(12, 40)
    features = np.array(choose.reals(n * d, -2.0, 2.0)).reshape(n, d)
    labels = [choose.whole(1, classes) - 1 for _ in range(n - classes)]
    f = at.Logistic(
        features=features,
        labels=[*labels, *range(classes)],
        classes=classes,
        l2=choose.real(0.05, 0.5),
        nonconvex=choose.among((0.0, 0.0, 0.01)),
        x0=choose.reals(d if classes == 2 else classes * d, -1.0, 1.0),
    )
    if kind == "logistic":
        return f.with_helper(delta, zeta)
    return f.helped_by(f.replace(labels=[*range(classes), *labels]))


def _noise(choose: Chooser, count: int) -> at.Noise:
    levels = {
        "sigma_f": choose.level(count, 0.0, 1.5, zero=0.1),
        "sigma_h": choose.level(count, 0.0, 1.5, zero=0.1),
        "correlation": choose.among((0.0, -1.0, 1.0, choose.level(count, -1.0, 1.0))),
        "s": choose.level(count, 0.0, 0.6, zero=0.5),
    }
    bits = choose.among((53, 24, None))
    return at.Gaussian(**levels, bits=bits) if bits else at.RandomSign(**levels)


def _minibatch(choose: Chooser, pair: Any) -> at.Noise:
    n = len(pair.f.labels)
    reversed_ = list(range(n))[::-1]
    return at.Minibatch(
        pair=pair,
        batch=choose.whole(1, 8),
        replacement=choose.chance(0.5),
        coupling=choose.among(("same", "independent", reversed_)),
    )


def _sampling(choose: Chooser, number: int, kind: str, wide: bool) -> at.Sampling:
    keep_local = choose.chance(0.4)
    return at.Sampling(
        # 300 replicas are more than one block of the statistics.
        replicas=choose.among((3, 70) if wide else (3, 40, 300)),
        seed=choose.among((0, 1, 2**40 + 11, 2**64 - 1)),
        first_replica=choose.among((0, 0, 5, 2**31)),
        keep_paths=True,
        keep_local=keep_local,
        follow_G=kind != "minibatch" or keep_local or choose.chance(0.5),
        dtype="float32" if is_single_precision(number) else "float64",
        threads=2,
    )


def run_sampled(case: SampledCase, engine: str) -> dict[str, Any]:
    """The numbers of a sampling engine: measures and their standard errors of shape (records, C),
    x of the first replica after the last round, (C, d), and a digest of all paths."""
    task = at.Task(
        method=case.method, pair=case.pair, noise=case.noise, steps=case.steps, record=case.record
    )
    trace = at.engines.run_task(task, engine, case.sampling)
    numbers = {name: getattr(trace, name).tolist() for name in (*MEASURES, *ERRORS, "spread")}
    if case.sampling.keep_local:
        numbers["local_sq"] = trace.local_sq[-1].tolist()
    return numbers | {
        "x": trace.paths[-1, :, 0, :6].tolist(),
        "paths": digest(trace.paths),
        "costs": costs(trace),
        "diverged": trace.diverged.tolist(),
    }


def digest(paths: Any) -> str:
    """A digest of the shape and the bits of an array; of a NaN no bit counts."""
    paths = np.ascontiguousarray(np.where(np.isnan(paths), np.nan, paths), dtype="<f8")
    return hashlib.blake2b(repr(paths.shape).encode() + paths.tobytes(), digest_size=16).hexdigest()


def sampled_deviations(new: dict[str, Any], old: dict[str, Any], kind: str) -> dict[str, float]:
    """By how much the numbers of a run differ at most: relative to the value for separable pairs,
    and to the largest value at any record for others, whose f* is subtracted. The error of a
    standard error is relative to its mean.

    Args:
        new: what `run_sampled` returns.
        old: likewise.
        kind: the kind of the pair.

    Returns:
        A number for each measure, each standard error and x; ∞ where not the same values are
        finite.
    """
    out = {}
    for name in (name for name in NUMBERS if name in old):
        scale = np.abs(np.nan_to_num(old[name.removesuffix("_se")], posinf=0.0, neginf=0.0))
        if name == "x" or kind not in SEPARABLE:
            scale = np.max(scale, axis=-1 if name == "x" else 0, keepdims=True)
        out[name] = largest_deviation(new[name], old[name], scale)
    return out
