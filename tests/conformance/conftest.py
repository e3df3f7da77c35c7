"""Fixtures that several files of this folder use."""

from __future__ import annotations

import operator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tensors import Tensor, computed

fake = ModuleType("fake")

fake.asarray = lambda value, dtype=None: (  # type: ignore[attr-defined]
    value if isinstance(value, Tensor) else Tensor(np.asarray(value, dtype=dtype))
)

fake.matmul = operator.matmul  # type: ignore[attr-defined]

fake.reshape = lambda value, shape: computed(lambda array: array.reshape(shape), value)  # type: ignore[attr-defined]


@pytest.fixture(params=["fake", "torch"])
def tensors(request: pytest.FixtureRequest) -> Any:
    return fake if request.param == "fake" else pytest.importorskip("torch")
