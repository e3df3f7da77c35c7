"""Studies of a user's own theorems go on from their file."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from durable import ENVIRONMENT, content
from own_theorems import MINE, OWN, TOML, codes, forget

import auxtheory as at
from auxtheory.cli.parser import main
from auxtheory.study import Results, StudyError
from auxtheory.study.storage.database import digest


def test_a_study_goes_on_from_its_file_wherever_the_user_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the theorem's file from any folder; apart from it only where the user says where that
    is."""
    main(["study", "run", "my study.toml", "--part", "1/2"])
    (folder / "deeper").mkdir()
    monkeypatch.chdir(folder / "deeper")
    forget(monkeypatch)
    assert main(["study", "resume", "../my study.study"]) == 0
    forget(monkeypatch)
    assert main(["study", "cell", "../my study.study", "3"]) == 0
    moved = folder.parent / "sent.study"
    shutil.copy(folder / "my study.study", moved)
    monkeypatch.chdir(folder.parent)
    forget(monkeypatch)
    capsys.readouterr()
    assert main(["study", "resume", "sent.study"]) == 2
    told = capsys.readouterr().err
    assert (
        "sent.study needs mine.py:MyTheorem, and there is no mine.py in" in told
        and str(folder.parent) in told
    )
    assert "--theorem FOLDER/mine.py:MyTheorem" in told and "mine" not in sys.modules
    given = [f"--theorem={folder.name}/mine.py:{name}" for name in ("MyTheorem", "mine")]
    assert main(["study", "resume", "sent.study", *given]) == 0
    assert main(["study", "cell", "sent.study", "3", *given]) == 0
    for command in (
        ["study", "status", "sent.study"],
        ["study", "export", "sent.study", "a.csv"],
        ["report", "sent.study"],
        ["study", "merge", "out.study", "sent.study"],
    ):
        forget(monkeypatch)
        assert main(command) == 0 and "mine" not in sys.modules, "to read a study imports nothing"


def test_nothing_is_imported_from_where_a_file_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A study that was sent may name any path: one outside of its folder and the present one is not
    imported."""
    (folder / "kept").mkdir()
    main(["study", "run", "my study.toml", "--out", "kept/a.study"])
    monkeypatch.chdir(folder / "kept")
    forget(monkeypatch)
    assert main(["study", "resume", "a.study"]) == 2
    assert "needs mine.py:MyTheorem" in capsys.readouterr().err and "mine" not in sys.modules
    monkeypatch.chdir(folder)
    assert main(["study", "resume", "kept/a.study"]) == 0, "in the present folder"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("os:system", "that is not a theorem, target or noise"),
        ("mine.py:rate", "that is not a theorem, target or noise"),
        ("antigravity:MyTheorem", "there is no antigravity in"),
        ("pip.__main__:x", "there is no pip.__main__ in"),
        (
            "nowhere.at_all:Mine",
            'with its folder on PYTHONPATH, as in `auxtheory study resume "my study.study" '
            "--theorem nowhere.at_all:Mine`",
        ),
    ],
)
def test_a_file_makes_parts_of_studies_alone(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    """Whatever a file from elsewhere says is its theorem: nothing else is called, or imported for
    the sake of it."""
    main(["study", "run", "my study.toml"])
    with closing(sqlite3.connect("my study.study")) as connection, connection:
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        home, _, name = text.rpartition(":")
        own = [{"text": text, "name": f"{home.removesuffix('.py')}.{name}", "file": ""}]
        told = json.loads(meta["description"]) | {
            "own": own,
            "definition": f"{own[0]['name']}('touch called')",
        }
        meta |= {"description": json.dumps(told), "checksum": ""}
        meta["checksum"] = digest(meta)
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
    capsys.readouterr()
    assert main(["study", "resume", "my study.study"]) == 2
    assert said in capsys.readouterr().err and not Path("called").exists()
    assert "antigravity" not in sys.modules and "pip.__main__" not in sys.modules


def test_a_theorem_that_has_changed_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By what it says, not by its text; to go on is refused, with what is another and what to
    do."""
    main(["study", "run", "my study.toml"])
    (folder / "mine.py").write_text(f"# a comment\n{MINE}")
    forget(monkeypatch)
    assert main(["study", "resume", "my study.study"]) == 0
    (folder / "mine.py").write_text(MINE.replace("c.bound * 2", "c.bound * 3"))
    for words in (["resume", "my study.study"], ["cell", "my study.study", "3"]):
        forget(monkeypatch)
        capsys.readouterr()
        assert main(["study", *words]) == 2
        told = capsys.readouterr().err
        assert "another version of mine.py:MyTheorem, mine.py:mine (MyTheorem (corollaries)" in told
        assert "auxtheory study run FILE.toml --out OTHER.study" in told
    assert main(["study", "run", "my study.toml"]) == 2
    assert "holds another study (other theorem MyTheorem (corollaries))" in capsys.readouterr().err


def test_a_study_of_an_importable_class_in_python(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a package: classes, claims and laws by their names, from another process."""
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").touch()
    law = "class Law(at.RandomSign):\n    pass\n\nlaw = Law(sigma_f=1.0)\n"
    (folder / "pack" / "mine.py").write_text(f"{MINE}\n{law}")
    script = """
import auxtheory as at
from pack.mine import MyTheorem, law, mine
target = at.Quadratic(L=1.0, mu=0.1, dim=3)
at.Study([MyTheorem(), mine], target, law, delta=0.1, K=2, T=[3, 5], replicas=4, engine="numpy").run("a.study")
"""
    subprocess.run([sys.executable, "-c", script], cwd=folder, env=ENVIRONMENT, check=True)
    assert main(["report", "a.study"]) in (0, 3)  # some of these few replicas do not decide
    page = (folder / "a.html").read_text(encoding="utf-8")
    assert "import pack.mine" in page and "[pack.mine.MyTheorem(), pack.mine.mine]" in page
    assert "    pack.mine.law,\n" in page
    for code in codes(page):
        forget(monkeypatch)
        assert main(shlex.split(code)[1:]) in (0, 3), code
    study = at.Study.open("a.study")
    assert (
        study.cell("a.study", 1).identical
        and study.run("a.study").counts == Results.open("a.study").counts
    )


SCRIPT = """
import sys
import auxtheory as at

class Mine(at.theorems.AuxMOM):
    '''Of a script.'''

study = at.Study([Mine(), at.theorems.SGD()], at.Quadratic(L=1.0, mu=0.1, dim=4), K=2, T=[3, 5])
study.run("a.study")
"""


def test_a_study_of_a_script_says_what_the_user_must_bring(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A class of the script itself: the page names it and the script, and what it prints works at
    the script's end."""
    (folder / "run.py").write_text(SCRIPT)
    subprocess.run([sys.executable, "run.py"], cwd=folder, env=ENVIRONMENT, check=True)
    assert main(["report", "a.study"]) == 0
    page = (folder / "a.html").read_text(encoding="utf-8")
    assert (
        "does not hold the theorem Mine (Mine of run.py): a cell runs again only in Python" in page
    )
    assert "    [Mine(), at.theorems.SGD()],\n" in page, "nothing of at. that is not there"
    python = [code for code in codes(page) if not code.startswith("auxtheory ")]
    worst = max(Results.open("a.study"), key=lambda row: row["ratio"])["cell"]
    assert len(python) == 3 and set(python) == {
        f"print(study.cell('a.study', {worst}))",
        "study.run('a.study')",
    }
    (folder / "run.py").write_text(SCRIPT + "\n".join(python))
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.stdout.count("its batch run again: the same bits") == 2 and not done.stderr
    for code in set(codes(page)) - set(python):
        assert main(shlex.split(code)[1:]) == 0, code
    capsys.readouterr()
    assert main(["study", "resume", "a.study"]) == 2
    assert (
        "a.study does not hold the theorem Mine (Mine of run.py): give the study file"
        in capsys.readouterr().err
    )


def test_a_cell_of_another_study_is_refused(folder: Path) -> None:
    main(["study", "run", "my study.toml"])
    other = at.Study([at.theorems.SGD()], at.Quadratic(L=1.0, dim=1), K=1, T=3)
    with pytest.raises(StudyError, match="holds another study"):
        other.cell("my study.study", 0)


def test_own_theorems_grow_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more T, and one more theorem of the file."""
    file = folder / "my study.toml"
    file.write_text(TOML.replace("{theorems}", '"mine.py:MyTheorem"'))
    main(["study", "run", "my study.toml"])
    file.write_text(TOML.replace("{theorems}", OWN).replace("20]", "20, 30]"))
    forget(monkeypatch)
    assert main(["study", "run", "my study.toml"]) == 0
    main(["study", "run", "my study.toml", "--out", "fresh.study"])
    assert content(folder / "my study.study") == content(folder / "fresh.study")
