"""Writes the pages of the API: one for each module and one for each public name, from the
docstrings. Also makes links of code spans that name them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from docstrings import inline, prose
from docutils import nodes
from public_names import MODULES, is_library_method, path_of, public, resolved
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

import auxtheory as at
from auxtheory.measures import Measure

NOTE = ".. This page is written by docs/_ext/api_pages.py from the docstrings.\n\n"
# The folders of the library, as headings over the names of `auxtheory` itself.
GROUPS = {
    "problems": "Problems",
    "noise": "Noise",
    "methods": "Methods and steps",
    "bounds": "Symbols and bounds",
    "theorems": "Theorems",
    "engines": "Engines and worst cases",
    "validation": "Verdicts",
    "study": "Studies",
    "table": "Tables",
    "errors": "Errors",
    "version": "Version",
}
MOVED = {
    "PerClient": "methods",
    "PerRound": "methods",
    "per_client": "methods",
    "per_round": "methods",
    "per_round_bound": "theorems",
    "Steps": "methods",
}


def heading(text: str, mark: str = "=") -> str:
    return f"{text}\n{mark * max(len(text), 3)}\n\n"


def first_sentence(value: Any) -> str:
    """The first sentence of a docstring, or what a plain value is."""
    if isinstance(value, Measure):
        return measure_text(value)
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        return plain_text(value)
    paragraph = (inspect.getdoc(value) or "").split("\n\n")[0]
    text = " ".join(paragraph.split()).rstrip(":")
    sentence = re.match(r"(.*?[.:])(?:\s+(?=[A-Z`])|$)", text)
    return inline(sentence[1] if sentence else text)


def measure_text(value: Measure) -> str:
    return inline(f"The measure `{value!r}`, in {value.unit}: a `Measure`.")


def plain_text(value: Any) -> str:
    """What a value of a module is, from the value."""
    if value is at.GLOSSARY:
        return "The quantities of bounds by name: see :doc:`/reference/symbols`."
    if isinstance(value, str):
        return inline(f"The text `{value!r}`.")
    if isinstance(value, tuple | list) and value and all(inspect.isclass(v) for v in value):
        return inline("All of " + ", ".join(f"`{v.__name__}`" for v in value) + ".")
    if hasattr(value, "keys"):
        return inline("A mapping with the keys " + ", ".join(f"`{key}`" for key in value) + ".")
    return inline(f"`{value!r}`")


def page(path: str, value: Any) -> str:
    """The page of one name."""
    text = NOTE + heading(path)
    if inspect.isclass(value):
        options = "   :members:\n   :show-inheritance:\n   :member-order: bysource\n"
        # A theorem names its method, whose page is another.
        options += "   :exclude-members: method\n" if issubclass(value, at.Theorem) else ""
        return f"{text}.. autoclass:: {path}\n{options}"
    if inspect.isfunction(value):
        return f"{text}.. autofunction:: {path}\n"
    return f"{text}.. py:data:: {path}\n\n   {first_sentence(value)}\n"


def table(module: str, names: dict[str, Any]) -> str:
    rows = "".join(
        f"   * - :py:obj:`{name} <{module}.{name}>`\n     - {first_sentence(value)}\n"
        for name, value in names.items()
    )
    return f".. list-table::\n   :widths: 30 70\n   :class: names\n\n{rows}\n" if rows else ""


def contents(entries: list[str]) -> str:
    return ".. toctree::\n   :hidden:\n\n" + "".join(f"   {entry}\n" for entry in entries) + "\n"


def grouped(names: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The names of `auxtheory`, by the folder that makes them."""
    groups: dict[str, dict[str, Any]] = {title: {} for title in GROUPS.values()}
    for name, value in names.items():
        home = at._HOME.get(name, "version")
        groups[GROUPS[MOVED.get(name, home.partition(".")[0])]][name] = value
    return groups


def module_page(module: str) -> str:
    names = public()[module]
    text = NOTE + heading(module)
    if module == "auxtheory":
        text += "Everything here is `at.NAME` after `import auxtheory as at`.\n\n".replace(
            "`", "``"
        )
        groups = grouped(names)
        text += "".join(heading(title, "-") + table(module, one) for title, one in groups.items())
        names = {name: value for one in groups.values() for name, value in one.items()}
    else:
        text += "\n".join(prose(_without_example(inspect.getdoc(resolved(module)) or "")))
        text += "\n" + table(module, names)
    made = [name for name, value in names.items() if not is_library_method(value)]
    return text + contents([f"{name} <{module}.{name}>" for name in made])


def _without_example(text: str) -> list[str]:
    return text.partition("Example:")[0].splitlines()


def write(app: Any) -> None:
    """Write all pages; one that has not changed is left alone."""
    folder = Path(app.srcdir) / "reference" / "api"
    folder.mkdir(exist_ok=True)
    pages = {
        f"{module}.{name}": page(f"{module}.{name}", value)
        for module, names in public().items()
        for name, value in names.items()
        if not is_library_method(value)
    }
    pages |= {f"module.{module}": module_page(module) for module in MODULES}
    index = NOTE + heading("Python API")
    index += ".. list-table::\n   :widths: 30 70\n   :class: names\n\n"
    for module in MODULES:
        line = inline((inspect.getdoc(resolved(module)) or "").split("\n\n")[0])
        index += f"   * - :doc:`{module} <module.{module}>`\n     - {line}\n"
    pages["index"] = index + "\n" + contents([f"{module} <module.{module}>" for module in MODULES])
    for name, text in pages.items():
        file = folder / f"{name}.rst"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    for file in folder.glob("*.rst"):
        if file.stem not in pages:
            file.unlink()


class CodeLinks(SphinxTransform):
    """Code spans such as `at.run(…)` in pages lead to the page of that name."""

    default_priority = 5

    def apply(self, **kwargs: Any) -> None:
        for literal in list(self.document.findall(nodes.literal)):
            name = re.fullmatch(r"((?:at|auxtheory)\.[\w.]*\w)(\(.*\))?", literal.astext())
            path = path_of(name[1]) if name else None
            inside = isinstance(
                literal.parent, nodes.reference | nodes.title | addnodes.pending_xref
            )
            if path is None or path in MODULES or inside or "classes" not in literal:
                continue
            link = addnodes.pending_xref(
                "",
                refdomain="py",
                reftype="obj",
                reftarget=path,
                refwarn=False,
                refexplicit=True,
                refdoc=self.env.docname,
            )
            literal.replace_self(link)
            link += literal


def under_its_path(app: Any, env: Any, node: Any, child: Any) -> Any:
    """Link annotations and base classes, which say where a class is defined, to its page."""
    if node.get("refdomain") != "py":
        return None
    path = path_of(node.get("reftarget", ""))
    if path is None or path == node.get("reftarget"):
        return None
    return env.domains["py"].resolve_xref(
        env, node.get("refdoc"), app.builder, "obj", path, node, child
    )


def without_any(
    app: Any, what: str, name: str, value: Any, options: Any, signature: str | None, returns: Any
) -> tuple[str, Any] | None:
    """Theorems take no arguments, though the class of all theorems accepts any."""
    theorem = what == "class" and isinstance(value, type) and issubclass(value, at.Theorem)
    return ("()", returns) if theorem else None


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", write)
    app.connect("missing-reference", under_its_path)
    app.connect("autodoc-process-signature", without_any)
    app.add_transform(CodeLinks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
