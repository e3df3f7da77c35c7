"""A method's text as a step function: the reference for methods that are no correction buffer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.implementations.rounds import Key, Round
from auxtheory.methods import MethodType
from auxtheory.methods.arithmetic import operations
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Call, Hook, evaluate


def unreadable(method: MethodType) -> str | None:
    """Why a round's keys do not say which samples a method takes, or None."""
    program = method.program
    if method.implementation is not None:
        return method.not_affine
    if program.choices or program.components:
        return f"{method.name} makes a random choice, or needs the components of f"
    if any(hook.reads("T") for hook in program.hooks.values()):
        return f"{method.name} depends on the number T of rounds"
    noisy = {name: sum(c.noisy for c in hook.calls) for name, hook in program.hooks.items()}
    if max(noisy.values()) > 1 or noisy.get("refresh", 0) + noisy.get("finish", 0) > 1:
        return f"{method.name} takes several samples at once, and a round has a key for one"
    if any(c.batch is not None and c.hook != "start" for c in program.calls):
        return f"{method.name} takes batches, and a key names one sample"
    return None


@dataclass(frozen=True)
class Interpreted:
    """A text as a step function; its state is a dict of the state variables.

    The samples of `start`, `refresh` and `finish` have the key round.refresh, those of local step k
    the key round.local[k].
    """

    method: MethodType

    def __call__(self, x: Any, state: Any, round: Round) -> tuple[Any, Any]:
        values = {"x": x} if state is None else {**state, "x": x}
        values = self._run("start" if state is None else "refresh", values, round, round.refresh)
        for k, key in enumerate(round.local):
            values = self._run("step", values, round, key, k)
        values = self._run("finish", values, round, round.refresh)
        return values["x"], values

    def _run(
        self, name: str, values: Mapping[str, Any], round: Round, key: Key, k: int = 0
    ) -> dict[str, Any]:
        """The state variables after a hook."""
        hook = self.method.program.hooks.get(name)
        if hook is None:
            return dict(values)
        run = _Run(self.method, hook, values, round, key, k)
        with np.errstate(all="ignore"):
            new = evaluate(hook, run.leaf, lambda op, args: operations(np)[op](*args))
        return dict(zip(self.method.program.state, new, strict=True))


@dataclass(frozen=True)
class _Run:
    """One run of a hook."""

    method: MethodType
    hook: Hook
    values: Mapping[str, Any]
    round: Round
    key: Key
    k: int

    def leaf(self, node: Node, operands: tuple[Any, ...]) -> Any:
        """The value of a node that only the run knows."""
        if node.op == "state":
            return self.values[node.data]
        if node.op == "parameter":
            known = {"eta": self.round.eta, "a": self.round.a, **self.round.parameters}
            return known.get(node.data, self.method.parameters[node.data])
        if node.op == "setting":
            # B is read by batches alone, which the key of the first round stands for.
            known = {"K": self.round.K, "k": self.k, "t": self.round.refresh.round, "B": np.inf}
            return known[node.data]
        call: Call = node.data[0]
        key = Key(self.round.refresh.round, 0, "exact") if call.exact else self.key
        return self._gradient(call, operands[0], key)

    def _gradient(self, call: Call, x: Any, key: Key) -> Any:
        """g_f, g_h or g_r of the helper that the method sees."""
        role = self.method.role
        if call.kind == "f":
            return self.round.grad_f(x, key)
        if call.kind == "h":
            if not (role.alpha or role.beta):
                return 0 * x
            return role.h(self.round.grad_h, self.round.grad_f, self.round.grad_f)(x, key)
        if role.beta:
            return 0 * x
        g_f = self.round.grad_f(x, key)
        return g_f - self.round.grad_h(x, key) if role.alpha else g_f
