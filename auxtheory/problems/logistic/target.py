"""Logistic regression as a target: its minimum, and helpers whose δ and ζ are prescribed or
certified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from auxtheory.bounds.constants import Reals, check_grid
from auxtheory.errors import Checks
from auxtheory.problems.checks import arguments, check_helper
from auxtheory.problems.choose import Choose
from auxtheory.problems.logistic.federated import (
    labelled_parts,
    labels_text,
    split_parts,
    split_text,
)
from auxtheory.problems.logistic.minimum import Minimum, minimise
from auxtheory.problems.logistic.objective import LogisticLoss
from auxtheory.problems.logistic.pair import LogisticPair
from auxtheory.problems.logistic.similarity import hessian_gap
from auxtheory.problems.spectra import Gap, gap_and_direction
from auxtheory.problems.target import Target, public_name
from auxtheory.typing import FloatArray

MIN_HEIGHT = 1e6  # the least f(x⁰) − f*, in units of the error of f*
MAX_ERROR = 2.5e-19  # error of f(x*), in units of f(0), so that nine digits of f − f* are correct
MAX_SHOWN = 64  # the largest number of entries of features that a repr contains


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Logistic(LogisticLoss, Target):
    __doc__ = LogisticLoss.__doc__

    # A study file cannot hold the data.
    in_files: ClassVar[bool] = False
    rank: ClassVar[int] = 2

    @property
    def minimum(self) -> tuple[FloatArray, float, float]:
        """x*, f(x*) and a certified lower bound of f, equal to f(x*) if x* minimises f. InputError
        if no point does.

        Of many minimisers, as with dependent features or more than two classes and l2 = 0, x* is
        the nearest to x0. Features count as dependent up to rounding, 4ε√max{n, p} of their lengths
        with ε = 2⁻⁵².
        """
        return self._minimum.x, self._minimum.value, self._minimum.below

    @property
    def unique(self) -> bool:
        """Whether f is known to be stationary at x* alone."""
        return self._minimum.unique

    @cached_property
    def _minimum(self) -> Minimum:
        return minimise(self)

    def with_helper(
        self,
        delta: Reals = 0.0,
        zeta: Reals = 0.0,
        *,
        gap: Gap = "signs",
        bias: FloatArray | list[float] | None = None,
        towards: LogisticLoss | None = None,
    ) -> LogisticPair:
        """The pair of f with h = f − ½zᵀRz − bᵀz, z = x − x*, R diagonal with ‖R‖ = δ, ‖b‖ = ζ; or,
        towards g, with h = (1 − θ)f + θg − bᵀz, where θ ≤ 1 makes δ the certified bound.

        delta and zeta may be arrays over configurations, shape (C,).

        Args:
            delta: δ, in F/X².
            zeta: ζ, in F/X.
            gap: The diagonal of R: "signs" for −δ, δ, −δ, …, "uniform" for even steps over [−δ, δ],
                or the numbers, shape (d,); not with `towards`.
            bias: The direction of b, shape (d,); by default a coordinate on which a named gap is
                made to vanish (d ≥ 2).
            towards: g, another logistic objective of the same coordinates.

        Returns:
            The pair.

        Raises:
            InputError: Lists every bad value.
        """
        checks = Checks()
        check_helper(checks, self.dim, delta=delta, zeta=zeta, gap=gap, bias=bias)
        check_grid(checks, delta=delta, zeta=zeta)
        theta = np.zeros(1)
        if towards is not None and not isinstance(gap, str):
            checks.complain(
                "gap", gap, "must be left out where the helper goes towards another objective"
            )
        if towards is not None and self._comparable(checks, "towards", towards):
            most = max(abs(end) for end in hessian_gap(self, towards))
            if most == 0:
                checks.complain(
                    "towards",
                    towards,
                    "must differ from f in its Hessian, for δ to say how far to go",
                )
            elif np.any(np.asarray(delta) > most * (1 + 1e-12)):
                checks.complain(
                    "delta",
                    delta,
                    f"must be at most that of the helper it goes towards, {most:.6g}",
                )
            theta = (
                np.minimum(np.atleast_1d(np.asarray(delta, dtype=float)) / most, 1.0)
                if most
                else theta
            )
        checks.done()
        sizes = (np.atleast_1d(np.asarray(v, dtype=float))[:, None] for v in (delta, zeta))
        own_delta, own_zeta = np.broadcast_arrays(*sizes)
        R, direction = gap_and_direction(
            gap, bias, self.dim, own_delta if towards is None else 0 * own_delta
        )
        arguments_of_h = {
            "delta": delta,
            "zeta": zeta,
            "gap": gap,
            "bias": bias,
            "towards": towards,
        }
        return self._pair(
            towards or self,
            theta,
            R,
            own_zeta * direction,
            np.ndim(delta) + np.ndim(zeta) > 0,
            f"{self!r}.with_helper({arguments(arguments_of_h, _HELPER_DEFAULTS)})",
        )

    def helped_by(self, g: LogisticLoss, name: str | None = None) -> LogisticPair:
        """The pair of f with another logistic objective as its helper; δ and ζ are certified.

        Args:
            g: The helper, of the same coordinates.
            name: The call that the pair's repr shows; by default this one.

        Returns:
            The pair.

        Raises:
            InputError: g has other coordinates.
        """
        checks = Checks()
        self._comparable(checks, "g", g)
        checks.done()
        zero = np.zeros((1, self.dim))
        return self._pair(
            g, np.ones(1), zero, zero, False, f"{self!r}.{name or f'helped_by({g!r})'}"
        )

    def split(
        self,
        N: int | None = None,
        by: Any = "iid",
        *,
        weights: Literal["sizes", "equal"] = "sizes",
        seed: int = 0,
    ) -> LogisticPair:
        """The pair of f as the mean of N clients, each with a part of the rows; h = f.

        Args:
            N: The number of clients; it may be left out if `by` lists them.
            by: "iid" for rows at random in parts of one size; "label" for whole classes, or a part
                of one class where there are more clients than classes; `at.Dirichlet(alpha)` for
                shares of each class; the client of each row, shape (n,); or the clients' sizes,
                shape (N,), with rows at random.
            weights: "sizes" if f stays as it is, and a client weighs as its rows do; "equal" if f
                is the plain mean of the f_i.
            seed: The seed of the random choices.

        Returns:
            The pair, with `helpers`, whose δ_i, δ_A and ℓ are certified bounds.

        Raises:
            InputError: Lists every bad value, and which clients would have no rows.

        Example:
            >>> import auxtheory as at
            >>> f = at.Logistic(features=[[1.0], [2.0], [3.0], [-1.0]], labels=[0, 1, 1, 0], l2=0.1)
            >>> pair = f.split(N=2, by="label")
            >>> pair.helpers, pair.helpers.weights
            (<2 clients of 4 samples>, array([0.5, 0.5]))
        """
        f, clients = split_parts(self, N, by, weights, seed)
        text = f"{self!r}.{split_text(N, by, weights, seed)}"
        return replace(f.with_helper(), helpers=clients, description=text)

    def with_labels(self, labels: Any, *, weights: Any = None) -> LogisticPair:
        """The pair of f as the mean of clients with these features and labels of their own.

        All δ_i are 0 exactly: a sample's Hessian does not depend on its label.

        Args:
            labels: The labels of each client, shape (N, n).
            weights: The weight of each client, shape (N,), which sum to 1; equal by default.

        Returns:
            The pair, whose f has a sample for each label that a row has at some client.

        Raises:
            InputError: Lists every bad value.

        Example:
            >>> import auxtheory as at
            >>> f = at.Logistic(features=[[1.0], [2.0]], labels=[0, 1], l2=0.1, x0=[1.0])
            >>> helpers = f.with_labels([[0, 1], [1, 1]]).helpers
            >>> print(helpers.delta_m)
            [0.]
        """
        f, clients = labelled_parts(self, labels, weights)
        text = f"{self!r}.{labels_text(labels, weights)}"
        return replace(f.with_helper(), helpers=clients, description=text)

    def _comparable(self, checks: Checks, name: str, g: Any) -> bool:
        """Whether g is an objective of the same coordinates."""
        fits = isinstance(g, LogisticLoss) and (g.rows, g.features.shape[1]) == (
            self.rows,
            self.features.shape[1],
        )
        if not fits:
            classes = self.classes
            p = self.features.shape[1]
            checks.complain(
                name, g, f"must be an at.Logistic of {classes} classes and {p} features"
            )
        return fits

    def _pair(
        self,
        g: LogisticLoss,
        theta: FloatArray,
        R: FloatArray,
        b: FloatArray,
        grid: bool,
        description: str,
    ) -> LogisticPair:
        minimum = self._minimum
        checks = Checks()
        if (
            minimum.value == minimum.below
            and not float(self.excess(minimum.x)(self.x0)) > MIN_HEIGHT * minimum.error
        ):
            checks.complain(
                "x0",
                self.x0,
                "must not minimise f, nor be so near its minimiser that F0 is not known",
            )
        if (
            not self.l2
            and not self.nonconvex
            and minimum.error > MAX_ERROR * float(self.functions()[0](np.zeros(self.dim)))
        ):
            length = float(np.linalg.norm(minimum.x))
            allowed = (
                f"must be farther from dependent: rounding x*, of length {length:.2g}, "
                "blurs f − f* too much"
            )
            checks.complain("features", self.features, allowed)
        checks.done()
        count = max(len(theta), len(R), len(b))
        shape = count, self.dim
        return LogisticPair(
            f=self,
            g=g,
            theta=np.broadcast_to(theta, (count,)),
            R=np.broadcast_to(R, shape),
            b=np.broadcast_to(b, shape),
            start=np.broadcast_to(self.x0, shape),
            minimiser=minimum.x,
            lowest=minimum.value,
            below=minimum.below,
            description=description,
            grid=grid,
        )

    def __repr__(self) -> str:
        n, p = self.features.shape
        values: dict[str, Any] = {
            "l2": self.l2,
            "nonconvex": self.nonconvex,
            "classes": self.classes,
        }
        small = isinstance(self.features, np.ndarray) and n * p <= MAX_SHOWN
        if small and np.array_equal(self.weights, np.full(n, 1 / n)):
            values = {"features": self.features, "labels": self.labels, **values}
            if np.any(self.x0):
                values["x0"] = self.x0
        rest = arguments(values, {"l2": 0.0, "nonconvex": 0.0, "classes": 2})
        return (
            f"{public_name(type(self))}({rest})"
            if "labels" in values
            else f"{public_name(type(self))}(<{n} × {p}>{', ' if rest else ''}{rest})"
        )

    @classmethod
    def draw(cls, choose: Choose) -> LogisticPair:
        """A pair of two classes on a few samples with ℓ2, chosen by a strategy; L follows from the
        features.

        Args:
            choose: Makes each choice.

        Returns:
            One pair.
        """
        n = choose.dim + choose.whole(1, 3)
        d = choose.dim
        draws = np.random.default_rng(choose.whole(0, 9))
        features = np.round(draws.normal(size=(n, d)) * np.sqrt(choose.amount("L")), 3)
        labels = draws.permutation(np.arange(n) % 2)
        l2 = choose.share(0.01, 1.0)
        target = Logistic(
            features=features, labels=labels, l2=l2, x0=draws.integers(1, 4, size=d).astype(float)
        )
        L = float(target.with_helper().constants().L)
        return target.with_helper(choose.amount("delta", L), choose.amount("zeta"))

    @classmethod
    def client_kinds(cls) -> Mapping[str, Callable[[Choose], LogisticPair]]:
        """The functions that draw a pair with clients, by name.

        Returns:
            "logistic-clients": the rows of `draw` split over two or three clients.
        """
        return {"logistic-clients": cls._draw_clients}

    @classmethod
    def _draw_clients(cls, choose: Choose) -> LogisticPair:
        f = cls.draw(choose).f
        by = choose.among(("iid", "label"))
        assert isinstance(f, Logistic)
        return f.split(choose.whole(2, 3) if by == "iid" else 2, by, seed=choose.whole(0, 9))


_HELPER_DEFAULTS = {"gap": "signs", "zeta": 0.0}
