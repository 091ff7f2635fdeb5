"""Read a file once: its directives, its macros and where its includes are.

Which of its lines count depends on the build; see ``preprocessing``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.porting.conditions import Macro
from abi3build.porting.masking import blank_spans, code_only, included_files

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "NOT_FOLLOWED",
    "SYSTEM_FOLDERS",
    "Definition",
    "Event",
    "FileLines",
    "LoadedFiles",
    "definition_of",
]

_DIRECTIVE = re.compile(
    rb"(?<![^\n])[ \t]*\#[ \t]*(?P<what>ifdef|ifndef|if|elifdef|elifndef|elif|else"
    rb"|endif|define|undef)\b(?P<rest>(?:\\\r?\n|[^\n])*)"
)
_DEFINE = re.compile(
    r"\s*(?P<name>[A-Za-z_]\w*)(?:\((?P<parameters>[^()]*)\))?(?P<body>.*)", re.DOTALL
)
_JOINED = re.compile(rb"\\\r?\n")
SYSTEM_FOLDERS = (
    *sorted(Path("/usr/include").glob("*-linux-gnu*")),
    Path("/usr/include"),
    Path("/usr/local/include"),
)
"""Where headers of libraries are looked through for the headers that they include."""

NOT_FOLLOWED = frozenset({"Python.h"})


@dataclass(frozen=True)
class Definition:
    """Name one macro that sources define."""

    name: str
    macro: Macro
    start: int
    """Where its body begins in the file, in bytes."""

    end: int


class Event(NamedTuple):
    """Name one directive; offsets are in bytes."""

    what: str
    start: int
    end: int
    rest: str
    body: tuple[int, int] = (0, 0)


@dataclass
class FileLines:
    """Describe one file and which of its parts some unit compiles."""

    path: Path
    source: bytes
    code: bytes
    """The source with blanks for comments and strings."""

    events: list[Event]
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


@dataclass
class ReachedLines:
    """Describe what one unit reads of one file; as in ``FileLines``."""

    live: set[int] = field(default_factory=set)
    definitions: dict[int, Definition] = field(default_factory=dict)
    includes: set[str] = field(default_factory=set)
    own_includes: set[str] = field(default_factory=set)


class UnitRead(NamedTuple):
    """Describe what one unit reads, and what that depends on."""

    asked: dict[str, Macro | None]
    """Each macro that a condition asked for, as it was known before the unit."""

    defined: set[str]
    reached: dict[Path, ReachedLines]


class LoadedFiles:
    """Read each file once for all builds."""

    def __init__(self) -> None:
        self.defined: set[str] = set()
        """Every macro that some own file defines, in a dropped branch too."""

        self.units: dict[tuple[object, ...], list[UnitRead]] = {}
        """Units as builds read them, by all that they do not ask of the target."""

        self._files: dict[Path, FileLines] = {}
        self._loaded_with: set[tuple[Path, tuple[Path, ...]]] = set()
        self._outside: dict[Path, frozenset[str]] = {}
        self._reached: dict[tuple[Path, tuple[Path, ...]], frozenset[str]] = {}
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
                and (definition := definition_of(event, is_certain=True)) is not None
            }
        return found

    def load_with_includes(
        self, unit: Path, folders: tuple[Path, ...], root: Path
    ) -> None:
        """Load a unit and the own files that any branch of it includes.

        Takes the folders that its compiler looks in, and the folder of all own files.
        """
        waiting = [unit]
        while waiting:
            path = waiting.pop()
            if (path, folders) in self._loaded_with:
                continue
            self._loaded_with.add((path, folders))
            for event in self.file(path).events:
                name = event.rest[1:].rstrip('">').strip()
                if event.what != "include" or name in NOT_FOLLOWED:
                    continue
                beside = (path.parent,) if event.rest.startswith('"') else ()
                found = self.find(name, (*beside, *folders, *SYSTEM_FOLDERS))
                if found is not None and root in found.parents:
                    waiting.append(found)

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
        key = (path, folders)
        if key not in self._reached:
            self._reached[key] = self._read_outside(path, folders)
        return self._reached[key]

    def _read_outside(self, path: Path, folders: tuple[Path, ...]) -> frozenset[str]:
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
            for name in names - NOT_FOLLOWED:
                inner = self.find(name, (here.parent, *folders, *SYSTEM_FOLDERS))
                if inner is not None and inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)
        return frozenset(found)


def definition_of(event: Event, *, is_certain: bool) -> Definition | None:
    """Return the macro that an event defines; None if it cannot be read."""
    match = _DEFINE.fullmatch(event.rest)
    if match is None:
        return None
    parameters = match["parameters"]
    names = None
    if parameters is not None:
        names = tuple(each.strip() for each in parameters.split(",") if each.strip())
    macro = Macro(match["body"].strip(), names, is_certain)
    return Definition(match["name"], macro, *event.body)


def _events(source: bytes, code: bytes) -> list[Event]:
    events = [
        Event("include", start, end, name)
        for start, end, name in included_files(source)
    ]
    for match in _DIRECTIVE.finditer(code):
        what = match["what"].decode()
        rest = _JOINED.sub(b"  ", match["rest"]).decode("utf-8", "replace").strip()
        events.append(Event(what, match.start(), match.end(), rest, match.span("rest")))
    return sorted(events, key=lambda each: each.start)
