"""Watch the programs that a compiler of distutils starts, and collect their evidence.

This is the last point before they run: whatever a project's class or a build for
another platform does to the compiler's commands has already been done.
"""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from abi3build.evidence.compiled_units import (
    FLOOR_MACRO,
    UNITS_FOLDER,
    digest_of,
    keep_unit,
)
from abi3build.evidence.limited_headers import INCLUDE_FOLDER
from abi3build.evidence.link_inputs import keep_link, read_link
from abi3build.evidence.linker_report import linker_questions, read_linker_report
from abi3build.evidence.preprocessed_unit import WantedLimit
from abi3build.evidence.unit_proof import prove_unit
from abi3build.evidence.watched_commands import (
    dependency_option,
    parse_compile,
    parse_link,
)
from abi3build.setuptools_plugin.c_as_cplusplus import takes_c_for_cplusplus
from abi3build.setuptools_plugin.compat_header import compat_macros, copy_headers
from abi3build.setuptools_plugin.compiler_programs import starts_compiler
from abi3build.setuptools_plugin.deprecation_warnings import (
    is_microsoft_compile,
    keeper_of_warnings,
    read_deprecations,
)
from abi3build.setuptools_plugin.heard_output import Heard, hearing
from abi3build.setuptools_plugin.kept_readings import read_ahead
from abi3build.setuptools_plugin.unit_gate import UnitGate
from abi3build.targets.target import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from setuptools import Extension

    from abi3build.evidence.compiled_units import TranslationUnit
    from abi3build.evidence.link_inputs import Link
    from abi3build.evidence.watched_commands import CompileCommand, LinkCommand
    from abi3build.setuptools_plugin.plan import Plan

__all__ = [
    "FailedCommand",
    "Watch",
    "Watched",
    "WatchedCall",
    "collect_evidence",
    "evidence_macros",
    "evidence_options",
    "lead_include_path",
    "leaves_evidence",
    "make_watch",
    "watch_compiler",
]


_UNDECLARED = "/we4013"
_OPTION_OF_C = "-Werror=implicit-function-declaration"


def leaves_evidence(compiler: Any) -> bool:
    """Tell whether a compiler knows ``#include_next`` and ``-MD``.

    Microsoft's knows neither.
    """
    return bool(compiler.compiler_type != "msvc")


def make_watch(build_temp: Path, plan: Plan) -> Watch:
    """Copy abi3build's Python.h into a build folder; return what commands must do."""
    copy_headers(build_temp / INCLUDE_FOLDER, compat=plan.settings.compat)
    target = plan.target
    macro = "Py_TARGET_ABI3T" if target.kind is TargetKind.ABI3T else "Py_LIMITED_API"
    wanted = WantedLimit(macro, int(target.floor.hex, 0))
    return Watch(Path(os.path.abspath(build_temp)), wanted)


def lead_include_path(command: Sequence[str], folder: str) -> list[str]:
    """Put abi3build's Python.h before Python's in a compile that is to be watched.

    It goes before the flags of the environment, which may name Python's own folder.
    Other commands are returned unchanged, such as those with which a setup.py tests a
    feature.
    """
    option = f"-I{folder}"
    if not any(word.startswith(f"-D{FLOOR_MACRO}=") for word in command):
        return list(command)
    words = [word for word in command if word != option]
    others = (at for at, word in enumerate(words) if word.startswith("-I"))
    at = next(others, len(words))
    return [*words[:at], option, *words[at:]]


def collect_evidence(
    extension: Extension,
    plan: Plan,
    compiler: Any,
    build_temp: Path,
) -> None:
    """Turn on the check in abi3build's Python.h, even if another program compiles.

    Microsoft's compiler is only told to treat undeclared functions as errors (C4013).
    """
    given: Any = extension.extra_compile_args
    if not leaves_evidence(compiler):
        if not isinstance(given, dict) and _UNDECLARED not in given:
            extension.extra_compile_args = [_UNDECLARED, *given]
        return
    if any(macro[0] == FLOOR_MACRO for macro in extension.define_macros):
        return
    extension.define_macros = [*extension.define_macros, *evidence_macros(plan)]
    folder = str(build_temp / INCLUDE_FOLDER)
    extension.include_dirs = [folder, *extension.include_dirs]
    # A dictionary is for a build_ext of the project's own, which knows its compilers.
    if not isinstance(given, dict):
        options = evidence_options(extension.sources, extension.language)
        if _OPTION_OF_C in options and takes_c_for_cplusplus(compiler, given):
            options.remove(_OPTION_OF_C)
        extension.extra_compile_args = [*options, *given]


def evidence_macros(plan: Plan) -> list[tuple[str, str | None]]:
    """Return the macros that abi3build's Python.h needs."""
    macros: list[tuple[str, str | None]] = [(FLOOR_MACRO, plan.target.floor.hex)]
    if plan.target.kind is TargetKind.ABI3T:
        macros.append(("ABI3BUILD_ABI3T", None))
    if plan.settings.compat:
        macros += compat_macros(Path())
    return macros


def evidence_options(
    sources: Iterable[str | os.PathLike[str]], language: str | None = None
) -> list[str]:
    """Return the options that make undeclared functions errors.

    GCC before 14 and Clang before 16 only warn of an undeclared function; the import
    then fails everywhere.  The C++ compilers do not know such an option.
    """
    suffixes = {Path(source).suffix.lower() for source in sources}
    if language in {None, "c"} and suffixes <= {".c", ".pyx", ".py"}:
        return ["-Werror=implicit-function-declaration"]
    return []


@dataclass(frozen=True)
class Watch:
    """Describe what is required of every command of a watched compiler."""

    build_temp: Path
    """Absolute; the folder in which the evidence is kept."""

    wanted: WantedLimit

    @property
    def header_folder(self) -> str:
        """Return the folder of abi3build's Python.h, relative to the current folder.

        A path of the environment that a front end made would be in the debug
        information.
        """
        return os.path.relpath(self.build_temp / INCLUDE_FOLDER)


class FailedCommand(NamedTuple):
    """Describe a command that failed, and the folder in which it ran.

    A project's ``build_extension`` may change to another folder and back.
    """

    words: list[str]
    folder: str

    @classmethod
    def here(cls, words: list[str]) -> FailedCommand:
        """Return a description of a command that just failed in the working folder."""
        return cls(words, os.getcwd())


@dataclass
class Watched:
    """Collect the commands of one compiler while it works."""

    watch: Watch | None = None
    """What they are asked for evidence; None if nothing is to be proven."""

    failed: list[FailedCommand] = field(default_factory=list)
    """In their order."""

    links: dict[str, list[str]] = field(default_factory=dict)
    """The last command that made each output out of objects, by its absolute path."""

    linked: dict[str, Link] = field(default_factory=dict)
    """What went into each of them, if that was asked."""

    units: dict[str, TranslationUnit] = field(default_factory=dict)
    """The units compiled, by the absolute path of their objects."""

    made: list[tuple[float, str]] = field(default_factory=list)
    """The seconds that each compile took, and its source."""

    is_forced: bool = False
    """True if even what needs no compile shall be compiled."""

    kept: int = 0
    """How many units needed no compile."""

    build_temp: Path | None = None
    """Where what compilers say is kept, also of those that are not watched."""

    is_alone: bool = True
    """False while threads of distutils start commands side by side."""

    runner: Callable[[WatchedCall], None] | None = None
    """What runs the commands in place of the compiler's own method."""


@dataclass(frozen=True)
class WatchedCall:
    """Describe a command to run, and what to do if it succeeds."""

    words: list[str]
    finish: Callable[[float, bytes], None] = field(default=lambda _, __: None)
    """Takes the seconds that it ran, and what it said, as far as that was heard."""

    is_needed: bool = True
    """False if all that it makes is there already."""

    is_compile: bool = False
    """True if its warnings count."""


def watch_compiler(
    compiler: Any,
    watch: Watch | None = None,
    build_temp: Path | None = None,
) -> Watched:
    """Watch a compiler of distutils; return the list that its commands will join.

    The compilers of setuptools, numpy and MSYS2 share no typed base class, only the
    method that starts a program: ``spawn``, and ``call`` in newer setuptools.
    """
    is_forced = bool(getattr(compiler, "force", False))
    watched = Watched(watch, is_forced=is_forced, build_temp=build_temp)

    def watching(start: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that starts programs and collects their commands."""

        # Who else stands there is to be seen.
        @wraps(start)
        def started(command: list[str], *arguments: Any, **options: Any) -> Any:
            """Start a program; keep the command if it fails, compiles or links."""
            words = [os.fspath(part) for part in command]
            if starts_compiler(words, compiler) or is_microsoft_compile(words):
                step = _ask(words, watched)
            else:
                step = WatchedCall(words)
            if not step.is_needed:
                return None
            if watched.runner is not None and not arguments and not options:
                return watched.runner(step)
            began = time.monotonic()
            try:
                with _hearing(step, watched) as heard:
                    result = start(step.words, *arguments, **options)
            except Exception:
                watched.failed.append(FailedCommand.here(step.words))
                raise
            step.finish(time.monotonic() - began, heard.output)
            return result

        return started

    for name in ("call", "spawn"):
        if hasattr(compiler, name):
            setattr(compiler, name, watching(getattr(compiler, name)))
    return watched


def _ask(words: list[str], watched: Watched) -> WatchedCall:
    """Add options to a command so that it reports, and return what reads the report."""
    watch = watched.watch
    linking = parse_link(words)
    compiling = parse_compile(words) if watch is not None else None
    if watch is not None and compiling is not None and not _is_asked(words, watch):
        return _ask_compile(compiling, watch, watched)
    if linking is not None and not _is_asked(words, watch):
        return _ask_link(linking, watch, watched)
    if watched.build_temp is not None and is_microsoft_compile(words):
        keep = keeper_of_warnings(words, watched.build_temp)
        return WatchedCall(words, keep, is_compile=True)
    # setuptools starts one door through the other: it was asked already.
    return WatchedCall(words)


def _hearing(step: WatchedCall, watched: Watched) -> AbstractContextManager[Heard]:
    """Capture the output of a compile, unless several threads of distutils run."""
    if step.is_compile and watched.is_alone:
        return hearing(microsoft=is_microsoft_compile(step.words))
    return nullcontext(Heard())


def _is_asked(words: Sequence[str], watch: Watch | None) -> bool:
    place = str(watch.build_temp / UNITS_FOLDER) if watch is not None else ""
    return bool(place) and any(place in word for word in words)


def _ask_compile(
    command: CompileCommand, watch: Watch, watched: Watched
) -> WatchedCall:
    key = os.path.abspath(command.object_file or command.sources[0])
    words = lead_include_path(command.words, watch.header_folder)
    gate = UnitGate(watch.build_temp, key, words, str(watch.wanted))
    known = gate.unit_from_before()
    if known is not None and not watched.is_forced:
        watched.units[key] = known
        watched.kept += 1
        return WatchedCall(words, is_needed=False)
    folder = watch.build_temp / UNITS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    answer = folder / f"{digest_of(key.encode(errors='surrogateescape'))}.d"

    def finish(seconds: float, output: bytes) -> None:
        """Judge the unit while all that it read is there."""
        text = ""
        if answer.exists():
            text = answer.read_text(encoding="utf-8", errors="surrogateescape")
            answer.unlink()
        ran = command._replace(words=tuple(words))
        unit = prove_unit(ran, text, watch.wanted)
        unit = unit._replace(deprecations=read_deprecations(output))
        watched.units[key] = unit
        watched.made.append((seconds, unit.source))
        if unit.digest:
            keep_unit(watch.build_temp, unit)
            gate.remember(unit)

    asked = [*words, *dependency_option(str(answer))]
    return WatchedCall(asked, finish, is_compile=True)


def _ask_link(
    command: LinkCommand, watch: Watch | None, watched: Watched
) -> WatchedCall:
    output = os.path.abspath(command.output)
    words = list(command.words)
    if watch is None:
        return WatchedCall(words, lambda _, __: watched.links.update({output: words}))
    folder = watch.build_temp / UNITS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / digest_of(output.encode(errors="surrogateescape"))
    asked = [*words, *linker_questions(words, stem)]

    def finish(_: float, __: bytes) -> None:
        """Look at every input while it is there."""
        watched.links[output] = words
        report = read_linker_report(stem)
        link = read_link(watch.build_temp, command.output, words, report)
        watched.linked[output] = link
        keep_link(watch.build_temp, link)
        read_ahead(watch.build_temp, command.output)

    return WatchedCall(asked, finish)
