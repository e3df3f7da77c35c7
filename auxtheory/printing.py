"""Printing of values: in a terminal, with long arrays shortened, long lines wrapped and tables no
wider than the screen; in IPython and Hypothesis, as the code that creates them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

WIDTH = 120  # columns of a printed line
FEW = 8  # numbers of an array that are printed whole
NARROWEST = 16  # columns to which a text may be cut in a table
ROWS = 12  # rows of a long table printed at each end, and of notable ones in between
INNERMOST = re.compile(r"\[([^\[\]]*)\]")
KEPT = re.compile("\0(\\d+)\1")
Row = Mapping[str, Any]


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
        return text if len(text) <= NARROWEST // 2 else f"{float(text):.6g}"
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
        return cut(brief(value), WIDTH)
    return f"{value:.4g}" if np.isfinite(value) else number(value)


def cut(text: str, width: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def wrapped(text: str, width: int = WIDTH, indent: str = "  ") -> str:
    """Each line of a text broken at spaces, though not around a sign of equality nor, as far as
    that is possible, within parentheses; and indented from its second line on."""
    lines = []
    for line in text.splitlines():
        start = line[: len(line) - len(line.lstrip())]
        for part in _broken(_glued(line.replace(" = ", "\xa0=\xa0")), width, "", start + indent):
            if len(part) > width:
                lines += _broken(
                    part.replace("\xa0", " ").replace(" = ", "\xa0=\xa0"), width, "", start + indent
                )
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


def table(
    rows: Sequence[Row],
    columns: Sequence[str],
    *,
    size: int | None = None,
    places: Sequence[int] | None = None,
    same: Collection[str] | None = None,
    width: int = WIDTH,
) -> str:
    """Rows under a line of column names, wrapped to a width: constant columns go to a line above,
    texts are cut, and columns that still do not fit follow below, each part with the first column.

    size, places: the number of all rows and the indices of these, gaps being marked; same: the
    columns that are constant over all rows, by default judged from these rows; never a last column
    `status`.
    """
    cells = {name: [shown(row.get(name, "")) for row in rows] for name in columns}
    right = {
        n
        for n in columns
        if all(isinstance(row.get(n, 0.0), int | float | np.number) for row in rows)
    }
    if not columns:
        return ""
    if same is None:
        same = [name for name in columns if len(set(cells[name])) == 1]
    above = _moved(
        cells,
        [name for name in same if name in cells and name not in ("status", columns[0])],
        width,
    )
    _narrowed(cells, right, width)
    places = range(len(rows)) if places is None else places
    size = len(rows) if size is None else size
    parts = [
        _lines({name: cells[name] for name in part}, right, places, size)
        for part in _parts(cells, width)
    ]
    return "\n".join([*above, "\n\n".join("\n".join(lines) for lines in parts)])


def _widths(cells: Mapping[str, Sequence[str]]) -> dict[str, int]:
    return {name: max(map(len, (name, *texts))) for name, texts in cells.items()}


def _total(cells: Mapping[str, Sequence[str]]) -> int:
    return sum(_widths(cells).values()) + 2 * (len(cells) - 1)


def _moved(cells: dict[str, list[str]], same: Sequence[str], width: int) -> list[str]:
    """Move constant columns, the widest first, to the line above the table until the rest fits."""
    taken: list[str] = []
    order = list(cells)
    many = any(len(texts) > 1 for texts in cells.values())
    for name in sorted(same, key=lambda name: -_widths(cells)[name]):
        if _total(cells) <= width:
            break
        if cells[name]:
            taken.append(name)
            value = cut(cells.pop(name)[0], width - len(name) - 30)
            order[order.index(name)] = f"{name} = {value}"
    texts = [text for text in order if text not in cells]
    return [wrapped(("in all rows: " if many else "") + ", ".join(texts), width)] if taken else []


def _narrowed(cells: dict[str, list[str]], right: Collection[str], width: int) -> None:
    """Cut texts, the widest first, until the rest fits."""
    for _ in range(len(cells)):
        excess = _total(cells) - width
        widths = _widths(cells)
        texts = [
            n
            for n in cells
            if n not in right and n != "status" and widths[n] > max(NARROWEST, len(n))
        ]
        if excess <= 0 or not texts:
            return
        widest = max(texts, key=lambda name: widths[name])
        room = max(widths[widest] - excess, NARROWEST, len(widest))
        cells[widest] = [cut(text, room) for text in cells[widest]]


def _parts(cells: Mapping[str, Sequence[str]], width: int) -> list[list[str]]:
    """The columns in parts that fit, each beginning with the first column."""
    widths = _widths(cells)
    first = next(iter(cells), "")
    parts: list[list[str]] = [[]]
    for name in cells:
        used = sum(widths[other] + 2 for other in parts[-1])
        if used + widths[name] > width and len(parts[-1]) > 1:
            parts.append([first])
        parts[-1].append(name)
    return parts


def _lines(
    cells: Mapping[str, Sequence[str]], right: Collection[str], places: Sequence[int], size: int
) -> list[str]:
    """The names and the rows, with a line for each gap."""
    widths = _widths(cells)

    def line(texts: Sequence[str]) -> str:
        pairs = zip(widths.items(), texts, strict=True)
        return "  ".join(t.rjust(w) if n in right else t.ljust(w) for (n, w), t in pairs).rstrip()

    lines = [line(list(cells))]
    before = -1
    for place, texts in zip(places, zip(*cells.values(), strict=True), strict=True):
        if place > before + 1:
            lines.append(_gap(place - before - 1))
        lines.append(line(texts))
        before = place
    return [*lines, _gap(size - before - 1)] if size > before + 1 else lines


def _gap(count: int) -> str:
    return f"… {count:,} more row{'s' if count > 1 else ''} …"


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
