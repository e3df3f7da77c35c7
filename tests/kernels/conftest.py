"""Fixtures that several files of this folder use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auxtheory.kernels import compile_cache, notice


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own, of which nothing has been logged yet; on a busy machine, too, compiling
    is not announced."""
    monkeypatch.setattr(notice, "PATIENCE", 3600.0)
    monkeypatch.setattr(compile_cache, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(compile_cache, "_logged", set())
    yield tmp_path
