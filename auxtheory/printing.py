"""Printing of values: in a terminal, with long arrays shortened and long lines wrapped; in IPython
and Hypothesis, as the code that creates them. `columns` prints tables.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

WIDTH = 80  # columns of a printed line where there is no terminal, or a narrower one
WIDEST = 120  # columns of a printed line in a wider terminal
LONGEST = 120  # characters of a value in a table
FEW = 8  # numbers of an array that are printed whole
SHORT = 8  # characters of a number that a shortened list shows as it is
ROWS = 12  # rows of a long table printed at each end, and of notable ones in between
INNERMOST = re.compile(r"\[([^\[\]]*)\]")
KEPT = re.compile("\0(\\d+)\1")


def screen() -> int:
    """The columns of a printed line: those of the terminal that shows standard output, within
    limits; `WIDTH` in a file, a pipe or a notebook, where the output is then always the same."""
    try:
        if not sys.stdout.isatty():
            return WIDTH
    except (AttributeError, ValueError):  # there is no standard output, or it is closed
        return WIDTH
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH), WIDEST)


def brief(value: Any) -> str:
    """The repr (of a text: the text) with long lists shortened: `[1.0, 0.99, …, 0.001] (1,000
    values)`."""
    text = value if isinstance(value, str) else repr(value)
    parts: list[str] = []

    def kept(match: re.Match[str]) -> str:
        parts.append(_ends(match[1]))
        return f"\0{len(parts) - 1}\1"

    while (shorter := INNERMOST.sub(kept, text)) != text:
        text = shorter
    while KEPT.search(text):
        text = KEPT.sub(lambda match: parts[int(match[1])], text)
    return text


def described(value: Any) -> str:
    """The `str` of a value whose repr is code: the code, shortened and wrapped to the width of a
    screen."""
    return wrapped(brief(value))


def _ends(inside: str) -> str:
    """The text between two brackets, in brackets; only its first and last entries if it is long."""
    items = inside.split(",") if inside.count(",") >= FEW else []
    if len(items) <= FEW:
        return f"[{inside}]"
    if "\0" in inside:  # lists themselves
        return f"[{items[0].strip()}, …] ({len(items):,} values)"
    first, second, last = (_six_digits(items[i].strip()) for i in (0, 1, -1))
    return f"[{first}, {second}, …, {last}] ({len(items):,} values)"


def _six_digits(text: str) -> str:
    try:
        return text if len(text) <= SHORT else f"{float(text):.6g}"
    except ValueError:
        return text


def numbers(values: Any) -> str:
    """A number to six digits; an array as its range."""
    array = np.asarray(values, dtype=float)
    if array.ndim == 0 or array.size == 1:
        return number(array.reshape(()).item())
    low = number(float(np.min(array)))
    high = number(float(np.max(array)))
    return (
        f"{low} … {high} ({array.size:,} values)"
        if low != high
        else f"{low} ({array.size:,} times)"
    )


def listed(values: Sequence[Any]) -> str:
    """Numbers or texts separated by commas; of many only the first and the last."""
    texts = [value if isinstance(value, str) else number(value) for value in values]
    if len(texts) <= FEW:
        return ", ".join(texts)
    return f"{texts[0]}, {texts[1]}, …, {texts[-1]} ({len(texts):,} values)"


def number(value: Any) -> str:
    """A number to six digits; whole numbers in full."""
    if isinstance(value, int | np.integer):
        return str(value)
    return (
        "–"
        if np.isnan(value)
        else ("−∞" if value < 0 else "∞")
        if np.isinf(value)
        else f"{value:.6g}"
    )


def shown(value: Any) -> str:
    """A cell of a table: four digits of a float."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool | str) or value is None:
        return "" if value is None else " ".join(str(value).splitlines())
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, float):
        return cut(brief(value), LONGEST)
    return f"{value:.4g}" if np.isfinite(value) else number(value)


def cut(text: str, width: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def wrapped(text: str, width: int | None = None, indent: str = "  ") -> str:
    """Each line of a text broken at spaces, though not around a sign of equality nor, as far as
    that is possible, within parentheses; and indented from its second line on."""
    width = screen() if width is None else width
    lines = []
    for line in text.splitlines():
        text = line.lstrip(" ")
        start = line[: len(line) - len(text)]
        then = start + indent
        for part in _broken(_glued(text.replace(" = ", "\xa0=\xa0")), width, start, then):
            if len(part) > width:
                text = part.lstrip(" ")
                own = part[: len(part) - len(text)]
                loose = text.replace("\xa0", " ").replace(" = ", "\xa0=\xa0")
                lines += _broken(loose, width, own, then)
            else:
                lines.append(part)
    return "\n".join(lines).replace("\xa0", " ")


def _broken(text: str, width: int, first: str, then: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def _glued(line: str) -> str:
    """The line with its spaces in parentheses replaced by ones at which it is not broken."""
    depth = 0
    glued = []
    for character in line:
        depth += {"(": 1, ")": -1}.get(character, 0)
        glued.append("\xa0" if character == " " and depth > 0 else character)
    return "".join(glued)


def ends(size: int, rows: int = ROWS, more: Iterable[int] = ()) -> list[int]:
    """The indices of the rows to print: all of a short table; of a long one those at both ends and
    the first few of `more`."""
    if size <= 2 * rows:
        return list(range(size))
    among = [i for i, _ in zip(more, range(rows), strict=False)]
    return sorted({*range(rows), *range(size - rows, size), *among})


class AsRepr:
    """The value's repr, for a class to take as its `_repr_pretty_`: without it the fields of a
    dataclass are printed.

    Hypothesis calls it as (printer, cycle), on a class itself too; IPython calls that of the class
    as (value, printer, cycle).
    """

    def __get__(self, value: Any, kind: type) -> Callable[..., None]:
        def show(*args: Any) -> None:
            *first, printer, _ = args
            subject = first[0] if first else value
            printer.text(
                f"{kind.__module__}.{kind.__qualname__}" if subject is None else repr(subject)
            )

        return show


as_repr = AsRepr()


def as_call(name: str, values: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """The call with these arguments, arrays as lists, without arguments that are None, empty or
    equal to their default.
    """

    def default(argument: str, value: Any) -> bool:
        return (
            value is None
            or (isinstance(value, Mapping) and not value)
            or (np.ndim(value) == 0 and value == defaults.get(argument))
        )

    def text(value: Any) -> str:
        return repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)

    return f"{name}({', '.join(f'{n}={text(v)}' for n, v in values.items() if not default(n, v))})"


def read_number(text: str) -> Any:
    """A number or, if the text is not one, the text itself, so that all bad values can be reported
    at once."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
