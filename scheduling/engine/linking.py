"""How numba links loops: those that other loops call are carried along as they were written, and optimised once.

As numba has it, each loop is optimised and made machine code by itself, all that it calls included, and then once more
in every loop that calls it. Here that happens only in a loop that the interpreter calls.
"""

# mypy: disable-error-code="no-untyped-call,misc,call-overload,attr-defined,method-assign"
from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numba
from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.environment import lookup_environment

_ENVIRONMENT = "_ZN08NumbaEnv"


class _NoMachineCode:
    """Stands for the machine of a loop that has no machine code of its own."""

    def set_env(self, _name: str, _environment: object) -> None:
        """Leave it to :meth:`_Whole.finalize`."""


class _Part(JITCodeLibrary):
    """A loop that other loops call."""

    @property
    def codegen(self) -> _NoMachineCode:
        return _NoMachineCode()

    def finalize(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, _name: str) -> int:
        return 0


class _Whole(JITCodeLibrary):
    """A loop that the interpreter calls, with all that it calls."""

    def add_linking_library(self, library: Any) -> None:
        waiting = [library]
        while waiting:
            found = waiting.pop()
            if found in self._linking_libraries:
                continue
            super().add_linking_library(found)
            if isinstance(found, _Part):
                waiting.extend(found._linking_libraries)  # noqa: SLF001

    def finalize(self) -> None:
        super().finalize()
        for name in [variable.name for variable in self._final_module.global_variables]:
            environment = lookup_environment(name) if name.startswith(_ENVIRONMENT) else None
            if environment is not None:
                self._codegen.set_env(name, environment)


class _PartCompiler(Compiler):
    """Compiles loops that other loops call."""

    def define_pipelines(self) -> Any:
        """Begin with an empty part."""
        self.state.library = _Part(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()


class _WholeCompiler(Compiler):
    """Compiles loops that the interpreter calls."""

    def define_pipelines(self) -> Any:
        """Begin with an empty whole, to be kept on disk."""
        self.state.library = _Whole(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super().define_pipelines()


def compile_loop(loop: Callable[..., Any], folder: Callable[[], str], **options: Any) -> Any:
    """Give what the interpreter calls in a loop's place; loops that name it carry the loop along instead.

    Parameters
    ----------
    folder
        Where its machine code is kept, asked for at its first call.
    options
        As of ``numba.njit``.
    """
    whole = numba.njit(pipeline_class=_WholeCompiler, **options)(loop)

    compile_it = whole.compile

    @cache
    def keep() -> None:
        numba.core.config.CACHE_DIR = folder()
        whole.enable_caching()

    def compile_whole(signature: Any) -> Any:
        with global_compiler_lock:  # two threads may make the first call at once
            keep()
        return compile_it(signature)

    @cache
    def part() -> Any:
        return numba.njit(pipeline_class=_PartCompiler, no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)(loop)

    def get_call_template(arguments: Sequence[Any], named: dict[str, Any]) -> Any:
        # one kind of number for all constants: a constant of its own would be compiled for each
        return part().get_call_template([types.unliteral(argument) for argument in arguments], named)

    whole.compile, whole.get_call_template = compile_whole, get_call_template
    whole.get_overload = lambda signature: part().get_overload(signature)
    return whole
