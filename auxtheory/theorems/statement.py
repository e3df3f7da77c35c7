r"""The statement of a theorem as texts and displayed formulas, and as LaTeX code."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from auxtheory.bounds.black_box import BlackBox
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.bounds.posynomial import Condition, Posynomial
from auxtheory.bounds.tree import Code, Letter, Number, Relation
from auxtheory.bounds.typeset import SIGNS, latex
from auxtheory.latex import ascii_code, escaped, word
from auxtheory.theorems.definition import statement_of, with_label
from auxtheory.theorems.layout import LINE, display, relation
from auxtheory.theorems.meanings import (
    LAMBDA,
    RUN,
    assumed,
    bounded,
    difference,
    iterates,
    symbol_of,
)
from auxtheory.theorems.measured import measure_name, measure_of
from auxtheory.theorems.rule import ROUND_NAME, Rule, rule_of

# The longest list of conditions that stands on one line, in characters of LaTeX.
ONE_LINE = 90
# A Greek symbol in the words of a case, alone or compared with a number: σ_r > 0.
RELATION = re.compile(r"([\u0370-\u03ff](?:_\w)?)(?: ([<>≤≥=]) ([\d.]+))?")
NONNEGATIVE = frozenset(name for name, row in GLOSSARY.items() if row.low == 0)


@dataclass(frozen=True)
class Text:
    """A sentence, with formulas between dollars."""

    text: str


@dataclass(frozen=True)
class Display:
    """A displayed formula, in LaTeX."""

    formula: str


@dataclass(frozen=True)
class Source:
    """Python code."""

    code: str


Part = Text | Display | Source


def statement(theorem: Any, room: float = LINE) -> tuple[Part, ...]:
    """The statement of a theorem: setting, method, conditions, bound, bounds at the prescribed
    steps, and source.

    Args:
        theorem: the theorem.
        room: the width at which long formulas are broken, in digits.

    Returns:
        The parts, in order.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory.theorems.statement import statement
        >>> [part.formula for part in statement(at.theorems.SGD()) if hasattr(part, "formula")][1]
        'L \\eta \\le 1, \\qquad K = 1'
    """
    parts = [*_setting(theorem), *_claim(theorem, room), *_prescribed(theorem, room)]
    if source := _source(theorem):
        parts.append(Text(f"Source: {_dollars(source)}."))
    return tuple(parts)


def to_latex(theorem: Any) -> str:
    """The statement as an environment `theorem` of amsthm.

    Args:
        theorem: the theorem.

    Returns:
        The code.
    """
    title = escaped(with_label(theorem))
    title = f"{{{title}}}" if set(title) & set("[]") else title
    label = re.sub(r"[^A-Za-z0-9]+", "-", theorem.label).strip("-") or "theorem"
    lines = [rf"\begin{{theorem}}[{title}]\label{{thm:{label}}}"]
    for part in statement(theorem):
        if isinstance(part, Text):
            lines.append(textwrap.fill(_in_latex(part.text), 96, break_long_words=False))
        elif isinstance(part, Display):
            lines += [r"\[", textwrap.indent(part.formula, "  "), r"\]"]
        else:
            lines += [r"\begin{verbatim}", ascii_code(part.code).strip("\n"), r"\end{verbatim}"]
    return "\n".join([*lines, r"\end{theorem}"])


def formula(theorem: Any) -> str:
    """The conditions and bounds as one formula, for a notebook.

    Args:
        theorem: the theorem.

    Returns:
        The code, without dollar signs.
    """
    rows = [rf"&\textbf{{{escaped(with_label(theorem))}}}"]
    for part in _claim(theorem, LINE) + _prescribed(theorem, LINE):
        # What G is would be one long line.
        if isinstance(part, Text) and not part.text.startswith("where"):
            rows.append(rf"&\text{{{_in_latex(part.text)}}}")
        elif isinstance(part, Display):
            rows.append(rf"&\quad {part.formula}")
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(rows), r"\end{aligned}"])


def _in_latex(text: str) -> str:
    """A sentence: what stands outside dollars is escaped."""
    pieces = re.split(r"(\$[^$]*\$)", text)
    return "".join(piece if piece.startswith("$") else _spaced(piece) for piece in pieces if piece)


def _spaced(piece: str) -> str:
    """A text with its outer spaces, which separate it from formulas."""
    inner = piece.strip()
    if not inner:
        return piece
    start, _, end = piece.partition(inner)
    return start + escaped(inner) + end


def _dollars(text: str) -> str:
    """A text of a user, in which a dollar is no sign of a formula."""
    return text.replace("$", "USD ")


def _setting(theorem: Any) -> list[Part]:
    """The assumptions on f and h, and the method."""
    names = symbols_in(theorem)
    first = [difference(theorem, names), *assumed(theorem, names)]
    listed = "; ".join(filter(None, first))
    parts: list[Part] = [Text(f"Assumptions: {listed}.")] if listed else []
    sigmas = [name for name in ("sigma_f", "sigma_h", "sigma_r") if name in names]
    if sigmas and theorem.variance == "mean":
        shown = " and ".join(f"${symbol_of(name)}^{{2}}$" for name in sigmas)
        mean = "means" if len(sigmas) > 1 else "the mean"
        parts.append(Text(f"Where the noise depends on $x$, {shown} may be {mean} over the run."))
    parts.append(Text(f"A run of {_dollars(theorem.method.name)} has {_lengths(theorem)}:"))
    parts.append(Display(theorem.method.to_latex()))
    return parts


def _lengths(theorem: Any) -> str:
    method = theorem.method
    steps = "$T$ rounds" + ("" if method.single_step else " of $K$ steps")
    more = []
    units = method.parameter_units
    for name, unit in sorted(units.items(), key=lambda item: item[0] != "eta"):
        length = name == "eta" and unit == GLOSSARY["eta_x"].unit
        more.append(RUN.get("eta_x" if length else name, f"parameter ${symbol_of(name)}$"))
    if any(node.op == "setting" and node.data == "B" for node in _nodes(method)):
        more.append(r"a first batch of $B$ samples ($B = \infty$: exact)")
    if not more:
        return steps
    return f"{steps}, " + (more[0] if len(more) == 1 else f"{', '.join(more[:-1])} and {more[-1]}")


def _nodes(method: Any) -> Iterator[Any]:
    for hook in method.program.hooks.values():
        yield from hook.nodes
        for call in hook.calls:
            if call.batch is not None:
                yield call.batch


def symbols_in(theorem: Any) -> frozenset[str]:
    """The names of all symbols in the formulas of a theorem, and those of the noises that its
    method meets."""
    bounds = [theorem.bound, *(each.bound for each in theorem.corollaries)]
    formulas = [*theorem.assumptions, *theorem.step_range]
    formulas += [bound for bound in bounds if isinstance(bound, Posynomial)]
    names = frozenset[str]().union(*(each.names for each in formulas))
    return names | {symbol.name for symbol in theorem.__symbols__}


def _claim(theorem: Any, room: float) -> list[Part]:
    """The conditions, and the bound in the range."""
    parts: list[Part] = []
    in_range = "theorem" in theorem.regimes
    conditions = [*theorem.assumptions, *(theorem.step_range if in_range else ())]
    if conditions:
        parts += [Text("If"), Display(_listed(conditions, room))]
    if not in_range:
        return parts
    parts.append(Text("then" if conditions else "Then"))
    left = _left(theorem)
    parts += _bound(left, theorem.bound, room)
    return parts + _where(theorem, _all_of([theorem.bound, *conditions]))


def _where(theorem: Any, names: frozenset[str]) -> list[Part]:
    """What the measure and λ_K are."""
    measure = measure_of(theorem)
    sentences = []
    if measure_name(theorem) == "G":
        sentences.append(f"$G={bounded(measure)}$ and {iterates(measure)}")
    elif measure.over != "last":
        sentences.append(iterates(measure))
    if "lambda_K" in names:
        sentences.append(LAMBDA)
    return [Text(f"where {'; '.join(sentences)}.")] if sentences else []


def _all_of(formulas: Iterable[Any]) -> frozenset[str]:
    known = (each.names for each in formulas if isinstance(each, Posynomial | Condition))
    return frozenset[str]().union(*known)


def _left(theorem: Any) -> str:
    """The left side of the bound."""
    return "G" if measure_name(theorem) == "G" else bounded(measure_of(theorem))


def _bound(left: str, bound: Any, room: float) -> list[Part]:
    parts: list[Part] = [Display(display(left, "≤", _tree(bound), room))]
    if isinstance(bound, BlackBox) and bound.number is None:
        code = _code(bound.function)
        parts += [Text("with the function"), Source(code)] if code else []
    return parts


def _tree(bound: Any) -> Any:
    if isinstance(bound, BlackBox):
        number = bound.number
        return Code(str(bound)) if number is None else Number(f"{number:.6g}")
    return bound.layout(exact=True)


def _code(function: Any) -> str:
    """The source of a function; empty if there is none."""
    try:
        return textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except (OSError, TypeError):
        return ""


def _listed(conditions: Iterable[Condition], room: float) -> str:
    shown = [_condition(each, room) for each in conditions]
    line = r", \qquad ".join(shown)
    if len(line) <= ONE_LINE and r"\begin" not in line:
        return line
    return "\\begin{gathered}\n" + " \\\\\n".join(shown) + "\n\\end{gathered}"


def _condition(condition: Condition, room: float) -> str:
    """A condition; σ ≤ 0 as σ = 0, and K ≤ 1 as K = 1."""
    tree = condition.layout(exact=True)
    left = condition.left
    (name,) = left.names if len(left.names) == 1 and left.alone is not None else ("",)
    least = {"K": "1", "T": "1"}.get(name, "0" if name in NONNEGATIVE else "")
    if condition.sign == "≤" and isinstance(tree, Relation) and tree.right == Number(least):
        tree = Relation(tree.left, "=", tree.right)
    return relation(tree, room)


def _prescribed(theorem: Any, room: float) -> list[Part]:
    """The prescribed steps, and the bounds there."""
    if "tuned" not in theorem.regimes or "step_sizes" in theorem.__derived__:
        return []
    rule = rule_of(theorem)
    left = _left(theorem)
    derived = "corollaries" in theorem.__derived__
    repeated = theorem.corollaries[0].bound is theorem.bound and "theorem" in theorem.regimes
    parts: list[Part] = _steps(theorem, rule, room)
    if derived or repeated:
        end = ", as far as they are in the range" if derived else ""
        return [*parts, Text(f"The bound holds at these steps{end}.")]
    for i, corollary in enumerate(theorem.corollaries):
        case = _case(corollary.case, "at these steps" if not i else "")
        parts += [Text(f"{case}:")] if case else []
        parts += _bound(left, corollary.bound, room)
    if "theorem" not in theorem.regimes:
        parts += _where(theorem, _all_of(each.bound for each in theorem.corollaries))
    return parts


def _steps(theorem: Any, rule: Rule | None, room: float) -> list[Part]:
    if rule is None:
        steps = inspect.getattr_static(theorem, "_steps", None) or type(theorem).step_sizes
        name = getattr(steps, "__name__", type(steps).__name__).strip("<>")
        code = _code(steps)
        head = f"The prescribed steps are those of the function ${word(name)}$"
        return [Text(f"{head}:"), Source(code)] if code else [Text(f"{head}.")]
    parts: list[Part] = []
    for case, steps in rule.items():
        parts.append(Text(f"{_case(case, 'prescribed steps')}:"))
        for name, expression in steps.items():
            tree = expression.layout(exact=True)
            node = tree if expression.terms else Number("0")
            left = symbol_of(_stepped(theorem, name))
            left += "_{t}" if ROUND_NAME in expression.names else ""
            parts.append(Display(display(left, "=", node, room)))
    return parts


def _stepped(theorem: Any, name: str) -> str:
    length = theorem.method.parameter_units.get(name) == GLOSSARY["eta_x"].unit
    return "eta_x" if name == "eta" and length else name


def _case(case: str, where: str = "") -> str:
    """A case in words: "For δ > 0"; with more words about it."""
    case = RELATION.sub(_relation, _dollars(case))
    text = ", ".join(filter(None, [where, f"for {case}" if case else ""]))
    return text[:1].upper() + text[1:]


def _relation(match: re.Match[str]) -> str:
    """A symbol in words, or its comparison with a number, as a formula."""
    glyph, sign, number = match.groups()
    symbol = latex(Letter(glyph))
    return f"${symbol}$" if sign is None else f"${symbol} {SIGNS.get(sign, sign)} {number}$"


def _source(theorem: Any) -> str:
    """The source that the docstring names."""
    text = " ".join(statement_of(type(theorem)).split())
    match = re.search(r"\bSource: (.+?)\.(?=\s+[A-Z]|\s*$)", text)
    return match[1] if match else ""
