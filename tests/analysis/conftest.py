"""Fixtures that several files of this folder use."""

from __future__ import annotations

import pytest
from page_cases import (
    every_status,
    small,
)

from auxtheory.analysis import page


@pytest.fixture(scope="module")
def plain() -> str:
    return page.build(small(), name="my.study")


@pytest.fixture(scope="module")
def mixed() -> str:
    return page.build(every_status(), name="my study.study")
