"""Old names of moved modules: they still import for one release, with a warning that gives the new
name.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import MappingProxyType, ModuleType
from typing import Any

# Old name → new module, both relative to the package; to be removed after 0.1.
MOVED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "analysis.bench": ("analysis.figures.bench",),
        "analysis.curves": ("analysis.selection",),
        "analysis.delta_prediction": ("analysis.figures.delta_prediction",),
        "analysis.experiment": ("analysis.figures.experiment",),
        "analysis.floor_vs_zeta": ("analysis.figures.floor_vs_zeta",),
        "analysis.measured_vs_predicted": ("analysis.figures.measured_vs_predicted",),
        "analysis.phase_diagram": ("analysis.figures.phase_diagram",),
        "analysis.rate": ("analysis.figures.rate",),
        "analysis.stability": ("analysis.figures.stability",),
        "analysis.studies": ("analysis.default_studies",),
        "analysis.tightness": ("analysis.figures.tightness",),
        "analysis.toy": ("analysis.figures.toy",),
        "bench.drawing": ("bench.groups.drawing",),
        "bench.expert": ("bench.variants.jax_expert",),
        "bench.fresh": ("bench.startup",),
        "bench.jax_moments": ("bench.variants.jax_moments",),
        "bench.lane": ("bench.processes",),
        "bench.logistic": ("bench.groups.logistic",),
        "bench.moments": ("bench.groups.moments",),
        "bench.monte_carlo": ("bench.groups.monte_carlo",),
        "bench.plain": ("bench.variants.numpy",),
        "bench.with_jax": ("bench.variants.jax",),
        "bench.with_torch": ("bench.variants.torch",),
        "cli_bench": ("cli.bench",),
        "cli_certify": ("cli.certify",),
        "cli_experiment": ("cli.experiment",),
        "cli_falsify": ("cli.falsify",),
        "cli_plot": ("cli.plot",),
        "cli_report": ("cli.report",),
        "cli_study": ("cli.study",),
        "conditions": ("bounds.conditions",),
        "configuration": ("validation.configuration",),
        "conformance.handover": ("implementations.exchange",),
        "constants": ("bounds.constants",),
        "decimals": ("testing.decimals",),
        "draws": ("random.draws",),
        "engines.collapsed": ("engines.exact.collapsed",),
        "engines.coordinates": ("engines.exact.coordinates",),
        "engines.cpu": ("engines.monte_carlo.cpu",),
        "engines.cuda": ("engines.monte_carlo.cuda",),
        "engines.cupy": ("engines.monte_carlo.cupy",),
        "engines.dense": ("engines.exact.dense",),
        "engines.diagonal": ("engines.exact.diagonal",),
        "engines.frame": ("engines.exact.frame",),
        "engines.fused": ("engines.monte_carlo.compiled",),
        "engines.glm": ("engines.monte_carlo.minibatch",),
        "engines.instance": ("engines.worst_case.instance",),
        "engines.matmul": ("engines.monte_carlo.dense",),
        "engines.moments": ("engines.exact.moments",),
        "engines.performance": ("engines.worst_case.interpolation",),
        "engines.proof": ("engines.worst_case.proof",),
        "engines.recursion": ("engines.exact.recursion",),
        "engines.sampling": ("engines.monte_carlo.statistics",),
        "engines.semidefinite": ("engines.worst_case.semidefinite",),
        "evaluation": ("bounds.evaluation",),
        "formula": ("bounds.printing",),
        "glossary": ("bounds.glossary",),
        "judgement": ("validation.error_control", "validation.rows"),
        "kernels.batch": ("kernels.cpu.batch",),
        "kernels.collapse": ("kernels.cpu.collapse",),
        "kernels.device": ("kernels.cuda.device",),
        "kernels.device_trajectory": ("kernels.cuda.trajectory",),
        "kernels.device_update": ("kernels.cuda.update",),
        "kernels.draw": ("kernels.cpu.draw",),
        "kernels.glm": ("kernels.cpu.minibatch",),
        "kernels.lanes": ("kernels.cpu.lanes",),
        "kernels.linear": ("kernels.cpu.linear",),
        "kernels.moments": ("kernels.cpu.moments",),
        "kernels.pairs": ("kernels.cuda.draw",),
        "kernels.rounds": ("kernels.cpu.rounds",),
        "kernels.threads": ("kernels.cpu.threads",),
        "kernels.tile": ("kernels.cpu.tile",),
        "kernels.trajectory": ("kernels.cpu.trajectory",),
        "kernels.update": ("kernels.cpu.update",),
        "kernels.vector": ("kernels.cpu.vector",),
        "met": ("validation.local_constants",),
        "minibatch": ("noise.minibatch",),
        "naming": ("theorems.lookup",),
        "notation": ("validation.parsing",),
        "notes": ("validation.notes",),
        "options": ("cli.options", "defaults"),
        "page": ("analysis.page",),
        "page.base": ("analysis.page.base",),
        "page.build": ("analysis.page.build",),
        "page.cards": ("analysis.page.cards",),
        "page.cells": ("analysis.page.cells",),
        "page.commands": ("analysis.page.commands",),
        "page.drawn": ("analysis.page.figures",),
        "page.formulas": ("analysis.page.formulas",),
        "page.markup": ("analysis.page.markup",),
        "page.summary": ("analysis.page.summary",),
        "page.svg": ("analysis.page.svg",),
        "philox": ("random.philox",),
        "posynomial": ("bounds.posynomial",),
        "pretty": ("printing",),
        "problems.batches": ("problems.logistic.batches",),
        "problems.certificate_quadratic": ("problems.quadratic.certificate",),
        "problems.cosine_pair": ("problems.cosine.pair",),
        "problems.features": ("problems.logistic.features",),
        "problems.helpers": ("problems.logistic.helpers",),
        "problems.logistic_loss": ("problems.logistic.objective",),
        "problems.logistic_pair": ("problems.logistic.pair",),
        "problems.losses": ("problems.logistic.loss",),
        "problems.minibatch_bounds": ("noise.minibatch_bounds",),
        "problems.minimum": ("problems.logistic.minimum",),
        "problems.quadratic_pair": ("problems.quadratic.pair",),
        "problems.reduction": ("problems.logistic.reduction",),
        "problems.separation": ("problems.logistic.separation",),
        "problems.similarity": ("problems.logistic.similarity",),
        "problems.unregularised": ("problems.logistic.unregularised",),
        "propagation": ("kernels.propagation",),
        "report": ("cli.validate",),
        "report_text": ("cli.overview",),
        "result": ("table", "validation.verdict"),
        "scripts": ("validation.scripts",),
        "source": ("validation.function_source",),
        "spelling": ("bounds.source",),
        "strategies": ("testing.strategies",),
        "study.again": ("study.rerun", "study.storage.merge"),
        "study.axes": ("study.grid",),
        "study.cells": ("study.running.compute",),
        "study.dataset": ("study.results.dataset",),
        "study.definition": ("study.design", "study.study", "errors"),
        "study.execution": ("study.running.execution",),
        "study.export": ("study.results.export",),
        "study.records": ("study.storage.records",),
        "study.salvage": ("study.storage.repair",),
        "study.store": ("study.storage.database", "study.storage.file"),
        "study.tally": ("study.results.summary", "table"),
        "study.workers": ("study.running.workers",),
        "study_files": ("study.toml",),
        "study_files.axes": ("study.toml.axes",),
        "study_files.files": ("study.toml.reader",),
        "study_files.lines": ("study.toml.locations",),
        "study_files.sections": ("study.toml.sections",),
        "suite": ("validation.default_cases",),
        "testing.adversary": ("testing.search.adversary",),
        "testing.asking": ("testing.search.confirmation",),
        "testing.cells": ("testing.search.cells",),
        "testing.falsification": ("testing.search.falsify",),
        "testing.genes": ("testing.search.parameters",),
        "testing.judge": ("testing.search.judge",),
        "testing.rules": ("testing.search.rules",),
        "testing.searched": ("testing.search.coverage",),
        "testing.shrinking": ("testing.search.shrinking",),
        "testing.stand_in": ("testing.search.one_dimensional",),
        "theorems.black_box": ("bounds.black_box",),
        "theorems.edges": ("theorems.step_range",),
        "tree": ("bounds.tree",),
        "typeset": ("bounds.typeset",),
        "units": ("bounds.units", "typing"),
        "variance": ("validation.variance",),
        "waiting": ("progress",),
    }
)

# Modules that have become folders, and files that were divided → where what they defined is now.
OPENED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cli": ("cli.parser", "cli.options", "cli.validate", "defaults"),
        "engines.base": ("engines.task",),
        "engines.exact": ("engines.exact.engine",),
        "engines.monte_carlo": ("engines.monte_carlo.numpy",),
        "engines.worst_case": ("engines.worst_case.engine",),
        "noise": ("random.counter", "random.philox", "random.draws", "noise.laws"),
        "problems.base": ("problems.given",),
        "study.results": ("study.results.results",),
        "validation": ("validation.validate", "validation.rows"),
    }
)
# Files with the names of functions that such modules had.
CALLED = frozenset(
    {"cli.parser", "study.results.dataset", "validation.rows", "validation.validate"}
)


class _OldModule(ModuleType):
    """A module that has moved, which can be called as its function of the same name: importing
    `auxtheory.analysis.toy` hides the function `toy` of `auxtheory.analysis`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, self.__name__.rpartition(".")[2])(*args, **kwargs)


class _CalledFile(ModuleType):
    """A file with the name of the function that an old import means, which can be called as it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        package, _, name = self.__name__.rpartition(".")
        warn_moved(f"{package}.{name}()", [self.__name__])
        return getattr(self, name)(*args, **kwargs)


class _OpenedLoader(SourceFileLoader):
    """Loads a folder that was a module, or a file of it; old names are looked up where they
    are."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        name = module.__name__.partition(".")[2]
        if name in CALLED:
            module.__class__ = _CalledFile
        else:
            homes = [f"auxtheory.{home}" for home in OPENED[name]]
            module.__getattr__ = _of_folder(module.__name__, homes)  # type: ignore[method-assign]


class _OldNames:
    """Imports an old name as a module that looks everything up where it is now.

    It has no base class, since importlib.abc takes longer to import than `auxtheory`.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        if package == "auxtheory" and (name in OPENED or name in CALLED):
            spec = PathFinder.find_spec(fullname, path, target)
            if spec is not None and isinstance(spec.loader, SourceFileLoader):
                spec.loader = _OpenedLoader(fullname, spec.loader.path)
            return spec
        # A package, so that old names below it are asked for as well.
        moved = package == "auxtheory" and name in MOVED
        if not moved:
            return None
        return ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _OldModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        old = module.__name__
        homes = [f"auxtheory.{name}" for name in MOVED[old.partition(".")[2]]]
        warn_moved(old, homes)
        modules = [import_module(home) for home in homes]
        module.__doc__ = modules[0].__doc__
        module.__getattr__ = _of_modules(old, modules)  # type: ignore[method-assign]


def warn_moved(old: str, homes: Sequence[str]) -> None:
    """The warning that an old name has moved; it points at the caller of the caller."""
    message = f"{old} has moved: import from {' or '.join(homes)}, or use the names of auxtheory"
    warnings.warn(message, DeprecationWarning, stacklevel=3)


def _of_modules(old: str, modules: Sequence[ModuleType]) -> Callable[[str], Any]:
    """How an old module looks up names."""

    def look_up(name: str) -> Any:
        if name == "__all__":  # of `from … import *`
            listed = [getattr(home, "__all__", vars(home)) for home in modules]
            return [name for names in listed for name in names if not name.startswith("_")]
        for home in modules:
            if hasattr(home, name):
                return getattr(home, name)
        found = modules[0].__name__
        raise AttributeError(f"module {old!r} has no attribute {name!r}; it is now {found}")

    return look_up


def _of_folder(folder: str, homes: Sequence[str]) -> Callable[[str], Any]:
    """How a folder looks up names that it had as a module."""

    def look_up(name: str) -> Any:
        from importlib.util import find_spec

        divided = "__path__" not in vars(sys.modules[folder])
        # Python asks for files of the folder too before it imports them.
        if not name.startswith("_") and (divided or find_spec(f"{folder}.{name}") is None):
            for home in homes:
                module = import_module(home)
                if hasattr(module, name):
                    warn_moved(f"{folder}.{name}", [home])
                    return getattr(module, name)
        raise AttributeError(f"module {folder!r} has no attribute {name!r}")

    return look_up


def install() -> None:
    """Make the old names importable; the package calls this once when it is imported."""
    if not any(type(finder) is _OldNames for finder in sys.meta_path):
        # First, since a folder that is left over from an older checkout would count as a package.
        sys.meta_path.insert(0, _OldNames())
