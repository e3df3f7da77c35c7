"""Clients that take their local steps on a compressed copy of their function, next to FedAvg and
SCAFFOLD on the functions themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from auxtheory.analysis.figures.over_axis import Drawing
from auxtheory.noise.laws import Gaussian
from auxtheory.problems import Pair, Quadratic
from auxtheory.table import Table
from auxtheory.theorems import (
    ClientAuxMOMQuiet,
    ClientExactCorrection,
    FedAvgQuadratic,
    SCAFFOLDExactStart,
    Theorem,
)
from auxtheory.typing import FloatArray
from auxtheory.validation.validate import validate

N = 10
DIM = 16
K = 10
T = 300
# The spread of the logarithms of the clients' curvatures, and of their linear terms in F/X.
SPREAD = 0.1
# The noise of a sample of ∇f, which the buffers of AuxMOM see; local gradients are exact.
NOISE = Gaussian(sigma_f=0.01)
# Bits of a number that is not compressed, and of the place of one.
FLOAT = 64
PLACE = 4

WHOLE: Mapping[str, Theorem] = {"FedAvg": FedAvgQuadratic(), "SCAFFOLD": SCAFFOLDExactStart()}
COMPRESSED: Mapping[str, Theorem] = {
    "ClientExactCorrection": ClientExactCorrection(),
    "ClientAuxMOM": ClientAuxMOMQuiet(),
}


def _rounded(A: FloatArray, bits: int) -> FloatArray:
    """Each curvature at the nearest of 2^bits even levels from the client's least to largest."""
    low, levels = A.min(axis=1, keepdims=True), 2**bits - 1
    width = A.max(axis=1, keepdims=True) - low
    return np.asarray(low + np.round((A - low) / width * levels) / levels * width)


def _sketched(A: FloatArray, rank: int) -> FloatArray:
    """The `rank` largest curvatures of each client, 0 for the others: the best sketch of a rank."""
    places = np.argsort(np.argsort(-A, axis=1), axis=1)
    return np.where(places < rank, A, 0.0)


# Each way to compress: what it makes of the Hessians, its levels, and the bits that a level takes.
Compression = tuple[Callable[[FloatArray, int], FloatArray], tuple[int, ...], Callable[[int], int]]
WAYS: Mapping[str, Compression] = {
    "rounded": (_rounded, (1, 2, 3, 4, 6, 8), lambda bits: bits * DIM + 2 * FLOAT),
    "sketched": (_sketched, (2, 4, 8, 12, 16), lambda rank: rank * (FLOAT + PLACE)),
}


def compressed_clients_table() -> Table:
    """The measure and the bound of each theorem over the bits of a client's compressed Hessian:
    ten clients of a quadratic of 16 coordinates, T = 300 rounds of K = 10 local steps at the
    prescribed steps, σ_f = 0.01 F/X in the samples of AuxMOM.

    `level` is the number of bits of a curvature or the rank, `bits` what the Hessian of a helper
    takes, `delta` the largest δ_i, `mean_delta` the δ of mean r_i, `read` the bits of Hessians that
    a client reads in a round, and `sent` the bits that it sends and receives.
    """
    rng = np.random.default_rng(1)
    A = np.geomspace(1.0, 0.1, DIM) * np.exp(SPREAD * rng.standard_normal((N, DIM)))
    A /= np.max(A.mean(axis=0))
    b = A.mean(axis=0) + SPREAD * rng.standard_normal((N, DIM))
    full = FLOAT * DIM
    pair = Quadratic.from_clients(A, b)
    whole = {
        name: _measured(theorem, pair) | {"curve": name, "read": K * full}
        for name, theorem in WHOLE.items()
    }
    rows = list[dict[str, Any]]()
    for way, (compress, levels, size) in WAYS.items():
        for level in levels:
            helped = Quadratic.from_helpers(
                A.mean(axis=0), compress(A, level), b.mean(axis=0), h_b=b
            )
            place = {"compression": way, "level": level, "bits": size(level)}
            rows += [place | row for row in whole.values()]
            # ∇f(x) reads every client's own Hessian once, ∇r_i(x) and the local steps the copy.
            read = full + (K + 1) * size(level)
            rows += [
                place | _measured(theorem, helped) | {"curve": name, "read": read}
                for name, theorem in COMPRESSED.items()
            ]
    return Table(tuple(rows))


def _measured(theorem: Theorem, pair: Pair) -> dict[str, Any]:
    (row,) = validate(theorem, pair, NOISE, K=K, T=T).table
    helpers, floats = pair.helpers, theorem.method.floats
    assert helpers is not None
    assert floats is not None
    return {
        "delta": float(helpers.delta_m[0]),
        "mean_delta": float(pair.constants().delta),
        "eta": float(row["eta"]),
        "measured": float(row["measured"]),
        "bound": float(row["bound"]),
        "sent": FLOAT * DIM * sum(floats.total(S=N, N=N)) // N,
    }


COMPRESSED_CLIENTS = Drawing(
    text="clients with rounded or sketched helpers, FedAvg and SCAFFOLD over the bits of a helper",
    make=compressed_clients_table,
    x="bits",
    xlabel="bits of a helper's Hessian",
    ylabel="E‖∇f‖² after 300 rounds, in F²/X²",
    panel="compression",
    logx=False,
)
