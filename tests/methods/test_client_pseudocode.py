"""Pseudocode, oracle calls and communication of methods with clients."""

from __future__ import annotations

from typing import Any

import pytest

import auxtheory as at
from auxtheory.methods.description import described
from auxtheory.methods.pseudocode import calls, latex, pseudocode

SCAFFOLD = """\
start                      c ← 0
start, all clients         c_i ← 0
K times, clients at work   y ← y − η (g_h_i(y) + c − c_i)
clients at work            c_i⁺ ← c_i − c + (x − y)/(η K);  send y;  send dc ← c_i⁺ − c_i;  c_i ← c_i⁺
server                     x ← mean(y);  c ← c + S/N mean(dc)"""

SHARED = """\
start                                   u ← ∇h(x)
start, all clients                      g_i ← ∇h_i(x)
later rounds, clients at work           g_i ← ∇h_i(x)
from round 2 on, S clients drawn anew   send g ← ∇h_i(x)
from round 2 on, server                 u ← (1 − a) u + a mean(g)
K times, clients at work                y ← y − η (g_h_i(y) + u − g_i)
clients at work                         send y
server                                  x ← mean(y)"""

LATEX = r"""\begin{aligned}
&\text{start, all clients:} && m_{i} \gets \nabla r_{i}\left(x\right) \\
&\text{later rounds, clients at work:} && m_{i} \gets \nabla r_{i}\left(x\right) \\
&K\text{ times, clients at work:} && y \gets \mathrm{prox}_{\gamma\,h_{i}}\left(y - \gamma\,m_{i}\right) \\
&\text{clients at work:} && \text{send }y \\
&\text{server:} && x \gets \mathrm{mean}\left(y\right)
\end{aligned}"""


def test_pseudocode_has_the_hooks_in_the_order_of_a_round() -> None:
    """Otherwise a reader cannot run the method by hand."""
    assert pseudocode(at.methods.SCAFFOLD) == SCAFFOLD
    assert pseudocode(at.methods.SharedMomentumIndependent) == SHARED
    assert latex(at.methods.DANE) == LATEX


def test_a_value_that_is_sent_and_kept_is_computed_once() -> None:
    """Otherwise the pseudocode draws two samples where the text draws one."""
    text = pseudocode(at.methods.SCAFFOLDOptionI)
    assert "g ← g_h_i(x);  send g;  c_i ← g" in text


def test_calls_say_how_often_over_all_clients() -> None:
    """Otherwise the table of oracle calls has those of one client."""
    assert [(r["hook"], r["sample"], r["times"]) for r in calls(at.methods.DANE)] == [
        ("client_start", "exact", "N"),
        ("refresh", "exact", "S (T − 1)"),
        ("local", "proximal step", "S K T"),
    ]
    rows = {r["hook"]: r["times"] for r in calls(at.methods.SharedMomentumAll)}
    assert rows == {
        "start": "once",
        "client_start": "N",
        "report": "N (T − 1)",
        "local": "S K T",
    }


# Vectors down and up, exchanges; then down and up of others, and which these are.
SENT: dict[str, tuple[Any, ...]] = {
    "FedAvg": (1, 1, 1, 0, 0, "none"),
    "SCAFFOLD": (2, 2, 1, 0, 0, "none"),
    "SCAFFOLDOptionI": (2, 2, 2, 0, 0, "none"),
    "LaggedSCAFFOLD": (2, 2, 1, 0, 0, "none"),
    "MimeMomentum": (2, 2, 2, 0, 0, "none"),
    "MimeMVR": (3, 3, 2, 0, 0, "none"),
    "FedProx": (1, 1, 1, 0, 0, "none"),
    "FedFix": (1, 1, 1, 0, 0, "none"),
    "DANE": (2, 2, 2, 0, 0, "none"),
    "ClientExactCorrection": (2, 2, 2, 0, 0, "none"),
    "ClientAuxMOM": (2, 2, 2, 2, 1, "all"),
    "StaleAuxMOM": (2, 2, 2, 0, 0, "none"),
    "SharedMomentumIndependent": (2, 1, 1, 1, 1, "independent"),
    "SharedMVRAll": (3, 3, 2, 2, 2, "all"),
}


@pytest.mark.parametrize("name", SENT)
def test_what_is_sent_is_what_is_counted_by_hand(name: str) -> None:
    """Otherwise a comparison by floats sent favours a method."""
    f = getattr(at.methods, name).floats
    numbers = f.down, f.up, f.exchanges, f.others_down, f.others_up, f.others
    assert numbers == SENT[name]


def test_all_that_is_sent_in_a_round() -> None:
    """Otherwise clients that only refresh or report send nothing."""
    assert at.methods.SCAFFOLD.floats.total(S=3, N=10) == (6, 6)
    assert at.methods.ClientAuxMOM.floats.total(S=3, N=10) == (6 + 14, 6 + 7)
    assert at.methods.SharedMomentumIndependent.floats.total(S=3, N=10) == (6 + 3, 3 + 3)
    assert at.methods.AuxMOM.floats is None


def test_a_variable_that_the_server_changes_is_sent_again() -> None:
    """Otherwise x counts once where clients need it before and after the server has changed it."""

    class Moved(at.Method):
        """The server makes a step of gradient descent before the local steps."""

        def report(o: Any, x: Any) -> Any:
            return o.h(x)

        def collect(o: Any, x: Any, g: Any, *, eta: Any) -> Any:
            return x - eta * g

        def local(o: Any, y: Any, x: Any, *, eta: Any) -> Any:
            return y - eta * o.h(y)

    assert (Moved.floats.down, Moved.floats.up) == (2, 2)


@pytest.mark.parametrize("method", at.methods.CLIENTS, ids=lambda method: method.name)
def test_each_method_is_described(method: Any) -> None:
    """Otherwise `auxtheory show` fails, or leaves out what is sent and kept."""
    page = described(method)
    for word in ("clients     ", "sent        ", "each client ", "K times, clients at work"):
        assert word in page
    assert r"\text{ times, clients at work:}" in method.to_latex()
    assert repr(method) == f"at.methods.{method.name}"
