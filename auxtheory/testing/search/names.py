"""The names of the parameters that are searched in a cell."""

from __future__ import annotations

from collections.abc import Collection

from auxtheory.testing.search.cells import SearchCell
from auxtheory.testing.search.clients import names_of_groups
from auxtheory.testing.search.dense import ANGLES
from auxtheory.testing.search.layouts import Layout
from auxtheory.testing.search.parameters import NOISE, PARAMETERS, SECOND_COORDINATE, SHAPES
from auxtheory.testing.search.rules import has_unit, names_bias
from auxtheory.testing.search.shapes import without_shapes
from auxtheory.testing.search.step_parameters import step_parameters, without_effect
from auxtheory.theorems import Theorem

# Parameters that those of groups of clients replace; their noise has no direction.
REPLACED = "gap", "bias", "flat_gap", "gap_angle", "noise_angle"


def names_in_cell(
    theorem: Theorem,
    cell: SearchCell,
    fixed: Collection[str],
    replaced: Collection[str],
    *,
    sampled: bool,
) -> tuple[str, ...]:
    """The names of the parameters that are searched in this cell.

    Args:
        theorem: The theorem.
        cell: The cell.
        fixed: The names of those that are fixed.
        replaced: The names of those that do not apply, since a part of the case is given.
        sampled: Whether the exact engine refuses the method.

    Returns:
        The names.
    """
    method = theorem.method
    unit = {"L", "F0"} if has_unit(theorem) else set()
    excluded = unit | set(fixed) | set(replaced)
    excluded |= set(SECOND_COORDINATE) if cell.dim == 1 else set()
    excluded |= without_effect(method) | without_shapes(theorem)
    # Only the exact engine follows noise along a direction, and only additive noise for long.
    excluded |= {"s"} if cell.dense else set(ANGLES)
    excluded |= set(NOISE) if cell.dense and sampled else set()
    if cell.dense and not names_bias(theorem):
        excluded |= {"zeta", "bias"}
    if cell.mode == "tuned":
        # Σ_r is then known along the run only, and the bound the general one.
        excluded |= {"step", "momentum", "s", *SHAPES}
    if not method.uses_a:
        excluded |= {"momentum"}
    if cell.K > 1 and method.role.beta and sampled:
        # Growing noise of local steps is followed by the exact engine alone.
        excluded |= {"s"}
    excluded |= _demanded(theorem, cell)
    still = {"sigma_f", "sigma_h"} & (excluded - set(fixed))
    if cell.dense and still:
        excluded |= {"correlation"} | ({"noise_angle"} if len(still) == 2 else set())
    # s adds to σ_f and σ_r.
    excluded |= {"s"} if excluded & {"sigma_f", "sigma_r"} - set(fixed) else set()
    of_groups: list[str] = []
    if cell.layout is not None:
        excluded |= _not_of_clients(theorem, cell.layout)
        if "flat" not in replaced:  # which a given pair replaces
            of_groups = [
                name
                for name in names_of_groups(cell.layout, cell.dim, dense=cell.dense)
                if "zeta" not in excluded or not name.startswith("b")
            ]
    chosen = () if cell.mode == "tuned" else step_parameters(method).values()
    names = (*(name for name in PARAMETERS if name not in excluded), *of_groups)
    return (*names, *(name for name in chosen if name not in fixed))


def _demanded(theorem: Theorem, cell: SearchCell) -> set[str]:
    """The parameters of which a condition demands that they are 0, such as σ_h = 0. Of clients a
    condition on δ or ζ is one on their mean, which is f."""
    of_mean = {"delta", "zeta", "beta"} if cell.layout and cell.layout.clients else set()
    return {
        name
        for condition in theorem.assumptions
        for name in condition.names - of_mean
        if {name} == condition.names and not condition.holds({name: 1e-9})
    }


def _not_of_clients(theorem: Theorem, layout: Layout) -> set[str]:
    """The parameters that pairs with clients replace by those of their groups, and noise that no
    client takes."""
    excluded = set(REPLACED)
    alike = layout.groups == 1 and layout.clients
    excluded |= {"delta"} if alike or layout.form != "gaps" else set()
    excluded |= {"zeta"} if alike else set()
    taken = {call.kind for call in theorem.method.program.calls if call.noisy}
    return excluded | ({"sigma_f", "correlation", "s"} if taken <= {"h"} else set())
