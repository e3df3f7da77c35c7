"""One look for all figures: a colour and a marker per method, safe for colour-blind readers and in grey."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

# Okabe and Ito's palette; the lightness differs from method to method, so that the order survives in grey.
STYLES = {
    "SGD": ("#000000", "s"),
    "AuxMOM": ("#0072B2", "o"),
    "AuxMVR": ("#D55E00", "^"),
    "Naive": ("#999999", "x"),
    "FineTuning": ("#009E73", "D"),
    "ExactCorrection": ("#56B4E9", "v"),
    "ExactCorrectionNoise": ("#56B4E9", "v"),
    "ExactCorrectionPL": ("#56B4E9", "v"),
    "SGDMomentum": ("#CC79A7", "P"),
    "MVR": ("#E69F00", "*"),
}
OTHER = ("#666666", ".")
FORMATS = ("png", "svg", "pdf")


def style(name: str) -> tuple[str, str]:
    """The colour and marker of a method or of its theorem."""
    return STYLES.get(name, OTHER)


def save(figure: Figure, stem: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write the figure as STEM.png, STEM.svg, …, the same bytes each time."""
    import matplotlib as mpl

    paths = []
    with mpl.rc_context({"svg.hashsalt": "auxtheory", "svg.fonttype": "path"}):
        for extension in formats:
            path = stem.with_name(f"{stem.name}.{extension}")
            undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
            figure.savefig(path, dpi=160, metadata=undated.get(extension))
            paths.append(path)
    return paths
