"""Parsing what reprs and `spelt` write: only constructors called on literals, and formulas of
symbols."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from auxtheory import measures, methods, problems, theorems
from auxtheory.bounds import functions
from auxtheory.bounds.added import ADDED
from auxtheory.bounds.constants import Constants, Steps
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.per_client import per_client
from auxtheory.bounds.posynomial import sqrt
from auxtheory.bounds.schedules import per_round
from auxtheory.errors import AuxtheoryError, InputError, shown
from auxtheory.noise import laws

HELPERS = (
    "relabelled",
    "randomly_labelled",
    "pseudo_labelled",
    "rotated",
    "noisy",
    "coreset",
    "quantised",
    "sketched",
)

# Methods that make a pair.
MAKERS = "with_helper", "with_components", "with_clients", "with_helpers", "split", "with_labels"
# Those of a family.
FROM = "from_matrices", "from_components", "from_clients", "from_helpers"


def _helper(name: str, *args: Any, **kwargs: Any) -> problems.Pair:
    """The pair that `at.helpers` makes; the module is imported on the first call, since it loads
    slowly."""
    from auxtheory.problems.logistic import helpers

    pair: problems.Pair = getattr(helpers, name)(*args, **kwargs)
    return pair


PUBLIC: Mapping[str, Any] = {
    **{f"at.{name}": family for name, family in problems.families(library=True).items()},
    "at.toy": problems.toy,
    "at.Dirichlet": problems.Dirichlet,
    **{
        f"at.{name}.{maker}": getattr(family, maker)
        for name, family in problems.families(library=True).items()
        for maker in FROM
        if hasattr(family, maker)
    },
    **{f"at.helpers.{name}": partial(_helper, name) for name in HELPERS},
    "at.Gaussian": laws.Gaussian,
    "at.RandomSign": laws.RandomSign,
    "at.claim": theorems.claim,
    **{
        f"at.measures.{measure.label}": measure
        for measure in vars(measures).values()
        if isinstance(measure, measures.Measure)
    },
    **{
        f"at.measures.{name}": getattr(measures, name)
        for name in ("grad", "norm", "gap", "distance", "square", "quadratic")
    },
    "at.measures.Measure": measures.Measure,
    "at.Constants": Constants,
    "at.Steps": Steps,
    "at.per_client": per_client,
    "at.per_round": per_round,
    "at.sqrt": sqrt,
    "at.exp": functions.exp,
    "at.log": functions.log,
    "at.minimum": functions.minimum,
    "at.maximum": functions.maximum,
    "inf": np.inf,
    "np.inf": np.inf,
    **{f"at.methods.{method.name}": method for method in methods.EVERY},
    **{f"at.theorems.{kind.__name__}": kind for kind in theorems.LIBRARY},
    **{name: quantity.symbol for name, quantity in GLOSSARY.items()},
}
MAX_EXPONENT = 64  # a file may come from anyone, and 9**9**9 would not end
BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
COMPARE = {
    ast.LtE: operator.le,
    ast.Lt: operator.lt,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def parse(code: str, names: Mapping[str, Any] | None = None) -> Any:
    """The value of the code, in which further `names` are allowed; InputError naming what is not
    allowed."""
    added = {name: symbol.symbol for name, symbol in ADDED.items()}
    known = {**PUBLIC, **added, **(names or {})}
    try:
        return _value(ast.parse(code.strip(), mode="eval").body, known)
    except (
        SyntaxError,
        RecursionError,
        ValueError,
        TypeError,
        ArithmeticError,
        AttributeError,
    ) as error:
        if isinstance(error, AuxtheoryError):
            raise
        raise InputError.listing(
            [f"code = {shown(code)}: cannot be read ({type(error).__name__}: {error})"]
        ) from error


def constructors(code: str) -> tuple[str, ...]:
    """The constructors in a repr other than public names, such as mine.Family in
    mine.Family(L=1.0)."""
    try:
        tree = ast.parse(code.strip(), mode="eval")
    except (SyntaxError, RecursionError, ValueError):
        return ()
    called = (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    names = (name for name in called if all(part.isidentifier() for part in name.split(".")))
    return tuple(name for name in dict.fromkeys(names) if name not in PUBLIC)


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of an expression."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item, names) for item in node.elts]
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        return dict(zip(keys, (_value(item, names) for item in node.values), strict=True))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, names)
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        left = _value(node.left, names)
        right = _value(node.right, names)
        if isinstance(node.op, ast.Pow) and isinstance(right, int) and abs(right) > MAX_EXPONENT:
            raise InputError.listing([f"exponent = {right}: must be at most {MAX_EXPONENT}"])
        return BINARY[type(node.op)](left, right)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
        return COMPARE[type(node.ops[0])](
            _value(node.left, names), _value(node.comparators[0], names)
        )
    if isinstance(node, ast.Call):
        return _called(node, names)
    name = ast.unparse(node)
    if isinstance(node, ast.Name | ast.Attribute) and name in names:
        return names[name]
    raise InputError.listing(
        [
            f"{name}: is not a name or an expression that can be read here; one of your own module "
            "can, once that is imported"
        ]
    )


def _called(node: ast.Call, names: Mapping[str, Any]) -> Any:
    """The value of a call of a constructor, or of .with_helper and the like."""
    function: Any
    if isinstance(node.func, ast.Attribute) and node.func.attr in MAKERS:
        function = getattr(_value(node.func.value, names), node.func.attr)
    else:
        function = _value(node.func, names)
    if not callable(function) or any(keyword.arg is None for keyword in node.keywords):
        raise InputError.listing([f"{ast.unparse(node)}: is not a call that can be read"])
    keywords = {str(keyword.arg): _value(keyword.value, names) for keyword in node.keywords}
    return function(*(_value(argument, names) for argument in node.args), **keywords)
