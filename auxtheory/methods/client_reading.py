"""Reading a method with clients: what each of its hooks takes and returns, and what it sends."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, NoReturn

import numpy as np

from auxtheory.errors import shown
from auxtheory.methods.expression import CLIENT_HOOKS, Node, TextError, constant
from auxtheory.methods.program import Call, ClientProgram, Hook, Kind, Program
from auxtheory.methods.reading import (
    Oracle,
    Oracles,
    at_line,
    check_point,
    first_line,
    keyword_parameters,
    located,
)
from auxtheory.methods.slots import AT_CLIENTS

Function = Callable[..., Any]


class ClientOracle(Oracle):
    """One of the oracles of a method with clients: o.h has proximal steps, and f no components."""

    def prox(self, point: Any, gamma: Any) -> Node:
        """argmin_y h_i(y) + ‖y − v‖²/(2γ) for a point v."""
        oracles = self._oracles
        if self._kind != "h" or oracles.hook not in AT_CLIENTS:
            where = ", ".join(AT_CLIENTS)
            raise TextError.listing(
                [f"o.{self._kind}.prox: a proximal step is o.h.prox(v, gamma), in {where}"]
            )
        check_point(point)
        size = constant(gamma)
        if size.vector or (size.op == "constant" and not 0 < size.data < np.inf):
            raise TextError.listing([f"gamma = {shown(gamma)}: must be a number above 0"])
        call = Call("h", oracles.hook, len(oracles.calls), exact=True, proximal=True)
        oracles.calls.append(call)
        return Node("prox", (point, size), call, vector=True)

    def each(self, point: Any) -> NoReturn:
        """Refused: methods with clients have no variables of all components."""
        raise TextError.listing(
            [f"o.{self._kind}.each: only methods without clients use the components of f"]
        )

    def __getitem__(self, chosen: Any) -> NoReturn:
        raise TextError.listing(
            [f"o.{self._kind}[…]: only methods without clients use the components of f"]
        )


class ClientOracles(Oracles):
    """The argument `o` of a hook of a method with clients: also S and N."""

    def __init__(self, hook: str) -> None:
        self.S = Node("setting", data="S")
        self.N = Node("setting", data="N")
        super().__init__(hook)
        kinds: tuple[Kind, ...] = ("f", "h", "r")
        vars(self).update({kind: ClientOracle(kind, self) for kind in kinds})
        if hook != "local":
            del vars(self)["k"]

    def _no_choice(self, *_: Any, **__: Any) -> NoReturn:
        raise TextError.listing(
            [
                "a method with clients draws nothing but its clients, S of N: o.coin, o.pick, "
                "o.subset, o.mean and o.put are for methods without clients"
            ]
        )

    coin = pick = subset = mean = put = _no_choice

    def __getattr__(self, name: str) -> Any:
        if name == "k":
            raise TextError.listing(["o.k: only local is repeated, K times"])
        return super().__getattr__(name)


def read_with_clients(
    name: str,
    state: tuple[str, ...],
    clients: tuple[str, ...],
    hooks: Mapping[str, Function],
    settings: Mapping[str, Any],
) -> Program:
    """The program of these hooks, each read twice: a text that gives another program the second
    time keeps state.

    Args:
        name: the name of the method.
        state: the names of the variables of the server, x among them.
        clients: the names of the variables of each client.
        hooks: the functions by name, of `CLIENT_HOOKS`.
        settings: `refreshed`, `reporting` and `reports_from`, as in `ClientProgram`.

    Returns:
        The program.

    Raises:
        TextError: names the method, the hook and the line that cannot be read.
    """
    first = _read(name, state, clients, hooks, settings)
    second = _read(name, state, clients, hooks, settings)
    if first.key != second.key:
        hook = next(h for h in first.hooks if first.hooks[h].key != second.hooks[h].key)
        raise located(
            name, hook, first_line(hooks[hook]), ["keeps state: it is another program each time"]
        )
    return first


def _read(
    name: str,
    state: tuple[str, ...],
    clients: tuple[str, ...],
    hooks: Mapping[str, Function],
    settings: Mapping[str, Any],
) -> Program:
    reader = _Reader(name, state, clients, dict(hooks))
    read = {"start": reader.hook("start", ("x",), state)}
    if "start" not in hooks:
        read["start"] = Hook("start", (Node("state", data="x", vector=True),), (), (), {})
    if clients:
        read["client_start"] = reader.client_start()
    # Without `send` each client sends y, and without `server` x becomes the mean of these.
    messages: dict[str, tuple[str, ...]] = {"report": (), "send": ("y",)}
    if "refresh" in hooks:
        read["refresh"] = reader.hook("refresh", (*state, *clients), clients)
    if "report" in hooks:
        messages["report"] = reader.messages("collect")
        read["report"] = reader.exchange("report", (*state, *clients), messages["report"])
        read["collect"] = reader.hook("collect", (*state, *messages["report"]), state)
    read["local"] = reader.hook("local", ("y", *state, *clients), ("y",))
    if "server" in hooks:
        messages["send"] = reader.messages("server")
    if "send" in hooks:
        read["send"] = reader.exchange("send", ("y", *state, *clients), messages["send"])
    else:
        read["send"] = _unchanged("send", ("y", *clients))
    if "server" in hooks:
        read["server"] = reader.hook("server", (*state, *messages["send"]), state)
    else:
        read["server"] = _unchanged("server", tuple("y" if v == "x" else v for v in state))
    order = [hook for hook in CLIENT_HOOKS if hook in read]
    exchanged = ClientProgram(
        state=clients, reported=messages["report"], sent=messages["send"], **settings
    )
    return Program(
        name, state, frozenset(), frozenset(), {hook: read[hook] for hook in order}, exchanged
    )


def _unchanged(hook: str, names: tuple[str, ...]) -> Hook:
    """A hook that returns these of its inputs."""
    return Hook(hook, tuple(Node("state", data=name, vector=True) for name in names), (), (), {})


class _Reader:
    """The hooks of one text."""

    def __init__(
        self,
        name: str,
        state: tuple[str, ...],
        clients: tuple[str, ...],
        hooks: dict[str, Function],
    ) -> None:
        self.name = name
        self.state = state
        self.clients = clients
        self.hooks = hooks
        # The defaults of the step parameters, the same in all hooks.
        self.defaults: dict[str, float | None] = {}

    def messages(self, hook: str) -> tuple[str, ...]:
        """The names of the means that a hook of the server takes after the state."""
        function = self.hooks[hook]
        names = tuple(
            p.name
            for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        )[1 + len(self.state) :]
        taken = [name for name in names if name in {*self.state, *self.clients}]
        if taken:
            raise self.located(
                hook,
                [f"{name}: a message must have another name than a variable" for name in taken],
            )
        if hook == "server" and "send" not in self.hooks and names != ("y",):
            expected = ", ".join(("o", *self.state, "y"))
            raise self.located(hook, [f"must take ({expected}): without send each client sends y"])
        return names

    def located(self, hook: str, complaints: list[str]) -> TextError:
        """The error that says in which hook something is wrong."""
        return located(self.name, hook, first_line(self.hooks[hook]), complaints)

    def client_start(self) -> Hook:
        """The first values of the variables of a client, 0 by default."""
        if "client_start" in self.hooks:
            return self.hook("client_start", self.state, self.clients)
        x = Node("state", data="x", vector=True)
        zero = Node("multiply", (constant(0.0), x), vector=True)
        return Hook("client_start", (zero,) * len(self.clients), (), (), {})

    def hook(self, hook: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Hook:
        """A hook that returns new values of `outputs`."""
        function = self.hooks.get(hook)
        if function is None:
            return Hook(hook, (), (), (), {})
        oracles, result, defaults = self._called(hook, function, inputs)
        with at_line(self.name, hook, function):
            nodes = self._vectors(result, outputs)
        return Hook(hook, nodes, tuple(oracles.calls), (), defaults)

    def exchange(self, hook: str, inputs: tuple[str, ...], messages: tuple[str, ...]) -> Hook:
        """A hook that returns messages and, where clients keep variables, their new values."""
        function = self.hooks[hook]
        oracles, result, defaults = self._called(hook, function, inputs)
        receiver = {"report": "collect", "send": "server"}[hook]
        with at_line(self.name, hook, function):
            kept: Any = ()
            if self.clients:
                if not isinstance(result, tuple | list) or len(result) != 2:
                    listed = ", ".join(self.clients)
                    raise TextError.listing(
                        [f"must return two values: what is sent, and the new ({listed})"]
                    )
                result, kept = result
            sent = _values(result)
            if len(sent) != len(messages):
                takes = f"{receiver} takes {len(messages)}" + (": " if messages else "")
                if receiver not in self.hooks:
                    takes = "without server it must be one: the new x of each client"
                raise TextError.listing(
                    [f"sends {_counted(len(sent))}, and {takes}{', '.join(messages)}"]
                )
            nodes = (*self._vectors(sent, messages), *self._vectors(kept, self.clients))
        return Hook(hook, nodes, tuple(oracles.calls), (), defaults)

    def _called(
        self, hook: str, function: Function, inputs: tuple[str, ...]
    ) -> tuple[Oracles, Any, dict[str, float | None]]:
        parameters = keyword_parameters(self.name, hook, function, inputs)
        self._check_parameters(hook, parameters)
        oracles = ClientOracles(hook)
        with at_line(self.name, hook, function):
            result = function(
                oracles,
                *(Node("state", data=variable, vector=True) for variable in inputs),
                **{key: Node("parameter", data=key) for key in parameters},
            )
            if inspect.isgenerator(result) or inspect.iscoroutine(result):
                result.close()
                raise TextError.listing(["must be a plain function that returns the new values"])
        return oracles, result, parameters

    def _check_parameters(self, hook: str, parameters: Mapping[str, float | None]) -> None:
        """Complain of parameters with the name of a variable or a setting, and of two defaults."""
        variables = {*self.state, *self.clients, "y"}
        complaints = []
        for name, default in parameters.items():
            if name in variables:
                complaints.append(
                    f"{name}: a step parameter must have another name than a variable"
                )
            if name in ("S", "N"):
                complaints.append(f"{name}: is known in each hook: write o.{name}")
            if self.defaults.setdefault(name, default) != default:
                known = shown(self.defaults[name])
                complaints.append(
                    f"{name} = {shown(default)}: must have the default {known}, as in another hook"
                )
        if complaints:
            raise self.located(hook, complaints)

    def _vectors(self, result: Any, names: tuple[str, ...]) -> tuple[Node, ...]:
        values = _values(result)
        if len(values) != len(names):
            raise TextError.listing(
                [f"returns {len(values)} values, and must return {len(names)}: {', '.join(names)}"]
            )
        nodes = []
        for name, value in zip(names, values, strict=True):
            node = constant(value) if isinstance(value, Node | Real | np.ndarray) else None
            if node is None or not node.vector:
                raise TextError.listing(
                    [f"returns {name} = {shown(value)}: must be a vector, such as 0 * x"]
                )
            nodes.append(node)
        return tuple(nodes)


def _values(result: Any) -> tuple[Any, ...]:
    """What a hook returns, as a tuple."""
    return tuple(result) if isinstance(result, tuple | list) else (result,)


def _counted(number: int) -> str:
    return "1 value" if number == 1 else f"{number} values"
