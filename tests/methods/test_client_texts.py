"""Texts of methods with clients that cannot be read: each is refused with method, hook and line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import auxtheory as at

HOOKS = {
    "start": ("o, x", "return x, o.h(x)"),
    "client_start": ("o, x, c", "return o.h(x)"),
    "refresh": ("o, x, c, c_i", "return c_i"),
    "report": ("o, x, c, c_i", "return o.h(x), c_i"),
    "collect": ("o, x, c, g", "return x, g"),
    "local": ("o, y, x, c, c_i, *, eta", "return y - eta * (o.h(y) + c - c_i)"),
    "send": ("o, y, x, c, c_i", "return (y, c_i), c_i"),
    "server": ("o, x, c, y, dc", "return y, c + o.S / o.N * dc"),
}


def made(
    hook: str = "local",
    body: str | None = None,
    takes: str | None = None,
    *,
    without: tuple[str, ...] = (),
    within: str = "",
    before: str = "",
) -> Any:
    """A method with clients with this text as one of its hooks, from code without a file."""
    lines = [before, "class Mine(at.Method):", "    state = 'x c'", "    client_state = 'c_i'"]
    for name, (arguments, text) in HOOKS.items():
        if name not in without:
            if name == hook:
                arguments, text = takes or arguments, body or text
            lines.append(f"    def {name}({arguments}):")
            lines += [f"        {line}" for line in text.splitlines()]
    namespace: dict[str, Any] = {"at": at, "np": np}
    exec("\n".join([*lines, within]), namespace)
    return namespace["Mine"]


def test_the_text_without_a_mistake_is_read() -> None:
    """Otherwise the mistakes below are not what is refused."""
    program = made().program
    assert tuple(program.hooks) == tuple(HOOKS)
    assert program.clients.reported == ("g",) and program.clients.sent == ("y", "dc")
    assert {name: str(unit) for name, unit in made().state_units.items()} == {
        "x": "X",
        "c": "F·X^-1",
        "c_i": "F·X^-1",
    }


LOCAL = "return y - eta * o.h(y)"
BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    # What a hook takes.
    "no y": ("local", {"takes": "o, x, c, c_i, *, eta"}, r"must take \(o, y, x, c, c_i\)"),
    "order": ("refresh", {"takes": "o, x, c_i, c"}, r"must take \(o, x, c, c_i\)"),
    "star": ("local", {"takes": "o, y, x, c, c_i, eta"}, r"step parameters after \*"),
    "mean of a client": ("server", {"takes": "o, x, c, c_i, y, dc"}, "c_i: a message must have"),
    "S": (
        "server",
        {"takes": "o, x, c, y, dc, *, S", "body": "return y, c + S * dc"},
        r"S: is known in each hook: write o\.S",
    ),
    "variable as parameter": (
        "server",
        {"takes": "o, x, c, y, dc, *, c_i", "body": "return y, c + c_i * dc"},
        "c_i: a step parameter must have another name",
    ),
    "two defaults": (
        "server",
        {"takes": "o, x, c, y, dc, *, eta=2.0", "body": "return y, c + eta * dc"},
        r"eta = 2.0: must have the default None",
    ),
    "only x": (
        "server",
        {"takes": "o, x, c", "body": "return x, c", "without": ("send",)},
        r"must take \(o, x, c, y\): without send each client sends y",
    ),
    # What it returns.
    "local returns all": ("local", {"body": f"{LOCAL}, x, c, c_i"}, "returns 4 values, and must"),
    "nothing": ("local", {"body": "y - eta * o.h(y)"}, "returns y = None: must be a vector"),
    "number": (
        "local",
        {"body": "return eta"},
        r"returns y = .*: must be a vector, such as 0 \* x",
    ),
    "not kept": ("send", {"body": "return y, c_i, c_i"}, r"what is sent, and the new \(c_i\)"),
    "one message too few": (
        "send",
        {"body": "return y, c_i"},
        "sends 1 value, and server takes 2: y, dc",
    ),
    "no hook takes it": (
        "report",
        {"body": "return (o.h(x), x), c_i"},
        "sends 2 values, and collect takes 1: g",
    ),
    "without server": (
        "send",
        {"body": "return (y, c_i), c_i", "without": ("server",)},
        "sends 2 values, and without server it must be one",
    ),
    "one kept too many": ("send", {"body": "return (y, c_i), (c_i, c_i)"}, "returns 2 values, and"),
    "server keeps one": (
        "server",
        {"body": "return y"},
        "returns 1 values, and must return 2: x, c",
    ),
    "generator": ("local", {"body": "yield y"}, "must be a plain function"),
    # What it uses.
    "k": ("send", {"body": "return (y, c_i), o.k * c_i"}, r"o\.k: only local is repeated"),
    "coin": ("local", {"body": "return y - eta * o.coin(0.5) * o.h(y)"}, "draws nothing but"),
    "pick": ("local", {"body": "return y - eta * o.f[o.pick()](y)"}, "draws nothing but"),
    "subset": ("local", {"body": "return y - eta * o.f[o.subset(2)](y)"}, "draws nothing but"),
    "component": ("local", {"body": "return y - eta * o.f[0](y)"}, "only methods without clients"),
    "each": ("local", {"body": "return y - eta * o.f.each(y)"}, "only methods without clients"),
    "oracle": ("local", {"body": "return y - eta * o.g(y)"}, r"o\.g: there is no such oracle"),
    "prox of f": ("local", {"body": "return o.f.prox(y, eta)"}, r"o\.f\.prox: a proximal step is"),
    "prox at the server": (
        "server",
        {"body": "return o.h.prox(y, 1.0), c"},
        r"o\.h\.prox: a proximal step is .* in client_start, refresh, report, local, send",
    ),
    "prox of a number": ("local", {"body": "return o.h.prox(3, eta)"}, "point = 3: must be"),
    "no step": ("local", {"body": "return o.h.prox(y, 0)"}, "gamma = 0: must be a number above 0"),
    "vector step": ("local", {"body": "return o.h.prox(y, x)"}, "gamma = .*: must be a number"),
    # Impure texts.
    "in place": ("local", {"body": "y -= eta * o.h(y)\nreturn y"}, "changes its arguments"),
    "stash": ("local", {"body": f"o.last = y\n{LOCAL}"}, r"o\.last = …: a text keeps values"),
    "log": (
        "local",
        {"body": f"log.append(1)\n{LOCAL} * len(log)", "before": "log = []"},
        "keeps state",
    ),
    # Units.
    "sum of units": ("local", {"body": "return y - o.h(y)"}, r"units X and F·X\^-1 are subtracted"),
    "message": (
        "report",
        {"body": "return x, c_i"},
        r"c has unit F·X\^-1, and becomes a value of unit X",
    ),
    "client variable": (
        "send",
        {"body": "return (y, c_i), x"},
        r"c_i has unit F·X\^-1, and becomes a value of unit X",
    ),
    "unit of gamma": (
        "local",
        {"body": "return o.h.prox(y, 1.0) - eta * o.h(y)"},
        r"gamma has unit 1, and must have that of a step size, F\^-1·X\^2",
    ),
    "prox of a gradient": (
        "local",
        {"body": "return o.h.prox(o.h(y), eta)"},
        r"starts at a point of unit F·X\^-1",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_text_is_one_error_with_method_hook_and_line(name: str) -> None:
    """Otherwise a wrong text runs, or its author must search for what is wrong."""
    hook, parts, message = BAD[name]
    with pytest.raises(at.methods.TextError, match=message) as error:
        made(hook, **parts)
    (complaint,) = error.value.complaints
    place = complaint.partition(": ")[0]
    assert place.startswith(
        "Mine.collect, line " if name == "message" else f"Mine.{hook}, line "
    ), place


ATTRIBUTES = {
    "client_state = 3": r"Mine.client_state = 3: must be different names",
    "client_state = 'c'": r"Mine.client_state = 'c': must be different names",
    "client_state = 'c_i y'": r"Mine.client_state = 'c_i y': must be different names",
    "client_state = 'c_i c_i'": r"Mine.client_state = 'c_i c_i': must be different names",
    "state = 'x y'": r"Mine.state = 'x y': must have no y",
    "state = 'c'": r"Mine.state = 'c': must be different names, x among them",
    "reports_from = 1.5": r"Mine.reports_from = 1.5: must be a whole number",
    "reports_from = 0": r"Mine.reports_from = 0: must be a whole number",
    "reporting = 'some'": r"Mine.reporting = 'some': must be one of sampled, independent, all",
    "refreshed = 'none'": r"Mine.refreshed = 'none': must be one of all, sampled",
    "helper = 'f'": r"Mine.helper = 'f': must be 'h'",
    "refresh = 3": r"Mine.refresh = 3: must be a function",
    "start = None": r"Mine.start = None: must be a function \(o, x\) → \(x, c\)",
    "collect = None": r"Mine.collect = None: must be a function .* next to report",
    "report = None": r"Mine.report = None: must be a function .* next to collect",
    "def step(o, x): return x": r"Mine.step = .*: must be left out: .* has local in its place",
    "def finish(o, x): return x": r"Mine.finish = .*: .* has server in its place",
    "refresh = None\n    refreshed = 'sampled'": r"refreshed = 'sampled': must be left out without",
    "client_state = ''": r"Mine.client_start = .*: must be left out without client_state",
}


@pytest.mark.parametrize("within", ATTRIBUTES)
def test_a_bad_attribute_is_named(within: str) -> None:
    """Otherwise an attribute or a hook has no effect."""
    with pytest.raises(at.InputError, match=ATTRIBUTES[within]):
        made(within=f"    {within}")


@pytest.mark.parametrize(
    "within",
    [
        "client_state = 'c_i'",
        "reporting = 'all'",
        "refreshed = 'sampled'",
        "reports_from = 2",
        "reports_from = True",
        "def send(o, y, x): return y",
        "def collect(o, x, g): return x",
        "def client_start(o, x): return x",
    ],
)
def test_attributes_of_clients_need_the_hook_local(within: str) -> None:
    """Otherwise a method whose author forgot `local` runs without clients."""
    name = within.removeprefix("def ").partition(" " if "=" in within else "(")[0]
    namespace: dict[str, Any] = {"at": at}
    text = (
        f"class Mine(at.Method):\n    {within}\n    def step(o, x, *, eta): return x - eta * o.h(x)"
    )
    with pytest.raises(at.InputError, match=rf"Mine.{name} = .*if it has the hook local"):
        exec(text, namespace)


def test_units_may_be_unchecked() -> None:
    """Otherwise a text without units cannot be read."""
    namespace: dict[str, Any] = {"at": at}
    exec(
        "class Mine(at.Method, check_units=False):\n"
        "    def local(o, y, x, *, eta): return y - eta * o.h(y) - o.h(x)",
        namespace,
    )
    assert namespace["Mine"].state_units == {}
    with pytest.raises(at.methods.TextError, match="are subtracted"):
        exec(
            "class Mine(at.Method):\n"
            "    def local(o, y, x, *, eta): return y - eta * o.h(y) - o.h(x)",
            namespace,
        )


def test_hooks_that_are_left_out_are_filled_in() -> None:
    """Otherwise an engine needs rules of its own for what a text leaves out."""
    program = at.methods.ClientAuxMOM.program
    assert [node.data for node in program.hooks["send"].outputs] == ["y", "m_i"]
    assert [node.data for node in program.hooks["server"].outputs] == ["y"]
    zero = made(without=("client_start",)).program.hooks["client_start"].outputs[0]
    assert (zero.op, zero.args[0].data) == ("multiply", 0.0)
