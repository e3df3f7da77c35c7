"""Logarithm, exponential, sine and cosine without branches or library calls, for scalars and arrays
alike.

They are written in + − × and one division, so that NumPy, a compiler for CPUs and one for GPUs
round them alike and a loop around them vectorises. Coefficients: minimax fits of this project.
Where a machine instruction has no operator in Python (a square root, the bits of a float) a
separate function holds it, which `auxtheory.kernels` replaces by the instruction.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

Real: TypeAlias = Any  # a number, a NumPy or CuPy array, or a value inside a compiled loop

_LOG = (
    0.66666666666666696862,
    0.3999999999989950449,
    0.28571428625975484921,
    0.22222211134795079855,
    0.1818288912526172208,
    0.15331721600556041269,
    0.1461644968504340586,
)
_SIN = (  # sin(πt/4)/t in t² on [0, 1]
    0.78539816339744830714,
    -0.080745512188280539466,
    0.0024903945701888438479,
    -0.000036576204158913874935,
    3.1336162254334162211e-7,
    -1.7571500746983934092e-9,
    6.8773605731663256272e-12,
)
_COS = (  # cos(πt/4) in t² on [0, 1], with the first held at 1
    1.0,
    -0.30842513753403925624,
    0.015854344243753264912,
    -0.0003259918865243974236,
    3.5908592486694190386e-6,
    -2.460956255234563937e-8,
    1.136718474597695005e-10,
)
_SIN_HALF_TURN_FIRST = -0.16666666666666666633  # (sin r − r)/r³ in r² on [0, π²/4]
_SIN_HALF_TURN = (
    0.0083333333333333158688,
    -0.00019841269841254973769,
    2.7557319219163233416e-6,
    -2.5052107616996182891e-8,
    1.6058977312464087621e-10,
    -7.6439702967985720524e-13,
    2.7314447669863993424e-15,
)
_EXP = (  # (e⁻ʳ − 1 + r − r²/2 + r³/6 − r⁴/24)/(−r⁵) on [−½ ln 2, ½ ln 2]
    0.008333333333413525065,
    -0.0013888888903483312114,
    0.00019841269544588350369,
    -0.00002480153601293821083,
    2.7557648909045004271e-6,
    -2.7614943484446619466e-7,
    2.4955789694535094004e-8,
)
_TAIL = tuple(1 / math.factorial(k + 2) for k in range(12))  # of (eʸ − 1 − y)/y² on [0, ¼]
_LOG_SINGLE = tuple(
    np.float32(c) for c in (0.666666665545, 0.400001218398, 0.28550820816, 0.233304672163)
)
_SIN_SINGLE = tuple(
    np.float32(c) for c in (0.785398160977, -0.0807454347081, 0.00249000680149, -3.59542907251e-5)
)
_COS_SINGLE = tuple(
    np.float32(c) for c in (0.999999972328, -0.308424251855, 0.0158499107064, -0.000318877474891)
)

_EXPONENT = np.uint64(52)
_MANTISSA = np.uint64(2**52 - 1)
_ROOT_HALF = np.uint64(0x3FE6A09E667F3BCD)  # the bits of √½
_BELOW_ONE = np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
# The bits of 2⁵²: the low bits of such a float are an integer.
_WHOLE = np.uint64(0x4330000000000000)
_EXPONENT_SINGLE = np.uint64(23)
_MANTISSA_SINGLE = np.uint64(2**23 - 1)
_ROOT_HALF_SINGLE = np.uint64(0x3F3504F3)
_BELOW_ONE_SINGLE = np.uint64(0x3F800000 - 0x3F3504F3)
_LOW_HALF = np.uint64(2**32 - 1)
_ONE_SINGLE = np.float32(1.0)
_TWO_SINGLE = np.float32(2.0)
_BIAS_SINGLE = np.float32(127.0)
_LN2 = 0.69314718055994530942
_LN2_SINGLE = np.float32(0.69314718055994530942)
_LN2_HIGH = 0.6931471805592082
_LN2_LOW = 7.371002565167798902e-13
_MINUS_INVERSE_LN2 = -1.44269504088896340736
# 1.5 · 2⁵²: adding and taking it away rounds to the nearest integer.
_TO_INTEGER = 6755399441055744.0
_PI_HIGH = 3.141592651605606079
_PI_MIDDLE = 1.984187158327044287e-9
_PI_LOW = 1.034036596358821114e-18
_INVERSE_PI = 0.31830988618379067154


def bits_of(x: Real) -> Real:
    """The 64 bits of a float64, as a uint64."""
    return x.view(np.uint64)


def from_bits(n: Real) -> Real:
    """The float64 with these 64 bits."""
    return n.view(np.float64)


def bits_of_single(x: Real) -> Real:
    """The 32 bits of a float32, in a uint64, since compilers would widen a uint32 at the next
    sum."""
    return x.view(np.uint32).astype(np.uint64)


def single_from_bits(n: Real) -> Real:
    """The float32 with the 32 bits in a uint64."""
    return n.astype(np.uint32).view(np.float32)


def root(x: Real) -> Real:
    """√x, correctly rounded."""
    return np.sqrt(x)


def single(n: Real) -> Real:
    """An unsigned integer below 2³¹ as a float32."""
    return n.astype(np.float32)


def clamped(x: Real) -> Real:
    """x clipped to [−708, 708], where e^x is a normal float64; NaN stays NaN."""
    return np.clip(x, -708.0, 708.0)


def polynomial6(z: Real, c: Any) -> Real:
    """c₀ + c₁z + … + c₆z⁶, with even and odd powers summed separately, which halves the longest
    chain of dependent operations."""
    square = z * z
    even = c[6] * square
    odd = c[5] * square
    even += c[4]
    odd += c[3]
    even *= square
    odd *= square
    even += c[2]
    odd += c[1]
    even *= square
    odd *= z
    even += c[0]
    even += odd
    return even


def polynomial3(z: Real, c: Any) -> Real:
    """c₀ + c₁z + c₂z² + c₃z³."""
    value = c[3] * z
    value += c[2]
    value *= z
    value += c[1]
    value *= z
    value += c[0]
    return value


def split(x: Real) -> tuple[Real, Real]:
    """(f, k) with x = 2ᵏ(1 + f) and 1 + f in [√½, √2), for a float64 x in (0, 1]."""
    shifted = bits_of(x) + _BELOW_ONE
    # 2⁵² and the exponent's bias.
    k = from_bits((shifted >> _EXPONENT) | _WHOLE) - 4503599627371519.0
    return from_bits((shifted & _MANTISSA) + _ROOT_HALF) - 1.0, k


def minus_log_of_split(f: Real, k: Real) -> Real:
    """−ln(2ᵏ(1 + f)), with ln(1 + f) = 2 artanh(f/(2 + f))."""
    s = f / (f + 2.0)
    z = s * s
    return s * (f - z * polynomial6(z, _LOG)) - f - k * _LN2


def minus_log(x: Real) -> Real:
    """−ln x for a float64 x in (0, 1]."""
    f, k = split(x)
    return minus_log_of_split(f, k)


def minus_log_single(x: Real) -> Real:
    """−ln x for a float32 x in (0, 1], in the same way."""
    # The mask lets a compiler stay at 32 bits.
    shifted = (bits_of_single(x) + _BELOW_ONE_SINGLE) & _LOW_HALF
    k = single(shifted >> _EXPONENT_SINGLE) - _BIAS_SINGLE
    f = single_from_bits((shifted & _MANTISSA_SINGLE) + _ROOT_HALF_SINGLE) - _ONE_SINGLE
    s = f / (f + _TWO_SINGLE)
    z = s * s
    return s * (f - z * polynomial3(z, _LOG_SINGLE)) - f - k * _LN2_SINGLE


def sin_cos(t: Real) -> tuple[Real, Real]:
    """sin(πt/4) and cos(πt/4) for a float64 t in [−1, 1]."""
    z = t * t
    return t * polynomial6(z, _SIN), polynomial6(z, _COS)


def sin_cos_single(t: Real) -> tuple[Real, Real]:
    """sin(πt/4) and cos(πt/4) for a float32 t in [−1, 1]."""
    z = t * t
    return t * polynomial3(z, _SIN_SINGLE), polynomial3(z, _COS_SINGLE)


def sin(x: Real) -> Real:
    """sin x for |x| < 10⁸, otherwise NaN. With x = nπ + r, |r| ≤ π/2, it is (−1)ⁿ sin r."""
    far = x * 1.7976931348623157e300  # infinite from 10⁸ on
    n = (x * _INVERSE_PI + _TO_INTEGER) - _TO_INTEGER
    r = ((x - n * _PI_HIGH) - n * _PI_MIDDLE) - n * _PI_LOW
    half = (n * 0.5 + _TO_INTEGER) - _TO_INTEGER
    odd = n - 2.0 * half
    z = r * r
    series = _SIN_HALF_TURN_FIRST + z * polynomial6(z, _SIN_HALF_TURN)
    return (1.0 - 2.0 * (odd * odd)) * (r + r * (z * series)) + far * 0.0


def exp_minus(t: Real) -> Real:
    """e⁻ᵗ within 1 ulp for |t| ≤ 708; t beyond ±708 counts as ±708. With t = r − n ln 2, |r| ≤ ½ ln
    2, it is e⁻ʳ times 2ⁿ."""
    t = clamped(t)
    shifted = t * _MINUS_INVERSE_LN2 + _TO_INTEGER
    n = shifted - _TO_INTEGER
    r = (n * _LN2_HIGH + t) + n * _LN2_LOW
    z = r * r
    series = (0.5 - r * 0.16666666666666666667) + z * (
        0.041666666666666666667 - r * polynomial6(r, _EXP)
    )
    return from_bits(bits_of(1.0 - (r - z * series)) + (bits_of(shifted) << _EXPONENT))


def within(x: Real, radius: Real) -> Real:
    """x clipped to [−radius, radius], up to the rounding of x and radius, for |x| < 10⁶; otherwise
    NaN."""
    far = x * 1.7976931348623157e302  # infinite from 10⁶ on
    return 0.5 * (abs(x + radius) - abs(x - radius)) + far * 0.0


def doubled_tail(psi: Real, y: Real) -> Real:
    """(eᵘ − 1 − u)/u² at u = 2y from that at y."""
    e = 1.0 + y * psi
    return 0.25 * (2.0 * psi + e * e)


def exp_tail(u: Real) -> Real:
    """(eᵘ − 1 − u)/u² for 0 ≤ u ≤ 16, ½ at 0: its series at u/64, doubled six times."""
    y = 0.015625 * u
    c = _TAIL
    low = c[0] + y * (c[1] + y * (c[2] + y * (c[3] + y * (c[4] + y * c[5]))))
    high = c[6] + y * (c[7] + y * (c[8] + y * (c[9] + y * (c[10] + y * c[11]))))
    square = y * y
    psi = low + square * square * square * high
    psi = doubled_tail(psi, y)
    psi = doubled_tail(psi, 2.0 * y)
    psi = doubled_tail(psi, 4.0 * y)
    psi = doubled_tail(psi, 8.0 * y)
    psi = doubled_tail(psi, 16.0 * y)
    return doubled_tail(psi, 32.0 * y)


def exp_slope(z: Real, reach: Real) -> Real:
    """±(e^|z| − 1), of the sign of z, for |z| ≤ reach, continued linearly; NaN for |z| ≥ 10⁶."""
    near = within(z, reach)
    size = abs(near)
    ratio = 1.0 + size * exp_tail(size)
    return near * ratio + (1.0 + size * ratio) * (z - near)
