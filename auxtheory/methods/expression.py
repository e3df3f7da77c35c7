"""Expressions: what a method's text computes, as nodes of a graph, recorded as the text runs once.

A node stands for a number or a vector. Arithmetic on nodes makes further nodes, NumPy's functions
included, so that a text written for arrays is read as it stands.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np

from auxtheory.errors import InputError, shown

SIGNS: Mapping[str, str] = MappingProxyType(
    {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "remainder": "%"}
)
COMPARISONS = ("less", "less_equal", "greater", "greater_equal")
# Functions of one number, or of each coordinate of a vector.
ELEMENTWISE = ("negative", "sqrt", "absolute", "sign", "exp", "log")
PAIRWISE = ("minimum", "maximum")
# Values of all components at once: a state variable, one with an entry replaced, all gradients.
TABLES = ("table", "put", "each")
# Functions that need all coordinates of a vector.
REDUCTIONS = ("norm", "dot")
HERE = __name__.rpartition(".")[0]  # frames of this package are not the user's text


class TextError(InputError):
    """A method's text cannot be read; the message names the method, the hook and the line.

    Example:
        >>> import auxtheory as at
        >>> try:
        ...     class Wrong(at.Method):
        ...         def step(o, x, *, eta):
        ...             return x - eta * o.g(x)
        ... except at.InputError as error:
        ...     print(type(error).__name__)
        TextError
    """


@dataclass(frozen=True)
class Line:
    """A place in a user's text: the file and the number of the line."""

    file: str
    number: int

    def __str__(self) -> str:
        text = linecache.getline(self.file, self.number).strip()
        return f"line {self.number}" + (f" `{text}`" if text else "")


def inside(module: str) -> bool:
    """Whether a module is of this package or of NumPy: its lines are not the text of a user."""
    return module.partition(".")[0] == "numpy" or f"{module}.".startswith(f"{HERE}.")


def line_of_text() -> Line | None:
    """The line of the user's text that is being run: the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not inside(name) or frame.f_code.co_name in {*HOOKS, *CLIENT_HOOKS}:
            return Line(frame.f_code.co_filename, frame.f_lineno)
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return None


HOOKS = ("start", "refresh", "step", "finish")
# The hooks of a method with clients, in the order of a round.
CLIENT_HOOKS = (
    "start",
    "client_start",
    "refresh",
    "report",
    "collect",
    "local",
    "send",
    "server",
)


@dataclass(frozen=True, eq=False, repr=False)
class Node:
    """One value of a text: an operation on other nodes.

    Args:
        op: the operation, such as "add", "gradient" or "state".
        args: the operands.
        data: what else the operation needs: a name, a number, an oracle's call.
        vector: whether the value has d coordinates; otherwise it is one number.
        line: where the text computes it.
    """

    op: str
    args: tuple[Node, ...] = ()
    data: Any = None
    vector: bool = False
    line: Line | None = field(default_factory=line_of_text)

    # Makes NumPy's arrays leave arithmetic to the node.
    __array_priority__ = 1000

    def __add__(self, other: Any) -> Node:
        return combined("add", self, other)

    def __radd__(self, other: Any) -> Node:
        return combined("add", other, self)

    def __sub__(self, other: Any) -> Node:
        return combined("subtract", self, other)

    def __rsub__(self, other: Any) -> Node:
        return combined("subtract", other, self)

    def __mul__(self, other: Any) -> Node:
        return combined("multiply", self, other)

    def __rmul__(self, other: Any) -> Node:
        return combined("multiply", other, self)

    def __truediv__(self, other: Any) -> Node:
        return combined("divide", self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return combined("divide", other, self)

    def __pow__(self, other: Any) -> Node:
        return combined("power", self, other)

    def __rpow__(self, other: Any) -> Node:
        return combined("power", other, self)

    def __mod__(self, other: Any) -> Node:
        return combined("remainder", self, other)

    def __matmul__(self, other: Any) -> NoReturn:
        raise TextError.listing(["@ cannot be read: an inner product is o.dot(u, v)"])

    __rmatmul__ = __matmul__

    def __neg__(self) -> Node:
        return combined("negative", self)

    def __pos__(self) -> Node:
        return self

    def __abs__(self) -> Node:
        return combined("absolute", self)

    def __lt__(self, other: Any) -> Node:
        return combined("less", self, other)

    def __le__(self, other: Any) -> Node:
        return combined("less_equal", self, other)

    def __gt__(self, other: Any) -> Node:
        return combined("greater", self, other)

    def __ge__(self, other: Any) -> Node:
        return combined("greater_equal", self, other)

    def __getitem__(self, index: Any) -> Node:
        if (
            self.op not in TABLES
            or not isinstance(index, Node)
            or index.op not in ("pick", "subset")
        ):
            raise TextError.listing(
                ["only a state variable of each component, such as g_i, has entries: g_i[o.pick()]"]
            )
        return Node("entry", (self, index), vector=True)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Node:
        name = {"true_divide": "divide"}.get(ufunc.__name__, ufunc.__name__)
        known = (*SIGNS, *COMPARISONS, *ELEMENTWISE, *PAIRWISE)
        if kwargs.get("out") is not None:
            self._in_place()
        if method != "__call__" or kwargs or name not in known:
            names = ", ".join(f"np.{name}" for name in (*ELEMENTWISE, *PAIRWISE))
            raise TextError.listing(
                [f"np.{ufunc.__name__} cannot be read: use + - * / ** and {names}"]
            )
        return combined(name, *inputs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        reader: Callable[..., Any] | None = READERS.get(func)
        if reader is None:
            names = ", ".join(map(_numpy_name, READERS))
            raise TextError.listing([f"{_numpy_name(func)} cannot be read: use {names}"])
        return reader(*args, **kwargs)

    def _in_place(self, *_: Any) -> NoReturn:
        raise TextError.listing(
            ["the text changes its arguments: write m = (1 - a) * m, not m *= 1 - a"]
        )

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = _in_place

    def _in_place_item(self, *_: Any) -> NoReturn:
        self._in_place()

    __setitem__ = __delitem__ = _in_place_item

    # A node is a key of dictionaries, which compare by identity first; a text that compares two
    # values for equality would silently be read wrong.
    def __eq__(self, other: object) -> bool:
        raise TextError.listing(
            ["values are not compared with == or !=: write o.where(t <= 1, a, b) and the like"]
        )

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TextError.listing(
            ["a value is not known when the text is read: choose with o.where(condition, a, b)"]
        )

    def _no_number(self, *_: Any) -> NoReturn:
        raise TextError.listing(
            [
                "the text must work on arrays: use o.sqrt, o.norm and so on, not functions of "
                "numbers such as those of math"
            ]
        )

    __float__ = __int__ = __index__ = __complex__ = __round__ = __len__ = _no_number
    __iter__ = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise TextError.listing([f".{name} cannot be read: a value has no attributes"])

    def __deepcopy__(self, memo: Any) -> Node:
        return self

    __copy__ = __pos__

    def __repr__(self) -> str:
        return f"<{self.op} {self.data}>" if self.data is not None else f"<{self.op}>"


def constant(value: Any) -> Node:
    """A number, or an array of one number for each coordinate, as a node."""
    if isinstance(value, Node):
        if value.op in (*TABLES, "pick", "subset"):
            raise TextError.listing(
                ["an index or a variable of all components is no number: write g_i[i]"]
            )
        return value
    if isinstance(value, Real) and value != value:
        raise TextError.listing(["the text makes a number that is not one: nan"])
    if isinstance(value, Real) and not isinstance(value, bool | np.bool_):
        return Node("constant", data=float(value))
    if isinstance(value, np.ndarray) and value.ndim in (0, 1) and value.dtype.kind in "iuf":
        held = np.array(value, dtype=float)
        held.flags.writeable = False
        if value.ndim == 0:
            return Node("constant", data=float(held))
        return Node("constant", data=held, vector=True)
    raise TextError.listing(
        [f"operand = {shown(value)}: must be a number or an array of one number per coordinate"]
    )


def combined(op: str, *operands: Any) -> Node:
    """The node of an operation on nodes and numbers."""
    nodes = tuple(constant(operand) for operand in operands)
    return Node(op, nodes, vector=any(node.vector for node in nodes))


def where(condition: Any, a: Any, b: Any) -> Node:
    """a where the condition holds, otherwise b; a coin counts as a condition."""
    if isinstance(condition, bool | np.bool_):
        return constant(a if condition else b)
    if not isinstance(condition, Node):
        raise TextError.listing([f"condition = {shown(condition)}: must be a value of the text"])
    nodes = constant(condition), constant(a), constant(b)
    return Node("where", nodes, vector=any(node.vector for node in nodes))


def norm(v: Any, *args: Any, **kwargs: Any) -> Node:
    """The Euclidean norm of a vector; one number."""
    allowed = {"axis": -1, "keepdims": True}
    if args or any(allowed.get(name) != value for name, value in kwargs.items()):
        raise TextError.listing(
            ["only the Euclidean norm of a whole vector can be read: o.norm(v)"]
        )
    return Node("norm", (constant(v),))


def dot(u: Any, v: Any) -> Node:
    """The inner product of two vectors; one number."""
    return Node("dot", (constant(u), constant(v)))


def clip(v: Any, low: Any, high: Any) -> Node:
    """v, but at least low and at most high."""
    return combined("minimum", combined("maximum", v, low), high)


def zeros_like(v: Any) -> Node:
    """0 for each coordinate, of any unit."""
    return combined("multiply", 0.0, v)


def _numpy_name(function: Any) -> str:
    """The name of one of NumPy's functions, as it is written."""
    return f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"


READERS: dict[Any, Callable[..., Any]] = {
    np.where: where,
    np.clip: clip,
    np.linalg.norm: norm,
    np.dot: dot,
    np.zeros_like: zeros_like,
}


def ordered(outputs: tuple[Node, ...]) -> tuple[Node, ...]:
    """All nodes that the outputs need, each after its operands, in the order of the text."""
    done: dict[Node, None] = {}

    def visit(node: Node) -> None:
        stack = [(node, False)]
        while stack:
            current, ready = stack.pop()
            if current in done:
                continue
            if ready:
                done[current] = None
            else:
                stack.append((current, True))
                stack.extend((arg, False) for arg in reversed(current.args))

    for output in outputs:
        visit(output)
    return tuple(done)
