"""Type aliases shared by all modules: arrays, values by name, and the helper that a method sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = Any


Helper: TypeAlias = Literal["h", "f", "none"]


Values: TypeAlias = Mapping[str, Any]


FloatArray: TypeAlias = NDArray[np.float64]
