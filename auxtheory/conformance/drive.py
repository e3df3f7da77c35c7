"""Run a method, a step function or a client and server through the rounds of a case, and check what
they return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from auxtheory.columns import table
from auxtheory.conformance.case import Case
from auxtheory.implementations.calling import Step, vector
from auxtheory.implementations.exchange import Broken, handed
from auxtheory.implementations.rounds import Round
from auxtheory.methods.two_rules import TwoRules
from auxtheory.printing import brief, ends
from auxtheory.typing import FloatArray


@dataclass(frozen=True)
class Stepped:
    """The rules of a method as a step function, with (m, x_prev) as its state."""

    rules: TwoRules

    def __call__(self, x: Any, state: Any, round: Round) -> tuple[Any, Any]:
        m = self.buffer(x, state, round)
        return self.descend(x, m, round), (m, x)

    def buffer(self, x: Any, state: Any, round: Round) -> Any:
        """This round's correction; in the first round, the rule at a = 1 on the exact ∇r(x⁰)."""
        diff = self.diff(x, round, round.refresh)
        if state is None:
            return self.rules.refresh(diff, diff, diff, 1.0)
        m, x_prev = state
        return self.rules.refresh(m, diff, self.diff(x_prev, round, round.refresh), round.a)

    def diff(self, x: Any, round: Round, key: Any) -> Any:
        """g_r at x, with the helper that the method sees."""
        role = self.rules.role
        if role.beta:
            return 0 * x
        g_f = round.grad_f(x, key)
        return g_f - round.grad_h(x, key) if role.alpha else g_f

    def local(self, y: Any, round: Round, key: Any) -> Any:
        """The gradient of a local step, of the helper that the method sees."""
        role = self.rules.role
        if not (role.alpha or role.beta):
            return 0 * y
        return role.h(round.grad_h, round.grad_f, round.grad_f)(y, key)

    def descend(self, x: Any, m: Any, round: Round) -> Any:
        """The K local steps from x."""
        for key in round.local:
            x = self.rules.local_step(x, self.local(x, round, key), m, round.eta)
        return x


@dataclass(frozen=True, eq=False, repr=False)
class Path:
    """The iterates and states of a run.

    Args:
        x: x⁰ … x^T, shape (T + 1, d).
        states: the state after each round; of client and server (c, (c_1, …, c_N)).
        tolerance: the relative tolerance to which iterates of this precision are compared.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.conformance import Case, follow
        >>> pair = at.Quadratic(L=1.0, dim=1).with_helper(0.4)
        >>> case = Case(pairs=[pair], noise=at.Gaussian(), steps=at.Steps(eta=0.3, a=0.2, K=2, T=3))
        >>> len(follow(at.methods.AuxMOM, case).states)
        3
    """

    x: FloatArray
    states: tuple[Any, ...]
    tolerance: float

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        rows = [{"t": t, "x": brief(x.tolist())} for t, x in enumerate(self.x)]
        places = ends(len(rows))
        return table([rows[t] for t in places], ["t", "x"], size=len(rows), places=places)


def rounds(step: Step, case: Case, xp: Any) -> Iterator[tuple[FloatArray, Any, float]]:
    """x (as a NumPy array), state and tolerance after each round; Broken if x is invalid."""
    name = getattr(step, "name", "server")
    x = xp.asarray(case.x0)
    state = None
    for t in range(1, case.steps.T + 1):
        round_ = case.federated_round(t, xp) if len(case.pairs) > 1 else case.round(t, xp)
        try:
            x, state = step(x, state, round_)
            array = vector(name, f"x in round {t}", x, case.x0.size)
            x = handed(x, xp)
            if array.dtype.kind != "f" or array.dtype.itemsize < 4:
                raise Broken(f"{name} returns x of {array.dtype}; it must be float32 or float64")
        except Broken as error:
            error.case = case.until(t)
            raise
        yield (
            array.astype(float),
            state,
            1e-10 if array.dtype.itemsize >= 8 else 100 * float(np.finfo(array.dtype).eps),
        )


def walk(step: Step, case: Case, xp: Any = np) -> Path:
    """The path of all rounds of a case from its start."""
    x, states, tolerances = zip(*rounds(step, case, xp), strict=True)
    return Path(np.stack([case.x0, *x]), states, max(tolerances))
