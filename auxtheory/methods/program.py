"""Programs: a method's hooks as straight-line code over nodes, with the oracle calls and random
choices they make.

A gradient is a node "gradient" with the point as its first operand and (call, number of the point)
as data. A proximal step, o.h.prox(v, gamma) in a hook of a client, is a node "prox" with operands
(v, γ) and the call as data: argmin_y h_i(y) + ‖y − v‖²/(2γ), free of noise, γ a number in X²/F. Its
value is a vector, affine in v if h_i is quadratic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from auxtheory.methods.expression import Node, ordered

Kind: TypeAlias = Literal["f", "h", "r"]


@dataclass(frozen=True, eq=False)
class Call:
    """One call of an oracle: gradients at some points, with one sample.

    Args:
        kind: "f", "h" or "r" = f − h.
        hook: the hook that makes the call.
        number: its number among the calls of the hook, from 0 on.
        points: at how many points a gradient is taken.
        exact: whether the gradient is free of noise.
        batch: the number of samples of which the mean is taken, a node without vector; None for 1.
        component: the choice that says of which components the gradient is; None for all.
        proximal: whether the call is a proximal step, which is exact.
    """

    kind: Kind
    hook: str
    number: int
    points: int = 1
    exact: bool = False
    batch: Node | None = None
    component: Node | None = None
    proximal: bool = False

    @property
    def noisy(self) -> bool:
        """Whether the call draws a sample of the noise."""
        return not self.exact and self.component is None


@dataclass(frozen=True, eq=False)
class Choice:
    """A random choice: a coin, one of N, or a subset of N.

    Args:
        kind: "coin", "pick" or "subset".
        hook: the hook that makes the choice.
        number: its number among the choices of the hook, from 0 on.
        size: the number of components in a subset, or to pick from; None for all components of f.
    """

    kind: Literal["coin", "pick", "subset"]
    hook: str
    number: int
    size: int | None = None


@dataclass(frozen=True, eq=False)
class Hook:
    """One hook of a method: its nodes in order, and the new value of each state variable.

    Args:
        name: "start", "refresh", "step" or "finish"; of a method with clients, one of
            `CLIENT_HOOKS`.
        outputs: a node for each state variable; of a hook with clients, as in `ClientProgram`.
        calls: the oracle calls, in the order of the text.
        choices: the random choices, in the order of the text.
        defaults: the parameters of the hook, with their default values; None if there is none.
    """

    name: str
    outputs: tuple[Node, ...]
    calls: tuple[Call, ...]
    choices: tuple[Choice, ...]
    defaults: Mapping[str, float | None]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes that the outputs need, each after its operands."""
        return ordered(self.outputs)

    @cached_property
    def used(self) -> frozenset[tuple[Call, int]]:
        """The gradients that the outputs need: the call, and which of its points."""
        return frozenset(node.data for node in self.nodes if node.op in ("gradient", "each"))

    @cached_property
    def key(self) -> str:
        """A digest of the hook."""
        return hashlib.sha256("\0".join(_words(self)).encode()).hexdigest()

    def reads(self, name: str) -> bool:
        """Whether the hook reads a setting, such as the number "t" of the round."""
        return any(node.op == "setting" and node.data == name for node in self.nodes)


@dataclass(frozen=True, eq=False)
class ClientProgram:
    """What the hooks of a method with clients exchange.

    A round from x, the server's state variable, runs in this order: `refresh` (from the second
    round on) at the clients of `refreshed`; `report` at those of `reporting`, then `collect` at
    the server, which gets the means of what was reported (from round `reports_from` on); K times
    `local` at each of the S clients at work, from y = x; `send` there; `server`, which gets the
    means of what was sent.

    The inputs of the hooks, each a node "state" with its name as data, and their outputs:

        start         x                          → server
        client_start  server                     → client
        refresh       server, client             → client
        report        server, client             → messages, client
        collect       server, names of messages  → server
        local         y, server, client          → y
        send          y, server, client          → messages, client
        server        server, names of messages  → server

    Args:
        state: the names of the variables of each client.
        reported: the names of the messages of `report`, as `collect` reads them.
        sent: the names of the messages of `send`, as `server` reads them.
        refreshed: which clients run `refresh`: "all", or the "sampled" ones of the round.
        reporting: which clients run `report`: "sampled", or an "independent" choice of S of them,
            or "all".
        reports_from: the first round in which `report` and `collect` run.
    """

    state: tuple[str, ...]
    reported: tuple[str, ...] = ()
    sent: tuple[str, ...] = ("y",)
    refreshed: Literal["all", "sampled"] = "all"
    reporting: Literal["sampled", "independent", "all"] = "sampled"
    reports_from: int = 1


@dataclass(frozen=True, eq=False)
class Program:
    """What a method does: its state variables, and its hooks.

    Args:
        name: the name of the method.
        state: the names of the state variables; the first is x unless the text says otherwise.
        tables: those of them that have one value for each component of f.
        scalars: those of them that are one number rather than a vector.
        hooks: the hooks by name; "start" is always there.
        clients: what the hooks of a method with clients exchange, whose `state` is that of the
            server; None of any other method.
    """

    name: str
    state: tuple[str, ...]
    tables: frozenset[str]
    scalars: frozenset[str]
    hooks: Mapping[str, Hook]
    clients: ClientProgram | None = None

    @cached_property
    def parameters(self) -> Mapping[str, float | None]:
        """The step parameters, with their default values; None if there is none."""
        known = {
            name: value for hook in self.hooks.values() for name, value in hook.defaults.items()
        }
        # How many clients work in a round; ∞: all.
        return known if self.clients is None else known | {"S": np.inf}

    @property
    def calls(self) -> tuple[Call, ...]:
        """The oracle calls of all hooks."""
        return tuple(call for hook in self.hooks.values() for call in hook.calls)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The random choices of all hooks."""
        return tuple(choice for hook in self.hooks.values() for choice in hook.choices)

    @property
    def components(self) -> bool:
        """Whether the text needs the components f_i of f."""
        return bool(self.tables) or any(
            node.op in ("each", "pick", "subset")
            for hook in self.hooks.values()
            for node in hook.nodes
        )

    @cached_property
    def key(self) -> str:
        """A digest of the program: equal for texts that compute the same in the same order."""
        digest = hashlib.sha256(" ".join(self.state).encode())
        if self.clients is not None:
            digest.update(repr(self.clients).encode())
        for hook in self.hooks.values():
            for word in _words(hook):
                digest.update(word.encode() + b"\0")
        return digest.hexdigest()


def _words(hook: Hook) -> Iterator[str]:
    """A hook as words, in which nodes are numbers."""
    numbers = {node: i for i, node in enumerate(hook.nodes)}
    yield hook.name
    yield repr(sorted(hook.defaults.items()))
    for node in hook.nodes:
        yield f"{node.op}({', '.join(str(numbers[arg]) for arg in node.args)})"
        yield _data(node.data, numbers)
    yield " ".join(str(numbers[node]) for node in hook.outputs)


def _data(data: Any, numbers: Mapping[Node, int]) -> str:
    if isinstance(data, np.ndarray):
        return f"{data.shape}{hashlib.sha256(data.tobytes()).hexdigest()}"
    if isinstance(data, tuple) and isinstance(data[0], Call):
        call, point = data
        return f"{call.kind}{call.hook}{call.number}{call.points}{call.exact}[{point}]"
    if isinstance(data, Call):
        return f"{data.kind}{data.hook}{data.number}"
    if isinstance(data, Choice):
        return f"{data.kind}{data.hook}{data.number}{data.size}"
    return repr(data)


Value: TypeAlias = Any
Leaf: TypeAlias = Callable[[Node, tuple[Value, ...]], Value]


def evaluate(hook: Hook, leaf: Leaf, apply: Callable[[str, tuple[Value, ...]], Value]) -> Any:
    """The values of a hook's outputs.

    Args:
        hook: the hook.
        leaf: leaf(node, values of its operands) for what only the interpreter knows: state,
            parameters, settings, gradients, choices, entries of tables.
        apply: apply(op, values) for arithmetic and functions.

    Returns:
        The value of each state variable.
    """
    values: dict[Node, Value] = {}
    for node in hook.nodes:
        operands = tuple(values[arg] for arg in node.args)
        if node.op == "constant":
            values[node] = node.data
        elif node.op in LEAVES:
            values[node] = leaf(node, operands)
        else:
            values[node] = apply(node.op, operands)
    return tuple(values[node] for node in hook.outputs)


LEAVES = frozenset(
    {
        "state",
        "table",
        "parameter",
        "setting",
        "gradient",
        "prox",
        "each",
        "coin",
        "pick",
        "subset",
        "entry",
        "put",
        "mean",
    }
)
