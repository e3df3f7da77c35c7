"""A noiseless run of a method with clients, all at work, on anything that adds and takes numbers.

One client has r_1 = r; of two clients, of which f is the mean, r_2 = −r_1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auxtheory.engines.worst_case.run import OPERATIONS, Lengths, Oracle, Walk, seen
from auxtheory.measures import Measure
from auxtheory.methods import MethodType
from auxtheory.methods.expression import Node
from auxtheory.methods.program import evaluate

SIGNS = {1: (1.0,), 2: (1.0, -1.0)}  # r_i in units of r
Variables = dict[str, Any]


def unreadable_exchange(method: MethodType) -> str | None:
    """Why rounds in which all clients work are not known, or None."""
    for name in ("start", "collect", "server"):
        hook = method.program.hooks.get(name)
        if hook is not None and any(call.proximal for call in hook.calls):
            return f"{method.name}.{name} takes a proximal step at the server"
    return None


def walk_clients(
    method: MethodType,
    N: int,
    lengths: Lengths,
    x0: Any,
    oracle: Oracle,
    *,
    measure: Measure,
    end: bool,
    known: Sequence[int] | None = None,
) -> Walk:
    """Run the program with N clients at work in every round.

    Args:
        method: the method.
        N: the number of clients, 1 or 2.
        lengths: K, T and the parameters.
        x0: the start.
        oracle: oracle(y) → (∇f(y), ∇r(y)); of a point that depends on them, oracle(function).
        measure: as of `walk`.
        end: whether the number of x^T is needed.
        known: `Walk.order` of the same run.

    Returns:
        The points.
    """
    run = _Run(method, N, lengths, oracle, measure, Walk(known=known))
    run.all_rounds(x0)
    if end:
        run.done.last = run.done.visit(run.server["x"], oracle)
    return run.done


@dataclass(eq=False)
class _Run:
    """One run."""

    method: MethodType
    N: int
    lengths: Lengths
    oracle: Oracle
    measure: Measure
    done: Walk

    def all_rounds(self, x0: Any) -> None:
        """Run all rounds, and visit what is measured."""
        program = self.method.program
        clients = program.clients
        assert clients is not None
        self.server = self._named(program.state, self._run("start", {"x": x0}, 1))
        self.own: list[Variables] = [
            self._named(clients.state, self._run("client_start", self.server, 1, i))
            if clients.state
            else {}
            for i in range(self.N)
        ]
        for t in range(1, self.lengths.T + 1):
            self._look("starts", self.server["x"])
            self._first_exchange(t)
            self._second_exchange(t)
            self._look("rounds", self.server[self.measure.of])
        self._look("last", self.server[self.measure.of])

    def _look(self, over: str, point: Any) -> None:
        if self.measure.over != over:
            return
        if self.measure.form in ("grad", "gap"):
            self.done.measured.append(self.done.visit(point, self.oracle))
        else:
            self.done.vectors.append(point)

    def _first_exchange(self, t: int) -> None:
        program, clients = self.method.program, self.method.program.clients
        assert clients is not None
        if "refresh" in program.hooks and t > 1:
            self.own = [
                self._named(clients.state, self._run("refresh", {**self.server, **own}, t, i))
                for i, own in enumerate(self.own)
            ]
        if "report" in program.hooks and t >= clients.reports_from:
            results = [
                self._run("report", {**self.server, **own}, t, i) for i, own in enumerate(self.own)
            ]
            self._at_server("collect", clients.reported, results, t)

    def _second_exchange(self, t: int) -> None:
        clients = self.method.program.clients
        assert clients is not None
        paths = [self._path(t, i) for i in range(self.N)]
        for k in range(self.lengths.K):
            for path in paths:
                self._look("local", path[k])
            same = all(path[k] is paths[0][k] for path in paths)
            self._look("average", paths[0][k] if same else self._mean([p[k] for p in paths]))
        results = [
            self._run("send", {"y": paths[i][-1], **self.server, **own}, t, i)
            for i, own in enumerate(self.own)
        ]
        self._at_server("server", clients.sent, results, t)

    def _path(self, t: int, i: int) -> list[Any]:
        """The K + 1 points of client i."""
        points = [self.server["x"]]
        for k in range(self.lengths.K):
            known = {"y": points[-1], **self.server, **self.own[i]}
            points.append(self._run("local", known, t, i, k)[0])
        return points

    def _at_server(
        self, hook: str, names: tuple[str, ...], results: list[tuple[Any, ...]], t: int
    ) -> None:
        """The server's hook on the means of what the clients sent, who keep the rest."""
        clients = self.method.program.clients
        assert clients is not None
        means = {name: self._mean([r[j] for r in results]) for j, name in enumerate(names)}
        self.own = [self._named(clients.state, r[len(names) :]) for r in results]
        values = self._run(hook, {**self.server, **means}, t)
        self.server = self._named(self.method.program.state, values)

    def _mean(self, values: list[Any]) -> Any:
        total = values[0]
        for value in values[1:]:
            total = total + value
        return total if self.N == 1 else total * (1 / self.N)

    @staticmethod
    def _named(names: tuple[str, ...], values: tuple[Any, ...]) -> Variables:
        return dict(zip(names, values, strict=True))

    def _run(
        self, name: str, values: Mapping[str, Any], t: int, i: int | None = None, k: int = 0
    ) -> tuple[Any, ...]:
        """The outputs of a hook, at the server or at client i."""
        settings = {"K": self.lengths.K, "T": self.lengths.T, "B": float("inf"), "t": t, "k": k}
        settings |= {"S": self.N, "N": self.N}
        # At the server r is that of the mean helper: f itself for two clients.
        sign = SIGNS[self.N][i] if i is not None else float(self.N == 1)

        def leaf(node: Node, args: tuple[Any, ...]) -> Any:
            if node.op == "state":
                return values[node.data]
            if node.op == "parameter":
                return self.lengths.parameter(node.data, t)
            if node.op == "setting":
                return settings[node.data]
            if node.op == "prox":
                return self._prox(args[0], float(args[1]), sign)
            g, s = self.done.gradients[self.done.visit(args[0], self.oracle)]
            return seen(self.method.role, node.data[0].kind, g, s * sign)

        hook = self.method.program.hooks[name]
        result: tuple[Any, ...] = evaluate(hook, leaf, lambda op, a: OPERATIONS[op](*a))
        return result

    def _prox(self, v: Any, gamma: float, sign: float) -> Any:
        """y = v − γ∇h_i(y): any stationary point."""
        number = self.done.visit_implicit(lambda g, s: v - (g - s * sign) * gamma, self.oracle)
        return self.done.points[number]
