"""auxtheory: find out whether a convergence theorem is true, how tight it is, and where it breaks.

    import auxtheory as at
    pair = at.Quadratic(L=1.0, dim=64).with_helper(delta=0.05, zeta=0.5)
    print(at.validate(at.theorems.AuxMOM(), pair, at.Gaussian(sigma_f=1.0), K=8, T=[100, 1_000]))

Names are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from auxtheory import moved
from auxtheory.version import __version__ as __version__

moved.install()

_HOME = {
    "AssumptionError": "errors",
    "AuxtheoryError": "errors",
    "InputError": "errors",
    "RefusedError": "errors",
    "UnitError": "errors",
    "Posynomial": "bounds.posynomial",
    "sqrt": "bounds.posynomial",
    "exp": "bounds.functions",
    "log": "bounds.functions",
    "minimum": "bounds.functions",
    "maximum": "bounds.functions",
    "Constants": "bounds.constants",
    "GLOSSARY": "bounds.glossary",
    "Steps": "bounds.constants",
    "symbol": "theorems",
    "symbols": "theorems",
    "Gaussian": "noise.laws",
    "Noise": "noise.laws",
    "RandomSign": "noise.laws",
    "Minibatch": "noise.minibatch",
    "Pair": "problems",
    "Ball": "problems",
    "Target": "problems",
    "Quadratic": "problems",
    "Cosine": "problems",
    "Exponential": "problems",
    "Logistic": "problems",
    "Dirichlet": "problems",
    "toy": "problems",
    "estimate_delta": "problems",
    "Method": "methods",
    "PerClient": "bounds.per_client",
    "PerRound": "bounds.schedules",
    "per_client": "bounds.per_client",
    "per_round": "bounds.schedules",
    "per_round_bound": "bounds.schedules",
    "Theorem": "theorems",
    "Corollary": "theorems",
    "claim": "theorems",
    "run": "engines",
    "Stationary": "engines",
    "stationary": "engines",
    "Task": "engines",
    "Sampling": "engines",
    "Trace": "engines",
    "Table": "table",
    "Verdict": "validation.verdict",
    "validate": "validation.validate",
    "judge": "validation.judge",
    "along": "validation.local_constants",
    "Study": "study",
    "Results": "study",
    "StudyError": "study",
    "worst_case": "engines.worst_case.engine",
    "WorstCase": "engines.worst_case.engine",
    "Proof": "engines.worst_case.proof",
}
_MODULES = {
    name: name
    for name in (
        "certify",
        "engines",
        "lower_bounds",
        "measures",
        "methods",
        "problems",
        "strategies",
        "testing",
        "theorems",
    )
}
_MODULES["helpers"] = "problems.logistic.helpers"
_MODULES["strategies"] = "testing.strategies"

__all__ = ["__version__", *_HOME, *_MODULES]

if TYPE_CHECKING:
    from auxtheory import certify as certify
    from auxtheory import engines as engines
    from auxtheory import lower_bounds as lower_bounds
    from auxtheory import measures as measures
    from auxtheory import methods as methods
    from auxtheory import problems as problems
    from auxtheory import testing as testing
    from auxtheory import theorems as theorems
    from auxtheory.bounds.constants import Constants as Constants
    from auxtheory.bounds.constants import Steps as Steps
    from auxtheory.bounds.functions import exp as exp
    from auxtheory.bounds.functions import log as log
    from auxtheory.bounds.functions import maximum as maximum
    from auxtheory.bounds.functions import minimum as minimum
    from auxtheory.bounds.glossary import GLOSSARY as GLOSSARY
    from auxtheory.bounds.glossary import symbols as symbols
    from auxtheory.bounds.per_client import PerClient as PerClient
    from auxtheory.bounds.per_client import per_client as per_client
    from auxtheory.bounds.posynomial import Posynomial as Posynomial
    from auxtheory.bounds.posynomial import sqrt as sqrt
    from auxtheory.bounds.schedules import PerRound as PerRound
    from auxtheory.bounds.schedules import per_round as per_round
    from auxtheory.bounds.schedules import per_round_bound as per_round_bound
    from auxtheory.bounds.user_symbols import symbol as symbol
    from auxtheory.engines import Sampling as Sampling
    from auxtheory.engines import Stationary as Stationary
    from auxtheory.engines import Task as Task
    from auxtheory.engines import Trace as Trace
    from auxtheory.engines import run as run
    from auxtheory.engines import stationary as stationary
    from auxtheory.engines.worst_case.engine import WorstCase as WorstCase
    from auxtheory.engines.worst_case.engine import worst_case as worst_case
    from auxtheory.engines.worst_case.proof import Proof as Proof
    from auxtheory.errors import AssumptionError as AssumptionError
    from auxtheory.errors import AuxtheoryError as AuxtheoryError
    from auxtheory.errors import InputError as InputError
    from auxtheory.errors import RefusedError as RefusedError
    from auxtheory.errors import UnitError as UnitError
    from auxtheory.methods import Method as Method
    from auxtheory.noise.laws import Gaussian as Gaussian
    from auxtheory.noise.laws import Noise as Noise
    from auxtheory.noise.laws import RandomSign as RandomSign
    from auxtheory.noise.minibatch import Minibatch as Minibatch
    from auxtheory.problems import Ball as Ball
    from auxtheory.problems import Cosine as Cosine
    from auxtheory.problems import Dirichlet as Dirichlet
    from auxtheory.problems import Exponential as Exponential
    from auxtheory.problems import Logistic as Logistic
    from auxtheory.problems import Pair as Pair
    from auxtheory.problems import Quadratic as Quadratic
    from auxtheory.problems import Target as Target
    from auxtheory.problems import estimate_delta as estimate_delta
    from auxtheory.problems import toy as toy
    from auxtheory.problems.logistic import helpers
    from auxtheory.study import Results as Results
    from auxtheory.study import Study as Study
    from auxtheory.study import StudyError as StudyError
    from auxtheory.table import Table as Table
    from auxtheory.testing import strategies
    from auxtheory.theorems import Corollary as Corollary
    from auxtheory.theorems import Theorem as Theorem
    from auxtheory.theorems import claim as claim
    from auxtheory.validation.judge import judge as judge
    from auxtheory.validation.local_constants import along as along
    from auxtheory.validation.validate import validate as validate
    from auxtheory.validation.verdict import Verdict as Verdict


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"auxtheory.{_MODULES[name]}")
    if name not in _HOME:
        raise AttributeError(f"module 'auxtheory' has no attribute {name!r}")
    value = getattr(import_module(f"auxtheory.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
