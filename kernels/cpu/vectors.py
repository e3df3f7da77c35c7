"""Lines for one coordinate, run once on vectors of coordinates, which writes the instructions of a
pass over a tile.

Each operation is one instruction, rounded as NumPy rounds it: a product and a sum are not fused, so
that trajectories are those of the engine `numpy` bit for bit, but for third powers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.extending import lower_builtin, type_callable

from auxtheory.kernels.cpu.traced import AS_WIDE, TYPES, Rows, Traced, called, constant, spread

# Coordinates a vector: two of the widest registers of a processor, since 32 registers of 512 bits
# hold seven such vectors and what is computed of them.
LANES = 16 if AS_WIDE else 8
COMPARISONS = {
    np.less: "<",
    np.less_equal: "<=",
    np.greater: ">",
    np.greater_equal: ">=",
    np.equal: "==",
    np.not_equal: "!=",
}
OF_LLVM = {np.absolute: "fabs", np.minimum: "minimum", np.maximum: "maximum", np.sqrt: "sqrt"}
# Of a user's gradient; NumPy's third power is another rounding.
LARGEST_POWER = 3


# What would be answered of a vector instead of a number.
QUESTIONS = {"isinstance", "hasattr", "getattr", "type", "callable"}


class Coordinates(Traced):
    """Numbers of coordinates in vector registers: float64, or the truth of a comparison."""

    def __bool__(self) -> bool:
        raise TypeError("a branch is not the same for all coordinates")

    __hash__ = None  # type: ignore[assignment]

    def like(self, value: Any) -> Any:
        """The vector of float64 of another operand."""
        if isinstance(value, Coordinates) and value.kind is np.bool_:
            return value.where(1.0, 0.0).value
        if isinstance(value, Traced):
            return value.astype(np.float64).value if value.kind is np.float32 else value.value
        return constant(value, np.uint64 if self.kind is np.uint64 else np.float64, LANES)

    def where(self, yes: Any, no: Any) -> Coordinates:
        """One value where this comparison holds, another elsewhere."""
        number = Coordinates(self.builder, None, np.float64)
        chosen = self.builder.select(self.value, number.like(yes), number.like(no))
        return Coordinates(self.builder, chosen, np.float64)

    def __array_ufunc__(self, function: Any, method: str, *args: Any, **kwargs: Any) -> Traced:
        """The value of an operation of NumPy, which also operators call."""
        if method != "__call__" or {*kwargs} - {"out"}:
            raise TypeError("this operation has no vector form")
        b = self.builder
        if np.uint64 in (getattr(arg, "kind", None) for arg in args):
            return super().__array_ufunc__(function, method, *args, **kwargs)
        if function is np.power:
            return self._power(*args)
        vectors = [Coordinates(b, None, np.float64).like(arg) for arg in args]
        number = Coordinates(b, vectors[0], np.float64)
        if function in COMPARISONS:
            ordered = b.fcmp_unordered if function is np.not_equal else b.fcmp_ordered
            return number.made(ordered(COMPARISONS[function], *vectors), np.bool_)
        if function is np.negative:
            return number.made(b.fneg(vectors[0]))
        if function is np.sign:
            above, below = number > 0.0, number < 0.0
            return where(above, 1.0, where(below, -1.0, where(number == 0.0, 0.0, number)))
        if function in OF_LLVM:
            return number.made(called(b, OF_LLVM[function], *vectors))
        return super(Coordinates, number).__array_ufunc__(
            function, method, *(number.made(vector) for vector in vectors)
        )

    def _power(self, base: Any, exponent: Any) -> Any:
        """A small whole power."""
        if isinstance(exponent, Traced) or exponent not in range(1, LARGEST_POWER + 1):
            raise TypeError("this power has no vector form")
        result = base
        for _ in range(int(exponent) - 1):
            result = result * base
        return result


def where(condition: Any, yes: Any, no: Any) -> Any:
    """One value where a comparison holds, another elsewhere."""
    if isinstance(condition, Coordinates):
        return condition.where(yes, no)
    return yes if condition else no


def signed(row: Any, here: Any) -> Any:
    """±1 for the bits of a row of samples at the current coordinates."""
    return row.signs(here)


def rounded(x: Any) -> Any:
    """x as a tile of float32 holds it."""
    if isinstance(x, Traced):
        return x.astype(np.float32).astype(np.float64)
    return float(np.float32(x))


class _Here:
    """The index of the current coordinates, in a row after another."""

    def __init__(self, index: Any, offset: int = 0) -> None:
        self.index = index
        self.offset = offset

    def __radd__(self, offset: int) -> _Here:
        return _Here(self.index, self.offset + offset)


class _Row:
    """An array whose numbers at the current coordinates are read and written as float64."""

    def __init__(self, rows: Rows, number: int) -> None:
        self.rows = rows
        self.number = number

    def __getitem__(self, here: _Here) -> Coordinates:
        loaded = self.rows.load(self.number, here.index, here.offset, LANES)
        return Coordinates(loaded.builder, loaded.astype(np.float64).value, np.float64)

    def signs(self, here: _Here) -> Coordinates:
        """±1 for the bits at the current coordinates, which stand packed."""
        minus = self.rows.bits(self.number, here.index, here.offset, LANES)
        return Coordinates(self.rows.builder, minus, np.bool_).where(-1.0, 1.0)

    def __setitem__(self, here: _Here, value: Any) -> None:
        vector = Coordinates(self.rows.builder, None, np.float64).like(value)
        number = Traced(self.rows.builder, vector, np.float64)
        self.rows.store(self.number, here.index, number, here.offset)


# Numba has no types for these.
_lowered: Any = lower_builtin
_any_arguments: Any = types.VarArg(types.Any)  # type: ignore[no-untyped-call]


def vectors(lines: Callable[..., None]) -> Callable[..., None]:
    """Let compiled loops call a function of (v, s, i, numbers …), which computes coordinate i of
    rows of v from these, from rows of samples s and from numbers, on LANES coordinates from i on;
    return it."""
    arguments = signature(lines)

    # A plain function with a registered compiled form: an intrinsic that a generated function
    # names has another cache key in every process.
    @type_callable(lines)
    def typed(context: Any) -> Any:
        def of_arguments(v: Any, s: Any, i: Any, *numbers: Any) -> Any:
            return types.void(v, s, types.intp, *[types.float64] * len(numbers))

        # Numba reads the number of arguments from this.
        of_arguments.__signature__ = arguments  # type: ignore[attr-defined]
        return of_arguments

    @_lowered(lines, _any_arguments)  # type: ignore[untyped-decorator]
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rows = Rows(context, builder, signature.args[:2], args[:2])
        run(lines, builder, rows, args[2], args[3:])
        return context.get_dummy_value()

    return lines


def run(lines: Callable[..., Any], builder: Any, rows: Rows, index: Any, numbers: Any) -> None:
    """Write the instructions of lines at LANES coordinates from an index on."""
    alike = [
        Coordinates(builder, spread(builder, number, TYPES[np.float64], LANES), np.float64)
        for number in numbers
    ]
    lines(_Row(rows, 0), _Row(rows, 1), _Here(index), *alike)


@cache
def has_vector_form(function: Callable[..., Any], arguments: int) -> bool:
    """Whether a function of numbers can be run on vectors: without branches or questions about
    types, with operations that have an instruction, and the same each time, since it is run once
    for all coordinates."""
    code = function.__code__
    if getattr(code, "co_exceptiontable", b"") or QUESTIONS & {*code.co_names}:
        return False
    try:
        return _instructions(function, arguments) == _instructions(function, arguments)
    # A user's function may raise anything where it does not expect a vector.
    except Exception:
        return False


def _instructions(function: Callable[..., Any], arguments: int) -> str:
    """What a function of numbers writes."""
    kind = ir.VectorType(ir.DoubleType(), LANES)
    scratch = ir.Function(ir.Module(), ir.FunctionType(kind, [kind] * arguments), "scratch")
    builder = ir.IRBuilder(scratch.append_basic_block())
    result = function(*(Coordinates(builder, arg, np.float64) for arg in scratch.args))
    builder.ret(Coordinates(builder, None, np.float64).like(result))
    return str(scratch)
