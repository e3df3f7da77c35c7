"""Values of each client are finite numbers."""

from __future__ import annotations

import numpy as np
import pytest
from complaints import complaints

import auxtheory as at


@pytest.mark.parametrize("values", [[np.nan, 1.0], [1.0, np.inf], [], [[1.0]], ["x"]])
def test_values_of_clients_are_finite_numbers(values: list[object]) -> None:
    (found,) = complaints(lambda: at.per_client(values))
    assert "must be one finite number for each client" in found


def test_complaints_about_matrices_of_clients_say_of_what() -> None:
    """The A of f is the mean of those of the clients; entries of H are helpers."""
    (found,) = complaints(lambda: at.Quadratic.from_clients([[-1.0], [-2.0]], [[0.0], [0.0]]))
    assert found.startswith("the mean of A = [-1.5]: has the eigenvalue -1.5 < 0")
    helpers = [[[1.0]], [[1.0, 2.0], [2.0, 1.0]]]
    (found,) = complaints(lambda: at.Quadratic.from_helpers([[1.0, 0.0], [0.0, 1.0]], helpers))
    assert found.startswith("shapes of H") and "client" not in found


def test_a_dissimilarity_has_words() -> None:
    from auxtheory.measures.words import words

    found = words("dissimilarity_rounds(x)")
    assert found.text == "mean over the rounds of E mean‖∇h_i(x) − ∇f(x)‖²" and found.unit
