"""Bad paths are one sentence with argument, path and what is wrong, before the work."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import auxtheory as at
from auxtheory import certify, data, experiments, files
from auxtheory.analysis import style
from auxtheory.cli.parser import main
from auxtheory.errors import FileError, InputError
from auxtheory.study.toml import read

ROOT = Path(__file__).resolve().parent.parent
LONG = "x" * 256
STUDY = """
theorems = ["SGD"]
[target]
family = "Quadratic"
L = 1.0
dim = 2
[axes]
delta = [0.1, 0.2]
K = 1
T = [5, 6]
"""
# Every command that writes, without the place: {} is where that goes.
WRITERS = {
    "out of validate": "validate --theorem S0 --out {}",
    "out of falsify": "falsify S0 --out {}",
    "out of plot": "plot tightness s.study --out {}",
    "out of toy": "plot toy --out {}",
    "out of delta": "plot delta-prediction --out {}",
    "out of report": "report s.study --out {}",
    "out of certify": "certify --stored --out {}",
    "out of experiment": "experiment mislabelled --out {}",
    "store": "certify --store {}",
    "save": "bench --save {}",
    "export": "study export s.study {}.csv",
    "run": "study run s.toml --out {}.study",
    "merge": "study merge {}.study s.study",
}
READERS = (
    "replay {}",
    "experiment {}.toml",
    "study run {}.toml",
    "study resume {}.study",
    "study status {}.study",
    "study cell {}.study 0",
    "report {}.study",
    "plot tightness {}.study",
    "plot tightness {}.nc",
    "report {}.zarr",
    "experiment mislabelled --data {}",
    "plot delta-prediction --data {}",
    "falsify {}.py:Mine",
    "study export {}.study x.csv",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that has been run."""
    path = tmp_path_factory.mktemp("made") / "s.study"
    at.Study([at.theorems.SGD()], at.Quadratic(L=1.0, dim=2), delta=[0.1, 0.2], K=1, T=[5, 6]).run(
        path
    )
    return path


@pytest.fixture
def here(tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with a study that has been run and a file that is none."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(made, "s.study")
    Path("s.toml").write_text(STUDY)
    Path("plain").write_text("plain")
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], command: str) -> str:
    """What a command says that ends with status 2 and has printed nothing, hence computed
    nothing."""
    status = main(command.split())
    out, err = capsys.readouterr()
    err = re.sub(r"(?m)^auxtheory: [a-z -]+, \d+ s\n", "", err)  # notices of a slow machine
    assert (status, out) == (2, ""), (command, status, out)
    assert "Errno" not in err and "Traceback" not in err and err.startswith("auxtheory: error: ")
    return err


@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("place", ["no/x", "plain/x", LONG, "/proc/none/x"])
def test_where_nothing_can_be_written_is_said_before_the_work(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    place: str,
) -> None:
    """The engines are taken away: whatever computes before it looks would fail otherwise."""
    monkeypatch.setattr("auxtheory.engines.run_task", None)
    before = sorted(here.rglob("*"))
    err = refused(capsys, command.format(place))
    assert place.split("/")[0] in err or LONG[:80] in err
    assert any(
        word in err
        for word in (
            "no folder",
            "no such folder",
            "not a folder",
            "too long",
            "Not a directory",
            "name too long",
        )
    )
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("place", ["none", "no/x", "plain/x", LONG])
def test_what_cannot_be_read_is_said(
    here: Path, capsys: pytest.CaptureFixture[str], command: str, place: str
) -> None:
    err = refused(capsys, command.format(place))
    assert place[:50] in err


def test_a_folder_is_no_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("d").mkdir()
    for command in (
        "validate --theorem S0 --out d",
        "falsify S0 --out d",
        "report s.study --out d",
        "replay d",
    ):
        assert (
            "= 'd': must be a file that can be" in (err := refused(capsys, command))
            and "it is a folder" in err
        )
    for command in ("plot toy --out .", "certify --stored --out ."):
        assert "out = '.': must be the beginning of a file's name" in refused(capsys, command)
    for command in (
        "bench --save plain",
        "experiment mislabelled --out plain",
        "certify --store plain",
    ):
        assert "= 'plain': must be a folder in which files can be written; it is a file" in refused(
            capsys, command
        )


def test_what_is_no_text_is_named_with_its_line(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """UnicodeDecodeError is a ValueError, and no OSError: a traceback otherwise."""
    Path("a.toml").write_bytes(b"title = 'x'\nkind = '\xff'\n")
    assert "experiment = 'a.toml': must be text in UTF-8, and has a byte 0xff in line 2" in refused(
        capsys, "experiment a.toml"
    )
    assert "file = 'a.toml': must be text in UTF-8" in refused(capsys, "replay a.toml")


@pytest.mark.parametrize(
    "call",
    [
        lambda path: at.Table(({"x": 1},)).to_csv(path),
        lambda path: style.save(figure(), path, ("png",)),
        lambda path: certify.store(path),
        lambda path: data.load(path),
        lambda path: at.Results.open(path),
        lambda path: experiments.settings(path),
        read,
    ],
    ids=["to_csv", "save", "store", "load", "open", "settings", "read"],
)
@pytest.mark.parametrize("path", [3, None, "", b"x", "a\0b", ["x"], "no/such/folder/x.nc"])
def test_functions_name_a_path_that_is_none(call: Callable[[Any], Any], path: Any) -> None:
    with pytest.raises(
        at.AuxtheoryError, match=r"(?s)no/such/folder|must be|no such file"
    ) as caught:
        call(path)
    assert "Errno" not in str(caught.value)


def figure() -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(1, 1))


@pytest.mark.skipif(sys.platform != "linux", reason="needs another user's rights")
def test_a_folder_that_others_own(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As another user where the tests run as root, whom no folder refuses."""
    folder = Path(tempfile.mkdtemp())  # tmp_path lies in a folder that others cannot enter
    folder.chmod(0o755)
    monkeypatch.chdir(folder)
    shutil.copy(made, "s.study")
    Path("plain").write_text("plain")
    code = (
        "import os, sys\n"
        "from auxtheory import files\n"
        "from auxtheory.cli.parser import main\n"
        "import auxtheory.cli.validate, auxtheory.report_text, auxtheory.testing, "
        "auxtheory.study.results, auxtheory.page\n"
        "if os.geteuid() == 0:\n    os.setegid(65534), os.seteuid(65534)\n"
        "else:\n    os.chmod('.', 0o555)\n"
        "for words in ('validate --theorem S0 --out x.json', 'validate --theorem S0 --out "
        "plain',\n"
        "              'falsify S0 --out x', 'report s.study', 'replay secret'):\n"
        "    print(main(words.split()))\n"
        "try:\n    files.writable_folder('folder', '.')\n"
        "except files.FileError as error:\n    print(error)\n"
    )
    Path("secret").write_text("{}")
    Path("secret").chmod(0o000)
    Path("plain").chmod(0o444)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment()
    )
    folder.chmod(0o755)
    left = sorted(path.name for path in folder.iterdir())
    shutil.rmtree(folder)
    assert left == ["plain", "s.study", "secret"]
    assert done.stdout.splitlines()[:5] == ["2"] * 5, (done.stdout, done.stderr)
    assert (
        "folder = '.': must be a folder in which files can be written; no file can be made"
        in done.stdout
    )
    assert (
        done.stderr.count("no file can be made in the folder") == 3 and "Errno" not in done.stderr
    )
    assert (
        "out = 'plain': must be a file that can be written; the file that is there is protected"
        in done.stderr
    )
    assert "file = 'secret': must be a file that can be read; there is no permission" in done.stderr


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_an_error_of_the_system_that_nobody_expected() -> None:
    """The last resort of the command line has words too."""
    error = OSError(errno.ENOSPC, "No space left on device", "a/b")
    assert files.described(error) == "'a/b' cannot be used: the disk is full"
    assert files.described(OSError("in words")) == "in words"
    unnamed = files.described(OSError(errno.ETXTBSY, "Text file busy"))
    assert unnamed == "a file or standard output cannot be used: Text file busy"
    assert issubclass(FileError, InputError) and issubclass(FileError, OSError)
