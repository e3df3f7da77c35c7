"""The class Configuration, a complete case of a theorem: its verdict, a script that reproduces it,
and JSON that stores it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from auxtheory import methods, theorems
from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.constants import Steps
from auxtheory.bounds.schedules import PerRound
from auxtheory.bounds.stored_schedules import restored, stored
from auxtheory.engines import Task
from auxtheory.errors import Checks, InputError, shown
from auxtheory.methods import MethodType
from auxtheory.noise.laws import Noise
from auxtheory.printing import as_repr, brief, wrapped
from auxtheory.problems import Pair
from auxtheory.theorems import Theorem
from auxtheory.theorems.along import measures_of
from auxtheory.theorems.definition import with_label
from auxtheory.validation import scripts
from auxtheory.validation.at_work import at_work
from auxtheory.validation.function_source import NoSourceError, Written
from auxtheory.validation.parsing import constructors, parse
from auxtheory.validation.validate import OPTIONS, validate
from auxtheory.validation.variance import equal_steps
from auxtheory.validation.verdict import Verdict

FORMAT = "auxtheory configuration 1"
PARTS = "theorem", "pair", "noise"


@dataclass(frozen=True, eq=False)
class Configuration:
    """A theorem, a pair (f, h), a noise and steps: everything that a verdict depends on.

    Args:
        theorem: The theorem.
        pair: The pair.
        noise: The law of the gradient noise.
        steps: The steps; in mode "tuned" they are those that the theorem prescribes.
        options: Options of `at.validate`, such as engine, replicas and seed.

    Example:
        >>> import auxtheory as at
        >>> theorem = at.theorems.ExactCorrection()
        >>> pair = at.Quadratic(L=1.0, dim=2).with_helper(delta=0.1)
        >>> noise = at.Gaussian()
        >>> steps = theorem.tune(theorem.constants(pair, noise), 4, 10, float("inf"))
        >>> case = at.testing.Configuration(theorem, pair, noise, steps)
        >>> case.verdict().status
        'pass'
        >>> again, found = at.testing.Configuration.read(case.to_json())
        >>> again.verdict().ratio == found["ratio"]
        True
        >>> case.script.splitlines()[0]
        'import auxtheory as at'
    """

    theorem: Theorem
    pair: Pair
    noise: Noise
    steps: Steps
    options: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        options = f", {dict(self.options)!r}" if self.options else ""
        return (
            f"at.testing.Configuration({self.theorem!r}, {self.pair!r}, {self.noise!r}, "
            f"{self.steps!r}{options})"
        )

    _repr_pretty_ = as_repr

    @property
    def task(self) -> Task:
        """The `Task` that engines run for this case."""
        return Task(
            method=self.theorem.method,
            pair=self.pair,
            noise=self.noise,
            steps=self.steps,
            measures=measures_of(self.theorem),
        )

    def verdict(self, **options: Any) -> Verdict:
        """Measure this case at its steps and compare it with the bound.

        Args:
            **options: Options of `at.validate`, which replace those of the case.

        Returns:
            The verdict.
        """
        return validate(
            self.theorem,
            self.pair,
            self.noise,
            **self._steps_as_arguments(),
            **{**self.options, **options},
        )

    def _steps_as_arguments(self) -> dict[str, Any]:
        """The steps as arguments of `at.validate`."""
        steps = self.steps
        arguments: dict[str, Any] = {"K": steps.K, "T": steps.T}
        if steps.B < np.inf:
            arguments["B"] = int(steps.B)
        if steps.mode == "tuned":
            arguments |= at_work(self.theorem, self.pair, steps.parameters)
        else:
            arguments |= {
                "eta": steps.eta,
                **({"a": steps.a} if self.theorem.method.uses_a else {}),
                **steps.parameters,
            }
            arguments |= {"mode": steps.mode} if steps.mode == "unsafe" else {}
        return arguments

    def __str__(self) -> str:
        options = "".join(f", {name} = {value}" for name, value in self.options.items())
        head = f"{with_label(self.theorem)} on {brief(self.pair)}, {brief(self.noise)}"
        return wrapped(f"{head}\n  {self.steps}{options}")

    def spelt_out(self) -> Configuration:
        """The same case with a theorem whose repr defines it completely.

        A theorem of the library is unchanged; any other one is replaced by the inequality of this
        case as a claim, whose bound is a formula or, where it is a function, a number.

        Returns:
            The configuration.
        """
        plain = self._with_claim(scripts.as_claim)
        plain = (
            plain if scripts.readable(plain.theorem) else self._with_claim(scripts.as_inequality)
        )
        if not scripts.readable(plain.theorem):
            plain = self._with_claim(scripts.as_inequality, listed=True)
        if scripts.readable(plain.theorem):
            return plain
        return self._as_number()

    def _as_number(self) -> Configuration:
        """The same case with the inequality of this case, whose bound is a number."""
        number = float(self.verdict().table["bound"][0])
        return self._with_claim(scripts.as_inequality, number=number, listed=True)

    def _with_claim(
        self, form: Callable[..., tuple[Theorem, Steps]], **number: float
    ) -> Configuration:
        """The same case with the theorem as a claim of this form, unless it is one of the
        library's."""
        if type(self.theorem) in theorems.LIBRARY:
            return self
        theorem, steps = form(self.theorem, self.pair, self.noise, self.steps, **number)
        return Configuration(theorem, self.pair, self.noise, steps, self.options)

    def _written(self) -> tuple[Configuration, str, Written, list[str]]:
        """The case for a script, the theorem's code, the functions that this needs, and comments
        that say why a number replaces a function, if one does."""
        reason: NoSourceError | None = None
        for form in (scripts.as_claim, scripts.as_inequality):
            plain = self._with_claim(form)
            try:
                c = plain.theorem.constants(plain.pair, plain.noise)
                return plain, *scripts.with_functions(plain.theorem, c, plain.steps), []
            except NoSourceError as error:
                reason = error
        plain = self.spelt_out()
        what = "the weights of the measure are given by their values"
        if not isinstance(self.theorem.bound, BlackBox):
            with suppress(NoSourceError):
                c = plain.theorem.constants(plain.pair, plain.noise)
                written = scripts.with_functions(plain.theorem, c, plain.steps)
                return plain, *written, [f"# {what} here: {reason}"]
        what = f"the bound {self.theorem.bound} is given by its value"
        plain = self._as_number()
        return plain, repr(plain.theorem), Written(), [f"# {what} here: {reason}"]

    @property
    def script(self) -> str:
        """Python that reproduces this case, ready to run; a bound that is a function is included
        with its source."""
        plain, code, written, comments = self._written()
        parts = [
            f"pair = {plain.pair!r}",
            f"noise = {plain.noise!r}",
            f"theorem = {plain._with_home(code)}",
        ]
        lines = [
            *plain._warnings(),
            *comments,
            "import auxtheory as at",
            *(f"import {home}" for home in plain._imports()),
        ]
        if any(re.search(r"(?<![.\w])inf\b", part) for part in parts):  # as in the repr
            lines.append("from math import inf")
        lines += [*scripts.head(written), *parts]
        every = {**plain._steps_as_arguments(), **plain.options}
        arguments = ", ".join(f"{n}={_spelt(v, plain.steps.T)}" for n, v in every.items())
        return "\n".join([*lines, f"print(at.validate(theorem, pair, noise, {arguments}))"])

    def _warnings(self) -> list[str]:
        """Comments on what keeps the script from running."""
        method = self.theorem.method
        warnings = []
        if _home(method) is None:
            warnings.append(f"# {method.name} is not in a module: put it into one, and import it")
        warnings += [
            f"# {name} is not in a module: put it into one, and import it"
            for name in constructors(repr(self.pair))
            if "." not in name
        ]
        if "<" in repr(self.pair):
            warnings.append("# the pair's data are too large to be printed")
        return warnings

    def _imports(self) -> list[str]:
        """The modules that the script imports."""
        home = _home(self.theorem.method)
        method = [home.rpartition(".")[0]] if home and not home.startswith("at.") else []
        return list(dict.fromkeys([*method, *_modules(repr(self.pair), repr(self.noise))]))

    def _with_home(self, code: str) -> str:
        """The theorem's code with the method's name in its module."""
        method = self.theorem.method
        name = f"method={_home(method) or repr(method)}"
        return re.sub(rf"method={re.escape(repr(method))}(?=[,)])", name, code)

    def to_json(self, verdict: Verdict | None = None) -> str:
        """Everything that `Configuration.read` needs, the measured values, and the script.

        Args:
            verdict: The verdict on this case; None: it is computed.

        Returns:
            The text of a JSON object.

        Raises:
            InputError: The case cannot be written as code, or is a grid of configurations.
        """
        verdict = verdict or self.verdict()
        plain = self.spelt_out()
        errors = [text.removeprefix("# ") for text in plain._warnings()]
        if not plain.pair.single or any(
            np.ndim(value) for value in plain.steps.values().values() if value is not None
        ):
            errors.append("pair, noise and steps must be those of one configuration, not of a grid")
        if errors:
            raise InputError.listing(errors)
        steps = {
            "K": plain.steps.K,
            "T": plain.steps.T,
            "B": _number(plain.steps.B),
            "eta": plain.steps.eta,
            **plain.steps.parameters,
            "a": plain.steps.a,
        }
        steps = {name: stored(value, plain.steps.T) for name, value in steps.items()}
        row = verdict.table.rows[0]
        content = {
            "format": FORMAT,
            "theorem": plain._with_home(repr(plain.theorem)),
            "pair": repr(plain.pair),
            "noise": repr(plain.noise),
            "steps": {**steps, "mode": plain.steps.mode},
            "options": dict(plain.options),
            "imports": plain._imports(),
            "found": {
                **{k: _number(row[k]) for k in ("measured", "bound", "ratio")},
                "status": verdict.status,
                "engine": verdict.engine,
                "provenance": dict(verdict.provenance),
            },
            "script": self.script.splitlines(),
        }
        function = scripts.function_named(self.theorem)
        # For readers and for --theorem, since code in a file is not run.
        if function and not scripts.readable(self.theorem):
            content["function"] = {"name": function, "mode": self.steps.mode}
        return json.dumps(content, indent=1, ensure_ascii=False)

    @classmethod
    def read(
        cls, text: str, modules: tuple[str, ...] = (), theorem: Theorem | None = None
    ) -> tuple[Configuration, dict[str, Any]]:
        """Read what `to_json` wrote.

        Args:
            text: The text of the JSON object.
            modules: The modules of the user that may be imported.
            theorem: The user's theorem, in place of the one in the file, in which a bound that is a
                function is only a number.

        Returns:
            The configuration, and what was measured when it was written: measured, bound, ratio,
            status, engine and provenance.

        Raises:
            InputError: The text is not such an object, or needs modules that are not allowed.
        """
        content = _parsed(text)
        names: dict[str, Any] = {}
        for module in modules:
            names |= {
                f"{module}.{name}": value for name, value in vars(import_module(module)).items()
            }
        _check_imports(content, modules, theorem)
        pair, noise = (parse(content[name], names) for name in ("pair", "noise"))
        function = content.get("function", {})
        try:
            steps = {name: restored(value) for name, value in content["steps"].items()}
            steps["B"] = float(steps.get("B", np.inf))
            if theorem is None:
                theorem = parse(content["theorem"], names)
            elif function:
                steps["mode"] = function["mode"]
            case = cls(theorem, pair, noise, Steps(**steps), content["options"])
        except (TypeError, ValueError, KeyError) as error:
            raise InputError.listing([f"steps = {shown(content['steps'])}: {error}"]) from None
        named = {"function": function["name"]} if "name" in function else {}
        return case.checked(), {**content["found"], **named}

    def checked(self) -> Configuration:
        """Check the parts and, in mode "tuned", that the steps are those that the theorem
        prescribes.

        Returns:
            The configuration itself.

        Raises:
            InputError: Lists everything that is wrong.
        """
        checks = Checks()
        for name, kind in (("theorem", Theorem), ("pair", Pair), ("noise", Noise)):
            checks.instance(name, getattr(self, name), kind, f"a {name}")
        for name in self.options:
            checks.member("option", name, OPTIONS)
        checks.done()
        if self.steps.mode == "tuned":
            c = self.theorem.constants(self.pair, self.noise)
            steps = self.steps
            working = at_work(self.theorem, self.pair, steps.parameters)
            own = self.theorem.tune(c, steps.K, steps.T, steps.B, **working)
            for name, value in {"eta": own.eta, **own.parameters}.items():
                given = steps.parameter(name)
                single = isinstance(given, float | PerRound)
                if not single or not np.all(equal_steps(given, value, steps.T)):
                    text = f"must be {value} in mode tuned, the step of {self.theorem.name}"
                    checks.complain(name, given, text)
        checks.done()
        return self


def _spelt(value: Any, T: int) -> str:
    """An argument of `at.validate` as code."""
    return value.spelt(T) if isinstance(value, PerRound) else repr(value)


def _check_imports(
    content: dict[str, Any], modules: tuple[str, ...], theorem: Theorem | None
) -> None:
    """InputError if the file needs a module that may not be imported."""
    of_problem = _modules(content["pair"], content["noise"])
    # A theorem that is passed has its method; the pair is always imported.
    needed = of_problem if theorem else content["imports"]
    missing = [module for module in needed if module not in modules]
    if missing:
        what = "pair" if missing[0] in of_problem else "method"
        message = (
            f"imports = {missing}: must be allowed, since the {what} is defined there "
            f"(--import {missing[0]})"
        )
        raise InputError.listing([message])


def _parsed(text: str) -> dict[str, Any]:
    """The JSON object, checked for its format and parts."""
    try:
        content = json.loads(text)
    except (TypeError, ValueError) as error:
        raise InputError.listing([f"file: must be JSON written by auxtheory ({error})"]) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        value = content.get("format") if isinstance(content, dict) else content
        raise InputError.listing([f"format = {shown(value)}: must be {FORMAT!r}"])
    kinds = dict.fromkeys(PARTS, str) | {
        "steps": dict,
        "options": dict,
        "imports": list,
        "found": dict,
    }
    kinds |= {"function": dict} if "function" in content else {}
    wrong = [
        f"{name} = {shown(content.get(name))}: must be a {kind.__name__}"
        for name, kind in kinds.items()
        if not isinstance(content.get(name), kind)
    ]
    if wrong:
        raise InputError.listing(wrong)
    return content


def _home(method: MethodType) -> str | None:
    """The name of a method: at.methods.X, or a name in a module that has been imported."""
    if method in methods.EVERY:
        return f"at.methods.{method.name}"
    for module, home in list(sys.modules.items()):
        if module != "__main__" and isinstance(home, ModuleType):
            for name, value in list(vars(home).items()):
                if value is method or (value is method.implementation is not None):
                    return f"{module}.{name}"
    return None


def _modules(*codes: str) -> list[str]:
    """The user's modules that the constructors in reprs come from."""
    names = [name for code in codes for name in constructors(code)]
    homes = (name.rpartition(".")[0] for name in names if not name.startswith("at."))
    return [home for home in dict.fromkeys(homes) if home]


def _number(value: Any) -> Any:
    """A number as JSON can hold it."""
    number = float(value)
    return number if np.isfinite(number) else str(number)
