"""The figures of the catalogue, each with the numbers that it draws.

Example:
    >>> from auxtheory import analysis
    >>> "hybrids" in analysis.CATALOGUE
    True
"""

from __future__ import annotations

from collections.abc import Mapping

from auxtheory.analysis.figures.clients import (
    CLIENT_BIAS,
    CLIENTS,
    KNEE,
    SAMPLED_CLIENTS,
    SCAFFOLD_RANGE,
)
from auxtheory.analysis.figures.compressed import COMPRESSED_CLIENTS
from auxtheory.analysis.figures.growth import GROWTH
from auxtheory.analysis.figures.hybrids import HYBRIDS
from auxtheory.analysis.figures.over_axis import Drawing
from auxtheory.analysis.figures.schedules import SCHEDULES

CATALOGUE: Mapping[str, Drawing] = {
    "hybrids": HYBRIDS,
    "schedules": SCHEDULES,
    "growth": GROWTH,
    "clients": CLIENTS,
    "client-bias": CLIENT_BIAS,
    "sampled-clients": SAMPLED_CLIENTS,
    "knee": KNEE,
    "scaffold-range": SCAFFOLD_RANGE,
    "compressed-clients": COMPRESSED_CLIENTS,
}
