"""Functions of numbers written as vector instructions: they are called with values that stand for a
vector of numbers, whose every operation writes its LLVM instruction.

So the functions of `philox` and `elementary` are used as they stand, with no type to infer, nothing
to inline and nothing left to a vectoriser, which takes a compiler seconds. A processor with
narrower registers takes several for each value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

from auxtheory.kernels.jit import config, known

LANE = ir.IntType(32)
# Processors since Ice Lake run registers of 512 bits without slowing down, which LLVM avoids.
FULL_WIDTH = '"prefer-vector-width"="512"'
# Also of the features that NUMBA_CPU_FEATURES names instead of the processor's.
NAMED = config.CPU_FEATURES
FEATURES = binding.get_host_cpu_features().flatten() if NAMED is None else NAMED
AS_WIDE = "+avx512vbmi2" in FEATURES.split(",")
TYPES: dict[Any, Any] = {
    np.uint64: ir.IntType(64),
    np.uint32: ir.IntType(32),
    np.float64: ir.DoubleType(),
    np.float32: ir.FloatType(),
}
OPERATIONS = {
    np.add: ("add", "fadd"),
    np.subtract: ("sub", "fsub"),
    np.multiply: ("mul", "fmul"),
    np.divide: ("", "fdiv"),
    np.bitwise_and: ("and_", ""),
    np.bitwise_or: ("or_", ""),
    np.bitwise_xor: ("xor", ""),
    np.left_shift: ("shl", ""),
    np.right_shift: ("lshr", ""),
}


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """Numbers of one type in vector registers.

    Args:
        builder: writes the instructions.
        value: the vector.
        kind: the type of a number. Words of 32 bits stay so where the functions widen them, since
            these need no more.
    """

    def __init__(self, builder: Any, value: Any, kind: Any) -> None:
        self.builder = builder
        self.value = value
        self.kind = kind

    def like(self, value: Any) -> Any:
        """The vector of another operand: a traced value of this type or a number."""
        if isinstance(value, Traced):
            assert value.kind is self.kind
            return value.value
        return constant(value, self.kind, self.value.type.count)

    def __array_ufunc__(self, function: Any, method: str, *args: Any, **kwargs: Any) -> Traced:
        """The value of an operation of NumPy, which also operators call."""
        if function is np.sqrt:
            return self.made(called(self.builder, "sqrt", self.value))
        of_integers, of_floats = OPERATIONS[function]
        name = of_floats if issubclass(self.kind, np.floating) else of_integers
        a, b = map(self.like, args)
        return self.made(getattr(self.builder, name)(a, b))

    def made(self, value: Any, kind: Any = None) -> Traced:
        """A value of the same class, by default of the same type."""
        return type(self)(self.builder, value, kind or self.kind)

    def view(self, kind: Any) -> Traced:
        """The same bits as another type."""
        vector = ir.VectorType(TYPES[kind], self.value.type.count)
        return self.made(self.builder.bitcast(self.value, vector), kind)

    def astype(self, kind: Any) -> Traced:
        """The numbers as another type; integers are below 2³¹ where they become floats."""
        vector = ir.VectorType(TYPES[kind], self.value.type.count)
        if kind is self.kind or {kind, self.kind} == {np.uint64, np.uint32}:
            return self
        if issubclass(self.kind, np.floating):
            change = self.builder.fpext if kind is np.float64 else self.builder.fptrunc
            return self.made(change(self.value, vector), kind)
        return self.made(self.builder.sitofp(self.value, vector), kind)


def constant(value: Any, kind: Any, count: int) -> Any:
    """A vector of equal numbers."""
    python = float(value) if issubclass(kind, np.floating) else int(value)
    return ir.Constant(ir.VectorType(TYPES[kind], count), [python] * count)


def called(builder: Any, function: str, *vectors: Any) -> Any:
    """A function of LLVM of vectors of one type."""
    kind = vectors[0].type
    name = f"llvm.{function}.v{kind.count}{kind.element.intrinsic_name}"
    declared = builder.module.declare_intrinsic(
        name, (), ir.FunctionType(kind, [kind] * len(vectors))
    )
    return builder.call(declared, list(vectors))


class Rows:
    """Contiguous arrays of a compiled loop, as traced functions read and write them: as numbers of
    the array's type, or of another type that its memory holds."""

    def __init__(self, context: Any, builder: Any, kinds: Any, arrays: Any) -> None:
        self.builder = builder
        self.kinds = [getattr(np, kind.dtype.name) for kind in kinds]
        self.data = [
            context.make_array(kind)(context, builder, array).data
            for kind, array in zip(kinds, arrays, strict=True)
        ]

    def _place(self, array: int, index: Any, offset: int, vector: Any) -> Any:
        b = self.builder
        numbers = b.bitcast(self.data[array], vector.element.as_pointer())
        index = b.add(index, ir.Constant(index.type, offset))
        return b.bitcast(b.gep(numbers, [index]), vector.as_pointer())

    def load(self, array: int, index: Any, offset: int, count: int, kind: Any = None) -> Traced:
        """Numbers of an array from index + offset on, both in numbers of their type."""
        kind = kind or self.kinds[array]
        vector = ir.VectorType(TYPES[kind], count)
        place = self._place(array, index, offset, vector)
        return Traced(self.builder, self.builder.load(place, align=kind().itemsize), kind)

    def bits(self, array: int, index: Any, offset: int, count: int) -> Any:
        """Truth values, of the bits that stand packed from a number at `offset` on."""
        b = self.builder
        begin = b.gep(self.data[array], [ir.Constant(index.type, offset)])
        byte = b.udiv(index, ir.Constant(index.type, 8))
        place = b.gep(b.bitcast(begin, ir.IntType(8).as_pointer()), [byte])
        word = b.load(b.bitcast(place, ir.IntType(count).as_pointer()), align=1)
        return b.bitcast(word, ir.VectorType(ir.IntType(1), count))

    def store(
        self, array: int, index: Any, value: Traced, offset: int = 0, kind: Any = None
    ) -> None:
        """Write numbers to an array from index + offset on, as its type or as another."""
        kind = kind or self.kinds[array]
        value = value.astype(kind)
        place = self._place(array, index, offset, value.value.type)
        self.builder.store(value.value, place, align=kind().itemsize)


def spread(builder: Any, number: Any, kind: Any, count: int) -> Any:
    """A vector with the same number in all places."""
    none = ir.Constant(ir.VectorType(kind, count), ir.Undefined)
    first = builder.insert_element(none, number, ir.Constant(LANE, 0))
    places = ir.Constant(ir.VectorType(LANE, count), [0] * count)
    return builder.shuffle_vector(first, none, places)


def alike(builder: Any, word: Any, count: int) -> Traced:
    """The same word in all places."""
    return Traced(builder, spread(builder, word, TYPES[np.uint64], count), np.uint64)


def signs_of(builder: Any, word: Any) -> Traced:
    """`philox.sign` of a word at its 32 places."""
    bits = builder.bitcast(builder.trunc(word, LANE), ir.VectorType(ir.IntType(1), 32))
    minus, plus = (constant(number, np.float64, 32) for number in (-1.0, 1.0))
    return Traced(builder, builder.select(bits, minus, plus), np.float64)


def in_turn(first: Traced, second: Traced) -> Traced:
    """first₀, second₀, first₁, second₁, …"""
    count = first.value.type.count
    places = [i // 2 + i % 2 * count for i in range(2 * count)]
    constants = ir.Constant(ir.VectorType(LANE, 2 * count), places)
    b = first.builder
    return Traced(b, b.shuffle_vector(first.value, second.value, constants), first.kind)


def traced(arrays: int, numbers: int) -> Callable[[Any], Any]:
    """Make a function of (rows, index, …) a function of compiled loops: of some arrays, of an index
    into them and of some further whole numbers, which reach it as they are."""

    def make(write: Callable[..., None]) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            rows = Rows(context, builder, signature.args[:arrays], args[:arrays])
            write(rows, *args[arrays:])
            return context.get_dummy_value()

        names = [f"a{i}" for i in range(arrays)] + ["i"] + [f"n{i}" for i in range(numbers)]
        scope: dict[str, Any] = {"types": types, "generate": generate}
        whole = ", ".join(["types.intp", *["types.uint64"] * numbers])
        kinds = "".join(f"{name}, " for name in names[:arrays])
        exec(
            f"def {write.__name__}(typing, {', '.join(names)}):\n"
            f"    return types.void({kinds}{whole}), generate",
            scope,
        )
        return intrinsic(scope[write.__name__])

    return make


@intrinsic
def _widen(typing: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if AS_WIDE:
            # llvmlite knows no attributes with values.
            set.add(builder.function.attributes, FULL_WIDTH)
        return context.get_dummy_value()

    return types.void(), generate


widen: Any = _widen


# A plain function, since an intrinsic that a generated function names has another cache key in
# every process.
@known
def wide() -> None:
    """Let the loops of the function that calls this use the widest registers."""
    widen()
