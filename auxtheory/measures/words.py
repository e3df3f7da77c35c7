"""Measures in words, with their units, from the names that tables and files hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from auxtheory.bounds.units import Unit
from auxtheory.measures.measure import GRADIENT, F, X

NAMED = re.compile(
    r"(grad|norm|gap|distance|square|quadratic|dissimilarity)_(last|rounds|local|average|starts)(_weighted)?"
)
SHORT = {
    "gap": "gap_last",
    "grad_sq": "grad_last",
    "gap_mean": "gap_local",
    "G_avg": "grad_average",
    "G_x": "grad_starts",
}
UNITS = {"grad": GRADIENT * GRADIENT, "norm": GRADIENT, "gap": F, "distance": X * X}
UNITS["dissimilarity"] = UNITS["grad"]
VALUES = {
    "grad": "E‖∇f({v})‖²",
    "norm": "E‖∇f({v})‖",
    "gap": "E f({v}) − f*",
    "distance": "E‖{v} − x*‖²",
    "square": "E‖{v}‖²",
    "quadratic": "E ({v} − x*)ᵀW({v} − x*)",
    "dissimilarity": "E mean‖∇h_i({v}) − ∇f({v})‖²",
}
LAST = {
    "grad": "squared gradient ",
    "norm": "gradient norm ",
    "gap": "suboptimality ",
    "distance": "squared distance ",
    "square": "squared norm ",
    "quadratic": "quadratic form ",
    "dissimilarity": "squared dissimilarity ",
}
MEANS = {
    "rounds": "mean over the rounds of ",
    "local": "mean over all local steps of ",
    "average": "mean over the averages of all local steps of ",
    "starts": "mean over the starts of the rounds of ",
}
DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a measure is in words, and its unit; None where the name does not say it."""

    text: str
    unit: Unit | None

    @property
    def label(self) -> str:
        """The words and the unit, for an axis."""
        return self.text if self.unit is None else f"{self.text}, in {short(self.unit)}"


def words(name: str) -> Words:
    """A measure in words.

    Args:
        name: its name in tables and files, such as "G", "gap" or "distance_last(mean)".

    Returns:
        The words; the name itself if it is a label that a user chose.
    """
    if name == "G":
        return Words(text="mean squared gradient G", unit=UNITS["grad"])
    kind, bracket, rest = name.partition("(")
    match = NAMED.fullmatch(SHORT.get(kind, kind))
    if match is None or (bracket and not rest.endswith(")")):
        return Words(text=name, unit=None)
    form, over, weighted = match.groups()
    variable = rest.removesuffix(")") or "x"
    value = VALUES[form].format(v=f"{variable}^T" if over == "last" else variable)
    head = LAST[form] if over == "last" else f"{'weighted ' if weighted else ''}{MEANS[over]}"
    return Words(text=f"{head}{value}", unit=UNITS.get(form))


def short(unit: Unit) -> str:
    """A unit as it is written by hand, such as F²/X²."""
    above = [_power(name, power) for name, power in (("F", unit.f), ("X", unit.x)) if power > 0]
    below = [_power(name, -power) for name, power in (("F", unit.f), ("X", unit.x)) if power < 0]
    return "/".join([" ".join(above) or "1", *below])


def _power(name: str, power: Fraction) -> str:
    if power.denominator != 1:
        return f"{name}^({power})"
    return name if power == 1 else f"{name}{str(power).translate(DIGITS)}"
