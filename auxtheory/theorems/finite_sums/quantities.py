"""Derived constants of components: L_max, N, their weak convexity, and how much they differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.derived import DERIVED, library_symbol
from auxtheory.problems import SeparablePair


def smoothness_of_components(pair: Any) -> Any:
    """The largest ‖∇²f_i‖ of all components; ∞ without components."""
    return np.inf if pair.components is None else pair.components.L_max


def weak_convexity_of_components(pair: Any) -> Any:
    """The smallest ρ known for which each f_i + ½ρ‖x‖² is convex; ∞ without components."""
    return np.inf if pair.components is None else pair.components.weak_convexity


def initial_differences(pair: Any) -> Any:
    """The mean of ‖∇f_i(x⁰) − ∇f_i(x*)‖²; ∞ without components, or if no minimiser is known."""
    if pair.components is None or not pair.infimum_known:
        return np.inf
    start, end = (pair.components.each(x) for x in (pair.x0[:, None], pair.x_star[None, None]))
    return np.mean(np.sum((start - end)[:, 0] ** 2, axis=-1), axis=-1)


def noise_at_the_minimiser(pair: Any) -> Any:
    """σ* with σ*² the mean of ‖∇f_i(x*)‖²; ∞ without components."""
    return np.inf if pair.components is None else pair.components.sigma_star


def margin_of_data(pair: Any) -> float:
    """γ of logistic regression on separable data; 0 of any other pair."""
    return pair.margin if isinstance(pair, SeparablePair) else 0.0


def reach_of_data(pair: Any) -> float:
    """The largest ‖a_i‖ of logistic regression on separable data; ∞ of any other pair."""
    return pair.reach if isinstance(pair, SeparablePair) else np.inf


L_max = library_symbol(
    "L_max",
    glyph="L_max",
    unit="F/X^2",
    value=smoothness_of_components,
    meaning="smoothness of the components: every ∇f_i is L_max-Lipschitz; ∞ without components",
)
rho_i = library_symbol(
    "rho_i",
    glyph="ρ_i",
    unit="F/X^2",
    value=weak_convexity_of_components,
    meaning="weak convexity of the components: every f_i + ½ρ_i‖x‖² is convex",
)
N = DERIVED["N"].symbol
H0 = library_symbol(
    "H0",
    glyph="H₀",
    unit="F^2/X^2",
    value=initial_differences,
    meaning="the mean of ‖∇f_i(x⁰) − ∇f_i(x*)‖² over the components",
)
sigma_star = library_symbol(
    "sigma_star",
    glyph="σ*",
    unit="F/X",
    value=noise_at_the_minimiser,
    meaning="noise of the components at the minimiser: σ*² is the mean of ‖∇f_i(x*)‖²",
)
margin = library_symbol(
    "margin",
    glyph="γ_w",
    unit="1/X",
    value=margin_of_data,
    meaning="margin of separable data: y_i a_iᵀw* ≥ γ_w for a w* of length 1; 0 of other pairs",
)
reach = library_symbol(
    "reach",
    glyph="R_a",
    unit="1/X",
    value=reach_of_data,
    meaning="length of the longest feature of separable data: ‖a_i‖ ≤ R_a",
)
