"""Eight float64 at a time, for compiled loops whose sums a compiler would not vectorise otherwise;
a processor with narrower registers takes two for each."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model

EIGHT = 8
VECTOR = ir.VectorType(ir.DoubleType(), EIGHT)
LANE = ir.IntType(32)
# A product and a sum may be one instruction, with one rounding.
FUSED = ("contract",)


class Eight(types.Type):
    """Eight float64 in registers."""


@register_model(Eight)
class _EightModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        models.PrimitiveModel.__init__(self, manager, kind, VECTOR)  # type: ignore[no-untyped-call]


_make: Any = Eight
eight = _make(name="Eight")


def _place(context: Any, builder: Any, kind: Any, array: Any, i: Any) -> Any:
    """A pointer to eight numbers of a contiguous array."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [i]), VECTOR.as_pointer())


def _shuffled(builder: Any, u: Any, v: Any, places: list[int]) -> Any:
    return builder.shuffle_vector(u, v, ir.Constant(ir.VectorType(LANE, EIGHT), places))


@intrinsic
def load(context: Any, array: Any, i: Any) -> Any:
    """array[i : i + 8]."""
    return eight(array, types.intp), lambda ctx, b, sig, args: b.load(
        _place(ctx, b, sig.args[0], *args), align=8
    )


@intrinsic
def store(context: Any, array: Any, i: Any, v: Any) -> Any:
    """array[i : i + 8] = v."""

    def generate(ctx: Any, b: Any, sig: Any, args: Any) -> Any:
        b.store(args[2], _place(ctx, b, sig.args[0], *args[:2]), align=8)
        return ctx.get_dummy_value()

    return types.void(array, types.intp, v), generate


@intrinsic
def alike(context: Any, x: Any) -> Any:
    """(x, …, x)."""
    none = ir.Constant(VECTOR, ir.Undefined)
    return eight(types.float64), lambda ctx, b, sig, args: _shuffled(
        b, b.insert_element(none, args[0], ir.Constant(LANE, 0)), none, [0] * EIGHT
    )


@intrinsic
def plus(context: Any, s: Any, a: Any, x: Any) -> Any:
    """s + a x."""
    return eight(s, a, x), lambda ctx, b, sig, args: b.fadd(
        args[0], b.fmul(args[1], args[2], flags=FUSED), flags=FUSED
    )


def _added(b: Any, u: Any, v: Any, first: list[int], second: list[int]) -> Any:
    return b.fadd(_shuffled(b, u, v, first), _shuffled(b, u, v, second))


def _in_pairs(b: Any, u: Any, v: Any) -> Any:
    """u₀ + u₁, v₀ + v₁, u₂ + u₃, v₂ + v₃, …"""
    return _added(b, u, v, [0, 8, 2, 10, 4, 12, 6, 14], [1, 9, 3, 11, 5, 13, 7, 15])


def _in_fours(b: Any, u: Any, v: Any) -> Any:
    """The sums of four numbers of four vectors, the first half of each and then the second."""
    return _added(b, u, v, [0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15])


def _in_eights(b: Any, u: Any, v: Any) -> Any:
    """The sums of eight numbers of eight vectors."""
    return _added(b, u, v, [0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15])


@intrinsic
def totals(context: Any, p: Any, q: Any, r: Any, s: Any, t: Any, u: Any, v: Any, w: Any) -> Any:
    """The sums of eight vectors."""

    def generate(ctx: Any, b: Any, sig: Any, args: Any) -> Any:
        sums = list(args)
        for combine in (_in_pairs, _in_fours, _in_eights):
            sums = [combine(b, *sums[i : i + 2]) for i in range(0, len(sums), 2)]
        return sums[0]

    return eight(p, q, r, s, t, u, v, w), generate


@intrinsic
def total(context: Any, v: Any) -> Any:
    """The sum of one vector."""

    def generate(ctx: Any, b: Any, sig: Any, args: Any) -> Any:
        sums = args[0]
        for step in (4, 2, 1):
            sums = b.fadd(sums, _shuffled(b, sums, sums, [(i + step) % 8 for i in range(8)]))
        return b.extract_element(sums, ir.Constant(LANE, 0))

    return types.float64(v), generate
