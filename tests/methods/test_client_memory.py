"""What clients and servers store between rounds."""

from __future__ import annotations

from typing import Any

import pytest

import auxtheory as at

STORED = {
    "ClientNaive": ((), ()),
    "ClientExactCorrection": ((), ()),
    "ClientAuxMOM": (("m_i",), ()),
    "StaleAuxMOM": (("m_i",), ()),
    "ClientAuxMVR": (("m_i",), ("x_prev",)),
    "StaleAuxMVR": (("m_i", "x_i"), ()),
    "FedAvg": ((), ()),
    "SCAFFOLD": (("c_i",), ("c",)),
    "SCAFFOLDOptionI": ((), ()),
    "LaggedSCAFFOLD": (("c_i",), ("c",)),
    "SharedMomentum": ((), ("u",)),
    "SharedMomentumIndependent": ((), ("u",)),
    "SharedMVRAll": ((), ("u", "x_prev")),
    "SharedDifferences": ((), ("m",)),
    "MimeMVR": ((), ("u", "x_prev")),
    "FedProx": ((), ()),
    "DANE": ((), ()),
    "FedFix": (("d_i",), ()),
    "MemorylessCompletion": (("s_i",), ()),
}


@pytest.mark.parametrize("name", STORED)
def test_what_is_stored_is_what_a_round_reads_first(name: str) -> None:
    """Otherwise the table of methods states a wrong memory of clients or server."""
    method = getattr(at.methods, name)
    assert (method.client_memory, method.memory) == STORED[name]


def test_a_variable_must_be_stored_if_other_clients_give_it_a_value() -> None:
    """Otherwise a control that only the reporting clients renew counts as no memory."""

    class Own(at.Method):
        """Option I of SCAFFOLD, in which other clients report."""

        state, client_state = "x c", "c_i"
        reporting = "independent"

        def start(o: Any, x: Any) -> Any:
            return x, 0 * x

        def report(o: Any, x: Any, c: Any, c_i: Any) -> Any:
            g = o.h(x)
            return g, g

        def collect(o: Any, x: Any, c: Any, g: Any) -> Any:
            return x, g

        def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
            return y - eta * (o.h(y) + (c - c_i))

    assert Own.client_memory == ("c_i",)
    assert Own.memory == ()
