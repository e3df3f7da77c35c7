"""Every problem family keeps one contract, and no other module knows a family by name."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import array_api_strict
import numpy as np
import pytest
from own_family import LogCosh

from auxtheory.bounds.constants import Constants
from auxtheory.problems import FAMILIES, GivenPair, Pair, Target, families
from auxtheory.validation.parsing import parse

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"own_family.LogCosh": LogCosh}
KINDS = {**FAMILIES, "logcosh": LogCosh.draw}


class Drawn:
    """The choices of a family from a named seed."""

    def __init__(self, seed: int, dim: int = 3) -> None:
        self.rng = np.random.default_rng(seed)
        self.dim = dim

    def whole(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def share(self, low: float = 0.0, high: float = 1.0) -> float:
        return float(self.rng.uniform(low, high))

    def amount(self, name: str, unit: float = 1.0) -> float:
        low, high = {"mu": (0.1, 0.9), "zeta": (0.0, 1.0)}.get(name, (0.3, 2.0))
        return unit * float(self.rng.uniform(low, high))

    def among(self, options: Sequence[Any]) -> Any:
        return options[self.whole(0, len(options) - 1)]


def target_of(pair: Pair) -> Target:
    """The target that a pair's repr begins with."""
    target = parse(repr(pair).partition(".with_helper(")[0], NAMES)
    assert isinstance(target, Target)
    return target


def test_every_family_of_the_library_is_under_the_contract() -> None:
    """Otherwise a family is registered that nobody checks."""
    for family in families(library=True).values():
        assert set(family.kinds()) and set(family.kinds()) <= set(KINDS)


@pytest.fixture(params=[(kind, seed) for kind in KINDS for seed in range(4)], ids=str)
def pair(request: pytest.FixtureRequest) -> Pair:
    kind, seed = request.param
    return KINDS[kind](Drawn(seed, dim=1 + seed))


def test_shapes_and_constants(pair: Pair) -> None:
    """Otherwise an engine reads another pair than a theorem."""
    d = pair.dim
    assert pair.single and pair.x0.shape == (1, d) and pair.x_star.shape == (d,)
    assert target_of(pair).coordinates == d
    x = np.random.default_rng(0).standard_normal((1, 5, d))
    g = pair.gradients()
    assert g.f(x).shape == x.shape and pair.gap(x).shape == (1, 5)
    np.testing.assert_allclose(g.f(x) - g.h(x), g.r(x), atol=1e-12 * np.max(np.abs(g.f(x)) + 1))
    c = pair.constants()
    assert all(np.ndim(getattr(c, name)) == 0 for name in Constants.names())
    # Relative to the size of f near the start.
    there = pair.gap(pair.x_star[None, None])[0, 0]
    assert abs(there) <= 1e-12 * c.F0 and pair.gap(pair.x0[:, None])[0, 0] == c.F0


def test_gradients_are_those_of_the_values(pair: Pair) -> None:
    """Otherwise an engine descends another function than `gap` and the constants describe."""
    rng = np.random.default_rng(1)
    x = pair.x_star + rng.standard_normal((1, 4, pair.dim))
    step = 1e-4 * np.eye(pair.dim)
    ahead, behind = (
        pair.gap((x[:, :, None] + sign * step).reshape(1, -1, pair.dim)).reshape(4, -1)
        for sign in (1, -1)
    )
    slopes = pair.gradients().f(x)[0]
    size = max(1.0, float(pair.constants().L))
    np.testing.assert_allclose((ahead - behind) / 2e-4, slopes, atol=1e-6 * size)


def test_other_array_libraries_agree(pair: Pair) -> None:
    """Otherwise a device runs another pair."""
    x = np.random.default_rng(2).standard_normal((1, 4, pair.dim))
    there = array_api_strict.asarray(x)
    for name in ("f", "h", "r"):
        strict = getattr(pair.gradients(array_api_strict), name)(there)
        plain = getattr(pair.gradients(), name)(x)
        scale = 1 + np.max(np.abs(plain))
        np.testing.assert_allclose(np.asarray(strict), plain, atol=1e-12 * scale)
    gap = np.asarray(pair.gap(there, array_api_strict))
    np.testing.assert_allclose(gap, pair.gap(x), rtol=1e-10, atol=1e-12)


def test_constants_with_another_helper(pair: Pair) -> None:
    """Otherwise SGD and momentum on f alone are compared under the constants of the true helper."""
    own = pair.constants()
    for helper, delta, beta in (("f", 0.0, 0.0), ("none", own.L, 1.0)):
        c = pair.constants(helper)  # type: ignore[arg-type]
        assert (c.L, c.mu, c.F0) == (own.L, own.mu, own.F0)
        assert (c.delta, c.beta, c.zeta) == (delta, beta, 0.0)


def test_certificates_hold(pair: Pair) -> None:
    """Otherwise a stated constant is not what points of f and h show."""
    certificate = pair.certify(samples=8)
    assert certificate.holds, str(certificate)
    names = {check.name for check in certificate.checks}
    assert names == {"L", "mu", "delta", "beta", "zeta", "F0"}


def test_reprs_make_the_pair_again(pair: Pair) -> None:
    """Otherwise a counterexample's script does not run, or makes another pair."""
    again = parse(repr(pair), NAMES)
    assert type(again) is type(pair) and repr(again) == repr(pair)
    x = pair.x_star + np.random.default_rng(3).standard_normal((1, 4, pair.dim))
    for name in ("f", "h", "r"):
        np.testing.assert_array_equal(
            getattr(again.gradients(), name)(x), getattr(pair.gradients(), name)(x)
        )
    np.testing.assert_array_equal(again.x0, pair.x0)


def test_pairs_cannot_be_written_to(pair: Pair) -> None:
    """Otherwise numbers drift away from the constants that were read off them."""
    assert isinstance(pair, GivenPair)
    arrays = [value for value in vars(pair).values() if isinstance(value, np.ndarray)]
    assert len(arrays) > 2
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[..., 0] = 99.0


def test_a_grid_is_its_configurations(pair: Pair) -> None:
    """Otherwise configurations of a grid have each other's constants."""
    target = target_of(pair)
    delta = [0.0, 0.2, 0.1]
    zeta = [1.0, 0.0, 0.5]
    grid = target.with_helper(delta, zeta)
    assert not grid.single and len(grid.x0) in (1, 3)
    assert not target.with_helper([0.1], 0.0).single
    x = pair.x_star + np.random.default_rng(4).standard_normal((1, 4, pair.dim))
    stated = grid.constants()
    for i in range(3):
        alone = target.with_helper(delta[i], zeta[i])
        for name in Constants.names():
            value = np.broadcast_to(getattr(stated, name), (3,))[i]
            assert value == pytest.approx(getattr(alone.constants(), name), rel=1e-12)
        np.testing.assert_allclose(
            grid.gradients().h(x)[i], alone.gradients().h(x)[0], rtol=1e-12, atol=1e-14
        )


# The modules that are about a family itself, and why.
ALLOWED = {
    "__init__.py": "public names",
    "cli/validate.py": "the pair of `validate` is a quadratic one unless a family is named",
    "conformance/sizes.py": "methods are tried on quadratics of known iterates",
    "engines/exact/clients/federation.py": "moments of clients are those of quadratics",
    "engines/exact/clients/refusals.py": "the same",
    "engines/exact/engine.py": "its moments are those of A, R, b of a quadratic pair",
    "engines/exact/frame.py": "the same",
    "engines/exact/program/problem.py": "the same",
    "engines/exact/program/run.py": "the same",
    "engines/exact/rounds.py": "the same",
    "engines/monte_carlo/collapsed_rounds.py": "local steps collapse on quadratics",
    "engines/monte_carlo/minibatch.py": "minibatches of a logistic pair",
    "engines/monte_carlo/rao_blackwell.py": "local steps collapse on quadratics",
    "engines/worst_case/engine.py": "the worst case is that of a class of pairs, shown by quadratics",
    "engines/worst_case/instance.py": "the worst case, rebuilt as a quadratic pair",
    "noise/minibatch.py": "minibatches are of a logistic pair's samples",
    "noise/minibatch_bounds.py": "the same",
    "study/identity.py": "a logistic pair is identified by its data",
    "study/clients.py": "a study's target with clients is a quadratic one, or data that are split",
    "testing/search/clients.py": "a search chooses quadratics",
    "testing/search/dense.py": "the same",
    "testing/search/described.py": "the same",
    "testing/search/parameters.py": "a search chooses quadratics: exact, and of any constants",
    "testing/search/runs.py": "the length of a run is that of quadratics",
    "testing/strategies.py": "pairs with clients are quadratic ones",
    "validation/default_cases.py": "the default set is made of quadratics, whose expectations are "
    "exact",
}
FOLDERS = "problems", "experiments", "bench", "analysis", "kernels"
# Whose modules have cases: a problem each, mostly a quadratic.
WITH_CASES = "lower_bounds", "theorems"


def test_no_other_module_names_a_family() -> None:
    """Otherwise a new family is more than one class. Names in code count, texts do not."""
    concrete = {name for name in families(library=True)}
    concrete |= {f"{name}Pair" for name in concrete}
    found = set()
    for path in sorted((ROOT / "auxtheory").rglob("*.py")):
        inside = path.relative_to(ROOT / "auxtheory")
        if inside.parts[0] in FOLDERS + WITH_CASES:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = {getattr(node, "id", None), getattr(node, "attr", None)}
            names |= {alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")}
            if names & concrete:
                found.add(inside.as_posix())
    assert found == set(ALLOWED)
