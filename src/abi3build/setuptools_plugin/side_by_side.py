"""Compile all units of all extensions in parallel, if compiler and project allow it.

A compiler of distutils works as usual, but the commands that compile are started
without waiting for them; its method ``compile`` waits for them at its end.
"""

from __future__ import annotations

import os
import sys
from collections import ChainMap
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from abi3build.evidence.watched_commands import parse_compile
from abi3build.setuptools_plugin.build_screen import Job
from abi3build.setuptools_plugin.command_pool import (
    BuildStoppedError,
    CommandPool,
    Lane,
)
from abi3build.setuptools_plugin.jobserver import find_jobserver
from abi3build.setuptools_plugin.watching import FailedCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from abi3build.setuptools_plugin.watching import Watched, WatchedCall

__all__ = [
    "build_side_by_side",
    "compiling_side_by_side",
    "is_microsoft",
    "meeting_names",
    "why_hooked",
    "why_not_by_setuptools",
    "why_one_command",
    "why_one_extension",
]

_KNOWN = ("Cython", "abi3build", "distutils", "setuptools", "subprocess")
_DOORS = ("_compile", "call", "compile", "spawn")
_STARTERS = {
    "distutils.ccompiler": "spawn",
    "distutils.compilers.C.base": "spawn",
    "distutils.spawn": "spawn",
    "subprocess": "check_call",
}
_SWIG = ".i"


def why_one_command(compiler: Any) -> str:
    """Return why a compiler's commands must run one by one; nothing if they need not.

    A method that another plugin replaced may need each command's result at once, or
    change the compiler between two commands.
    """
    if is_microsoft(compiler):
        return "Microsoft's compiler writes one debug database for all of them"
    return why_hooked(compiler)


def is_microsoft(compiler: Any) -> bool:
    """Tell whether a compiler is Microsoft's, by the name that distutils uses."""
    return bool(compiler.compiler_type == "msvc")


def why_hooked(compiler: Any) -> str:
    """Return what prevents parallel runs of a distutils compiler; nothing if none does.

    A hook must see each call as it would without abi3build.
    """
    if not hasattr(compiler, "compile"):
        return "the compiler has no compile method"
    for name in _DOORS:
        method = getattr(compiler, name, None)
        if method is not None and not _is_known(method):
            return f"{_module(method)} replaces the compiler's {name}"
    for function in _starters():
        if not _is_known(function):
            name = getattr(function, "__name__", "function")
            return f"{_module(function)} replaces the {name} that starts programs"
    return ""


def _starters() -> list[object]:
    """Return the functions by which the compilers of any setuptools start programs."""
    modules = map(sys.modules.get, _STARTERS)
    found = zip(_STARTERS.values(), modules)
    return [getattr(module, name) for name, module in found if hasattr(module, name)]


def why_not_by_setuptools(command: Any) -> str:
    """Return who builds extensions in the place of setuptools; nothing if it does."""
    if not _is_known(command.build_extension):
        return "the project builds extensions itself"
    for base in type(command).__mro__:
        method = vars(base).get("build_extension")
        if method is not None and not _is_known(method):
            return f"{_module(method)} builds extensions itself"
    return ""


def why_one_extension(command: Any, extensions: Iterable[Any]) -> str:
    """Return why extensions must be built one by one; nothing if they need not."""
    by_itself = why_not_by_setuptools(command)
    if by_itself:
        return by_itself
    for extension in extensions:
        if getattr(extension, "_links_to_dynamic", False):
            return f"{extension.name} links to another extension"
        objects = map(os.fspath, extension.extra_objects or ())
        missing = [each for each in objects if not os.path.exists(each)]
        if missing:
            return f"{extension.name} needs {missing[0]}, which does not exist yet"
    return ""


def meeting_names(extensions: Iterable[Any]) -> frozenset[str]:
    """Return the names of the extensions whose objects would have the same path.

    distutils names an object by its source alone, so two extensions that share a source
    would overwrite each other's.
    """
    owners: dict[str, set[str]] = {}
    for extension in extensions:
        for source in extension.sources or ():
            path = PurePath(os.fspath(source))
            stem = os.path.normpath(path.with_suffix(""))
            stem += "_wrap" if path.suffix == _SWIG else ""
            owners.setdefault(stem, set()).add(extension.name)
    sharing = [names for names in owners.values() if len(names) > 1]
    return frozenset().union(*sharing)


@contextmanager
def compiling_side_by_side(
    compiler: Any,
    watched: Watched,
    workers: int,
) -> Iterator[CommandPool]:
    """Let a watched compiler start compiles without waiting, inside the block.

    Other commands also run in the pool, each after all earlier ones of its lane.
    """
    pool = CommandPool(workers, _environment(), find_jobserver(os.environ))
    compile_all = compiler.compile
    doors = _Doors(pool, watched, compile_all)
    with pool.open():
        compiler.compile, watched.runner = doors.compile, doors.run
        try:
            yield pool
        finally:
            compiler.compile, watched.runner = compile_all, None


class _Doors:
    """Replace a compiler's methods."""

    def __init__(
        self, pool: CommandPool, watched: Watched, compile_all: Callable[..., list[str]]
    ) -> None:
        self._pool = pool
        self._watched = watched
        self._compile_all = compile_all

    def compile(
        self,
        sources: Sequence[str],
        *arguments: Any,
        **options: Any,
    ) -> list[str]:
        """Compile as usual, but wait for all programs at the end."""
        lane = self._pool.lane
        if lane.folder and options.get("output_dir"):
            options["output_dir"] = os.path.join(options["output_dir"], lane.folder)
        lane.puts_off = True
        try:
            objects = self._compile_all(sources, *arguments, **options)
        except Exception:
            self._settle(is_link=False)
            raise
        finally:
            lane.puts_off = False
        self._settle(is_link=False)
        return objects

    def run(self, step: WatchedCall) -> None:
        """Start a compile if its lane collects them; otherwise run it to its end."""
        lane, compiling = self._pool.lane, parse_compile(step.words)
        made = compiling.object_file if compiling is not None else ""
        job = Job(step.words, step.finish, os.path.abspath(made) if made else "")
        if made and lane.puts_off:
            if any(other.makes == job.makes for other, _ in lane.pending):
                # Two sources with one object: the later one counts, as ever.
                self._settle(is_link=False)
            self._pool.put_off(job)
            return
        self._settle(is_link=False)
        self._pool.put_off(job)
        self._settle(is_link=not made)

    def _settle(self, *, is_link: bool) -> None:
        """Wait for the commands of this lane; raise for the first that failed."""
        from setuptools.errors import CompileError, LinkError

        failed = self._pool.settle()
        self._pool.lane.failed.extend(FailedCommand.here(job.words) for job in failed)
        if failed:
            raise (LinkError if is_link else CompileError)(failed[0].error)


def build_side_by_side(
    pool: CommandPool,
    extensions: Sequence[Any],
    build: Callable[[Any], None],
    is_fatal: Callable[[Any], bool],
) -> list[tuple[Any, BaseException]]:
    """Build extensions in lanes; return those that failed themselves, in order.

    The first failure that is fatal stops everything that has not been started.
    """
    lanes = [
        Lane(index, len(extension.sources or ()), is_fatal(extension))
        for index, extension in enumerate(extensions)
    ]
    tasks = [partial(build, extension) for extension in extensions]
    return [
        (extension, fault)
        for extension, fault in zip(extensions, pool.run_lanes(tasks, lanes))
        if fault is not None and not isinstance(fault, BuildStoppedError)
    ]


def _environment() -> Mapping[str, str]:
    """Return the environment with which distutils starts programs."""
    # Of the types for setuptools, only what distutils has for them is known.
    utilities = import_module("distutils.util")
    find_version = getattr(utilities, "get_macosx_target_ver", lambda: None)
    version = find_version() if sys.platform == "darwin" else None
    wanted = {"MACOSX_DEPLOYMENT_TARGET": version} if version else {}
    # The project may still change the environment.
    return ChainMap(wanted, os.environ)


def _is_known(method: object) -> bool:
    return _module(method).partition(".")[0] in _KNOWN


def _module(method: object) -> str:
    return str(getattr(method, "__module__", None) or "another")
