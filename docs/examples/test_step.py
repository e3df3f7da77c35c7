"""An implementation of AuxMOM with a mistake, tested against the method."""

import auxtheory as at
from auxtheory.testing import parametrize_with_checks


def my_auxmom(x, m, round):
    """One round on arrays of shape (d,); m is None in the first."""
    diff = round.grad_f(x, round.refresh) - round.grad_h(x, round.refresh)
    m = diff if m is None else (1 - round.a) * m + round.a * diff
    y = x
    for key in round.local:
        y = y - round.eta * (round.grad_h(y, round.refresh) + m)
    return y, m


@parametrize_with_checks([my_auxmom], like=at.methods.AuxMOM)
def test_step(check):
    check()
