"""Clients of federated learning: FedAvg, and SCAFFOLD with all clients or some of them."""

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.clients import fixed_points as fixed_points
from auxtheory.theorems.clients.fedavg import FedAvgQuadratic, FedAvgSmooth
from auxtheory.theorems.clients.fedavg_sampled import FedAvgSampled
from auxtheory.theorems.clients.lagged import LaggedSCAFFOLD, LaggedSCAFFOLDStar
from auxtheory.theorems.clients.scaffold import SCAFFOLD, SCAFFOLDConvex, SCAFFOLDExactStart
from auxtheory.theorems.clients.scaffold_one import SCAFFOLDOptionI, SCAFFOLDOptionISmooth
from auxtheory.theorems.clients.scaffold_smooth import SCAFFOLDSmooth

ALL: tuple[type[Theorem], ...] = (
    FedAvgQuadratic,
    FedAvgSmooth,
    FedAvgSampled,
    SCAFFOLDOptionI,
    SCAFFOLDOptionISmooth,
    SCAFFOLDConvex,
    SCAFFOLDExactStart,
    SCAFFOLD,
    SCAFFOLDSmooth,
    LaggedSCAFFOLD,
    LaggedSCAFFOLDStar,
)

__all__ = [
    "ALL",
    "SCAFFOLD",
    "FedAvgQuadratic",
    "FedAvgSampled",
    "FedAvgSmooth",
    "LaggedSCAFFOLD",
    "LaggedSCAFFOLDStar",
    "SCAFFOLDConvex",
    "SCAFFOLDExactStart",
    "SCAFFOLDOptionI",
    "SCAFFOLDOptionISmooth",
    "SCAFFOLDSmooth",
]
