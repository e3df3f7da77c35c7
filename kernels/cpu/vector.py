"""Four float64 in one register, for compiled loops whose sums a compiler would not vectorise
otherwise."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model

FOUR = 4
VECTOR = ir.VectorType(ir.DoubleType(), FOUR)
LANE = ir.IntType(32)


class Four(types.Type):
    """Four float64 in one register."""


@register_model(Four)
class _FourModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        models.PrimitiveModel.__init__(self, manager, kind, VECTOR)  # type: ignore[no-untyped-call]


_make: Any = Four
four = _make(name="Four")


def _place(context: Any, builder: Any, kind: Any, array: Any, i: Any) -> Any:
    """A pointer to four numbers of a contiguous array."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [i]), VECTOR.as_pointer())


def _shuffled(builder: Any, u: Any, v: Any, places: list[int]) -> Any:
    return builder.shuffle_vector(u, v, ir.Constant(ir.VectorType(LANE, FOUR), places))


@intrinsic
def load(context: Any, array: Any, i: Any) -> Any:
    """array[i : i + 4]."""
    return four(array, types.intp), lambda ctx, b, sig, args: b.load(
        _place(ctx, b, array, *args), align=8
    )


@intrinsic
def store(context: Any, array: Any, i: Any, v: Any) -> Any:
    """array[i : i + 4] = v."""

    def generate(ctx: Any, b: Any, sig: Any, args: Any) -> Any:
        b.store(args[2], _place(ctx, b, array, *args[:2]), align=8)
        return ctx.get_dummy_value()

    return types.void(array, types.intp, v), generate


@intrinsic
def alike(context: Any, x: Any) -> Any:
    """(x, x, x, x)."""
    none = ir.Constant(VECTOR, ir.Undefined)
    return four(types.float64), lambda ctx, b, sig, args: _shuffled(
        b, b.insert_element(none, args[0], ir.Constant(LANE, 0)), none, [0] * FOUR
    )


@intrinsic
def plus(context: Any, s: Any, a: Any, x: Any) -> Any:
    """s + a x."""
    return four(s, a, x), lambda ctx, b, sig, args: b.fadd(args[0], b.fmul(args[1], args[2]))


@intrinsic
def totals(context: Any, p: Any, q: Any, r: Any, s: Any) -> Any:
    """The sums of four vectors."""

    def generate(ctx: Any, b: Any, sig: Any, args: Any) -> Any:
        def pairs(u: Any, v: Any, even: list[int], odd: list[int]) -> Any:
            return b.fadd(_shuffled(b, u, v, even), _shuffled(b, u, v, odd))

        first, second = (pairs(args[i], args[i + 1], [0, 4, 2, 6], [1, 5, 3, 7]) for i in (0, 2))
        return pairs(first, second, [0, 1, 4, 5], [2, 3, 6, 7])

    return four(p, q, r, s), generate
