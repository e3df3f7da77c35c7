"""The runner of pages sees what is wrong with a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from running_pages import blocks, differs, run_page

PYTHON = "```python\nprint({})\n```\n\n```text\n{}\n```\n"


def ran(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    (folder / "empty").mkdir()
    (folder / "sources").mkdir()
    (page := folder / "page.md").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder / "empty")
    return run_page(page, folder / "sources")


@pytest.mark.parametrize(
    "shown, printed",
    [
        ("a  1.25\n", "a 1.26\n"),
        ("1.25e-10", "1.24e-10"),
        ("a\n…\nb", "a\nx\ny\nb"),
        ("in … s: 3", "in 12.5 s: 3"),
        ("a\n…", "a\nb\nc"),
        ("−1.5", "−1.5"),
        ("1,000.5 (S3)", "1,000.4 (S3)"),
    ],
)
def test_what_counts_as_equal(shown: str, printed: str) -> None:
    assert not differs(shown, printed)


@pytest.mark.parametrize(
    "shown, printed",
    [
        ("1.25", "1.28"),
        ("1.25e-10", "1.25e-11"),
        ("10 rows", "11 rows"),
        ("a\nb", "a"),
        ("a", "a\nb"),
        ("a\n…\nb", "a\nx\nc"),
        ("violated", "pass"),
        ("S3", "S4"),
        ("", "a"),
    ],
)
def test_what_counts_as_different(shown: str, printed: str) -> None:
    assert differs(shown, printed)


def test_a_page_that_shows_another_number_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AssertionError, match=r"page\.md, line 2 prints something else"):
        ran(PYTHON.format("1 / 4", "0.35"), tmp_path, monkeypatch)


def test_a_page_that_fails_shows_its_message_or_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = PYTHON.format("1 / 0", "ZeroDivisionError: division by zero")
    assert ran(shown, tmp_path, monkeypatch) == 1
    (again := tmp_path / "again").mkdir()
    with pytest.raises(ZeroDivisionError):
        ran("```python\n1 / 0\n```\n", again, monkeypatch)


@pytest.mark.parametrize(
    "line, message",
    [
        ("auxtheory show S99", "ends with status 2"),
        ("auxtheory nothing", "ends with status 2"),
        ("frobnicate", "the test knows no command 'frobnicate'"),
    ],
)
def test_a_command_that_fails_is_seen(
    line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AssertionError, match=message):
        ran(f"```console\n{line}\n```\n", tmp_path, monkeypatch)


def test_files_remarks_and_redirections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "<!-- file: mine.py -->\n```python\nx = 3\n```\n\n"
        "```python\nfrom pathlib import Path\nprint(Path('mine.py').read_text())\n```\n\n"
        "```text\nx = 3\n```\n\n"
        "<!-- not run: needs a GPU -->\n```python\n1 / 0\n```\n\n"
        "```console\n$ .venv/bin/auxtheory show S1 > s1.txt && pip install x  # a comment\n```\n"
    )
    assert [block.remark for block in blocks(text)] == ["file", "", "", "not run", ""]
    assert ran(text, tmp_path, monkeypatch) == 2
    assert "S1" in (tmp_path / "empty" / "s1.txt").read_text(encoding="utf-8")
