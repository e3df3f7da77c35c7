"""Names that a step parameter of a method cannot have, since they mean something else wherever
parameters are given by name: in formulas, steps, studies and commands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auxtheory.bounds.glossary import GLOSSARY

# The step parameters with a row in the glossary, and β, which is momentum in most of the
# literature: in formulas about a method with a parameter β it is the parameter, and the bias of
# the helper is out of reach.
FREE = ("eta", "a", "beta")
RESERVED: Mapping[str, str] = MappingProxyType(
    {
        **{name: q.meaning for name, q in GLOSSARY.items() if name not in FREE},
        "correlation": "the correlation of the noise of f and h",
        "s": "multiplicative noise",
        "N": "the number of helpers or clients",
        "delta_A": "δ_A, the mean similarity of several helpers",
        "alpha": "α of clients by a Dirichlet law",
        "dim": "the number of coordinates",
        "theorem": "the theorem",
        "theorems": "the theorems of a study",
        "method": "the method",
        "pair": "the pair",
        "target": "the target of a study",
        "helper": "the helper of a study",
        "noise": "the noise",
        "steps": "the steps of a run",
        "mode": "the mode of the steps",
        "engine": "the engine",
        "seed": "the seed of the noise",
        "replicas": "the number of Monte Carlo runs",
        "error": "the relative standard error of a verdict",
        "false_alarm": "the rate of false alarms",
        "title": "the title of a study",
        "record": "the rounds to record",
        "measures": "the measures of a run",
        "dtype": "the type of the state",
        "threads": "the number of threads",
        "compiled": "whether the engine exact compiles its loop",
        "follow_G": "whether G is followed",
        "G_rows": "the samples from which G is estimated",
        "G_every": "the number of local steps of which one gives ‖∇f‖²",
        "region": "the region on which the constants hold",
        "rao_blackwell": "whether local steps are drawn at once",
        "examples": "the number of cases of a search",
        "progress": "the progress of a search",
        "fixed": "the parameters that a search holds fixed",
        "family": "the problem family",
        "spectrum": "the spectrum of a quadratic",
        "rotation": "the rotation of a quadratic",
        "self": "an instance in Python",
    }
)


def complaint(name: str) -> str | None:
    """What is wrong with a name of a step parameter; None if nothing is."""
    if name not in RESERVED:
        return None
    return f"{name}: must be another name, since {name} means {RESERVED[name]}"
