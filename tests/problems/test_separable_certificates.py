"""Certificates of cosine and exponential pairs measure all coordinates at once, and refute couplings."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from counted import counting, peak

from auxtheory.problems import Cosine, Exponential, certificate_coordinates

PAIRS: dict[str, Any] = {
    "cosine": lambda d: Cosine(L=2.0, dim=d, x_star=0.5).with_helper(0.3, 0.7),
    "exponential": lambda d: Exponential(L=10.0, L0=1.0, dim=d).with_helper(delta=0.5),
}


def failed(pair: Any) -> set[str]:
    return {check.name for check in pair.certify(samples=8).checks if not check.holds}


@pytest.mark.parametrize("name", PAIRS)
def test_the_number_of_gradients_does_not_grow_with_d(name: str) -> None:
    """Otherwise the certificate of many coordinates takes hours."""
    points = []
    for d in (30, 3_000):
        pair, counts = counting(PAIRS[name](d))
        assert pair.certify(samples=8)
        points.append(dict(counts))
    assert points[0] == points[1] and max(points[0].values()) <= 4_000


@pytest.mark.parametrize("name", PAIRS)
def test_memory_is_some_vectors(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a million coordinates do not fit."""
    monkeypatch.setattr(certificate_coordinates, "TOGETHER", 2**10)
    assert peak(PAIRS[name](2_000), samples=2) <= 140 * 8 * 2_000


@pytest.mark.parametrize("size", [0.1, 1e-6, 1e-11])
@pytest.mark.parametrize("name", PAIRS)
def test_a_coupling_of_coordinates_is_caught(name: str, size: float) -> None:
    """Otherwise a pair that says it is a sum over coordinates, and is not, passes."""
    pair = PAIRS[name](40)

    def change(z: Any) -> Any:
        out = np.zeros_like(z)
        out[..., 3] = size * z[..., 30]
        out[..., 30] = size * z[..., 3]
        return out

    class Coupled(type(pair)):  # type: ignore[misc]
        which: Any = ("f", "h")

        def gradients(self, xp: Any = np) -> Any:
            g = super().gradients(xp)
            signs = {"f": 1, "h": 1 if "f" in self.which else -1, "r": 1}

            def coupled(part: str) -> Any:
                old = getattr(g, part)
                return lambda x: old(x) + signs[part] * change(x - self.minimiser)

            return replace(g, **{part: coupled(part) for part in self.which})

    class OfHelper(Coupled):
        which = ("h", "r")

    values = {field.name: getattr(pair, field.name) for field in fields(pair)}
    assert failed(pair) == set()
    assert "L" in failed(Coupled(**values))
    assert "delta" in failed(OfHelper(**values))


@pytest.mark.parametrize("factor", [1 - 1e-6, 1 + 1e-6])
@pytest.mark.parametrize("constant", ["L", "delta", "F0"])
@pytest.mark.parametrize("name", PAIRS)
def test_constants_that_are_wrong_are_caught(name: str, constant: str, factor: float) -> None:
    """Otherwise one of the constants is not measured."""
    pair = PAIRS[name](40)

    class Wrong(type(pair)):  # type: ignore[misc]
        def constants(self, *args: Any, **kwargs: Any) -> Any:
            c = super().constants(*args, **kwargs)
            return c.replace(**{constant: getattr(c, constant) * factor})

    values = {field.name: getattr(pair, field.name) for field in fields(pair)}
    assert failed(Wrong(**values)) == {constant}
