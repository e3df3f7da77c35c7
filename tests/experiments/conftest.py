"""Fixtures that several files of this folder use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from logistic_cases import data


@pytest.fixture
def small(tmp_path: Path) -> str:
    """A file of 40 samples, 4 features and 4 classes."""
    A, labels = data(0, 40, 4, 4)
    np.savez(tmp_path / "small.npz", features=A, labels=labels)
    return str(tmp_path / "small.npz")
