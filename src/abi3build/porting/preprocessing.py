"""Follow the directives of sources and of the own headers that they include.

Nothing is expanded: what comes out is which lines a build under the limit compiles and
which macros it defines.  Headers of the system are looked through for their includes
alone; what they define stays unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.porting.c_interface import interface_names
from abi3build.porting.conditions import Macro, judge
from abi3build.porting.masking import blank_spans, code_only, included_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from abi3build.versions import PythonVersion

__all__ = ["Definition", "FileLines", "LoadedFiles", "Preprocessor", "TargetOfBuild"]

_DIRECTIVE = re.compile(
    rb"(?<![^\n])[ \t]*\#[ \t]*(?P<what>ifdef|ifndef|if|elifdef|elifndef|elif|else|endif"
    rb"|define|undef)\b(?P<rest>(?:\\\r?\n|[^\n])*)"
)
_DEFINE = re.compile(
    r"\s*(?P<name>[A-Za-z_]\w*)(?:\((?P<parameters>[^()]*)\))?(?P<body>.*)", re.DOTALL
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_JOINED = re.compile(rb"\\\r?\n")
_MOST_PASSES = 40
"""How often one unit may read the same header again, tables of macros included."""

_SYSTEM_FOLDERS = (
    *sorted(Path("/usr/include").glob("*-linux-gnu*")),
    Path("/usr/include"),
    Path("/usr/local/include"),
)
"""Where headers of libraries are looked through for the headers that they include."""

_NOT_FOLLOWED = frozenset({"Python.h"})

_NEVER = (
    "GRAALVM_PYTHON",
    "PYPY_VERSION",
    "Py_BUILD_CORE",
    "Py_BUILD_CORE_BUILTIN",
    "Py_BUILD_CORE_MODULE",
    "Py_DEBUG",
    "Py_GIL_DISABLED",
    "Py_REF_DEBUG",
    "Py_TRACE_REFS",
)


@dataclass(frozen=True)
class TargetOfBuild:
    """Say what a build is for: the floor and the headers that it uses."""

    floor: PythonVersion
    headers: PythonVersion
    is_abi3t: bool = False
    """Tell whether the build is for free-threaded Pythons too (PEP 803)."""


@dataclass(frozen=True)
class Definition:
    """Name one macro that sources define."""

    name: str
    macro: Macro
    start: int
    """Where its body begins in the file, in bytes."""

    end: int


class _Event(NamedTuple):
    what: str
    start: int
    end: int
    rest: str
    body: tuple[int, int] = (0, 0)


@dataclass
class FileLines:
    """Hold one file and which of its parts some unit compiles."""

    path: Path
    source: bytes
    code: bytes
    """The source with blanks for comments and strings."""

    events: list[_Event]
    live: list[bool]
    """For the text after each event, the first being the begin of the file."""

    definitions: dict[int, Definition] = field(default_factory=dict)
    """By the event's number, those that some unit reaches."""

    includes: set[str] = field(default_factory=set)
    """Headers of the system that it and what it includes ask for."""

    own_includes: set[str] = field(default_factory=set)
    """Those of them that its own compiled lines ask for."""

    is_cpp: bool = False

    def live_spans(self) -> list[tuple[int, int]]:
        """Return begin and end of the parts that are compiled."""
        starts = [0, *(each.end for each in self.events)]
        ends = [*(each.start for each in self.events), len(self.source)]
        return [
            (start, end)
            for start, end, live in zip(starts, ends, self.live)
            if live and start < end
        ]

    def live_source(self, text: bytes) -> bytes:
        """Return text (of this file's length) with blanks for all that is dropped."""
        position, dead = 0, []
        for start, end in self.live_spans():
            dead.append((position, start))
            position = end
        return blank_spans(text, [*dead, (position, len(text))])


class LoadedFiles:
    """Read each file once, whatever the build."""

    def __init__(self) -> None:
        self.defined: set[str] = set()
        """Every macro that some own file defines, in a dropped branch too."""

        self._files: dict[Path, FileLines] = {}
        self._outside: dict[Path, frozenset[str]] = {}
        self._is_file: dict[Path, bool] = {}

    def file(self, path: Path) -> FileLines:
        """Return a file with its directives; no part of it is live."""
        found = self._files.get(path)
        if found is None:
            source = path.read_bytes()
            code = code_only(source)
            events = _events(source, code)
            found = self._files[path] = FileLines(path, source, code, events, [])
            self.defined |= {
                definition.name
                for event in events
                if event.what == "define"
                and (definition := _definition(event, is_certain=True)) is not None
            }
        return found

    def find(self, name: str, folders: Iterable[Path]) -> Path | None:
        """Return the file of an include; None if no folder has it."""
        for folder in folders:
            path = folder / name
            is_file = self._is_file.get(path)
            if is_file is None:
                is_file = self._is_file[path] = path.is_file()
            if is_file:
                return path
        return None

    def outside_includes(self, path: Path, folders: tuple[Path, ...]) -> frozenset[str]:
        """Return what a header outside of the project includes, at any depth."""
        found: set[str] = set()
        waiting, seen = [path], {path}
        while waiting:
            here = waiting.pop()
            names = self._outside.get(here)
            if names is None:
                names = self._outside[here] = frozenset(
                    name[1:].rstrip('">').strip()
                    for _, _, name in included_files(here.read_bytes())
                )
            found |= names
            for name in names - _NOT_FOLLOWED:
                inner = self.find(name, (here.parent, *folders, *_SYSTEM_FOLDERS))
                if inner is not None and inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)
        return frozenset(found)


class Preprocessor:
    """Follow units one by one; what they reach is added up in ``files``."""

    def __init__(
        self,
        target: TargetOfBuild,
        root: Path,
        loaded: LoadedFiles,
        *,
        knows_macros: bool = False,
    ) -> None:
        self.target = target
        self.root = root
        """The project's folder: headers elsewhere are looked through for includes."""

        self.files: dict[Path, FileLines] = {}
        self.defined: set[str] = set()
        """Every macro that some unit surely defines."""

        self.loaded = loaded
        self.knows_macros = knows_macros
        """Tell whether units come with every macro that their compiler is given."""

        self._common = _cpython_macros(target)

    def follow(
        self,
        unit: Path,
        folders: Iterable[Path] = (),
        macros: Mapping[str, str | None] | None = None,
        *,
        is_cpp: bool = False,
    ) -> None:
        """Read a unit as a compiler does with these folders and macros.

        A macro that is None is undefined on the command line.
        """
        known: dict[str, Macro | None] = dict(self._common)
        known["__cplusplus"] = Macro(None) if is_cpp else None
        for name, value in (macros or {}).items():
            known[name] = None if value is None else Macro(value)
        run = _Run(self, tuple(folders), known, is_cpp)
        run.read(self.load(unit))

    def load(self, path: Path) -> FileLines:
        """Return a file with its directives, read once."""
        if path not in self.files:
            known = self.loaded.file(path)
            live = [False] * (len(known.events) + 1)
            self.files[path] = FileLines(
                path, known.source, known.code, known.events, live
            )
        return self.files[path]

    def is_own(self, path: Path) -> bool:
        """Tell whether a file belongs to the project."""
        return self.root in path.parents


class _Run:
    """Read one unit with all that it includes."""

    def __init__(
        self,
        preprocessor: Preprocessor,
        folders: tuple[Path, ...],
        macros: dict[str, Macro | None],
        is_cpp: bool,  # noqa: FBT001 - private
    ) -> None:
        self.preprocessor = preprocessor
        self.folders = folders
        self.macros = macros
        self.is_cpp = is_cpp
        self.passes: dict[Path, int] = {}
        self.system: set[str] = set()

    def read(self, file: FileLines) -> None:
        """Read a unit with all that it includes."""
        self._file(file, certain=True)

    def _file(self, file: FileLines, *, certain: bool) -> None:
        passes = self.passes[file.path] = self.passes.get(file.path, 0) + 1
        if passes > _MOST_PASSES or (passes > 1 and b"pragma once" in file.source):
            return
        file.is_cpp = file.is_cpp or self.is_cpp
        # For each open #if: whether an earlier branch held, and whether this one does.
        branches: list[tuple[bool | None, bool | None]] = []
        now: bool | None = True
        file.live[0] = True
        for number, event in enumerate(file.events):
            if event.what in {"if", "ifdef", "ifndef"}:
                holds = None if now is False else self._judge(file, number, event)
                branches.append((holds, holds))
            elif event.what == "endif":
                if branches:
                    branches.pop()
            elif event.what.startswith("el"):
                if branches:
                    before, _ = branches.pop()
                    branches.append(self._other_branch(event, before))
            elif now is not False:
                is_certain = certain and now is True
                self._act(file, number, event, is_certain=is_certain)
            now = _all_hold(this for _, this in branches)
            if now is not False:
                file.live[number + 1] = True
        # What comes later in the unit declares nothing for the lines of this file.
        file.includes |= self.system

    def _judge(self, file: FileLines, number: int, event: _Event) -> bool | None:
        if event.what == "if":
            return self._holds(event.rest)
        name = event.rest.split()[0] if event.rest.split() else ""
        holds = self._holds(f"defined {name}")
        if event.what == "ifdef":
            return holds
        if holds is None and name not in self.macros and _is_guard(file, number, name):
            return True
        return None if holds is None else not holds

    def _holds(self, condition: str) -> bool | None:
        if self.preprocessor.knows_macros:
            # What the project defines elsewhere alone is not defined here.
            for name in _WORD.findall(condition):
                if name not in self.macros and name in self.preprocessor.loaded.defined:
                    self.macros[name] = None
        return judge(condition, self.macros)

    def _other_branch(
        self, event: _Event, before: bool | None
    ) -> tuple[bool | None, bool | None]:
        if event.what == "else":
            holds: bool | None = True
        elif event.what == "elif":
            holds = None if before is True else self._holds(event.rest)
        else:
            holds = self._holds(f"defined {event.rest}")
            if event.what == "elifndef" and holds is not None:
                holds = not holds
        if before is True:
            return True, False
        either = True if holds is True else None if None in {before, holds} else False
        this = False if holds is False else None if before is None else holds
        return either, this

    def _act(
        self, file: FileLines, number: int, event: _Event, *, is_certain: bool
    ) -> None:
        if event.what == "include":
            self._include(file, event, certain=is_certain)
        elif event.what == "undef":
            self.macros[event.rest.strip()] = None
        else:
            definition = _definition(event, is_certain=is_certain)
            if definition is not None:
                # What an undecided branch defines leaves what was certain before.
                known = self.macros.get(definition.name)
                if is_certain or known is None:
                    self.macros[definition.name] = definition.macro
                file.definitions[number] = definition
                self.preprocessor.defined.add(definition.name)

    def _include(self, file: FileLines, event: _Event, *, certain: bool) -> None:
        name = event.rest[1:].rstrip('">').strip()
        loaded, folders = self.preprocessor.loaded, self.folders
        beside = (file.path.parent,) if event.rest.startswith('"') else ()
        found = loaded.find(name, (*beside, *folders, *_SYSTEM_FOLDERS))
        if found is not None and self.preprocessor.is_own(found):
            if name not in _NOT_FOLLOWED:
                self._file(self.preprocessor.load(found), certain=certain)
            return
        self.system.add(name)
        file.own_includes.add(name)
        if found is not None and name not in _NOT_FOLLOWED:
            self.system |= loaded.outside_includes(found, folders)


def _all_hold(truths: Iterable[bool | None]) -> bool | None:
    result: bool | None = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def _is_guard(file: FileLines, number: int, name: str) -> bool:
    """Tell whether ``#ifndef NAME`` is followed at once by ``#define NAME``."""
    following = file.events[number + 1 : number + 2]
    return bool(following) and (
        following[0].what == "define"
        and following[0].rest.split("(")[0].split()[:1] == [name]
    )


def _definition(event: _Event, *, is_certain: bool) -> Definition | None:
    match = _DEFINE.fullmatch(event.rest)
    if match is None:
        return None
    parameters = match["parameters"]
    names = None
    if parameters is not None:
        names = tuple(each.strip() for each in parameters.split(",") if each.strip())
    macro = Macro(match["body"].strip(), names, is_certain)
    return Definition(match["name"], macro, *event.body)


def _events(source: bytes, code: bytes) -> list[_Event]:
    events = [
        _Event("include", start, end, name)
        for start, end, name in included_files(source)
    ]
    for match in _DIRECTIVE.finditer(code):
        what = match["what"].decode()
        rest = _JOINED.sub(b"  ", match["rest"]).decode("utf-8", "replace").strip()
        events.append(
            _Event(what, match.start(), match.end(), rest, match.span("rest"))
        )
    return sorted(events, key=lambda each: each.start)


def _cpython_macros(target: TargetOfBuild) -> dict[str, Macro | None]:
    """Return what is known of the macros of CPython's headers under the limit."""
    macros: dict[str, Macro | None] = dict.fromkeys(_NEVER)
    for name, known in interface_names().items():
        if known.kind == "macro":
            is_there = known.since is not None and known.since <= target.floor
            macros[name] = Macro(None) if is_there else None
    major, minor = target.headers
    macros |= {
        "PY_MAJOR_VERSION": Macro(str(major)),
        "PY_MINOR_VERSION": Macro(str(minor)),
        "PY_MICRO_VERSION": Macro("9"),
        "PY_VERSION_HEX": Macro(f"0x{major:02x}{minor:02x}09f0"),
        "Py_LIMITED_API": Macro(target.floor.hex),
        "Py_PACK_VERSION": Macro("((X << 24) | (Y << 16))", ("X", "Y")),
    }
    if target.is_abi3t:
        macros["Py_TARGET_ABI3T"] = Macro(target.floor.hex)
        macros["Py_GIL_DISABLED"] = Macro("1")
    return macros
