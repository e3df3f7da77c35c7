"""The wheel, the sdist, the checkout and the editable install hold the same package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINKED = ("kernels", "analysis")
FILES = (
    "setup.py",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
)
FOLDERS = ("auxtheory", *LINKED, "tests")
IMPORTS = (
    "import auxtheory.kernels as k, auxtheory.analysis as a; print(k.__file__, a.__file__, "
    "sep='\\n')"
)


def python(*arguments: str | Path, cwd: Path, program: str | Path = sys.executable) -> str:
    """Output of a Python command; its whole log is the message of a failure."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONSAFEPATH")
    }
    done = subprocess.run([program, *arguments], cwd=cwd, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean_copy(folder: Path) -> Path:
    """The sources as a fresh checkout has them, without what builds and tools leave behind."""
    folder.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=ignored)
    return folder


def build(kind: str, source: Path, out: Path) -> Path:
    """Build "--wheel", "--sdist" or, with "", both: the wheel from the sdist. The path of what was
    built last."""
    python("-m", "build", "--no-isolation", *kind.split(), "--outdir", out, source, cwd=source)
    (path,) = out.glob("*.tar.gz" if kind == "--sdist" else "*.whl")
    return path


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def modules() -> set[str]:
    found = set()
    for folder, _, files in os.walk(ROOT / "auxtheory", followlinks=True):
        found |= {
            Path(folder, file).relative_to(ROOT).as_posix()
            for file in files
            if file.endswith(".py")
        }
    return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clean_copy(tmp_path_factory.mktemp("clean") / "checkout")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return build("--wheel", clean_copy(folder / "source"), folder / "out")


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = contents(wheel)
    assert {
        "auxtheory/kernels/__init__.py",
        "auxtheory/analysis/__init__.py",
        "auxtheory/py.typed",
    } <= names
    assert {
        "auxtheory/certify/certificates/S1.json",
        "auxtheory/experiments/mislabelled.toml",
    } <= names
    assert {
        f"auxtheory/analysis/page/{name}"
        for name in ("page.html.jinja", "style.css", "script.js", "whole.js")
    } <= names
    tops = {name.split("/")[0] for name in names}
    assert {re.sub(r"-.*\.", ".", top) for top in tops} == {"auxtheory", "auxtheory.dist-info"}
    assert {name for name in names if name.endswith(".py")} == modules()


@pytest.mark.slow
def test_the_sdist_is_whole_and_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    source = clean_copy(tmp_path / "source")
    assert contents(build("", source, tmp_path / "out")) == contents(wheel)
    (sdist,) = (tmp_path / "out").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        path.relative_to(source)
        for folder in (*LINKED, "tests")
        for path in (source / folder).rglob("*")
    }
    wanted = {path for path in wanted if (source / path).is_file()} | {Path(name) for name in FILES}
    assert {path.as_posix() for path in wanted} <= inside
    assert not {name for name in inside if "__pycache__" in name}


@pytest.mark.slow
@pytest.mark.parametrize("left", ["nothing", "text"])
def test_the_wheel_does_not_need_the_links(wheel: Path, tmp_path: Path, left: str) -> None:
    source = clean_copy(tmp_path / "source")
    for name in LINKED:
        link = source / "auxtheory" / name
        if link.is_symlink():
            link.unlink()
        else:
            shutil.rmtree(link)
        if left == "text":  # what git writes where the file system has no links
            link.write_text(f"../{name}")
    assert contents(build("--wheel", source, tmp_path / "out")) == contents(wheel)


def test_a_clean_checkout_imports(checkout: Path) -> None:
    assert_inside(python("-c", IMPORTS, cwd=checkout), checkout)
    links = [path for path in (checkout / "auxtheory").iterdir() if path.is_symlink()]
    assert all(link.readlink() == Path("..", link.name) for link in links)


@pytest.mark.slow
def test_an_editable_install_follows_the_checkout(tmp_path: Path) -> None:
    source = clean_copy(tmp_path / "source")
    python("-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    folders = sysconfig.get_paths(
        "venv", vars=dict.fromkeys(("base", "platbase"), str(tmp_path / "venv"))
    )
    program = Path(folders["scripts"], Path(sys.executable).name)
    # Setuptools and NumPy come from the environment of the tests; the name sorts after the
    # install's own .pth file.
    Path(folders["purelib"], "zz_outer.pth").write_text(sysconfig.get_path("purelib"))
    install = (
        "--ignore-installed",
        "--no-deps",
        "--no-build-isolation",
        "--disable-pip-version-check",
    )
    python(
        "-m", "pip", "--python", program, "install", *install, "--editable", source, cwd=tmp_path
    )
    assert_inside(python("-c", IMPORTS, cwd=tmp_path, program=program), source)
    (entry,) = Path(folders["purelib"]).glob("__editable__*.pth")
    assert Path(entry.read_text().strip()) == source, "type checkers follow only a plain path"


def assert_inside(output: str, source: Path) -> None:
    for line, name in zip(output.splitlines(), LINKED, strict=True):
        assert Path(line).resolve() == (source / "auxtheory" / name / "__init__.py").resolve()


@pytest.mark.slow
def test_the_metadata(metadata: Message) -> None:
    version = re.search(
        r'^__version__ = "(.+)"', (ROOT / "auxtheory/version.py").read_text(), re.MULTILINE
    )
    assert version is not None
    assert metadata["Name"] == "auxtheory"
    assert metadata["Version"] == version[1]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["License-File"] == "LICENSE"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_citation_is_of_this_version() -> None:
    """And of the authors that the metadata name; the paper is a reference."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.+)"', (ROOT / "auxtheory/version.py").read_text(), re.M)
    author = re.search(r'author="(.+)"', setup)
    assert version and author
    assert re.findall(r"^version: (.+)$", text, re.M) == [version[1]]
    assert f'\n  - name: "{author[1]}"\n' in text and "\nlicense: BSD-3-Clause\n" in text
    assert text.count("2206.00395") == 2 and text.startswith("cff-version: 1.2.0\n")


@pytest.mark.slow
def test_the_requirements(metadata: Message) -> None:
    requirements = metadata.get_all("Requires-Dist", [])
    plain = {re.split(r"[<>=!~\[; ]", line)[0] for line in requirements if "extra ==" not in line}
    assert plain == {
        "numpy",
        "scipy",
        "numba",
        "matplotlib",
        "tqdm",
        "hypothesis",
        "xarray",
        "filelock",
        "cloudpickle",
        "jinja2",
        "shtab",
    }
    assert set(metadata.get_all("Provides-Extra", [])) == {
        "experiments",
        "pep",
        "export",
        "dask",
        "mpi",
        "cuda",
        "testing",
        "test",
        "docs",
        "dev",
    }


@pytest.mark.slow
def test_the_console_script(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "auxtheory = auxtheory.cli:main" in archive.read(name).decode().splitlines()


@pytest.mark.slow
def test_the_settings_of_the_experiments(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert "auxtheory/experiments/mislabelled.toml" in archive.namelist()
