"""Errors that list complaints: what they list, no less and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from auxtheory.errors import InputError


def complaints(make: Callable[[], Any]) -> tuple[str, ...]:
    """The lines of the error that a call raises."""
    with pytest.raises(InputError) as error:
        make()
    return error.value.complaints


def assert_lists(error: pytest.ExceptionInfo[InputError], lines: list[str]) -> None:
    for line in lines:
        assert line in str(error.value)
    named = {line.split(" = ")[0] for line in lines if " = " in line}
    assert {c.split(" = ")[0] for c in error.value.complaints} == named | {
        c for c in lines if c.startswith("shapes")
    }


def refused(make: Callable[[], Any], lines: list[str]) -> None:
    """One message that lists these complaints and no others."""
    with pytest.raises(InputError) as error:
        make()
    assert_lists(error, lines)
