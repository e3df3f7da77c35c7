"""The coverage of a search: the range of each parameter, printed and stored with the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.printing import wrapped
from auxtheory.testing.search.cells import SearchCell
from auxtheory.testing.search.parameters import Parameter

MEANING = {
    "delta": "δ",
    "zeta": "ζ",
    "gap": "r″",
    "bias": "direction of ζ",
    "flat": "μ",
    "flat_gap": "r″ of the flat one",
    "flat_start": "share of F₀ there",
    "gap_angle": "angle of r″",
    "noise_angle": "angle of the noise",
    "sigma_f": "σ_f",
    "sigma_h": "σ_h",
    "correlation": "ρ",
    "step": "η",
    "momentum": "log a",
    "F0": "F₀",
}
UNIT = {
    "delta": "L",
    "zeta": "√(LF₀)",
    "gap": "δ",
    "flat": "L",
    "flat_gap": "δ",
    "sigma_f": "√(LF₀)",
    "sigma_h": "√(LF₀)",
    "s": "L",
    "step": "the largest",
    "momentum": "its range",
}


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The ranges that a search covered.

    Args:
        dim: The smallest and the largest d.
        K: The smallest and the largest number of local steps.
        T: The smallest and the largest number of rounds.
        B: The smallest and the largest finite batch of the first buffer; None if all are ∞.
        infinite_B: Whether B = ∞ was searched.
        modes: The modes of the steps.
        levels: The searched parameters by name: low, high, and whether 0 was searched too; in units
            of L and F₀.
        fixed: The parameters that were fixed, by name.
        given: What was given: "pair", "target", "noise".
        cases: The number of cases.
        listed: The number of cells of the list.
        random: The number of cells with random K, T and B.
        dense: The number of cells of pairs whose Hessians need not commute, with noise along one
            direction.
        known: Where the known hard cases come from, which were searched too, with measured/bound.
        N: The smallest and the largest number of clients or helpers; None of a method that has one.
        S: The smallest and the largest number of those at work in a round.
    """

    dim: tuple[int, int]
    K: tuple[int, int]
    T: tuple[int, int]
    B: tuple[float, float] | None
    infinite_B: bool
    modes: tuple[str, ...]
    levels: Mapping[str, tuple[float, float, bool]]
    fixed: Mapping[str, float]
    given: tuple[str, ...]
    cases: int
    listed: int
    random: int
    dense: int = 0
    known: tuple[str, ...] = ()
    N: tuple[int, int] | None = None
    S: tuple[int, int] | None = None

    @classmethod
    def of(
        cls,
        listed: Sequence[SearchCell],
        random: Sequence[SearchCell],
        dense: Sequence[SearchCell],
        parameters: Mapping[str, Parameter],
        **known: Any,
    ) -> Coverage:
        """The ranges over these cells and of the parameters of these names."""
        cells = [*listed, *random, *dense]
        finite = [cell.B for cell in cells if np.isfinite(cell.B)]
        levels = {}
        for name, parameter in parameters.items():
            levels[name] = parameter.low, parameter.high, parameter.scale == "log or 0"
        dims, K, T = ([getattr(cell, name) for cell in cells] for name in ("dim", "K", "T"))
        layouts = [cell.layout for cell in cells if cell.layout is not None]
        if layouts:
            numbers = [layout.N for layout in layouts], [layout.at_work for layout in layouts]
            known |= {name: (min(n), max(n)) for name, n in zip("NS", numbers, strict=True)}
        return cls(
            dim=(min(dims), max(dims)),
            K=(min(K), max(K)),
            T=(min(T), max(T)),
            B=(min(finite), max(finite)) if finite else None,
            infinite_B=len(finite) < len(cells),
            modes=tuple(dict.fromkeys(cell.mode for cell in cells)),
            levels=levels,
            listed=len(listed),
            random=len(random),
            dense=len(dense),
            **known,
        )

    def to_dict(self) -> dict[str, Any]:
        """The ranges as a dict of values that JSON can hold."""
        levels = {
            name: {"low": low, "high": high, "zero": zero}
            for name, (low, high, zero) in self.levels.items()
        }
        return {
            "dim": list(self.dim),
            "K": list(self.K),
            "T": list(self.T),
            "B": [*([] if self.B is None else self.B), *(["inf"] if self.infinite_B else [])],
            **{n: list(v) for n, v in (("N", self.N), ("S", self.S)) if v is not None},
            "modes": list(self.modes),
            "levels": levels,
            "fixed": dict(self.fixed),
            "given": list(self.given),
            "known": list(self.known),
            "cases": self.cases,
            "cells": {"listed": self.listed, "random": self.random, "dense": self.dense},
        }

    def __str__(self) -> str:
        B = [*([] if self.B is None else [_range(*self.B)]), *(["∞"] if self.infinite_B else [])]
        kinds = [
            (self.listed, "cells of a list"),
            (self.random, "of random K, T, B"),
            (self.dense, "of dense pairs"),
        ]
        cells = " and ".join(f"{number} {kind}" for number, kind in kinds if number)
        lengths = (
            f"d = {_range(*self.dim)}, K = {_range(*self.K)}, T = {_range(*self.T)}, B = "
            f"{' and '.join(B)}"
        )
        of_clients = (("N", self.N), ("S", self.S))
        lengths += "".join(f", {n} = {_range(*v)}" for n, v in of_clients if v is not None)
        lines = [f"searched: {lengths}; {' and '.join(self.modes)} steps; {cells}"]
        levels = [
            f"{MEANING.get(name, name)}{_per_unit(name)} "
            f"{'0 and ' if zero else ''}{_range(low, high)}"
            for name, (low, high, zero) in self.levels.items()
        ]
        fixed = [
            *(f"{name} = {value:g}" for name, value in self.fixed.items()),
            *(f"the {name}" for name in self.given),
        ]
        if levels:
            lines.append(f"  {', '.join(levels)}")
        if self.known:
            lines.append(f"  and {', '.join(self.known)}")
        if fixed:
            lines.append(f"  held fixed: {', '.join(fixed)}")
        return "\n".join(map(wrapped, lines))


def _per_unit(name: str) -> str:
    unit = UNIT.get(name, "")
    return f"/{unit}" if unit[:1] in ("L", "√", "δ") else ""


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}…{high:g}"
