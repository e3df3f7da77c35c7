"""NumPy standing in for CuPy."""

from __future__ import annotations

from contextlib import nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np


def stand_in(free: float = 2.0**30, held: float = 0.0, available: bool = True) -> ModuleType:
    """A module that calls itself cupy and works with NumPy's arrays, on a device with so many free
    bytes."""
    module: Any = ModuleType("cupy")
    module.__dict__.update(
        {name: getattr(np, name) for name in dir(np) if not name.startswith("__")}
    )
    module.__version__ = "0"
    module.is_available = lambda: available
    if available:
        module.cuda = SimpleNamespace(
            Device=lambda: SimpleNamespace(mem_info=(free, 2 * free)),
            Stream=SimpleNamespace(null=nullcontext()),
        )
        module.get_default_memory_pool = lambda: SimpleNamespace(free_bytes=lambda: held)
    return module
