"""The script for a machine with a GPU, on one without: it says so, and its parts work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench_cases import TINY

from auxtheory.bench import gpu, report
from auxtheory.bench.processes import Here


def test_without_a_gpu_it_says_so_and_ends_well(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simulator is no GPU either."""
    monkeypatch.delenv(gpu.SIMULATOR, raising=False)
    monkeypatch.setattr(gpu, "machine", lambda: {"gpu": "none"})
    assert gpu.main(["--out", str(tmp_path)]) == 0
    assert "nvidia-smi finds no GPU" in capsys.readouterr().out
    monkeypatch.setenv(gpu.SIMULATOR, "1")
    assert gpu.main(["--out", str(tmp_path)]) == 0
    assert "unset it to run on the device" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv(gpu.SIMULATOR)
    monkeypatch.setattr(gpu, "machine", lambda: {"gpu": "a GPU"})
    monkeypatch.setattr(gpu, "REASONS", (lambda: "no driver", lambda: "no package"))
    assert gpu.no_gpu() == "no driver; no package"
    monkeypatch.setattr(gpu, "REASONS", (lambda: None, lambda: "no package"))
    assert gpu.no_gpu() is None


def test_the_tests_of_a_device_exist() -> None:
    root = Path(__file__).parents[2]
    assert all((root / name).exists() for name in gpu.TESTS)


def test_what_tests_say_is_written_and_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they pass, fail, last too long or are not there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(gpu.SIMULATOR, "1")
    line = f"import os\ndef test_it():\n    assert os.environ.get('{gpu.SIMULATOR}') is None\n"
    Path("test_a.py").write_text(line)
    Path("test_b.py").write_text("def test_it():\n    assert 0\n")
    Path("test_c.py").write_text("import time\ndef test_it():\n    time.sleep(60)\n")
    assert not gpu.tested(tmp_path, 60.0, ["test_a.py"])
    assert "tests on the device (exit status 0): 1 passed" in capsys.readouterr().out
    assert gpu.tested(tmp_path, 60.0, ["test_a.py", "test_b.py"])
    assert "1 failed, 1 passed" in (tmp_path / "gpu-tests.txt").read_text()
    assert gpu.tested(tmp_path, 1.0, ["test_c.py"])
    assert "ended after 1 s" in capsys.readouterr().out
    assert gpu.tested(tmp_path, 1.0, ["absent.py"])
    assert "from the root of the repository" in capsys.readouterr().out


def test_groups_are_written_as_they_are_finished(
    alone: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The group of the device first; without time the rest is skipped by name."""
    alone.setattr(report, "Apart", lambda *lane, variables: Here(*lane))
    assert not gpu.measured(tmp_path, 1e-6, TINY)
    rows = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))["rows"]
    assert rows[0]["group"] == "on a GPU, AuxMOM" and len({row["group"] for row in rows}) > 15
    assert {row["status"] for row in rows} == {"absent", "skipped"}
    assert "skipped (no time left)" in capsys.readouterr().out
    assert gpu.measured(tmp_path, -1.0, TINY) and "no time" in capsys.readouterr().out
