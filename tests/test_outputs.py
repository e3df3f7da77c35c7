"""Outputs are written whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from auxtheory import files
from auxtheory.errors import Checks, FileError


def test_all_files_are_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second fails half-way: the first keeps what it held, and nothing else is left."""
    first = tmp_path / "a.txt"
    second = tmp_path / "b.txt"
    first.write_text("before")
    first.chmod(0o640)
    whole = files._fill

    def full(path: Path, content: Any) -> None:
        if content == "two":
            whole(path, content[:1])
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        whole(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_fill", full)
        with pytest.raises(
            FileError,
            match=r"out = '.*b.txt': must be a file that can be written; the disk is full",
        ):
            files.write("out", {first: "one", second: "two"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "before"}
    assert files.write("out", {first: "one", second: b"two"}) == [first, second]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.txt": "one",
        "b.txt": "two",
    }
    assert first.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_one_and_a_device_is_written(tmp_path: Path) -> None:
    """Otherwise the link, or the device itself, would be replaced by a file."""
    target = tmp_path / "target"
    link = tmp_path / "link"
    target.write_text("before")
    link.symlink_to(target)
    files.write("out", {link: "after"})
    assert link.is_symlink() and target.read_text() == "after"
    files.writable("out", "/dev/null")
    files.write("out", {Path("/dev/null"): "x"})
    assert not Path("/dev/null").is_file()
    if Path("/dev/full").exists():
        with pytest.raises(FileError, match=r"out = '/dev/full': must be .*; the disk is full"):
            files.write("out", {Path("/dev/full"): "x"})


def test_looking_leaves_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("kept")
    checks = Checks()
    files.check_writable(checks, "out", kept, tmp_path / "new")
    files.check_folder(checks, "out", tmp_path)
    assert not checks.complaints and [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert kept.read_text() == "kept"
