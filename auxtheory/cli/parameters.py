"""Step parameters of a theorem's method as options of a command, such as --beta 0.9: their names
are known only once the theorem is."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from auxtheory.errors import Checks, meant

TITLE = "step parameters"
TEXT = (
    "Every further step parameter of the theorem's method is an option by its name, such as "
    "--beta 0.9"
)
OPTION = re.compile(r"--([A-Za-z_][\w-]*)(?:=(.*))?", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """A parser that, where `number` is set, takes options that it does not know as step
    parameters, and puts them into `parameters` of the namespace."""

    number: Callable[[str], Any] | None = None

    def take_parameters(self, number: Callable[[str], Any], text: str) -> None:
        """Take step parameters; number converts their texts into values."""
        self.number = number
        self.add_argument_group(TITLE, text)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self.number is None:
            return super().parse_known_args(args, namespace)
        words, parameters = self._split(args)
        known, rest = super().parse_known_args(words, namespace)
        known.parameters = parameters
        return known, rest

    def _split(self, words: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
        """The words of options that the parser knows, and the values of the others by name."""
        assert self.number is not None
        kept: list[str] = []
        parameters: dict[str, Any] = {}
        left = list(words)
        while left:
            word = left.pop(0)
            match = OPTION.fullmatch(word)
            if match is None or f"--{match[1]}" in self._option_string_actions:
                kept.append(word)
                continue
            name = match[1].replace("-", "_")
            if match[2] is None and (not left or left[0].startswith("--")):
                self.error(f"argument --{match[1]}: expected one argument")
            if name in parameters:
                self.error(f"argument --{match[1]}: given twice")
            parameters[name] = self.number(left.pop(0) if match[2] is None else match[2])
        return kept, parameters


def check(
    checks: Checks,
    parameters: Mapping[str, Any],
    theorems: Iterable[Any],
    options: Iterable[str] = (),
) -> None:
    """Complain about parameters that no method of the theorems takes, listing those that they
    take; `options` are names of the command's options, one of which may have been meant."""
    methods = list(dict.fromkeys(theorem.method for theorem in theorems))
    known = list(dict.fromkeys(name for method in methods for name in method.parameters))
    names = methods[0].name if len(methods) == 1 else "the theorems' methods"
    takes = f"which {'takes' if len(methods) == 1 else 'take'} {', '.join(known) or 'none'}"
    for name, value in parameters.items():
        if methods and name not in known:
            more = meant(name, [*known, *options])
            text = f"is no option, nor a parameter of {names}, {takes}{more}"
            checks.complain(f"--{name.replace('_', '-')}", value, text)


def of(parameters: Mapping[str, Any], theorem: Any) -> dict[str, Any]:
    """Those of the parameters that the theorem's method takes."""
    return {n: value for n, value in parameters.items() if n in theorem.method.parameters}
