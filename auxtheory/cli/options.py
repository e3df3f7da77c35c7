"""Help texts of the command line's options: meanings and ranges from the glossary, defaults,
engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auxtheory.bounds.constants import FARTHEST
from auxtheory.bounds.glossary import GLOSSARY, ONE
from auxtheory.defaults import AUTO, MU_SHARE, PROBLEM, REPLICAS, SEED
from auxtheory.errors import LARGEST

# In the order in which "auto" tries them; the last is not a choice of --engine but
# another command.
ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "exact": "the exact expectation, on quadratic pairs",
        "cuda": "Monte Carlo on an NVIDIA GPU, in one launch",
        "cupy": "Monte Carlo on an NVIDIA GPU, by CuPy",
        "cpu": "Monte Carlo in compiled loops on all cores",
        "numpy": "Monte Carlo by NumPy",
        "python": "Monte Carlo with an implementation: a step function, or client and server",
        "worst_case": "not available here: use the command certify",
    }
)
# Options that are not in the glossary: meaning, allowed values, default.
OTHERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "family": (
            "the problem family",
            "one of the library's by name (a wrong name lists them), or your own, or a target of "
            "it, as FILE.py:NAME or MODULE:NAME",
            "Quadratic",
        ),
        "dim": ("coordinates d", "a whole number from 1 to 1e7", str(PROBLEM["dim"])),
        "spectrum": (
            "eigenvalues of f's Hessian between μ and L",
            "uniform, geometric (needs μ > 0) or two-cluster",
            "uniform",
        ),
        "rotation": (
            "rotate f's eigenvectors away from the axes",
            "a seed of at least 0",
            "none, a diagonal Hessian",
        ),
        "correlation": ("ρ, correlation of the noise of f and h", "in [-1, 1]", "0"),
        "s": (
            "multiplicative noise: adds s ε∘(x − x*) to a sample of ∇f",
            f"in [0, {LARGEST:g}]",
            "0",
        ),
    }
)
FIRST = {  # the defaults of `validate` for constants of the glossary
    "L": f"{PROBLEM['L']:g}",
    "mu": f"{MU_SHARE:g}·L, and L where dim is 1",
    "F0": "1",
    "delta": f"{PROBLEM['delta']:g}",
    "zeta": "0",
    "sigma_f": "0",
    "sigma_h": "0",
}
# How a step parameter that changes from round to round is written.
PER_ROUND = (
    "A value in quotes is an expression of the round t = 1, 2, …, such as '0.5 / sqrt(t)'; η and a "
    "may be one too."
)
ROOT = f"{FARTHEST:g}·√(L·F0)"
FARTHEST_OF = {
    "mu": "L",
    "delta": f"{FARTHEST:g}·L",
    "zeta": ROOT,
    "sigma_f": ROOT,
    "sigma_h": ROOT,
}


def engine_help() -> str:
    """The names of all engines and what each computes."""
    every = "; ".join(f"{name}: {text}" for name, text in ENGINES.items())
    return f"{AUTO}, the first that can run the case, or one by name ({every}) (default {AUTO})"


def replicas_help() -> str:
    """The help of --replicas."""
    return f"number of Monte Carlo runs, a whole number of at least 2 (default {REPLICAS})"


RAO_BLACKWELL_HELP = (
    "where the engine samples a diagonal quadratic pair, draw the local steps of a round at once "
    "and take ‖∇f‖² at them as its conditional expectation: the same means, smaller standard "
    "errors; of the default cases those on diagonal pairs are run (default: off)"
)


def seed_help() -> str:
    """The help of --seed."""
    return f"seed of the Monte Carlo noise, a whole number of at least 0 (default {SEED})"


def quantity_help(name: str, default: str) -> str:
    """The help of a symbol of the glossary, or of one of `OTHERS`: meaning, allowed values,
    default."""
    if name in OTHERS:
        meaning, allowed, _ = OTHERS[name]
        return f"{meaning}; {allowed} (default {default})"
    q = GLOSSARY[name]
    meaning = q.meaning.removesuffix(", in (0, 1]")
    if q.name in ("K", "T", "B"):
        allowed = "a whole number of at least 1" + (" or inf" if q.infinite else "")
    else:
        high = FARTHEST_OF.get(name, f"{q.high:g}")
        allowed = f"in {'(' if q.above else '['}{q.low:g}, {high}]"
    unit = "" if q.unit == ONE else f" in {q.unit}"
    return f"{q.glyph}{unit}, {meaning}; {allowed} (default {default})"


def problem_help(name: str) -> str:
    """The help of an option of `validate` that defines the pair or the noise."""
    return quantity_help(name, FIRST.get(name) or OTHERS[name][2])
