"""The oracle calls of a run, counted off the program.

A gradient that the text takes only where a condition holds, as in o.where(coin, o.f(x), g), counts
with the condition's probability; where the condition depends on the state, it counts in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from auxtheory.bounds.schedules import PerRound
from auxtheory.methods.arithmetic import operations
from auxtheory.methods.client_phases import client_phases
from auxtheory.methods.client_runs import at_work, repeated, runs, sent_by_clients
from auxtheory.methods.expression import COMPARISONS, Node, ordered
from auxtheory.methods.phases import Cost, Phase
from auxtheory.methods.program import Call, Hook, Program

OPERATIONS = operations(np)
MOST_CONDITIONS = 8  # all their outcomes are looked at; further conditions count both branches


def cost_of(phase: Phase, rounds: int, components: int = 1, clients: int = 1) -> Cost:
    """The calls of the first `rounds` rounds of a phase.

    At a client, ∇h_i counts as one call of h, and a proximal step too; at the server h is the mean
    of the N helpers, so that a call of h counts as N, unless the clients have made it.

    Args:
        phase: the method and its steps.
        rounds: the number of rounds.
        components: the number of components of f; the gradient of one costs 1/components.
        clients: N, the number of clients of a method with clients.

    Returns:
        The calls: a batch of B counts B, an exact gradient one.
    """
    total = Cost(0.0, 0.0)
    if rounds == 0:
        return total
    for share, part in client_phases(phase, deciding(phase.method.program)):
        for hook, t, places in runs(part, rounds, clients):
            if hook.calls:
                cost = _cost(part, hook, t, components, clients)
                times = share * places
                total = total + Cost(times * cost.calls_r, times * cost.calls_h)
    return total


@cache
def deciding(program: Program) -> frozenset[str]:
    """The step parameters on which it depends how many calls are made: those in conditions,
    probabilities and batches."""
    names: set[str] = set()
    for hook in program.hooks.values():
        batches = (call.batch for call in hook.calls if call.batch is not None)
        conditions = (node.args[0] for node in hook.nodes if node.op in ("where", "coin"))
        for node in ordered((*batches, *conditions)):
            if node.op == "parameter":
                names.add(node.data)
    return frozenset(names)


def _cost(phase: Phase, hook: Hook, t: Any, components: int, clients: int) -> Cost:
    """The calls of a hook in these rounds, at one client."""
    known = settings(phase, hook, t, clients)
    repeats = phase.steps.K if repeated(hook) else 1
    times = t.size * repeats
    role = phase.method.role
    program = phase.method.program
    sent = sent_by_clients(program, hook)
    server = program.clients is not None and hook.name in ("start", "collect", "server")
    calls_r = calls_h = 0.0
    for call, weight in _weights(hook, known, phase).items():
        if call in sent:
            continue
        # The mean of ones needs no array of all steps of all rounds.
        certain = np.ndim(weight) == 0 and weight == 1.0
        share = 1.0 if certain else float(np.mean(np.broadcast_to(weight, (t.size, repeats))))
        count = share * times * call.points * _samples(call, known, phase)
        if call.component is not None:
            count *= (
                call.component.data.size or 1 if call.component.op == "subset" else 1
            ) / components
        expensive = call.kind != "h" or role.beta
        if call.kind == "h" and not role.alpha and not role.beta:
            continue  # h = 0 costs nothing
        if call.kind == "r" and role.beta:
            continue  # f − f costs nothing
        calls_r += count if expensive else 0.0
        calls_h += 0.0 if expensive else count * (clients if server else 1)
    return Cost(calls_r, calls_h)


def settings(phase: Phase, hook: Hook, t: Any, clients: int = 1) -> dict[str, Any]:
    """The settings of a hook in these rounds: t of shape (rounds, 1), k of shape (K,)."""
    steps = phase.steps
    known: dict[str, Any] = {"K": steps.K, "T": steps.T, "B": steps.B, "t": t[:, None], "k": 0}
    if phase.method.program.clients is not None:
        known |= {"N": clients, "S": float(at_work(phase, clients))}
    if hook.reads("k"):
        known["k"] = np.arange(float(steps.K if repeated(hook) else 1))
    return known


def _samples(call: Call, known: Mapping[str, Any], phase: Phase) -> float:
    """The gradients of one call at one point: the batch; an infinite one is exact and counts 1."""
    if call.exact or call.batch is None:
        return 1.0
    size = float(np.max(number(call.batch, known, phase)))
    return size if np.isfinite(size) else 1.0


def _weights(hook: Hook, known: Mapping[str, Any], phase: Phase) -> dict[Call, Any]:
    """The probability with which each call of a hook is needed: over all outcomes of the conditions
    that do not depend on the state."""
    conditions: dict[Node, Any] = {}
    for node in hook.nodes:
        if node.op == "where" and len(conditions) < MOST_CONDITIONS:
            p = number(node.args[0], known, phase)
            if p is not None:
                conditions[node.args[0]] = np.minimum(p, 1.0)
    weights: dict[Call, Any] = {}
    for outcome in product((True, False), repeat=len(conditions)):
        taken = dict(zip(conditions, outcome, strict=True))
        share: Any = 1.0
        for condition, p in conditions.items():
            share = share * (p if taken[condition] else 1.0 - p)
        for call in _needed(hook, taken):
            weights[call] = weights.get(call, 0.0) + share
    return weights


def _needed(hook: Hook, taken: Mapping[Node, bool]) -> set[Call]:
    """The calls that a hook needs where these conditions hold or do not."""
    needed = set(hook.outputs)
    for node in reversed(hook.nodes):
        if node not in needed:
            continue
        if node.op == "where" and node.args[0] in taken:
            needed.add(node.args[1 if taken[node.args[0]] else 2])
        else:
            needed.update(node.args)
    gradients = {node.data[0] for node in needed if node.op in ("gradient", "each")}
    return gradients | {node.data for node in needed if node.op == "prox"}


def number(node: Node, known: Mapping[str, Any], phase: Phase) -> Any:
    """The value of a node that does not depend on the state, the probability if it is a coin; None
    if it does depend on the state."""
    if node.op == "constant":
        return node.data
    if node.op == "setting":
        return known[node.data]
    if node.op == "parameter":
        value = phase.parameter(node.data)
        if isinstance(value, PerRound):
            return value.over(node.data, phase.steps.T)[np.asarray(known["t"], dtype=int) - 1]
        return float(np.ravel(value)[0])
    if node.op == "coin":
        return number(node.args[0], known, phase)
    if node.op not in OPERATIONS or node.vector:
        return None
    if node.op in COMPARISONS and any(arg.op == "coin" for arg in node.args):
        return None
    args = [number(arg, known, phase) for arg in node.args]
    if any(arg is None for arg in args):
        return None
    value = OPERATIONS[node.op](*args)
    return np.asarray(value, dtype=float)
