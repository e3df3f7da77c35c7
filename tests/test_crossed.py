"""What a cross of parameters runs by default, and what only `pytest --all` runs."""

from __future__ import annotations

import pytest
from crossed import crossed


def test_only_what_leaves_the_centre_twice_is_slow() -> None:
    """Otherwise a value is tested by slow tests alone, or a combination by none."""
    mark = crossed(
        {"name": ["a", "b", "c"], "law": [("x", 1), ("y", 2)]}, {"name": "b", "law": ("x", 1)}
    )
    names, sets = mark.args
    assert names == ("name", "law") and len(sets) == 6
    slow = {one.values for one in sets if one.marks}
    assert slow == {("a", ("y", 2)), ("c", ("y", 2))}
    assert [one.id for one in sets][:2] == ["a-x-1", "a-y-2"]


def test_a_centre_must_be_one_of_the_values() -> None:
    """Otherwise every combination is away from it and none runs by default."""
    with pytest.raises(ValueError, match="law = 'z' is not among"):
        crossed({"name": ["a"], "law": ["x", "y"]}, {"name": "a", "law": "z"})


def test_the_usual_selection_leaves_out_the_slow_tests(request: pytest.FixtureRequest) -> None:
    """Otherwise `pytest` alone runs for as long as `pytest --all`."""
    usual = request.config.getini("addopts")
    assert usual[usual.index("-m") + 1] == "not slow"
