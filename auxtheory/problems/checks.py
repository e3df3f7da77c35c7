"""Checks of the arguments of problems, and their printed code, shared by all families."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.bounds.constants import check_quantity, shape_of
from auxtheory.errors import LARGEST, Checks
from auxtheory.helper_role import ROLES
from auxtheory.problems.region import check_region
from auxtheory.typing import FloatArray


def check_vector(checks: Checks, name: str, value: Any, d: int, high: float = LARGEST) -> None:
    """Check a vector: None, d finite numbers up to ±high, or (for x_star) one such number."""
    if value is None and name != "x_star":
        return
    try:
        single = name == "x_star" and np.ndim(value) == 0
        array = np.asarray(value)
        valid = (
            array.dtype.kind in "iuf"
            and (single or array.shape == (d,))
            and not np.ma.is_masked(value)
        )
        valid = valid and bool(np.all(np.abs(array) <= high))
    # An object that imitates an array may raise anything, as a tensor with a graph does.
    except Exception:
        valid = False
    if not valid:
        limit = "" if high == LARGEST else f" in [{-high:g}, {high:g}]"
        checks.complain(
            name,
            value,
            f"must be {d} finite numbers{limit}{', or one' if name == 'x_star' else ''}",
        )


def check_role(helper: Any, region: Any = None, dim: int = 0) -> None:
    """Raise InputError unless helper is "h", "f" or "none", and region one of the dimension, or
    None."""
    checks = Checks()
    checks.member("helper", helper, tuple(ROLES))
    check_region(checks, region, dim)
    checks.done()


def checked_spectrum(
    checks: Checks, spectrum: Any, L: Any, dim: Any, *, above: bool = False
) -> Any:
    """Check a spectrum: a name, with the L and dim that it needs, or eigenvalues, which are
    returned as an array; `above` excludes 0."""
    if isinstance(spectrum, str):
        checks.member("spectrum", spectrum, ("uniform", "geometric", "two-cluster"))
        check_quantity(checks, "L", L)
        checks.whole("dim", dim, high=10**7)
        return spectrum
    eigenvalues = checks.attempt(eigenvalue_list, spectrum, above)
    return spectrum if eigenvalues is None else eigenvalues


def eigenvalue_list(spectrum: Any, above: bool = False) -> FloatArray:
    """The eigenvalues of a spectrum given as a list, shape (d,); InputError if they are not numbers
    in range."""
    checks = Checks()
    if not isinstance(spectrum, list | tuple | np.ndarray) or len(shape_of(spectrum)) != 1:
        checks.complain("spectrum", spectrum, "must be a name or a list of d eigenvalues")
    else:
        checks.number("spectrum", spectrum, above=above)
    checks.done()
    return np.array(spectrum, dtype=float)


def check_ends(checks: Checks, spectrum: FloatArray, **values: Any) -> None:
    """Check that L, the lower end (mu or low) and dim are left out, or agree with the given
    eigenvalues."""
    have = np.max(spectrum), np.min(spectrum), len(spectrum)
    for (name, value), end in zip(values.items(), have, strict=True):
        if value is not None and np.any(np.asarray(value) != end):
            checks.complain(name, value, f"must be left out or equal the spectrum's, {end}")


def check_start(checks: Checks, x0: Any, F0: Any, have: FloatArray) -> None:
    """Check a start x0, whose f(x0) − inf f is `have`, and the F0 given with it, if any."""
    if np.any(have <= 0):
        checks.complain("x0", x0, "must not minimise f")
    if F0 is not None and not np.allclose(have, F0, rtol=1e-12, atol=0):
        checks.complain("F0", F0, f"must be left out or equal f(x0) − inf f = {have}")


def check_helper(checks: Checks, d: int, *, delta: Any, zeta: Any, gap: Any, bias: Any) -> None:
    """Check the arguments of a helper: δ, ζ, the pattern or the values of the gap, and the bias's
    direction or None."""
    checks.number("delta", delta)
    checks.number("zeta", zeta)
    if isinstance(gap, str):
        checks.member("gap", gap, ("signs", "uniform"))
    elif gap is None:
        checks.complain("gap", gap, f"must be 'signs', 'uniform' or {d} finite numbers")
    else:
        check_vector(checks, "gap", gap, d)
        if not checks.complaints and np.any(np.max(np.abs(gap)) != np.asarray(delta)):
            checks.complain("gap", gap, f"must have a largest eigenvalue of size delta = {delta}")
    before = len(checks.complaints)
    check_vector(checks, "bias", bias, d)
    if bias is not None and len(checks.complaints) == before and not np.any(bias):
        checks.complain("bias", bias, "must not be the zero vector")


def arguments(values: dict[str, Any], defaults: dict[str, Any]) -> str:
    """The arguments that differ from their defaults, as code."""

    def given(name: str, value: Any) -> bool:
        return value is not None and not (np.ndim(value) == 0 and value == defaults.get(name))

    def text(value: Any) -> str:
        return repr(
            value if isinstance(value, str) or value is None else np.asarray(value).tolist()
        )

    return ", ".join(
        f"{name}={text(value)}" for name, value in values.items() if given(name, value)
    )


def encoded_labels(
    checks: Checks, labels: Any, n: int, classes: int | None, name: str = "labels"
) -> Any:
    """The labels as whole numbers from 0 on; None after a complaint."""
    array = np.asarray(labels)
    if array.shape != (n,):
        return checks.complain(name, labels, f"must be {n} numbers, one for each sample")
    whole = (
        array.dtype.kind in "iufb"
        and np.all(np.isfinite(array))
        and np.all(array == np.round(array))
    )
    numbers = np.clip(array, -2, 2**31).astype(int) if whole else np.full(n, -2)
    if np.any(numbers == -1) and np.all(np.abs(numbers) == 1):
        numbers = (numbers + 1) // 2
    most = max(1, len(np.unique(numbers)) - 1) if classes is None else classes - 1
    if not whole or np.any(numbers < 0) or np.any(numbers > most):
        allowed = (
            "without gaps, or classes must be given" if classes is None else f"to {classes - 1}"
        )
        others = "auxtheory.data.Dataset numbers others and keeps their values"
        return checks.complain(
            name, labels, f"must be whole numbers from 0 {allowed}; or −1 and 1 ({others})"
        )
    return numbers
