"""Methods and theorems by name as pages of text: pseudocode, statements, formulas."""

from __future__ import annotations

from inspect import isroutine

from auxtheory import methods, theorems
from auxtheory.errors import InputError, meant
from auxtheory.methods import MethodType, pseudocode
from auxtheory.methods.description import described
from auxtheory.methods.from_implementation import as_method
from auxtheory.methods.opaque import is_federated
from auxtheory.theorems.base import Theorem
from auxtheory.theorems.definition import label_and_name, statement_of
from auxtheory.theorems.lookup import value_named


def listed() -> str:
    """The names of all methods and theorems of the library, each with one line."""
    lines = ["methods"]
    for method in methods.EVERY:
        code = pseudocode.pseudocode(method).splitlines()
        local = [line for line in code if line.startswith("K times, ")]
        last = (local or code)[-1].split("   ")[-1].strip()
        lines.append(f"  {method.name.ljust(20)} {last}")
    lines.append("theorems")
    for kind in theorems.LIBRARY:
        theorem = kind()
        lines.append(f"  {theorem.label.ljust(9)} {theorem.name.ljust(20)} {theorem.bound}")
    return "\n".join(lines)


def shown_named(name: str, *, latex: bool = False) -> str:
    """A method or a theorem as a page of text.

    Args:
        name: of the library, by name or label, or FILE.py:NAME; a name of both stands for both.
        latex: whether formulas are printed in LaTeX.

    Returns:
        The text.

    Raises:
        InputError: there is neither a method nor a theorem of this name.
    """
    if ":" in name:
        page = _page(name, latex)
        if page is not None:
            return page
        raise InputError.listing([f"name = {name!r}: must name a method or a theorem"])
    pages = [
        method_page(method, latex=latex)
        for method in methods.EVERY
        if method.name.casefold() == name.casefold()
    ]
    pages += [
        theorem_page(kind(), latex=latex)
        for kind in theorems.LIBRARY
        if name.casefold() in (kind.__name__.casefold(), kind.label.casefold())
    ]
    if not pages:
        known = [method.name for method in methods.EVERY]
        known += [text for kind in theorems.LIBRARY for text in (kind.__name__, kind.label)]
        raise InputError.listing(
            [f"name = {name!r}: must be a method or a theorem{meant(name, known)}"]
        )
    return "\n\n".join(pages)


def _page(name: str, latex: bool) -> str | None:
    """The page of a method or a theorem of a user's module; None if the name is neither."""
    value = value_named(name, "name", "a method or a theorem", _shown)
    value = as_method(value) if isroutine(value) or is_federated(value) else value
    if isinstance(value, MethodType):
        return method_page(value, latex=latex)
    value = value() if isinstance(value, type) and issubclass(value, Theorem) else value
    return theorem_page(value, latex=latex) if isinstance(value, Theorem) else None


def _shown(value: object) -> bool:
    """Whether a value of a module can be shown."""
    is_class = isinstance(value, type) and issubclass(value, Theorem)
    return isinstance(value, MethodType | Theorem) or is_class


def method_page(method: MethodType, *, latex: bool = False) -> str:
    """What is known of a method; in LaTeX its pseudocode alone."""
    return method.to_latex() if latex else described(method)


def theorem_page(theorem: Theorem, *, latex: bool = False) -> str:
    """A theorem: its statement, with its conditions and bounds; in LaTeX an environment."""
    if latex:
        return theorem.to_latex()
    conditions = [*theorem.assumptions, *theorem.step_range]
    bounds = [
        theorem.bound,
        *(c.bound for c in theorem.corollaries if c.bound is not theorem.bound),
    ]
    measure = theorem.measure if isinstance(theorem.measure, str) else theorem.measure.name
    head = f"{label_and_name(theorem, '  ')}, about {theorem.method.name}: {measure}"
    lines = [f"  {text}" for text in map(str, conditions)]
    formulas = [f"  {measure} ≤ {bound}" for bound in bounds]
    parts = [head, *filter(None, [statement_of(type(theorem))])]
    parts += ["\n".join(["conditions", *lines])] if lines else []
    return "\n\n".join([*parts, "\n".join(["bounds", *formulas])])
