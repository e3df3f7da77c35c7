"""How functions within a compiled loop are compiled: LLVM improves each once, by itself, and
machine code is made only of the loop that they are linked into.

Numba would make machine code of each, and a form of it for callers in C, and improve each again
with every function that calls it; of all that, only the loop's own code would ever run.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class Piece(JITCodeLibrary):
    """The code of one function within a loop, with that of the functions that it calls."""

    @property
    def codegen(self) -> Any:
        """The code generator, as Numba uses it once a function is compiled."""
        return _WithoutEnvironment(self._codegen)

    def finalize(self) -> None:
        """Improve the function, then link what it calls; Numba does so when a caller is linked,
        and not at all where the function is inlined."""
        numba: Any = super()
        numba._optimize_final_module()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """0, as of a function that cannot be called from Python."""
        return 0


class _WithoutEnvironment:
    """A code generator for code at no address, where no environment can be stored."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Do nothing."""


class PieceCompiler(Compiler):
    """Numba's compiler for functions that compiled loops call."""

    def define_pipelines(self) -> Any:
        """The usual passes, into another kind of library."""
        numba: Any = super()
        library: Any = Piece
        target = self.state.targetctx
        self.state.library = library(target.codegen(), self.state.func_id.func_qualname)
        return numba.define_pipelines()
