"""SCAFFOLD: local steps corrected by controls, c_i of each client and their mean c. Source:
Karimireddy, Kale, Mohri, Reddi, Stich, Suresh, arXiv 1910.06378, options I and II.

Example:
    >>> import auxtheory as at
    >>> at.methods.SCAFFOLD.client_memory, at.methods.SCAFFOLDOptionI.client_memory
    (('c_i',), ())
"""

from __future__ import annotations

from typing import Any

from auxtheory.methods.base import Method


class SCAFFOLD(Method):
    """SCAFFOLD, option II.  Each client of C, K times: y ← y − η (g_i(y) + c − c_i), then c_i ← c_i
    − c + (x − y)/(ηK);  x ← mean of y over C, c ← c + (S/N) mean of the changes of c_i.  At the
    start all controls are 0."""

    state = "x c"
    client_state = "c_i"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + (c - c_i))

    def send(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        new = c_i - c + (x - y) / (eta * o.K)
        return (y, new - c_i), new

    def server(o: Any, x: Any, c: Any, y: Any, dc: Any) -> Any:
        return y, c + o.S / o.N * dc


class SCAFFOLDExactStart(SCAFFOLD):
    """SCAFFOLD, option II, that starts from c_i = ∇f_i(x⁰) and c their mean."""

    def start(o: Any, x: Any) -> Any:
        return x, o.h(x, exact=True)

    def client_start(o: Any, x: Any, c: Any) -> Any:
        return o.h(x, exact=True)


class SCAFFOLDServerStep(SCAFFOLD):
    """SCAFFOLD, option II, with a server step:  x ← (1 − η_g) x + η_g mean of y over C."""

    def server(o: Any, x: Any, c: Any, y: Any, dc: Any, *, eta_g: Any = 1.0) -> Any:
        return (1 - eta_g) * x + eta_g * y, c + o.S / o.N * dc


class SCAFFOLDOptionI(Method):
    """SCAFFOLD, option I, with controls used at once.  Each client of C: c_i ← g_i(x);  c ← mean of
    c_i over C;  each client of C, K times: y ← y − η (g_i(y) + c − c_i);  x ← mean of y over C."""

    state = "x c"
    client_state = "c_i"

    def start(o: Any, x: Any) -> Any:
        return x, 0 * x

    def report(o: Any, x: Any, c: Any, c_i: Any) -> Any:
        g = o.h(x)
        return g, g

    def collect(o: Any, x: Any, c: Any, g: Any) -> Any:
        return x, g

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + (c - c_i))


class LaggedSCAFFOLD(Method):
    """SCAFFOLD, option I, with exact controls used from the next round on.  Each client of C, K
    times: y ← y − η (g_i(y) + c − c_i), then c_i ← ∇f_i(x);  x ← mean of y over C, c ← c + (S/N)
    mean of the changes of c_i.  At the start c_i = ∇f_i(x⁰)."""

    state = "x c"
    client_state = "c_i"

    def start(o: Any, x: Any) -> Any:
        return x, o.h(x, exact=True)

    def client_start(o: Any, x: Any, c: Any) -> Any:
        return o.h(x, exact=True)

    def local(o: Any, y: Any, x: Any, c: Any, c_i: Any, *, eta: Any) -> Any:
        return y - eta * (o.h(y) + (c - c_i))

    def send(o: Any, y: Any, x: Any, c: Any, c_i: Any) -> Any:
        new = o.h(x, exact=True)
        return (y, new - c_i), new

    def server(o: Any, x: Any, c: Any, y: Any, dc: Any) -> Any:
        return y, c + o.S / o.N * dc
