"""Functions with which a bound is written: exponential, logarithm, the smallest and the largest of
several expressions."""

from __future__ import annotations

from auxtheory.bounds.posynomial import Operand, Posynomial, applied
from auxtheory.errors import InputError


def exp(expression: Operand) -> Posynomial:
    """e to the power of an expression without unit.

    Args:
        expression: A Posynomial or a number.

    Returns:
        The expression, without unit.

    Raises:
        UnitError: The expression has a unit.

    Example:
        >>> import auxtheory as at
        >>> F0, mu, eta, T = at.symbols("F0 mu eta T")
        >>> print(2 * F0 * at.exp(-mu * eta * T))
        2F₀·exp(−μηT)
    """
    return applied("exp", expression)


def log(expression: Operand) -> Posynomial:
    """The natural logarithm of an expression without unit.

    A logarithm of 0 is −∞, of a negative number NaN; a bound that is NaN supports no verdict.

    Args:
        expression: A Posynomial or a positive number.

    Returns:
        The expression, without unit.

    Raises:
        UnitError: The expression has a unit.
        InputError: The expression is a number of at most 0.

    Example:
        >>> import auxtheory as at
        >>> sigma_f, T = at.symbols("sigma_f T")
        >>> print(sigma_f**2 * at.log(T) / T)
        σ_f²·log(T)/T
    """
    return applied("log", expression)


def minimum(*expressions: Operand) -> Posynomial:
    """The smallest of several expressions of one unit.

    Args:
        *expressions: Posynomials or numbers, one or more.

    Returns:
        The expression, in the common unit.

    Raises:
        UnitError: Two expressions have different units; 0 has every unit.

    Example:
        >>> import auxtheory as at
        >>> L, F0, sigma_f, T = at.symbols("L F0 sigma_f T")
        >>> bound = at.minimum(L * F0 / T, at.sqrt(L * F0 * sigma_f**2 / T))
        >>> print(bound)
        min{LF₀/T, σ_f√(LF₀/T)}
        >>> float(bound.value({"L": 1.0, "F0": 1.0, "sigma_f": 1.0, "T": 100}))
        0.01
    """
    return _extreme("min", expressions)


def maximum(*expressions: Operand) -> Posynomial:
    """The largest of several expressions of one unit.

    Args:
        *expressions: Posynomials or numbers, one or more.

    Returns:
        The expression, in the common unit.

    Raises:
        UnitError: Two expressions have different units; 0 has every unit.

    Example:
        >>> import auxtheory as at
        >>> L, eta = at.symbols("L eta")
        >>> print(at.maximum(1, L * eta))
        max{1, Lη}
    """
    return _extreme("max", expressions)


def _extreme(kind: str, expressions: tuple[Operand, ...]) -> Posynomial:
    if not expressions:
        raise InputError.listing([f"expressions of {kind} = (): must be one expression or more"])
    return applied(kind, *expressions)
