"""The part of the ``build_ext`` mixin that builds as much in parallel as possible."""

from __future__ import annotations

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from abi3build.errors import Abi3BuildError
from abi3build.setuptools_plugin.build_screen import summary
from abi3build.setuptools_plugin.console import end_build
from abi3build.setuptools_plugin.cython_at_once import (
    are_translators_worth,
    translating_at_once,
)
from abi3build.setuptools_plugin.jobs_at_once import jobs_at_once
from abi3build.setuptools_plugin.jobserver import find_jobserver
from abi3build.setuptools_plugin.side_by_side import (
    build_side_by_side,
    compiling_side_by_side,
    is_microsoft,
    meeting_names,
    why_hooked,
    why_one_command,
    why_one_extension,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from setuptools.command.build_ext import build_ext
    from setuptools.extension import Extension

    from abi3build.setuptools_plugin.command_pool import CommandPool
    from abi3build.setuptools_plugin.plan import Plan
    from abi3build.setuptools_plugin.watching import FailedCommand, Watched

    _Base = build_ext
else:
    _Base = object

__all__ = ["ParallelBuildMixin", "compile_in_parallel"]


def compile_in_parallel(compiler: Any, units: int) -> None:
    """Make a compiler of distutils compile up to ``units`` sources at once.

    The compilers of setuptools, numpy and MSYS2 share no typed base class, only the
    method ``compile``, which takes the sources first and returns the objects.  Each
    source is passed to it separately, so whatever a subclass does there is kept.
    """
    compile_all = compiler.compile

    def compile_each(sources: list[str], *arguments: Any, **options: Any) -> list[str]:
        """Compile each source by itself; return the objects in the sources' order."""

        def compile_one(source: str) -> list[str]:
            with nullcontext() if tokens is None else tokens.one():
                objects: list[str] = compile_all([source], *arguments, **options)
            return objects

        if not getattr(compiler, "initialized", True):
            # MSVC looks for its tools at the first compile; threads would race there.
            compiler.initialize()
        tokens = find_jobserver(os.environ)
        try:
            with ThreadPoolExecutor(max_workers=units) as executor:
                results = list(executor.map(compile_one, sources))
        finally:
            if tokens is not None:
                tokens.close()
        return [name for objects in results for name in objects]

    compiler.compile = compile_each


class ParallelBuildMixin(_Base):
    """Build all extensions in one pool, if compiler and project allow it."""

    plan: ClassVar[Plan]
    _watched: Watched
    _pool: CommandPool | None = None
    _folders: frozenset[str] = frozenset()

    def build_one(self, ext: Extension) -> None:
        """Prepare the lane of this extension; the subclass builds it."""
        if self._pool is not None:
            self._pool.lane.folder = ext.name if ext.name in self._folders else ""

    def failed_commands(self) -> list[FailedCommand]:
        """Return the failed commands of the extension that is being built."""
        return self._watched.failed if self._pool is None else self._pool.lane.failed

    def _is_fatal(self, ext: Extension) -> bool:
        raise NotImplementedError

    def _build_extensions_serial(self) -> None:
        self._build_all(super()._build_extensions_serial)  # type: ignore[misc] # private

    def _build_extensions_parallel(self) -> None:
        self._build_all(super()._build_extensions_parallel)  # type: ignore[misc] # private

    def _build_all(self, build_as_asked: Callable[[], None]) -> None:
        """Build all extensions after the project has prepared the compiler.

        distutils calls one of the two methods above, and so do the projects' classes.
        """
        began = time.monotonic()
        self._build_at_once(build_as_asked)
        made, kept = self._watched.made, self._watched.kept
        if made or kept:
            line, *slowest = summary(made, kept, time.monotonic() - began)
            self.announce(line, logging.INFO)
            for each in slowest:
                self.announce(each, logging.DEBUG)

    def _build_at_once(self, build_as_asked: Callable[[], None]) -> None:
        jobs = jobs_at_once(self.plan.settings.parallel, self.parallel, os.environ)
        folders = meeting_names(self.extensions)
        reason = why_one_command(self.compiler)
        if jobs == 1 or reason:
            self._watched.is_alone = jobs == 1
            if jobs > 1 and self._may_use_threads():
                compile_in_parallel(self.compiler, jobs)
            elif reason:
                self._debug(f"commands run one by one: {reason}")
            if folders or jobs == 1:
                # Those of distutils side by side would overwrite shared objects.
                build_as_asked = super()._build_extensions_serial  # type: ignore[misc] # private
            build_as_asked()
            return
        reason = why_one_extension(self, self.extensions)
        with compiling_side_by_side(self.compiler, self._watched, jobs) as pool:
            self._pool, self._folders = pool, folders
            if reason:
                self._debug(f"extensions are built one by one: {reason}")
            if reason or len(self.extensions) == 1 or self._has_slices():
                super()._build_extensions_serial()  # type: ignore[misc] # private
                return
            translating: AbstractContextManager[None] = nullcontext()
            if are_translators_worth(self):
                translating = translating_at_once(pool, self._debug)
            with translating:
                failed = build_side_by_side(
                    pool, self.extensions, self.build_one, self._is_fatal
                )
        self._tell_failed(failed)

    def _debug(self, text: str) -> None:
        self.announce(text, logging.DEBUG)

    def _tell_failed(self, failed: Sequence[tuple[Extension, BaseException]]) -> None:
        faults = [fault for _, fault in failed]
        lost = [fault for fault in faults if isinstance(fault, Abi3BuildError)]
        for ext, fault in failed:
            if fault not in lost:
                # It warns of an optional extension, and raises anything else.
                with self._filter_build_errors(ext):  # type: ignore[attr-defined] # private
                    raise fault
        if lost:
            end_build(lost)

    def _may_use_threads(self) -> bool:
        """Tell whether the project requests parallel runs of Microsoft's compiler."""
        is_asked = self.plan.settings.parallel is not None
        return (
            is_asked and is_microsoft(self.compiler) and not why_hooked(self.compiler)
        )

    def _has_slices(self) -> bool:
        platform = self.plan.platform
        return platform is not None and len(platform.slices) > 1
