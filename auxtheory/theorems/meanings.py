r"""What the symbols of a theorem stand for, as texts with formulas between dollars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auxtheory.bounds.glossary import GLOSSARY, lookup
from auxtheory.bounds.tree import Letter
from auxtheory.bounds.typeset import latex
from auxtheory.latex import symbol
from auxtheory.measures.measure import Measure, StepWeights

SAMPLES = r"\mathbb{E}\lVert g_%s(x)-\nabla %s(x)\rVert^{2}\le\sigma_%s^{2}"
# What a theorem assumes of the constants that it names.
MEANINGS = {
    "L": r"$f$ is $L$-smooth, $\lVert\nabla f(x)-\nabla f(y)\rVert\le L\lVert x-y\rVert$",
    "F0": r"$F_{0}=f(x^{0})-\inf f$",
    "mu": r"$\frac{1}{2}\lVert\nabla f(x)\rVert^{2}\ge\mu\,(f(x)-\inf f)$",
    "delta": r"$\nabla r$ is $\delta$-Lipschitz",
    "beta": r"$\lVert\nabla f(x)-\nabla h(x)\rVert^{2}\le"
    r"\beta\lVert\nabla f(x)\rVert^{2}+\zeta^{2}$",
    "sigma_f": f"${SAMPLES % ('f', 'f', 'f')}$",
    "sigma_h": f"${SAMPLES % ('h', 'h', 'h')}$",
    "sigma_r": f"${SAMPLES % ('r', 'r', 'r')}$",
}
MEAN_SQUARE = r"$\mathbb{E}\lVert g_r(x;\xi)-g_r(y;\xi)\rVert^{2}\le\delta^{2}\lVert x-y\rVert^{2}$"
# What the parameters of a run are.
RUN = {
    "eta": r"step size $\eta$",
    "eta_x": r"step size $\eta_{x}$, a length",
    "a": r"momentum parameter $a \in (0, 1]$",
}
LAMBDA = (
    r"$\lambda_{K}=1/(4\sin^{2}(\pi/(4K-2)))$, $\lambda_{1}=0$, is the squared norm of the "
    r"strictly lower triangular $K\times K$ matrix of ones"
)
# The quantity q(v) of a measure.
QUANTITIES = {
    "grad": r"\mathbb{{E}}\lVert\nabla f({v})\rVert^{{2}}",
    "norm": r"\mathbb{{E}}\lVert\nabla f({v})\rVert",
    "gap": r"\mathbb{{E}}f({v})-\inf f",
    "distance": r"\mathbb{{E}}\lVert {v}-x^{{\ast}}\rVert^{{2}}",
    "square": r"\mathbb{{E}}\lVert {v}\rVert^{{2}}",
    "dissimilarity": r"\frac{{1}}{{N}}\sum_{{i}}\mathbb{{E}}\lVert\nabla h_{{i}}({v})-\nabla f({v})"
    r"\rVert^{{2}}",
    "quadratic": r"\mathbb{{E}}({v}-x^{{\ast}})^{{\top}}W({v}-x^{{\ast}})",
}


def assumed(theorem: Any, names: frozenset[str]) -> Iterator[str]:
    """What the theorem assumes of the constants among these names."""
    bias = names & {"beta", "zeta"}
    for name in MEANINGS:
        if name == "delta" and "delta" in names and theorem.mean_square:
            yield MEAN_SQUARE
        elif name in names or (name == "beta" and bias):
            yield MEANINGS[name]
    for name in sorted(names - GLOSSARY.keys() - theorem.method.parameters.keys()):
        known = lookup(name)
        if known is not None:
            unit = "" if str(known.unit) == "1" else f", in {known.unit}"
            yield f"${symbol_of(name)}$ is a number of at least 0{unit}"


def symbol_of(name: str) -> str:
    """A symbol in LaTeX as formulas print it."""
    known = lookup(name)
    return symbol(name) if known is None else latex(Letter(known.glyph))


def difference(theorem: Any, names: frozenset[str]) -> str:
    """What r is, if the method or the constants need it."""
    calls = any(call.kind == "r" for call in theorem.method.program.calls)
    if not calls and not names & {"delta", "sigma_r"}:
        return ""
    role = theorem.method.role
    return role.r("$r = f - h$", "$r = f$, since there is no helper", "")


def bounded(measure: Measure) -> str:
    """The measure as a formula: the left side of the bound."""
    quantity = QUANTITIES[measure.form]
    variable = symbol(measure.of)
    if measure.over == "last":
        return quantity.format(v=f"{variable}^{{T}}")
    local = measure.over in ("local", "average")
    inner = "y" if variable == "x" else variable
    point = {
        "local": f"{inner}^{{t}}_{{k-1}}",
        "average": rf"\bar{{{inner}}}^{{t}}_{{k-1}}",
        "starts": f"{variable}^{{t-1}}",
    }.get(measure.over, f"{variable}^{{t}}")
    value = quantity.format(v=point)
    value = rf"\left({value}\right)" if measure.form == "gap" else value
    sums = r"\sum_{t=1}^{T}" + (r"\sum_{k=1}^{K}" if local else "")
    if measure.weights is None:
        return rf"\frac{{1}}{{{'KT' if local else 'T'}}}{sums}{value}"
    over = "K" if local else ""
    weights = measure.weights
    w = f"{symbol_of(weights.name)}_{{t}}" if isinstance(weights, StepWeights) else "w_{t}"
    return rf"\frac{{1}}{{{over}\sum_{{t=1}}^{{T}}{w}}}{sums.replace(' ', '')}{w}\,{value}"


def iterates(measure: Measure) -> str:
    """What the points of a measure are."""
    if measure.over == "last":
        return ""
    variable = symbol(measure.of)
    if measure.over == "rounds":
        return f"${variable}^{{t}}$ is ${variable}$ after round $t$"
    inner = "y" if variable == "x" else variable
    if measure.over == "starts":
        return f"${variable}^{{t-1}}$ is the ${variable}$ from which round $t$ starts"
    if measure.over == "average":
        return (
            rf"$\bar{{{inner}}}^{{t}}_{{k-1}}$ is the mean over the clients at work of the "
            f"${inner}$ from which step $k$ of round $t$ starts"
        )
    return f"${inner}^{{t}}_{{k-1}}$ is the ${variable}$ from which step $k$ of round $t$ starts"
