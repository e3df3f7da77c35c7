"""A phase of a run as affine maps: what each hook does to the deviations from a reference state.

The reference is what `start` makes of x* without noise. For a method that corrects its steps this
is a fixed point, whatever the constants of the pair.

Unless it is to stay `plain`, a variable v that `start` sets to Γ x + … is followed as v − Γ x:
m − ∇r(x) instead of m, x_start − x instead of x_start. What local steps take away from each other
is then taken away in their coefficients, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from auxtheory.bounds.schedules import PerRound
from auxtheory.engines.exact.program.assembly import Assembly, constants_of, parts_of
from auxtheory.engines.exact.program.evaluation import (
    OPERATIONS,
    Evaluation,
    Outcome,
    Problem,
    outcomes,
    repeated,
)
from auxtheory.engines.exact.program.forms import Form, Key
from auxtheory.engines.exact.program.maps import Map
from auxtheory.measures import Measure
from auxtheory.methods import Phase
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Hook
from auxtheory.typing import FloatArray

IntArray: TypeAlias = NDArray[np.int64]


class ProgramPhase:
    """The hooks of one phase as maps of the deviations, for all configurations.

    Args:
        phase: the phase.
        problem: the pair and its noise.
        plain: the variables that are followed as they are, such as those that measures read; the
            others as differences, with coefficients of extended precision. None: all.
    """

    def __init__(
        self, phase: Phase, problem: Problem, *, plain: frozenset[str] | None = None
    ) -> None:
        self.phase = phase
        self.problem = problem if plain is None else problem.extended()
        self.plain = plain
        self.assembly = Assembly(self.problem, constants_of(self.problem))
        self.program = phase.method.program
        sizes = [problem.N if v in self.program.tables else 1 for v in self.program.state]
        first = np.concatenate([[0], np.cumsum(sizes)])
        self.places = {v: range(first[i], first[i + 1]) for i, v in enumerate(self.program.state)}
        self.size = int(first[-1])
        # The reference of each deviation, of the keys in `constants`.
        self.references: list[Form] = []
        # Γ of each variable.
        self.slopes: dict[int, FloatArray] = {}
        self.kept: dict[tuple[str, int, int], list[tuple[Any, Map]]] = {}

    @property
    def constants(self) -> tuple[Key, ...]:
        """The keys that stand for constants."""
        return tuple(self.assembly.constants)

    # -- hooks

    def start(self) -> list[tuple[Any, Map]]:
        """The map from the deviation of x from x* to those of all variables."""
        one = self.problem.algebra.one
        state = {"x": Form({("z", 0): one, "X": one})}
        found = list(self._outputs(self.program.hooks["start"], state, 1, 0))
        _, outputs, _ = found[0]
        self.references = [form.restricted(self.constants) for form in outputs]
        if self.plain is not None:
            names = [v for v in self.program.state if v != "x" and v not in self.plain]
            slopes = {
                i: outputs[i].terms.get(("z", 0), np.zeros(1))
                for v in names
                for i in self.places[v]
            }
            self.slopes = {i: slope for i, slope in slopes.items() if np.any(slope)}
        return [(p, self._map(forms, rights, 1)) for p, forms, rights in found]

    def maps(self, name: str, t: int, k: int = 0) -> list[tuple[Any, Map]] | None:
        """The maps of a hook in round t and local step k, each with its probability; None if the
        method has no such hook."""
        hook = self.program.hooks.get(name)
        if hook is None:
            return None
        key = name, t if self.varies(hook) else 0, k if hook.reads("k") else 0
        if key not in self.kept:
            if self.varies(hook):
                self.kept = {other: v for other, v in self.kept.items() if other[1] in (0, t)}
            state = self._state()
            self.kept[key] = [
                (p, self._map(outputs, rights, self.size))
                for p, outputs, rights in self._outputs(hook, state, t, k)
            ]
        return self.kept[key]

    def over(self, name: str, rounds: IntArray, steps: IntArray) -> list[tuple[Any, Map]]:
        """The maps of a hook at several points of a run, as further configurations: those of point
        u and configuration c are in place u C + c."""
        hook = self.program.hooks[name]
        many = ProgramPhase(self.phase, self.problem.repeated(len(rounds)), plain=self.plain)
        many.slopes = {i: repeated(slope, len(rounds)) for i, slope in self.slopes.items()}
        many.references = [
            form.mapped(lambda c: repeated(c, len(rounds))) for form in self.references
        ]
        t, k = (np.repeat(values, self.problem.count) for values in (rounds, steps))
        return [
            (p, many._map(outputs, rights, self.size))
            for p, outputs, rights in many._outputs(hook, many._state(), t, k)
        ]

    def _state(self) -> dict[str, Any]:
        """The forms of the state variables before a hook."""
        one = self.problem.algebra.one
        forms = [Form({("z", i): one}) + reference for i, reference in enumerate(self.references)]
        return {
            variable: [forms[i] for i in places]
            if variable in self.program.tables
            else forms[places[0]]
            for variable, places in self.places.items()
        }

    def varies(self, hook: Hook) -> bool:
        """Whether the maps of a hook differ from round to round."""
        scheduled = any(isinstance(self.phase.parameter(name), PerRound) for name in hook.defaults)
        return scheduled or hook.reads("t")

    def _outputs(
        self, hook: Hook, state: dict[str, Any], t: Any, k: Any
    ) -> Iterator[tuple[Any, list[Form], dict[Key, Form]]]:
        """The forms after each outcome of a hook's choices, with its probability."""
        steps = self.phase.steps
        values: dict[str, Any] = {"K": steps.K, "T": steps.T, "B": steps.B}
        several = isinstance(t, np.ndarray)
        values |= {"t": t.astype(float), "k": k.astype(float)} if several else {"t": t, "k": k}
        for name in hook.defaults:
            value = self.phase.at_round(name, t)
            schedule = self.phase.parameter(name)
            # One that is compiled is the same for all configurations.
            shared = isinstance(schedule, PerRound) or np.ndim(value) == 0
            values[name] = (
                repeated(value, self.problem.count // len(value))
                if (several and not shared)
                else value
            )
        coins = {
            node.data: np.ravel(number_of(node.args[0], values))
            for node in hook.nodes
            if node.op == "coin"
        }
        used = [choice for choice in hook.choices if choice.kind != "coin" or choice in coins]
        reduced = Hook(hook.name, hook.outputs, hook.calls, tuple(used), hook.defaults)
        for probability, outcome in outcomes(reduced, coins, self.problem.N):
            yield (probability, *self._one(hook, state, values, outcome))

    def _one(
        self, hook: Hook, state: dict[str, Any], values: dict[str, Any], outcome: Outcome
    ) -> tuple[list[Form], dict[Key, Form]]:
        evaluation = Evaluation(self.problem, hook, self.phase.method.role, state, values, outcome)
        forms: list[Form] = []
        for variable, value in zip(self.program.state, evaluation.outputs(), strict=True):
            forms += value if isinstance(value, list) else [value] * len(self.places[variable])
        return forms, evaluation.rights

    # -- assembling

    def _map(self, forms: Sequence[Form], rights: dict[Key, Form], size: int) -> Map:
        """The map of deviations that forms of the state after a hook make."""
        algebra = self.problem.algebra
        drifts = [
            self._constant(form, reference)
            for form, reference in zip(forms, self.references, strict=True)
        ]
        of_x = self.places["x"][0]
        moved = [
            drift - algebra.acting(self.slopes[i], drifts[of_x]) if i in self.slopes else drift
            for i, drift in enumerate(drifts)
        ]
        if self.slopes:
            forms, rights = self._of_differences(forms, rights, size)
        return self.assembly.map_of(forms, moved, rights, size)

    def _of_differences(
        self, forms: Sequence[Form], rights: dict[Key, Form], size: int
    ) -> tuple[list[Form], dict[Key, Form]]:
        """Forms of the differences, before and after a hook, without constants of the latter."""
        algebra = self.problem.algebra
        of_x = self.places["x"][0]

        def before(form: Form) -> Form:
            total = form
            for i, slope in self.slopes.items():
                if size > 1 and ("z", i) in form.terms:
                    total = total + Form({("z", of_x): algebra.times(form.terms["z", i], slope)})
            return total

        def less(form: Form, slope: FloatArray, x: Form) -> Form:
            return form + x.mapped(lambda c: -algebra.times(slope, c))

        old = [before(form) for form in forms]
        new = [
            less(form, self.slopes[i], old[of_x]) if i in self.slopes else form
            for i, form in enumerate(old)
        ]
        return new, {key: before(right) for key, right in rights.items()}

    def _constant(self, form: Form, reference: Form) -> FloatArray:
        return self.assembly.constant(form, reference)

    def reference(self, index: int) -> FloatArray:
        """The reference of a state variable, (C, d)."""
        return self._constant(self.references[index], Form({}))

    def reference_of_x(self) -> FloatArray:
        """The reference of x minus x*, (C, d)."""
        one = self.problem.algebra.one
        constant = self._constant(self.references[self.places["x"][0]], Form({"X": one}))
        return constant.astype(float)

    # -- measures

    def roots_of(self, measure: Measure) -> tuple[tuple[float, FloatArray], ...]:
        """The measure's quantity as ± ‖root z̃‖², summed over coordinates: signs and roots, (C, d,
        1, n + 1) coordinate by coordinate, otherwise (C, d, n d + 1)."""
        algebra = self.problem.algebra
        count = self.problem.count
        index = self.places[measure.of][0]
        zero = 0.0 * algebra.one
        one = algebra.one
        parts = [one if i == index else zero for i in range(self.size)]
        if index in self.slopes:
            parts[self.places["x"][0]] = self.slopes[index]
        row = algebra.blocks([parts], count)
        reference = self.references[index]
        centred = measure.form != "square"
        constant = self._constant(reference, Form({"X": one} if centred else {}))
        r = np.concatenate([row, algebra.stacked([constant], count)[..., None]], axis=-1)
        r = r.astype(float)
        return tuple((sign, self._times(root, r)) for sign, root in parts_of(measure, self.problem))

    def _times(self, coefficient: FloatArray, r: FloatArray) -> FloatArray:
        # A factor 1 leaves r as it is, and one for each row saves a product of matrices.
        if not self.problem.algebra.dense:
            return np.asarray(coefficient[..., None, None] * r)
        if np.array_equal(coefficient, self.problem.algebra.one):
            return r
        return np.asarray(coefficient @ r)


def number_of(node: Node, values: dict[str, Any]) -> Any:
    """The value of a probability, which depends on parameters and settings alone."""
    if node.op == "constant":
        return node.data
    if node.op in ("parameter", "setting"):
        return values[node.data]
    return OPERATIONS[node.op](*(number_of(arg, values) for arg in node.args))
