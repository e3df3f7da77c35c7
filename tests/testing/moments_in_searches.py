"""The slow, obvious twin of exact moments with clients: every client on its own, every choice of
clients, and the second moments of all their variables together; additive noise alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from auxtheory.engines import Task
from auxtheory.methods.program import Call, Hook
from auxtheory.problems import QuadraticPair


@dataclass
class Round:
    """The columns of a round: 1, the state, and each draw of noise as it is met."""

    size: int
    noises: list[Any] = field(default_factory=list)
    drawn: dict[Any, int] = field(default_factory=dict)


class Affine:
    """An affine function of the state and of the noise, one matrix for each configuration."""

    def __init__(self, columns: Mapping[Any, Any]) -> None:
        self.columns = dict(columns)

    def __add__(self, other: Affine) -> Affine:
        out = dict(self.columns)
        for key, value in other.columns.items():
            out[key] = out[key] + value if key in out else value
        return Affine(out)

    def times(self, factor: Any) -> Affine:
        return Affine({key: factor * value for key, value in self.columns.items()})

    def through(self, matrix: Any) -> Affine:
        return Affine({key: matrix @ value for key, value in self.columns.items()})


class Moments:
    """G, G_avg, G_x, gap and ‖∇f‖² at the end, each an array over the configurations."""

    def __init__(self, task: Task) -> None:
        pair = task.pair
        assert isinstance(pair, QuadraticPair) and pair.helpers is not None
        self.task = task
        self.pair = pair
        self.program = task.method.program
        self.clients = self.program.clients
        self.C = task.count
        self.d = pair.dim
        helpers: Any = pair.helpers
        self.of = helpers.group_of
        self.N = helpers.N
        self.weights = helpers.weights[self.of]
        self.A = self._full(pair.A)
        self.R = [self._full(helpers.R[:, j]) for j in self.of]
        self.b = [helpers.b[:, j, :, None] for j in self.of]
        self.mean = self._full(pair.R), pair.b[..., None]
        S = task.steps.parameter("S")
        self.S = self.N if S is None or np.isinf(S) else int(S)
        self.server = list(self.program.state)
        self.kept = [(i, name) for i in range(self.N) for name in self.clients.state]
        self.names = [*self.server, *self.kept]
        self.sums: dict[str, Any] = {}
        self.at = {"G": 0.0, "G_avg": 0.0, "G_x": 0.0}

    def _full(self, matrix: Any) -> Any:
        wide = matrix if matrix.ndim == 3 else matrix[:, :, None] * np.eye(self.d)
        return np.broadcast_to(wide, (self.C, self.d, self.d))

    def value(self, name: str) -> Any:
        node = self.task.steps.parameter(name)
        node = self.program.parameters.get(name) if node is None else node
        return np.reshape(np.asarray(node, dtype=float), (-1, 1, 1))

    def hook(self, hook: Hook, state: Mapping[str, Any], i: int | None, key: Any, k: int) -> Any:
        """The outputs of a hook at a client, or at the server."""
        R, b = self.mean if i is None else (self.R[i], self.b[i])
        values: dict[Any, Any] = {}
        settings = {"K": self.task.steps.K, "T": self.task.steps.T, "B": self.task.steps.B}
        settings |= {"S": self.S, "N": self.N, "k": k, "t": self.t}

        def gradient(data: Any, point: Affine) -> Affine:
            call: Call
            call, _ = data
            matrix = {"f": self.A, "r": R, "h": self.A - R}[call.kind]
            out = point.through(matrix)
            if call.kind != "f":
                out = out + Affine({"1": b if call.kind == "r" else -b})
            if not call.exact:
                variance = np.asarray(self.task.noise.additive(call.kind, self.d), float)
                batch = 1.0
                if call.batch is not None:
                    batch = number(call.batch)
                level = np.sqrt(np.reshape(variance, (-1, 1, 1)) / batch)
                out = out + Affine({("noise", *key, k, call): level * np.eye(self.d)})
            return out

        def number(node: Any) -> Any:
            if node.op == "constant":
                return node.data
            if node.op in ("parameter", "setting"):
                return settings[node.data] if node.op == "setting" else self.value(node.data)
            return apply(node.op, [number(arg) for arg in node.args])

        def apply(op: str, args: Sequence[Any]) -> Any:
            if not any(isinstance(arg, Affine) for arg in args):
                functions: Any = {
                    "add": np.add, "subtract": np.subtract, "multiply": np.multiply,
                    "divide": np.divide, "negative": np.negative, "minimum": np.minimum,
                    "maximum": np.maximum, "less": np.less, "greater": np.greater,
                    "sqrt": np.sqrt, "power": np.power, "less_equal": np.less_equal,
                }  # fmt: skip
                return functions[op](*args)
            if op in ("add", "subtract"):
                one, other = (a if isinstance(a, Affine) else Affine({}) for a in args)
                return one + other.times(1.0 if op == "add" else -1.0)
            if op == "negative":
                return args[0].times(-1.0)
            if op == "multiply":
                form, factor = args if isinstance(args[0], Affine) else args[::-1]
                return form.times(factor)
            assert op == "divide", op
            return args[0].times(1.0 / np.asarray(args[1]))

        for node in hook.nodes:
            args = [values[arg] for arg in node.args]
            if node.op == "constant":
                values[node] = node.data
            elif node.op == "state":
                values[node] = state[node.data]
            elif node.op == "parameter":
                values[node] = self.value(node.data)
            elif node.op == "setting":
                values[node] = settings[node.data]
            elif node.op == "gradient":
                values[node] = gradient(node.data, args[0])
            else:
                values[node] = apply(node.op, args)
        return [values[node] for node in hook.outputs]

    def run(self) -> Moments:
        x = Affine({"1": self.pair.x0[:, :, None] - self.pair.x_star[:, None]})
        hooks = self.program.hooks
        self.t = 1
        start = dict(
            zip(self.server, self.hook(hooks["start"], {"x": x}, None, ("s",), 0), strict=True)
        )
        for i in range(self.N) if "client_start" in hooks else ():
            out = self.hook(hooks["client_start"], start, i, ("c", i), 0)
            start |= dict(zip([(i, name) for name in self.clients.state], out, strict=True))
        P = self._moments([start[name] for name in self.names], np.ones((self.C, 1, 1)))
        for t in range(1, self.task.steps.T + 1):
            self.t = t
            P = self._round(P)
        T, K = self.task.steps.T, self.task.steps.K
        self.at = {"G": self.at["G"] / (K * T), "G_avg": self.at["G_avg"] / (K * T),
                   "G_x": self.at["G_x"] / T}  # fmt: skip
        last = self._state()[0]["x"]
        self.at["gap"] = 0.5 * self._square(last, P, self.A)
        self.at["grad"] = self._square(last, P, self.A @ self.A)
        return self

    def _state(self) -> tuple[dict[Any, Affine], Any]:
        """The state as functions of itself."""
        return {name: Affine({name: np.eye(self.d)[None]}) for name in self.names}, None

    def _matrix(self, forms: Sequence[Affine]) -> tuple[Any, Any]:
        """The forms as one matrix of 1 and the state, and one of the draws of noise."""
        d = self.d
        columns = ["1", *self.names]
        widths = [1, *[d] * len(self.names)]
        noises = list(dict.fromkeys(k for f in forms for k in f.columns if k not in columns))
        rows = []
        extra = []
        for form in forms:
            parts = [
                np.broadcast_to(form.columns.get(k, np.zeros((1, d, w))), (self.C, d, w))
                for k, w in zip(columns, widths, strict=True)
            ]
            rows.append(np.concatenate(parts, axis=-1))
            more = [
                np.broadcast_to(form.columns.get(k, np.zeros((1, d, d))), (self.C, d, d))
                for k in noises
            ]
            extra.append(np.concatenate(more, axis=-1) if more else np.zeros((self.C, d, 0)))
        return np.concatenate(rows, axis=1), np.concatenate(extra, axis=1)

    def _moments(self, forms: Sequence[Affine], P: Any) -> Any:
        M, noise = self._matrix(forms)
        M = M[:, :, : P.shape[-1]]
        first = np.zeros((self.C, 1, P.shape[-1]))
        first[:, 0, 0] = 1.0
        M = np.concatenate([first, M], axis=1)
        out = M @ P @ np.swapaxes(M, 1, 2)
        out[:, 1:, 1:] += noise @ np.swapaxes(noise, 1, 2)
        return out

    def _square(self, form: Affine, P: Any, weight: Any) -> Any:
        """E vᵀWv of a form v."""
        M, noise = self._matrix([form])
        second = M @ P @ np.swapaxes(M, 1, 2) + noise @ np.swapaxes(noise, 1, 2)
        return np.einsum("cij,cji->c", weight, second)

    def _round(self, P: Any) -> Any:
        self.at["G_x"] = self.at["G_x"] + self._square(self._state()[0]["x"], P, self.A @ self.A)
        chosen = list(combinations(range(self.N), self.S))
        again = chosen if self.clients.reporting == "independent" else [None]
        if "report" not in self.program.hooks:
            again = [None]
        total = 0.0
        for at_work in chosen:
            for reporting in again:
                total = total + self._one(P, at_work, reporting, 1 / (len(chosen) * len(again)))
        return total

    def _one(self, P: Any, at_work: Any, reporting: Any, share: float) -> Any:
        hooks = self.program.hooks
        state: dict[Any, Any] = self._state()[0]
        of = self.clients

        def seen(i: int) -> dict[str, Any]:
            own = {name: state[i, name] for name in of.state}
            return {name: state[name] for name in self.server} | own

        def mean(values: Sequence[Sequence[Affine]], who: Sequence[int]) -> list[Affine]:
            whole = sum(self.weights[i] for i in who)
            out = []
            for parts in zip(*values, strict=True):
                total = Affine({})
                for i, part in zip(who, parts, strict=True):
                    total = total + part.times(self.weights[i] / whole)
                out.append(total)
            return out

        if "refresh" in hooks and self.t > 1:
            new = {}
            for i in range(self.N) if of.refreshed == "all" else at_work:
                out = self.hook(hooks["refresh"], seen(i), i, ("refresh", i), 0)
                new |= {(i, name): v for name, v in zip(of.state, out, strict=True)}
            state |= new
        if "report" in hooks and self.t >= of.reports_from:
            who = range(self.N) if of.reporting == "all" else at_work
            who = reporting if reporting is not None else who
            sent = []
            new = {}
            for i in who:
                out = self.hook(hooks["report"], seen(i), i, ("report", i), 0)
                sent.append(out[: len(of.reported)])
                new |= {
                    (i, name): v for name, v in zip(of.state, out[len(of.reported) :], strict=True)
                }
            state |= new
            means = dict(zip(of.reported, mean(sent, list(who)), strict=True))
            server = {name: state[name] for name in self.server}
            out = self.hook(hooks["collect"], server | means, None, ("collect",), 0)
            state |= dict(zip(self.server, out, strict=True))
        paths = {i: state["x"] for i in at_work}
        AA = self.A @ self.A
        for k in range(self.task.steps.K):
            self.at["G_avg"] = self.at["G_avg"] + share * self._square(
                mean([[paths[i]] for i in at_work], at_work)[0], P, AA
            )
            for i in at_work:
                part = self.weights[i] / sum(self.weights[j] for j in at_work)
                self.at["G"] = self.at["G"] + share * part * self._square(paths[i], P, AA)
                paths[i] = self.hook(hooks["local"], {"y": paths[i]} | seen(i), i, ("l", i), k)[0]
        sent = []
        new = {}
        for i in at_work:
            out = self.hook(hooks["send"], {"y": paths[i]} | seen(i), i, ("send", i), 0)
            sent.append(out[: len(of.sent)])
            new |= {(i, name): v for name, v in zip(of.state, out[len(of.sent) :], strict=True)}
        means = dict(zip(of.sent, mean(sent, list(at_work)), strict=True))
        server = {name: state[name] for name in self.server}
        out = self.hook(hooks["server"], server | means, None, ("server",), 0)
        state |= dict(zip(self.server, out, strict=True)) | new
        return share * self._moments([state[name] for name in self.names], P)
