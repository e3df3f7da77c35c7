"""Diagnosis of a client and a server in words: which half is wrong, which of its outputs, and by
which factor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from auxtheory.conformance.factors import Setting, settings
from auxtheory.conformance.linear import Terms, deviations, worded
from auxtheory.conformance.probe import GRADIENT, Client, Y, ask_client, ask_server
from auxtheory.conformance.scaffold import Scaffold
from auxtheory.conformance.subject import Subject
from auxtheory.conformance.swap import Swap
from auxtheory.implementations.exchange import Broken
from auxtheory.implementations.federated import Federated

STEP = {
    "the whole local step": (GRADIENT, "c", "c_i"),
    "the correction c − c_i": ("c", "c_i"),
    "the server's control c": ("c",),
    "the client's control c_i": ("c_i",),
}
CONTROL = {
    "the whole of it": ("c_i", "c", "x − y"),
    "c_i − c": ("c_i", "c"),
    "(x − y)/(K η)": ("x − y",),
}
STANDARD: dict[str, Terms] = {
    "y − x": {"y": 1.0, "x": -1.0},
    "y": {"y": 1.0},
    "x − y": {"y": -1.0, "x": 1.0},
    "c_i⁺ − c_i": {"c_i⁺": 1.0, "c_i": -1.0},
    "c_i⁺": {"c_i⁺": 1.0},
    "c_i − c_i⁺": {"c_i⁺": -1.0, "c_i": 1.0},
}
AGAIN = 1e-3  # relative error of a solved coefficient with other vectors, in any precision
ROUNDING = 1e-5  # error of a coefficient in single precision; others are much more accurate
NOT_LINEAR = (
    "is not a linear combination of %s: look for a clip, a sign, a norm, momentum or other weights"
)


@dataclass(frozen=True, eq=False)
class Halves:
    """The halves of one implementation, compared with the reference's at settings that differ in
    every number."""

    subject: Subject

    @property
    def text(self) -> str:
        """Which half is wrong and how; empty if no error is found in either."""
        swap = Swap(self.subject)
        right = swap.client_is_right, swap.server_is_right
        client, server, between = self.client, *self.server
        if right == (True, True):
            head = (
                "client and server do not agree on what is sent"
                if between
                else "each half by itself is right"
            )
            return "; ".join([head, *between, *server, *client])
        if right == (True, False):
            return _half("server", server + between)
        if right == (False, True):
            return _half("client", client + between)
        lines = [f"the client: {line}" for line in client] + [
            f"the server: {line}" for line in server + between
        ]
        return (
            "; ".join(["in client and server", *lines]) if client and server else "; ".join(lines)
        )

    @property
    def pair(self) -> Federated:
        assert self.subject.federated is not None
        return self.subject.federated

    @cached_property
    def at(self) -> tuple[Setting, ...]:
        return settings(partial=self.pair.partial)

    @cached_property
    def clients(self) -> list[tuple[Client, Client]]:
        """The client and that of the reference at each setting; empty if one does not run."""
        reference = Scaffold(self.pair.option).pair()
        try:
            return [
                (
                    ask_client(self.pair, s, self.subject.xp),
                    ask_client(reference, s, self.subject.xp),
                )
                for s in self.at
            ]
        except (Broken, ValueError):
            return []

    @cached_property
    def again(self) -> Client | None:
        """The client at the first setting with other vectors; a ratio that differs there is not a
        factor."""
        try:
            return ask_client(self.pair, self.at[0], self.subject.xp, seed=1)
        except (Broken, ValueError):
            return None

    @cached_property
    def client(self) -> list[str]:
        """What is wrong in the local steps or, if they are correct, in the new control, in
        words."""
        if not self.clients:
            return []
        for actual, right in self.clients:
            if actual.samples != right.samples:
                asked, wanted = (", ".join(map(str, c.samples)) for c in (actual, right))
                return [f"it takes gradients with the samples k = {asked}, and must with {wanted}"]
        lines = []
        if not any(actual.traced for actual, _ in self.clients):
            lines += self._between(
                "at the point of the first gradient", lambda c: c.first, {}, "x, c and c_i"
            )
            lines += self._local_steps()
            lines += self._between(
                "at the point of the gradient with sample K", lambda c: c.extra, {}, "x and y"
            )
        if any("not a linear" in line for line in lines):
            return lines
        if any(c.control is None for c, _ in self.clients):
            return lines + self._between(
                "in its new control", lambda c: c.raw, {}, "x, c, c_i and the gradients"
            )
        return lines + self._between(
            "in its new control", lambda c: c.control, CONTROL, "c_i, c and x − y"
        )

    def _local_steps(self) -> list[str]:
        """What is wrong in the local steps: in all, in the last, or in an intermediate one."""
        of = "y, the gradient, c and c_i"
        if all(
            len(actual.steps) > 0 and _equal(actual.steps[0], {Y: 1.0})
            for actual, _ in self.clients
        ):
            return ["its gradients are all taken at x, not at y"]
        places = {
            "in the local steps": 0,
            "in the last local step": -1,
            "in the second local step": 1,
        }
        for name, k in places.items():
            if all(len(c.steps) > max(k, 0) for pair in self.clients for c in pair):
                off = self._between(name, partial(_step, k), STEP, of)
                if off:
                    return off
        return []

    def _between(
        self,
        where: str,
        of: Callable[[Client], Terms | None],
        groups: dict[str, tuple[str, ...]],
        what: str,
    ) -> list[str]:
        """How one output of the client differs from that of the reference."""
        pairs = [
            (actual, right, s)
            for (one, two), s in zip(self.clients, self.at, strict=True)
            if (right := of(two)) is not None
            for actual in [of(one)]
        ]
        if any(actual is None for actual, _, _ in pairs):
            return [f"{where}, the result {NOT_LINEAR}" % what]
        results = [actual for actual, _, _ in pairs if actual is not None]
        off = deviations(results, [r for _, r, _ in pairs], [s for *_, s in pairs], ROUNDING)
        if off and self.again is not None and not _equal(of(self.again), results[0], AGAIN):
            return [f"{where}, the result {NOT_LINEAR}" % what]
        return [f"{where}, {line}" for line in worded(off, groups)]

    @property
    def server(self) -> tuple[list[str], list[str]]:
        """What is wrong in the server, and in its use of what clients send."""
        try:
            maps = [ask_server(self.pair, s, self.subject.xp) for s in self.at]
        except (Broken, ValueError):
            return [], []
        server: list[str] = []
        between: list[str] = []
        for place, what in enumerate(("x", "c")):
            by_setting = [one[place].terms for one in maps]
            weights = ", ".join(f"{weight:.4g}" for weight in maps[0][place].weights)
            if weights:
                server.append(
                    f"in its new {what}, the {self.at[0].S} clients do not weigh the same: "
                    f"{weights}"
                )
            elif any(terms is None for terms in by_setting) or not self.clients:
                server.append(f"its new {what} {NOT_LINEAR}" % "x, c and the means of what is sent")
            else:
                self._output(
                    what, [terms for terms in by_setting if terms is not None], server, between
                )
        return server, between

    def _output(
        self, what: str, maps: Sequence[Terms], server: list[str], between: list[str]
    ) -> None:
        """What is wrong in one output of the server, x or c."""
        names = list(
            dict.fromkeys(
                name for terms in maps for name, value in terms.items() if value and "sent" in name
            )
        )
        sent = {name: [client.sent[int(name[5:])] for client, _ in self.clients] for name in names}
        forms = [form for form in STANDARD if ("y" in form) == (what == "x")]
        as_if = {form: dict.fromkeys(names, [STANDARD[form]] * len(maps)) for form in forms}
        right = [
            form for form in forms if len(names) == 1 and not self._off(what, maps, as_if[form])
        ]
        known = [
            name
            for name, form in STANDARD.items()
            if all(_equal(t, form) for vectors in sent.values() for t in vectors)
        ]
        unread = any(terms is None for vectors in sent.values() for terms in vectors)
        off = (
            []
            if unread
            else self._off(
                what, maps, {n: [t or {} for t in vectors] for n, vectors in sent.items()}
            )
        )
        if not unread and not off:
            return
        if right and known:
            between.append(f"the client sends {known[0]}, and the server takes it for {right[0]}")
        elif right:
            between += self._sent(next(iter(sent.values())), right[0])
        else:
            off = off or self._off(what, maps, as_if[forms[0]])
            server += [f"in its new {what}, {line}" for line in off]

    def _sent(self, sent: Sequence[Terms | None], form: str) -> list[str]:
        """How a client's message differs from a form that the server would handle correctly."""
        if any(terms is None for terms in sent):
            # after a wrong local step y is unknown, and so is the message
            return (
                []
                if self.client
                else [f"what it sends, which must be {form}, {NOT_LINEAR}" % "x, y, c_i and c"]
            )
        wanted = [STANDARD[form]] * len(sent)
        off = deviations([terms or {} for terms in sent], wanted, self.at, ROUNDING)
        return [f"in what it sends, {line}" for line in worded(off, {form: tuple(STANDARD[form])})]

    def _off(self, what: str, maps: Sequence[Terms], sent: dict[str, list[Terms]]) -> list[str]:
        """What is wrong in x or c if these vectors are sent."""
        actual = []
        wanted = []
        for i, (terms, s) in enumerate(zip(maps, self.at, strict=True)):
            total = {name: value for name, value in terms.items() if "sent" not in name}
            for name, vectors in sent.items():
                for part, value in vectors[i].items():
                    total[part] = total.get(part, 0.0) + terms[name] * value
            new, old = ("y", "x") if what == "x" else ("c_i⁺", "c_i")
            step = total.pop(new, 0.0)
            total[old] = total.get(old, 0.0) + step
            actual.append(total | {"the step": step})
            wanted.append(
                {"x": 1.0, "the step": 1.0} if what == "x" else {"c": 1.0, "the step": s.S / s.N}
            )
        mean = "the mean of y − x" if what == "x" else "|S|/N times the mean of c_i⁺ − c_i"
        return worded(
            deviations(actual, wanted, self.at, ROUNDING),
            {mean: ("the step",), f"the old {what}": (what,)},
        )


def _step(k: int, client: Client) -> Terms | None:
    return client.steps[k]


def _half(name: str, lines: Sequence[str]) -> str:
    return "; ".join(
        [f"the {name} is wrong: with the reference's in its place all is right", *lines]
    )


def _equal(terms: Terms | None, form: Terms, precision: float = ROUNDING) -> bool:
    terms = terms or {}
    pairs = [(terms.get(name, 0.0), form.get(name, 0.0)) for name in {*terms, *form}]
    return all(abs(one - other) <= precision * max(1.0, abs(other)) for one, other in pairs)
