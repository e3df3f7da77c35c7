"""Collapsed local steps: the same expectations, smaller variances, one draw a round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from crossed import crossed
from rao_blackwell_cases import (
    CORRECTIONS,
    FURTHER,
    LAWS,
    NAMES,
    PROGRAMS,
    ClippedBuffer,
    SGDOfSteps,
    pair,
    run,
    scores,
    steps,
    task,
)

import auxtheory as at
from auxtheory import measures, methods
from auxtheory.engines import Sampling, Task
from auxtheory.engines.monte_carlo import rao_blackwell
from auxtheory.engines.monte_carlo.rao_blackwell import Collapsed, root_of
from auxtheory.errors import InputError, RefusedError
from auxtheory.noise.laws import Gaussian, RandomSign
from auxtheory.problems import Cosine, Quadratic
from auxtheory.random import counter
from auxtheory.random.counter import COLLAPSED, Index

# Samples of collapsed steps at some index, and x of a replica after two rounds.
NORMALS = [0.9469119493438433, -0.49169524272277587, -1.8676942524645916]
SIGNS = [-1.0, 1.0, -1.0, -1.0, 1.0, 1.0]
SINGLE = -1.0379283428192139
PATH = [4.008138413658087, 1.2081191336432253, 1.0652181426898584]
ADDITIVE = ("normal", "24 bits", "signs")
# Standard errors: of hundreds of scores, many of them of the same samples.
MARGIN = 5.0


def assert_unbiased(z: Any) -> None:
    """Each mean within its margin, and the means of all runs together."""
    assert np.nanmax(np.abs(z)) < MARGIN
    random = z[:, np.all(np.isfinite(z), axis=0)]
    assert np.max(np.abs(np.mean(random, axis=0))) * np.sqrt(len(z)) < MARGIN


@crossed({"name": CORRECTIONS, "law": LAWS}, {"name": "AuxMVR", "law": "multiplicative"})
def test_means_of_corrections_are_exact_expectations(name: str, law: str) -> None:
    """Otherwise the conditional expectation is another one, or what is drawn has another mean or
    variance; with δ, ζ, σ_f, σ_h, ρ, η and a of four configurations, and a batch of three."""
    assert_unbiased(scores(task(CORRECTIONS[name], LAWS[law]), seeds=2, replicas=500))


@crossed({"name": PROGRAMS, "law": ADDITIVE}, {"name": "BothGradients", "law": "signs"})
def test_means_of_programs_are_exact_expectations(name: str, law: str) -> None:
    """Otherwise noise of several variables, or of steps that differ, is drawn with another
    covariance."""
    assert_unbiased(scores(task(PROGRAMS[name], LAWS[law], K=4), seeds=2, replicas=500))


@pytest.mark.parametrize("law", ["multiplicative", "multiplicative signs"])
def test_multiplicative_noise_of_several_local_steps(law: str) -> None:
    """Otherwise the variance of collapsed steps leaves out what depends on the state."""
    assert_unbiased(scores(task(SGDOfSteps, LAWS[law]), seeds=2, replicas=500))


@pytest.mark.parametrize("B", [1, 8, np.inf])
def test_batches_of_the_first_buffer(B: float) -> None:
    """Otherwise a mean of B samples has another variance, or an exact start has noise."""
    assert_unbiased(scores(task(methods.AuxMVR, LAWS["multiplicative"], B=B), 2, 500))


def test_schedules_of_step_sizes() -> None:
    """Otherwise rounds after the first take the maps of the first."""
    eta = at.per_round(lambda t: 0.3 / (1 + t))
    case = task(methods.AuxMOM, Gaussian(sigma_f=0.5, sigma_h=0.4), eta=eta)
    assert_unbiased(scores(case, seeds=2, replicas=500))


@pytest.mark.parametrize("law", ["normal", "signs"])
def test_standard_errors_are_honest(law: str) -> None:
    """Otherwise an error bar is too narrow or too wide: scores of G and of the gap have the
    variance 1; that of 70 of them has the relative error 0.08."""
    z = scores(task(methods.AuxMOM, LAWS[law], measures=(), T=3), seeds=70, replicas=100)
    assert np.all(np.abs(np.nanstd(z, axis=0) - 1) < 0.4), np.nanstd(z, axis=0)


# -- a wrong variance is seen


def wrong_variance(monkeypatch: Any) -> None:
    """Draw with half of the variance."""
    right = rao_blackwell.root_of
    monkeypatch.setattr(rao_blackwell, "root_of", lambda q: np.sqrt(0.5) * right(q))


def one_step_less(monkeypatch: Any) -> None:
    """Combine K − 1 steps."""
    right = Collapsed.__init__

    def short(self: Collapsed, *args: Any) -> None:
        right(self, *args)
        self.K -= 1

    monkeypatch.setattr(Collapsed, "__init__", short)


def no_covariance(monkeypatch: Any) -> None:
    """Draw the variables of a state independently."""
    monkeypatch.setattr(rao_blackwell, "root_of", lambda q: np.sqrt(q * np.eye(q.shape[-1])))


def conditional_mean_alone(monkeypatch: Any) -> None:
    """Leave the noise of local steps out of Σ E‖∇f‖²."""
    right = rao_blackwell.Repeated.power

    def power(*args: Any) -> Any:
        done = right(*args)
        return replace(done, sums=tuple(replace(each, q=0.0 * each.q) for each in done.sums))

    monkeypatch.setattr(rao_blackwell.Repeated, "power", power)


@pytest.mark.parametrize(
    ("mistake", "method"),
    [
        (wrong_variance, methods.AuxMOM),
        (one_step_less, methods.AuxMVR),
        (no_covariance, methods.HeavyBall),
        (conditional_mean_alone, methods.ExactCorrection),
    ],
)
def test_a_wrong_variance_is_seen(mistake: Any, method: Any, monkeypatch: Any) -> None:
    """Otherwise the tests of means above could not fail."""
    noise = Gaussian(sigma_f=0.1, sigma_h=2.0)
    case = Task(
        method=method,
        pair=pair(3, F0=0.01),
        noise=noise,
        steps=steps(method, T=8, eta=0.3),
        measures=FURTHER,
    )
    assert_unbiased(scores(case, seeds=1, replicas=4000))
    mistake(monkeypatch)
    assert np.nanmax(np.abs(scores(case, seeds=1, replicas=4000))) > 2 * MARGIN


# -- smaller variances


@crossed({"law": LAWS, "K": [1, 2, 10]}, {"law": "normal", "K": 10})
def test_the_variance_of_G_is_not_larger(law: str, K: int) -> None:
    """Otherwise the mode costs precision; equal for K = 1, to the error of a sample variance."""
    for method in (methods.AuxMVR, methods.ExactCorrection):
        case = task(method, LAWS[law], K=K, T=8, measures=())
        plain, ours = (run("numpy", case, replicas=1500, rao_blackwell=on) for on in (False, True))
        for name in ("G", "gap"):
            small, large = (trace.measure(name)[1] ** 2 for trace in (ours, plain))
            # Sample variances of 1,500 replicas: 4 · √(2/1500) · √2 of a normal law.
            assert np.all(small <= 1.25 * large), (method.name, name)
            if method is methods.ExactCorrection and K == 10:
                assert small[0, 3] < {"G": 0.6, "gap": 0.9}[name] * large[0, 3]


# -- samples are functions of their index


def test_no_other_sample_has_the_number_of_collapsed_steps() -> None:
    """Otherwise the noise of collapsed steps is that of another oracle of the round."""
    from auxtheory.engines.monte_carlo.interpreter import CHOICE

    others = [getattr(counter, name) for name in ("F_SAMPLE", "H_SAMPLE", "LOCAL")]
    others += [counter.CURVATURE_R, counter.CURVATURE_LOCAL, CHOICE]
    assert COLLAPSED not in others and COLLAPSED < 8


def test_the_golden_samples() -> None:
    """Otherwise runs with collapsed steps cannot be reproduced by later versions."""
    at_ = Index(seed=2**63 + 5, start=3, stop=4, round=7, step=0)
    normal = Gaussian().standard(at_, COLLAPSED, 3)[0].tolist()
    assert normal == NORMALS
    assert RandomSign().standard(at_, COLLAPSED, 6)[0].tolist() == SIGNS
    ((second,),) = (
        Gaussian(bits=24)
        .standard(Index(seed=1, start=0, stop=1, round=2, step=1), COLLAPSED, 1)
        .tolist()
    )
    assert second == SINGLE


def test_the_golden_run() -> None:
    """Otherwise a draw is taken at another index, or scaled by another variance."""
    case = task(methods.AuxMOM, LAWS["normal"], T=2, measures=())
    trace = run("numpy", case, replicas=2, seed=4, keep_paths=True)
    np.testing.assert_allclose(trace.paths[0, 3, 1], PATH, rtol=1e-13)


def test_a_round_is_its_map_and_one_sample() -> None:
    """Otherwise x after a round is not P z + S w + √n ξ, with numbers found step by step."""
    K, eta, sigma = 5, 0.2, 0.8
    target = Quadratic(spectrum=[1.0, 0.3], x0=[2.0, -1.0]).with_helper(delta=0.2)
    case = Task(
        method=methods.Naive,
        pair=target,
        noise=Gaussian(sigma_h=sigma),
        steps=at.Steps(eta=eta, K=K, T=1),
    )
    trace = run("numpy", case, replicas=3, seed=9, keep_paths=True)
    alpha = 1 - eta * (target.A - target.R)[0]
    mean, variance, energy = target.x0[0], 0.0, 0.0
    for _ in range(K):
        energy += np.sum(target.A[0] ** 2 * (mean**2 + variance))
        mean, variance = alpha * mean, alpha**2 * variance + eta**2 * sigma**2 / 2
    sample = Gaussian().standard(Index(9, 0, 3, 1, 0), COLLAPSED, 2)
    np.testing.assert_allclose(trace.paths[0, 0], mean + np.sqrt(variance) * sample, rtol=1e-13)
    gap = 0.5 * np.sum(target.A[0] * (mean**2 + variance))
    for name, wanted in (("G", energy / K), ("gap", gap)):
        value, error = trace.measure(name)
        np.testing.assert_allclose(value, wanted, rtol=1e-13)
        assert error[0, 0] == 0


def test_replicas_do_not_depend_on_the_others() -> None:
    """Otherwise chunks of replicas are other runs."""
    case = task(methods.AuxMVR, LAWS["multiplicative"])
    whole = run("numpy", case, replicas=6, keep_paths=True)
    part = run("numpy", case, replicas=2, first_replica=3, keep_paths=True)
    np.testing.assert_array_equal(whole.paths[:, :, 3:5], part.paths)


# -- roots


def test_roots_of_covariances_of_any_rank() -> None:
    """Otherwise noise that two variables share is drawn twice, or a variance below 0 is a root."""
    rng = np.random.default_rng(0)
    for rank in range(4):
        factor = rng.normal(size=(50, 3, rank))
        covariance = factor @ np.swapaxes(factor, -1, -2)
        root = root_of(covariance)
        np.testing.assert_allclose(root @ np.swapaxes(root, -1, -2), covariance, atol=1e-11)
        assert np.all(np.count_nonzero(np.any(root != 0, axis=-2), axis=-1) <= rank)


# -- what is taken and what is refused


def test_a_buffer_that_is_not_affine_where_noise_is_normal() -> None:
    """Otherwise collapsed steps differ from plain ones where no exact expectation exists."""
    case = task(ClippedBuffer, LAWS["normal"])
    plain = run("numpy", case, replicas=3000, seed=1, rao_blackwell=False)
    ours = run("numpy", case, replicas=3000, seed=2)
    for name in NAMES:
        (x, ex), (y, ey) = (trace.measure(name) for trace in (plain, ours))
        assert np.all(np.abs(x - y) <= MARGIN * np.hypot(ex, ey) + 1e-12 * x), name
    with pytest.raises(RefusedError, match="two moments"):
        run("numpy", task(ClippedBuffer, LAWS["signs"]))


TRIVIAL = at.Steps(eta=0.1, a=0.3, K=2, T=2)
DENSE = Quadratic(L=1.0, mu=0.1, dim=3, rotation=1).with_helper(0.3, rotation=2)
NORMAL = Gaussian(sigma_f=1.0)


@pytest.mark.parametrize(
    ("method", "target", "noise", "more", "reason"),
    [
        (methods.AuxMOM, Cosine(L=1.0, dim=2).with_helper(0.1), NORMAL, (), "quadratic pairs"),
        (methods.AuxMOM, DENSE, NORMAL, (), "pair is not diagonal"),
        (methods.AuxMOM, None, Gaussian(sigma_f=1.0, shape=np.eye(3)), (), "shape is a matrix"),
        (methods.SAGA, "parts", NORMAL, (), "random choices|each component"),
        (methods.SignSGD, None, NORMAL, (), "affine and elementwise"),
        (methods.NormalisedAuxMOM, None, NORMAL, (), "affine and elementwise"),
        (methods.AuxMOM, None, NORMAL, (measures.norm(),), "root"),
        (
            methods.AuxMOM,
            None,
            NORMAL,
            (measures.quadratic(np.eye(3), over="local"),),
            "has a matrix",
        ),
    ],
)
def test_refusals(method: Any, target: Any, noise: Any, more: Any, reason: str) -> None:
    """Otherwise what does not collapse gives a wrong number instead of a reason."""
    target = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.3) if target is None else target
    if isinstance(target, str):
        target = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.3).with_components(3)
    s = TRIVIAL if method.uses_a else at.Steps(eta=0.1, K=1 if method.single_step else 2, T=2)
    with pytest.raises(RefusedError, match=reason):
        at.run(
            method, target, noise, s, engine="numpy", measures=more, replicas=2, rao_blackwell=True
        )


def test_engines_that_do_not_collapse() -> None:
    """Otherwise an engine ignores what was asked for; the exact one has no sampling error."""
    arguments = methods.AuxMOM, pair(), LAWS["normal"], steps(methods.AuxMOM)
    with pytest.raises(RefusedError, match="cupy does not collapse local steps"):
        at.run(*arguments, engine="cupy", rao_blackwell=True)
    assert at.run(*arguments, rao_blackwell=True).engine == "exact"


def test_options_that_do_not_go_together() -> None:
    """Otherwise local gradients are returned that nobody computed."""
    with pytest.raises(InputError, match=r"(?s)keep_local.*dtype"):
        Sampling(rao_blackwell=True, keep_local=True, dtype="float32")
    with pytest.raises(InputError, match="rao_blackwell"):
        Sampling(rao_blackwell="yes")  # type: ignore[arg-type]


def test_the_result_says_so() -> None:
    """Otherwise a reader takes collapsed steps for simulated ones."""
    trace = run("numpy", task(methods.AuxMOM, LAWS["signs"]), replicas=2)
    assert "one draw" in trace.provenance["local_steps"]
    assert "2 replicas, collapsed local steps" in str(trace)
    theorem = at.theorems.AuxMOM()
    target = Quadratic(L=1.0, mu=0.1, dim=3).with_helper(0.1)
    verdict = at.validate(
        theorem, target, NORMAL, K=3, T=10, engine="numpy", replicas=32, rao_blackwell=True
    )
    assert rao_blackwell.STATED in verdict.notes
    assert verdict.status == "pass"


def test_local_steps_that_cancel() -> None:
    """Otherwise differences of large squares are taken for G: below the limit it agrees with the
    recursion that follows every step, above it there is a reason."""
    target = Quadratic(spectrum=[1.0, 1e-7], x0=[0.0, 1.0]).with_helper(0.5, gap=[0.0, 0.5])
    for K, refused in ((150, False), (250, True)):
        s = at.Steps(eta=0.1, K=K, T=2)
        case = Task(method=methods.ExactCorrection, pair=target, noise=Gaussian(), steps=s)
        if refused:
            with pytest.raises(RefusedError, match="amplify a coordinate"):
                run("numpy", case, replicas=2)
        else:
            exact = at.run(methods.ExactCorrection, target, None, s)
            np.testing.assert_allclose(run("numpy", case, replicas=2).G, exact.G, rtol=1e-8)
