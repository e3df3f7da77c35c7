"""A study's file without space, in a folder that cannot be written or entered, or gone."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from durable import content, counts, program, study

from auxtheory.study import Results, StudyError
from auxtheory.study.storage import database, file

pytestmark = pytest.mark.usefixtures("in_small_batches")
CELLS = 150  # of the small study, in 30 batches


# No space, no permission.
def test_a_full_disk_stops_with_one_line(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SQLite meets it: what is kept stays, and with space again the study goes on."""
    path = tmp_path / "a.study"
    connected = database.connected

    def small(*words: Any) -> sqlite3.Connection:
        connection = connected(*words)
        connection.execute("PRAGMA max_page_count = 14")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(file, "connected", small)
        with pytest.raises(StudyError) as caught:
            study(5).run(path)
    kept = sum(row[1] - row[0] for row in content(path))
    assert 0 < kept < CELLS
    message = (
        f"cannot write {path}: database or disk is full. {kept} of 150 cells are stored; run "
        "it again to resume"
    )
    assert str(caught.value) == message
    assert counts(path)[0] == kept and content(path) == content(whole)


@pytest.mark.parametrize("size", [0, 4096, 60_000])
def test_a_limit_on_files_stops_with_one_line(whole: Path, tmp_path: Path, size: int) -> None:
    """As the system sets it, for the first byte of the file or in the middle of its batches."""
    path = tmp_path / "a.study"
    done = program(
        "import durable, resource, auxtheory.study as s; durable.small_batches()\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        "try:\n    durable.study(5).run(sys.argv[1])\nexcept s.StudyError as error:\n    "
        "print(error)",
        path,
    )
    out, err = done.communicate()
    kept = counts(path)[0]
    end = f" {kept} of 150 cells are stored; run it again to resume\n" if size > 4096 else "\n"
    assert (out, err) == (
        f"cannot write {path}: disk I/O error{'.' if size > 4096 else ''}{end}",
        "",
    )
    assert (kept > 0) is (size > 4096) and content(path) == content(whole)


def test_a_folder_that_cannot_be_written_can_be_read(tmp_path: Path, whole: Path) -> None:
    """By another user, since root may write everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.study")
        shutil.copy(whole, path)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        done = program(
            "import os, durable, filelock, auxtheory.study as s; durable.small_batches()\n"
            # Loads all that is needed.
            "s.Results.open(sys.argv[1]).counts, durable.study(2).run(sys.argv.pop())\n"
            "if os.geteuid() == 0:\n    os.setegid(65534), os.seteuid(65534)\n"
            "print(s.Results.open(sys.argv[1]).counts)\n"
            "for name in sys.argv[1:]:\n"
            "    try:\n        durable.study(5).run(name)\n    except s.StudyError as error:\n    "
            "    print(error)",
            path,
            Path(folder, "b.study"),
            tmp_path / "c.study",
        )
        out, err = done.communicate()
        Path(folder).chmod(0o755)
        refused = [
            f"cannot write {folder}/{name}: there is no permission"
            for name in ("a.study", "b.study")
        ]
        assert (out.splitlines(), err) == ([f"{{'pass': {CELLS}}}", *refused], "")
        assert path.read_bytes() == whole.read_bytes()


def test_places_where_no_study_can_be(tmp_path: Path) -> None:
    """A folder, a missing folder, another ending: each its line, and nothing is touched."""
    (tmp_path / "a.study").mkdir()
    for name, line in {
        "a.study": "cannot write {}: it is a folder",
        "b/a.study": "cannot write {}: there is no folder {parent!r}",
        "a.db": "cannot store a study in {}: the name must end in .study",
    }.items():
        path = tmp_path / name
        with pytest.raises(StudyError) as caught:
            study(2).run(path)
        assert str(caught.value) == line.format(path, parent=str(path.parent))
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.study"]
    circle = tmp_path / "circle.study"
    circle.symlink_to(circle)
    with pytest.raises(StudyError, match=re.escape(f"cannot write {circle}: ")):
        study(2).run(circle)


def test_a_folder_that_cannot_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system says it to others than root: one line from who reads and who runs."""
    path = tmp_path / "a.study"

    def refused(self: Path, **_: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refused)
        patch.setattr(Path, "is_file", refused)
        patch.setattr(Path, "is_dir", refused)
        for action, call in (("read", Results.open), ("write", study(2).run)):
            with pytest.raises(StudyError) as caught:
                call(path)
            assert str(caught.value) == f"cannot {action} {path}: there is no permission"


# A file that is moved while it is written.
@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_gone_stops_the_run(whole: Path, tmp_path: Path, replaced: bool) -> None:
    """At the next batch, in one line; what was kept is where it was moved to, another's file as it
    was."""
    path = tmp_path / "a.study"
    moved = tmp_path / "b.study"

    def progress(done: int, _: int) -> None:
        if done == 20:
            path.rename(moved)
            if replaced:
                shutil.copy(whole, path)

    with pytest.raises(StudyError) as caught:
        study(5).run(path, progress=progress)
    assert (
        str(caught.value)
        == f"cannot write {path}: it was moved, deleted or replaced while the study ran"
    )
    assert path.exists() is replaced and (not replaced or path.read_bytes() == whole.read_bytes())
    assert sum(row[1] - row[0] for row in content(moved)) == 20
