"""Evaluating a hook on affine forms, for one outcome of its random choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import comb, prod
from typing import Any

import numpy as np

from auxtheory.engines.exact.program.forms import Algebra, Form, Key, Vector, snapped
from auxtheory.errors import RefusedError
from auxtheory.helper_role import HelperRole
from auxtheory.methods.arithmetic import operations
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Call, Choice, Hook
from auxtheory.typing import FloatArray

OPERATIONS = operations(np)
MOST_OUTCOMES = 4096
MOST_EXTENDED = 64  # d up to which matrices are multiplied in extended precision


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """A quadratic pair and its noise, for all configurations.

    A, R: coefficients; x_star, b, z0 = x⁰ − x*: (C, d); A_i: the Hessians of the components, a
    coefficient each, and b_i: their gradients at x*, (C, d) each; roots: the additive noise of "f",
    "h" and "r" as coefficients whose product with their transpose is the covariance; s: the level
    of the multiplicative noise, as a factor of coefficients.
    """

    algebra: Algebra
    count: int
    A: FloatArray
    R: FloatArray
    x_star: FloatArray
    b: FloatArray
    z0: FloatArray
    A_i: tuple[FloatArray, ...]
    b_i: tuple[FloatArray, ...]
    roots: Mapping[str, FloatArray]
    s: FloatArray

    @property
    def N(self) -> int:
        """The number of components."""
        return len(self.A_i)

    def extended(self) -> Problem:
        """The same with Hessians of extended precision, where products of these cost little."""
        if self.algebra.dense and self.algebra.dim > MOST_EXTENDED:
            return self
        wide = np.longdouble
        return replace(
            self,
            A=self.A.astype(wide),
            R=self.R.astype(wide),
            A_i=tuple(A.astype(wide) for A in self.A_i),
        )

    def repeated(self, times: int) -> Problem:
        """All configurations several times, one round of them after the other."""

        def each(value: FloatArray) -> FloatArray:
            return repeated(value, times)

        return replace(
            self,
            count=self.count * times,
            A=each(self.A),
            R=each(self.R),
            x_star=each(self.x_star),
            b=each(self.b),
            z0=each(self.z0),
            s=each(self.s),
            A_i=tuple(map(each, self.A_i)),
            b_i=tuple(map(each, self.b_i)),
            roots={kind: each(root) for kind, root in self.roots.items()},
        )


def repeated(value: FloatArray, times: int) -> FloatArray:
    """An array of all configurations several times; one that they share stays as it is."""
    return np.tile(value, (times, *(1,) * (value.ndim - 1))) if len(value) > 1 else value


Outcome = Mapping[Choice, Any]


def outcomes(hook: Hook, coins: Mapping[Choice, Any], N: int) -> list[tuple[Any, Outcome]]:
    """Every outcome of a hook's choices, with its probability: a number or an array (C,)."""
    each: list[list[tuple[Any, Any]]] = []
    for choice in hook.choices:
        if choice.kind == "coin":
            p = np.clip(coins[choice], 0.0, 1.0)
            each.append([(p, 1.0), (1 - p, 0.0)])
        elif choice.kind == "pick":
            size = choice.size or N
            each.append([(1 / size, (i,)) for i in range(size)])
        else:
            subsets = list(combinations(range(N), choice.size or 1))
            each.append([(1 / len(subsets), subset) for subset in subsets])
    found: list[tuple[Any, Outcome]] = []
    for combination in product(*each):
        probability: Any = 1.0
        for p, _ in combination:
            probability = probability * p
        values = (value for _, value in combination)
        found.append((probability, dict(zip(hook.choices, values, strict=True))))
    return found


def count_of_outcomes(hook: Hook, N: int) -> int:
    """The number of outcomes of a hook's choices."""
    return prod(
        2 if c.kind == "coin" else (c.size or N) if c.kind == "pick" else comb(N, c.size or 1)
        for c in hook.choices
    )


@dataclass(eq=False)
class Evaluation:
    """One run of a hook on forms.

    Args:
        problem: the pair and its noise.
        hook: the hook.
        role: which helper the method sees.
        state: the form of each state variable; a list of forms for variables of each component.
        values: the numbers of parameters and settings by name.
        outcome: the outcome of the random choices.
        rights: filled in with the form that each multiplicative draw multiplies.
    """

    problem: Problem
    hook: Hook
    role: HelperRole
    state: Mapping[str, Any]
    values: Mapping[str, Any]
    outcome: Outcome
    rights: dict[Key, Form] = field(default_factory=dict)

    def outputs(self) -> list[Any]:
        """The forms of the state variables after the hook."""
        values: dict[Node, Any] = {}
        for node in self.hook.nodes:
            values[node] = self._value(node, [values[arg] for arg in node.args])
        return [self._finished(values[node]) for node in self.hook.outputs]

    def _finished(self, value: Any) -> Any:
        return value if isinstance(value, list) else self._form(value)

    def _value(self, node: Node, args: Sequence[Any]) -> Any:
        op = node.op
        if op == "constant":
            return Vector(node.data) if node.vector else self.problem.algebra.number(node.data)
        if op in ("state", "table"):
            return self.state[node.data]
        if op in ("parameter", "setting"):
            return self.problem.algebra.number(self.values[node.data])
        if op == "gradient":
            return self._gradient(node, args[0])
        if op == "prox":
            return self._proximal(self._form(args[0]), args[1])
        if op == "each":
            return [self._component(i, self._form(args[0])) for i in range(self.problem.N)]
        if op == "coin":
            return self.problem.algebra.number(self.outcome[node.data])
        if op in ("pick", "subset"):
            return self.outcome[node.data]
        if op in ("entry", "put", "mean"):
            return self._table(op, args)
        return self._operation(op, args)

    # -- arithmetic

    def _form(self, value: Any) -> Form:
        """A value as a form; a number is that number in each coordinate."""
        if isinstance(value, Form):
            return value
        algebra = self.problem.algebra
        if isinstance(value, Vector):
            return Form({"1": algebra.vector(value)})
        return Form({"1": value * algebra.one} if np.any(value) else {})

    def _operation(self, op: str, args: Sequence[Any]) -> Any:
        if not any(isinstance(arg, Form) for arg in args):
            return self._numbers(op, args)
        if op in ("add", "subtract"):
            sign = 1.0 if op == "add" else -1.0
            return self._form(args[0]) + self._form(args[1]).mapped(lambda c: sign * c)
        if op == "negative":
            return args[0].mapped(lambda c: -c)
        if op == "multiply":
            form, factor = args if isinstance(args[0], Form) else args[::-1]
            return self._scaled(form, factor)
        if op == "divide":
            return self._scaled(args[0], self._inverse(args[1]))
        if op == "where":
            return self._where(args[0], self._form(args[1]), self._form(args[2]))
        return args[0]  # the first power

    def _numbers(self, op: str, args: Sequence[Any]) -> Any:
        plain = [arg.values if isinstance(arg, Vector) else arg for arg in args]
        if not any(isinstance(arg, Vector) for arg in args):
            return OPERATIONS[op](*plain)
        # A vector is the same in every configuration, so its numbers must be too.
        flat = [arg if arg.ndim == 1 else np.ravel(arg) for arg in map(np.asarray, plain)]
        return Vector(np.asarray(OPERATIONS[op](*flat), dtype=float))

    def _inverse(self, factor: Any) -> Any:
        return Vector(1 / factor.values) if isinstance(factor, Vector) else 1 / factor

    def _scaled(self, form: Form, factor: Any) -> Form:
        algebra = self.problem.algebra
        if isinstance(factor, Vector):
            D = algebra.vector(factor)
            return form.mapped(lambda c: algebra.times(D, c))
        return form.mapped(lambda c: factor * c)

    def _where(self, condition: Any, a: Form, b: Form) -> Form:
        if np.all(condition != 0):
            return a
        if not np.any(condition != 0):
            return b
        zero = 0.0 * self.problem.algebra.one
        return Form(
            {
                key: np.where(condition != 0, a.terms.get(key, zero), b.terms.get(key, zero))
                for key in {**a.terms, **b.terms}
            }
        )

    # -- gradients

    def _centred(self, point: Form) -> Form:
        """The point minus x*."""
        one = self.problem.algebra.one
        X = snapped(point.terms.get("X", 0.0 * one) - one, 1.0)
        terms = dict(point.terms)
        terms.pop("X", None)
        return Form(terms | ({"X": X} if np.any(X) else {}))

    def _applied(self, matrix: FloatArray, point: Form) -> Form:
        algebra = self.problem.algebra
        return self._centred(point).mapped(lambda c: algebra.times(matrix, c))

    def _component(self, i: int, point: Form) -> Form:
        constant = Form({("b", i): self.problem.algebra.one})
        return self._applied(self.problem.A_i[i], point) + constant

    def _gradient(self, node: Node, value: Any) -> Form:
        call: Call
        call, number = node.data
        point = self._form(value)
        if call.component is not None:
            chosen = self.outcome[call.component.data]
            total = Form({})
            for i in chosen:
                total = total + self._component(i, point)
            return total.mapped(lambda c: c / len(chosen))
        kind = {"h": self.role.h("h", "f", ""), "r": self.role.r("r", "f", ""), "f": "f"}[call.kind]
        if not kind:
            return Form({})
        problem = self.problem
        one = problem.algebra.one
        matrix = {"f": problem.A, "r": problem.R, "h": problem.A - problem.R}[kind]
        gradient = self._applied(matrix, point)
        if kind != "f":
            gradient = gradient + Form({"B": one if kind == "r" else -one})
        return gradient + self._noise(call, number, kind, point)

    def _proximal(self, point: Form, gamma: Any) -> Form:
        """argmin_y h(y) + ‖y − v‖²/(2γ): y − x* = (I + γH)⁻¹ (v − x* + γ∇r(x*))."""
        problem = self.problem
        algebra, one = problem.algebra, problem.algebra.one
        kind = self.role.h("h", "f", "")
        if not kind:
            return point
        H = problem.A - problem.R if kind == "h" else problem.A
        curvature = one + gamma * H
        least = np.linalg.eigvalsh(curvature) if algebra.dense else curvature
        if not np.all(least > 0):
            raise RefusedError(
                "a proximal step has no minimum: h_i + ‖·‖²/(2γ) is not convex for some client"
            )
        inverse = np.linalg.inv(curvature) if algebra.dense else 1 / curvature
        terms = self._applied(inverse, point) + Form({"X": one})
        return terms + Form({"B": gamma * inverse}) if kind == "h" else terms

    def _noise(self, call: Call, number: int, kind: str, point: Form) -> Form:
        """The noise of a call at one of its points."""
        batch = 1.0 if call.batch is None else self._batch(call.batch)
        if call.exact or np.all(np.isinf(batch)):
            return Form({})
        scale = self.problem.algebra.number(1 / np.sqrt(batch))
        terms: dict[Key, FloatArray] = {}
        root = scale * self.problem.roots[kind]
        if np.any(root):
            terms["n", call] = root
        # Both f and r = f − h have the noise of f's curvature.
        if kind != "h" and np.any(self.problem.s):
            key = ("e", call, number)
            self.rights[key] = self._centred(point)
            terms[key] = scale * self.problem.s * self.problem.algebra.one
        return Form(terms)

    def _batch(self, node: Node) -> Any:
        inner: dict[Node, Any] = {}

        def value(n: Node) -> Any:
            if n not in inner:
                inner[n] = self._value(n, [value(arg) for arg in n.args])
            return inner[n]

        return np.ravel(value(node))

    # -- variables of each component

    def _table(self, op: str, args: Sequence[Any]) -> Any:
        table = args[0]
        if op == "put":
            (i,) = args[1]
            return [*table[:i], self._form(args[2]), *table[i + 1 :]]
        chosen = range(len(table)) if op == "mean" else args[1]
        total = Form({})
        for i in chosen:
            total = total + table[i]
        return total.mapped(lambda c: c / len(chosen))
