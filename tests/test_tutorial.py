"""The tutorial runs, and shows what is stored in it. `python tests/test_tutorial.py` stores what it
shows now."""

from __future__ import annotations

import base64
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

# In an environment that lacks one of them these tests are skipped, and say so.
nbclient = pytest.importorskip(
    "nbclient", reason="the tutorial's test needs nbclient: pip install '.[test]'"
)
nbformat = pytest.importorskip(
    "nbformat", reason="the tutorial's test needs nbformat: pip install '.[test]'"
)
pytest.importorskip(
    "ipykernel", reason="the tutorial's test needs ipykernel: pip install '.[test]'"
)

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "docs" / "tutorial.ipynb"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")
PNG = b"\x89PNG\r\n\x1a\n"


def read() -> Any:
    return nbformat.read(TUTORIAL, as_version=4)


def run(notebook: Any, folder: Path) -> Any:
    """The notebook with the outputs of a run in an empty folder; neither home nor repository is
    written to."""
    (work := folder / "work").mkdir()
    own = {
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter"),
    }
    client = nbclient.NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(work)}},
    )
    with mock.patch.dict(os.environ, own):
        os.environ.pop("NUMBA_ENABLE_CUDASIM", None)  # which is for the tests of kernels alone
        client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    left = [path.name for path in work.iterdir()]
    assert not left, f"the tutorial leaves {left} behind"
    return notebook


def texts(cell: Any) -> str:
    """What a code cell prints to standard output and shows as text; consecutive pieces of a stream
    are one."""
    return "".join(
        output.text
        if output.output_type == "stream"
        else output.get("data", {}).get("text/plain", "") + "\n"
        for output in cell.get("outputs", ())
        if output.get("name") != "stderr"
    )


def pieces(text: str) -> tuple[list[str], list[str], list[float]]:
    """The words, the whole numbers and the others of a text, whose last printed digit is not the
    same everywhere."""
    found = NUMBER.findall(text)
    whole = [number for number in found if number.isdecimal()]
    return (
        NUMBER.sub("#", text).split(),
        whole,
        [float(number) for number in found if not number.isdecimal()],
    )


def images(cell: Any) -> list[bytes]:
    data = [output.get("data", {}) for output in cell.get("outputs", ())]
    return [base64.b64decode(d["image/png"]) for d in data if "image/png" in d]


def codes(notebook: Any) -> Iterator[tuple[int, Any]]:
    return ((i, cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")


@pytest.mark.slow
def test_the_tutorial_shows_what_is_stored(tmp_path: Path) -> None:
    """Else a step of it fails or warns, or the page tells another story than the library."""
    stored = read()
    fresh = run(read(), tmp_path)
    for (i, old), (_, new) in zip(codes(stored), codes(fresh), strict=True):
        shown = "".join(output.text for output in new.outputs if output.get("name") == "stderr")
        # On a machine that has not compiled the loops yet, a notice says that it does.
        warned = [line for line in shown.splitlines() if ": compiling the loop " not in line]
        assert not warned, f"cell {i} warns: {warned}"
        *told, numbers = pieces(texts(new))
        *told_before, before = pieces(texts(old))
        assert told == told_before, (
            f"cell {i} shows something else: python tests/test_tutorial.py stores it"
        )
        assert numbers == pytest.approx(before, rel=2e-3), f"cell {i} shows other numbers"
        assert len(images(new)) == len(images(old)), f"cell {i} has another number of figures"
        assert all(
            image.startswith(PNG) and len(image) > 5_000 for image in images(new) + images(old)
        )


def test_the_stored_tutorial_is_clean() -> None:
    """Else it carries paths, times or addresses of the machine that ran it, or outputs out of
    order."""
    notebook = read()
    text = TUTORIAL.read_text(encoding="utf-8")
    nbformat.validate(notebook)
    assert notebook.metadata == METADATA
    assert all(not cell.metadata for cell in notebook.cells)
    counts = [cell.execution_count for _, cell in codes(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    assert sum(len(images(cell)) for _, cell in codes(notebook)) == 3
    assert len(text.encode()) < 500_000
    shown = "\n".join(cell.source + texts(cell) for cell in notebook.cells)
    assert not re.findall(
        r"(?<![\w.:/])/(?:home|tmp|root|work|usr|var|Users)/\S*|[A-Z]:\\\\|0x[0-9a-f]{6,}", shown
    )
    assert not re.findall(r"\d{4}-\d\d-\d\dT?\s?\d\d:\d\d|Traceback", shown)


def test_every_cell_is_explained_and_every_link_leads_somewhere() -> None:
    """Else a reader meets code without a word, or a page that is not there."""
    kinds = [cell.cell_type for cell in read().cells]
    for i, kind in enumerate(kinds):
        assert kind != "code" or "markdown" in kinds[max(0, i - 2) : i], (
            f"cell {i} is not explained"
        )
    prose = "\n".join(cell.source for cell in read().cells if cell.cell_type == "markdown")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link]
    missing = [link for link in links if not (TUTORIAL.parent / link.split("#")[0]).exists()]
    assert links and not missing


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        nbformat.write(run(read(), Path(name)), TUTORIAL)
    print(f"stored what {TUTORIAL.name} shows")
