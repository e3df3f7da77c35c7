"""Files that an earlier tree wrote, whose classes and modules stood elsewhere: they open, go on,
merge, replay and report."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory import methods
from auxtheory.cli.parser import main
from auxtheory.errors import InputError
from auxtheory.study import Results, StudyError, legacy
from auxtheory.study.identity import canonical, code_version, identities, identity
from auxtheory.study.storage.file import reading
from auxtheory.study.storage.merge import merge
from auxtheory.validation.parsing import HELPERS, parse

DATA = Path(__file__).resolve().parents[1] / "data" / "before-moves"
ROOT = DATA.parent.parent.parent
PARTS = r"<(?:code|pre)[^>]*>(.*?)</(?:code|pre)>"
CLEANED = "limits", "limits.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the files, as the present folder; the user's module is forgotten afterwards."""
    for path in DATA.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    paths = list(sys.path)
    yield tmp_path
    sys.path[:] = paths
    for name in [name for name in sys.modules if name.startswith(CLEANED[0])]:
        del sys.modules[name]


def stored(path: str) -> str:
    with reading(Path(path)) as store:
        return store.meta["identity"]


def test_a_study_opens_and_goes_on(folder: Path) -> None:
    """Otherwise a class that moved makes a user's file another study: claims, the user's own theorem,
    failed and missing cells included."""
    assert Results.open("gaussian.study").counts == {"pass": 20, "failed": 8, "missing": 28}
    study = at.Study.open("gaussian.study")
    assert identities(study)[1] == stored("gaussian.study") != identity(study)
    found = study.run("gaussian.study")
    assert stored("gaussian.study") == identity(study)
    assert found.counts == study.run().counts and "missing" not in found.counts
    assert found.counts["failed"] == 16
    assert at.Study.open("gaussian.study").cell("gaussian.study", 3).identical


def test_the_commands_of_a_study_work_on_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise only Python can read it."""
    assert main(["study", "cell", "sign.study", "9"]) == 0
    assert main(["study", "export", "sign.study", "rows.csv"]) == 0
    assert len(Path("rows.csv").read_text(encoding="utf-8").splitlines()) == 13
    assert main(["report", "sign.study"]) == 0
    assert main(["study", "resume", "sign.study"]) == 0
    assert Results.open("sign.study").counts == {"pass": 12}
    with reading(Path("sign.study")) as store:
        assert {code for _, code, _ in store.batches()} == {code_version()}
    assert "resume" not in capsys.readouterr().err


def test_a_study_grows(folder: Path) -> None:
    """Otherwise a larger study takes the file for one of another."""
    study = at.Study.open("sign.study")
    large = at.Study(
        [*study.theorems, at.theorems.AuxMOM()],
        study.target,
        study.noise,
        **{**study.axes, "L": [1.0], "K": [3], "delta": [0.05], "engine": "numpy", "T": [5, 7, 10]},
        replicas=study.replicas,
    )
    found = large.run("sign.study")
    assert found.counts == {"pass": 24} and stored("sign.study") == identity(large)


def test_files_merge(folder: Path) -> None:
    """Two old ones; an old one with a new one only after it was resumed, and then it does."""
    assert main(["study", "merge", "both.study", "sign.study", "sign.study"]) == 0
    assert Results.open("both.study").counts == {"pass": 12}
    study = at.Study.open("sign.study")
    study.run("new.study", part=(1, 2))
    with pytest.raises(StudyError, match="another version of the code"):
        merge(Path("all.study"), [Path("new.study"), Path("sign.study")])
    study.run("sign.study")
    assert main(["study", "merge", "all.study", "new.study", "sign.study"]) == 0
    assert Results.open("all.study").counts == {"pass": 12}


def test_a_damaged_study_is_carried_over(folder: Path) -> None:
    """Otherwise the batches, whose checksums hold the old identity, are lost with the description."""
    study = at.Study.open("sign.study")
    raw = Path("sign.study").read_bytes()
    place = raw.index(b"auxtheory study 1")
    Path("sign.study").write_bytes(raw[:place] + b"AUXTHEORY" + raw[place + 9 :])
    found = study.run("sign.study")
    assert found.counts == {"pass": 12} and stored("sign.study") == identity(study)
    assert any("recovered" in note for note in found.notes)


def test_a_counterexample_replays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON, and the script in it."""
    main(["replay", "counterexample.json"])
    assert "violated" in capsys.readouterr().out
    script = "\n".join(json.loads(Path("counterexample.json").read_text("utf-8"))["script"])
    assert "violated" in python(script, folder)


def python(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_page_prints_still_works(folder: Path) -> None:
    """Every command that the page shows, in its order, and the Python of its definition."""
    page = (folder / "sign.html").read_text(encoding="utf-8")
    texts = [html.unescape(re.sub(r"<[^>]+>", "", part)) for part in re.findall(PARTS, page, re.S)]
    commands = list(dict.fromkeys(text for text in texts if text.startswith("auxtheory ")))
    assert len(commands) >= 4
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, command
    (definition,) = (text for text in texts if "import auxtheory as at" in text)
    assert python(f"{definition.strip().replace('at.Study(', 'print(at.Study(', 1)})", folder)


def test_paths_that_pages_print_are_public() -> None:
    """Otherwise a page stops to work when a file moves."""
    from auxtheory.study import cell_again, reading

    assert callable(cell_again) and callable(reading)


# -- identities
# ---------------------------------------------------------------------------------------


def test_each_name_of_the_table_is_one_class() -> None:
    """Otherwise two classes are taken for one, or a public name leads nowhere."""
    for name in legacy.CLASSES:
        home, _, own = name.replace(":", ".").rpartition(".")
        if home != "auxtheory":
            found: Any = at
            for part in name.split(".")[1:]:
                found = getattr(found, part)
            assert isinstance(found, type) and found.__qualname__ == own
    defined = [
        name
        for path in (ROOT / "auxtheory").rglob("*.py")
        # Methods, which have the names of theorems, count by their own.
        for name in re.findall(
            r"^class (\w+)(?!\w|\((?:Method|Naive|AuxM\w+)\))",
            path.read_text(encoding="utf-8"),
            re.M,
        )
    ]
    for name in legacy.CLASSES:
        assert defined.count(re.split("[.:]", name)[-1]) == 1, name


def test_a_class_or_function_may_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither identity changes with the module; the old one is that of the place of then."""
    claim = at.claim(np.inf, method=methods.AuxMOM, steps=at.theorems.AuxMOM())
    values = [at.Gaussian(sigma_f=1.0), claim, at.theorems.AuxMVR(), at.methods.fine_tuning(3)]
    before = [[canonical(value, before=old) for old in (False, True)] for value in values]
    assert "auxtheory.noise.Gaussian" in json.dumps(before[0][1])
    there = ModuleType("auxtheory.elsewhere.file")
    for kind in (at.Gaussian, at.theorems.AuxMVR, at.Method):
        setattr(there, kind.__name__, kind)
    monkeypatch.setitem(sys.modules, there.__name__, there)
    for thing in (at.Gaussian, at.theorems.AuxMVR, at.Method, methods.AuxMOM):
        monkeypatch.setattr(thing, "__module__", "auxtheory.elsewhere.file")
    after = [[canonical(value, before=old) for old in (False, True)] for value in values]
    assert after == before


def small() -> at.Logistic:
    features = np.array([[1.0, 0.5], [-0.5, 1.0], [0.25, -1.0], [-1.0, -0.5]])
    return at.Logistic(features=features, labels=[0, 1, 0, 1], l2=0.5)


HELPED: dict[str, Any] = {
    "relabelled": {"share": 0.5},
    "randomly_labelled": {},
    "pseudo_labelled": {"share": 0.9},
    "rotated": {"degrees": 15.0},
    "noisy": {"level": 0.1},
    "coreset": {"size": 3},
    "quantised": {"bits": 3},
    "sketched": {"rank": 1},
}


@pytest.mark.parametrize("name", HELPERS)
def test_a_pair_of_a_helper_prints_as_the_call_that_makes_it(name: str) -> None:
    """Otherwise its text cannot be typed; its old text stays its old identity."""
    pair = getattr(at.helpers, name)(small(), **HELPED[name])
    assert repr(pair).startswith(f"at.helpers.{name}(at.Logistic(")
    again = parse(repr(pair))
    assert repr(again) == repr(pair) and canonical(again) == canonical(pair)
    assert eval(repr(pair), {"at": at}).description == pair.description
    old = json.dumps(canonical(pair, before=True), ensure_ascii=False)
    assert f".{name}(" in old and "at.helpers" not in old


def test_given_labels_are_printed() -> None:
    pair = at.helpers.relabelled(small(), labels=[1, 1, 0, 0])
    assert repr(pair).endswith("labels=[1, 1, 0, 0])") and canonical(parse(repr(pair)))
    assert ".relabelled(labels=…)" in json.dumps(canonical(pair, before=True), ensure_ascii=False)
    with pytest.raises(InputError):
        at.helpers.relabelled(small(), labels=["x", 1])
