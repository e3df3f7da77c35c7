"""Numba as this project uses it: settings, loops that are kept on disk, and functions that compiled
loops can call.

The functions of `elementary`, `philox` and `noise`, a method's rules and a pair's gradients are
plain Python; `known` lets compiled loops call them as they stand, inlined so that the loop around
them vectorises. The files of `kernels/` are the only ones that import Numba.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from inspect import CO_VARARGS, CO_VARKEYWORDS
from typing import Any, Literal

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from auxtheory import elementary
from auxtheory.kernels import compile_cache, notice
from auxtheory.kernels.pieces import PieceCompiler
from auxtheory.random import draws, philox

config: Any = numba.config
if config.DISABLE_JIT:
    config.DISABLE_JIT = 0
    notice.log.warning(
        "auxtheory: NUMBA_DISABLE_JIT is ignored from here on: these loops exist compiled alone"
    )
# IEEE arithmetic as NumPy's; no reference counts.
OPTIONS: Any = {"error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}
PIECE: Any = OPTIONS | {"pipeline_class": PieceCompiler}
version: str = numba.__version__


def compiled(function: Callable[..., Any], *, keep: bool = True) -> Any:
    """A loop compiled for this machine when first called, with IEEE arithmetic as NumPy's, free of
    Python's lock.

    It must neither make nor return arrays, which would not be freed: Numba's reference counts are
    off, since they cost as much as the arithmetic of a short loop.
    """
    made = numba.njit(nogil=True, **OPTIONS)(function)
    if keep:
        compile_cache.keep(made)
    notice.watch(made, KNOWN)
    return made


KNOWN: list[Callable[..., Any]] = []


@cache
def known(
    function: Callable[..., Any], *, inline: bool = True, merged: bool = False, fused: bool = False
) -> Callable[..., Any]:
    """Register a function so that compiled loops can call it, and return it. inline: inline it, so
    that the loop around it vectorises; merged: merge its machine code, since a call would pass
    arrays by value; fused: a product and a sum may be one instruction, with one rounding."""
    how: Literal["always", "never"] = "always" if inline else "never"
    options = PIECE | {"forceinline": merged} | ({"fastmath": {"contract"}} if fused else {})
    overload(function, options, inline=how, strict=False, target="cpu")(lambda *_: function)
    KNOWN.append(function)
    return function


def _bitcast(result: Any, llvm: Any) -> Any:
    """An intrinsic that reads a value's bits as another type of the same width, without an
    instruction."""

    @intrinsic
    def cast(context: Any, x: Any) -> Any:
        return result(x), lambda ctx, builder, sig, args: builder.bitcast(args[0], llvm)

    return cast


_to_uint64 = _bitcast(types.uint64, ir.IntType(64))
_to_float64 = _bitcast(types.float64, ir.DoubleType())
_to_uint32 = _bitcast(types.uint32, ir.IntType(32))
_to_float32 = _bitcast(types.float32, ir.FloatType())


def stands_for(function: Callable[..., Any], compiled_form: Callable[..., Any]) -> None:
    """Register the compiled form of a function of one number that NumPy has on arrays."""
    overload(function, strict=False)(lambda x: compiled_form)


stands_for(elementary.bits_of, lambda x: _to_uint64(x))
stands_for(elementary.from_bits, lambda n: _to_float64(n))
stands_for(elementary.bits_of_single, lambda x: np.uint64(_to_uint32(x)))
stands_for(elementary.single_from_bits, lambda n: _to_float32(np.uint32(n)))
stands_for(elementary.root, lambda x: math.sqrt(x))
stands_for(elementary.clamped, lambda x: -708.0 if x < -708.0 else (708.0 if x > 708.0 else x))
stands_for(elementary.single, lambda n: np.float32(np.int32(n)))


for _function in (
    elementary.polynomial6,
    elementary.polynomial3,
    elementary.split,
    elementary.minus_log_of_split,
    elementary.minus_log,
    elementary.minus_log_single,
    elementary.sin_cos,
    elementary.sin_cos_single,
    elementary.sin,
    elementary.exp_minus,
    philox.one_round,
    philox.next_key,
    philox.two_rounds,
    philox.key_after_two,
    philox.philox4x32,
    philox.uniform,
    philox.complement,
    philox.eighth_turn,
    philox.box_muller,
    philox.two_normals,
    philox.squared_radius_single,
    philox.box_muller_single,
    philox.two_normals_single,
    philox.sign,
    draws.correlated_normal,
    draws.correlated_sign,
):
    known(_function)


# Long ones are typed once and merged as machine code, which takes less time to compile.
for _long in (
    elementary.within,
    elementary.doubled_tail,
    elementary.exp_tail,
    elementary.exp_slope,
):
    known(_long, inline=False, merged=True)


def complaint(function: Callable[..., Any], arguments: int) -> str | None:
    """Why Numba cannot compile a function of float64 arguments, in one line; None if it can."""
    code = function.__code__
    if (
        code.co_argcount != arguments
        or code.co_kwonlyargcount
        or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS)
    ):
        return f"it must take {arguments} arguments by position and no others"
    try:
        numba.njit(**OPTIONS)(function).compile((types.float64,) * arguments)
    except Exception as error:  # also errors of Numba's analysis of the bytecode
        return "Numba cannot compile it " + in_one_line(error)
    return None


def in_one_line(error: Exception) -> str:
    """An error of a compiler in parentheses, without its many further lines."""
    if isinstance(error, numba.errors.NumbaError):
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return f"({next((line for line in lines[1:] if 'pipeline' not in line), lines[0])})"
    return f"({type(error).__name__}: {' '.join(str(error).split())})"
