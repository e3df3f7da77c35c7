"""Fixtures that several files of this folder use."""

from __future__ import annotations

from pathlib import Path

import pytest
from study_files import TOML


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("auxtheory.study.plan.BATCH_SECONDS", 1e-5)
    (tmp_path / "small.toml").write_text(TOML)
    return tmp_path
