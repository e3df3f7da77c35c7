"""The figure of one theorem's example over the rounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from figure_parts import legend

from auxtheory import theorems
from auxtheory.analysis import theorem as draw
from auxtheory.analysis.examples import example_of, example_table, rounds_between
from auxtheory.cli import main
from auxtheory.errors import InputError
from auxtheory.lower_bounds import SGD as LOWER
from auxtheory.theorems import Theorem


def test_rounds_lie_between_those_of_the_example() -> None:
    assert rounds_between((10, 80)) == [10, 20, 40, 80]
    assert rounds_between((1, 2)) == [1, 2]
    assert rounds_between((1000,)) == [10, 22, 46, 100, 215, 464, 1000]
    assert rounds_between((1,)) == [1]


def test_measured_values_bound_and_lower_bound_are_drawn() -> None:
    """Each from the theorem's example; the title has the largest ratio and the constants."""
    one, case = theorems.SGD(), example_of(theorems.SGD())
    table = example_table(one)
    figure = draw(one)
    lines = {
        tuple(line.get_ydata()) for line in figure.axes[0].get_lines() if len(line.get_xdata()) > 1
    }
    constants = one.constants(case.pair, case.noise)
    lower = tuple(float(LOWER.value(constants, T=int(T))) for T in table["T"])
    assert tuple(table["measured"]) in lines and tuple(table["bound"]) in lines
    assert any(line == pytest.approx(lower) for line in lines)
    title = figure.axes[0].get_title()
    assert title.startswith(f"S0 SGD: largest measured/bound {max(table['ratio']):.3g}\nL = ")
    assert legend(figure)[-1] == "down to a lower bound for all steps"


EACH = [
    # The catalogue's examples are run by tests/theorems/test_catalogue.py.
    pytest.param(kind, id=kind.label, marks=[] if kind in theorems.ALL else pytest.mark.slow)
    for kind in theorems.LIBRARY
]


@pytest.mark.parametrize("kind", EACH)
def test_every_example_has_numbers_over_several_rounds(kind: type[Theorem]) -> None:
    """Otherwise there is no figure on its page."""
    table = example_table(kind())
    drawn = [row for row in table if row["status"] == "pass" and row["measured"] > 0]
    assert len({row["T"] for row in drawn}) >= 2


def test_the_command_writes_figure_and_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", "theorem", "s0", "--out", str(tmp_path / "a"), "--formats", "svg"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.svg", "a.csv"}
    assert main(["plot", "theorem", "S00"]) == 2
    assert "theorem = 'S00': must be one of" in capsys.readouterr().err


def test_what_is_no_theorem_is_refused() -> None:
    with pytest.raises(InputError, match="one = 3: must be a theorem"):
        draw(3)  # type: ignore[arg-type]
