"""One case of a theorem, whole: as a verdict, as a script that shows it, and as JSON that brings it
back."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from auxtheory import methods, theorems
from auxtheory.bounds.constants import Steps
from auxtheory.engines import Task
from auxtheory.errors import Checks, InputError, shown
from auxtheory.methods import Method
from auxtheory.noise.laws import Noise
from auxtheory.printing import as_repr, brief, wrapped
from auxtheory.problems import Pair
from auxtheory.theorems import Theorem
from auxtheory.validation import scripts
from auxtheory.validation.function_source import NoSourceError, Written
from auxtheory.validation.parsing import constructors, read
from auxtheory.validation.validate import OPTIONS, validate
from auxtheory.validation.verdict import Verdict

FORMAT = "auxtheory configuration 1"
PARTS = "theorem", "pair", "noise"


@dataclass(frozen=True, eq=False)
class Configuration:
    """A theorem, a pair (f, h), a noise and steps; options (engine, replicas, seed, …) go to
    `at.validate`."""

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
        """What an engine is asked for this case."""
        return Task(method=self.theorem.method, pair=self.pair, noise=self.noise, steps=self.steps)

    def verdict(self, **options: Any) -> Verdict:
        """Measure it and compare with the bound, at these very steps."""
        return validate(
            self.theorem, self.pair, self.noise, **self._lengths(), **{**self.options, **options}
        )

    def _lengths(self) -> dict[str, Any]:
        steps = self.steps
        given: dict[str, Any] = {"K": steps.K, "T": steps.T}
        if steps.B < np.inf:
            given["B"] = int(steps.B)
        if steps.mode != "tuned":
            given |= {"eta": steps.eta, **({"a": steps.a} if self.theorem.method.uses_a else {})}
            given |= {"mode": steps.mode} if steps.mode == "unsafe" else {}
        return given

    def __str__(self) -> str:
        given = "".join(f", {name} = {value}" for name, value in self.options.items())
        lines = [
            f"{self.theorem.name} ({self.theorem.label}) on {brief(self.pair)}, {brief(self.noise)}"
        ]
        return wrapped("\n".join([*lines, f"  {self.steps}{given}"]))

    def spelt_out(self) -> Configuration:
        """The same with a theorem that a repr can hold: one of the library's, or the one inequality
        that is claimed here, as a formula or, of a bound that is a function, as a number."""
        plain = self._as(scripts.whole)
        plain = plain if scripts.readable(plain.theorem) else self._as(scripts.reduced)
        if scripts.readable(plain.theorem):
            return plain
        return self._as(scripts.reduced, number=float(self.verdict().table["bound"][0]))

    def _as(self, form: Callable[..., tuple[Theorem, Steps]], **number: float) -> Configuration:
        """The same case of what the form makes of the theorem."""
        if type(self.theorem) in theorems.ALL:
            return self
        theorem, steps = form(self.theorem, self.pair, self.noise, self.steps, **number)
        return Configuration(theorem, self.pair, self.noise, steps, self.options)

    def _written(self) -> tuple[Configuration, str, Written, list[str]]:
        """The case as a script has it: with the theorem's code, what that refers to, and, should a
        number stand in place of a function, why."""
        why: list[str] = []
        for form in (scripts.whole, scripts.reduced):
            plain = self._as(form)
            try:
                c = plain.theorem.constants(plain.pair, plain.noise)
                return plain, *scripts.with_functions(plain.theorem, c, plain.steps), []
            except NoSourceError as error:
                why = [f"# the bound {plain.theorem.bound} is given by its value here: {error}"]
        plain = self.spelt_out()
        return plain, repr(plain.theorem), Written(), why

    @property
    def script(self) -> str:
        """Python that shows this case, to be run as it stands: a bound that is a function is there
        with its source."""
        plain, code, written, why = self._written()
        parts = [
            f"pair = {plain.pair!r}",
            f"noise = {plain.noise!r}",
            f"theorem = {plain._with_home(code)}",
        ]
        lines = [
            *plain._warnings(),
            *why,
            "import auxtheory as at",
            *(f"import {home}" for home in plain._imports()),
        ]
        if any(re.search(r"(?<![.\w])inf\b", part) for part in parts):  # as repr spells it
            lines.append("from math import inf")
        lines += [*scripts.head(written), *parts]
        given = ", ".join(
            f"{name}={value!r}" for name, value in {**plain._lengths(), **plain.options}.items()
        )
        return "\n".join([*lines, f"print(at.validate(theorem, pair, noise, {given}))"])

    def _warnings(self) -> list[str]:
        """What keeps the script from running as it stands."""
        method = self.theorem.method
        told = []
        if _home(method) is None:
            told.append(
                f"# {method.name} is to be found in no module: put it into one, and import it"
            )
        told += [
            f"# {name} is to be found in no module: put it into one, and import it"
            for name in constructors(repr(self.pair))
            if "." not in name
        ]
        if "<" in repr(self.pair):
            told.append("# the pair's data are too many to be printed")
        return told

    def _imports(self) -> list[str]:
        home = _home(self.theorem.method)
        method = [home.rpartition(".")[0]] if home and not home.startswith("at.") else []
        return list(dict.fromkeys([*method, *_modules(repr(self.pair), repr(self.noise))]))

    def _with_home(self, code: str) -> str:
        """The theorem's code with its method by the name of its module."""
        method = self.theorem.method
        return code.replace(f"method={method!r}", f"method={_home(method) or repr(method)}")

    def to_json(self, verdict: Verdict | None = None) -> str:
        """Everything that `Configuration.read` needs, what was found, and the script."""
        verdict = verdict or self.verdict()
        plain = self.spelt_out()
        wrong = [text.removeprefix("# ") for text in plain._warnings()]
        if not plain.pair.single or np.ndim(plain.steps.eta) or np.ndim(plain.steps.a or 0.0):
            wrong.append("pair, noise and steps must be those of one configuration, not of a grid")
        if wrong:
            raise InputError.listing(wrong)
        steps = {
            "K": plain.steps.K,
            "T": plain.steps.T,
            "B": _number(plain.steps.B),
            "eta": plain.steps.eta,
        }
        row = verdict.table.rows[0]
        content = {
            "format": FORMAT,
            "theorem": plain._with_home(repr(plain.theorem)),
            "pair": repr(plain.pair),
            "noise": repr(plain.noise),
            "steps": {**steps, "a": plain.steps.a, "mode": plain.steps.mode},
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
        # Code of a file is not run: for people, and --theorem.
        if function and not scripts.readable(self.theorem):
            content["function"] = {"name": function, "mode": self.steps.mode}
        return json.dumps(content, indent=1, ensure_ascii=False)

    @classmethod
    def read(
        cls, text: str, modules: tuple[str, ...] = (), theorem: Theorem | None = None
    ) -> tuple[Configuration, dict[str, Any]]:
        """The configuration that `to_json` wrote, and what was found then; `modules` may be
        imported for it. theorem: the user's own, in place of the file's, which holds a bound that
        is a function by its value alone."""
        content = _parsed(text)
        own: dict[str, Any] = {}
        for module in modules:
            own |= {
                f"{module}.{name}": value for name, value in vars(import_module(module)).items()
            }
        # A theorem that is given brings its method along; a pair has to come from its module.
        kept = _modules(content["pair"], content["noise"]) if theorem else content["imports"]
        missing = [module for module in kept if module not in modules]
        if missing:
            what = (
                "method"
                if missing[0] not in _modules(content["pair"], content["noise"])
                else "pair"
            )
            told = (
                f"imports = {missing}: must be allowed, since the {what} is defined there "
                f"(--import {missing[0]})"
            )
            raise InputError.listing([told])
        parts: list[Any] = [
            theorem if name == "theorem" and theorem else read(content[name], own) for name in PARTS
        ]
        try:
            given: dict[str, Any] = {
                **content["steps"],
                "B": float(content["steps"].get("B", np.inf)),
            }
            given |= {"mode": content.get("function", given)["mode"]} if theorem else {}
            case = cls(parts[0], parts[1], parts[2], Steps(**given), content["options"])
        except (TypeError, ValueError, KeyError) as error:
            raise InputError.listing([f"steps = {shown(content['steps'])}: {error}"]) from None
        named = (
            {"function": content["function"]["name"]}
            if "name" in content.get("function", {})
            else {}
        )
        return case.checked(), {**content["found"], **named}

    def checked(self) -> Configuration:
        """Itself, once its parts are what they should be, and steps that a theorem prescribes are
        those."""
        checks = Checks()
        for name, kind in (("theorem", Theorem), ("pair", Pair), ("noise", Noise)):
            checks.instance(name, getattr(self, name), kind, f"a {name}")
        for name in self.options:
            checks.member("option", name, OPTIONS)
        checks.done()
        if self.steps.mode == "tuned":
            c = self.theorem.constants(self.pair, self.noise)
            steps = self.steps
            own = self.theorem.tune(c, steps.K, steps.T, steps.B)
            if not np.allclose(float(own.eta), float(steps.eta), rtol=1e-9, atol=0):
                checks.complain(
                    "eta",
                    steps.eta,
                    f"must be {own.eta} in mode tuned, the step of {self.theorem.name}",
                )
        checks.done()
        return self


def _parsed(text: str) -> dict[str, Any]:
    """The JSON object, checked for its format and parts."""
    try:
        content = json.loads(text)
    except (TypeError, ValueError) as error:
        raise InputError.listing(
            [f"file: must be JSON written by auxtheory, and is none ({error})"]
        ) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else content
        raise InputError.listing([f"format = {shown(found)}: must be {FORMAT!r}"])
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


def _home(method: Method) -> str | None:
    """Where a name for this method is to be found: at.methods.X, or a module that has been
    imported."""
    if method in methods.ALL:
        return f"at.methods.{method.name}"
    for module, home in list(sys.modules.items()):
        if module != "__main__" and isinstance(home, ModuleType):
            for name, value in list(vars(home).items()):
                if value is method:
                    return f"{module}.{name}"
    return None


def _modules(*codes: str) -> list[str]:
    """The modules of a user's own that reprs take their constructors from."""
    names = [name for code in codes for name in constructors(code)]
    homes = (name.rpartition(".")[0] for name in names if not name.startswith("at."))
    return [home for home in dict.fromkeys(homes) if home]


def _number(value: Any) -> Any:
    number = float(value)
    return number if np.isfinite(number) else str(number)
