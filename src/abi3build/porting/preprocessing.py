"""Follow the directives of sources and of the own headers that they include.

Nothing is expanded: what comes out is which lines a build under the limit compiles and
which macros it defines.  Headers of the system are looked through for their includes
alone; what they define stays unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from abi3build.porting.c_interface import interface_names
from abi3build.porting.conditions import Macro, judge
from abi3build.porting.file_directives import (
    NOT_FOLLOWED,
    SYSTEM_FOLDERS,
    FileLines,
    ReachedLines,
    UnitRead,
    definition_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from abi3build.porting.file_directives import (
        Event,
        LoadedFiles,
    )
    from abi3build.versions import PythonVersion

_Truth = Optional[bool]
_UNKNOWN = Macro("\0")
"""Stands for a macro of which nothing is known."""

__all__ = ["Preprocessor", "TargetOfBuild"]

_ACTING = frozenset({"include", "define", "undef"})
_TRACING = re.compile(r"DEBUG|TRACE|VERBOSE")
_WORD = re.compile(r"[A-Za-z_]\w*")
_MOST_PASSES = 40
"""How often one unit may read the same header again, tables of macros included."""

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
        places = tuple(folders)
        key = (unit, places, self.root, self.knows_macros, is_cpp)
        earlier = self.loaded.units.setdefault(key, [])
        read = next((each for each in earlier if self._is_same(each, known)), None)
        if read is None:
            read = _Run(self, places, known, is_cpp=is_cpp).read(unit)
            earlier.append(read)
        self._add(read, is_cpp=is_cpp)

    def _is_same(self, read: UnitRead, known: Mapping[str, Macro | None]) -> bool:
        """Tell whether a unit would be read as it was for another build."""
        return all(
            known.get(name, _UNKNOWN) == value for name, value in read.asked.items()
        )

    def _add(self, read: UnitRead, *, is_cpp: bool) -> None:
        """Add what a unit reaches to its files."""
        self.defined |= read.defined
        for path, reached in read.reached.items():
            file = self.load(path)
            file.is_cpp = file.is_cpp or is_cpp
            for number in reached.live:
                file.live[number] = True
            file.definitions.update(reached.definitions)
            file.includes |= reached.includes
            file.own_includes |= reached.own_includes

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


class _AskedMacros(dict[str, Optional[Macro]]):
    """Know macros, and which of them were asked for."""

    def __init__(self, macros: Mapping[str, Macro | None]) -> None:
        super().__init__(macros)
        self.asked: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)

    def __getitem__(self, name: str) -> Macro | None:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(  # type: ignore[override] # one of the overloads
        self, name: str, default: Macro | None = None
    ) -> Macro | None:
        self.asked.add(name)
        return super().get(name, default)


class _Run:
    """Read one unit with all that it includes."""

    def __init__(
        self,
        preprocessor: Preprocessor,
        folders: tuple[Path, ...],
        macros: dict[str, Macro | None],
        *,
        is_cpp: bool,
    ) -> None:
        self.preprocessor = preprocessor
        self.folders = folders
        self.given = macros
        self.macros = _AskedMacros(macros)
        self.is_cpp = is_cpp
        self.passes: dict[Path, int] = {}
        self.system: set[str] = set()
        self.defined: set[str] = set()
        self.reached: dict[Path, ReachedLines] = {}

    def read(self, unit: Path) -> UnitRead:
        """Read a unit with all that it includes."""
        loaded = self.preprocessor.loaded
        self._file(loaded.file(unit), certain=True)
        asked = {name: self.given.get(name, _UNKNOWN) for name in self.macros.asked}
        return UnitRead(asked, self.defined, self.reached)

    def _file(self, file: FileLines, *, certain: bool) -> None:
        passes = self.passes[file.path] = self.passes.get(file.path, 0) + 1
        reached = self.reached.setdefault(file.path, ReachedLines())
        if passes > _MOST_PASSES or (passes > 1 and b"pragma once" in file.source):
            return
        # For each open #if: whether an earlier branch held, and whether this one does.
        branches: list[tuple[bool | None, bool | None]] = []
        now: bool | None = True
        reached.live.add(0)
        for number, event in enumerate(file.events):
            if event.what in _ACTING:
                if now is not False:
                    is_certain = certain and now is True
                    self._act(file, number, event, is_certain=is_certain)
                    reached.live.add(number + 1)
                continue
            if event.what in {"if", "ifdef", "ifndef"}:
                holds = None if now is False else self._judge(file, number, event)
                branches.append((holds, holds))
            elif branches:
                before, _ = branches.pop()
                if event.what != "endif":
                    branches.append(self._other_branch(event, before))
            now = _all_hold(this for _, this in branches)
            if now is not False:
                reached.live.add(number + 1)
        # What comes later in the unit declares nothing for the lines of this file.
        reached.includes |= self.system

    def _judge(self, file: FileLines, number: int, event: Event) -> bool | None:
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
        defined = self.preprocessor.loaded.defined
        for name in _WORD.findall(condition):
            if name in self.macros:
                continue
            # What the project defines elsewhere alone is not defined here, and
            # wheels are not built with tracing turned on.
            is_elsewhere = self.preprocessor.knows_macros and name in defined
            if is_elsewhere or _TRACING.search(name):
                self.macros[name] = None
        return judge(condition, self.macros)

    def _other_branch(self, event: Event, before: _Truth) -> tuple[_Truth, _Truth]:
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
        self, file: FileLines, number: int, event: Event, *, is_certain: bool
    ) -> None:
        if event.what == "include":
            self._include(file, event, certain=is_certain)
        elif event.what == "undef":
            self.macros[event.rest.strip()] = None
        else:
            definition = definition_of(event, is_certain=is_certain)
            if definition is not None:
                # What an undecided branch defines leaves what was certain before.
                if is_certain or self.macros.get(definition.name) is None:
                    self.macros[definition.name] = definition.macro
                self.reached[file.path].definitions[number] = definition
                self.defined.add(definition.name)

    def _include(self, file: FileLines, event: Event, *, certain: bool) -> None:
        name = event.rest[1:].rstrip('">').strip()
        loaded, folders = self.preprocessor.loaded, self.folders
        beside = (file.path.parent,) if event.rest.startswith('"') else ()
        found = loaded.find(name, (*beside, *folders, *SYSTEM_FOLDERS))
        if found is not None and self.preprocessor.is_own(found):
            if name not in NOT_FOLLOWED:
                self._file(loaded.file(found), certain=certain)
            return
        self.system.add(name)
        self.reached[file.path].own_includes.add(name)
        if found is not None and name not in NOT_FOLLOWED:
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
