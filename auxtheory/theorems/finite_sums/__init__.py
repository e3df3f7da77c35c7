"""Finite sums: SVRG, SAGA, recursive gradients, coupled samples, stability."""

from auxtheory.theorems.base import Theorem
from auxtheory.theorems.finite_sums.coupled import CoupledAuxMOM
from auxtheory.theorems.finite_sums.couplings import (
    Couplings,
    couplings,
    couplings_of_labels,
    helps_at_equal_norms,
    relabelled_variance,
)
from auxtheory.theorems.finite_sums.logistic import LogisticGD, LogisticGDClosed
from auxtheory.theorems.finite_sums.recursive import PAGE, SARAH, AuxPAGE, AuxSPIDER
from auxtheory.theorems.finite_sums.stability import ComponentSGD
from auxtheory.theorems.finite_sums.thresholds import (
    Thresholds,
    gaussian_sum,
    gaussian_threshold,
    isotropic_growth,
    spectral_radius,
    thresholds,
)
from auxtheory.theorems.finite_sums.variance_reduced import LSVRG, SAGA

ALL: tuple[type[Theorem], ...] = (
    LSVRG,
    SAGA,
    AuxPAGE,
    PAGE,
    AuxSPIDER,
    SARAH,
    CoupledAuxMOM,
    ComponentSGD,
    LogisticGD,
    LogisticGDClosed,
)

__all__ = [
    "ALL",
    "LSVRG",
    "PAGE",
    "SAGA",
    "SARAH",
    "AuxPAGE",
    "AuxSPIDER",
    "ComponentSGD",
    "CoupledAuxMOM",
    "Couplings",
    "LogisticGD",
    "LogisticGDClosed",
    "Thresholds",
    "couplings",
    "couplings_of_labels",
    "gaussian_sum",
    "gaussian_threshold",
    "helps_at_equal_norms",
    "isotropic_growth",
    "relabelled_variance",
    "spectral_radius",
    "thresholds",
]
