"""A method's program as pseudocode, in Unicode and in LaTeX, and its oracle calls as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from auxtheory.helper_role import HelperRole
from auxtheory.methods.client_titles import times, titles
from auxtheory.methods.expression import Node
from auxtheory.methods.program import Call, Hook, Program
from auxtheory.methods.slots import AT_CLIENTS, MESSAGES, inputs_of, outputs_of
from auxtheory.methods.style import SUBSCRIPTS, Style

# How tightly an operation binds; parts that bind less are put in parentheses.
SUM, PRODUCT, POWER, ATOM = range(4)
SIGNS = {"less": "<", "less_equal": "≤", "greater": ">", "greater_equal": "≥"}
TITLES = {
    "start": "start",
    "refresh": "each later round",
    "step": "K times",
    "finish": "end of each round",
}
ZERO = "0"
SHARED = "uwvzqs"  # letters of values that are used several times


class ReadMethod(Protocol):
    """A method of which the text has been read."""

    @property
    def program(self) -> Program:
        """Its text."""

    @property
    def role(self) -> HelperRole:
        """The role of the helper."""


class Writer:
    """Formulas of one hook."""

    def __init__(self, method: ReadMethod, hook: Hook, style: Style) -> None:
        self.program = method.program
        self.role = method.role
        self.hook = hook
        self.style = style
        self.names: dict[Node, str] = {}
        self.several = sum(call.noisy for call in hook.calls) > 1

    def lines(self) -> Iterator[str]:
        """The assignments of the hook in an order in which they may run one after the other: shared
        values first, then each variable that changes, before the variables that it reads change."""
        slots = list(zip(outputs_of(self.program, self.hook.name), self.hook.outputs, strict=True))
        outputs = {s.name: node for s, node in slots if s.kind not in MESSAGES}
        sent = {s.name: node for s, node in slots if s.kind in MESSAGES}
        yield from self._shared({id(node): name for name, node in (outputs | sent).items()}, sent)
        yield from (self._sent(name, node) for name, node in sent.items())
        changed = {
            name: node
            for name, node in outputs.items()
            if not (node.op in ("state", "table") and node.data == name)
        }
        reads = {name: self._reads(node) - {name} for name, node in changed.items()}
        late = []
        while changed:
            # A variable may change when no other that is left reads it.
            free = [n for n in changed if not any(n in reads[o] for o in changed if o != n)]
            name = free[0] if free else next(iter(changed))
            node = changed.pop(name)
            if free:
                yield self._assign(self.style.name(name), node)
            else:
                yield self._assign(self._new(name), node)
                late.append(f"{self.style.name(name)} {self.style['arrow']} {self._new(name)}")
        yield from late

    def _sent(self, name: str, node: Node) -> str:
        """A message: its name alone if it is that of its value."""
        verb = r"\text{send }" if self.style.latex else "send "
        glyph, text = self.style.name(name), self.text(node)
        return f"{verb}{glyph}" + ("" if text == glyph else f" {self.style['arrow']} {text}")

    def _new(self, name: str) -> str:
        """The name of the new value of a variable whose old one is still needed."""
        return self.style.name(name) + ("^{+}" if self.style.latex else "⁺")

    def _reads(self, node: Node) -> set[str]:
        """The state variables that a value reads, apart from values that have a name."""
        found: set[str] = set()
        stack = [node]
        while stack:
            current = stack.pop()
            if current in self.names:
                continue
            if current.op in ("state", "table"):
                found.add(current.data)
            stack.extend(current.args)
        return found

    def _shared(self, of_output: Mapping[int, str], sent: Mapping[str, Node]) -> Iterator[str]:
        """Names for the values that are used several times; `sent` are the messages."""
        uses = dict.fromkeys(self.hook.nodes, 0)
        for node in sent.values():
            # A value that is sent and kept is computed once.
            uses[node] += sum(output is node for output in self.hook.outputs) - 1
        for node in self.hook.nodes:
            for arg in node.args:
                uses[arg] += 1
        taken = {slot.name for hook in self.program.hooks for slot in inputs_of(self.program, hook)}
        free = (letter for letter in SHARED if letter not in taken)
        for node in self.hook.nodes:
            computed = bool(node.args) and node.op not in ("entry", "mean")
            if not computed or uses[node] + (id(node) in of_output) < 2:
                continue
            variable = of_output.get(id(node))
            coin = node.op == "coin" and "c" not in self.program.state
            letter = "c" if coin else next(free, f"w_{len(self.names)}")
            if variable is None or variable in sent:
                name = self.style.name(variable or letter)
            else:
                name = self._new(variable)
            yield self._assign(name, node)
            self.names[node] = name

    def _assign(self, name: str, node: Node) -> str:
        return f"{name} {self.style['arrow']} {self.text(node)}"

    def text(self, node: Node, binding: int = SUM) -> str:
        """A value, in parentheses if it binds less tightly than it has to."""
        if node in self.names:
            return self.names[node]
        text, own = self._written(node)
        return self.style.group(text) if own < binding else text

    def _written(self, node: Node) -> tuple[str, int]:
        style = self.style
        op = node.op
        if op in LEAVES:
            return LEAVES[op](self, node), ATOM
        if op == "add" and ZERO in (zeros := [self.text(arg) for arg in node.args]):
            return zeros[zeros[0] == ZERO], ATOM
        if op == "multiply" and any(a.op == "constant" and not np.any(a.data) for a in node.args):
            return ZERO, ATOM
        if op in ("add", "subtract"):
            sign = "+" if op == "add" else style["minus"]
            right = self.text(node.args[1], SUM if op == "add" else PRODUCT)
            return f"{self.text(node.args[0])} {sign} {right}", SUM
        if op == "negative":
            return f"{style['minus']}{self.text(node.args[0], PRODUCT)}", SUM
        if op == "multiply":
            return style["times"].join(self.text(arg, PRODUCT) for arg in node.args), PRODUCT
        if op == "divide":
            inner = (SUM, SUM) if style.latex else (PRODUCT, POWER)
            parts = (self.text(arg, low) for arg, low in zip(node.args, inner, strict=True))
            return style.fraction(*parts), ATOM if style.latex else PRODUCT
        if op == "power":
            base = self.text(node.args[0], ATOM)
            exponent = self.text(node.args[1])
            return f"{base}^{{{exponent}}}" if style.latex else f"{base}^({exponent})", POWER
        if op == "remainder":
            sign = r"\bmod" if style.latex else "mod"
            return (
                f"{self.text(node.args[0], PRODUCT)} {sign} {self.text(node.args[1], POWER)}",
                SUM,
            )
        if op in SIGNS:
            sign = (
                {"≤": r"\le", "≥": r"\ge"}.get(SIGNS[op], SIGNS[op]) if style.latex else SIGNS[op]
            )
            return f"{self.text(node.args[0])} {sign} {self.text(node.args[1])}", SUM
        return self._function(node), ATOM

    def _function(self, node: Node) -> str:
        style = self.style
        args = [self.text(arg) for arg in node.args]
        if node.op == "where":
            return self._where(node)
        if node.op == "norm":
            return rf"\left\lVert {args[0]} \right\rVert" if style.latex else f"‖{args[0]}‖"
        if node.op == "absolute":
            return rf"\left\lvert {args[0]} \right\rvert" if style.latex else f"|{args[0]}|"
        if node.op == "dot":
            return (
                rf"\langle {args[0]}, {args[1]} \rangle"
                if style.latex
                else f"⟨{args[0]}, {args[1]}⟩"
            )
        if node.op == "sqrt":
            return rf"\sqrt{{{args[0]}}}" if style.latex else f"√({args[0]})"
        name = {"minimum": "min", "maximum": "max"}.get(node.op, node.op)
        known = name in ("min", "max", "exp", "log")
        head = f"\\{name}" if known else rf"\mathrm{{{name}}}"
        return style.call(head if style.latex else name, ", ".join(args))

    def _where(self, node: Node) -> str:
        condition, first, second = node.args
        a, b = self.text(first), self.text(second)
        if condition.op == "coin" and condition not in self.names:
            p = self.text(condition.args[0])
            words = (
                rf"\text{{with probability }} {p}" if self.style.latex else f"with probability {p}"
            )
        else:
            words = ("" if self.style.latex else "if ") + self.text(condition)
        if self.style.latex:
            rows = rf"{a} & {words} \\ {b} & \text{{otherwise}}"
            return rf"\begin{{cases}} {rows} \end{{cases}}"
        return f"{{{a} {words}, otherwise {b}}}"

    def gradient(self, node: Node) -> str:
        """A gradient at a point, with its sample and its batch."""
        call: Call = node.data[0]
        style = self.style
        point = self.text(node.args[0])
        seen = oracle(call, self.role)
        if not seen:
            return ZERO
        one = call.component is not None or node.op == "each" or self._of_client(call)
        kind = seen if not one else f"{seen}_{{i}}" if style.latex else f"{seen}_i"
        if not call.noisy:
            return style.call(style["gradient"] + kind, point)
        sampled = f"g_{{{kind}}}" if style.latex and one else f"g_{kind}"
        if call.batch is not None:
            batch = self.text(call.batch)
            word = rf"{batch}\text{{ samples}}" if style.latex else f"{batch} samples"
            return style.call(sampled, f"{point}; {word}")
        if call.points > 1 or self.several:
            number = str(call.number + 1) if self.several else ""
            index = f"_{{{number}}}" if style.latex and number else number.translate(SUBSCRIPTS)
            return style.call(sampled, f"{point}; {style['sample']}{index}")
        return style.call(sampled, point)

    def _of_client(self, call: Call) -> bool:
        """Whether the oracle is that of one client: f is the same for all."""
        return self.program.clients is not None and call.hook in AT_CLIENTS and call.kind != "f"

    def proximal(self, node: Node) -> str:
        """A proximal step of a client's helper."""
        point, gamma = self.text(node.args[0]), self.text(node.args[1], PRODUCT)
        if self.style.latex:
            return self.style.call(rf"\mathrm{{prox}}_{{{gamma}\,h_{{i}}}}", point)
        return self.style.call("prox", f"{point}; {gamma} h_i")


def _constant(writer: Writer, node: Node) -> str:
    if isinstance(node.data, np.ndarray):
        return "D"
    return writer.style.number(node.data)


def _variable(writer: Writer, node: Node) -> str:
    """A variable; of a message the server has the mean."""
    name = writer.style.name(node.data)
    inputs = inputs_of(writer.program, writer.hook.name)
    if not any(slot.kind in MESSAGES and slot.name == node.data for slot in inputs):
        return name
    return writer.style.call(r"\mathrm{mean}" if writer.style.latex else "mean", name)


def _entry(writer: Writer, node: Node) -> str:
    return writer.style.name(node.args[0].data if node.args[0].op == "table" else "g_i")


def _mean(writer: Writer, node: Node) -> str:
    return writer.style.call(
        "mean" if not writer.style.latex else r"\mathrm{mean}", writer.text(node.args[0])
    )


def _choice(writer: Writer, node: Node) -> str:
    if node.op == "coin":
        return writer.style.call(
            "coin" if not writer.style.latex else r"\mathrm{coin}", writer.text(node.args[0])
        )
    return "i"


LEAVES: Mapping[str, Callable[[Writer, Node], str]] = {
    "state": _variable,
    "table": lambda writer, node: writer.style.name(node.data),
    "parameter": lambda writer, node: writer.style.name(node.data),
    "setting": lambda writer, node: node.data,
    "constant": _constant,
    "gradient": lambda writer, node: writer.gradient(node),
    "each": lambda writer, node: writer.gradient(node),
    "prox": lambda writer, node: writer.proximal(node),
    "entry": _entry,
    "mean": _mean,
    "put": lambda writer, node: f"{writer.text(node.args[0])}[i := {writer.text(node.args[2])}]",
    "coin": _choice,
    "pick": _choice,
    "subset": _choice,
}


def oracle(call: Call, role: HelperRole) -> str:
    """The oracle that a call sees with the method's helper: "f", "h" or "r"; empty for 0."""
    return {"h": role.h("h", "f", ""), "r": role.r("r", "f", ""), "f": "f"}[call.kind]


def pseudocode(method: ReadMethod) -> str:
    """The method in Unicode, one line for each hook.

    Args:
        method: the method.

    Returns:
        The text.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.methods.pseudocode import pseudocode
        >>> print(pseudocode(at.methods.AuxMOM))
        start              m ← g_r(x; B samples)
        each later round   m ← (1 − a) m + a g_r(x)
        K times            x ← x − η (g_h(x) + m)
    """
    rows = list(_rows(method, Style(latex=False)))
    width = max(len(title) for title, _ in rows) + 3
    return "\n".join(f"{title.ljust(width)}{';  '.join(lines)}" for title, lines in rows)


def latex(method: ReadMethod) -> str:
    r"""The method in LaTeX, an `aligned` environment for math mode.

    Args:
        method: the method.

    Returns:
        The code, without dollar signs.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.methods.pseudocode import latex
        >>> print(latex(at.methods.Naive))
        \begin{aligned}
        &K\text{ times:} && x \gets x - \eta\,g_h\left(x\right)
        \end{aligned}
    """
    rows = [
        rf"&{_title(title)} && " + r" \\ &&& ".join(lines)
        for title, lines in _rows(method, Style(latex=True))
    ]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(rows), r"\end{aligned}"])


def _title(title: str) -> str:
    """The title of a hook in LaTeX; K is a symbol there."""
    repeated = title.startswith(TITLES["step"])
    return rf"K\text{{{title[1:]}:}}" if repeated else rf"\text{{{title}:}}"


def _rows(method: ReadMethod, style: Style) -> Iterator[tuple[str, list[str]]]:
    known = TITLES if method.program.clients is None else titles(method.program)
    for name, hook in method.program.hooks.items():
        lines = list(Writer(method, hook, style).lines())
        choices = [choice for choice in hook.choices if choice.kind != "coin"]
        drawn = ["i uniform" if c.kind == "pick" else f"i: a subset of {c.size}" for c in choices]
        if lines or name in ("step", "local"):
            texts = [rf"\text{{{text}}}" if style.latex else text for text in drawn]
            yield known[name], [*texts, *lines]


def calls(method: ReadMethod) -> tuple[Mapping[str, Any], ...]:
    """The oracle calls of a method, a row for each call.

    Args:
        method: the method.

    Returns:
        Rows of hook, oracle, points, sample, times.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.methods.pseudocode import calls
        >>> [(row["hook"], row["oracle"], row["points"]) for row in calls(at.methods.AuxMVR)]
        [('start', 'r', 1), ('refresh', 'r', 2), ('step', 'h', 1)]
    """
    often = {"start": "once", "refresh": "T − 1", "step": "K T", "finish": "T"}
    if method.program.clients is not None:
        often = times(method.program)
    rows = []
    for call in method.program.calls:
        hook = method.program.hooks[call.hook]
        batch = (
            None
            if call.batch is None
            else Writer(method, hook, Style(latex=False)).text(call.batch)
        )
        sample = (
            "of components"
            if call.component is not None
            else "proximal step"
            if call.proximal
            else "exact"
            if call.exact
            else "one sample"
            if batch is None
            else f"mean of {batch}"
        )
        rows.append(
            {
                "hook": call.hook,
                "oracle": oracle(call, method.role) or "0",
                "points": call.points,
                "sample": sample,
                "times": often[call.hook],
            }
        )
    return tuple(rows)
