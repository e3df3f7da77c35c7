"""Properties of control variates: their initial values, their sum, and the value of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from auxtheory.conformance.subject import Failure, Subject, close
from auxtheory.errors import shown
from auxtheory.implementations.calling import as_pair, vector
from auxtheory.implementations.exchange import Broken


def initial(subject: Subject) -> Failure | None:
    """The mean of the initial c_i is the initial c, and a second start gives the same values."""
    assert subject.federated is not None
    if subject.federated.controls is None:
        return None
    case = next(iter(subject.sizes())).case()
    N = len(case.pairs)
    (c, mean), repeated = (_start(subject, case.x0, N) for _ in range(2))
    if not close(c, repeated[0], 1e-12) or not close(mean, repeated[1], 1e-12):
        return Failure(
            f"two equal calls of controls(x, {N}) differ: they are drawn at random", case
        )
    if not close(mean, c, 1e-5 if c.dtype.itemsize < 8 else 1e-10):
        return Failure(
            f"at the start the mean of the c_i is {shown(mean)}, and c is {shown(c)}", case
        )
    return None


def _start(subject: Subject, x0: Any, N: int) -> tuple[Any, Any]:
    assert subject.federated is not None and subject.federated.controls is not None
    try:
        result = subject.federated.controls(subject.xp.asarray(x0), N)
    except Exception as error:
        text = " ".join(str(error).split())
        raise Broken(f"controls raises {type(error).__name__}: {text}") from error
    c, each = as_pair("controls", result, "(c, [c_1, …, c_N])")
    if len(each) != N:
        raise Broken(f"controls returns {len(each)} clients' controls; it must return {N}")
    vectors = [vector("controls", "c_i", c_i, len(x0)) for c_i in each]
    return vector("controls", "c", c, len(x0)), np.mean(vectors, axis=0)


def averages_to_c(subject: Subject) -> Failure | None:
    """Σ (c − c_i) = 0 after every round, with all clients or some."""
    for size in subject.sizes(noise=True, partial=True):
        case = size.case()
        path = subject.walk(case)
        for t, (c, each) in enumerate(path.states, 1):
            mean = np.mean([vector("client", "c_i", c_i, size.d) for c_i in each], axis=0)
            c = vector("server", "c", c, size.d)
            if not close(mean, c, path.tolerance):
                text = f"after round {t} the mean of the c_i is {shown(mean)}, and c is {shown(c)}"
                return Failure(text, case.until(t))
    return None


def is_own_gradient(subject: Subject) -> Failure | None:
    """At K = 1 without noise, c_i is ∇f_i at the start of the last round that client i took part
    in."""
    for size in subject.sizes(partial=True):
        if size.K > 1:
            continue
        case = size.case()
        path = subject.walk(case)
        for t, (_, each) in enumerate(path.states, 1):
            round_ = case.federated_round(t)
            for i in round_.participants:
                c_i = vector("client", "c_i", each[i], size.d)
                wanted = round_.grads[i](path.x[t - 1])
                if not close(c_i, wanted, path.tolerance):
                    text = (
                        f"after round {t} c_{i + 1} is {shown(c_i)}, and ∇f_{i + 1}(x) "
                        f"{shown(wanted)}"
                    )
                    return Failure(text, case.until(t))
    return None
