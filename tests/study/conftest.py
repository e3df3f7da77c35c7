"""Fixtures that several files of this folder use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from own_theorems import MINE, OWN, TOML, forget
from small_studies import small

from auxtheory.study import Results


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose name needs quotes, with a file of theorems that no other test has imported."""
    own = tmp_path / "it's a folder"
    own.mkdir()
    (own / "mine.py").write_text(MINE)
    (own / "my study.toml").write_text(TOML.replace("{theorems}", OWN))
    monkeypatch.chdir(own)
    monkeypatch.syspath_prepend(str(tmp_path / "nowhere"))
    forget(monkeypatch)
    return own


@pytest.fixture(scope="module")
def results() -> Results:
    return small().run()


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a file and returns its path."""

    def written(text: str | bytes, name: str = "a.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


@pytest.fixture
def modules() -> Iterator[None]:
    """Forgets the modules, and the places to look for them, that a test adds."""
    before = set(sys.modules)
    path = list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and "pytest" in str(
            sys.modules[name].__file__
        ):
            del sys.modules[name]
