"""The largest curvature of components, measured by differences of their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np


def finite_differences(parts: Any, x: Any, count: int) -> Any:
    """max ‖∇²f_i‖ over the components at x, by central differences, for each configuration."""
    d = x.size
    step = 1e-4
    points = x + step * np.concatenate([np.eye(d), -np.eye(d)])
    each = parts.each(np.broadcast_to(points, (count, 2 * d, d)))
    H = np.moveaxis((each[:, :d] - each[:, d:]) / (2 * step), 2, 1)
    return np.max(np.linalg.norm(H, ord=2, axis=(-2, -1)), axis=-1)
