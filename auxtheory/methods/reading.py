"""Reading a method's text: its hooks run once on nodes, and what they do is recorded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any

import numpy as np

from auxtheory.errors import meant, shown
from auxtheory.methods import expression, reserved
from auxtheory.methods.expression import (
    HOOKS,
    Line,
    Node,
    TextError,
    constant,
    inside,
)
from auxtheory.methods.program import Call, Choice, Hook, Kind, Program


class Oracle:
    """One of the oracles o.f, o.h and o.r as a text calls it."""

    def __init__(self, kind: Kind, oracles: Oracles, component: Node | None = None) -> None:
        self._kind = kind
        self._oracles = oracles
        self._component = component

    def __call__(self, *points: Any, exact: bool = False, batch: Any = None) -> Any:
        if not points:
            raise TextError.listing([f"o.{self._kind} needs a point: o.{self._kind}(x)"])
        for point in points:
            check_point(point)
        if self._component is not None and batch is not None:
            raise TextError.listing(["batch: the gradient of a component is not sampled"])
        size = None if batch is None else constant(batch)
        if size is not None and (size.vector or (size.op == "constant" and not size.data >= 1)):
            raise TextError.listing(
                [f"batch = {shown(batch)}: must be a number of at least 1, such as o.B"]
            )
        call = Call(
            self._kind,
            self._oracles.hook,
            len(self._oracles.calls),
            len(points),
            bool(exact),
            size,
            self._component,
        )
        self._oracles.calls.append(call)
        extra = [n for n in (self._component, size) if n is not None]
        nodes = tuple(
            Node("gradient", (point, *extra), (call, i), vector=True)
            for i, point in enumerate(points)
        )
        return nodes[0] if len(nodes) == 1 else nodes

    def each(self, point: Any) -> Node:
        """The gradients of all components at a point: a variable of all components."""
        check_point(point)
        self._of_f()
        call = Call(self._kind, self._oracles.hook, len(self._oracles.calls), 1, True)
        self._oracles.calls.append(call)
        return Node("each", (point,), (call, 0), vector=True)

    def _of_f(self) -> None:
        if self._kind != "f":
            raise TextError.listing([f"o.{self._kind}: only f is a sum of components: write o.f"])

    def __getitem__(self, chosen: Any) -> Oracle:
        self._of_f()
        if not isinstance(chosen, Node) or chosen.op not in ("pick", "subset"):
            raise TextError.listing(
                [f"o.{self._kind}[…]: must be indexed by o.pick() or o.subset(n)"]
            )
        return Oracle(self._kind, self._oracles, chosen)


class Oracles:
    """The argument `o` of a hook while it is read."""

    def __init__(self, hook: str) -> None:
        self.hook = hook
        self.calls: list[Call] = []
        self.choices: list[Choice] = []
        self.f = Oracle("f", self)
        self.h = Oracle("h", self)
        self.r = Oracle("r", self)
        self.K = Node("setting", data="K")
        self.T = Node("setting", data="T")
        self.B = Node("setting", data="B")
        self.t = Node("setting", data="t")
        self.k = Node("setting", data="k")
        self._read = True

    def __setattr__(self, name: str, value: Any) -> None:
        if "_read" in vars(self):
            raise TextError.listing([f"o.{name} = …: a text keeps values in state variables only"])
        super().__setattr__(name, value)

    sqrt = staticmethod(lambda v: expression.combined("sqrt", v))
    abs = staticmethod(lambda v: expression.combined("absolute", v))
    sign = staticmethod(lambda v: expression.combined("sign", v))
    exp = staticmethod(lambda v: expression.combined("exp", v))
    log = staticmethod(lambda v: expression.combined("log", v))
    minimum = staticmethod(lambda u, v: expression.combined("minimum", u, v))
    maximum = staticmethod(lambda u, v: expression.combined("maximum", u, v))
    where = staticmethod(expression.where)
    norm = staticmethod(expression.norm)
    dot = staticmethod(expression.dot)
    clip = staticmethod(expression.clip)

    def coin(self, p: Any) -> Node:
        """1 with probability p, otherwise 0."""
        node = constant(p)
        if node.vector or (node.op == "constant" and not 0 <= node.data <= 1):
            raise TextError.listing([f"p = {shown(p)}: must be a probability"])
        return Node("coin", (node,), self._choice("coin", None))

    def pick(self, N: int | None = None) -> Node:
        """The number of one component of f, each equally likely."""
        return Node("pick", (), self._choice("pick", N))

    def subset(self, n: int) -> Node:
        """n different components of f, each subset equally likely."""
        if not isinstance(n, int) or isinstance(n, bool) or n < 1:
            raise TextError.listing([f"n = {shown(n)}: must be a whole number of at least 1"])
        return Node("subset", (), self._choice("subset", n))

    def mean(self, table: Any) -> Node:
        """The mean over the components of a state variable such as g_i."""
        return Node("mean", (_table(table),), vector=True)

    def put(self, table: Any, i: Any, value: Any) -> Node:
        """A state variable of all components, with the entry of component i replaced."""
        if not isinstance(i, Node) or i.op != "pick":
            raise TextError.listing(["o.put(g_i, i, value): i must be o.pick()"])
        return Node("put", (_table(table), i, constant(value)), vector=True)

    def _choice(self, kind: Any, size: int | None) -> Choice:
        choice = Choice(kind, self.hook, len(self.choices), size)
        self.choices.append(choice)
        return choice

    def __getattr__(self, name: str) -> Any:
        known = [n for n in (*vars(self), *dir(type(self))) if not n.startswith("_")]
        known = [n for n in known if n not in ("hook", "calls", "choices")]
        raise TextError.listing([f"o.{name}: there is no such oracle{meant(name, known)}"])


def check_point(point: Any) -> None:
    """Check that a gradient is taken at a vector."""
    if not isinstance(point, Node) or not point.vector or point.op in expression.TABLES:
        raise TextError.listing(
            [f"point = {shown(point)}: must be a vector, such as the state variable x"]
        )


def _table(value: Any) -> Node:
    if not isinstance(value, Node) or value.op not in expression.TABLES:
        raise TextError.listing(
            ["o.mean and o.put need a state variable of all components, whose name ends in _i"]
        )
    return value


@contextmanager
def at_line(name: str, hook: str, function: Callable[..., Any]) -> Iterator[None]:
    """Errors of a text, with the method, the hook and the line."""
    try:
        yield
    except TextError as error:
        line = getattr(error, "line", None) or _line_of(error, function)
        raise located(name, hook, line, error.complaints) from None
    except Exception as error:  # a user's text may raise anything
        text = " ".join(str(error).split())
        line = _line_of(error, function)
        raise located(name, hook, line, [f"{type(error).__name__}: {text}"]) from error


def located(name: str, hook: str, line: Line | None, complaints: Any) -> TextError:
    """The error that says in which line of a text something is wrong."""
    where = f"{name}.{hook}" + ("" if line is None else f", {line}")
    return TextError.listing([f"{where}: {complaint}" for complaint in complaints])


def _line_of(error: BaseException, function: Callable[..., Any]) -> Line | None:
    """The innermost line of the user's text in which an error arose: of the hook, or of a function
    that it calls."""
    code = function.__code__
    place = Line(code.co_filename, code.co_firstlineno)
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code is code or not inside(str(frame.f_globals.get("__name__", ""))):
            place = Line(frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return place


def read(name: str, state: tuple[str, ...], hooks: dict[str, Callable[..., Any]]) -> Program:
    """The program of these hooks, each read twice: a text that gives another program the second
    time keeps state."""
    first = _read(name, state, hooks)
    second = _read(name, state, hooks)
    if first.key != second.key:
        hook = next(h for h in first.hooks if first.hooks[h].key != second.hooks[h].key)
        raise located(
            name, hook, first_line(hooks[hook]), ["keeps state: it is another program each time"]
        )
    return first


def first_line(function: Callable[..., Any]) -> Line:
    return Line(function.__code__.co_filename, function.__code__.co_firstlineno)


def _read(name: str, state: tuple[str, ...], hooks: dict[str, Callable[..., Any]]) -> Program:
    tables = frozenset(variable for variable in state if variable.endswith("_i"))
    start = _hook(
        name, "start", hooks.get("start"), {"x": Node("state", data="x", vector=True)}, state
    )
    scalars = frozenset(
        variable
        for variable, node in zip(state, start.outputs, strict=True)
        if not node.vector and variable not in tables
    )
    read_hooks = {"start": start}
    for hook in HOOKS[1:]:
        if hook in hooks:
            inputs = {
                v: Node("table" if v in tables else "state", data=v, vector=v not in scalars)
                for v in state
            }
            read_hooks[hook] = _hook(name, hook, hooks[hook], inputs, state)
            _same_shapes(name, hook, hooks[hook], state, scalars, read_hooks[hook])
    return Program(name, state, tables, scalars, read_hooks)


def _hook(
    name: str,
    hook: str,
    function: Callable[..., Any] | None,
    inputs: dict[str, Node],
    state: tuple[str, ...],
) -> Hook:
    """One hook read on nodes; without a text, `start` leaves x alone."""
    if function is None:
        return Hook(hook, (inputs["x"],), (), (), {})
    parameters = keyword_parameters(name, hook, function, tuple(inputs))
    oracles = Oracles(hook)
    with at_line(name, hook, function):
        out = function(
            oracles,
            *inputs.values(),
            **{key: Node("parameter", data=key) for key in parameters},
        )
        if inspect.isgenerator(out) or inspect.iscoroutine(out):
            out.close()
            raise TextError.listing(["must be a plain function that returns the new state"])
        outputs = tuple(out) if isinstance(out, tuple | list) else (out,)
        if len(outputs) != len(state):
            raise TextError.listing(
                [f"returns {len(outputs)} values, and must return {len(state)}: {', '.join(state)}"]
            )
        nodes = tuple(_output(hook, v, value) for v, value in zip(state, outputs, strict=True))
    return Hook(hook, nodes, tuple(oracles.calls), tuple(oracles.choices), parameters)


def _output(hook: str, variable: str, value: Any) -> Node:
    """The new value of a state variable; `start` may give a vector for every component."""
    many = isinstance(value, Node) and value.op in expression.TABLES
    if not many and not isinstance(value, Node | Real | np.ndarray):
        raise TextError.listing([f"returns {variable} = {shown(value)}: must be a value"])
    if not variable.endswith("_i"):
        return constant(value)
    if many:
        return value
    node = constant(value)
    if hook != "start" or not node.vector:
        raise TextError.listing(
            [
                f"{variable} has a value of each component: return o.put({variable}, i, value), "
                "o.f.each(x) or itself" + (", or a vector for all" if hook == "start" else "")
            ]
        )
    return node


def keyword_parameters(
    name: str, hook: str, function: Callable[..., Any], inputs: tuple[str, ...]
) -> dict[str, float | None]:
    """The keyword-only arguments of a hook, which are step parameters."""
    signature = inspect.signature(function).parameters.values()
    positional = [
        p.name for p in signature if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    keywords = [p for p in signature if p.kind is p.KEYWORD_ONLY]
    others = [p for p in signature if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    if tuple(positional[1:]) != inputs or others:
        expected = ", ".join(["o", *inputs])
        raise located(
            name,
            hook,
            first_line(function),
            [
                f"takes ({', '.join(positional)}), and must take ({expected}), then step "
                "parameters after *, such as *, eta"
            ],
        )
    taken = [text for p in keywords if (text := reserved.complaint(p.name)) is not None]
    if taken:
        raise located(name, hook, first_line(function), taken)
    defaults: dict[str, float | None] = {}
    for p in keywords:
        if p.default is p.empty:
            defaults[p.name] = None
        elif isinstance(p.default, int | float) and not isinstance(p.default, bool):
            defaults[p.name] = float(p.default)
        else:
            raise located(
                name,
                hook,
                first_line(function),
                [f"{p.name} = {shown(p.default)}: the default must be a number"],
            )
    return defaults


def _same_shapes(
    name: str,
    hook: str,
    function: Callable[..., Any],
    state: tuple[str, ...],
    scalars: frozenset[str],
    read_hook: Hook,
) -> None:
    """Check that a variable that starts as one number stays one, and a vector a vector."""
    for variable, node in zip(state, read_hook.outputs, strict=True):
        if (variable in scalars) == node.vector:
            kinds = "a vector", "one number"
            before, after = kinds[::-1] if node.vector else kinds
            hint = "start it as 0 * x" if node.vector else "add it to 0 * x"
            raise located(
                name,
                hook,
                node.line or first_line(function),
                [f"{variable} starts as {before} and becomes {after}: {hint}"],
            )
