"""Certificates of a user's theorems, with any affine method and any measure, and why others have none."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import auxtheory as at
from auxtheory.certify import GridCell, cells, sandwich, stored_table, text
from auxtheory.certify.rows import _status
from auxtheory.cli.parser import main
from auxtheory.errors import InputError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PEPit's docstrings
    pytest.importorskip("PEPit")

L, F0, mu, eta, T, K, delta, sigma_f, zeta = at.symbols("L F0 mu eta T K delta sigma_f zeta")
condition = at.symbol(
    "certified_kappa",
    glyph="κ_c",
    value=lambda pair: pair.constants().L / pair.constants().mu,
)
size = at.symbol("certified_size", glyph="d_c", value=lambda pair: pair.dim)
friction = at.symbol("friction", glyph="φ")
unknown = at.symbol("certified_nu", glyph="ν_c")
measures = at.measures
SMALL: dict[str, Any] = {"K": [1], "T": [1, 2], "delta": [0.0], "eta_points": 1}


class Heavy(at.Method):
    """The heavy ball."""

    state = "x v"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def step(o: Any, x: Any, v: Any, *, eta: Any, friction: Any = 0.5) -> Any:
        v = friction * v - eta * o.f(x)
        return x + v, v


class Descent(at.Method):
    """Gradient descent with an average that begins at x⁰."""

    state = "x mean"

    def start(o: Any, x: Any) -> Any:
        return x, x

    def step(o: Any, x: Any, mean: Any, *, eta: Any) -> Any:
        return x - eta * o.f(x), mean + (x - mean) / o.t


class Decayed(at.Method):
    """Weight decay."""

    def step(o: Any, x: Any, *, eta: Any) -> Any:
        return 0.9 * x - eta * o.f(x)


class Open(at.Method):
    """A parameter without a default value."""

    def step(o: Any, x: Any, *, eta: Any, gamma: Any) -> Any:
        return x - gamma * eta * o.f(x)


def theorem(name: str = "Mine", **attributes: Any) -> Any:
    """A class of a theorem; G ≤ 2F₀/(ηT) for gradient descent unless the attributes say otherwise."""
    usual = {"method": at.methods.SGD, "bound": 2 * F0 / (eta * T), "step_range": L * eta <= 1}
    return type(name, (at.Theorem,), usual | attributes)


def statuses(kind: Any, **more: Any) -> list[str]:
    return [str(row["status"]) for row in sandwich(cells([kind], **(SMALL | more)))]


def test_a_theorem_of_a_user_is_that_of_the_library() -> None:
    """The same cells as those of S0, which are made in another way, and its worst cases."""

    class Mine(at.theorems.SGD):
        """S0 under another name."""

    mine = cells([Mine], **SMALL)
    library = [cell for cell in cells([at.theorems.SGD], **SMALL) if not cell.decrease]
    assert len(mine) == len(library) == 2
    for one, two in zip(mine, library, strict=True):
        assert repr(one.steps) == repr(two.steps) and repr(one.constants) == repr(two.constants)
    row, other = (sandwich([cell]).rows[0] for cell in (mine[0], library[0]))
    assert row["measure"] == other["measure"] == "G" and row["status"] == "holds"
    assert row["tight"] == pytest.approx(other["tight"], rel=1e-6)


def test_every_kind_of_measure_and_symbol() -> None:
    """Distances of an average, means, weights, parameters and symbols; each claim is true, and
    false by a factor that is larger than its slack."""
    rate = (1 - mu * eta) ** (2 * T)
    claims = {
        "distance": (at.methods.SGD, measures.distance_last, 2 * F0 / mu * rate),
        "average": (Descent, measures.distance("mean"), 2 * F0 / mu),
        "mean": (at.methods.SGD, measures.gap_mean, F0),
        "weights": (at.methods.SGD, measures.gap(over="rounds", weights=lambda t: t), F0),
        "symbol": (at.methods.SGD, measures.grad_last, 2 * L * F0 * condition / condition),
        "parameter": (
            Heavy,
            measures.square("v", unit=measures.distance_last.unit),
            2 * L * F0 * eta**2 / (1 - friction) ** 2,
        ),
    }
    for name, (method, measure, bound) in claims.items():
        slack = 1.0 if name in ("distance", "average", "mean") else 6.0
        needs_mu = ("strongly convex",) if name in ("distance", "average", "mean") else None
        more: dict[str, Any] = {"method": method, "measure": measure, "classes": needs_mu}
        classes = more.pop("classes")
        true = theorem(name, bound=bound, **more)
        false = theorem(name, bound=0.99 / slack * bound, **more)
        assert set(statuses(true, classes=classes)) == {"holds"}, name
        assert "violated" in statuses(false, classes=classes), name


def test_the_classes_of_a_theorem() -> None:
    """Strongly convex with μ, smooth without, or the wanted ones; only an upper bound decides
    nothing above the theorem's."""
    linear = theorem(measure="gap", bound=(1 - mu * eta) ** T * F0)
    assert {cell.function_class for cell in cells([linear], **SMALL)} == {"strongly convex"}
    assert {cell.function_class for cell in cells([theorem()], **SMALL)} == {"smooth"}
    wanted = cells([linear()], classes=["PL", "convex"], **SMALL)
    assert {cell.function_class for cell in wanted} == {"PL", "convex"}
    assert {float(cell.constants.mu) for cell in wanted} == {0.1, 0.0}
    cell = next(cell for cell in wanted if cell.function_class == "PL")
    worst = cell.solve()
    assert worst.kind == "upper" and worst.instance.value < worst.value
    between = (worst.instance.value + worst.value) / 2
    assert _status(worst, between) == "undecided"
    assert _status(worst, 0.99 * worst.instance.value) == "violated"
    assert _status(worst, worst.value) == "holds"


def test_prescribed_steps_are_certified_where_there_is_no_range() -> None:
    class Tuned(at.Theorem):
        method = at.methods.SGD
        corollaries = at.Corollary(4 * L * F0 / T)

        def step_sizes(self, c: Any, K: int, T: int, B: float) -> Any:
            return 1 / (2 * c.L)

    (cell, _) = cells([Tuned], **SMALL)
    assert cell.steps.mode == "tuned" and float(cell.steps.eta) == 0.5
    assert statuses(Tuned) == ["holds", "holds"]


def test_unlimited_steps_begin_at_the_smoothness() -> None:
    grid = cells([theorem(step_range=())], **SMALL)
    assert [float(cell.steps.eta) for cell in grid] == [1.0, 1.0]


def test_runs_with_too_many_points_are_left_out() -> None:
    """The average is another point in each round."""
    averaged = theorem(method=Descent, measure=measures.grad("mean", over="rounds"))
    lengths = {(cell.steps.K, cell.steps.T) for cell in cells([averaged], eta_points=1)}
    assert (1, 3) in lengths and (5, 2) not in lengths and (5, 1) in lengths
    with pytest.raises(InputError, match=r"a run of K = 5, T = 3 has 1\d points, more than 16"):
        cells([theorem(method=Descent, measure=averaged.measure)], K=[5], T=[3])


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "clipped": ({"method": at.methods.ClippedSGD}, "is not affine: norm"),
    "random": ({"method": at.methods.LSVRG}, "makes a random choice"),
    "decayed": ({"method": Decayed}, "depends on where the origin is"),
    "naive": ({"method": at.methods.Naive}, "does not cancel in the steps of Naive"),
    "distance": (
        {"measure": measures.distance_last, "bound": F0 / L},
        "a smooth f has no minimiser within a known distance",
    ),
    "matrix": (
        {"measure": measures.quadratic([1.0, 2.0]), "bound": at.exp(-L * eta * T)},
        "its matrix has one size",
    ),
    "size": ({"bound": 2 * size * F0 / (eta * T)}, "a class of functions has no dim"),
    "nu": ({"bound": 2 * unknown * F0 / (eta * T)}, "ν_c has no value"),
    "zeta": ({"bound": 2 * F0 / (eta * T) + zeta**2}, "it names ζ, which no class"),
    "noise": (
        {"assumptions": sigma_f > 0},
        "it assumes 0 < σ_f: the right side is 0, must be above 0",
    ),
    "default": ({"method": Open}, "gamma must have a default value in the text of Open"),
    "range": ({"step_range": K >= 50}, "no K, T and η of the grid are in its range"),
}


def test_what_cannot_be_certified_is_one_error() -> None:
    """Each theorem with its reason; none of them reaches the solver."""
    kinds = [theorem(name, **attributes) for name, (attributes, _) in REFUSED.items()]
    with pytest.raises(InputError) as caught:
        cells([*kinds, theorem()], **SMALL)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{len(REFUSED)} bad inputs:"
    for line, (name, (_, reason)) in zip(lines[1:], REFUSED.items(), strict=True):
        assert f"theorem = '{name}': cannot be certified: " in line and reason in line
    with pytest.raises(InputError, match=r"(?s)class = 'smoth'.*did you mean 'smooth'"):
        cells(classes=["smoth"])
    both = theorem(method=at.methods.ClippedSGD, bound=zeta**2)
    with pytest.raises(InputError, match=r"is not affine.*; it names ζ"):
        cells([both])
    with pytest.raises(InputError, match="theorem = 3: must be a theorem"):
        cells([3])  # type: ignore[list-item]


MINE = """
import auxtheory as at

L, F0, eta, T = at.symbols("L F0 eta T")


class Descent(at.Method):
    def step(o, x, *, eta, scale=0.5):
        return x - scale * eta * o.f(x)


class Rate(at.Theorem):
    method = Descent
    measure = at.measures.grad_last
    step_range = L * eta <= 1
    bound = 4 * L * F0 / (eta * L * T)


class Wrong(Rate):
    bound = 0.1 * F0 / (eta * T)
"""


def test_the_command(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A user's file by name, the classes, and what is wrong."""
    (tmp_path / "certified_mine.py").write_text(MINE)
    file = str(tmp_path / "certified_mine.py")
    quick = ["certify", "--K", "1", "--T", "1", "--eta-points", "1", "--theorem"]
    assert main([*quick, f"{file}:Rate", "--class", "convex"]) == 0
    out = capsys.readouterr().out
    assert "Rate, grad_last, convex f" in out and "scale = 0.5" in out
    assert main([*quick, f"{file}:Wrong"]) == 1
    assert main([*quick, f"{file}:Rates"]) == 2
    assert "did you mean 'Rate'" in capsys.readouterr().err
    assert main([*quick, file]) == 2
    assert f"must name one of the file's theorems: {file}:Rate, " in capsys.readouterr().err
    assert main([*quick, f"{file}:Rate", "--stored"]) == 2
    assert "'Rate': has no stored proofs" in capsys.readouterr().err
    assert main([*quick, f"{file}:Rate", "--store", str(tmp_path)]) == 2
    assert "store = " in capsys.readouterr().err


def test_tables_name_the_measure() -> None:
    cell: GridCell = cells([theorem(measure=measures.grad_last)], **SMALL)[0]
    table = sandwich([cell])
    assert text(table).startswith("Mine, grad_last, smooth f, F0 bounds f(x⁰) − f*, tight\n")
    assert "parameters" not in text(table) and np.isnan(table.rows[0]["a"])
    with pytest.raises(InputError, match="theorem = 'Mine': has no stored proofs"):
        stored_table((theorem(),))
