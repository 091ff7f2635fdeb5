"""Run Cython's translations in the pool of a build.

This is for extensions whose sources are ``.pyx`` files: Cython's own ``build_ext``
translates those when it comes to each extension.  What a project translates with its
own call of ``cythonize`` is left as it is.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from abi3build.setuptools_plugin.command_pool import CommandPool
    from abi3build.setuptools_plugin.cython_crew import CythonCrew

__all__ = ["are_translators_worth", "translating_at_once"]

_BYTES_WORTH_PROCESSES = 48 * 1024
"""A process takes about a second until it is as quick as one that has translated."""

_OF_CYTHON = "Cython.Distutils.build_ext"
_DEPENDENCIES = "Cython.Build.Dependencies"
_READ_TOO = {".pxd", ".pxi"}


def are_translators_worth(command: Any) -> bool:
    """Tell whether the translations of a ``build_ext`` justify separate processes.

    They do not if Cython translates nothing, or so little that one process is done
    before two have started.
    """
    if not any(base.__module__ == _OF_CYTHON for base in type(command).__mro__):
        return False
    changed = list(_changed_sources(command.extensions, force=bool(command.force)))
    size = sum(source.stat().st_size for source in changed)
    return len(changed) > 1 and size >= _BYTES_WORTH_PROCESSES


def _changed_sources(extensions: Iterable[Any], *, force: bool) -> Iterator[Path]:
    """Yield the sources that are newer than their translation, as far as can be seen.

    Cython decides which sources to translate; this only decides where that happens.
    """
    read_too: dict[Path, float] = {}
    for extension in extensions:
        for source in map(Path, extension.sources or ()):
            if source.suffix != ".pyx" or not source.exists():
                continue
            folder = source.parent
            if folder not in read_too:
                read_too[folder] = _newest_read_in(folder)
            newest = max(source.stat().st_mtime, read_too[folder])
            made = source.with_suffix(".cpp" if extension.language == "c++" else ".c")
            if force or not made.exists() or made.stat().st_mtime < newest:
                yield source


def _newest_read_in(folder: Path) -> float:
    read = (path for path in folder.iterdir() if path.suffix in _READ_TOO)
    return max((path.stat().st_mtime for path in read), default=0.0)


@contextmanager
def translating_at_once(
    pool: CommandPool, tell: Callable[[str], None]
) -> Iterator[None]:
    """Make Cython translate in the pool; tell ``tell`` why if it cannot."""
    dependencies: Any = import_module(_DEPENDENCIES)
    # What Cython itself gives to processes, if a project asks cythonize for threads.
    translate = getattr(dependencies, "cythonize_one", None)
    if translate is None:
        tell("Cython translates one by one: this release has no cythonize_one")
        yield
        return
    # Most builds translate nothing.
    from abi3build.setuptools_plugin.cython_crew import CythonCrew

    tell("Cython translates in parallel")
    crew = CythonCrew()
    dependencies.cythonize_one = _Door(pool, crew, translate, tell)
    try:
        yield
    finally:
        dependencies.cythonize_one = translate
        crew.dismiss()


class _Door:
    """Replace the function of Cython that translates one source."""

    def __init__(
        self,
        pool: CommandPool,
        crew: CythonCrew,
        translate: Callable[..., Any],
        tell: Callable[[str], None],
    ) -> None:
        self._pool = pool
        self._crew = crew
        self._translate = translate
        self._tell = tell
        self._owner = os.getpid()

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Translate one source as Cython would, in parallel with others."""
        # Extensions that share a source write the same file, one after the other.
        is_alone = bool(self._pool.lane.folder) or os.getpid() != self._owner
        if is_alone or options or self._crew.trouble:
            return self._translate(*arguments, **options)
        request = self._crew.request(arguments)
        if request is None:
            return self._translate(*arguments)
        makes = os.path.abspath(arguments[1])
        translation = self._crew.translation(request, makes)
        self._pool.put_off(translation.job)
        self._pool.settle()
        if translation.answer.is_refused:
            fault: Any = import_module("Cython.Compiler.Errors").CompileError
            raise fault(None, arguments[0])
        if not translation.answer.is_done:
            # What went wrong there goes wrong here, and is seen as ever.
            reason = self._crew.reason()
            self._tell(f"Cython translates {arguments[0]} here: {reason}")
            self._translate(*arguments)
        return None
