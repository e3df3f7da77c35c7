"""How many clients or helpers the cases of a cell have, in which groups, and how many of them work
in a round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from auxtheory.testing.search.shrinking import shorter

Form = Literal["gaps", "curvatures", "entries"]
FORMS: tuple[Form, ...] = ("gaps", "curvatures", "entries")
GROUPS = 6  # the largest number of groups
LARGEST_N = 10_000_000


@dataclass(frozen=True)
class Layout:
    """N clients or helpers in groups of identical ones, of which S work in a round.

    Args:
        counts: How many there are in each group.
        S: How many work in a round; 0: all.
        form: What the parameters of each group are: "gaps" of its Hessian from that of f,
            "curvatures" of a convex client, or "entries" of a client's Hessian and gradient.
        clients: Whether f is the mean of the h_i.
    """

    counts: tuple[int, ...]
    S: int = 0
    form: Form = "gaps"
    clients: bool = True

    @property
    def N(self) -> int:
        """The number of clients or helpers."""
        return sum(self.counts)

    @property
    def at_work(self) -> int:
        """How many work in a round."""
        return self.S or self.N

    @property
    def groups(self) -> int:
        """The number of groups."""
        return len(self.counts)

    @property
    def kind(self) -> tuple[Form, bool, int]:
        """What layouts with the same parameters have in common."""
        return self.form, self.clients, self.groups

    @property
    def numbers(self) -> tuple[int, ...]:
        """All of it as whole numbers, as a part of a seed."""
        return (*self.counts, self.S, FORMS.index(self.form), int(self.clients))

    def __str__(self) -> str:
        what = "clients" if self.clients else "helpers"
        groups = f" in groups of {', '.join(map(str, self.counts))}" if self.groups > 1 else ""
        return f"{self.N} {what}{groups}, S = {self.at_work}"

    def simpler(self) -> list[Layout]:
        """Layouts of as many groups with fewer clients, or with fewer at work; the smallest
        first."""
        fewer = [
            replace(self, counts=(*self.counts[:j], n, *self.counts[j + 1 :]))
            for j, count in enumerate(self.counts)
            for n in shorter(count)
        ]
        fewer += [replace(self, S=0)] if self.S else []
        fewer += [replace(self, S=S) for S in shorter(self.S)]
        return sorted((one for one in fewer if one.S < one.N), key=lambda one: (one.N, one.at_work))

    def without(self, group: int) -> Layout | None:
        """The layout without a group; None if too few are left."""
        counts = (*self.counts[:group], *self.counts[group + 1 :])
        S = self.S if self.S < sum(counts) else 0
        return replace(self, counts=counts, S=S) if counts else None


def random_layout(u: Sequence[float], clients: bool, forms: Sequence[Form]) -> Layout:
    """A layout for four numbers in [0, 1): half of them of up to six clients, the others of up to
    10⁷ in up to two groups; all, one or some of them at work."""
    if u[0] < 0.5:
        N = 1 + int(2 * u[0] * GROUPS)
        choices = [(1,) * N, (1, N - 1), (N // 2, N - N // 2), (N,)]
        counts = choices[int(u[1] * len(choices))]
    else:
        N = int(GROUPS * np.exp(2 * (u[0] - 0.5) * np.log(LARGEST_N / GROUPS)))
        one = int(N ** (u[1] / 0.6)) if u[1] < 0.6 else N // 2
        counts = (N,) if u[1] > 0.8 else (one, N - one)
    counts = tuple(n for n in counts if n)
    S = 0 if u[2] < 0.35 else 1 if u[2] < 0.6 else int(N ** ((u[2] - 0.6) / 0.4))
    form = forms[int(u[3] * len(forms))] if len(counts) > 1 else "gaps"
    return Layout(counts, 0 if S >= N else S, form, clients)
