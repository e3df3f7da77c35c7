"""The proofs that come with the library; no solver is needed to check or use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from auxtheory.bounds.constants import Constants, Steps
from auxtheory.certify.grid import ALL, GridCell, cells
from auxtheory.engines.worst_case.interpolation import WorstCaseSpec
from auxtheory.engines.worst_case.proof import Proof
from auxtheory.errors import Checks, RefusedError
from auxtheory.files import writable, writable_folder, write
from auxtheory.table import Table
from auxtheory.theorems import AuxMOM, AuxMVR, ExactCorrection, ExactCorrectionPL, Theorem

KEPT: Mapping[type[Theorem], Mapping[str, Any]] = {
    ExactCorrection: {"K": (1, 2, 3, 4, 5, 10), "T": (1,), "delta": (0.0, 0.1, 0.3, 1.0, 3.0)},
    ExactCorrectionPL: {"K": (1, 2, 3, 5), "T": (1,), "delta": (0.0, 0.1, 0.3, 1.0)},
    AuxMOM: {"K": (1, 2, 3), "T": (2, 3), "delta": (0.0, 0.1, 1.0)},
    AuxMVR: {"K": (1, 2, 3), "T": (2, 3), "delta": (0.0, 0.1, 1.0)},
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Stored:
    """A stored proof with its theorem.

    Args:
        theorem: the theorem whose bound the proof is compared with.
        proof: the proof.
        provenance: the versions of the packages that found it.

    Example:
        >>> from auxtheory import certify
        >>> proof = certify.stored()[0]
        >>> bool(proof.proof.verify())
        True
    """

    theorem: Theorem
    proof: Proof
    provenance: Mapping[str, Any]

    @property
    def every_T(self) -> bool:
        """Whether the bound of one round holds for every T: rounds add up (G over one round's
        decrease) or multiply (the gap after one round)."""
        case = self.proof.case
        return case.decrease or (
            case.measure == "gap" and case.T == 1 and case.method.exact_refresh
        )

    @property
    def bound(self) -> float:
        """The theorem's bound at the same constants and steps, L = F0 = 1."""
        case = self.proof.case
        constants = Constants(L=1.0, F0=1.0, mu=case.mu, delta=case.delta)
        return float(self.theorem.value(constants, _steps(case)))

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lengths = "every T" if self.every_T else f"T = {self.proof.case.T}"
        return (
            f"{self.theorem.label} {self.theorem.name}, {lengths}, bound "
            f"{self.bound:.8g}\n{self.proof}"
        )


def _steps(case: WorstCaseSpec) -> Steps:
    a = case.a if case.method.uses_a else None
    return Steps(eta=case.eta, a=a, K=case.K, T=case.T, mode="theorem")


def stored() -> tuple[Stored, ...]:
    """Return all proofs that come with the library, as they were written; `proof.verify()` checks
    one.

    Returns:
        The proofs, file by file.

    Example:
        >>> from auxtheory import certify
        >>> len(certify.stored()) > 0
        True
    """
    known = {kind.label: kind() for kind in ALL}
    proofs = []
    folder = files("auxtheory.certify").joinpath("certificates")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".json"):
            record = json.loads(entry.read_text(encoding="utf-8"))
            theorem = known[record["theorem"]]
            source = record["provenance"]
            proofs += [
                Stored(theorem=theorem, proof=Proof.from_json(each), provenance=source)
                for each in record["proofs"]
            ]
    return tuple(proofs)


def stored_table(theorems: tuple[type[Theorem], ...] = ALL) -> Table:
    """Check the stored proofs of some theorems with NumPy alone.

    Args:
        theorems: classes of theorems, among `ALL`.

    Returns:
        One row per proof, with the `proven` value, the `bound` and the `status`.

    Raises:
        InputError: lists every theorem that is not among `ALL`.

    Example:
        >>> import auxtheory as at
        >>> from auxtheory import certify
        >>> table = certify.stored_table((at.theorems.ExactCorrectionPL,))
        >>> set(table["status"].tolist())
        {'proven'}
    """
    checks = Checks()
    rows = list[dict[str, Any]]()
    for kind in checks.several(
        "theorems", theorems, "classes of theorems, such as at.theorems.AuxMOM"
    ):
        if kind not in ALL:
            labels = ", ".join(one.label for one in ALL)
            name = getattr(kind, "__name__", kind)
            checks.complain("theorem", name, f"has no stored proofs, which are of {labels} alone")
    checks.done()
    for each in stored():
        case = each.proof.case
        check = each.proof.verify()
        if type(each.theorem) in theorems:
            rows.append(
                {
                    "theorem": each.theorem.label,
                    "class": case.function_class,
                    "measure": case.measure,
                    "K": case.K,
                    "T": "every" if each.every_T else str(case.T),
                    "delta": case.delta,
                    "eta": case.eta,
                    "a": case.a if case.method.uses_a else np.nan,
                    "proven": check.value,
                    "bound": each.bound,
                    "proven/bound": check.value / each.bound,
                    "least eigenvalue": check.eigenvalue,
                    "status": "proven" if check else "no proof",
                }
            )
    return Table(tuple(rows))


def store(folder: str | Path) -> list[Path]:
    """Solve the stored cases again and write one file per theorem, all or none.

    Args:
        folder: an existing folder.

    Returns:
        The files.

    Raises:
        RefusedError: a case is not solved, its proof does not hold, or PEPit is not installed.
        FileError: the files cannot be written.

    Example:
        >>> from auxtheory import certify
        >>> certify.store("proofs")  # doctest: +SKIP
    """
    home = writable_folder("folder", folder)
    writable("folder", *(home / f"{kind.label}.json" for kind in KEPT))
    contents: dict[Path, str | bytes] = {}
    for kind, lengths in KEPT.items():
        to_solve = [
            cell
            for cell in cells([kind], eta_points=1, **lengths)
            if cell.decrease or kind is not ExactCorrection
        ]
        solved = [(cell, cell.solve()) for cell in to_solve]
        lost = [_name(cell) for cell, worst in solved if worst.proof is None]
        if lost:
            raise RefusedError(f"no proof to store of {'; '.join(lost)}")
        provenance = {k: v for k, v in solved[0][1].provenance.items() if k != "engine"}
        proofs = [worst.proof.to_json() for _, worst in solved if worst.proof is not None]
        lines = ",\n".join(json.dumps(proof, ensure_ascii=False) for proof in proofs)
        head = json.dumps({"theorem": kind.label, "provenance": provenance}, ensure_ascii=False)
        contents[home / f"{kind.label}.json"] = f'{head[:-1]}, "proofs": [\n{lines}\n]}}\n'
    return write("folder", contents)


def _name(cell: GridCell) -> str:
    steps = cell.steps
    return (
        f"{cell.theorem.label}, {cell.function_class}, K = {steps.K}, T = {steps.T}, delta = "
        f"{cell.constants.delta}"
    )
